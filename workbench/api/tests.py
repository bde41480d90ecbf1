"""A test is what is looked at: pictures with their truth. Evaluating a detector on it gives an evaluation to hold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import analyse
from workbench.analyse import Inputs, compare_all, evaluate_inputs
from workbench.analyse.difficult import difficult_boxes, difficult_ignored
from workbench.analyse.inputs import Difficult, LeftOut
from workbench.api.held_evaluation import Evaluation
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.wording import facts_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.api.project import Project
    from workbench.label import Labels
    from workbench.train import Prediction, Run
    from workbench.version import Version

_RESULTS = (".json", ".csv", ".tsv")


@dataclass(frozen=True, eq=False)
class Test:
    """Pictures with their truth: a split or a frozen test of a project, a part of one, or plain files.

    Make one with `Project.test` or `workbench.files`.

    Attributes:
        name: what to call it.
        images: the `images` table; its paths are relative to `root`.
        boxes: the `boxes` table.
        root: the folder of the pictures.
        split: the split or the frozen test's name that a detector's finds are kept under; empty for plain files.
        source: the only source whose pictures are looked at, where it is one.
        project: whose test it is, or None.
        labels: what was read, for plain files.
        left_out: pictures and labels that are not looked at, and why.
    """

    __test__ = False

    name: str
    images: pd.DataFrame = field(repr=False)
    boxes: pd.DataFrame = field(repr=False)
    root: Path
    split: str = ""
    source: str | None = None
    project: Project | None = field(repr=False, default=None)
    labels: Labels | None = field(repr=False, default=None)
    left_out: LeftOut = field(repr=False, default=LeftOut())

    def __repr__(self) -> str:
        status = ", ".join(f"{count} {name}" for name, count in self.images["label_status"].value_counts().items())
        classes = ", ".join(sorted(self.boxes["class_name"].unique())) or "no class"
        return (
            f"Test {self.name!r}: {len(self.images)} pictures ({status}), {len(self.boxes)} boxes of {classes}"
            + "".join(f"; {count} {words}" for words, count in self._not_looked_at.items())
        )

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {"source": self.source, "pictures": len(self.images)}
        facts |= {str(name): count for name, count in self.images["label_status"].value_counts().items()}
        facts["boxes"] = len(self.boxes)
        facts |= {str(name): count for name, count in self.boxes["class_name"].value_counts().items()}
        return facts_html(f"Test {self.name}", facts | self._not_looked_at)

    @property
    def _not_looked_at(self) -> dict[str, int]:
        """How many pictures are left out, by the reason."""
        of = self.left_out
        counts = {
            "left out with labels that cannot be read": len(of.unreadable),
            f"left out that are not in {of.folder}": of.elsewhere,
        }
        return {words: count for words, count in counts.items() if count}

    def evaluate(
        self,
        detector: Run | str | int | Path | pd.DataFrame,
        *,
        confidence: float = 0.5,
        iou: float = 0.5,
        rename: Mapping[str, str] | None = None,
        difficult: Difficult | None = None,
        names: str | Path | Sequence[str] | None = None,
        box_format: str | None = None,
        category_offset: int | None = None,
    ) -> Evaluation:
        """Hold what a detector finds against the truth.

        What is left out, and what looks like a mistake, is said in sentences: ``settings.remarks``.

        Args:
            detector: a training of the project (a `Run`, its id or its round's number), weights such as ``plates`` or
                a .pt file, a `predictions` table, or a predictions file: COCO results JSON, a CSV, or a folder of YOLO
                txt with the confidence last. **Loading a .pt file runs the code in it: name only files you trust.**
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            rename: class names to change on both sides, such as ``{"num_plate": "plate"}``.
            difficult: ``ignore`` boxes that are marked difficult, as Pascal VOC does, or ``count`` them like any other;
                by default they are ignored in plain VOC files and counted in all others.
            names: of the classes of a predictions file that has only numbers. See `workbench.read_predictions`.
            box_format: of the boxes in a predictions file, such as ``xyxy`` or ``xywh-rel``, where it is not clear.
            category_offset: the number of the first class in a predictions file, 0 or 1, where it is not clear.

        Raises:
            InputError: if there is no such detector, a file cannot be read, or no class is common to both sides.
        """
        if difficult not in (None, "ignore", "count"):
            raise InputError(f"difficult is {difficult!r}; expected 'ignore' or 'count'")
        rename, project = rename or {}, self.project
        file = {"names": names, "box_format": box_format, "category_offset": category_offset}
        finds = self._finds(detector, rename, file)
        images, predictions, left_out = self._looked_at(finds)
        boxes, found = (_renamed(table, rename) for table in (self._truth_of(images), predictions))
        self._check_renamed(rename, predictions)
        is_voc = self.labels is not None and self.labels.format == "voc"
        rule: Difficult = difficult or ("ignore" if is_voc and difficult_boxes(boxes).any() else "count")
        training = confirmed = None
        if project is not None:
            training = project._trained_on(finds.detector)
            confirmed = project._confirmed_causes(found)
        name = f"{self.name}-{Path(finds.name).stem}" if project is not None else self.name
        inputs = Inputs(
            name,
            images,
            difficult_ignored(boxes) if rule == "ignore" else boxes,
            found,
            self.root,
            training,
            confirmed=confirmed,
            left_out=left_out,
            difficult=rule,
            remarks=(*self._remarks_of(finds.detector), *finds.predictions.attrs.get("notes", ())),
            all_looked_at=finds.made is not None,
            read_as=finds.predictions.attrs.get("reading", ""),
        )
        inputs.check_classes()
        return held(
            evaluate_inputs(inputs, confidence=confidence, iou=iou),
            self,
            detector=finds.detector,
            detector_name=finds.name,
            frames_per_second=None if finds.made is None else finds.made.frames_per_second or None,
        )

    def compare(
        self, *detectors: Run | str | int | Path | pd.DataFrame, confidence: float = 0.5, iou: float = 0.5
    ) -> pd.DataFrame:
        """Detectors on this test, one row each, with intervals and what each changed against the one before.

        Args:
            detectors: two or more, as in `evaluate`; by default all trainings of the project that came to their end,
                in order.
            confidence: predictions from here on count.
            iou: least IoU of a hit.

        Raises:
            InputError: with fewer than two.
        """
        return compare_all(self.evaluate_all(*detectors, confidence=confidence, iou=iou))

    def evaluate_all(
        self, *detectors: Run | str | int | Path | pd.DataFrame, confidence: float = 0.5, iou: float = 0.5
    ) -> dict[str, Evaluation]:
        """The evaluations that `compare` compares, by the detectors' names, in order.

        Raises:
            InputError: with fewer than two.
        """
        every = list(detectors)
        if not every and self.project is not None:
            runs = self.project.runs
            every = list(runs.loc[runs["state"] == "finished", "run_id"])
        if len(every) < 2:
            raise InputError(
                f"compare takes two detectors or more; {len(every)} "
                + ("given" if detectors or self.project is None else "trained here to the end")
            )
        found = [self.evaluate(one, confidence=confidence, iou=iou) for one in every]
        names = [one.detector_name for one in found]
        unique = [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, start=1)]
        return dict(zip(unique, found, strict=True))

    def predict(self, detector: Run | str | int | Path) -> pd.DataFrame:
        """What a detector finds in these pictures, down to confidence 0.01, as the `predictions` table."""
        return self._found(detector)[1].predictions

    def leaks(self, version: str | Version | None = None) -> pd.DataFrame:
        """Pictures of a version, or of the working labels, that leak into this frozen test: no training takes them.

        Raises:
            InputError: if this is no frozen test.
        """
        from workbench.version import find_test, leaks_into_test

        frozen = None if self.project is None else find_test(self.project.folder, self.split)
        if self.project is None or frozen is None:
            raise InputError(f"{self.name} is no frozen test; freeze one first (p.freeze_test('street'))")
        return leaks_into_test(self.project._tables_of(version)[0], frozen, root=self.root)

    def _found(self, detector: Run | str | int | Path) -> tuple[Run | str, Prediction]:
        from workbench.train import predict

        if self.project is None:
            weights = str(detector)
            return weights, predict(weights, self._on_disk(), root=self.root)
        known = self.project._detector(str(detector) if isinstance(detector, Path) else detector)
        whole = self.project.test(self.split) if self.source is not None else self
        return known, self.project._found(known, whole.images, name=self.split)

    def _on_disk(self) -> pd.DataFrame:
        """A name is composed (NFC) for the tables; the file may be called otherwise."""
        images = self.images
        if "picture_file" in images:
            there = images["picture_file"].notna() & (images["picture_file"] != "")
            images = images[there].assign(path=images.loc[there, "picture_file"]).reset_index(drop=True)
        return images

    def _finds(
        self, detector: Run | str | int | Path | pd.DataFrame, rename: Mapping[str, str], file: Mapping[str, Any]
    ) -> _Finds:
        if not isinstance(detector, pd.DataFrame) and self._is_file(detector):
            return _Finds(None, Path(str(detector)).stem, self._read(Path(str(detector)), rename, file))
        given = next((name for name, value in file.items() if value is not None), None)
        if given is not None:
            raise InputError(f"{given} says how to read a predictions file, and {str(detector)[:60]!r} is none")
        if isinstance(detector, pd.DataFrame):
            return _Finds(None, "predictions", detector)
        known, made = self._found(detector)
        found = tables.of_images(made.predictions, self.images["image_id"])
        return _Finds(known, known if isinstance(known, str) else known.run_id, found, made)

    def _looked_at(self, finds: _Finds) -> tuple[pd.DataFrame, pd.DataFrame, LeftOut]:
        """The pictures that these finds are held against, the finds on them, and what is left out."""
        images, left_out = self.images, self.left_out
        if self.project is None and finds.made is not None:
            # Labels whose picture is nowhere: no detector could look at it.
            images = images[images["image_id"].isin(self._on_disk()["image_id"])].reset_index(drop=True)
            missing = len(self.images) - len(images)
            left_out = replace(left_out, elsewhere=left_out.elsewhere + missing, folder=str(self.root))
        found = finds.predictions
        if self.labels is not None:
            found = tables.of_images(found, images["image_id"])
            if len(finds.predictions) and not len(found) and finds.made is None:
                raise InputError(
                    f"none of the {len(finds.predictions)} predictions is of a picture in {self.root}, first "
                    f"{str(finds.predictions['image_id'].iloc[0])!r}; give the folder that they were made on"
                )
            left_out = replace(left_out, predictions_elsewhere=len(finds.predictions) - len(found))
        return images, found, left_out

    def _remarks_of(self, detector: Run | str | None) -> tuple[str, ...]:
        """What must be said of a training before its figures are believed."""
        if self.project is None or detector is None or isinstance(detector, str):
            return ()
        said = (detector.half_trained, self.project._trained_further(detector))
        return tuple(one for one in said if one is not None)

    def _truth_of(self, images: pd.DataFrame) -> pd.DataFrame:
        return self.boxes if images is self.images else tables.of_images(self.boxes, images["image_id"])

    def _check_renamed(self, rename: Mapping[str, str], found: pd.DataFrame) -> None:
        known = {*self.classes, *self.boxes["class_name"].unique(), *found["class_name"].unique()}
        for old in rename:
            if old not in known:
                raise InputError(f"there is no class {old!r} to rename; there are {analyse.inputs.listed(known)}")

    def _is_file(self, detector: Run | str | int | Path) -> bool:
        """Whether this names predictions as files, and not a detector."""
        if not isinstance(detector, str | Path):
            return False
        path = Path(detector).expanduser()
        return path.suffix.lower() in _RESULTS or path.is_dir() or (isinstance(detector, Path) and path.suffix != ".pt")

    def _read(self, path: Path, rename: Mapping[str, str], file: Mapping[str, Any]) -> pd.DataFrame:
        from workbench.label import read_predictions

        if self.labels is None:
            return read_predictions(path.expanduser(), self, rename=rename, **file)
        # Somebody did label these; what was said of them is left to those who could not read it.
        images = self.labels.images
        unread = images["image_id"].isin(list(self.left_out.unreadable))
        truth = replace(self.labels, images=images.assign(label_status=images["label_status"].mask(unread, "returned")))
        return read_predictions(path.expanduser(), truth, rename=rename, **file)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in their order: the project's, or those of the label files."""
        if self.project is not None:
            return self.project.classes
        return tuple(sorted(self.boxes["class_name"].unique())) if self.labels is None else self.labels.classes

    @property
    def class_ids(self) -> dict[Any, str]:
        """The numbers that a label format gives its classes itself, as COCO does; a project numbers them in order."""
        if self.project is not None:
            return dict(enumerate(self.classes))
        return {} if self.labels is None else self.labels.class_ids

    @property
    def unclear_class_ids(self) -> dict[int, tuple[str, ...]]:
        """Numbers that several label files use for several classes."""
        return {} if self.labels is None else self.labels.unclear_class_ids

    @property
    def picture_ids(self) -> dict[str, tuple[str, ...]]:
        """The image_id of the pictures to which the label files give an id of their own (COCO), by that id."""
        return {} if self.labels is None else self.labels.picture_ids

    @property
    def picture_names(self) -> dict[str, tuple[str, ...]]:
        """The image_id of the pictures that the label files name, by the name as they write it."""
        return {} if self.labels is None else self.labels.picture_names


@dataclass(frozen=True, eq=False)
class _Finds:
    """What a detector finds on a test, and who it is."""

    detector: Run | str | None
    name: str
    predictions: pd.DataFrame
    made: Prediction | None = None


def held(evaluation: analyse.Evaluation, test: Test, **about: Any) -> Evaluation:
    """An evaluation's figures together with the test that they are of, as one thing to hold."""
    return Evaluation(**{one.name: getattr(evaluation, one.name) for one in fields(evaluation)}, test=test, **about)


def _renamed(table: pd.DataFrame, rename: Mapping[str, str]) -> pd.DataFrame:
    return table.assign(class_name=table["class_name"].replace(dict(rename))) if rename and len(table) else table
