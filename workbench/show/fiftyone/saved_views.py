"""The saved views of a FiftyOne dataset, its colours and its sidebar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.show.fiftyone import dataset_content as content
from workbench.show.style import COLOURS

MISSES, FALSE_ALARMS = "misses", "false alarms"
DUPLICATES, SHIFTED, TOO_WIDE = "duplicates", "shifted", "too wide"
NEW_MISSES, NEW_FALSE_ALARMS = "new misses", "new false alarms"
FIXED_MISSES, FIXED_FALSE_ALARMS = "fixed misses", "fixed false alarms"
EDGE_CASES, RELABEL, SUSPECTS, CLIPS = "edge cases", "relabel queue", "suspects", "clips"
_FOUND = [("tp", COLOURS["tp"]), ("fp", COLOURS["fp"]), ("ignored", COLOURS["ignored"])]
_TOO_WIDE = ["too wide a box", "label loose"]


def save_views(fo: Any, dataset: Any, *, compared: bool, clips: bool, suspects: bool) -> None:
    """Save every view that this dataset can have; those that a person saved stay.

    None of them is a patches view: FiftyOne copies every patch when such a view is made, which takes longer than all
    the rest. The App's patches button, or `to_patches`, makes one of any of these.

    Args:
        fo: FiftyOne.
        dataset: filled.
        compared: whether it holds an earlier iteration.
        clips: whether pictures come from clips.
        suspects: whether boxes carry the flag ``suspect``.
    """
    said = fo.ViewField
    outcome, cause = said("outcome"), said("cause")
    truth, found, earlier = content.TRUTH, content.PREDICTIONS, content.EARLIER
    misses = dataset.filter_labels(truth, outcome == "fn").sort_by(content.LARGEST_MISS, reverse=True)
    alarms = dataset.filter_labels(found, outcome == "fp").sort_by(content.SUREST_FALSE_ALARM, reverse=True)

    def of_alarms(condition: Any) -> Any:
        return dataset.filter_labels(found, (outcome == "fp") & condition).sort_by(
            content.SUREST_FALSE_ALARM, reverse=True
        )

    views = [
        (MISSES, misses, "boxes that were not found, the largest first", "fn"),
        (FALSE_ALARMS, alarms, "predictions with no box to match, the surest first", "fp"),
        (DUPLICATES, of_alarms(said("error") == "duplicate"), "a second prediction on one object", "fp"),
        (SHIFTED, of_alarms(cause == "shifted box"), "right size, wrong place", "fp"),
        (TOO_WIDE, of_alarms(cause.is_in(_TOO_WIDE)), "drawn wider than the label, or the label too wide", "fp"),
        (EDGE_CASES, dataset.select_labels(tags="edge_case", omit_empty=True), "what people marked so", "below"),
        (RELABEL, dataset.select_labels(tags="relabel", omit_empty=True), "labels that people say are wrong", "below"),
    ]
    if compared:
        change = said("change")
        views += [
            (NEW_MISSES, dataset.filter_labels(truth, change == "new"), "found before, missed now", "fn"),
            (FIXED_MISSES, dataset.filter_labels(truth, change == "fixed"), "missed before, found now", "tp"),
            (NEW_FALSE_ALARMS, dataset.filter_labels(found, change == "new"), "not raised before", "fp"),
            (FIXED_FALSE_ALARMS, dataset.filter_labels(earlier, change == "fixed"), "raised before, gone now", "tp"),
        ]
    if suspects:
        views.append((SUSPECTS, dataset.filter_labels(truth, said("suspect")), "labels that may be wrong", "below"))
    if clips:
        frames = dataset.match(said("frame_s").exists()).group_by("group_id", order_by="frame_s")
        views.append((CLIPS, frames, "every clip as one, its frames in order", "truth"))
    for name, view, description, role in views:
        dataset.save_view(name, view, description=description, color=COLOURS[role], overwrite=True)  # type: ignore[index]


def dress(fo: Any, dataset: Any, layout: content.Layout) -> None:
    """Colours by outcome; labels and verdicts first in the sidebar, and only the labels ticked."""
    from fiftyone.core.odm.dataset import ActiveFields, SidebarGroupDocument

    truth = [("tp", COLOURS["truth"]), ("fn", COLOURS["fn"]), ("ignored", COLOURS["ignored"])]
    coloured = [
        (content.TRUTH, COLOURS["truth"], truth),
        (content.PREDICTIONS, COLOURS["tp"], _FOUND),
        (content.BELOW, COLOURS["below"], []),
        (content.EARLIER, COLOURS["ignored"], _FOUND),
    ]
    config = dataset.app_config
    config.color_scheme = fo.ColorScheme(
        color_by="value",
        color_pool=[COLOURS[role] for role in ("truth", "tp", "fp", "fn", "below", "ignored")],
        fields=[_by_outcome(*one) for one in coloured if one[0] in layout.labels],
    )
    ours = [*content.COUNTS, content.LARGEST_MISS, content.SUREST_FALSE_ALARM]
    pictures = [name for name in layout.picture if name not in (*ours, content.PRINT)]
    config.active_fields = ActiveFields(paths=[content.TRUTH, content.PREDICTIONS], exclude=False)
    config.sidebar_groups = [
        SidebarGroupDocument(name="labels", paths=list(layout.labels)),
        SidebarGroupDocument(name="verdicts", paths=ours),
        SidebarGroupDocument(name="tags", paths=["tags", "_label_tags"]),
        SidebarGroupDocument(name="pictures", paths=pictures),
        SidebarGroupDocument(name="metadata", paths=["metadata.width", "metadata.height"], expanded=False),
        SidebarGroupDocument(
            name="other",
            paths=[
                *("id", "filepath", "created_at", "last_modified_at", content.PRINT),
                *("metadata.size_bytes", "metadata.mime_type", "metadata.num_channels"),
            ],
            expanded=False,
        ),
    ]


def dress_iterations(dataset: Any, fields: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Colour the fields of further iterations as the earlier one is, and list them unticked after the other labels.

    What a person changed of the colours and the sidebar stays.

    Args:
        dataset: that was dressed.
        fields: that came.
        gone: that went.
    """
    config, ours = dataset.app_config, {*fields, *gone}
    if config.color_scheme is not None:
        kept = [one for one in config.color_scheme.fields or () if one["path"] not in ours]
        config.color_scheme.fields = [*kept, *(_by_outcome(name, COLOURS["ignored"], _FOUND) for name in fields)]
    groups = config.sidebar_groups or []
    labels = next((one for one in groups if one.name == "labels"), None)
    for group in groups:
        rest = [path for path in group.paths if path not in ours]
        group.paths = [*rest, *fields] if group is labels else rest


def _by_outcome(path: str, colour: str, values: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "path": path,
        "fieldColor": colour,
        "colorByAttribute": "outcome",
        "valueColors": [{"value": value, "color": shade} for value, shade in values],
    }
