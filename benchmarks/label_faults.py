"""Plant known mistakes in real label sets and see whether the check names them: the confusion table.

    python benchmarks/label_faults.py REAL_DATA [--share 0.33] [--sets voc,bad] [--kinds corner-for-centre] [--json F]
    python benchmarks/label_faults.py REAL_DATA --held-out      # each set judged by weights fitted on the others
    python benchmarks/label_faults.py REAL_DATA --controls 10   # how often an untouched set is given a name

Every set is written anew, with the mistake, as files in a temporary folder; the pictures stay where they are (for the
EXIF case, and for the set whose labels are called otherwise than its pictures, copies are made). `--fit` prints the
weights that `workbench.label.check.picture_evidence` holds.
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
from PIL import Image

from workbench.label import read_labels
from workbench.label.check import picture_evidence as content
from workbench.label.check import systematic
from workbench.label.check.hypotheses import Frame, hypotheses
from workbench.label.check.picture_evidence import features, view
from workbench.label.reading.resolve import decode
from workbench.pictures.upright import opened

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
            with opened(data.pictures / data.ids[number]) as picture:
                upright = picture.pixels()
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
    """What came of one planted mistake.

    Attributes:
        named: the name given, or ``-``.
        error_px: the largest error of a box after the fix, over all files (share 1) or those that were changed.
        files_right: share of the files that were taken for what they are.
        spoilt: right files that the fix would change.
        left: wrong files that the fix leaves, and says so.
        missed: wrong files that the fix leaves without a word.
        seconds: time of naming.
    """

    named: str
    seconds: float
    error_px: float = 0.0
    files_right: float = 0.0
    spoilt: int = 0
    left: int = 0
    missed: int = 0
    files: int = 0


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
            return Outcome("-", seconds)
        order = np.argsort(data.ids)
        truth = {data.ids[i]: data.boxes[i] for i in order}
        boxes = labels.found.resolved.boxes.copy()
        boxes[found.rows] = found.boxes
        files = np.asarray(labels.found.raw.file)
        flags = dict(zip([data.ids[i] for i in order], wrong, strict=True))
        taken, doubted = set(found.files.tolist()), set(found.unsure.tolist())
        result = Outcome(found.name, seconds, files=len(flags))
        for index, image in enumerate(labels.found.resolved.image_ids):
            rows = np.flatnonzero(files == index)
            bad = bool(flags[image])
            result.files_right += ((index in taken) == bad) / len(flags)
            result.spoilt += index in taken and not bad
            result.left += bad and index in doubted
            result.missed += bad and index not in taken | doubted
            if len(rows) and (share == 1 or (bad and index in taken)):
                result.error_px = max(result.error_px, float(np.abs(boxes[rows] - truth[image]).max()))
        return result


def controls(sets: list[Set], seeds: int) -> list[tuple[str, str, int, str]]:
    """Names given to sets that nothing was done to: subsets of 25 to 40 boxes, as they are and cropped at random."""
    results = []
    for data in sets:
        systematic.view.cache_clear()
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            part = _subset(data, int(rng.integers(25, 41)), rng)
            format_name = list(CLEAN)[seed % 3]
            outcome = run(part, format_name, None, 1.0)
            results.append((data.name, "subset", seed, outcome.named if outcome else "-"))
            with tempfile.TemporaryDirectory() as folder:
                outcome = run(_cropped(part, Path(folder), rng), format_name, None, 1.0)
            results.append((data.name, "cropped", seed, outcome.named if outcome else "-"))
        print(f"# {data.name} done", file=sys.stderr, flush=True)
    return results


def _subset(data: Set, boxes: int, rng: np.random.Generator) -> Set:
    chosen: list[int] = []
    count = 0
    for number in rng.permutation(len(data.ids)).tolist():
        if count >= boxes:
            break
        chosen.append(number)
        count += len(data.boxes[number])
    names, sizes = [data.ids[i] for i in chosen], data.sizes[chosen]
    return Set(data.name, data.pictures, names, sizes, [data.boxes[i] for i in chosen])


def _cropped(data: Set, folder: Path, rng: np.random.Generator) -> Set:
    """Each picture cut to a random window that holds one of its boxes whole; boxes that it cuts are left out."""
    names, sizes, kept = [], [], []
    for number, (name, size, boxes) in enumerate(zip(data.ids, data.sizes, data.boxes, strict=True)):
        box = boxes[rng.integers(len(boxes))]
        room = rng.uniform(0.1, 1.0, 4) * np.r_[box[:2], size - box[2:]]
        low, high = np.floor(np.maximum(box[:2] - room[:2], 0)), np.ceil(np.minimum(box[2:] + room[2:], size))
        inside = ((boxes[:, :2] >= low) & (boxes[:, 2:] <= high)).all(axis=1)
        with opened(data.pictures / name) as picture:
            upright = picture.pixels()
        upright.crop((*low.astype(int).tolist(), *high.astype(int).tolist())).save(folder / f"c{number:03d}.png")
        names.append(f"c{number:03d}.png")
        sizes.append(high - low)
        kept.append(boxes[inside] - np.tile(low, 2))
    return Set(data.name, folder, names, np.array(sizes), kept)


def fit(sets: list[Set]) -> dict[str, np.ndarray]:
    """Logistic regression on pairs (true box, a mistake or wrong reading of it), each set left out once."""
    from sklearn.linear_model import LogisticRegression

    rows, group = [], []
    for data in sets:
        order = np.argsort(data.ids)[:80]
        for place, number in enumerate(order):
            size, boxes = data.sizes[number], data.boxes[number]
            seen = view(str(data.pictures / data.ids[number]))
            others = np.stack(list(_others(boxes, size, data.sizes[order[place - 1]])), axis=1)
            for box, moved in zip(boxes, others, strict=True):
                measured = features(seen, np.vstack([box, moved]), size)
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

    held_out = {}
    for data in sets:
        # Two annotations of the same pictures are left out together.
        out = np.array([one.split("-q")[0] == data.name.split("-q")[0] for one in names])
        held_out[data.name] = weights(~out)
        gain = x[out] @ held_out[data.name]
        loss = np.logaddexp(0, -gain).mean()
        shown = held_out[data.name].round(1)
        print(f"left out {data.name}: {(gain > 0).mean():.3f} right, mean log loss {loss:.3f}, {shown}")
    print("weights", weights(np.ones(len(x), bool)).round(2))
    return held_out


def _others(boxes, size, before):
    """Every box that a mistake leads to, and every other reading of the right numbers, corners per kind."""
    n = len(boxes)
    wide = np.tile(np.asarray(size, dtype=float), (n, 1))
    for format_name, table in (("yolo", YOLO), ("voc", VOC), ("coco", COCO)):
        layout, unit = {"yolo": ("cxcywh", "rel"), "voc": ("xyxy", "px"), "coco": ("xywh", "px")}[format_name]
        for kind in table:
            if kind not in ("declared-frame", "exif-unrotated", "normalised-by-previous-box"):
                yield decode(table[kind](boxes, size, before), layout, unit, wide)
        frame = Frame(
            CLEAN[format_name](boxes, size, before),
            layout,
            unit,
            np.zeros(n, int),
            wide,
            np.full((n, 2), np.nan),
            np.tile(np.asarray(before, dtype=float), (n, 1)),
            np.ones(n, int),
        )
        yield from (one.boxes for one in hypotheses(frame) if one.name != "normalised-by-previous-box")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("real", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--sets", default=",".join(SOURCES))
    parser.add_argument("--kinds", default="")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--held-out", action="store_true", help="judge each set by weights fitted on the others")
    parser.add_argument("--controls", type=int, default=0, metavar="SEEDS", help="names given to untouched subsets")
    parser.add_argument("--json", type=Path, help="write every outcome here")
    args = parser.parse_args()
    systematic.view = functools.lru_cache(maxsize=90)(systematic.view)
    chosen = args.sets.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        fitted = args.fit or args.held_out
        sets = [load(args.real, name, Path(scratch)) for name in (SOURCES if fitted else chosen)]
        held_out = fit(sets) if fitted else {}
        if args.fit:
            return 0
        sets = [data for data in sets if data.name in chosen]
        if args.controls:
            rows = controls(sets, args.controls)
            for name in dict.fromkeys(row[0] for row in rows):
                named = [row for row in rows if row[0] == name and row[3] != "-"]
                print(f"{name}: {len(named)} names; {', '.join(f'{row[1]} {row[2]}: {row[3]}' for row in named)}")
            alarms = sum(row[3] != "-" for row in rows)
            print(f"false names: {alarms} of {len(rows)} untouched sets = {alarms / len(rows):.1%}")
            if args.json:
                args.json.write_text(json.dumps([list(row) for row in rows]), encoding="utf-8")
            return 0
        results = outcomes(sets, args.share, args.kinds.split(",") if args.kinds else [], held_out)
        table(sets, results)
        if args.json:
            rows = [{"share": args.share, **vars(one)} | key for key, one in _flat(results)]
            args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


Results = dict[str, dict[tuple[str, str | None], Outcome | None]]


def _flat(results: Results):
    for name, row in results.items():
        for (format_name, kind), outcome in row.items():
            if outcome is not None:
                yield {"set": name, "format": format_name, "kind": kind}, outcome


def outcomes(sets: list[Set], share: float, only: list[str], held_out: dict[str, np.ndarray]) -> Results:
    results: Results = {}
    for data in sets:
        systematic.view.cache_clear()
        if held_out:
            content.WEIGHTS.update(zip(content.WEIGHTS, held_out[data.name].tolist(), strict=True))
        results[data.name] = {
            (format_name, kind): run(data, format_name, kind, share)
            for format_name, kind in [*((one, None) for one in CLEAN), *KINDS]
            if kind is None or not only or kind in only
        }
        print(f"# {data.name} done", file=sys.stderr, flush=True)
    return results


def table(sets: list[Set], results: Results) -> None:
    """The confusion table: a cell is ``ok``, files told apart and largest error in px, or the wrong name."""
    print(f"{'kind':38s}" + "".join(f"{data.name:>16s}" for data in sets), flush=True)
    for format_name, kind in next(iter(results.values())):
        cells = []
        for data in sets:
            one = results[data.name][format_name, kind]
            if one is None or kind is None or one.named != kind.split(":")[0]:
                cells.append("n/a" if one is None else one.named[:15])
            else:
                cells.append(f"ok {one.files_right:.2f} {one.error_px:.2f}")
        print(f"{format_name + ' ' + (kind or '(untouched)'):38s}" + "".join(f"{cell:>16s}" for cell in cells))
    planted = [(key, one) for key, one in _flat(results) if key["kind"]]
    right = [(key, one) for key, one in planted if one.named == key["kind"].split(":")[0]]
    wrong = [(key, one) for key, one in planted if one.named != key["kind"].split(":")[0]]
    for data in sets:
        count = [sum(key["set"] == data.name for key, _ in part) for part in (right, planted)]
        print(f"{data.name}: {count[0]} of {count[1]} = {count[0] / max(count[1], 1):.1%}")
    for (format_name, kind, named), where in _confusions(wrong).items():
        print(f"confused: {format_name} {kind} -> {'no name' if named == '-' else named}: {', '.join(where)}")
    alarms = sum(one.named != "-" for key, one in _flat(results) if not key["kind"])
    print(f"named right: {len(right)} of {len(planted)} = {len(right) / max(len(planted), 1):.1%}; ", end="")
    print(f"named on untouched sets: {alarms}")
    files = max(sum(one.files for _, one in right), 1)
    spoilt, left, missed = (sum(getattr(one, name) for _, one in right) for name in ("spoilt", "left", "missed"))
    print(
        f"restored within 1 px: {sum(one.error_px <= 1 for _, one in right)} of {len(right)}; files told apart: "
        f"{np.mean([one.files_right for _, one in right] or [0]):.3f}; of {files} files {spoilt} right ones spoilt, "
        f"{left} wrong ones left and named, {missed} wrong ones missed; "
        f"slowest {max((one.seconds for _, one in planted), default=0):.1f} s"
    )


def _confusions(wrong) -> dict[tuple[str, str, str], list[str]]:
    result: dict[tuple[str, str, str], list[str]] = {}
    for key, one in wrong:
        result.setdefault((key["format"], key["kind"], one.named), []).append(key["set"])
    return result


if __name__ == "__main__":
    sys.exit(main())
