"""The examples of a rule file as things that can be scanned."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagelint.engine.rule import Rule
from imagelint.engine.shapes import expand
from tests.imagemaker import Recipe, docker_archive
from tests.rules.images import HOST

_SIZE = re.compile(r"\{size:(\d+)\}")
"""A file of an example that is as large as this, and empty."""


@dataclass
class Target:
    """A file that was written for an example."""

    path: Path
    bad: bool
    line: int
    """Where the finding must be; 0: anywhere."""
    fixed: str
    """The text after the rule's fix; empty when the example has none."""
    context: bool
    """Its folder is the build context."""
    registry: str
    """The registry that its images are in; empty when the example has none."""
    shown: str
    """What the example says, for the message of a test that fails."""


def write(rule: Rule, folder: Path, host: str = HOST) -> Iterator[Target]:
    """A Dockerfile, an image, a compose file or a script for each example; a secret is put into a layer's file, and
    into a Dockerfile too. `host` is that of the examples' registry."""
    for sort, examples in rule.examples.items():
        for number, example in enumerate(examples):
            name = f"{sort}-{number}"
            made = expanded(example, f"{rule.id} {name}")
            if "registry" in example:
                made = {key: str(text).replace(HOST, host) for key, text in made.items() if key != "line"}
                made["line"] = example.get("line", 0)
            fixed = made.get("fixed", "")
            for path, line in _write(rule, made, folder / name):
                yield Target(
                    path, sort == "bad", line, fixed, "files" in example, host * ("registry" in example), str(example)
                )


def _write(rule: Rule, example: dict[str, Any], folder: Path) -> Iterator[tuple[Path, int]]:
    folder.mkdir(parents=True)
    line = example.get("line", 0)
    if "image" in example:
        yield _image(example["image"], folder), 0
    elif "compose" in example or "script" in example:
        name = "compose.yaml" if "compose" in example else "run.sh"
        yield _file(folder / name, example.get("compose", example.get("script", ""))), line
    elif rule.kind == "secret":
        text = example.get("text", example.get("shape", ""))
        # Most examples are lines of a Dockerfile, and a file of that name may lie in an image too.
        name = example.get("path", "srv/x" + rule.paths[0] if rule.paths else "srv/Dockerfile")
        yield _image({"config": {"User": "app"}, "layers": [[{"path": name, "content": text + "\n"}]]}, folder), line
        if not rule.paths and "path" not in example:
            body = text.rstrip("\n")
            yield (
                _file(folder / "Dockerfile", f"FROM debian:12\nCOPY <<'EOF' /srv/example\n{body}\nEOF\n"),
                line and line + 2,
            )
    else:
        for name, text in example.get("files", {}).items():
            path = folder / name.removesuffix("*")
            path.parent.mkdir(parents=True, exist_ok=True)
            _file(path, "" if (size := _SIZE.fullmatch(text)) else text).chmod(0o755 if name.endswith("*") else 0o644)
            if size:
                os.truncate(path, int(size[1]))
        yield _file(folder / "Dockerfile", example["text"]), line


def _file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _image(image: dict[str, Any], folder: Path) -> Path:
    layers = [[_entry(entry) for entry in layer] for layer in image.get("layers", [])]
    return docker_archive(folder / "image.tar", Recipe(layers, image.get("config", {}), image.get("history")))


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    made, mode = dict(entry), entry.get("mode")
    if isinstance(mode, str):
        made["mode"] = int(mode, 8)
    if size := _SIZE.fullmatch(entry.get("content", "")):
        made["content"] = bytes(int(size[1]))
    return made


def expanded(value: Any, seed: str) -> Any:
    """Plain data with every shape in its texts expanded."""
    if isinstance(value, str):
        return expand(value, seed)
    if isinstance(value, dict):
        return {key: expanded(item, seed) for key, item in value.items()}
    return [expanded(item, seed) for item in value] if isinstance(value, list) else value
