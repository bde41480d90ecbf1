"""Groups of duplicates with their pictures, on a self-contained page: which to keep and why is to be seen."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from workbench.model import tables
from workbench.pictures.upright import UNREADABLE, opened
from workbench.show.pages import page

if TYPE_CHECKING:
    from workbench.pictures import Duplicates

_SIDE = 220


def duplicates_page(
    found: Duplicates, *, title: str = "Pictures that are there more than once", limit: int = 200
) -> str:
    """Make the page that ``workbench duplicates --out page.html`` writes.

    Args:
        found: what was found.
        title: the page's heading.
        limit: how many groups are shown at most; the page says how many are left out.
    """
    paths = dict(zip(found.images["image_id"], found.images["path"], strict=True))
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in tables.records(found.keep_best()):
        shown = groups.setdefault(row["duplicate_group"], [])
        if len(groups) <= limit:
            path = found.root / (paths[row["image_id"]] or str(row["image_id"]))
            shown.append({**row, "picture": _thumbnail(path)})
    kept = [cards for cards in groups.values() if cards]
    return page.render(
        "duplicates.html.j2",
        title=title,
        summary=found.to_json_dict()["summary"],
        groups=kept,
        left_out=len(groups) - len(kept),
    )


def _thumbnail(path: Any) -> str | None:
    """A small JPEG as a ``data:`` address, or None where the picture cannot be read."""
    try:
        with opened(path) as image:
            small = image.pixels(least=(2 * _SIDE, 2 * _SIDE))
            small.thumbnail((_SIDE, _SIDE))
    except UNREADABLE:
        return None
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return page.data_uri(buffer.getvalue(), "image/jpeg")
