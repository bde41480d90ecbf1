"""Pictures with the boxes of two label sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.model.errors import InputError
from workbench.show import plot_labels


def test_plot_labels__draws_both_sets_on_the_pictures_with_the_most_boxes(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(tmp_path / name)
    columns = ["image_id", "xmin", "ymin", "xmax", "ymax"]
    right = pd.DataFrame([["a.jpg", 1, 2, 11, 8], ["b.jpg", 5, 5, 9, 9], ["b.jpg", 20, 5, 30, 9]], columns=columns)
    given = pd.DataFrame([["b.jpg", 0, 0, 50, 30]], columns=columns)
    figure = plot_labels(tmp_path, right, given, count=1, words=("right", "wide"))
    (ax,) = [ax for ax in figure.axes if ax.get_title()]
    assert ax.get_title() == "b.jpg"
    assert [(p.get_label(), p.get_x(), p.get_width()) for p in ax.patches] == [
        *(("right", 5, 4), ("right", 20, 10)),
        ("wide", 0, 50),
    ]
    with pytest.raises(InputError, match="no box to draw"):
        plot_labels(tmp_path, right.head(0))


def test_plot_labels__shows_a_turned_picture_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((60, 40, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    boxes = pd.DataFrame([["a.jpg", 1, 2, 58, 8]], columns=["image_id", "xmin", "ymin", "xmax", "ymax"])
    (ax,) = [ax for ax in plot_labels(tmp_path, boxes).axes if ax.get_title()]
    assert ax.get_xlim() == (0, 60)
    assert ax.get_ylim() == (40, 0)
    assert ax.images[0].get_array().shape == (40, 60, 3)
