from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.model import tables
from workbench.model.errors import InputError, TableError
from workbench.show.pages.cards import arrange
from workbench.show.pages.gallery import gallery, share_out


def make(world, **options):
    given = {"root": world.root} | options
    return gallery(world.evaluate().failures, world.images, world.boxes, world.predictions, **given)


def test_gallery__shows_every_miss_and_false_alarm_with_words_and_alt_texts(world):
    made = make(world)
    metrics = world.evaluate().metrics
    assert made.total == made.shown == {"fn": metrics["fn"], "fp": metrics["fp"]} == {"fn": 2, "fp": 3}
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', made.html)
    assert len(alts) == 5
    assert "miss: 번호판 in a 1.jpg" in alts
    assert "false alarm: 번호판 in empty 1.jpg, confidence 0.85" in alts
    assert "nearest prediction only 0.30" in made.html
    assert made._repr_html_() is made.html


def test_gallery__is_self_contained(world):
    page = make(world).page
    assert not re.findall(r'(?:src|href)="(?!data:)[^"#]', page)
    assert "@import" not in page
    assert "<script" not in page


def test_gallery__worst_first():
    world_rows = {"image_id": list("abc"), "class_name": "p", "confidence": [0.6, 0.9, 0.7]}
    corners = {"xmin": 0.0, "ymin": 0.0, "xmax": 10.0, "ymax": 10.0}
    predictions = tables.validate(
        pd.DataFrame(world_rows | {"prediction_id": ["x", "y", "z"]} | corners), "predictions"
    )
    verdicts = tables.validate(
        pd.DataFrame(world_rows | {"box_id": [None] * 3, "prediction_id": ["x", "y", "z"], "outcome": "fp"}), "verdicts"
    )
    arranged = arrange(verdicts, tables.empty("boxes"), predictions, "fp", "worst")
    assert list(arranged["prediction_id"]) == ["y", "z", "x"]


def test_gallery__nothing_to_show_is_a_friendly_sentence(world):
    empty = world.evaluate().verdicts.iloc[:0]
    made = gallery(empty, world.images, world.boxes, world.predictions, root=world.root)
    assert "No misses and false alarms here" in made.html
    assert "<img" not in made.html


def test_gallery__class_names_are_escaped(world):
    bad = "<img src=x onerror=alert(1)>"
    verdicts = world.evaluate().verdicts.assign(class_name=bad)
    made = gallery(verdicts, world.images, world.boxes, world.predictions, root=world.root)
    assert bad not in made.html
    assert "&lt;img src=x" in made.html


def test_gallery__a_picture_that_is_gone_says_so_on_its_card(world, tmp_path):
    made = make(world, root=tmp_path)
    assert made.html.count("it is not there") == 5


def test_gallery__24_crops_of_noise_stay_below_400_kb(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "n.png")
    images = pd.DataFrame({"image_id": ["n"], "path": "n.png", "width": 640, "height": 480})
    corners = {"xmin": 100.0, "ymin": 100.0, "xmax": 500.0, "ymax": 400.0}
    boxes = pd.DataFrame({"box_id": range(40), "image_id": "n", "class_name": "p"} | corners)
    verdicts = pd.DataFrame({"image_id": "n", "box_id": range(40), "class_name": "p", "outcome": ["fn"] * 40})
    made = gallery(verdicts, images, boxes, tables.empty("predictions"), root=tmp_path)
    assert made.shown == {"fn": 24, "fp": 0}
    assert len(made.page.encode()) <= 400_000


@pytest.mark.parametrize(
    ("total", "limit", "shown"),
    [
        ({"fn": 106, "fp": 56}, 24, {"fn": 12, "fp": 12}),
        ({"fn": 106, "fp": 3}, 24, {"fn": 21, "fp": 3}),
        ({"fn": 0, "fp": 3}, 24, {"fn": 0, "fp": 3}),
        ({"fn": 5, "fp": 5, "tp": 5}, 2, {"fn": 1, "fp": 1, "tp": 0}),
        ({"fn": 0, "fp": 0}, 24, {"fn": 0, "fp": 0}),
    ],
    ids=["even", "one short", "one empty", "fewer places than outcomes", "nothing"],
)
def test_share_out__leaves_no_place_empty(total, limit, shown):
    assert share_out(total, limit) == shown


@pytest.mark.parametrize(
    "options", [{"outcome": "hit"}, {"limit": 0}, {"sort": "best"}, {"columns": 0}, {"outcome": ()}], ids=str
)
def test_gallery__wrong_option_names_what_was_expected(world, options):
    with pytest.raises(InputError, match="expected"):
        make(world, **options)


def test_gallery__verdicts_of_other_tables_are_refused(world):
    with pytest.raises(InputError, match=r"verdicts name box_id .* pass the tables they were made of"):
        gallery(world.evaluate().verdicts, world.images, world.boxes.iloc[:1], world.predictions, root=world.root)
    with pytest.raises(TableError, match="outcome"):
        gallery(
            world.evaluate().verdicts.drop(columns="outcome"), world.images, world.boxes, world.predictions, root="."
        )


def test_save__writes_the_page_whole(world, tmp_path):
    made = make(world)
    assert made.save(tmp_path / "deep" / "g.html").read_text(encoding="utf-8") == made.page


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page__is_readable_in_both_themes(world, tmp_path, page_of, dark):
    page = page_of(make(world).save(tmp_path / "g.html").as_uri(), dark=dark)
    colours = page.evaluate(
        """() => [[document.body, 'backgroundColor'], [document.querySelector('.wbg'), 'color']]
            .map(([element, what]) => getComputedStyle(element)[what])
            .map(c => c.match(/[0-9]+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3)"""
    )
    assert (colours[0] < 60) == dark
    assert abs(colours[0] - colours[1]) > 180
    assert page.evaluate("Array.from(document.images).every(i => i.complete && i.naturalWidth > 0)")
