"""YAML as compose files have it: nodes that know where they stand, with merges, aliases and variables resolved.

Documents are composed and never constructed, so that tags make nothing. An alias is the node that it names, and only
what a reader asks for is walked: a bomb of aliases costs nothing until somebody reads it, and then `MOST` entries.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from imagelint.containers.interpolate import fill
from imagelint.dockerfile.model import Span
from imagelint.record import field, record

MOST = 100_000
"""Entries of mappings and lists that are read of one file, aliases counted each time."""
MOST_NESTED = 100
"""Mappings that merge mappings that merge mappings, and settings inside settings that are merged."""
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
Entries = dict[str, tuple[Any, Any]]
"""The nodes of key and value, by key."""


class TooMuch(Exception):
    """More entries than MOST."""


class Wrong(Exception):
    """No YAML, with the line and the reason."""


class _Text(io.StringIO):
    name = ""


@record
class Yaml:
    """A file's documents. `known` has the variables; `notes` takes what has the wrong type, one line each."""

    path: str
    documents: list[Any]
    known: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left: int = MOST
    _flat: dict[int, Entries] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def entries(self, node: Any, what: str = "") -> Entries:
        """The entries of a mapping, merged ones too, of which one's own come first; empty for what is none. `what`
        is named where it has another type."""
        if node is None or node.id != "mapping":
            self._mistake(node, what, "a mapping")
            return {}
        key = id(node)
        if key in self._flat:
            return self._flat[key]
        if key in self._open:
            return {}  # a mapping that merges itself
        if len(self._open) > MOST_NESTED:
            raise TooMuch
        self._open.add(key)
        merged: Entries = {}
        own: Entries = {}
        for name, value in node.value:
            self.take()
            if name.tag == _MERGE:
                for base in value.value if value.id == "sequence" else [value]:
                    for word, pair in self.entries(base, "what << merges").items():
                        self.take()
                        merged.setdefault(word, pair)
            elif name.id == "scalar":
                own[name.value] = (name, value)
        self._open.discard(key)
        self._flat[key] = flat = {**merged, **own}
        return flat

    def items(self, node: Any, what: str = "") -> list[Any]:
        """The items of a list; a scalar is a list of one, and nothing is none."""
        if node is None or self.is_null(node):
            return []
        if node.id == "mapping":
            self._mistake(node, what, "a list")
            return []
        found = node.value if node.id == "sequence" else [node]
        self.take(len(found))
        return list(found)

    def text(self, node: Any, what: str = "") -> str:
        """The text of a scalar, variables filled in; empty for nothing."""
        if node is None or self.is_null(node):
            return ""
        if node.id != "scalar":
            self._mistake(node, what, "one value")
            return ""
        return fill(str(node.value), self.known)

    def pairs(self, node: Any, what: str = "") -> Iterator[tuple[str, str | None, Any]]:
        """NAME and value of a mapping or of a list of NAME=VALUE, and the node of the value or of the item. None for a
        value that comes from elsewhere."""
        if node is None or self.is_null(node):
            return
        if node.id == "mapping":
            for name, (_, value) in self.entries(node).items():
                yield name, None if self.is_null(value) else self.text(value, f"{what} {name}"), value
            return
        for item in self.items(node, what):
            if item.id == "mapping":  # of a base that is merged, or a slip
                for name, (_, value) in self.entries(item).items():
                    yield name, self.text(value, f"{what} {name}"), value
            elif item.id == "sequence":
                for inner in self.items(item):
                    yield from self._pair(inner, what)
            else:
                yield from self._pair(item, what)

    def _pair(self, item: Any, what: str) -> Iterator[tuple[str, str | None, Any]]:
        name, equals, value = self.text(item, what).partition("=")
        yield name.strip(), value if equals else None, item

    def merged(self, base: Any, over: Any, depth: int = 0) -> Any:
        """Two nodes as `extends` and further documents merge them: mappings by key, lists one behind the other."""
        if base.id == over.id == "mapping" and depth < MOST_NESTED:
            values = dict(self.entries(base))
            for name, (key, value) in self.entries(over).items():
                self.take()
                there = values.get(name)
                keep = there is not None and name not in REPLACED and value.tag not in ("!override", "!reset")
                values[name] = (key, self.merged(there[1], value, depth + 1) if keep and there else value)
            return type(over)(over.tag, list(values.values()), over.start_mark, over.end_mark)
        if base.id == over.id == "sequence":
            self.take(len(base.value) + len(over.value))
            return type(over)(over.tag, [*base.value, *over.value], over.start_mark, over.end_mark)
        if {base.id, over.id} == {"mapping", "sequence"}:
            kind = type(base if base.id == "sequence" else over)
            return kind("tag:yaml.org,2002:seq", [base, over], over.start_mark, over.end_mark)
        return over

    @staticmethod
    def is_null(node: Any) -> bool:
        """Nothing stands there, or `!reset` takes it away."""
        return node.id == "scalar" and (node.tag in (_NULL, "!reset") or (not node.value and not node.style))

    def take(self, number: int = 1) -> None:
        """Count what is read; TooMuch where there is no end to it."""
        self.left -= number
        if self.left < 0:
            raise TooMuch

    def _mistake(self, node: Any, what: str, wanted: str) -> None:
        if what and node is not None and not self.is_null(node):
            self.notes.append(f"line {node.start_mark.line + 1}: {what} is not {wanted}, and was not looked at")


def compose(path: str, text: str, known: Mapping[str, str]) -> Yaml:
    """The documents of a file; raises Wrong."""
    import yaml  # heavy: only when a run needs it

    stream = _Text(text)
    stream.name = path
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        documents = list(yaml.compose_all(stream, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise Wrong(f"line {line}: it is no YAML: {why}") from None
    except RecursionError:
        raise Wrong("its YAML nests too deeply") from None
    return Yaml(path, documents, known)


def span(node: Any) -> Span:
    """The place of a node; of a block as far as its first line, of a text in several lines all of it."""
    start, end = node.start_mark, node.end_mark
    if end.line > start.line and (node.id != "scalar" or not end.column):
        return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 1)
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


REPLACED = frozenset("command entrypoint test extends depends_on".split())
"""Keys whose value takes the place of the other one (https://docs.docker.com/reference/compose-file/merge/)."""
