"""Declares the fields of a FiftyOne dataset in bulk; those of further iterations come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.model.errors import InputError
from workbench.show.fiftyone.dataset_content import Kind, Layout
from workbench.show.fiftyone.further_rounds import Iteration

_OURS = "iteration"
"""Key of a field's own info, by which a field of ours is known from one that a person made."""


def declare(fo: Any, dataset: Any, layout: Layout) -> None:
    """Declare the fields that every dataset of ours has."""
    dataset.media_type = "image"
    make, kinds = dataset._sample_doc_cls._create_field, _kinds(fo)
    dataset._merge_sample_field_schema({name: make(name, kinds[kind]) for name, kind in layout.picture.items()})
    _declare_labels(fo, dataset, layout.labels, {})


def follow(fo: Any, dataset: Any, iterations: Sequence[Iteration]) -> tuple[list[str], list[str]]:
    """Declare the fields of these iterations and drop those of others, and of one whose labels hold something else.

    A field says of itself that it is ours, so a kernel that dies on the way leaves nothing that the next does not know.

    Returns:
        The fields that came and those that went; one that was made anew is in both.

    Raises:
        InputError: if a person has a field of the same name.
    """
    schema = dataset.get_field_schema()
    held = {name: one.info if _OURS in (one.info or {}) else None for name, one in schema.items()}
    wanted = {one.field: _told(one) for one in iterations}
    foreign = next((name for name in wanted if name in held and not held[name]), None)
    if foreign is not None:
        raise InputError(f"the dataset has a field '{foreign}' that the workbench did not make; rename it")
    gone = [name for name, told in held.items() if told and wanted.get(name) != told]
    if gone:
        dataset.delete_sample_fields(gone)
    new = {one.field: one for one in iterations if held.get(one.field) != wanted[one.field]}
    if new:
        about = {name: {"description": f"what {one.name} found", "info": wanted[name]} for name, one in new.items()}
        _declare_labels(fo, dataset, {name: one.kinds for name, one in new.items()}, about)
    return list(new), gone


def iteration_fields(dataset: Any) -> list[str]:
    """The fields of further iterations that a dataset has."""
    return [name for name, one in dataset.get_field_schema().items() if _OURS in (one.info or {})]


def _told(iteration: Iteration) -> dict[str, Any]:
    return {_OURS: iteration.name, "attributes": dict(iteration.kinds)}


def _declare_labels(
    fo: Any, dataset: Any, labels: Mapping[str, Mapping[str, Kind]], about: Mapping[str, Mapping[str, Any]]
) -> None:
    """In two steps; one by one, each field would load and save the dataset's description again."""
    make, kinds = dataset._sample_doc_cls._create_field, _kinds(fo)
    fields = {
        name: make(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections, fields=[], **about.get(name, {}))
        for name in labels
    }
    dataset._merge_sample_field_schema(fields)
    paths = {f"{root}.detections.{name}": kind for root, held in labels.items() for name, kind in held.items()}
    dataset._merge_sample_field_schema({path: make(path, kinds[kind]) for path, kind in paths.items()})


def _kinds(fo: Any) -> dict[Kind, Any]:
    return {"text": fo.StringField, "number": fo.FloatField, "integer": fo.IntField, "flag": fo.BooleanField}
