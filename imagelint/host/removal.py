"""The commands that remove what nobody needs. They are shown, and never run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from imagelint.engine.amounts import in_words
from imagelint.host.sizes import Sizes
from imagelint.host.stored import SHORT, Stored
from imagelint.record import record

_MOST = 20
"""Containers that a command names."""


@record
class Removal:
    """One command, and what it frees where those ahead of it were run."""

    command: str
    why: str
    frees: int

    @property
    def frees_text(self) -> str:
        """The bytes in words."""
        return in_words(self.frees)


def command(kind: str, image: Stored) -> str:
    """What removes an image: all its names, since an engine refuses an id that several repositories have."""
    repositories = {tag.rpartition(":")[0] for tag in image.tags}
    names = [*image.tags, *(name for name in image.repositories if name.partition("@")[0] not in repositories)]
    end = ["--"] if any(name.startswith("-") for name in names) else []  # no engine has such a name
    return shlex.join([kind, "rmi", *end, *(names if len(names) > 1 or image.tags else [image.id[:SHORT]])])


def removals(kind: str, images: Sequence[Stored], sizes: Sizes) -> list[Removal]:
    """Of every image that no container needs and no other is built on: those that lost their names first, then those
    that never had one, then those that are only not used."""
    left = [image for image in images if not image.used and (not image.builds or not image.tags)]
    left.sort(key=lambda image: (not image.superseded, not image.dangling, -image.frees, image.name))
    freed = sizes.in_turn(left)
    return [Removal(command(kind, image), _why(image), bytes_) for image, bytes_ in zip(left, freed, strict=True)]


def _why(image: Stored) -> str:
    why = f"was {image.was}" if image.superseded else "has no name" if image.dangling else "no container uses it"
    return why + (f", holds {image.secrets_text}" if image.secrets else "")


def remedy(kind: str, image: Stored) -> list[tuple[str, bool]]:
    """How to be rid of an image, as pieces: (text, it comes from the engine)."""
    remove = command(kind, image)
    if image.running:
        ahead = "Make the container anew" if len(image.running) == 1 else "Make the containers anew"
        of = [(" of ", False), (image.was.partition(" ")[0], True)] if image.superseded else []
        return [(ahead, False), *of, (", and then: ", False), (remove, True)]
    if image.stopped:
        gone = shlex.join([kind, "rm", *image.stopped[:_MOST]])
        return [("Where nobody needs what they hold: ", False), (gone, True), (" and then: ", False), (remove, True)]
    return [(remove, True), (f" frees {image.frees_text}", False)]
