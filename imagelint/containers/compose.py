"""Compose files: their services as containers, with the files below their folder that they name.

https://docs.docker.com/reference/compose-file/: services, deploy, build, extends, include, merge, fragments. What a
service's `extends` takes from another file is told at the line of `extends`; an included file has findings of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from imagelint.containers.below import MOST_BYTES, Folder
from imagelint.containers.derive import derive
from imagelint.containers.described import Described, Value, decode, described
from imagelint.containers.interpolate import environment
from imagelint.containers.nodes import TooMuch, Wrong, Yaml, compose, span
from imagelint.containers.service import container
from imagelint.dockerfile.model import Span

MOST_FILES = 50
"""Files that a compose file includes, extends from or takes variables from."""
MOST_NOTES = 10
"""Slips that are told of one file."""
MOST_EXTENDED = 50
"""Services that extend services that extend services."""
Told = list[tuple[str, str]]
"""(place, reason)"""


def read(path: str, data: bytes, incomplete: Told, limited: Told) -> Iterator[Described]:
    """The file itself, and those that it includes or takes variables from. `incomplete` takes what was not read,
    `limited` what was left aside."""
    project = _Project(Folder(os.path.dirname(path)), incomplete, limited)
    yield from project.file(path, decode(data))
    for place, source in project.env_files.items():
        yield _env_file(place, source)


class _Project:
    """A compose file and what it names."""

    def __init__(self, folder: Folder, incomplete: Told, limited: Told) -> None:
        self.folder, self.incomplete, self.limited = folder, incomplete, limited
        self.env_files: dict[str, str] = {}
        self._loaded: dict[str, Yaml | None] = {}
        self._seen: set[str] = set()
        self._binds: dict[str, str] = {}
        self._files = 0

    def file(self, path: str, source: str) -> Iterator[Described]:
        """One file, and those that it includes."""
        self._seen.add(path)
        yaml = self._compose(path, source)
        if yaml is None:
            return
        file = described(path, source, "compose")
        included: list[str] = []
        try:
            services = _services(yaml)
            included = self._included(yaml)
            self._binds = _binds(yaml)
            if wrong := _no_services(yaml):
                self.incomplete.append((path, wrong))
            elif not services and not included:
                yaml.notes.append("there are no services in it")
            for number, (name, (key, node)) in enumerate(services.items()):
                self._service(name, key, node, services, yaml, file, number)
        except TooMuch:
            self.incomplete.append((path, "its aliases and merges have no end; the rest was not looked at"))
        file.limited += [(path, note) for note in dict.fromkeys(yaml.notes[:MOST_NOTES])]
        yield file
        for place in included:
            if place not in self._seen and (text := self._text(place, required=True)) is not None:
                yield from self.file(place, text)

    def _compose(self, path: str, source: str) -> Yaml | None:
        """A file's documents; None, told, for what is no YAML."""
        if len(source) > MOST_BYTES:
            self.incomplete.append((path, f"has over {MOST_BYTES >> 20} MiB, and was not read"))
            return None
        base = os.path.dirname(path)
        env = self.folder.read(f"{base}/.env" if base else ".env")
        known = environment(decode(env)) if isinstance(env, bytes) else {}
        try:
            return compose(path, source, known)
        except Wrong as error:
            self.incomplete.append((path, str(error)))
            return None

    def _text(self, path: str, required: bool) -> str | None:
        self._files += 1
        if self._files > MOST_FILES:
            if self._files == MOST_FILES + 1:
                self.incomplete.append((path, f"more than {MOST_FILES} files are named; the rest was not read"))
            return None
        data = self.folder.read(path)
        if isinstance(data, bytes):
            return decode(data)
        if isinstance(data, str):
            (self.limited if "outside" in data else self.incomplete).append((path, data))
        elif required:
            self.incomplete.append((path, "there is no such file, and a compose file names it"))
        return None

    def _named(self, yaml: Yaml, text: str) -> str:
        """The path of a file that a file names; empty where a variable says it, or for what is no file of a folder."""
        if not text or "$" in text or "://" in text:
            return ""
        return os.path.normpath(os.path.join(os.path.dirname(yaml.path), text)).replace(os.sep, "/")

    def _included(self, yaml: Yaml) -> list[str]:
        found: list[str] = []
        for document in yaml.documents:
            entry = yaml.entries(document).get("include")
            for item in yaml.items(entry[1], "include") if entry else ():
                path = yaml.entries(item).get("path") if item.id == "mapping" else (item, item)
                found += (self._named(yaml, yaml.text(one)) for one in (yaml.items(path[1]) if path else ()))
        return [place for place in found if place]

    def _service(
        self, name: str, key: Any, node: Any, services: dict[str, tuple[Any, Any]], yaml: Yaml, file: Described, at: int
    ) -> None:
        if node.id != "mapping":
            if not yaml.is_null(node):
                yaml.notes.append(f"line {span(key).line}: service {name} is not a mapping, and was not looked at")
            return
        whole, missing, extended = self._extended(node, services, yaml, [name])
        entries = yaml.entries(whole)
        if "provider" in entries:
            return  # no container: a program of the host makes something for the others

        def place(where: Any) -> Span:
            return span(where) if where.start_mark.name == yaml.path else extended or span(key)

        made = container(name, entries, yaml, place, self._binds)
        made.spans[""] = span(key)
        made.partial = made.partial or missing
        derive(made)
        file.containers.append(made)
        file.values += _values(entries, yaml, place)
        _items(key, node, file, at)
        for path in self._env_files(entries, yaml):
            if path not in self.env_files and (text := self._text(path, required=False)) is not None:
                self.env_files[path] = text

    def _extended(
        self, node: Any, services: dict[str, tuple[Any, Any]], yaml: Yaml, way: list[str]
    ) -> tuple[Any, bool, Span | None]:
        """A service merged over what it extends; whether that is missing; and where it says so."""
        entry = yaml.entries(node).get("extends")
        if entry is None or yaml.is_null(entry[1]):
            return node, False, None
        said = entry[1]
        mapping = said.id == "mapping"
        inner = yaml.entries(said) if mapping else {}
        name = yaml.text(inner["service"][1]) if "service" in inner else "" if mapping else yaml.text(said)
        file = yaml.text(inner["file"][1]) if "file" in inner else ""
        where = span(entry[0])
        base_yaml: Yaml | None = yaml
        if file:
            base_yaml = self._other(self._named(yaml, file))
            services = _services(base_yaml) if base_yaml is not None else {}
        word = f"{base_yaml.path if base_yaml else file}:{name}"
        if base_yaml is None or name not in services or word in way or len(way) > MOST_EXTENDED:
            if base_yaml is not None:
                long = f"extends itself, or others over more than {MOST_EXTENDED} steps"
                yaml.notes.append(
                    f"line {where.line}: service {name or '?'} {long if name in services else 'is not there'}"
                )
            return node, True, where
        base = services[name][1]
        if base.id != "mapping":
            return node, True, where
        base, missing, _ = self._extended(base, services, base_yaml, [*way, word])
        return yaml.merged(base, node), missing, where

    def _other(self, path: str) -> Yaml | None:
        if path and path not in self._loaded:
            text = self._text(path, required=True)
            self._loaded[path] = self._compose(path, text) if text is not None else None
        return self._loaded.get(path)

    def _env_files(self, entries: dict[str, tuple[Any, Any]], yaml: Yaml) -> Iterator[str]:
        entry = entries.get("env_file")
        for item in yaml.items(entry[1], "env_file") if entry else ():
            inner = yaml.entries(item).get("path") if item.id == "mapping" else (item, item)
            path = self._named(yaml, yaml.text(inner[1])) if inner else ""
            if path:
                yield path


