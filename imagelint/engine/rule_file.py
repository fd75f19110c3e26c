"""One rule file into a Rule: which keys there are, and what may stand behind each."""

from __future__ import annotations

import os
import re
from typing import Any

from imagelint.engine import condition, pattern, shapes
from imagelint.engine.fix_file import read_fix, read_message, read_part
from imagelint.engine.marks import Mapping, Source, compose
from imagelint.engine.parameter import facts
from imagelint.engine.parameter_file import read_parameters
from imagelint.engine.rule import Fix, Index, Rule, Texts
from imagelint.engine.vocabulary import FOLDERS, KINDS
from imagelint.errors import nearest
from imagelint.findings import Severity

_REQUIRED = "id title kind severity rationale examples".split()
_COMMON = [*_REQUIRED, *"security-severity references aliases tags profile cwe".split()]
_ASKING = [*_COMMON, *"message instruction program index when at fix remedy parameters".split()]
_SECRET = [*_COMMON, *"pattern grammar keywords prefix checksum entropy paths strong revoke".split()]

_INSIDE = ("instruction", "variable", "command", "copy")
INSTRUCTIONS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME "
    "WORKDIR"
).split()
_TYPES = "file dir symlink hardlink char block fifo other".split()


def read_rule(source: Source, places: dict[str, str], thorough: bool) -> Rule | None:
    """The rule of a file, or None when it has mistakes, which are noted in the source.

    `places` maps each id read so far to its file, and is added to.
    """
    before = len(source.mistakes)
    top = compose(source)
    if top is None:
        return None
    kind = top.choice("kind", tuple(KINDS))
    secret = kind == "secret"
    if kind:
        found_by = ("grammar",) if "grammar" in top else ("pattern", "keywords")
        needed = found_by if secret else ("when", "message", *(("index",) if kind == "entry" else ()))
        top.close(_SECRET if secret else _ASKING, (*_REQUIRED, *needed))
    else:
        top.close({*_SECRET, *_ASKING}, _REQUIRED)
    identity = _id(top, source, places)
    _folder(top, source, kind)
    rule_texts = Texts(
        rationale=top.string("rationale"),
        revoke=top.string("revoke"),
        references=_references(top),
        grammar=top.string("grammar"),
    )
    parameters = read_parameters(top)
    if kind and "when" in top:
        rule_texts.when = condition.check(source, top.values["when"], kind, facts(parameters))
    rule = Rule(
        id=identity,
        title=top.string("title"),
        kind=kind,
        severity=Severity(top.choice("severity", tuple(s.value for s in Severity), "warning")),
        message=read_message(top, "message", kind, facts(parameters)) or top.string("title"),
        load=lambda _: rule_texts,
        at=read_part(top, "at", kind) if "at" in top else "",
        instruction=_instruction(top, kind),
        program=_program(top, kind),
        index=_index(top, kind),
        aliases=_aliases(top),
        tags=top.strings("tags"),
        profile=top.choice("profile", ("default", "strict", "manual"), "default"),
        parameters=parameters,
        fix=read_fix(top, kind),
        remedy=_remedy(top),
        cwe=_cwe(top),
        security_severity=top.number("security-severity", 0, 10),
        pattern=pattern.check(top, thorough),
        keywords=pattern.keywords(top),
        prefix=top.integer("prefix"),
        checksum=top.string("checksum"),
        entropy=top.number("entropy", 0, 8),
        paths=top.strings("paths"),
        strong=top.boolean("strong"),
    )
    rule_texts.examples = _examples(top, kind, rule.fix)
    return rule if len(source.mistakes) == before else None


def _id(top: Mapping, source: Source, places: dict[str, str]) -> str:
    identity = top.string("id")
    stem = os.path.splitext(os.path.basename(source.path))[0]
    if identity and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity):
        top.mistake("id", "an id is of small letters, digits and single dashes")
    elif identity and identity != stem:
        top.mistake("id", f"the id must be the file's name, {stem}")
    elif identity in places:
        top.mistake("id", f"the id {identity} is taken by {places[identity]}")
    elif identity:
        places[identity] = source.path
    return identity


def _folder(top: Mapping, source: Source, kind: str) -> None:
    folder = os.path.basename(os.path.dirname(os.path.abspath(source.path)))
    if kind and kind not in FOLDERS.get(folder, (kind,)):
        right = next(name for name, kinds in FOLDERS.items() if kind in kinds)
        top.mistake("kind", f"a rule of kind {kind} belongs in the folder {right}/, not in {folder}/")


def _instruction(top: Mapping, kind: str) -> tuple[str, ...]:
    words = top.strings("instruction")
    for word in words:
        if word not in INSTRUCTIONS:
            top.mistake("instruction", f"no instruction {word}{nearest(word.upper(), INSTRUCTIONS)}")
    if words and kind and kind not in _INSIDE:
        top.mistake("instruction", f"a rule of kind {kind} has no instruction to choose")
    return words


