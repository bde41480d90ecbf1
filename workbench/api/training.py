"""What a project can do with detectors: train, go on, predict once, and predict by one that has not seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack, cast

import pandas as pd

from workbench.api.on_folder import OnFolder
from workbench.api.tests import Test
from workbench.model import tables
from workbench.train.recipe import Recipe, RecipeOptions, spells_out_recipe

if TYPE_CHECKING:
    from workbench.api.held_evaluation import Evaluation
    from workbench.api.project import Project
    from workbench.train import Run
    from workbench.version import Version


class TrainVerbs(OnFolder):
    """The verbs of `workbench.Project` that are about detectors."""

    @spells_out_recipe
    def train(
        self,
        version: str | Version | None = None,
        *,
        allow_copies: bool = False,
        because: str = "",
        **recipe: Unpack[RecipeOptions],
    ) -> Run:
        """Train a detector on a version's training pictures. See `workbench.train.train`.

        A version that holds pictures of a frozen test, or gives some away by the rule of `leaks`, is refused.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            allow_copies: train all the same on pictures that only resemble one of the test, which you have looked at.
            because: why; needed with `allow_copies`, and kept in the run's record and in the report.
            recipe: how to train: the options of `workbench.train.Recipe`, such as ``batches=120, batch=16``.
        """
        from workbench.train import train_version

        asked = Recipe(**recipe)
        chosen = self._version_to_train(version)
        return train_version(self.folder, chosen, asked, allow_copies=allow_copies, because=because)

    def resume(self, run: str | int | Run, *, device: str | None = None) -> Run:
        """Bring a training to its end that was killed or interrupted. See `workbench.train.resume`."""
        from workbench.train import resume_run

        return resume_run(self.folder, cast("Project", self).run(run), device=device)

    @property
    def runs(self) -> pd.DataFrame:
        """All trainings, oldest first, one row each, the unfinished ones among them (see the column ``state``)."""
        from workbench.train import list_runs

        return list_runs(self.folder)

    def predict(self, detector: Run | str | int, pictures: str | pd.DataFrame = "test") -> pd.DataFrame:
        """What a detector finds, down to confidence 0.01, as the `predictions` table: to begin labels with, say.

        What a training finds is looked for once and kept with it.

        Args:
            detector: a training, its id or its round's number; or weights such as ``plates`` or a .pt file. **Loading
                a .pt file runs the code in it: name only files you trust.**
            pictures: a split, a frozen test, or some rows of `images`.
        """
        project = cast("Project", self)
        if isinstance(pictures, str):
            return project.test(pictures).predict(detector)
        return project._found(project._detector(detector), pictures, name="pictures").predictions

    @spells_out_recipe
    def out_of_fold(
        self,
        version: str | Version | None = None,
        *,
        folds: int = 3,
        allow_copies: bool = False,
        because: str = "",
        **recipe: Unpack[RecipeOptions],
    ) -> Evaluation:
        """Every labelled training picture looked at by a detector that never saw it: ask it for its `suspects`.

        The pictures of a version's splits train and val are shared out among folds, groups whole, and for each fold a
        detector is trained on the others. Folds that were trained so before are not trained again, one that was killed
        goes on; their runs are kept, and left out of lists of runs.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            folds: how many; each detector learns from all but one.
            allow_copies: as `train` takes it.
            because: likewise.
            recipe: how to train each: the options of `workbench.train.Recipe`.

        Raises:
            InputError: if the pictures cannot be shared out among so many folds, or there is nothing to learn from.
        """
        from workbench.train import out_of_fold

        asked = Recipe(**recipe)
        chosen = self._version_to_train(version)
        found = out_of_fold(self.folder, chosen, asked, folds=folds, allow_copies=allow_copies, because=because)
        images, boxes, _ = self.folder.store.read_all()
        images = tables.of_images(images, found.images["image_id"])
        truth = tables.of_images(boxes, images["image_id"])
        name = f"{self.folder.root.name}, {found.name}"
        test = Test(name, images, truth, self.folder.root, project=cast("Project", self))
        return test.evaluate(tables.of_images(found.predictions, images["image_id"]))

    def _version_to_train(self, version: str | Version | None) -> Version:
        project = cast("Project", self)
        return project._current_version() if version is None else project.version(version)
