"""The course's project: the street's pictures collected once, and for each training the labels it was given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.api.project import Project
from workbench.course.course_street import Street, with_truth
from workbench.course.scales import Scale
from workbench.course.story import Training
from workbench.label import read_labels
from workbench.model.errors import InputError
from workbench.train import Recipe, Run, list_runs
from workbench.version import FrozenTest, Version, find_test, leaks_into_test, snapshot_tables

CLASSES = ("plate",)
TEST = "street"
"""The name of the frozen test: stills and whole drives of other worlds."""
TEST_PARTS = ("test_stills", "test_frames")
VIDEO = ("frames", "test_frames")
"""The sources whose pictures are frames of videos."""
_RIGHT = {"many_photos": "labels"}


def collect(project: Project, street: Street, parts: tuple[str, ...]) -> None:
    """Bring parts of the street into a project under their own names, with the right labels; what is there stays.

    What looks like a picture of the frozen test goes to the pool. The story's interns would not have noticed.
    """
    there = set(project.images["source"])
    missing = [part for part in parts if part not in there]
    for part in missing:
        folder = street.part(part)
        split = "test" if part in TEST_PARTS else "train"
        labels = folder / _RIGHT.get(part, "xml")
        project.collect(folder, labels=labels, source=part, split=split)
    frozen = find_test(project.folder, TEST)
    if frozen is not None and missing:
        images = project.images
        leaking = leaks_into_test(images, frozen, root=project.folder.root)["image_id"]
        groups = images.loc[images["image_id"].isin(leaking), "group_id"]
        project.folder.store.set_split(images.loc[images["group_id"].isin(groups), "image_id"].tolist(), "pool")


def freeze_test(project: Project, street: Street) -> FrozenTest:
    """Collect the test sets, add what truth knows (of each plate; of each frame its drive and moment), and lock them.

    Before anything else is collected: what looks like a picture of the test then stays out of training.
    """
    frozen = find_test(project.folder, TEST)
    if frozen is not None:
        return frozen
    collect(project, street, TEST_PARTS)
    images, boxes, classes = project.folder.store.read_all()
    drawn = [street.truth(part) for part in TEST_PARTS]
    pictures = pd.concat([seen for seen, _ in drawn]).set_index("image_id")
    plates = dict(tuple(pd.concat([shown for _, shown in drawn]).groupby("image_id")))
    taken = [with_truth(mine, plates[image_id]) for image_id, mine in boxes.groupby("image_id")]
    moment = images["image_id"].map(pictures["frame_s"])
    drive = images["image_id"].map(pictures["group_id"])
    images = images.assign(frame_s=moment, group_id=images["group_id"].where(moment.isna(), drive))
    project.folder.store.replace_all(images, pd.concat(taken), classes, who=None, why="truth of the street", notes={})
    return project.freeze_test(TEST, note="stills and drives that nobody trains on")


def freeze(project: Project, street: Street, training: Training) -> Version:
    """Freeze the pictures of a training with the labels it was given, right or wrong, beside the test set."""
    images, boxes, classes = project.folder.store.read_all()
    test = images[images["source"].isin(TEST_PARTS)]
    chosen, labels = [test], [boxes[boxes["image_id"].isin(test["image_id"])]]
    left = training.first
    for part, kind in training.parts:
        mine = images[(images["source"] == part) & (images["split"] == "train")].sort_values("image_id")[:left]
        left = None if left is None else left - len(mine)
        given = labels_of(street.part(part), kind)
        given = given.assign(image_id=part + "/" + given["image_id"].astype(str))
        given = given[given["image_id"].isin(mine["image_id"])]
        status = np.where(mine["image_id"].isin(given["image_id"]), "labelled", "empty")
        chosen.append(mine.assign(label_status=status))
        # Ids that name picture and place: the same labels are the same version, whoever makes it.
        place = given.groupby("image_id").cumcount().astype(str)
        labels.append(given.assign(box_id=given["image_id"].astype(str) + "#" + place))
    return snapshot_tables(
        project.folder,
        pd.concat(chosen, ignore_index=True),
        pd.concat(labels, ignore_index=True),
        classes,
        f"{training.name}: labelled as the interns did",
        author="the interns",
    )


def labels_of(folder: Path, kind: str) -> pd.DataFrame:
    """The boxes that a detector reads out of one folder of label files, mistakes and all; image_id is the file's name.

    Raises:
        InputError: if nothing there can be read.
    """
    boxes = read_labels(folder / kind, images=folder).boxes
    if not len(boxes):
        raise InputError(f"{folder / kind} holds no box that can be read")
    return boxes


def trained(project: Project, training: Training, version: str, scale: Scale, *, seed: int, device: str | None) -> Run:
    """A training of a version at a scale: the one that is there, a killed one brought to its end, or a new one."""
    there = runs_of(project, training, version, scale, seed=seed)
    for run in there:
        if run.record.state == "finished":
            return run
    for run in there:
        if not run.is_alive and run.weights.is_file():
            return project.resume(run, device=device)
    recipe = replace(_recipe(training, scale, seed), device=device)
    return project.train(version, **recipe.options())


def runs_of(project: Project, training: Training, version: str, scale: Scale, *, seed: int) -> list[Run]:
    """The runs there are of a training at a scale with a seed, finished or not."""
    recipe = _recipe(training, scale, seed)
    found = [project.run(str(run_id)) for run_id in list_runs(project.folder)["run_id"]]
    return [run for run in found if run.record.version == version and run.record.was_asked(recipe)]


def _recipe(training: Training, scale: Scale, seed: int) -> Recipe:
    return Recipe(
        detector=training.detector,
        batches=scale.budgets[training.batches],
        batch=scale.batch,
        image_size=scale.image_size,
        seed=seed,
    )
