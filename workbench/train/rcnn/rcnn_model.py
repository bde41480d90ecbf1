"""A small Faster R-CNN: MobileNetV3 and a narrow feature pyramid, and the file its weights lie in.

Faster R-CNN (Ren et al., 2015) first proposes regions, then looks at each: two steps where YOLO takes one. The parts
are torchvision's; the pyramid (Lin et al., 2017) is 96 channels wide in place of 256, so that the file stays small.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models import mobilenet_v3_large, mobilenet_v3_small
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock

from workbench.model.errors import InputError
from workbench.train.detector import RCNN_MARK

STRIDE = 32
_WIDTH, _HEAD = 96, 256
# Anchors a level, in pixels of the picture as the detector sees it; plates and cars are wider than high.
_SIZES = ((12, 24), (44, 72), (120, 220))
_RATIOS = (0.25, 0.5, 1.0)
_HEAD_KEYS = [
    f"roi_heads.box_predictor.{layer}.{kind}" for layer in ("cls_score", "bbox_pred") for kind in ("weight", "bias")
]
_OTHER = "{} holds no weights of a Faster R-CNN; start from base_rcnn or a file of your own, or with weights=None"


@dataclass(frozen=True)
class Body:
    """A backbone: its maker, and the last block and channels at strides 8, 16 and 32."""

    make: Any
    blocks: tuple[int, int, int]
    channels: tuple[int, int, int]


ARCHITECTURES = {
    "rcnn-small": Body(mobilenet_v3_small, (3, 8, 12), (24, 48, 576)),
    "rcnn-large": Body(mobilenet_v3_large, (6, 12, 16), (40, 112, 960)),
}


def check_name(name: str) -> None:
    """Refuse an architecture that is not there.

    Raises:
        InputError: with the names there are.
    """
    if name not in ARCHITECTURES:
        raise InputError(f"there is no detector {name!r}; of Faster R-CNN there are: {', '.join(ARCHITECTURES)}")


def build(name: str, *, classes: int, image_size: int) -> FasterRCNN:
    """Return the network with random weights; draws from torch's generator.

    Args:
        name: of `ARCHITECTURES`.
        classes: how many there are, the background not counted.
        image_size: the longer side of pictures, in pixels.
    """
    check_name(name)
    body = ARCHITECTURES[name]
    layers = {str(block): str(level) for level, block in enumerate(body.blocks)}
    features = body.make(weights=None, norm_layer=_norm).features
    backbone = BackboneWithFPN(features, layers, list(body.channels), _WIDTH, _NoExtraLevel())
    return FasterRCNN(
        backbone,
        min_size=image_size,
        max_size=image_size,
        # Pictures come in their final size: see `workbench.train.rcnn.rcnn_pictures`.
        _skip_resize=True,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
        rpn_anchor_generator=AnchorGenerator(_SIZES, (_RATIOS,) * len(_SIZES)),
        rpn_pre_nms_top_n_train=1000,
        rpn_post_nms_top_n_train=500,
        rpn_pre_nms_top_n_test=600,
        rpn_post_nms_top_n_test=300,
        rpn_fg_iou_thresh=0.6,
        box_roi_pool=MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=2),
        box_head=TwoMLPHead(_WIDTH * 7 * 7, _HEAD),
        box_predictor=FastRCNNPredictor(_HEAD, classes + 1),
        box_batch_size_per_image=128,
    )


def _norm(channels: int) -> nn.Module:
    """Norms over groups (Wu and He, 2018) in place of batches: a laptop's batch of eight and a start from nothing."""
    return nn.GroupNorm(8, channels)


class _NoExtraLevel(ExtraFPNBlock):  # type: ignore[misc]
    """In the place where torchvision adds a coarser level to the pyramid: 32 pixels a cell are coarse enough."""

    def forward(
        self, results: list[torch.Tensor], x: list[torch.Tensor], names: list[str]
    ) -> tuple[list[torch.Tensor], list[str]]:
        return results, names


def checkpoint(model: nn.Module, *, name: str, classes: tuple[str, ...], image_size: int) -> dict[str, Any]:
    """What a file of weights holds: plain values and tensors in half precision, which load without running code."""
    state = {k: v.detach().cpu().half() if v.is_floating_point() else v.cpu() for k, v in model.state_dict().items()}
    return {"format": RCNN_MARK, "detector": name, "classes": list(classes), "image_size": image_size, "state": state}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a file that `checkpoint` describes.

    Raises:
        InputError: if it is not one.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, KeyError, OSError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path} holds no weights of a Faster R-CNN; start from base_rcnn or one of your own"
        ) from error
    if not isinstance(held, dict) or held.get("format") != RCNN_MARK:
        raise InputError(_OTHER.format(path))
    return held


def take_over(model: nn.Module, held: dict[str, Any], *, classes: tuple[str, ...], path: Path) -> tuple[int, int]:
    """Take from a checkpoint every tensor that fits; a class that is known there keeps its weights, others start anew.

    Returns:
        How many tensors were taken over whole, and how many there are.

    Raises:
        InputError: if fewer than half fit.
    """
    own, theirs = model.state_dict(), held["state"]
    taken = {k: v.to(own[k].dtype) for k, v in theirs.items() if k in own and own[k].shape == v.shape}
    whole = len(taken)
    if tuple(held["classes"]) != classes:
        whole -= sum(taken.pop(key, None) is not None for key in _HEAD_KEYS)
        # The background comes first.
        known, wanted = ["", *held["classes"]], ["", *classes]
        for key in _HEAD_KEYS:
            rows = 4 if "bbox" in key else 1
            mixed = own[key].clone()
            for number, name in enumerate(wanted):
                if name in known:
                    old = rows * known.index(name)
                    mixed[rows * number : rows * (number + 1)] = theirs[key][old : old + rows].to(mixed.dtype)
            taken[key] = mixed
    if whole < len(own) / 2:
        raise InputError(
            f"{path} fits in {whole} of {len(own)} tensors only; "
            "start from weights of the same detector, or with weights=None"
        )
    model.load_state_dict(own | taken)
    return whole, len(own)