def _program(top: Mapping, kind: str) -> tuple[str, ...]:
    if "program" in top and kind and kind != "command":
        top.mistake("program", f"a rule of kind {kind} has no program to choose")
    return top.strings("program")


def _index(top: Mapping, kind: str) -> Index | None:
    inner = top.mapping("index")
    if inner is None:
        return None
    if kind == "instruction":
        inner.close(("text",))
        return Index(text=inner.strings("text"))
    if kind and kind != "entry":
        top.mistake("index", "only a rule of kind entry or instruction has an index")
    inner.close(("mode", "name", "path", "suffix", "type", "xattr"))
    mode = inner.string("mode", "0")
    if not re.fullmatch(r"[0-7]{1,5}", mode):
        inner.mistake("mode", "mode is octal: 06000")
        mode = "0"
    index = Index(
        int(mode, 8),
        inner.strings("name"),
        inner.strings("path"),
        inner.strings("suffix"),
        inner.strings("type"),
        xattr=inner.strings("xattr"),
    )
    for word in index.type:
        if word not in _TYPES:
            inner.mistake("type", f"no type {word}{nearest(word, _TYPES)}")
    if not inner.keys:
        top.mistake(
            "index",
            "an index names mode, name, path, suffix, type or xattr: it keeps most entries from being looked at",
        )
    return index


def _aliases(top: Mapping) -> dict[str, tuple[str, ...]]:
    inner = top.mapping("aliases")
    return {tool: inner.strings(tool) for tool in inner.keys} if inner else {}


def _references(top: Mapping) -> tuple[str, ...]:
    urls = top.strings("references")
    for url in urls:
        if not re.fullmatch(r"https://[^\s<>]+", url):
            top.mistake("references", f"{url!r} is no https:// URL")
    return urls


def _cwe(top: Mapping) -> tuple[int, ...]:
    numbers = top.strings("cwe")
    if any(not re.fullmatch(r"[0-9]{1,5}", number) for number in numbers):
        top.mistake("cwe", "cwe is a number or a list of numbers")
        return ()
    return tuple(map(int, numbers))


def _remedy(top: Mapping) -> str:
    text = top.string("remedy")
    if "\n" in text.strip():
        top.mistake("remedy", "a remedy is one line; what needs more belongs to rationale")
    return text


def _examples(top: Mapping, kind: str, fix: Fix | None) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {"bad": [], "good": []}
    inner = top.mapping("examples")
    if inner is None or not kind:
        return out
    inner.close(("bad", "good"))
    for sort, found in out.items():
        for example in inner.mappings(sort):
            found.append(_example(example, kind, sort))
        if sort not in inner:
            top.source.at(top.keys["examples"], f"a rule needs a {sort} example")
    if fix and not any("fixed" in example for example in out["bad"]):
        top.mistake("fix", "a rule with a fix needs a bad example with `fixed`, the text after it")
    return out


def _is_inside(path: Any, text: Any) -> bool:
    return isinstance(path, str) and isinstance(text, str) and path[:1] not in ("", "/") and ".." not in path.split("/")


def _example(example: Mapping, kind: str, sort: str) -> dict[str, Any]:
    if kind in FOLDERS["image"]:
        bodies, allowed = ["image"], ["image"]
    elif kind in FOLDERS["host"]:
        bodies, allowed = ["host"], ["host"]
    elif kind == "secret":
        bodies, allowed = ["shape", "text"], ["shape", "text", "path", "line"]
    elif kind == "container":
        bodies, allowed = ["compose", "script"], ["compose", "script", "line"]
    else:
        bodies, allowed = ["text"], ["text", "line", "fixed", "files", "registry"]
    example.close([key for key in allowed if sort == "bad" or key not in ("line", "fixed")])
    if sum(key in example for key in bodies) != 1:
        example.source.at(example.node, f"an example has {' or '.join(bodies)}")
        return {}
    out: dict[str, Any] = {}
    for key in example.keys:
        if key == "image":
            if body := example.mapping(key):
                body.close(("config", "history", "layers"))
                out[key] = example.free(key)
        elif key == "host":
            if body := example.mapping(key):
                body.close(("containers", "images"))
                out[key] = example.free(key)
        elif key == "files":
            out[key] = files = example.free(key)
            if not isinstance(files, dict) or not all(map(_is_inside, files, files.values())):
                example.mistake(key, "files are paths in the build context, each with its text; run.sh* is executable")
        elif key == "registry":
            out[key] = images = example.free(key)
            if not isinstance(images, dict) or not all(isinstance(platforms, list) for platforms in images.values()):
                example.mistake(key, "a registry is images, NAME:TAG, each with the list of its platforms")
        elif key == "line":
            out[key] = example.integer(key)
            if out[key] > max(example.string(body).count("\n") for body in bodies) + 1:
                example.mistake(key, "the text has no such line")
        elif key in allowed:
            out[key] = example.string(key)
            for wrong in shapes.unknown(out[key]):
                example.mistake(key, f"no shape {wrong}")
    return out
