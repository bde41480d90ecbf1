"""What a project can do with detectors: train, go on, predict once, and predict by one that has not seen it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from workbench.project import ProjectFolder
from workbench.version import refuse_leaks

if TYPE_CHECKING:
    from workbench.api.project import Project
    from workbench.train import OutOfFold, Prediction, Run
    from workbench.version import Version


class TrainVerbs(ProjectFolder):
    """The verbs of `workbench.Project` that are about detectors."""

    def train(
        self,
        *,
        version: str | Version | None = None,
        detector: str = "yolo11n",
        weights: str | Path | None = "base",
        iterations: int = 120,
        batch: int = 16,
        image_size: int = 320,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str | None = None,
        progress: bool = True,
    ) -> Run:
        """Train a detector on a version's training pictures. See `workbench.train.train`.

        A version that holds pictures of a frozen test, or gives some away, is refused.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            detector: its name: a YOLO of Ultralytics such as ``yolo11n``, or a Faster R-CNN such as ``rcnn-small``.
            weights: where to start: ``base``, ``plates``, a path to a .pt file of your own, None for random ones, or
                ``ultralytics:yolo11n`` for Ultralytics' own, which needs a network. Loading a .pt file of Ultralytics
                runs the code in it: name only files you trust.
            iterations: the budget, in batches.
            batch: pictures in a batch.
            image_size: the longer side in pixels at which pictures are shown to the detector.
            learning_rate: its peak; by default the detector's own. For weights that know the classes already
                (``plates``), 0.0002 forgets less of what they know.
            seed: of everything random.
            device: ``cpu``, ``0``, …; by default the best there is.
            progress: show a bar.
        """
        from workbench.train import train

        frozen = self._frozen(version)
        return train(
            self,
            frozen.images(),
            frozen.boxes(),
            classes=frozen.classes,
            version=frozen.version_id,
            detector=detector,
            weights=weights,
            iterations=iterations,
            batch=batch,
            image_size=image_size,
            learning_rate=learning_rate,
            seed=seed,
            device=device,
            progress=progress,
        )

    def resume(self, run: str | int | Run, *, device: str | None = None, progress: bool = True) -> Run:
        """Bring a training to its end that was killed or interrupted. See `workbench.train.resume`."""
        from workbench.train import resume

        training = self.run(run)
        return resume(self, training, *self.learned_tables(training), device=device, progress=progress)

    def run(self, run: str | int | Run) -> Run:
        """A training by its id (``r001-yolo11n`` or ``r001``), or by its round's number; a `Run` is given back.

        The number of the round under way, the next to be decided, means the newest training that no round has.

        Raises:
            InputError: if there is no such run or iteration.
        """
        from workbench.decide import run_of_round
        from workbench.train import load_run

        if isinstance(run, int):
            return run_of_round(self, run)
        return load_run(self, run) if isinstance(run, str) else run

    def detector(self, run: str | int | Run) -> Run | str:
        """What finds objects: a training, or as they are named weights that were not trained here.

        Args:
            run: as in `run`; or ``plates``, or the path of a .pt file. Loading one runs the code in it: name only files
                you trust.

        Raises:
            InputError: if there is no such run or iteration.
        """
        from workbench.train.weight_names import names_weights

        return run if isinstance(run, str) and names_weights(run) else self.run(run)

    def predict(self, run: str | int | Run, *, split: str = "test", progress: bool = True) -> pd.DataFrame:
        """What a run's detector, or weights such as ``plates``, find on a split or a frozen test, from confidence 0.01.

        For a run it is looked for once and kept with it; other pictures in the split make other predictions.
        """
        return self.find(run, cast("Project", self).look_at(split)[0], name=split, progress=progress)

    def find(self, run: str | int | Run, images: pd.DataFrame, *, name: str, progress: bool = True) -> pd.DataFrame:
        """What a run's detector finds in some pictures, down to confidence 0.01; kept with the run under `name`.

        What weights find that were not trained here (``plates``) is kept nowhere.
        """
        return self.found(run, images, name=name, progress=progress).predictions

    def found(self, run: str | int | Run, images: pd.DataFrame, *, name: str, progress: bool = True) -> Prediction:
        """`find`, with how and how fast it was found."""
        from workbench.train import has_predictions, load_predictions, predict, save_predictions

        training = self.detector(run)
        if isinstance(training, str):
            return predict(training, images, root=self.root, progress=progress)
        name = f"{'-'.join(name.split())}-{_fingerprint(images)}"
        if has_predictions(training, name):
            return load_predictions(training, name)
        made = predict(training, images, root=self.root, progress=progress)
        save_predictions(training, name, made)
        return made

    def out_of_fold(
        self,
        *,
        version: str | Version | None = None,
        folds: int = 3,
        detector: str = "yolo11n",
        weights: str | Path | None = "base",
        iterations: int = 120,
        batch: int = 16,
        image_size: int = 320,
        seed: int = 0,
        device: str | None = None,
        progress: bool = True,
    ) -> OutOfFold:
        """Predictions for every labelled training picture by a detector that never saw it, for `suspects`.

        The pictures of a version's splits train and val are shared out among folds, groups whole, and for each fold a
        detector is trained on the others. Folds that were trained so before are not trained again, one that was killed
        goes on; their runs are kept, and left out of lists of runs.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            folds: how many; each detector learns from all but one.
            detector: see `train`, as for all that follow.
            weights: where to start.
            iterations: the budget of each training, in batches.
            batch: pictures in a batch.
            image_size: the longer side in pixels.
            seed: of everything random.
            device: ``cpu``, ``0``, …; by default the best there is.
            progress: show bars.

        Raises:
            InputError: if the pictures cannot be shared out among so many folds, or there is nothing to learn from.
        """
        from workbench.train import OutOfFold, share_out, together, train_folds

        frozen = self._frozen(version)
        images = frozen.images()
        runs = train_folds(
            self,
            images,
            frozen.boxes(),
            folds=folds,
            classes=frozen.classes,
            version=frozen.version_id,
            detector=detector,
            weights=weights,
            iterations=iterations,
            batch=batch,
            image_size=image_size,
            seed=seed,
            device=device,
            progress=progress,
        )
        images = images.assign(fold=share_out(images, folds))
        images = images[images["fold"] > 0].reset_index(drop=True)
        parts = [images[images["fold"] == number] for number in range(1, folds + 1)]
        found = [
            self.find(run, part, name="held-out", progress=progress) for run, part in zip(runs, parts, strict=True)
        ]
        return OutOfFold(frozen.version_id, runs, images, together(found))

    def learned_tables(self, run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The pictures and boxes of a run's version, with what it was kept from seeing in no split to learn from."""
        from workbench.train import without_fold

        version = cast("Project", self).version(run.record.version)
        images = version.images()
        return images if run.record.fold is None else without_fold(images, run.record.fold), version.boxes()

    def _frozen(self, version: str | Version | None) -> Version:
        """The version to train on, or the reason why it must not be."""
        project = cast("Project", self)
        frozen = project.version(version) if version is not None else project.current_version()
        refuse_leaks(self, frozen.images(), version=frozen.version_id)
        return frozen


def _fingerprint(images: pd.DataFrame) -> str:
    keys = sorted(f"{image_id} {sha256}" for image_id, sha256 in zip(images["image_id"], images["sha256"], strict=True))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:8]
