"""What other tools read from our label files, and write themselves: `python tests/label/peers/record.py` records both.

A small drawn set is written by us in every format. Each peer, in an environment of its own, reads these files, and
writes the same set in every format it has. What they read, what they wrote and what they were given is recorded as JSON
beside this script; `tests/label/test_peers.py` holds it against what we write and read now.

FiftyOne is asked where it is installed already; the others are installed for the occasion, at the versions below.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CLASSES = ["plate", "car", "street sign"]
SET: dict[str, tuple[tuple[int, int], list[tuple[str, float, float, float, float]]]] = {
    "a.png": ((320, 240), [("plate", 40, 60, 140, 100), ("car", 10, 20, 300, 200)]),
    "b.png": ((101, 77), [("street sign", 0, 0, 101, 77), ("plate", 3, 5, 50, 30), ("plate", 51, 33, 99, 76)]),
    "c.png": ((640, 480), [("car", 320, 240, 321, 242)]),
    "empty.png": ((64, 48), []),
}
"""Pictures with their size and boxes: whole pixels, because some peers round."""
PEERS = {"datumaro": "datumaro==1.13.12", "labelformat": "labelformat==0.1.17", "supervision": "supervision==0.31.2"}
Row = list[Any]
"""Picture without its ending, class, and four corners in pixels."""


def draw(folder: Path) -> None:
    """Write the pictures."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for name, (size, _) in SET.items():
        Image.new("RGB", size, (90, 120, 150)).save(folder / name)


def truth() -> list[Row]:
    """The rows that everybody should read."""
    return sorted([Path(name).stem, *box] for name, (_, boxes) in SET.items() for box in boxes)


def write_ours(folder: Path) -> None:
    """Write the set in each of our formats, with its pictures in ``images/``."""
    from workbench.label import WRITABLE, write_labels
    from workbench.model import tables

    images = tables.from_rows(
        "images",
        [
            {"image_id": name, "width": size[0], "height": size[1], "split": "train"}
            | {"label_status": "labelled" if boxes else "empty"}
            for name, (size, boxes) in SET.items()
        ],
    )
    columns = ("class_name", "xmin", "ymin", "xmax", "ymax")
    rows = [dict(zip(columns, box, strict=True), image_id=name) for name, (_, boxes) in SET.items() for box in boxes]
    boxes = tables.from_rows("boxes", rows)
    for format in WRITABLE:
        write_labels(images, boxes, folder / format, format=format, classes=CLASSES)


def text_files(folder: Path) -> dict[str, str]:
    """Every text file below a folder, by its relative path."""
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix not in (".png", ".jpg", ".cache")
    }


def arranged(source: Path, place: Path, files: dict[str, str]) -> Path:
    """A copy of our files where a peer wants them: a glob of ours for each of its folders or files."""
    for wanted, pattern in files.items():
        for file in sorted(source.glob(pattern)):
            target = place / wanted / file.name if wanted.endswith("/") else place / wanted
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return place


