"""What the recorded runs are: a small JSON file beside them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model.errors import ProjectError

NAME = "story.json"


class StoryIndex(BaseModel):
    """Which run is which.

    Attributes:
        scale: how large the trainings were, see `workbench.course.scales`.
        sample: the street's size.
        seed: the street's seed.
        test: the frozen test's id.
        runs: run ids by training and by the training's seed.
        frames_per_second: on a processor, one picture at a time, by training.
        processor: which one, and how many of its cores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: str
    sample: str
    seed: int
    test: str
    runs: dict[str, dict[int, str]]
    frames_per_second: dict[str, float]
    processor: str

    @classmethod
    def read(cls, folder: Path) -> StoryIndex:
        """The index of a folder of recorded runs.

        Raises:
            ProjectError: if there is none, or it cannot be read.
        """
        path = folder / NAME
        try:
            return cls.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValidationError) as error:
            raise ProjectError(
                f"{path} cannot be read ({str(error).splitlines()[0]}); make it with "
                "`python -m workbench.course.record_story`, or go live with WORKBENCH_COURSE=live"
            ) from error
