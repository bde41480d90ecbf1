"""One recipe for every training: its checks, and that everybody who asks for a training has its options."""

from __future__ import annotations

import inspect
import re
from dataclasses import asdict
from typing import Any, get_type_hints

import pytest
import typer.testing

import workbench as wb
from workbench.cli import project_commands
from workbench.cli.options import takes_recipe
from workbench.model.errors import InputError
from workbench.train import Recipe, RecipeOptions


@pytest.mark.parametrize("name", ["batches", "batch"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_recipe__refuses_what_is_no_count(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{name} is {value!r}; expected a whole number of at least 1"):
        Recipe(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 100}, "image_size is 100; expected a multiple of 32"),
        ({"image_size": True}, "image_size is True"),
        ({"image_size": 0}, "image_size is 0"),
        ({"learning_rate": 0}, "learning_rate is 0; expected a number above 0"),
        ({"learning_rate": 1.5}, "learning_rate is 1.5"),
        ({"seed": -1}, "seed is -1; expected a whole number from 0"),
        ({"seed": 2**32}, "seed is 4294967296"),
    ],
)
def test_recipe__refuses_what_makes_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        Recipe(**options)


def test_options__are_the_fields() -> None:
    recipe = Recipe(batches=3, seed=4)
    assert recipe.options() == asdict(recipe)
    assert Recipe(**recipe.options()) == recipe
    assert get_type_hints(RecipeOptions) == get_type_hints(Recipe)


@pytest.mark.parametrize("verb", [wb.Project.train, wb.Project.out_of_fold], ids=["train", "out_of_fold"])
def test_project__spells_out_every_option(verb: Any) -> None:
    shown = inspect.signature(verb).parameters
    defaults = {name: one.default for name, one in inspect.signature(Recipe).parameters.items()}
    assert {name: shown[name].default for name in defaults} == defaults
    assert list(shown)[:2] == ["self", "version"]
    assert shown["version"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [({"iterations": 3}, TypeError, "iterations"), ({"batches": 0}, InputError, "batches is 0")],
    ids=["unknown", "senseless"],
)
def test_project__refuses_options_before_it_looks_for_a_version(
    project: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    opened = wb.Project.open(project.root)
    for verb in (opened.train, opened.out_of_fold):
        with pytest.raises(kind, match=message):
            verb("v1", **options)


def test_takes_recipe__gives_a_command_one_recipe() -> None:
    app, given = typer.Typer(), []

    @app.command()
    @takes_recipe
    def learn(recipe: Recipe, name: str = "x") -> None:
        given.append((recipe, name))

    words = ["--batches", "7", "--batch", "2", "--image-size", "64", "--learning-rate", "0.1", "--weights", "scratch"]
    runner = typer.testing.CliRunner()
    assert runner.invoke(app, [*words, "--detector", "rcnn-small", "--seed", "5", "--device", "cpu"]).exit_code == 0
    assert runner.invoke(app, ["--name", "y"]).exit_code == 0
    wanted = Recipe(
        detector="rcnn-small",
        weights="scratch",
        batches=7,
        batch=2,
        image_size=64,
        learning_rate=0.1,
        seed=5,
        device="cpu",
    )
    assert given == [(wanted, "x"), (Recipe(), "y")]


def test_command_line__has_no_iterations_of_training() -> None:
    runner = typer.testing.CliRunner()
    said = runner.invoke(project_commands.app, ["train", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert "--batches" in said
    assert "iteration" not in said
