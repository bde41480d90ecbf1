"""What Ultralytics does to the process it is imported in."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from workbench.train.yolo import yolo_training


def test_import__pillow_still_says_what_is_no_picture(caplog):
    assert Image.open is yolo_training.patches.image_open
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(BytesIO(b"no picture"))
    assert not caplog.records
