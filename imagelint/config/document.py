"""A configuration file in plain data that knows where everything stands: by line in YAML, by key in TOML."""

from __future__ import annotations

from typing import Any, ClassVar

from imagelint.errors import UsageError
from imagelint.record import record

MAX_BYTES = 1 << 20
"""A configuration is a page, not a book."""
Way = tuple[str | int, ...]
"""From the top of a document to a value: keys, and numbers of a list's items."""


@record
class Document:
    """`data` is what the file says. `root` is YAML's node of it, None for TOML; `above` the keys above it in TOML."""

    path: str
    data: Any
    root: Any = None
    above: str = ""

    def at(self, way: Way) -> str:
        """`FILE:LINE` of a key or an item, or `FILE: key.path[number]`, both counted from 1."""
        if self.root is not None:
            return f"{self.path}:{self._line(way)}"
        name = self.above + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in way)
        return f"{self.path}: {name.strip('.')}" if name else self.path

    def mistake(self, way: Way, text: str) -> UsageError:
        """The error that says what is wrong there."""
        return UsageError(f"{self.at(way)}: {text}")

    def _line(self, way: Way) -> int:
        node, line = self.root, self.root.start_mark.line
        for part in way:
            if node.id == "mapping":
                pair = next((pair for pair in node.value if str(pair[0].value) == str(part)), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line, pair[1]
            elif node.id == "sequence" and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1


def load(path: str, *, required: bool) -> Document | None:
    """Read a file; None for a pyproject.toml with nothing for us in it that is not required."""
    data = _bytes(path)
    if not path.endswith(".toml"):
        return _yaml(path, data)
    if b"imagelint" not in data and not required:
        return None
    document = _toml(path, data)
    if document is None:
        if required:
            raise UsageError(f"{path}: there is no [tool.imagelint] in it")
        return None
    return Document(path, document, None, "tool.imagelint")


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot read the configuration: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}: a configuration over {MAX_BYTES >> 20} MiB is not read")
    return data


def _toml(path: str, data: bytes) -> object:
    import tomllib

    try:
        return tomllib.loads(data.decode()).get("tool", {}).get("imagelint")
    except (ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None


def _yaml(path: str, data: bytes) -> Document:
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # whichever there is
        """Leaves a day as it is written, since an impossible one would be an error without a place."""

        yaml_implicit_resolvers: ClassVar = {
            first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        loader = Loader(data)
        root = loader.get_single_node()
        if root is None:
            return Document(path, {})
        document = Document(path, None, root)
        _no_key_twice(document, root)
        document.data = loader.construct_document(root) or {}
        return document
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(
            f"{path}{where}: not valid YAML: {getattr(error, 'problem', None) or 'cannot be read'}"
        ) from None


def _no_key_twice(document: Document, root: Any) -> None:
    """UsageError for a key that stands twice in one mapping: YAML forbids it, and PyYAML keeps the last in silence."""
    seen, stack = {id(root)}, [root]
    while stack:
        node = stack.pop()
        inner = [part for pair in node.value for part in pair] if node.id == "mapping" else node.value
        if node.id == "mapping":
            keys: set[str] = set()
            for key, _ in node.value:
                if key.id == "scalar" and key.value in keys and key.value != "<<":
                    raise UsageError(f"{document.path}:{key.start_mark.line + 1}: the key {key.value!r} stands twice")
                keys.add(key.value if key.id == "scalar" else "")
        if node.id != "scalar":
            fresh = [part for part in inner if id(part) not in seen]
            seen.update(map(id, fresh))
            stack += fresh
