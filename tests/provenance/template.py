"""Dockerfiles that know the line of each of their instructions, because their author said where they begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from imagelint.engine.shapes import expand

BEGINS, GOES_ON = "> ", "|"
RULES = {
    "{ssh}": ("22", "ssh-port-in-image"),
    "{root}": ("root", "image-runs-as-root"),
    "{socket}": ("/var/run/docker.sock", "engine-socket-volume"),
    "{path}": ("PATH=/bin:/tmp", "search-path-in-image"),
}
"""What stands for a configuration value that a rule of ours finds, the value, and the rule."""
NOBODY = 0
"""The instruction stands in the file that is shown, and made nothing that was built."""


class Span(NamedTuple):
    """Where an instruction stands; lines and columns count from 1."""

    line: int
    column: int
    end_line: int


class Block(NamedTuple):
    """Lines of a Dockerfile: one instruction under its identity, the line on which it stood when it was built, or what
    stands between instructions (None)."""

    identity: int | None
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile as it was built, or as somebody changed it since; its instructions keep their identity."""

    name: str
    """One small letter, which its marks carry."""
    blocks: tuple[Block, ...]
    counted: tuple[int, ...] = ()
    """The instructions that append to the file of `{count}`, in order."""
    ruled: Mapping[str, int] = field(default_factory=dict)
    """The instruction whose value each rule finds; the last one wins, as it does in a build."""
    ending: str = "\n"

    @cached_property
    def text(self) -> str:
        """What the file holds."""
        return "".join(line + self.ending for block in self.blocks for line in block.lines)

    @cached_property
    def spans(self) -> dict[int, Span]:
        """Where each instruction that was built stands in this text."""
        found, line = {}, 1
        for identity, lines in self.blocks:
            if identity:
                column = len(lines[0]) - len(lines[0].lstrip()) + 1
                found[identity] = Span(line, column, line + len(lines) - 1)
            line += len(lines)
        return found

    @cached_property
    def secrets(self) -> dict[str, int]:
        """The token of each instruction that has one."""
        made = {_secret(self.name, identity): identity for identity in self.identities}
        return {value: identity for value, identity in made.items() if value in self.text}

    @property
    def identities(self) -> list[int]:
        """Of all instructions, in order."""
        return [block.identity for block in self.blocks if block.identity]

    def after(self, at: int, *lines: str) -> Dockerfile:
        """With lines that are no instruction behind the instruction of that place, FROM being 0."""
        return self._put(at, lambda block: (block, Block(None, lines)))

    def more(self, at: int, *lines: str) -> Dockerfile:
        """With an instruction behind it that made nothing of the image."""
        return self._put(at, lambda block: (block, Block(NOBODY, lines)))

    def ahead(self, *lines: str) -> Dockerfile:
        """With instructions ahead of everything, a line each, that made nothing of the image."""
        return replace(self, blocks=(*(Block(NOBODY, (line,)) for line in lines), *self.blocks))

    def without(self, at: int) -> Dockerfile:
        """An instruction is gone."""
        return self._put(at, lambda block: ())

    def instead(self, at: int, *lines: str) -> Dockerfile:
        """Another instruction stands in its place, which made nothing of the image."""
        return self._put(at, lambda block: (Block(NOBODY, lines),))

    def rewritten(self, at: int, *lines: str) -> Dockerfile:
        """It says something else, makes the same mark, and is to be built."""
        return self._put(at, lambda block: (block._replace(lines=lines),))

    def forgotten(self, at: int) -> Dockerfile:
        """What it says made nothing of the image: another text did."""
        return self._put(at, lambda block: (block._replace(identity=NOBODY),))

    def doubled(self, at: int) -> Dockerfile:
        """It stands there twice, and nobody can say which of the two made what there is."""
        return self._put(at, lambda block: (block._replace(identity=NOBODY),) * 2)

    def swapped(self, first: int, second: int) -> Dockerfile:
        """Two instructions have changed places."""
        blocks, places = list(self.blocks), self._places()
        one, other = places[first], places[second]
        blocks[one], blocks[other] = blocks[other], blocks[one]
        return replace(self, blocks=tuple(blocks))

    def _put(self, at: int, made: Callable[[Block], tuple[Block, ...]]) -> Dockerfile:
        place = self._places()[at]
        return replace(self, blocks=(*self.blocks[:place], *made(self.blocks[place]), *self.blocks[place + 1 :]))

    def _places(self) -> list[int]:
        return [place for place, block in enumerate(self.blocks) if block.identity is not None]


def write(name: str, template: str, names: Mapping[str, str] | None = None, ending: str = "\n") -> Dockerfile:
    """The Dockerfile of a template; `names` fills other placeholders, such as the tag of a parent."""
    blocks: list[Block] = []
    counted = []
    ruled = {}
    for number, line in enumerate(template.removesuffix("\n").split("\n"), 1):
        if line.startswith(BEGINS):
            blocks.append(Block(number, (line[len(BEGINS) :],)))
        elif line.startswith(GOES_ON):
            identity, lines = blocks.pop()
            assert identity, f"line {number} goes on, and no instruction began"
            blocks.append(Block(identity, (*lines, line[len(BEGINS) :])))
        else:
            blocks.append(Block(None, (line,)))
    filled = []
    for identity, lines in blocks:
        text = "\n".join(lines)
        if identity:
            if "{count}" in text:
                counted.append(identity)
            for placeholder, (value, rule) in RULES.items():
                if placeholder in text:
                    ruled[rule] = identity
                    text = text.replace(placeholder, value)
            text = text.replace("{mark}", f"mark_{name}_{identity}").replace("{line}", str(identity))
            text = text.replace("{secret}", _secret(name, identity)).replace("{count}", f"count_{name}")
        for key, value in (names or {}).items():
            text = text.replace("{" + key + "}", value)
        filled.append(Block(identity, tuple(text.split("\n"))))
    return Dockerfile(name, tuple(filled), tuple(counted), ruled, ending)


def _secret(name: str, identity: int) -> str:
    return expand("ghp_{base62:30}{crc32}", f"provenance {name} {identity}")
