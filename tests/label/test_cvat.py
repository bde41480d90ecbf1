"""CVAT files as CVAT means them: every shape, tracks of a video, subsets of a project."""

import math

import numpy as np
import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.label.reading.outlines import ellipse_box, hull, turned_box
from workbench.model.geometry import CORNERS

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>'


def corners_of(read, image=None):
    boxes = read.boxes if image is None else read.boxes[read.boxes["image_id"] == image]
    return boxes[CORNERS].to_numpy().round(6).tolist()


def statuses(read):
    return dict(zip(read.images["image_id"], read.images["label_status"], strict=True))


def test_read__every_shape_of_the_case(cases):
    report = check_labels(cases / "cvat_shapes")
    read = read_labels(cases / "cvat_shapes")
    assert corners_of(read) == [
        [70, 30, 110, 130],  # 100 x 40 about (90, 80), a quarter turn
        [180, 120, 260, 170],  # 220 -+ 40, 145 -+ 25
        [1, 1, 5, 3],  # pixels 3 to 6 of rows of four, from (1, 1)
        [10, 10, 80, 50],
    ]
    assert read.boxes["rotation"].tolist()[0] == 90
    assert read.boxes["shape"].tolist() == ["rotated", "ellipse", "mask", "cuboid"]
    assert report.summary["codes"]["other-shape"] == 4
    places = report.every.loc[report.every["code"] == "other-shape", ["line", "message"]]
    assert places["line"].tolist() == [7, 8, 10, 11]
    assert [m.split(": ")[1].split(" of")[0] for m in places["message"]] == [
        "points",
        "skeleton",
        "polyline",
        "tag",
    ]
    assert not report.ok


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 137.5, 180, 270, 359])
def test_outlines__turned_about_the_centre(degrees):
    box = (10.0, 20.0, 70.0, 40.0)
    turn = math.radians(degrees)
    wide = 60 * abs(math.cos(turn)) + 20 * abs(math.sin(turn))
    high = 60 * abs(math.sin(turn)) + 20 * abs(math.cos(turn))
    want = [40 - wide / 2, 30 - high / 2, 40 + wide / 2, 30 + high / 2]
    np.testing.assert_allclose(hull(turned_box(box, degrees)), want, atol=1e-9)
    # The box around an ellipse, from many of its points.
    t = np.linspace(0, 2 * np.pi, 100_001)
    x = 30 * np.cos(t) * np.cos(turn) - 10 * np.sin(t) * np.sin(turn)
    y = 30 * np.cos(t) * np.sin(turn) + 10 * np.sin(t) * np.cos(turn)
    around = [40 + x.min(), 30 + y.min(), 40 + x.max(), 30 + y.max()]
    np.testing.assert_allclose(ellipse_box(40, 30, 30, 10, degrees), around, atol=1e-4)


@pytest.mark.parametrize(
    "shape",
    [
        '<points label="a" points="1,1;5,5"/>',
        '<polyline label="a" points="1,1;5,5"/>',
        '<tag label="a"/>',
        '<skeleton label="a"><points label="1" outside="0" points="3,4"/><points label="2" points="5,6"/></skeleton>',
        '<box label="a" xtl="1" ytl="1" xbr="oops" ybr="9"/>',
        '<box label="" xtl="1" ytl="1" xbr="7" ybr="9"/>',
        '<mask label="a" rle="3, 4, 9" left="1" top="1" width="4" height="3"/>',
        '<ellipse label="a" cx="3" cy="4" rx="nan" ry="2"/>',
    ],
)
def test_convert__a_picture_of_unread_shapes_is_never_empty(tmp_path, header_png, shape):
    for name in ("a.png", "b.png", "c.png"):
        header_png(tmp_path / "images" / name, 40, 30)
    images = f'<image name="a.png" width="40" height="30">{shape}</image>'
    images += '<image name="b.png" width="40" height="30"><box label="a" xtl="1" ytl="2" xbr="9" ybr="8"/></image>'
    images += '<image name="c.png" width="40" height="30"></image>'
    (tmp_path / "annotations.xml").write_text(f"{HEAD}{images}</annotations>")
    read = read_labels(tmp_path)
    assert statuses(read) == {"a.png": "unlabelled", "b.png": "labelled", "c.png": "empty"}
    report = convert(tmp_path, tmp_path / "out", to="yolo")
    assert report.left_out == {"a.png": 1}
    assert not report.ok
    assert sorted(path.name for path in (tmp_path / "out" / "labels").iterdir()) == ["b.txt", "c.txt"]
    assert "a.png" not in "".join(path.read_text() for path in (tmp_path / "out").glob("*.txt"))


