"""Ultralytics' trainer, bent to the workbench: a budget in batches, whole files, nothing printed or fetched."""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import torch
from ultralytics import __version__
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils import LOGGER, ROOT, YAML, patches
from ultralytics.utils.torch_utils import init_seeds, strip_optimizer

from workbench.machine.helpers import processors
from workbench.model.errors import InputError
from workbench.project import files
from workbench.train.detector import Job, Watch
from workbench.train.torch_state import kept, threads

_SAVE_EVERY_S = 20.0
_SMALL_CACHE = 1_000_000_000
_CACHE_SHARE = 0.6
_MOST_LOADERS = 16
_PATHS = ("model", "data", "project", "name", "save_dir", "pretrained")

# Ultralytics puts a function of its own in the place of Pillow's `Image.open`, for the whole process: for a file that
# is no picture it asks for the package pi-heif, with a warning and an ImportError. So marked, it only calls Pillow's.
patches._pil_plugins_registered = True


@contextlib.contextmanager
def contained(*, seeded: bool = False) -> Iterator[None]:
    """Silence Ultralytics' log, use all processors, and put everything back afterwards.

    Args:
        seeded: whether the work draws random numbers from a seed of its own; the caller's generators are then put back
            to where they were.
    """
    level = LOGGER.level
    LOGGER.setLevel(logging.ERROR)
    try:
        with kept(seeded=seeded):
            yield
    finally:
        LOGGER.setLevel(level)


def arguments(job: Job) -> dict[str, Any]:
    """Ultralytics' arguments for a job, chosen for fine-tuning on a short budget.

    AdamW with the learning rate Ultralytics would choose by itself for the number of classes; one optimizer step a
    batch (``nbs`` is the batch); no mosaics in the last fifth; its own check of the val pictures once, at the end.
    """
    budget = job.budget
    on_gpu = job.device != "cpu"
    return {
        "task": "detect",
        "mode": "train",
        "model": f"{job.recipe.detector}.yaml",
        "data": str(job.folder / "dataset" / "data.yaml"),
        "save_dir": str(job.folder),
        "epochs": budget.epochs,
        "batch": budget.batch,
        "nbs": budget.batch,
        "imgsz": job.recipe.image_size,
        "device": job.device,
        "seed": job.recipe.seed,
        "deterministic": True,
        "optimizer": "AdamW",
        "lr0": job.recipe.learning_rate or round(0.002 * 5 / (4 + len(job.classes)), 6),
        "momentum": 0.9,
        "close_mosaic": round(budget.epochs * 0.2) or int(budget.epochs > 1),
        # bf16 needs neither a scaler nor the trial run for which Ultralytics would download a model.
        "amp": "bf16" if on_gpu and torch.cuda.is_bf16_supported(including_emulation=False) else False,
        "cache": "ram" if _decoded_bytes(job) <= _cache_bytes() else False,
        "workers": min(_MOST_LOADERS, processors() - 1) if on_gpu else 0,
        "patience": 0,
        "val": False,
        "plots": False,
        "verbose": False,
        "exist_ok": True,
    }


def last_weights(folder: Path) -> Path:
    """Where a training in a folder saves its weights as they grow."""
    return folder / "weights" / "last.pt"


def saved_epochs(folder: Path) -> int:
    """How many whole epochs an unfinished training saved in its folder; 0 if there are none, or it is finished."""
    if not last_weights(folder).is_file():
        return 0
    # The project's own file: the run wrote it here.
    checkpoint = torch.load(last_weights(folder), map_location="cpu", weights_only=False)
    return int(checkpoint["epoch"]) + 1 if checkpoint.get("optimizer") is not None else 0


def _decoded_bytes(job: Job) -> int:
    return (job.budget.pictures + len(job.selection.val)) * job.recipe.image_size**2 * 3


def _cache_bytes() -> float:
    """How much memory decoded pictures may take; they save a GPU from waiting for their decoding in every epoch.

    Where the processes that load pictures are forked, they share one copy; elsewhere each has its own.
    """
    method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    if method != "fork":
        return _SMALL_CACHE
    return max(_SMALL_CACHE, _CACHE_SHARE * psutil.virtual_memory().available)


def architecture(name: str) -> dict[str, Any]:
    """The model description that lies in Ultralytics' package, for a name such as ``yolo11n``.

    Raises:
        InputError: if there is none of that name that finds boxes.
    """
    found = {path.stem: path for path in sorted((ROOT / "cfg" / "models").rglob("yolo*.yaml"))}
    for stem, scale in ((name, ""), (name[:-1], name[-1:])):
        if stem not in found:
            continue
        described: dict[str, Any] = YAML.load(found[stem])
        if described["head"][-1][2] not in ("Detect", "v10Detect") or (scale and scale not in described["scales"]):
            break
        return described | {"scale": scale or name[-1], "yaml_file": f"{name}.yaml"}
    raise InputError(f"Ultralytics has no detector {name!r}; use one such as 'yolo11n', 'yolo11s' or 'yolov8n'")


