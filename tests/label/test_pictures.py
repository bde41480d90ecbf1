"""Headers of picture files: whole or cut off, with something behind the end mark, and copies."""

import pytest

from workbench.label.check.picture_rules import check_copies
from workbench.label.reading.picture_names import Pictures
from workbench.pictures import header as pictures
from workbench.pictures.walking import walk


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("behind", [0, 1, 900, 60_000])
def test_read_header__bytes_behind_the_end_are_no_fault(tmp_path, photo, monkeypatch, suffix, behind):
    file = photo(tmp_path / f"a{suffix}", (300, 200))
    file.write_bytes(file.read_bytes() + bytes(behind))
    monkeypatch.setattr(
        pictures, "_decoding_fault", lambda *_: pytest.fail("was decoded, which takes a thousand times longer")
    )
    header = pictures.read_header(str(file))
    assert (header.width, header.height, header.fault) == (300, 200, "")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("size", [(40, 30), (300, 200)], ids=["shorter than the first read", "longer"])
def test_read_header__cut_off(tmp_path, photo, suffix, size):
    file = photo(tmp_path / f"a{suffix}", size)
    file.write_bytes(file.read_bytes()[:-200])
    header = pictures.read_header(str(file))
    assert (header.width, header.height, header.fault) == (*size, "truncated")


def test_check_copies__same_length_and_beginning_are_not_enough(tmp_path, photo):
    data = photo(tmp_path / "a.png", (300, 200)).read_bytes()
    assert len(data) > 10_000
    for name, at in (("b", 4095), ("c", 4096), ("d", len(data) - 13)):
        (tmp_path / f"{name}.png").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    (tmp_path / "e.png").write_bytes(data)
    entries = walk(tmp_path)
    headers = pictures.read_headers([entry.path for entry in entries])
    found = [one for one in check_copies(Pictures(tmp_path, entries, headers)) if one.code == "duplicate-picture"]
    assert [one.image for one in found] == ["e.png"]