def test_read__one_name_in_two_subsets_is_two_pictures(tmp_path, header_png):
    box = '<box label="a" xtl="{}" ytl="2" xbr="20" ybr="8"/>'
    images = "".join(
        f'<image name="a.png" subset="{subset}" width="40" height="30">{box.format(x)}</image>'
        for subset, x in (("Train", 1), ("Validation", 5))
    )
    (tmp_path / "annotations.xml").write_text(f"{HEAD}{images}</annotations>")
    read = read_labels(tmp_path)
    assert dict(zip(read.images["image_id"], read.images["split"], strict=True)) == {
        "Train/a.png": "train",
        "Validation/a.png": "val",
    }
    for subset in ("Train", "Validation"):
        header_png(tmp_path / "images" / subset / "a.png", 40, 30)
    read = read_labels(tmp_path)
    assert corners_of(read, "Train/a.png") == [[1, 2, 20, 8]]
    assert corners_of(read, "Validation/a.png") == [[5, 2, 20, 8]]
    # One picture of that name cannot be both.
    header_png(tmp_path / "flat" / "a.png", 40, 30)
    codes = check_labels(tmp_path / "annotations.xml", images=tmp_path / "flat").summary["codes"]
    assert codes["ambiguous-picture"] == 2


def test_read__video_of_the_case(cases):
    read = read_labels(cases / "cvat_video")
    assert corners_of(read) == [[40 + 10 * n, 60, 120 + 10 * n, 100] for n in range(5)]
    assert read.boxes["image_id"].tolist() == [f"frame_00000{n}.jpg" for n in range(5)]
    assert read.boxes["keyframe"].tolist() == [1, 0, 0, 0, 1]
    assert read.boxes["track_id"].tolist() == ["0"] * 5
    assert statuses(read)["frame_000005.jpg"] == "empty"
    report = check_labels(cases / "cvat_video")
    (message,) = report.problems.loc[report.problems["code"] == "frames-without-box", "message"]
    assert message.endswith("1 of 6 frames")


def video(*tracks, head="<size>12</size>"):
    meta = f"<meta><task>{head}<labels><label><name>car</name></label></labels></task></meta>"
    return f"{HEAD}{meta}{''.join(tracks)}</annotations>"


def track(*boxes, number=0, label="car"):
    return f'<track id="{number}" label="{label}">' + "".join(boxes) + "</track>"


def seen(frame, x, *, outside=0, turn=None, y=10, keyframe=1):
    turned = f' rotation="{turn}"' if turn is not None else ""
    return (
        f'<box frame="{frame}" keyframe="{keyframe}" outside="{outside}" occluded="0" xtl="{x}" ytl="{y}" '
        f'xbr="{x + 40}" ybr="{y + 20}"{turned}/>'
    )


def test_read__only_keyframes_are_interpolated(tmp_path):
    """CVAT: straight between two shapes, to an outside one, too; nothing after it; held after the last keyframe."""
    first = track(seen(1, 0), seen(5, 40, outside=1), seen(8, 100))
    (tmp_path / "a.xml").write_text(video(first, track(seen(3, 10), number="7")))
    read = read_labels(tmp_path / "a.xml")
    boxes = read.boxes
    one, other = boxes[boxes["track_id"] == "0"], boxes[boxes["track_id"] == "7"]
    assert dict(zip(one["image_id"], one["xmin"], strict=True)) == {
        "frame_000001": 0,
        "frame_000002": 10,
        "frame_000003": 20,
        "frame_000004": 30,
        "frame_000008": 100,
        "frame_000009": 100,
        "frame_000010": 100,
        "frame_000011": 100,
    }
    assert other["image_id"].tolist() == [f"frame_{n:06d}" for n in range(3, 12)]
    assert statuses(read)["frame_000000"] == "empty"
    assert statuses(read)["frame_000005"] == "labelled"
    assert len(read.images) == 12