def lay(files: dict[str, str], folder: Path) -> None:
    """Write recorded text files below a folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


# -- what each peer is asked: how it reads our format in `place`, and how it writes its own below `out`


def ask_supervision(ours: Path, out: Path) -> dict[str, Any]:
    """supervision: Pascal VOC, YOLO, COCO, LabelMe and CreateML, both ways."""
    import supervision as sv

    def rows(dataset: Any) -> Iterator[Row]:
        for path, _, found in dataset:
            for box, number in zip(found.xyxy.tolist(), found.class_id.tolist(), strict=True):
                yield [Path(path).stem, dataset.classes[number], *box]

    def pictures(name: str) -> str:
        return str(next(one.parent for one in sorted((ours / name).rglob("a.png"))))

    def labels(name: str, suffix: str) -> str:
        return str(next(one.parent for one in sorted((ours / name).rglob(f"a{suffix}"))))

    make = sv.DetectionDataset
    read: dict[str, Callable[[], Iterable[Row]]] = {
        "voc": lambda: rows(make.from_pascal_voc(pictures("voc"), labels("voc", ".xml"))),
        "yolo": lambda: rows(
            make.from_yolo(pictures("yolo"), labels("yolo", ".txt"), str(ours / "yolo" / "data.yaml"))
        ),
        "coco": lambda: rows(make.from_coco(pictures("coco"), str(ours / "coco" / "annotations.json"))),
        "labelme": lambda: rows(make.from_labelme(pictures("labelme"), labels("labelme", ".json"))),
    }
    source = make.from_coco(pictures("coco"), str(ours / "coco" / "annotations.json"))
    write: dict[str, Callable[[Path], None]] = {
        "voc": lambda to: source.as_pascal_voc(annotations_directory_path=str(to)),
        "yolo": lambda to: source.as_yolo(
            annotations_directory_path=str(to / "labels"), data_yaml_path=str(to / "data.yaml")
        ),
        "coco": lambda to: source.as_coco(annotations_path=str(to / "annotations.json")),
        "labelme": lambda to: source.as_labelme(annotations_directory_path=str(to)),
        "createml": lambda to: source.as_createml(annotations_path=str(to / "createml.json")),
    }
    return _asked("supervision", read, write, out)


def ask_labelformat(ours: Path, out: Path) -> dict[str, Any]:
    """labelformat: COCO, YOLO, Pascal VOC, CVAT and KITTI."""
    from labelformat import formats as lf

    names = ",".join(CLASSES)

    def rows(source: Any) -> Iterator[Row]:
        for found in source.get_labels():
            for one in found.objects:
                box = one.box
                yield [Path(found.image.filename).stem, one.category.name, box.xmin, box.ymin, box.xmax, box.ymax]

    def voc() -> Path:
        return next(one.parent for one in sorted((ours / "voc").rglob("a.xml")))

    read: dict[str, Callable[[], Iterable[Row]]] = {
        "coco": lambda: rows(lf.COCOObjectDetectionInput(ours / "coco" / "annotations.json")),
        "yolo": lambda: rows(lf.YOLOv8ObjectDetectionInput(ours / "yolo" / "data.yaml", "train")),
        "voc": lambda: rows(lf.PascalVOCObjectDetectionInput(voc(), names)),
        "cvat": lambda: rows(lf.CVATObjectDetectionInput(ours / "cvat" / "annotations.xml")),
    }

    def source() -> Any:
        return lf.COCOObjectDetectionInput(ours / "coco" / "annotations.json")

    write: dict[str, Callable[[Path], None]] = {
        "coco": lambda to: lf.COCOObjectDetectionOutput(to / "annotations.json").save(source()),
        "yolo": lambda to: lf.YOLOv8ObjectDetectionOutput(to / "data.yaml", "train").save(source()),
        "voc": lambda to: lf.PascalVOCObjectDetectionOutput(to).save(source()),
        "cvat": lambda to: lf.CVATObjectDetectionOutput(to).save(source()),
        "kitti": lambda to: lf.KittiObjectDetectionOutput(to / "labels").save(source()),
    }
    return _asked("labelformat", read, write, out)


def ask_datumaro(ours: Path, out: Path) -> dict[str, Any]:
    """Datumaro: Pascal VOC, YOLO, darknet, COCO, CVAT, LabelMe's XML, KITTI, MOT and Open Images."""
    import datumaro as dm
    import numpy as np
    from datumaro.components.media import Image

    def rows(dataset: Any) -> Iterator[Row]:
        names = [one.name for one in dataset.categories()[dm.AnnotationType.label]]
        for item in dataset:
            for one in item.annotations:
                if one.type == dm.AnnotationType.bbox:
                    x, y, w, h = one.get_bbox()
                    yield [item.id.rsplit("/", 1)[-1], names[one.label], x, y, x + w, y + h]

    voc = {"Annotations/": "**/*.xml", "JPEGImages/": "images/*"}
    lists = out / "laid" / "voc" / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("".join(f"{Path(name).stem}\n" for name in SET))
    # Classes that are not the benchmark's own.
    colours = "".join(f"{name}:::\n" for name in ["background", *CLASSES])
    (out / "laid" / "voc" / "labelmap.txt").write_text(f"# label:color_rgb:parts:actions\n{colours}")
    laid = {
        "voc": arranged(ours / "voc", out / "laid" / "voc", voc),
        "coco": arranged(
            ours / "coco",
            out / "laid" / "coco",
            {"annotations/instances_train.json": "annotations.json", "images/train/": "images/*"},
        ),
    }
    formats = {"voc": "voc_detection", "yolo": "yolo", "yolo-mark": "yolo", "coco": "coco", "cvat": "cvat"}
    read: dict[str, Callable[[], Iterable[Row]]] = {
        name: lambda name=name, format=format: rows(dm.Dataset.import_from(str(laid.get(name, ours / name)), format))
        for name, format in formats.items()
    }
    items = []
    number = count(1)
    for name, (size, boxes) in SET.items():
        drawn = [
            dm.Bbox(x0, y0, x1 - x0, y1 - y0, label=CLASSES.index(kind), id=(one := next(number)), group=one)
            for kind, x0, y0, x1, y1 in boxes
        ]
        media = Image.from_numpy(np.zeros((size[1], size[0], 3), np.uint8))
        items.append(dm.DatasetItem(id=Path(name).stem, subset="train", media=media, annotations=drawn))
    source = dm.Dataset.from_iterable(items, categories=CLASSES)
    formats = {
        **{"voc": "voc_detection", "yolo-mark": "yolo", "coco": "coco_instances", "cvat": "cvat"},
        **{"labelme": "label_me", "kitti": "kitti_detection", "mot": "mot_seq_gt", "open-images": "open_images"},
    }
    write: dict[str, Callable[[Path], None]] = {
        name: lambda to, format=format: source.export(str(to), format) for name, format in formats.items()
    }
    return _asked("datumaro", read, write, out)


