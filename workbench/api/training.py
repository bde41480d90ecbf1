"""What a project can do with detectors: train, go on, predict once, and predict by one that has not seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack, cast

import pandas as pd

from workbench.project import ProjectFolder
from workbench.train.recipe import Recipe, RecipeOptions, spells_out_recipe

if TYPE_CHECKING:
    from workbench.api.project import Project
    from workbench.train import OutOfFold, Prediction, Run
    from workbench.version import Version


class TrainVerbs(ProjectFolder):
    """The verbs of `workbench.Project` that are about detectors."""

    @spells_out_recipe
    def train(
        self, version: str | Version | None = None, *, progress: bool = True, **recipe: Unpack[RecipeOptions]
    ) -> Run:
        """Train a detector on a version's training pictures. See `workbench.train.train`.

        A version that holds pictures of a frozen test, or gives some away, is refused.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            progress: show a bar.
            recipe: how to train: the options of `workbench.train.Recipe`, such as ``batches=120, batch=16``.
        """
        from workbench.train import train_version

        asked = Recipe(**recipe)
        return train_version(self, self._version_to_train(version), asked, progress=progress)

    def resume(self, run: str | int | Run, *, device: str | None = None, progress: bool = True) -> Run:
        """Bring a training to its end that was killed or interrupted. See `workbench.train.resume`."""
        from workbench.train import resume_run

        return resume_run(self, self.run(run), device=device, progress=progress)

    def run(self, run: str | int | Run) -> Run:
        """A training by its id (``r001-yolo11n`` or ``r001``), or by its iteration's number; a `Run` is given back.

        The number of the iteration under way, the next to be decided, means the newest training that no iteration has.

        Raises:
            InputError: if there is no such run or iteration.
        """
        from workbench.decide import run_of_iteration
        from workbench.train import load_run

        if isinstance(run, int):
            return run_of_iteration(self, run)
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
        from workbench.train import predict, predict_once

        chosen = self.detector(run)
        if isinstance(chosen, str):
            return predict(chosen, images, root=self.root, progress=progress)
        return predict_once(chosen, images, root=self.root, name=name, progress=progress)

    @spells_out_recipe
    def out_of_fold(
        self,
        version: str | Version | None = None,
        *,
        folds: int = 3,
        progress: bool = True,
        **recipe: Unpack[RecipeOptions],
    ) -> OutOfFold:
        """Predictions for every labelled training picture by a detector that never saw it, for `suspects`.

        The pictures of a version's splits train and val are shared out among folds, groups whole, and for each fold a
        detector is trained on the others. Folds that were trained so before are not trained again, one that was killed
        goes on; their runs are kept, and left out of lists of runs.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            folds: how many; each detector learns from all but one.
            progress: show bars.
            recipe: how to train each: the options of `workbench.train.Recipe`.

        Raises:
            InputError: if the pictures cannot be shared out among so many folds, or there is nothing to learn from.
        """
        from workbench.train import out_of_fold

        asked = Recipe(**recipe)
        return out_of_fold(self, self._version_to_train(version), asked, folds=folds, progress=progress)

    def learned_tables(self, run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The pictures and boxes of a run's version, with what it was kept from seeing in no split to learn from."""
        from workbench.train import learned_tables

        return learned_tables(self, run)

    def _version_to_train(self, version: str | Version | None) -> Version:
        project = cast("Project", self)
        return project.current_version() if version is None else project.version(version)
