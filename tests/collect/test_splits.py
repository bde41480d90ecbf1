from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.collect import collect_pictures, split_of
from workbench.model.errors import InputError
from workbench.project import ProjectFolder


@pytest.mark.parametrize(
    ("group", "split"),
    # `printf %s photo-0 | sha256sum` begins with afd4, that is 0.687 of ffff; train ends at 0.7 and val at 0.8.
    # clip-65 is at 0.7003, clip-89 at 0.793.
    [
        ("photo-0", "train"),
        ("차 번호", "train"),
        ("clip-65", "val"),
        ("clip-89", "val"),
        ("clip-5", "test"),
        ("", "test"),
    ],
)
def test_split_of__is_the_same_for_ever(group, split):
    assert split_of(group) == split


def test_split_of__reaches_the_shares():
    counts = Counter(split_of(f"photo-{number}") for number in range(5000))
    assert counts["train"] / 5000 == pytest.approx(0.7, abs=0.03)
    assert counts["val"] / 5000 == pytest.approx(0.1, abs=0.02)
    assert counts["test"] / 5000 == pytest.approx(0.2, abs=0.02)


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_split_of__a_larger_share_moves_nothing_out(group, one, other):
    less, more = sorted((one, other))
    small, large = ({"train": share, "test": 1 - share} for share in (less, more))
    assert split_of(group, large) == "train" or split_of(group, small) == "test"


@given(st.text())
def test_split_of__a_share_of_one_takes_all(group):
    assert split_of(group, {"val": 0.0, "test": 1.0}) == "test"


@pytest.mark.parametrize(
    "shares", [{"train": 0.5, "dev": 0.5}, {"train": 0.5}, {"train": 0.7, "test": 0.7}, {}], ids=str
)
def test_split_of__refuses_unusable_shares(shares):
    with pytest.raises(InputError, match="must name train, val, test, pool and sum to 1"):
        split_of("a", shares)


def test_splits__stay_when_data_is_added(home, tmp_path, draw):
    for number in range(6):
        draw(tmp_path / "web" / f"{number}.png", seed=number)
    collect_pictures(home, tmp_path / "web")
    before = home.images.set_index("image_id")["split"]
    for number in range(6, 14):
        draw(tmp_path / "web" / f"{number}.png", seed=number)
    collect_pictures(home, tmp_path / "web")
    after = home.images.set_index("image_id")["split"]
    assert after[before.index].to_dict() == before.to_dict()
    assert after.nunique() > 1


def test_splits__are_the_same_in_another_project_and_order(home, tmp_path, draw):
    for number in range(8):
        draw(tmp_path / "web" / f"{number}.png", seed=number)
        draw(tmp_path / "other" / f"{7 - number}.png", seed=number)
    elsewhere = ProjectFolder.create(tmp_path / "elsewhere", classes=["light"])
    collect_pictures(home, tmp_path / "web")
    collect_pictures(elsewhere, tmp_path / "other")
    first, second = (project.images.set_index("sha256")["split"].to_dict() for project in (home, elsewhere))
    assert first == second
    assert len(first) == 8