def _services(yaml: Yaml) -> dict[str, tuple[Any, Any]]:
    """The services of all documents, later ones merged over earlier ones."""
    found: dict[str, tuple[Any, Any]] = {}
    for document in yaml.documents:
        if document is None or document.id != "mapping":
            continue
        entry = yaml.entries(document).get("services")
        for name, (key, node) in (yaml.entries(entry[1]) if entry else {}).items():
            there = found.get(name)
            found[name] = (there[0], yaml.merged(there[1], node)) if there else (key, node)
    return found or _first_format(yaml)


def _no_services(yaml: Yaml) -> str:
    """What is wrong with services that are none, of which nothing could be judged; empty where they are some."""
    for document in yaml.documents:
        entry = yaml.entries(document).get("services")
        if entry is not None and entry[1].id != "mapping" and not yaml.is_null(entry[1]):
            return f"line {span(entry[0]).line}: services is not a mapping, and nothing of it was judged"
    return ""


def _binds(yaml: Yaml) -> dict[str, str]:
    """Volumes that are a folder of the host by another name: `driver_opts: {type: none, o: bind, device: /etc}`."""
    found: dict[str, str] = {}
    for document in yaml.documents:
        entry = yaml.entries(document).get("volumes")
        for name, (_, node) in (yaml.entries(entry[1]) if entry else {}).items():
            options = yaml.entries(node).get("driver_opts") if node.id == "mapping" else None
            said = {key: yaml.text(value) for key, (_, value) in yaml.entries(options[1]).items()} if options else {}
            if "bind" in said.get("o", "").split(",") and said.get("device"):
                found[name] = said["device"]
    return found


