"""Is the street's truth right? Boxes beside the boxes of the plates' own pixels, on many pictures.

    python benchmarks/street_truth.py [--pictures 500] [--seed 0]

Two thirds are stills, one third frames of drives, in every light. For each picture the boxes are worked out once more
from the rendered plate masks (which pixel belongs to which plate, drawn at twice the picture's size) and compared side
by side with the truth; every plate with a pixel in a mask must have a box, and every box a mask. The largest distance
of any side is printed, with the number of plates that lack a box.
"""

from __future__ import annotations

import argparse
import multiprocessing
from functools import partial

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from workbench.street.scene.clips import compose_clip, shoot
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.scene import SUPERSAMPLE, Rendered, render
from workbench.street.scene.stills import compose_still


def of_masks(rendered: Rendered) -> dict[int, np.ndarray]:
    """Each plate's box from its own pixels: its number, and shape (4,) in pixels of the picture."""
    boxes = {}
    for number in set(np.unique(rendered.owner).tolist()) - {0}:
        ys, xs = np.nonzero(rendered.owner == number)
        boxes[number] = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) / SUPERSAMPLE
    return boxes


def compare(seed: int, index: int) -> dict[str, object]:
    """One picture: its plates, the largest distance of a side, and plates without a box or boxes without a plate."""
    rng = np.random.default_rng([seed, index, 8])
    light = sorted(LIGHTS)[index % len(LIGHTS)]
    if index % 3 == 2:
        clip = compose_clip(rng, seconds=2.0, light=light)
        _, rendered, _ = shoot(clip, float(rng.uniform(0.0, 2.0)), rng)
    else:
        still = compose_still(rng, ("web", "used-car")[index // 3 % 2], light_name=light)
        rendered = render(still.scene, still.view)
    masks, boxes = of_masks(rendered), {i: np.array(p.box) for i, p in enumerate(rendered.plates, start=1)}
    both = masks.keys() & boxes.keys()
    far = max((float(np.abs(masks[i] - boxes[i]).max()) for i in both), default=0.0)
    return {
        "kind": "frame" if index % 3 == 2 else "still",
        "light": light,
        "plates": len(boxes),
        "far_px": far,
        "without_box": len(masks.keys() - boxes.keys()),
        "without_mask": len(boxes.keys() - masks.keys()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = pool.imap(partial(compare, given.seed), range(given.pictures), chunksize=4)
        bar = tqdm(found, total=given.pictures, unit="picture", mininterval=10)
        rows, worst = [], 0.0
        for row in bar:
            rows.append(row)
            worst = max(worst, float(str(row["far_px"])))
            bar.set_postfix(largest_px=f"{worst:.2f}", refresh=False)
    table = pd.DataFrame(rows)
    summary = table.groupby("kind").agg(
        pictures=("plates", "size"),
        plates=("plates", "sum"),
        largest_distance_px=("far_px", "max"),
        without_box=("without_box", "sum"),
        without_mask=("without_mask", "sum"),
    )
    print(summary.to_string(float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
