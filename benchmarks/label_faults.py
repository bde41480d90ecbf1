"""Plant known mistakes in real label sets and see whether the check names them: the confusion table.

    python benchmarks/label_faults.py REAL_DATA [--share 0.33] [--sets voc,bad] [--kinds corner-for-centre]

Every set is written anew, with the mistake, as files in a temporary folder; the pictures stay where they are (for the
EXIF case, and for the set whose labels are called otherwise than its pictures, copies are made). `--fit` prints the
weights that `workbench.label.check.content` holds.
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from workbench.label import read_labels
from workbench.label.check import systematic
from workbench.label.check.content import features, view

SOURCES = {
    "voc": ("voc_indian_eu/images", None),
    "korean": ("korean_voc_labelme", "voc"),
    "korean-quads": ("korean_voc_labelme", "labelme"),
    "dashcam": ("dashcam_frames_day", None),
    "bad": ("bad_labels", None),
    "openalpr": ("openalpr_eu", None),
    "yolo-mark": ("yolo_mark", None),
    "two-labellers": ("multi_annotator_labelme", None),
}


@dataclass
class Set:
    """True boxes of a real set, one entry per picture."""

    name: str
    pictures: Path
    ids: list[str]
    sizes: np.ndarray
    boxes: list[np.ndarray]


def load(root: Path, name: str, scratch: Path) -> Set:
    place, format_name = SOURCES[name]
    labels = read_labels(root / place, format=format_name)
    images = labels.images
    groups = dict(tuple(labels.boxes.groupby("image_id", sort=False)))
    if name == "two-labellers":
        # Labels and pictures are called differently; in the order of names they fit.
        files = sorted((root / place / "images").iterdir())
        ids = sorted(groups)
        folder = scratch / name
        folder.mkdir()
        for file, one in zip(files, ids, strict=True):
            shutil.copy(file, folder / one)
        sizes = np.full((len(ids), 2), 64.0)
        return Set(name, folder, ids, sizes, [_corners(groups[one]) for one in ids])
    known = images[images["image_id"].isin(groups)]
    ids = known["image_id"].tolist()
    sizes = known[["width", "height"]].to_numpy(dtype=float)
    return Set(name, labels.found.pictures.root, ids, sizes, [_corners(groups[one]) for one in ids])


def _corners(frame) -> np.ndarray:
    return frame[["xmin", "ymin", "xmax", "ymax"]].to_numpy(dtype=float)


# --- mistakes: true corners and size in, the numbers a faulty tool writes out -------------------------------------


def cxcywh(b):
    return np.c_[(b[:, 0] + b[:, 2]) / 2, (b[:, 1] + b[:, 3]) / 2, b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]]


def xywh(b):
    return np.c_[b[:, 0], b[:, 1], b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]]


def by(size):
    return np.tile(np.asarray(size, dtype=float), 2)


def previous_box(b, size, before):
    out, w = [], np.asarray(size, dtype=float)
    for box in cxcywh(b):
        out.append(box / by(w))
        w = box[2:]
    return np.array(out)


OTHER = (1024, 768)
Mistake = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
YOLO: dict[str, Mistake] = {
    "xyxy-for-cxcywh": lambda b, s, p: b / by(s),
    "corner-for-centre": lambda b, s, p: xywh(b) / by(s),
    "pixels-for-relative": lambda b, s, p: cxcywh(b),
    "pixels-for-relative:xyxy": lambda b, s, p: b,
    "pixels-for-relative:xywh": lambda b, s, p: xywh(b),
    "per-mille": lambda b, s, p: cxcywh(b) / by(s) * 1000,
    "percent": lambda b, s, p: cxcywh(b) / by(s) * 100,
    "axes-swapped": lambda b, s, p: (cxcywh(b) / by(s))[:, [1, 0, 3, 2]],
    "width-height-swapped": lambda b, s, p: (cxcywh(b) / by(s))[:, [0, 1, 3, 2]],
    "normalised-by-swapped-size": lambda b, s, p: cxcywh(b) / by(s[::-1]),
    "normalised-by-other-size": lambda b, s, p: cxcywh(b) / by(OTHER),
    "normalised-by-previous-size": lambda b, s, p: cxcywh(b) / by(p),
    "normalised-by-previous-box": previous_box,
    "flipped-horizontally": lambda b, s, p: (cxcywh(b) / by(s)) * [-1, 1, 1, 1] + [1, 0, 0, 0],
    "flipped-vertically": lambda b, s, p: (cxcywh(b) / by(s)) * [1, -1, 1, 1] + [0, 1, 0, 0],
    "half-size": lambda b, s, p: (cxcywh(b) / by(s)) * [1, 1, 0.5, 0.5],
    "exif-unrotated": lambda b, s, p: cxcywh(b) / by(s),
}
VOC: dict[str, Mistake] = {
    "xywh-for-xyxy": lambda b, s, p: xywh(b),
    "cxcywh-for-xyxy": lambda b, s, p: cxcywh(b),
    "relative-for-pixels": lambda b, s, p: b / by(s),
    "columns-xxyy": lambda b, s, p: b[:, [0, 2, 1, 3]],
    "min-max-swapped": lambda b, s, p: b[:, [2, 3, 0, 1]],
    "axes-swapped": lambda b, s, p: b[:, [1, 0, 3, 2]],
    "declared-frame": lambda b, s, p: b / by(s) * by((500, 400)),
    "frame-of-other-size": lambda b, s, p: b / by(s) * by((640, 640)),
}
COCO: dict[str, Mistake] = {
    "xyxy-for-xywh": lambda b, s, p: b,
    "centre-for-corner": lambda b, s, p: cxcywh(b),
    "per-mille": lambda b, s, p: xywh(b) / by(s) * 1000,
}
KINDS = [*(("yolo", k) for k in YOLO), *(("voc", k) for k in VOC), *(("coco", k) for k in COCO)]
CLEAN = {
    "yolo": lambda b, s, p: cxcywh(b) / by(s),
    "voc": lambda b, s, p: b,
    "coco": lambda b, s, p: xywh(b),
}


def plant(data: Set, format_name: str, kind: str | None, share: float, out: Path) -> tuple[Path, np.ndarray] | None:
    """Write the set with a mistake in `share` of its files; None where the mistake would change nothing."""
    rng = np.random.default_rng(7)
    table = {"yolo": YOLO, "voc": VOC, "coco": COCO}[format_name]
    order = np.argsort(data.ids)
    sizes = data.sizes[order]
    before = np.vstack([sizes[:1], sizes[:-1]])
    wrong = np.zeros(len(order), bool)
    pick = rng.permutation(len(order))[: max(1, round(share * len(order)))]
    wrong[pick] = kind is not None
    items, changed = [], 0
    for place, number in enumerate(order):
        box, size = data.boxes[number], sizes[place]
        good = CLEAN[format_name](box, size, before[place])
        values = table[kind](box, size, before[place]) if wrong[place] else good
        if kind == "exif-unrotated" and wrong[place]:
            w, h = size  # stored turned: upright (x, y) lies at (y, w - x) of the stored picture (EXIF 6)
            stored = np.c_[box[:, 1], w - box[:, 2], box[:, 3], w - box[:, 0]]
            values = cxcywh(stored) / by((h, w))
        moved = np.abs(values - good).max() > 1e-6
        wrong[place] &= moved
        changed += len(box) if wrong[place] else 0
        items.append((data.ids[number], size, values))
    needed = max(6, 0.2 * share * sum(map(len, data.boxes)))
    if kind is not None and changed < needed:
        return None
    write(items, format_name, kind, wrong, out)
    pictures = data.pictures
    if kind == "exif-unrotated":
        pictures = out.parent / "pictures"
        for place, number in enumerate(order):
            target = pictures / data.ids[number]
            target.parent.mkdir(parents=True, exist_ok=True)
            if not wrong[place]:
                shutil.copy(data.pictures / data.ids[number], target)
                continue
            with Image.open(data.pictures / data.ids[number]) as picture:
                upright = ImageOps.exif_transpose(picture).convert("RGB")
            exif = Image.Exif()
            exif[0x0112] = 6
            upright.transpose(Image.Transpose.ROTATE_90).save(target, "JPEG", quality=90, exif=exif)
    return pictures, wrong


def write(items, format_name: str, kind: str | None, wrong: np.ndarray, out: Path) -> None:
    out.mkdir(parents=True)
    if format_name == "coco":
        images, annotations = [], []
        for number, (name, size, values) in enumerate(items):
            images.append({"id": number, "file_name": name, "width": int(size[0]), "height": int(size[1])})
            annotations += [
                {"id": len(annotations) + i, "image_id": number, "category_id": 1, "bbox": list(map(float, v))}
                for i, v in enumerate(values)
            ]
        content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]}
        (out / "labels.json").write_text(json.dumps(content), encoding="utf-8")
        return
    for place, (name, size, values) in enumerate(items):
        target = out / (name.rsplit(".", 1)[0] + (".xml" if format_name == "voc" else ".txt"))
        target.parent.mkdir(parents=True, exist_ok=True)
        if format_name == "yolo":
            target.write_text("".join("0 " + " ".join(f"{x:.6f}" for x in v) + "\n" for v in values), encoding="utf-8")
            continue
        w, h = (500, 400) if kind == "declared-frame" and wrong[place] else size
        objects = "".join(
            "<object><name>thing</name><bndbox>"
            + "".join(f"<{tag}>{x:.6g}</{tag}>" for tag, x in zip(("xmin", "ymin", "xmax", "ymax"), v, strict=True))
            + "</bndbox></object>\n"
            for v in values
        )
        target.write_text(
            f"<annotation><filename>x</filename><size><width>{w:g}</width><height>{h:g}</height></size>\n{objects}</annotation>",
            encoding="utf-8",
        )


@dataclass
class Outcome:
    named: str
    error_px: float
    files_right: float
    seconds: float


def run(data: Set, format_name: str, kind: str | None, share: float) -> Outcome | None:
    with tempfile.TemporaryDirectory() as folder:
        planted = plant(data, format_name, kind, share, Path(folder) / "labels")
        if planted is None:
            return None
        pictures, wrong = planted
        labels = read_labels(Path(folder) / "labels", images=pictures, format=format_name)
        start = time.perf_counter()
        found = systematic.explain(labels.found)
        seconds = time.perf_counter() - start
        if found is None:
            return Outcome("-", 0.0, 0.0, seconds)
        order = np.argsort(data.ids)
        truth = {data.ids[i]: data.boxes[i] for i in order}
        boxes = labels.found.resolved.boxes.copy()
        boxes[found.rows] = found.boxes
        files = np.asarray(labels.found.raw.file)
        worst = 0.0
        flags = dict(zip([data.ids[i] for i in order], wrong, strict=True))
        hit = []
        for index, image in enumerate(labels.found.resolved.image_ids):
            rows = np.flatnonzero(files == index)
            error = float(np.abs(boxes[rows] - truth[image]).max()) if len(rows) else 0.0
            hit.append((index in found.files) == bool(flags[image]))
            worst = max(worst, error) if share == 1 else worst
        return Outcome(found.name, worst, float(np.mean(hit)), seconds)


def fit(sets: list[Set]) -> None:
    """Logistic regression on pairs (true reading, reading after a mistake), each set left out once."""
    from sklearn.linear_model import LogisticRegression

    rows, group = [], []
    for data in sets:
        for image, size, boxes in list(zip(data.ids, data.sizes, data.boxes, strict=True))[:80]:
            seen = view(str(data.pictures / image))
            for box in boxes:
                b = box[None]
                c = cxcywh(b)
                w, h = c[0, 2:]
                wide, high = size
                moved = [
                    b - [w / 2, h / 2, w / 2, h / 2],
                    [*b, w / 2, h / 2, w / 2, h / 2],
                    np.c_[wide - b[:, 2], b[:, 1], wide - b[:, 0], b[:, 3]],
                    np.c_[b[:, 0], high - b[:, 3], b[:, 2], high - b[:, 1]],
                    b[:, [1, 0, 3, 2]],
                    b * 1.3,
                    b * 0.75,
                    [*b, w / 4, h / 4, -w / 4, -h / 4],
                    [*b, -w / 2, -h / 2, w / 2, h / 2],
                    np.c_[c[:, 0] - h / 2, c[:, 1] - w / 2, c[:, 0] + h / 2, c[:, 1] + w / 2],
                ]
                measured = features(seen, np.vstack([b, *moved]), size)
                for other in measured[1:]:
                    if np.isfinite(other).all() and np.abs(measured[0] - other).max() > 1e-6:
                        rows.append(measured[0] - other)
                        group.append(data.name)
    x, names = np.array(rows), np.array(group)
    weight = np.array([1 / (names == one).sum() for one in names])

    def weights(keep):
        model = LogisticRegression(fit_intercept=False, C=10)
        xs, ys = np.vstack([x[keep], -x[keep]]), np.r_[np.ones(keep.sum()), np.zeros(keep.sum())]
        ws = np.tile(weight[keep], 2)
        return model.fit(xs, ys, sample_weight=ws / ws.mean()).coef_[0]

    for data in sets:
        out = names == data.name
        gain = x[out] @ weights(~out)
        print(f"left out {data.name}: {(gain > 0).mean():.3f} right, mean log-odds {np.clip(gain, -4, 4).mean():.2f}")
    print("weights", weights(np.ones(len(x), bool)).round(2))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("real", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--sets", default=",".join(SOURCES))
    parser.add_argument("--kinds", default="")
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    systematic.view = functools.lru_cache(maxsize=90)(systematic.view)
    with tempfile.TemporaryDirectory() as scratch:
        sets = [load(args.real, name, Path(scratch)) for name in args.sets.split(",")]
        if args.fit:
            fit(sets)
            return 0
        return table(sets, args.share, args.kinds.split(",") if args.kinds else [])


def table(sets: list[Set], share: float, only: list[str]) -> int:
    kinds = [("yolo", None), ("voc", None), ("coco", None), *KINDS]
    right = total = alarms = 0
    slow = 0.0
    restored: list[float] = []
    files: list[float] = []
    print(f"{'kind':38s}" + "".join(f"{data.name:>16s}" for data in sets), flush=True)
    results: dict[str, dict[tuple[str, str | None], Outcome | None]] = {}
    for data in sets:
        systematic.view.cache_clear()
        results[data.name] = {}
        for format_name, kind in kinds:
            if only and kind is not None and kind not in only:
                continue
            results[data.name][format_name, kind] = run(data, format_name, kind, share)
        print(f"# {data.name} done", file=sys.stderr, flush=True)
    for format_name, kind in kinds:
        cells = []
        for data in sets:
            outcome = results[data.name].get((format_name, kind))
            if outcome is None:
                cells.append("n/a")
                continue
            slow = max(slow, outcome.seconds)
            if kind is None:
                alarms += outcome.named != "-"
                cells.append(outcome.named)
                continue
            total += 1
            ok = outcome.named == kind.split(":")[0]
            right += ok
            if ok:
                restored.append(outcome.error_px)
                files.append(outcome.files_right)
            cells.append(f"ok {outcome.files_right:.2f} {outcome.error_px:.2f}" if ok else outcome.named[:15])
        print(f"{format_name + ' ' + (kind or '(untouched)'):38s}" + "".join(f"{cell:>16s}" for cell in cells))
    print(f"named right: {right} of {total} = {right / max(total, 1):.1%}; named on untouched sets: {alarms}")
    print(
        f"restored within 1 px: {sum(e <= 1 for e in restored)} of {len(restored)}; "
        f"files told apart: {np.mean(files or [0]):.3f}; slowest {slow:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