def test_read__turns_go_the_shorter_way(tmp_path):
    (tmp_path / "a.xml").write_text(video(track(seen(0, 0, turn=350), seen(4, 0, turn=10)), head="<size>5</size>"))
    boxes = read_labels(tmp_path / "a.xml").boxes
    assert [0 if value != value else value for value in boxes["rotation"]] == pytest.approx([350, 355, 0, 5, 10])
    wide = 40 * math.cos(math.radians(5)) + 20 * math.sin(math.radians(5))
    assert boxes["xmax"].iloc[1] - boxes["xmin"].iloc[1] == pytest.approx(wide)
    assert boxes["xmax"].iloc[2] - boxes["xmin"].iloc[2] == 40


@pytest.mark.parametrize(
    ("head", "frames"),
    [
        ("<size>4</size>", range(0, 4)),
        ("<start_frame>2</start_frame><stop_frame>6</stop_frame>", range(2, 7)),
        ("<start_frame>0</start_frame><stop_frame>9</stop_frame><frame_filter>step=3</frame_filter>", range(0, 10, 3)),
        ("", range(2, 4)),
    ],
    ids=["size", "from-to", "step", "nothing"],
)
def test_read__frames_are_those_of_the_head(tmp_path, head, frames):
    frames = list(frames)
    (tmp_path / "a.xml").write_text(video(track(seen(frames[0], 0), seen(frames[-1], 30)), head=head))
    read = read_labels(tmp_path / "a.xml")
    assert read.images["image_id"].tolist() == [f"frame_{n:06d}" for n in frames]
    assert read.boxes["xmin"].tolist() == pytest.approx(
        [30 * (n - frames[0]) / (frames[-1] - frames[0]) for n in frames]
    )


def test_read__a_track_without_boxes_leaves_no_empty_frame(tmp_path):
    dots = "".join(f'<points frame="{n}" keyframe="1" outside="{n // 3}" points="1,1"/>' for n in range(4))
    (tmp_path / "a.xml").write_text(video(track(dots, label="eye"), track(seen(0, 0), seen(1, 0, outside=1))))
    read = read_labels(tmp_path / "a.xml")
    assert [statuses(read)[f"frame_{n:06d}"] for n in range(4)] == ["labelled", "unlabelled", "unlabelled", "empty"]
    assert set(read.problems["code"]) == {"other-shape", "label-without-picture"}
    assert read.unread == {"frame_000001": 1, "frame_000002": 1}


def test_read__a_polygon_between_its_keyframes_is_said(tmp_path):
    polygons = "".join(f'<polygon frame="{n}" keyframe="1" outside="0" points="1,1;9,1;9,9"/>' for n in (0, 3))
    (tmp_path / "a.xml").write_text(video(track(polygons), head="<size>4</size>"))
    read = read_labels(tmp_path / "a.xml")
    assert [statuses(read)[f"frame_{n:06d}"] for n in range(4)] == ["labelled", "unlabelled", "unlabelled", "labelled"]
    said = read.problems.set_index("code")["message"]["missing-field"]
    assert "track 0 of 'car' has no shape on 2 frames" in said


def test_read__tracks_of_several_tasks_are_refused_by_name(tmp_path):
    tracks = [track(seen(0, 0)).replace("<track", f'<track task_id="{n}"') for n in (3, 4)]
    (tmp_path / "a.xml").write_text(video(*tracks))
    read = read_labels(tmp_path / "a.xml")
    assert len(read.boxes) == 0
    assert "several tasks" in read.problems["message"].iloc[0]


@pytest.mark.parametrize(
    ("first", "shifted"), [(0, False), (1, True)], ids=["counted-from-0", "counted-from-1-as-ffmpeg-does"]
)
def test_read__frames_of_other_names(tmp_path, header_png, first, shifted):
    for n in range(12):
        header_png(tmp_path / "images" / f"ride{n + first:04d}.png", 320, 240)
    (tmp_path / "a.xml").write_text(video(track(seen(2, 0), seen(3, 10, outside=1))))
    read = read_labels(tmp_path / "a.xml", images=tmp_path / "images")
    assert read.boxes["image_id"].tolist() == [f"ride{2 + first:04d}.png"]
    assert ("frame-numbers" in set(read.problems["code"])) == shifted
    assert len(read.images) == 12
