"""The templates, and what every self-contained page shares. Whatever comes from a user is escaped."""

from __future__ import annotations

import base64
import math
from functools import lru_cache

import jinja2

from workbench.show.style import COLOURS, DASHED, text_on


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The one template environment: autoescape on, an undefined name is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("workbench", "show/pages/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["share"] = share
    made.filters["number"] = number
    made.filters["whole"] = whole
    made.globals.update(colours=dict(COLOURS), ink={role: text_on(c) for role, c in COLOURS.items()}, dashed=DASHED)
    return made


def render(template: str, **values: object) -> str:
    """Fill a template of `show/templates`."""
    return environment().get_template(template).render(**values)


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as a ``data:`` address, for pages that load nothing from elsewhere."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def share(value: float | None) -> str:
    """A share between 0 and 1 as people read it: ``0.83``; a dash where there is nothing to measure."""
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"


def whole(value: float | None) -> str:
    """How many there are: a whole number with thin groups, whatever type holds it; a dash for none."""
    return "–" if value is None or math.isnan(value) else f"{round(value):,}".replace(",", "\u2009")


def number(value: float | None) -> str:
    """A figure of a table: whole numbers with thin groups, others with three decimals, a dash for none.

    0.0 and 1.0 may be a share or a count, and are shown as a share; what is known to be a count goes through `whole`.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if float(value).is_integer() and not (isinstance(value, float) and abs(value) <= 1):
        return f"{int(value):,}".replace(",", "\u2009")
    return f"{value:.3f}"
