"""Which pictures belong together: frames of one video, shots of one burst, copies of one photo. A group never crosses
a split, and its name never changes: a new picture joins the group of the picture that it resembles.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from workbench.pictures.alike.near import bits_for
from workbench.pictures.alike.perceptual_hash import mirrored
from workbench.pictures.alike.second_look import SecondLook
from workbench.pictures.frame_names import BURST_S, video_of
from workbench.pictures.measuring import Measured

_LOOKS = 5


@dataclass(frozen=True)
class Relation:
    """A group that a new picture belongs to.

    Attributes:
        group_id: the group.
        image_id: the picture of it that shows the relation.
        why: ``same file``, ``same video``, ``same burst``, ``near-duplicate``.
    """

    group_id: str
    image_id: str
    why: str


class Groups:
    """The pictures of a project, asked with every new one."""

    def __init__(self) -> None:
        self._by_sha: dict[str, Relation] = {}
        self._by_video: dict[str, Relation] = {}
        self._by_camera: dict[str, list[tuple[float, Relation]]] = defaultdict(list)
        self._numbers = np.zeros(1024, dtype=np.uint64)
        self._hashed: list[tuple[Relation, Path]] = []
        self._look = SecondLook()

    def add(
        self,
        relation: Relation,
        path: Path,
        *,
        sha256: str,
        phash: str | None,
        video: str | None = None,
        taken_at: str | None = None,
        camera: str | None = None,
    ) -> None:
        """Take a picture in that has its group; `path` is where its file lies."""
        self._by_sha.setdefault(sha256, relation)
        if video:
            self._by_video.setdefault(video, relation)
        if taken_at and camera:
            self._by_camera[camera].append((_seconds(taken_at), relation))
        if phash:
            count = len(self._hashed)
            if count == len(self._numbers):
                self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)])
            self._numbers[count] = int(phash, 16)
            self._hashed.append((relation, path))

    def related(self, picture: Measured, path: Path, *, video: str | None = None) -> list[Relation]:
        """The groups a new picture belongs to, the strongest bond first, each once."""
        found: list[Relation] = []
        if picture.sha256 in self._by_sha:
            found.append(self._by_sha[picture.sha256])
        if video and video in self._by_video:
            found.append(_because(self._by_video[video], "same video"))
        if picture.taken_at and picture.camera:
            moment = _seconds(picture.taken_at)
            found += [
                _because(relation, "same burst")
                for at, relation in self._by_camera.get(picture.camera, [])
                if abs(at - moment) <= BURST_S
            ]
        groups = {relation.group_id for relation in found}
        self._look.remember(path, picture.small)
        for relation, other, turned in self._candidates(picture.phash):
            if relation.group_id not in groups and self._look.same(path, other, turned=turned):
                found.append(_because(relation, "near-duplicate"))
                groups.add(relation.group_id)
        return list({relation.group_id: relation for relation in reversed(found)}.values())[::-1]

    def _candidates(self, phash: str) -> list[tuple[Relation, Path, bool]]:
        """The nearest pictures by their hashes, one of each group."""
        if not phash or not self._hashed:
            return []
        known = self._numbers[: len(self._hashed)]
        one = np.uint64(int(phash, 16))
        straight = np.bitwise_count(known ^ one)
        turned = np.bitwise_count(known ^ mirrored(one))
        bits = np.minimum(straight, turned)
        near = np.flatnonzero(bits <= bits_for(len(known)))
        result: dict[str, tuple[Relation, Path, bool]] = {}
        for row in near[np.argsort(bits[near], kind="stable")].tolist():
            relation, path = self._hashed[row]
            if relation.group_id not in result:
                result[relation.group_id] = (relation, path, bool(turned[row] < straight[row]))
                if len(result) == _LOOKS:
                    break
        return list(result.values())


def known_groups(rows: list[dict[str, Any]], root: Path) -> Groups:
    """The groups of a project's pictures, from the rows of its `images` table."""
    groups = Groups()
    for row in rows:
        relation = Relation(row["group_id"], row["image_id"], "same file")
        name = str(PurePosixPath(row["image_id"]).with_suffix(""))
        groups.add(
            relation,
            root / row["path"],
            sha256=row["sha256"],
            phash=row.get("phash"),
            video=video_of(name),
            taken_at=row.get("taken_at"),
            camera=row.get("camera"),
        )
    return groups


def _because(relation: Relation, why: str) -> Relation:
    return Relation(relation.group_id, relation.image_id, why)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
