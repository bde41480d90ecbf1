"""What other tools read from our files and we from theirs: counts, names, and corners to a hundredth of a pixel.

The answers were recorded by `python tests/label/peers/record.py`, which asks Datumaro, labelformat, supervision and
FiftyOne. Where we write other bytes than they were given, their answers say nothing, and the test says so.
"""

import json
from pathlib import Path

import pytest

from workbench.label import WRITABLE, check_labels, read_labels

from .peers import record

HERE = Path(record.__file__).parent
OURS = json.loads((HERE / "ours.json").read_text("utf-8"))
PEERS = {peer: json.loads((HERE / f"{peer}.json").read_text("utf-8")) for peer in record.ASK}
READS = [(peer, format) for peer, answer in PEERS.items() for format in answer["reads"]]
WRITES = [(peer, format) for peer, answer in PEERS.items() for format in answer["writes"]]
REFUSES = {(peer, format): said for peer, answer in PEERS.items() for format, said in answer["refuses"].items()}
KNOWN_REFUSALS = {
    # It gives lxml the text of the file and its encoding: no file of CVAT's own can be read so.
    ("labelformat", "cvat"): "Unicode strings with encoding declaration are not supported",
    # It takes folders of pictures, no lists of them.
    ("labelformat", "yolo"): "Could not find 'images' subdirectory",
}
# supervision counts VOC's first pixel as 1, as the benchmark did; we and the other three take it as written.
FROM_ONE = {("supervision", "voc"): 1}
# FiftyOne cuts VOC's corners to whole pixels, 99.99 to 99, and writes KITTI's classes without spaces.
CUT = {("fiftyone", "voc"): 1.0}
WITHOUT_SPACES = {("fiftyone", "kitti")}
HUNDREDTH = 0.01


def close(rows, wanted, within=HUNDREDTH):
    """The same rows in the same order, corners within a tolerance."""
    assert [tuple(row[:2]) for row in rows] == [tuple(row[:2]) for row in wanted]
    corners = zip((row[2:] for row in rows), (row[2:] for row in wanted), strict=True)
    assert max(abs(a - b) for ours, theirs in corners for a, b in zip(ours, theirs, strict=True)) <= within


def moved(rows, by):
    """The rows with their first corners moved; a box that has no area then is left out, and said."""
    found = [[image, name, x0 + by, y0 + by, x1, y1] for image, name, x0, y0, x1, y1 in rows]
    return [row for row in found if row[4] > row[2] and row[5] > row[3]]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    record.write_ours(folder)
    return folder


def test_eight_formats_have_a_peer_and_four_peers_were_asked():
    assert {format for _, format in READS} == set(WRITABLE)
    assert {format for _, format in WRITES} == {*WRITABLE, "createml", "kitti", "mot", "open-images"}
    assert set(PEERS) == {"datumaro", "labelformat", "supervision", "fiftyone"}
    for peer, wanted in record.PEERS.items():
        assert wanted == f"{peer}=={PEERS[peer]['version']}"


@pytest.mark.parametrize("format", WRITABLE)
def test_what_the_peers_were_given_is_what_is_written_now(written, format):
    now = record.text_files(written / format)
    again = "the peers were asked about other files; run tests/label/peers/record.py again"
    assert now.keys() == OURS[format].keys(), again
    for name, text in now.items():
        assert text == OURS[format][name], f"{name}: {again}"


@pytest.mark.parametrize(("peer", "format"), READS, ids=[" ".join(one) for one in READS])
def test_ours__is_read_by_them_as_it_was_meant(peer, format):
    close(PEERS[peer]["reads"][format], moved(record.truth(), -FROM_ONE.get((peer, format), 0)))


def test_ours__what_they_refuse_is_known():
    assert REFUSES.keys() <= KNOWN_REFUSALS.keys()
    for key, said in REFUSES.items():
        assert KNOWN_REFUSALS[key] in said


@pytest.mark.parametrize(("peer", "format"), WRITES, ids=[" ".join(one) for one in WRITES])
def test_theirs__is_read_by_us_as_it_was_meant(tmp_path, peer, format):
    files = PEERS[peer]["writes"][format]
    record.lay(files, tmp_path / "labels")
    record.draw(tmp_path / "images")
    if format == "mot":
        # A sequence has numbers for pictures: they count from 1 in the order of the set.
        for number, name in enumerate(record.SET, start=1):
            (tmp_path / "images" / name).rename(tmp_path / "images" / f"{number:06d}.png")
    read = read_labels(tmp_path / "labels", images=tmp_path / "images")
    assert read.format == format
    numbers = {f"{number:06d}": Path(name).stem for number, name in enumerate(record.SET, start=1)}
    found = read.boxes[["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]].to_numpy().tolist()
    rows = sorted([numbers.get(Path(one[0]).stem, Path(one[0]).stem), *one[1:]] for one in found)
    wanted = moved(record.truth(), FROM_ONE.get((peer, format), 0))
    if (peer, format) in WITHOUT_SPACES:
        wanted = [[image, name.replace(" ", "_"), *corners] for image, name, *corners in wanted]
    close(rows, sorted(wanted), CUT.get((peer, format), HUNDREDTH))
    problems = check_labels(read).problems
    errors = set(problems.loc[problems["severity"] == "error", "code"])
    assert errors == ({"no-area"} if (peer, format) in FROM_ONE else set())


@pytest.mark.slow
def test_live__fiftyone_still_reads_what_it_read(written, tmp_path):
    """The peer that is installed is asked again, so that a new release of it is noticed."""
    pytest.importorskip("fiftyone")
    record.lay_ours(tmp_path / "ours", {format: record.text_files(written / format) for format in WRITABLE})
    answer = record.ask_fiftyone(tmp_path / "ours", tmp_path / "out")
    assert answer["refuses"] == {}
    for format in PEERS["fiftyone"]["reads"]:
        close(answer["reads"][format], record.truth())
