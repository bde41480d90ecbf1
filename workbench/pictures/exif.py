"""When and with what a photo was taken, by its own word."""

from __future__ import annotations

from datetime import datetime

from PIL import ExifTags, Image

_FORMAT = "%Y:%m:%d %H:%M:%S"


def taken(exif: Image.Exif) -> tuple[str | None, str | None]:
    """The moment (ISO 8601, the camera's own clock) and the camera, or None where the picture does not say."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    moments = (details.get(ExifTags.Base.DateTimeOriginal), exif.get(ExifTags.Base.DateTime))
    words = [_word(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    make, model = words
    # Many cameras repeat the maker in the model.
    camera = model if make and model.lower().startswith(make.lower()) else " ".join(word for word in words if word)
    return next((moment for value in moments if (moment := _moment(value))), None), camera or None


def _moment(value: object) -> str | None:
    try:
        return datetime.strptime(_word(value)[:19], _FORMAT).isoformat()
    except ValueError:
        return None


def _word(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable()).strip()
