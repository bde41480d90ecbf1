"""One round of the course in a notebook: the same verbs whether its trainings are recorded or done here and now."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from workbench.analyse import Evaluation as Figures
from workbench.analyse import evaluate_inputs
from workbench.analyse.video.video_report import VideoReport
from workbench.api.held_evaluation import Evaluation
from workbench.api.project import Project
from workbench.course.answers import Answers
from workbench.course.course_project import CLASSES, TEST, collect, freeze, freeze_test, labels_of, trained
from workbench.course.course_street import Street
from workbench.course.exercises import Answer, Feedback, exercises, judge_answer
from workbench.course.guesses import Guesses
from workbench.course.measured import Verdict, judge, story_table
from workbench.course.planted import PlantedFaults, Score
from workbench.course.recorded import Recorded
from workbench.course.scales import SCALES
from workbench.course.story import PHOTOS, ROUNDS, Round, training_named
from workbench.model.errors import InputError
from workbench.project import files, user
from workbench.train import Run

Mode = Literal["recorded", "live"]
MODE_VARIABLE = "WORKBENCH_COURSE"
_SOURCES = {"stills": "test_stills", "video": "test_frames"}
STUDENT, GUESSES, ANSWERS = "student", "guesses.json", "answers.json"
"""Where a round keeps who went through it (a note of its project's store), and, beside the project, what they said."""
_FILM_PX = 640
"""The width of a film; it lies in the notebook's file."""
_LOOKED_AT = 12
"""Pictures of the large batches that a recorded round draws, to look at and to label."""


class Course:
    """One round of the story, with its project.

    Attributes:
        round: what the story says of it.
        mode: ``recorded`` or ``live``.
        who: the student.
        street: the pictures on this machine.
        project: all verbs of a project work on it.
        guesses: what the student expected.
        answers: what became of the exercises.
    """

    def __init__(self, number: int, *, mode: Mode, who: str, home: Path, live: str, recorded: Recorded) -> None:
        self.round: Round = ROUNDS[number - 1]
        self.mode = mode
        self.who = who
        self._scale = SCALES[live if mode == "live" else recorded.index.scale]
        self._recorded = recorded
        self.street = Street(home / f"street-{live}", live) if mode == "live" else recorded.street(home)
        self._home = files.free_folder(home / f"round-{number}-{mode}")
        self.project = self._open()
        self._measured: dict[tuple[str, int, str], Figures] = {}
        self.project.folder.store.set_note(STUDENT, who)
        self.guesses = Guesses(self._home / GUESSES, who=who)
        self.answers = Answers(self._home / ANSWERS, who=who)

    def __repr__(self) -> str:
        scale = self._scale.name
        done = f"recorded trainings at {scale} scale" if self.mode == "recorded" else f"{scale} trainings, made here"
        return f"Round {self.round.number}, {self.round.title!r}: {done}; project {self.project.folder.root.name!r}"

    def train(self, name: str) -> Run:
        """A training of this round, such as ``r5-wide``: the recorded one, or one done now.

        Raises:
            InputError: if the round has no training of that name.
        """
        names = [training.name for training in self.round.trainings]
        if name not in names:
            raise InputError(f"round {self.round.number} has no training {name!r}; it has {', '.join(names)}")
        return self._run(name)

    def run(self, name: str) -> Run:
        """A training of any round, as it was recorded.

        Raises:
            InputError: if there is none of that name, or the course is live.
        """
        if self.mode != "recorded" or name not in self._seeds:
            there = ", ".join(self._seeds) if self.mode == "recorded" else "none of other rounds: it trains here"
            raise InputError(f"there is no recorded training {name!r}; there is {there}")
        return self._run(name)

    def evaluate(
        self, run: Run, part: Literal["stills", "video"], *, confidence: float, iou: float = 0.5
    ) -> Evaluation:
        """A training on the stills or the video of the frozen test, at one of the story's thresholds."""
        if part not in _SOURCES:
            raise InputError(f"the part is {part!r}; expected one of {', '.join(_SOURCES)}")
        return self.project.test(TEST, source=_SOURCES[part]).evaluate(run, confidence=confidence, iou=iou)

    def video(self, run: Run, *, confidence: float, iou: float = 0.5) -> VideoReport:
        """A training on the drives of the frozen test, as video: each plate over time, how late, how steadily."""
        return self.evaluate(run, "video", confidence=confidence, iou=iou).video_report()

    def show_found(self, run: Run, part: Literal["stills", "video"], *, confidence: float, count: int = 6) -> Any:
        """Pictures of the frozen test with their plates and what a training found in them; one image to show."""
        from workbench.course.photographs import as_jpeg
        from workbench.show import plot_labels

        seen = self.evaluate(run, part, confidence=confidence).inputs
        paths = seen.images.set_index("image_id")["path"]
        sure = seen.predictions[seen.predictions["confidence"] >= confidence]
        right, given = (table.assign(image_id=table["image_id"].map(paths)) for table in (seen.boxes, sure))
        return as_jpeg(plot_labels(self.project.folder.root, right, given, count=count, words=("plate", "found")))

    def film(self, run: Run, *, confidence: float, drive: int = 0) -> Any:
        """Let a training look at one drive of the frozen test, here and now, a frame at a time, and show it as a video.

        Raises:
            InputError: if the test has no such drive, or the training's weights are not on this machine; of the
                recorded ones only the last round's first are.
        """
        from IPython.display import Video

        from workbench.show.pages.film import write_film
        from workbench.train import predict

        if not run.weights.is_file():
            raise InputError(f"the weights of {run.run_id} did not ship, only those of round 8 did; or go live")
        frames = self.project.test(TEST, source=_SOURCES["video"]).images
        drives = sorted(frames["group_id"].unique())
        if drive not in range(len(drives)):
            raise InputError(f"the test has no drive {drive!r}; it has 0 to {len(drives) - 1}")
        mine = frames[frames["group_id"] == drives[drive]]
        found = predict(run, mine, root=self.project.folder.root, batch=1)
        out = self.project.folder.root / f"{run.run_id}-drive-{drive}.mp4"
        write_film(
            mine,
            found.predictions,
            root=self.project.folder.root,
            out=out,
            confidence=confidence,
            frames_per_second=found.frames_per_second,
            width=_FILM_PX,
        )
        shown: Any = Video
        return shown(str(out), embed=True, html_attributes="controls loop muted", width=_FILM_PX)

    def verdicts(self) -> list[Verdict]:
        """What the story says of this round, each claim beside what was measured with every seed there is."""
        return judge(self.round, self._evaluation_of, seeds=self._seeds, speeds=self.speeds)

    def table(self) -> pd.DataFrame:
        """The story said, we measured, agree? See `workbench.course.measured.story_table`."""
        return story_table(self.verdicts())

    def trainings(self, *, confidence: float = 0.3) -> pd.DataFrame:
        """Every training there is, of all rounds where they are recorded, on stills and on video.

        Returns:
            A row for each seed and part: training, seed, part, confidence, AP50, recall, precision and
            false_alarms_per_picture; `workbench.show.plot_story` draws it.
        """
        measures = ("AP50", "recall", "precision", "false_alarms_per_picture")
        rows = [
            {"training": name, "seed": seed, "part": part, "confidence": confidence}
            | {measure: found.metrics[measure] for measure in measures}
            for name, seeds in self._seeds.items()
            for seed in seeds
            for part in _SOURCES
            for found in [self._evaluation_of(name, seed, part, confidence, 0.5)]
        ]
        return pd.DataFrame(rows)

    def guess(self, question: str, *, low: float = 0.0, high: float = 1.0) -> Any:
        """A slider that asks before you look; the first guess is kept. See `guesses`."""
        from workbench.show.labeller.guess import ask

        known = self.guesses.of(question)
        return ask(question, partial(self.guesses.keep, question), known=known, low=low, high=high)

    def labels(self, part: str, kind: str) -> pd.DataFrame:
        """Boxes of one of the street's folders as one kind of its label files has them; image_id is the file's name."""
        return labels_of(self.street.part(part), kind)

    def show_labels(self, part: str, kind: str, *, count: int = 6) -> Any:
        """Pictures of one of the street's folders with the right boxes and another label's; one image to show."""
        from workbench.course.photographs import as_jpeg
        from workbench.show import plot_labels

        folder = self.street.part(part)
        right = labels_of(folder, "labels" if (folder / "labels").is_dir() else "xml")
        return as_jpeg(plot_labels(folder, right, labels_of(folder, kind), count=count, words=("right", kind)))

    def retell(self, *, confidence: float = 0.3) -> pd.DataFrame:
        """Write the rounds before this one into the project as the interns would have: their words, our figures.

        Live, only this round's trainings are there, and nothing is written.

        Returns:
            The project's `rounds`.
        """
        told = {record.number for record in self.project.records}
        for one in ROUNDS[: self.round.number - 1] if self.mode == "recorded" else ():
            if one.number not in told:
                run = self._run(one.trainings[-1].name)
                self.project.decide(
                    self.project.test(TEST).evaluate(run, confidence=confidence),
                    number=one.number,
                    question=f"{one.title}: {one.did}",
                    because=f"{one.saw} {one.concluded}",
                    keep=None,
                    video=[_SOURCES["video"]],
                    who="the interns",
                )
        return self.project.rounds

    def faults(self, part: str = "photos", *, count: int = 10) -> PlantedFaults:
        """Mistakes to find and mend, in a copy of a folder's right labels; every student's are others.

        Called again it goes on with the files as they are. See `score`.

        Args:
            part: one of the street's folders that has YOLO labels, such as ``photos``.
            count: in how many files there is one; the same for all who are to be compared.

        Raises:
            InputError: if the folder has no such labels, or too few.
        """
        folder = self.street.part(part)
        if not (folder / "labels").is_dir():
            raise InputError(f"{part} has no YOLO labels to plant mistakes in; take photos or frames")
        planted = PlantedFaults(self._home / "faults" / part, folder, folder / "labels", self.who, count)
        planted.plant()
        return planted

    def score(self, faults: PlantedFaults) -> Score:
        """How many planted mistakes were found and mended; kept for the class's report."""
        score = faults.score()
        right = (score.found, score.spoilt) == (score.planted, 0)
        self.answers.keep(f"{self.round.number} faults", right=right, result=str(score))
        return score

    @property
    def exercises(self) -> pd.DataFrame:
        """This round's exercises: name, question."""
        rows = [(one.name, one.asks) for one in exercises(self.round.number)]
        return pd.DataFrame(rows, columns=pd.Index(["name", "question"]))

    def check(self, name: str, answer: Answer) -> Feedback:
        """Say whether an answer to an exercise is right, or give a hint.

        Raises:
            InputError: if there is no such exercise, or the answer is of another kind than was asked for.
        """
        found = {one.name: one for one in exercises(self.round.number)}
        if name not in found:
            there = ", ".join(found) or "none"
            raise InputError(f"round {self.round.number} has no exercise {name!r}; it has {there}")
        feedback = judge_answer(found[name], answer, found[name].answer(self), tries=self.answers.tries(name))
        self.answers.keep(name, right=feedback.right)
        return feedback

    @cached_property
    def _seeds(self) -> dict[str, list[int]]:
        if self.mode == "recorded":
            return {name: sorted(by_seed) for name, by_seed in self._recorded.index.runs.items()}
        return {training.name: [0] for training in self.round.trainings}

    @property
    def speeds(self) -> dict[str, float]:
        """Frames a second on a processor, one at a time, by training; recorded ones only."""
        return self._recorded.index.frames_per_second if self.mode == "recorded" else {}

    def _evaluation_of(self, name: str, seed: int, part: str, confidence: float, iou: float) -> Figures:
        """From the tables alone: no claim is about a cause, so no picture is looked at."""
        key = (name, seed, part)
        if key not in self._measured:
            test = self.project.test(TEST, source=_SOURCES[part])
            found = test.evaluate(self._run(name, seed=seed)).inputs
            # Without the folder of the pictures: nothing here asks for causes.
            self._measured[key] = evaluate_inputs(replace(found, root=None))
        return self._measured[key].at(confidence=confidence, iou=iou)

    def _run(self, name: str, *, seed: int | None = None) -> Run:
        """A training with a seed, by default the first that there is."""
        seed = min(self._seeds[name]) if seed is None else seed
        if self.mode == "recorded":
            return self.project.run(self._recorded.index.runs[name][seed])
        training = training_named(name)
        collect(self.project, self.street, tuple(part for part, _ in training.parts))
        version = freeze(self.project, self.street, training).version_id
        return trained(self.project, training, version, self._scale, seed=seed, device=None)

    def _open(self) -> Project:
        parts = dict.fromkeys(part for one in self.round.trainings for part, _ in one.parts)
        home = self._home / "plates"
        if self.mode == "live":
            project = Project.create(home, classes=CLASSES)
            freeze_test(project, self.street)
            collect(project, self.street, tuple(parts))
            return project
        wanted = {part: None if part in PHOTOS else _LOOKED_AT for part in parts}
        return self._recorded.open_as(home, self.street, training=self.round.trainings[0].name, parts=wanted)


def open_course(
    number: int,
    *,
    who: str | None = None,
    mode: Mode | None = None,
    folder: str | Path = "../data/course",
    live: str = "quick",
    recorded: str | Path | None = None,
) -> Course:
    """Begin a round of the course.

    Args:
        number: the round, 1 to 8.
        who: the student; by default the user's login name.
        mode: ``recorded`` shows the trainings that ship with the workbench, ``live`` trains here; by default what the
            environment variable WORKBENCH_COURSE says, else ``recorded``.
        folder: where pictures and projects are made; each call makes a project of its own.
        live: the scale of live trainings: ``quick`` or ``tiny``.
        recorded: the folder of the recorded runs; by default those that ship.

    Raises:
        InputError: if there is no such round or mode.
        ProjectError: if there are no recorded runs.
    """
    if number not in range(1, len(ROUNDS) + 1):
        raise InputError(f"the course has no round {number!r}; it has 1 to {len(ROUNDS)}")
    chosen = mode or os.environ.get(MODE_VARIABLE, "recorded")
    if chosen not in ("recorded", "live"):
        raise InputError(f"the mode is {chosen!r}; expected recorded or live (see {MODE_VARIABLE})")
    if live not in SCALES:
        raise InputError(f"the scale is {live!r}; expected one of {', '.join(SCALES)}")
    source = Recorded() if recorded is None else Recorded(Path(recorded))
    mode = "live" if chosen == "live" else "recorded"
    return Course(number, mode=mode, who=who or user(), home=Path(folder), live=live, recorded=source)
