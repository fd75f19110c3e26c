"""Files in INI and YAML as detect-secrets wants to see them: `name = "value"`, line by line, by its own transformers.

They are made for one's own files. Of a stranger's, those are left as they are for which a transformer would not end:
the lines are then judged as they stand, and the room says so.
"""

from __future__ import annotations

import io
from typing import Any, cast

from imagelint.lazy import Lazy
from imagelint.secrets.second_opinion import without_requests

YAML_COST = 50
"""Characters of any other file that are read in the time of one of YAML, in pure Python."""
_NODES = 200_000
"""Nodes of a YAML document with its aliases written out."""
_DEPTH = 100
"""Levels of one: PyYAML recurses for each."""
_REFERENCES = 24
"""`%(name)s` in an INI file: each may refer to others, ten levels deep."""
_DEFAULTS = 1_000_000
"""Sections times lines of an INI file with defaults, which count in each section."""
_BLANKS = Lazy(r"[^\S\n]{100,}")
"""configparser's expression for an option is quadratic in blanks, four of which in a row cost what a character does."""
_SECTION = Lazy(r"^\[", 8)


class Room:
    """What plugins may still cost, in characters looked at."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.cut = ""
        """Why something was not looked at, or not by its grammar."""

    def take(self, count: int) -> bool:
        """Whether there is room for so many more."""
        self.left -= count
        if self.left < 0:
            self.cut = "too much configuration for detect-secrets' plugins; our own rules alone looked at the rest"
        return self.left >= 0


class File(io.StringIO):
    """A text as an open file with its name; line ends are those of `open`."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, newline=None)
        self.name = name


def lines(file: File, eager: bool, room: Room) -> list[str] | None:
    """The lines that a transformer makes of a file, or None: there is none for it, or it gives up."""
    with without_requests():
        from detect_secrets.transformers import get_transformed_file
        from detect_secrets.util.filetype import FileType, determine_file_type

    text = file.getvalue()
    if not room.take(sum(len(run) ** 2 for run in _BLANKS.findall(text)) >> 3):
        return None
    if not _ini_ends(text):
        room.cut = "configuration that would take too long to read; its lines were judged as they stand"
        return None
    yaml = not eager and determine_file_type(file.name) == FileType.YAML
    if yaml and not (room.take(YAML_COST * len(text)) and _yaml_ends(text)):
        room.cut = room.cut or "YAML that would take too long to read; its lines were judged as they stand"
        return None
    made: list[str] | None
    file.seek(0)
    try:
        made = get_transformed_file(cast(Any, file), use_eager_transformers=eager)
    except Exception:  # whatever a strange document makes PyYAML raise: its lines are judged as they stand
        made = None
    file.seek(0)
    return made


def _ini_ends(text: str) -> bool:
    if text.count("%(") > _REFERENCES:
        return False
    return "[DEFAULT]" not in text or len(_SECTION.findall(text)) * text.count("\n") <= _DEFAULTS


def _yaml_ends(text: str) -> bool:
    """Whether a document is small and flat, aliases written out; who cannot be parsed is refused by PyYAML too."""
    if "&" not in text and "[" not in text and "{" not in text:
        return True
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    total = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                total += sizes.get(event.anchor or "", _NODES + 1)
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, before = open_.pop()
                if anchor is not None:
                    sizes[anchor] = total - before
            elif isinstance(event, yaml.NodeEvent):
                total += 1
                if isinstance(event, yaml.CollectionStartEvent):
                    open_.append((event.anchor, total - 1))
                elif event.anchor is not None:
                    sizes[event.anchor] = 1
            if total > _NODES or len(open_) > _DEPTH:
                return False
    except yaml.YAMLError:
        return "&" not in text
    return True
