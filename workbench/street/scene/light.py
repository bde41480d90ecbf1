"""The light of a scene: time and weather, where the sun stands, what colour the sky has, how far one sees."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.street.draw.raster import Air, Colour


@dataclass(frozen=True)
class Light:
    """One kind of light.

    Attributes:
        name: a key of `LIGHTS`.
        time: ``day``, ``evening``, ``dusk`` or ``night``.
        weather: ``clear``, ``cloudy``, ``rain`` or ``fog``.
        ambient: light from everywhere, 0 to 1.
        sun: light from the sun, added where a face looks at it.
        sun_from: the direction towards the sun, of length 1.
        sky: colours at zenith and horizon.
        haze_m: the distance at which 63 % is haze.
        lamps: strength of head- and tail-lamps, 0 is off.
        plate_gain: how much brighter a plate is than paint; its sheet throws light back.
        windows: share of the light of windows and signs that one sees, 0 by day, 1 at night.
        beam: strength of the camera car's own headlights.
        wet: how much the road mirrors, 0 to 1.
        dazzle: strength of a low sun in the picture.
    """

    name: str
    time: str
    weather: str
    ambient: float
    sun: float
    sun_from: tuple[float, float, float]
    sky: tuple[Colour, Colour]
    haze_m: float
    lamps: float = 0.0
    plate_gain: float = 1.0
    windows: float = 0.0
    beam: float = 0.0
    wet: float = 0.0
    dazzle: float = 0.0

    @property
    def ground(self) -> float:
        """The gain of what lies flat."""
        return self.ambient + 0.7 * self.sun

    @property
    def air(self) -> Air:
        """The haze that this light makes."""
        return Air(self.sky[1], self.haze_m)


_HIGH, _NOWHERE, _AHEAD = (0.45, 0.72, -0.53), (0.1, 0.95, -0.3), (0.22, 0.2, 0.955)
_GREY_SKY: tuple[Colour, Colour] = ((156.0, 150.0, 144.0), (180.0, 176.0, 172.0))
_BLACK_SKY: tuple[Colour, Colour] = ((36.0, 22.0, 16.0), (58.0, 44.0, 38.0))
LIGHTS: dict[str, Light] = {
    light.name: light
    for light in (
        Light("day", "day", "clear", 0.64, 0.48, _HIGH, ((206.0, 146.0, 84.0), (240.0, 226.0, 206.0)), 420.0),
        Light("cloudy", "day", "cloudy", 0.78, 0.1, _NOWHERE, ((188.0, 180.0, 172.0), (222.0, 218.0, 212.0)), 260.0),
        Light(
            "evening", "evening", "clear", 0.5, 0.42, (-0.78, 0.38, -0.5),
            ((190.0, 140.0, 104.0), (150.0, 190.0, 238.0)),
            300.0, windows=0.1,
        ),
        Light(
            "backlight", "evening", "clear", 0.36, 0.4, _AHEAD, ((206.0, 170.0, 136.0), (176.0, 216.0, 250.0)), 260.0,
            dazzle=1.0,
        ),
        Light("rain", "day", "rain", 0.54, 0.03, _NOWHERE, _GREY_SKY, 105.0, 60.0, windows=0.2, wet=0.5),
        Light(
            "fog", "day", "fog", 0.66, 0.02, _NOWHERE, ((200.0, 198.0, 194.0), (204.0, 202.0, 198.0)), 34.0, 90.0,
            windows=0.15, wet=0.12,
        ),
        Light(
            "dusk", "dusk", "clear", 0.4, 0.06, (-0.8, 0.3, 0.5), ((110.0, 74.0, 54.0), (120.0, 126.0, 168.0)), 220.0,
            130.0, 1.1, windows=0.6, beam=0.25,
        ),
        Light("night", "night", "clear", 0.27, 0.0, _NOWHERE, _BLACK_SKY, 190.0, 190.0, 1.4, windows=1.0, beam=0.8),
        Light(
            "night_rain", "night", "rain", 0.23, 0.0, _NOWHERE, _BLACK_SKY, 90.0, 190.0, 1.3, windows=1.0, beam=0.7,
            wet=0.75,
        ),
    )
}  # fmt: skip
