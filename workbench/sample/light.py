"""The light of a scene: where the sun stands, how bright it is, what colour the sky has, how far one sees."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.sample.raster import Air, Colour


@dataclass(frozen=True)
class Light:
    """One kind of light.

    Attributes:
        name: ``day``, ``cloudy``, ``evening``, ``dusk``, ``night`` or ``rain``.
        ambient: light from everywhere, 0 to 1.
        sun: light from the sun, added where a face looks at it.
        sun_from: the unit direction towards the sun.
        sky: colours at zenith and horizon.
        haze_m: the distance at which 63 % is haze.
        lamps: strength of head- and tail-lamps, 0 is off.
        plate_gain: how much brighter a plate is than paint; its sheet throws light back.
    """

    name: str
    ambient: float
    sun: float
    sun_from: tuple[float, float, float]
    sky: tuple[Colour, Colour]
    haze_m: float
    lamps: float = 0.0
    plate_gain: float = 1.0

    @property
    def ground(self) -> float:
        """The gain of what lies flat."""
        return self.ambient + 0.7 * self.sun

    @property
    def air(self) -> Air:
        """The haze that this light makes."""
        return Air(self.sky[1], self.haze_m)


LIGHTS: dict[str, Light] = {
    light.name: light
    for light in (
        Light("day", 0.62, 0.42, (0.45, 0.72, -0.53), ((214.0, 158.0, 96.0), (240.0, 226.0, 206.0)), 420.0),
        Light("cloudy", 0.78, 0.12, (0.1, 0.95, -0.3), ((188.0, 180.0, 172.0), (222.0, 218.0, 212.0)), 260.0),
        Light("evening", 0.5, 0.4, (-0.8, 0.4, -0.45), ((190.0, 140.0, 104.0), (150.0, 190.0, 238.0)), 300.0),
        Light("rain", 0.56, 0.05, (0.1, 0.95, -0.3), ((150.0, 144.0, 138.0), (172.0, 168.0, 164.0)), 110.0, 60.0),
        Light("dusk", 0.44, 0.06, (-0.8, 0.3, 0.5), ((110.0, 78.0, 58.0), (110.0, 112.0, 140.0)), 220.0, 130.0, 1.1),
        Light("night", 0.27, 0.0, (0.0, 1.0, 0.0), ((34.0, 22.0, 16.0), (54.0, 42.0, 36.0)), 170.0, 190.0, 1.7),
    )
}
