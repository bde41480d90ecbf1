"""What Pillow raises for a file that is no picture or a damaged one: wherever a picture is opened, this is caught."""

from __future__ import annotations

import struct

from PIL import Image

UNREADABLE = (
    OSError,
    EOFError,
    SyntaxError,
    Image.DecompressionBombError,
    # Let through where a header or an EXIF entry is not of the kind that Pillow expects.
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    struct.error,
    # Where another library has imported ultralytics: its `Image.open` wants a package that we do not ship.
    ImportError,
)
