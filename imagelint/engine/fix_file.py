"""The fix of a rule file: which changes there are, and what may stand behind each.

    fix: {safety: safe, title: Add -y, insert: {after: command.subcommand, text: " -y"}}

A fix has one change, or a list of them behind `edits`:

    insert: {before or after: PART, text: TEXT}    replace: {part: PART, text: TEXT}    remove: PART
    drop: OPTION or [OPTION, ...]                  out of a command, with their values
    join: COMMAND                                  `&& COMMAND` behind the last command of a RUN
    mode: {part: PART, without: "0002"}            bits out of an octal number
    make: MEND                                     one of imagelint.engine.vocabulary.MENDS
"""

from __future__ import annotations

import re

from imagelint.engine import message
from imagelint.engine.fact import LIST, Fact
from imagelint.engine.marks import Mapping
from imagelint.engine.rule import Fix, Step
from imagelint.engine.vocabulary import MENDS, facts, spans
from imagelint.errors import nearest

_ACTIONS = ("insert", "replace", "remove", "drop", "join", "mode", "make")


def read_fix(top: Mapping, kind: str) -> Fix | None:
    """The fix of a rule; None when it has none, or a mistake, which is noted."""
    inner = top.mapping("fix")
    if inner is None:
        return None
    inner.close(("safety", "title", "edits", *_ACTIONS), ("safety", "title"))
    several = inner.mappings("edits")
    for each in several:
        each.close(_ACTIONS)
    if several and any(action in inner for action in _ACTIONS):
        inner.mistake("edits", f"edits stands alone, without {', '.join(a for a in _ACTIONS if a in inner)}")
    steps = tuple(filter(None, (_step(each, kind) for each in several or [inner])))
    return Fix(inner.string("title"), inner.choice("safety", ("safe", "unsafe"), "unsafe"), steps) if steps else None


def _step(inner: Mapping, kind: str) -> Step | None:
    actions = [action for action in _ACTIONS if action in inner]
    if len(actions) != 1:
        inner.source.at(inner.node, f"a fix says one of {', '.join(_ACTIONS[:-1])} and {_ACTIONS[-1]}")
        return None
    action = actions[0]
    if action == "remove":
        return Step("remove", read_part(inner, "remove", kind))
    if action == "join":
        return Step("join", text=read_message(inner, "join", kind))
    if action == "drop":
        if kind and kind != "command":
            inner.mistake("drop", f"a rule of kind {kind} has no options to drop")
        return Step("drop", words=inner.strings("drop"))
    if action == "make":
        return _make(inner, kind)
    body = inner.mapping(action)
    return _at(inner, body, action, kind) if body is not None else None


def _make(inner: Mapping, kind: str) -> Step:
    name = inner.string("make")
    known = [mend for mend, kinds in MENDS.items() if not kind or kind in kinds]
    if name and name not in known:
        inner.mistake("make", f"no mend {name!r} for kind {kind}{nearest(name, known)}")
    return Step("make", name)


def _at(inner: Mapping, body: Mapping, action: str, kind: str) -> Step | None:
    """A change at a part."""
    keys = ("before", "after") if action == "insert" else ("part",)
    text = "without" if action == "mode" else "text"
    body.close((*keys, text), (text,))
    chosen = [key for key in keys if key in body]
    if len(chosen) != 1:
        inner.mistake(action, f"{action} says {' or '.join(keys)}, and {text}")
        return None
    if action == "mode" and not re.fullmatch(r"[0-7]{4}", body.string(text)):
        inner.mistake(action, "the bits are four octal digits in quotes")
    return Step(
        chosen[0] if action == "insert" else action,
        read_part(body, chosen[0], kind),
        read_message(body, text, kind),
    )


def read_message(top: Mapping, key: str, kind: str, parameters: dict[str, Fact] | None = None) -> str:
    """A text that may name facts in braces, and parameters of the rule."""
    text = top.string(key)
    known = facts(kind) | (parameters or {}) if kind else {}
    for name in message.names(text) if kind else ():
        if why := message.unknown(name, kind, known):
            top.mistake(key, why + (nearest(name, known) if why.startswith("no fact") else ""))
        elif (f"{name} - " in text or f" - {name}}}" in text) and known[name].type != LIST:
            top.mistake(key, f"{name} is no list, and nothing can be taken from it or out of one by it")
    return text


def read_part(top: Mapping, key: str, kind: str) -> str:
    """A part of the subject."""
    part = top.string(key)
    known = spans(kind) if kind else (part,)
    if part and part not in known:
        top.mistake(key, f"no part {part!r} for kind {kind}{nearest(part, known)}")
    return part
