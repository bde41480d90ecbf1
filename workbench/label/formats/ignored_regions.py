"""Regions in which nothing counts, whatever its class: KITTI's DontCare, VisDrone's ignored regions.

Matching goes class by class, and COCO's crowd does: such a region becomes one ignored box for each class of the set.
"""

from __future__ import annotations

from workbench.label.reading.raw import RawLabels


def for_every_class(raw: RawLabels, region: str) -> RawLabels:
    """Turn the rows called `region` into an ignored row for each class that there is; without any they stay."""
    classes = [name for name in dict.fromkeys([*raw.classes, *raw.names]) if name != region]
    if not classes:
        return raw
    for row in [row for row, name in enumerate(raw.names) if name == region]:
        raw.names[row] = classes[0]
        values = raw.values[4 * row : 4 * row + 4]
        for name in classes[1:]:
            copy = raw.add(raw.file[row], raw.line[row], name, (values[0], values[1], values[2], values[3]))
            raw.mark("ignore", copy, True)
            raw.mark("region", copy, region)
        raw.mark("ignore", row, True)
        raw.mark("region", row, region)
    return raw
