"""Bytes that nobody needs -> subjects with facts, as subjects.py has the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from posixpath import commonpath

from imagelint.engine.amounts import in_words
from imagelint.image.leftovers import BUILD, CACHE, DOCUMENTATION, LOCALES, Useless, is_slim
from imagelint.image.result import LayerResult
from imagelint.image.subjects import ImageSubject, Subject
from imagelint.image.trail import Trails
from imagelint.image.waste import UNSEEN, Piece, pieces
from imagelint.record import once

LARGE = 10_000_000
"""Bytes from which on a file, or what was deleted at once, is told by itself."""
ALONE = 20
"""So many of one layer and one reason."""
MOST = 10_000
"""Subjects of one image, at some 20 us each, the largest first."""
TOGETHER = (BUILD, DOCUMENTATION, LOCALES)
"""What lies in many places and is told as one."""
METADATA = "metadata"
_MODES = re.compile(r"(?:chmod|chown|chgrp|setfacl)\s[^&|<>()`]*\Z")
_AHEAD = re.compile(
    r"(?:#\(nop\) +)?(?:RUN +)?(?:--\S+ +)*(?:\|\d+ +(?:\w+=\S* +)*)?(?:/\S*sh(?: +-?\w+)*? +-\w*c +)?"
    r"(?:set +-\w+(?: +pipefail)? *(?:;|&&) *)?"
)
"""What builders write ahead of the commands that a RUN runs."""
_BEHIND = re.compile(r"\s*# buildkit\s*\Z")


Mask = Callable[[str], str]
"""A text of the image with its secrets masked."""


class WasteSubject(Subject):
    """Files of one layer that are of no use for one reason."""

    kind = "waste"

    def __init__(
        self,
        image: ImageSubject,
        piece: Piece,
        paths: Sequence[bytes],
        trails: Trails,
        mask: Mask,
        *,
        slim: bool,
        stored: bool,
    ) -> None:
        """`paths` are those that the piece's own was cut from, if it was. `stored`: the layer is stored without
        compression, so what a pull transmits of it is less, and not known."""
        self._paths, self._mask = paths, mask
        self._upto = "up to " if stored else ""
        self.image, self.piece, self.slim = image, piece, slim
        self.layer, self.files, self.bytes = piece.layer, piece.files, piece.size
        self.gone = piece.kind in UNSEEN
        self.by = piece.by if self.gone else -1
        self.origin = trails.origin(self.layer, -1)
        self.taken_by = trails.origin(self.by, -1) if self.gone else ""
        self.category = piece.kind
        if piece.kind == "overwritten" and only_modes(trails.layer(self.by).created_by or ""):
            self.category = METADATA  # content was not compared, but no such program writes any

    @property
    def status(self) -> str:
        """As findings have it."""
        if self.category == METADATA:
            return "overwritten"
        return self.category if self.gone else "present"

    @once
    def shown(self) -> str:
        """As a place in the layer. Masked ahead of the cut, since half a secret would not be known for one."""
        whole = [self._mask(path.decode("utf-8", "surrogateescape")) for path in self._paths]
        return (commonpath(whole) if whole else self.piece.path.decode("utf-8", "surrogateescape")) or "/"

    @once
    def path(self) -> str:
        return self.shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @property
    def cache(self) -> str:
        """The path, where it is a package manager's cache; otherwise empty."""
        return self.shown if self.category == CACHE else ""

    @once
    def what(self) -> str:
        if self.files == 1:
            return f"{self.path} ({self.size_text})"
        largest = self.piece.largest.decode("utf-8", "replace")
        more = f", the largest {largest}" if largest else ""
        return f"{self.files} files below {self.path} ({self.size_text}{more})"

    @once
    def size_text(self) -> str:
        return in_words(self.bytes)

    @once
    def saved_text(self) -> str:
        return self._upto + in_words(self.piece.compressed)


Told = tuple[Piece, list[bytes]]
"""A piece of waste as a reader would tell it, and the paths that its own is cut from."""


def waste(
    image: ImageSubject,
    layers: Sequence[LayerResult],
    told: Iterable[Told],
    trails: Trails,
    base: str,
    mask: Mask,
) -> list[WasteSubject]:
    """What was `told` of the layers of an image, in an order that the next build keeps. `base` is the base image's
    name, empty where it is not known."""
    slim = is_slim(base or image.name, layers)
    found = sorted(told, key=lambda one: -one[0].size)[:MOST]
    found.sort(key=lambda one: (one[0].kind, one[0].path, one[0].layer, one[0].by))
    stored = {layer.index for layer in layers if layer.ledger is not None and not len(layer.ledger.steps)}
    return [
        WasteSubject(image, piece, paths, trails, mask, slim=slim, stored=piece.layer in stored)
        for piece, paths in found
    ]


def as_told(layers: Sequence[LayerResult]) -> list[Told]:
    """The pieces of layers, told together where a reader would."""
    useless = Useless(layers, compiled=False)
    groups: dict[tuple[str, int, int, bytes], list[Piece]] = {}
    alone: Counter[tuple[str, int, int]] = Counter()
    for piece in pieces(layers, useless.among):
        gone = piece.kind in UNSEEN
        together = gone or piece.kind in TOGETHER
        root = b"" if together else useless.root(piece.path)
        cause = (piece.kind, piece.layer, piece.by if gone else -1)
        if gone and piece.size >= LARGE and alone[cause] < ALONE:
            alone[cause] += 1
            root = piece.path
        groups.setdefault((*cause, root), []).append(piece)
    return [_joined(group, root) for (*_, root), group in groups.items()]


def _joined(group: Sequence[Piece], root: bytes) -> Told:
    """Pieces as one, which lie in the root, where there is one."""
    first = max(group, key=lambda piece: piece.size)
    paths = [path for piece in group for path in (piece.path, piece.largest) if path] if not root else []
    path = root or commonpath([piece.path for piece in group])
    piece = Piece(
        first.kind,
        first.layer,
        first.by,
        path,
        sum(piece.files for piece in group),
        sum(piece.size for piece in group),
        sum(piece.compressed for piece in group),
        b"" if root else first.largest or first.path,
    )
    return piece, paths


def only_modes(created_by: str) -> bool:
    """Whether all that a history entry ran are programs that change modes and owners."""
    ahead = _AHEAD.match(created_by)
    text = _BEHIND.sub("", created_by[ahead.end() if ahead else 0 :])
    commands = [command.strip() for command in re.split(r"&&|;|\n", text) if command.strip()]
    return bool(commands) and all(map(_MODES.match, commands))