def _first_format(yaml: Yaml) -> dict[str, tuple[Any, Any]]:
    """The services of a file of the first format, in which they stand at the top."""
    top = yaml.entries(yaml.documents[0]) if len(yaml.documents) == 1 else {}
    services = {name: pair for name, pair in top.items() if pair[1].id == "mapping" and not name.startswith("x-")}
    made = any(key in yaml.entries(node) for _, node in services.values() for key in ("image", "build", "extends"))
    return services if made and not {"services", "include", "version"} & {*top} else {}


def _items(key: Any, node: Any, file: Described, stage: int) -> None:
    """What comments may be for: the service's name, and each of its own keys."""
    file.item(span(key), stage, whole=True)
    for inner, value in node.value:
        if inner.start_mark.line > key.start_mark.line:
            last = value.end_mark.line + (1 if value.end_mark.column else 0)
            first = span(inner)
            file.item(Span(first.line, first.column, max(first.line, last), first.end_column), stage)


def _values(entries: dict[str, tuple[Any, Any]], yaml: Yaml, place: Any) -> list[Value]:
    """What a service is given by name: variables, labels, build arguments."""
    build = entries.get("build")
    inner = yaml.entries(build[1]) if build and build[1].id == "mapping" else {}
    named = (("the environment", entries, "environment"), ("a label", entries, "labels"))
    found = []
    for part, of, key in (*named, ("a build argument", inner, "args")):
        for name, text, node in yaml.pairs(of[key][1], key) if key in of else ():
            if text and "$" not in text:
                found.append(Value(name, text, place(node), part))
    return found


def _env_file(path: str, source: str) -> Described:
    """A file of variables: NAME=value lines."""
    file = described(path, source, "env-file")
    for number, line in enumerate(file.file.lines, 1):
        name, equals, text = line.partition("=")
        name = name.strip().removeprefix("export ").strip()
        value = text.strip().strip("\"'")
        if (
            equals
            and value
            and "$" not in value
            and name.replace("_", "").isalnum()
            and not line.lstrip().startswith("#")
        ):
            start = len(line) - len(text) + text.find(value) + 1
            file.values.append(Value(name, value, Span(number, start, number, start + len(value)), "an env_file"))
    return file