def ask_fiftyone(ours: Path, out: Path) -> dict[str, Any]:
    """FiftyOne's importers and exporters, without its database."""
    from fiftyone.core.labels import Detection, Detections
    from fiftyone.core.metadata import ImageMetadata
    from fiftyone.utils import coco, cvat, kitti, labelstudio, voc, yolo

    def rows(importer: Any) -> Iterator[Row]:
        with importer:
            for path, _, found in importer:
                found = found if isinstance(found, dict) else {"detections": found}
                for one in [box for part in found.values() if part is not None for box in part.detections]:
                    yield _in_pixels(Path(path).name, one.label, one.bounding_box)

    def place(name: str, file: str) -> str:
        return str(next(one for one in sorted((ours / name).rglob(file))))

    def folder(name: str, file: str) -> str:
        return os.path.dirname(place(name, file))  # noqa: PTH120 - what FiftyOne takes

    def of_label_studio() -> Iterator[Row]:
        for task in json.loads((ours / "label-studio" / "tasks.json").read_text("utf-8")):
            for annotation in task["annotations"]:
                for result in annotation["result"]:
                    _, found = labelstudio.import_label_studio_annotation(result)
                    name = task["data"]["image"].removeprefix("/data/local-files/?d=")
                    yield _in_pixels(name, found.label, found.bounding_box)

    # CVAT exports the pictures of a subset in a folder of its name.
    cvat_pictures = arranged(ours / "cvat", out / "laid" / "cvat", {"train/": "images/*"})
    read: dict[str, Callable[[], Iterable[Row]]] = {
        "voc": lambda: rows(
            voc.VOCDetectionDatasetImporter(data_path=folder("voc", "a.png"), labels_path=folder("voc", "a.xml"))
        ),
        "yolo": lambda: rows(
            yolo.YOLOv5DatasetImporter(dataset_dir=str(ours / "yolo"), yaml_path="data.yaml", split="train")
        ),
        "yolo-mark": lambda: rows(
            yolo.YOLOv4DatasetImporter(
                dataset_dir=str(ours / "yolo-mark"), data_path="img", images_path="train.txt", objects_path="obj.names"
            )
        ),
        "coco": lambda: rows(
            coco.COCODetectionDatasetImporter(
                data_path=folder("coco", "a.png"), labels_path=place("coco", "annotations.json")
            )
        ),
        "cvat": lambda: rows(
            cvat.CVATImageDatasetImporter(data_path=str(cvat_pictures), labels_path=place("cvat", "annotations.xml"))
        ),
        "label-studio": of_label_studio,
    }
    pictures = ours / "coco" / "images"

    def with_exporter(make: Callable[[Path], Any]) -> Callable[[Path], None]:
        def write(to: Path) -> None:
            with make(to) as exporter:
                for name, (size, boxes) in SET.items():
                    found = Detections(
                        detections=[
                            Detection(label=kind, bounding_box=_as_shares(corners, size)) for kind, *corners in boxes
                        ]
                    )
                    metadata = ImageMetadata(width=size[0], height=size[1], num_channels=3)
                    exporter.export_sample(str(pictures / name), found, metadata=metadata)

        return write

    def as_label_studio(to: Path) -> None:
        tasks = []
        for number, (name, (size, boxes)) in enumerate(SET.items(), start=1):
            results = []
            for kind, *corners in boxes:
                found = Detection(label=kind, bounding_box=_as_shares(corners, size))
                whole = {
                    "original_width": size[0],
                    "original_height": size[1],
                    "to_name": "image",
                    "from_name": "label",
                }
                # Its ids are new each time.
                told = labelstudio.export_label_to_label_studio(found, full_result=whole)
                results += [{**one, "id": f"r{len(results)}"} for one in told]
            image = f"/data/local-files/?d={name}"
            tasks.append({"id": number, "data": {"image": image}, "annotations": [{"id": number, "result": results}]})
        (to / "tasks.json").write_text(json.dumps(tasks, default=str), "utf-8")

    write = {
        "label-studio": as_label_studio,
        "voc": with_exporter(lambda to: voc.VOCDetectionDatasetExporter(export_dir=str(to), export_media=True)),
        "yolo": with_exporter(
            lambda to: yolo.YOLOv5DatasetExporter(export_dir=str(to), split="train", classes=CLASSES, export_media=True)
        ),
        "yolo-mark": with_exporter(
            lambda to: yolo.YOLOv4DatasetExporter(export_dir=str(to), classes=CLASSES, export_media=True)
        ),
        "coco": with_exporter(
            lambda to: coco.COCODetectionDatasetExporter(export_dir=str(to), classes=CLASSES, export_media=True)
        ),
        "cvat": with_exporter(lambda to: cvat.CVATImageDatasetExporter(export_dir=str(to), export_media=True)),
        "kitti": with_exporter(lambda to: kitti.KITTIDetectionDatasetExporter(export_dir=str(to), export_media=True)),
    }
    return _asked("fiftyone", read, write, out)


