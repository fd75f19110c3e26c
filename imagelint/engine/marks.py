"""A YAML file read with the place of everything in it, and the mistakes found there.

Values are taken from the file as written, by the type a key must have, so that YAML 1.1's `on` and `off` stay words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from imagelint.errors import nearest

_CORE = "tag:yaml.org,2002:"


class Source:
    """A rule file, and what is wrong with it. Lines and columns are counted from 1, columns in code points."""

    def __init__(self, path: str, text: str, mistakes: list[str]) -> None:
        self.path, self.text, self.mistakes = path, text, mistakes
        self.lines = [*text.split("\n"), ""]

    def mistake(self, line: int, column: int, text: str) -> None:
        """Note `path:line:column: text`, the line itself and a caret below it."""
        shown = self.lines[line - 1].replace("\t", " ").rstrip("\r") if line <= len(self.lines) else ""
        self.mistakes.append(f"{self.path}:{line}:{column}: {text}\n{line:5} | {shown}\n      | {' ' * (column - 1)}^")

    def at(self, node: Any, text: str) -> None:
        """Note a mistake at the start of a node."""
        self.mistake(node.start_mark.line + 1, node.start_mark.column + 1, text)


def compose(source: Source) -> Mapping | None:
    """The file's mapping, or None when it is none or no YAML (then the mistakes say so)."""
    import yaml  # heavy: only when a run needs it

    loader: Any = None
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source.text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            source.mistake(1, 1, "a rule file is a mapping of keys to values")
        elif _plain(source, node):
            return Mapping(source, node, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else _offset(source.text, getattr(error, "position", 0))
        hint = ""
        if re.match(r"\s*when:\s*[^\s|]", source.lines[line - 1]):
            hint = "; write the condition below `when: |`"
        source.mistake(
            line, column, f"{getattr(error, 'problem', None) or getattr(error, 'reason', None) or 'no YAML'}{hint}"
        )
    return None


def _offset(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _plain(source: Source, root: Any) -> bool:
    """Whether the tree has no key twice (PyYAML keeps the last in silence), no anchors and no tags of its own."""
    import yaml

    before, seen, stack = len(source.mistakes), set(), [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            source.at(node, "anchors and aliases are not for rule files: write it twice")
            continue
        seen.add(id(node))
        if not node.tag.startswith(_CORE):
            source.at(
                node,
                f"the tag {node.tag} is not for rule files; text that starts with ! belongs in quotes or below `|`",
            )
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    source.at(key, "a key is one word")
                    continue
                if key.value in keys:
                    source.at(key, f"the key {key.value!r} stands twice")
                keys.add(key.value)
                stack.append(value)
        elif isinstance(node, yaml.SequenceNode):
            stack += node.value
    return len(source.mistakes) == before


class Mapping:
    """A mapping node. Each reader notes what is wrong and gives a value of the right type all the same."""

    def __init__(self, source: Source, node: Any, loader: Any) -> None:
        self.source, self.node, self._loader = source, node, loader
        self.keys: dict[str, Any] = {key.value: key for key, _ in node.value}
        self.values: dict[str, Any] = {key.value: value for key, value in node.value}

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def close(self, allowed: Collection[str], required: Iterable[str] = ()) -> None:
        """Refuse every key that is not allowed, and the lack of those that are required."""
        for key, node in self.keys.items():
            if key not in allowed:
                self.source.at(node, f"no such key: {key}{nearest(key, allowed)}")
        for key in required:
            if key not in self.values:
                self.source.at(self.node, f"the key {key!r} is missing")

    def mistake(self, key: str, text: str) -> None:
        """Note a mistake at the value of a key."""
        self.source.at(self.values[key], text)

    def string(self, key: str, default: str = "") -> str:
        """A text that is not empty."""
        return self._scalar(key, default, "a text")

    def choice(self, key: str, choices: Collection[str], default: str = "") -> str:
        """One of a few words."""
        word = self.string(key, default)
        if key in self.values and word and word not in choices:
            self.mistake(key, f"{key} is one of {', '.join(choices)}{nearest(word, choices)}")
        return word if word in choices else default

    def integer(self, key: str, default: int = 0) -> int:
        """A whole number, 0 or more."""
        text = self._scalar(key, str(default), "a whole number")
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        if text:
            self.mistake(key, f"{key} is a whole number")
        return default

    def number(self, key: str, least: float, most: float) -> float:
        """A number between two others; `least` when the key is not there."""
        text = self._scalar(key, str(least), "a number")
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and least <= float(text) <= most:
            return float(text)
        if text:
            self.mistake(key, f"{key} is a number from {least:g} to {most:g}")
        return least

    def boolean(self, key: str) -> bool:
        """true or false; false when the key is not there."""
        return self.choice(key, ("true", "false"), "false") == "true"

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        node = self.values.get(key)
        if node is None:
            return ()
        items = node.value if node.id == "sequence" else [node]
        if not items or any(item.id != "scalar" or not item.value for item in items):
            self.mistake(key, f"{key} is a text or a list of texts")
            return ()
        return tuple(item.value for item in items)

    def mapping(self, key: str) -> Mapping | None:
        """A mapping inside this one."""
        node = self.values.get(key)
        if node is None:
            return None
        if node.id != "mapping":
            self.mistake(key, f"{key} is a mapping")
            return None
        return Mapping(self.source, node, self._loader)

    def mappings(self, key: str) -> list[Mapping]:
        """A list of mappings."""
        node = self.values.get(key)
        if node is None:
            return []
        if node.id != "sequence" or any(item.id != "mapping" for item in node.value):
            self.mistake(key, f"{key} is a list of mappings")
            return []
        return [Mapping(self.source, item, self._loader) for item in node.value]

    def free(self, key: str) -> Any:
        """Whatever stands there, as YAML has it."""
        import yaml

        try:
            return self._loader.construct_object(self.values[key], deep=True)
        except yaml.YAMLError as error:
            self.mistake(key, str(getattr(error, "problem", "") or "no plain data"))
            return None

    def _scalar(self, key: str, default: str, what: str) -> str:
        node = self.values.get(key)
        if node is None:
            return default
        if node.id != "scalar" or not node.value.strip():
            self.mistake(key, f"{key} is {what}")
            return ""
        return str(node.value)
