"""The short way through a VOC file gives the rows that the parser gives, or stands aside."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.label.formats import voc
from workbench.label.formats.voc_usual import read_usual
from workbench.pictures.walking import Entry

USUAL = """<annotation verified="yes">
\t<folder>images</folder>
\t<filename>a b.jpg</filename>
\t<path>C:\\photos\\a b.jpg</path>
\t<source>
\t\t<database>Unknown</database>
\t</source>
\t<size>
\t\t<width>1280</width>
\t\t<height>720</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
\t<object>
\t\t<name>number plate</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>10</xmin>
\t\t\t<ymin>20.5</ymin>
\t\t\t<xmax>110</xmax>
\t\t\t<ymax>541.4060699193238</ymax>
\t\t</bndbox>
\t</object>
\t<object>
\t\t<name>car</name>
\t\t<bndbox>
\t\t\t<xmin>1</xmin>
\t\t\t<ymin>2</ymin>
\t\t\t<xmax>3</xmax>
\t\t\t<ymax>4</ymax>
\t\t</bndbox>
\t</object>
</annotation>
"""
PIECES = re.findall(r"<[^>]*>|[^<]+", USUAL)
# What stands in real files in the place of a tag or a text, and what a stranger may put there.
OTHERS = ["", " ", "\n\n", "\r\n", "\t", "x", "0", "1", "-3", "1e3", "nan", "007", " 12 ", "9" * 30, ".5", "5.", "1_0"]
OTHERS += [
    "&amp;",
    "&#54620;",
    "한",
    "é",
    "]]>",
    ">",
    "\0",
    "\x0b",
    "\x7f",
    "\x1c",
    "<!-- c -->",
    "<![CDATA[x]]>",
    "<?p?>",
]
OTHERS += ["../x.jpg", "/x.jpg", "a/b.png", "a\\b", "a.xml", "noextension", "<object>", "</object>", "<x/>", "<name/>"]
OTHERS += ["<truncated>1</truncated>", "<difficult>1</difficult>", "<occluded>0</occluded>", "<labeller>ann</labeller>"]
OTHERS += [
    "<!DOCTYPE a>",
    "</annotation>",
    "<annotation>",
    "<annotation a='1'>",
    "<xmin>7</xmin>",
    "<object >",
    "\ufeff",
]


def _both(folder, data):
    (folder / "a.xml").write_bytes(data)
    entries = [Entry(str(folder / "a.xml"), "a.xml")]
    plain = pytest.MonkeyPatch()
    usual = voc.read(entries)
    with plain.context() as patch:
        patch.setattr(voc, "read_usual", lambda data: None)
        return usual, voc.read(entries)


@st.composite
def files(draw):
    """The usual file with some of its pieces replaced, doubled, exchanged or left out."""
    pieces = list(PIECES)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(pieces) - 1))
        what = draw(st.sampled_from(["replace", "insert", "double", "exchange", "drop"]))
        if what == "replace":
            pieces[at] = draw(st.sampled_from(OTHERS) | st.floats(0, 2000).map(str) | st.text(max_size=6))
        elif what == "insert":
            pieces.insert(at, draw(st.sampled_from(OTHERS) | st.sampled_from(PIECES)))
        elif what == "double":
            pieces[at:at] = pieces[at : at + draw(st.integers(1, 24))]
        elif what == "exchange":
            other = draw(st.integers(0, len(pieces) - 1))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif len(pieces) > 1:
            del pieces[at]
    text = "".join(pieces)
    if draw(st.booleans()):
        text = text.replace("\n", draw(st.sampled_from(["", "\r\n", "\n\n", " "])))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"])), "surrogatepass")


@given(data=files())
def test_read__both_ways_give_the_same_rows(tmp_path_factory, data):
    usual, parsed = _both(tmp_path_factory.getbasetemp(), data)
    assert repr(usual) == repr(parsed)  # nan is not equal to itself


@pytest.mark.parametrize("place", ["Unknown", "number plate", "a b.jpg", "1280", "20.5", "\t<segmented>"])
def test_read__anything_in_every_kind_of_place(tmp_path, place):
    for letter in [*map(chr, range(256)), *OTHERS]:
        for data in (
            USUAL.replace(place, place + letter, 1).encode("latin-1", "replace"),
            USUAL.replace(place, letter + place, 1).encode("utf-8"),
            USUAL.replace(place, letter, 1).encode("utf-8"),
        ):
            usual, parsed = _both(tmp_path, data)
            assert repr(usual) == repr(parsed), ascii(letter)  # nan is not equal to itself


def test_read_usual__takes_the_usual_file():
    usual = read_usual(USUAL.encode())
    assert usual is not None
    assert (usual.picture, usual.path, usual.width, usual.height) == ("a b.jpg", "C:\\photos\\a b.jpg", 1280, 720)
    assert (usual.lines, usual.names) == ([14, 26], ["number plate", "car"])
    assert usual.values == [10, 20.5, 110, 541.4060699193238, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "text", ["", "<annotation/>", USUAL[:-3], USUAL + "x", USUAL.replace("<truncated>0", "<truncated>1")], ids=len
)
def test_read_usual__leaves_others_to_the_parser(text):
    assert read_usual(text.encode()) is None


def test_read_usual__long_white_space_does_not_hang():
    assert (
        read_usual(USUAL.replace("\n\t<object>", " " * 10**6 + "<object>").replace("</anno", "</onna").encode()) is None
    )