def _in_pixels(name: str, kind: str, box: Iterable[float]) -> Row:
    (width, height), _ = SET[name]
    x, y, w, h = box
    return [Path(name).stem, kind, x * width, y * height, (x + w) * width, (y + h) * height]


def _as_shares(corners: Iterable[float], size: tuple[int, int]) -> list[float]:
    x0, y0, x1, y1 = corners
    return [x0 / size[0], y0 / size[1], (x1 - x0) / size[0], (y1 - y0) / size[1]]


def _asked(
    peer: str,
    read: dict[str, Callable[[], Iterable[Row]]],
    write: dict[str, Callable[[Path], None]],
    out: Path,
) -> dict[str, Any]:
    """Ask a peer for everything; what it refuses is recorded in its own words."""
    from importlib.metadata import version

    answer: dict[str, Any] = {"version": version(peer), "reads": {}, "writes": {}, "refuses": {}}
    for name, ask in read.items():
        try:
            found = [[str(row[0]), str(row[1]), *(round(float(value), 5) for value in row[2:])] for row in ask()]
            answer["reads"][name] = sorted(found)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the peer's answer
            answer["refuses"][name] = f"{type(error).__name__}: {str(error)[:200]}"
    for name, tell in write.items():
        place = out / name
        place.mkdir(parents=True)
        tell(place)
        answer["writes"][name] = text_files(place)
    return answer


ASK = {
    "supervision": ask_supervision,
    "labelformat": ask_labelformat,
    "datumaro": ask_datumaro,
    "fiftyone": ask_fiftyone,
}


def lay_ours(folder: Path, ours: dict[str, dict[str, str]]) -> None:
    """Our files with their pictures where each format has them."""
    for format, files in ours.items():
        lay(files, folder / format)
        draw(folder / format / ("img" if format == "yolo-mark" else "images"))


def main() -> None:
    """Record all peers, or with ``--peer`` answer for one of them in its own environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=sorted(ASK), help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help="where to install the peers; kept for the next time")
    asked = parser.parse_args()
    if asked.peer:
        answer = ASK[asked.peer](asked.place / "ours", asked.place / asked.peer)
        (asked.place / f"{asked.peer}.json").write_text(json.dumps(answer), "utf-8")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_ours(folder / "written")
        ours = {place.name: text_files(place) for place in sorted((folder / "written").iterdir())}
        lay_ours(folder / "ours", ours)
        _save("ours", ours)
        for peer in ASK:
            python = _python_of(peer, (asked.place or folder) / "environments")
            # A place without its address: some peers write the path of what they read.
            command = [python, str(Path(__file__).resolve()), "--peer", peer, "--place", str(folder)]
            subprocess.run(command, check=True, cwd=folder)
            answer = (folder / f"{peer}.json").read_text("utf-8").replace(f"{folder}/", "")
            _save(peer, json.loads(answer))
            print(peer, "recorded")


def _python_of(peer: str, place: Path) -> str:
    if peer not in PEERS:
        return sys.executable
    home = place / peer
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PEERS[peer]], check=True)
    return str(python)


def _save(name: str, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (HERE / f"{name}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