class BudgetedYolo(DetectionTrainer):  # type: ignore[misc]
    """A training that stops after exactly so many batches and tells a `Watch` how it goes."""

    def __init__(self, job: Job, watch: Watch, pictures: dict[str, list[Path]], *, resumed: bool = False) -> None:
        self.job = job
        self.watch = watch
        self.pictures = pictures
        self.architecture = architecture(job.recipe.detector)
        self.done = 0
        self.resumed = resumed
        self.transferred: tuple[int, int] | None = None
        self._in_epoch = 0
        self._saved_at = 0.0
        self.stop = False
        super().__init__(overrides=arguments(job))
        if resumed:
            # Draws of the rest must not repeat those of the beginning, for which Ultralytics has just set the seed.
            init_seeds(job.recipe.seed + 1, deterministic=True)
        torch.set_num_threads(threads())

    def run_callbacks(self, event: str) -> None:
        """Answer the four moments that matter; callbacks of trackers and platforms are never run."""
        if event == "on_pretrain_routine_end":
            self._check_pictures()
        elif event == "on_train_epoch_start":
            self._in_epoch = 0
        elif event == "on_train_batch_start":
            share = self.job.budget.rate(self.epoch * len(self.train_loader) + self._in_epoch)
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * share
        elif event == "on_train_batch_end":
            self._in_epoch += 1
            # Counted from the epoch, not added up: Ultralytics repeats an epoch after running out of GPU memory.
            self.done = self.epoch * len(self.train_loader) + self._in_epoch
            self.stop = self.stop or self.done >= self.job.budget.batches
            self.watch.batch(self.done, float(self.loss.detach()))

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """Build a dataset without the progress bar that Ultralytics shows for its cache, log or no log."""
        with contextlib.redirect_stdout(io.StringIO()):
            return super().build_dataset(img_path, mode, batch)

    def get_dataset(self) -> dict[str, Any]:
        """Describe the dataset without the checks that look for fonts on the network."""
        names = dict(enumerate(self.job.classes))
        folders = {split: str(self.job.folder / "dataset" / "images" / split) for split in ("train", "val")}
        return {"names": names, "nc": len(names), "channels": 3, "path": self.job.folder / "dataset", **folders}

    def setup_model(self) -> Any:
        """Build the model from its description; take from the starting weights every tensor that fits.

        A head for other classes starts anew (a class of the same name keeps its weights), the rest is taken over. A
        training that goes on takes the model as it was saved, and hands Ultralytics what else was: averages, the
        optimizer's state and the epoch.
        """
        if self.resumed:
            model, checkpoint = load_checkpoint(str(last_weights(self.job.folder)))
            self.model = self.get_model(cfg=self.architecture, weights=model, verbose=False)
            self.resume = True
            return checkpoint
        source = load_checkpoint(str(self.job.start))[0] if self.job.start else None
        self.model = self.get_model(cfg=self.architecture, weights=source, verbose=False)
        if source is None:
            return None
        own, theirs = self.model.state_dict(), source.state_dict()
        same = sum(k in theirs and v.shape == theirs[k].shape and torch.equal(v, theirs[k]) for k, v in own.items())
        self.transferred = (same, len(own))
        if same < len(own) / 2:
            raise InputError(
                f"{self.job.start} fits {self.job.recipe.detector} in {same} of {len(own)} tensors only; "
                "start from weights of the same detector, or with weights=None"
            )
        return None

    def _get_warmup_iterations(self, num_batches: int) -> int:
        """None: the learning rate of every batch comes from the budget."""
        return 0

    def save_metrics(self, metrics: dict[str, float]) -> None:
        """Hand the epoch's losses to the watch in place of Ultralytics' results.csv."""
        losses = {name: float(value) for name, value in self.tloss.items()}
        rate = float(self.optimizer.param_groups[0]["lr"])
        self.watch.epoch({"epoch": self.epoch + 1, "batches": self.done, **losses, "learning_rate": rate})

    def read_results_csv(self) -> dict[str, Any]:
        """Nothing: the training curve is a file of the run."""
        return {}

    def save_model(self) -> bool:
        """Save last.pt whole or not at all, at most every 20 seconds, and at the end."""
        if not self.stop and self.last.exists() and time.monotonic() - self._saved_at < _SAVE_EVERY_S:
            return False
        self._save()
        return True

    def save_interrupted(self) -> None:
        """Save what there is in the middle of an epoch, which a later resume does again."""
        if self.done and self.ema:
            self.epoch -= 1
            self._save()
            self.epoch += 1

    def _save(self) -> None:
        last, best = Path(self.wdir) / "last.pt", Path(self.wdir) / "best.pt"
        with files.new_file(last) as unborn:
            self.last = self.best = unborn
            try:
                super().save_model()
            finally:
                self.last, self.best = last, best
        self._saved_at = time.monotonic()

    def final_eval(self) -> None:
        """Strip the optimizer's state, and everything that names this machine or this hour, from last.pt.

        So the same seed gives the same file, and weights can be handed on.
        """
        with files.new_file(self.last) as unborn:
            stripped = strip_optimizer(self.last, s=str(unborn))
            asked = {k: v for k, v in stripped["train_args"].items() if k not in _PATHS}
            stripped["model"].args = asked
            stripped |= {"train_args": asked, "git": None, "date": None, "version": __version__}
            # Through memory, because torch writes the file's name into the file.
            buffer = io.BytesIO()
            torch.save(stripped, buffer)
            unborn.write_bytes(buffer.getvalue())

    def close_loaders(self) -> None:
        """End the processes that load pictures, however the training ended."""
        for name in ("train_loader", "test_loader"):
            close = getattr(getattr(self, name, None), "close", None)
            if close is not None:
                close()

    def _check_pictures(self) -> None:
        """Refuse to train on fewer pictures than were asked for: Ultralytics leaves out what it cannot read."""
        for split, loader in (("train", self.train_loader), ("val", self.test_loader)):
            taken = set(loader.dataset.im_files)
            table = self.job.selection.train if split == "train" else self.job.selection.val
            lost = [p for p, f in zip(table["path"], self.pictures[split], strict=True) if str(f) not in taken]
            if lost:
                raise InputError(
                    f"{len(lost)} of {len(table)} {split} pictures cannot be read, first {lost[0]!r}; "
                    "replace them or leave them out (set their split to pool)"
                )
