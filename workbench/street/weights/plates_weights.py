"""The `plates` weights: a detector of number plates that never saw a photograph of one.

They learn from randomised scenes, every eighth the street. What ships was made by `workbench.train.drawn_weights` in
two stages: the first from random weights with ``--pictures 12000 --batches 5000 --batch 64 --seed 0``, the second
with the recipe below and ``--start`` with the first's result.
"""

from __future__ import annotations

import numpy as np

from workbench.street.draw.camera import encode, expose
from workbench.street.scene.clips import compose_clip, shoot
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.randomised import render_randomised
from workbench.street.scene.scene import render
from workbench.street.scene.stills import compose_still
from workbench.street.weights.drawn import Drawn, DrawnRecipe, Weights

_STREET_EVERY = 8


def draw(rng: np.random.Generator, index: int) -> Drawn:
    """A randomised scene; every eighth picture is of the street, by turns a still and a frame of a drive."""
    quality = 95
    if index % _STREET_EVERY:
        picture, found = render_randomised(rng)
        corners = [tuple(float(v) for v in row) for row in found]
    elif index % (2 * _STREET_EVERY):
        still = compose_still(rng, ("web", "used-car")[int(rng.integers(2))])
        rendered = render(still.scene, still.view)
        picture, quality = expose(rendered.picture, still.sensor, rng), still.sensor.jpeg
        corners = [plate.box for plate in rendered.plates]
    else:
        clip = compose_clip(rng, seconds=2.0, light=str(rng.choice(sorted(LIGHTS))))
        picture, rendered, _ = shoot(clip, float(rng.uniform(0.0, 2.0)), rng)
        corners, quality = [plate.box for plate in rendered.plates], clip.sensor.jpeg
    height, width = picture.shape[:2]
    return Drawn(encode(picture, quality), width, height, [("plate", box) for box in corners])


PLATES = Weights(
    name="plates",
    classes=("plate",),
    draw=draw,
    key=71,
    val_every=40,
    recipe=DrawnRecipe(pictures=7000, batches=1500, image_size=640, batch=128, seed=1),
)
