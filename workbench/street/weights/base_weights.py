"""The `base` weights: a detector that knows streets, vehicles and wheels, and was never told what a plate is.

Plates are in the pictures and never labelled, so the course starts where other projects start from weights of everyday
objects. `base_rcnn`, a Faster R-CNN, learns from the first of the same pictures; `workbench.train.drawn_weights` trains
both.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.street.draw.camera import encode, expose
from workbench.street.scene.clips import compose_clip, shoot
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.scene import render
from workbench.street.scene.stills import compose_still
from workbench.street.vehicles.visible_parts import CLASSES, visible_parts
from workbench.street.weights.drawn import Drawn, DrawnRecipe, Weights


def draw(rng: np.random.Generator, index: int) -> Drawn:
    """A street: every third picture is a frame of a drive, the others are stills."""
    if index % 3 == 0:
        clip = compose_clip(rng, seconds=2.0, light=str(rng.choice(sorted(LIGHTS))))
        moment = float(rng.uniform(0.0, 2.0))
        picture, _, _ = shoot(clip, moment, rng)
        scene, view, quality = clip.at(moment), clip.view(moment), clip.sensor.jpeg
    else:
        still = compose_still(rng, ("web", "used-car")[index % 2])
        picture = expose(render(still.scene, still.view).picture, still.sensor, rng)
        scene, view, quality = still.scene, still.view, still.sensor.jpeg
    return Drawn(encode(picture, quality), view.width, view.height, visible_parts(scene, view))


BASE = Weights(
    name="base",
    classes=CLASSES,
    draw=draw,
    key=70,
    val_every=20,
    recipe=DrawnRecipe(pictures=3000, batches=2400, image_size=320),
)

BASE_RCNN = replace(
    BASE,
    name="base_rcnn",
    detector="rcnn-small",
    recipe=DrawnRecipe(pictures=2000, batches=1600, image_size=320, batch=32),
)
