"""Baseline files: read whatever kind they are of, and written anew with what people said kept."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from typing import Any, Protocol

from imagelint.engine.rule import Rule
from imagelint.errors import UsageError
from imagelint.findings import BaselineChange, BaselineUse, Finding, Report
from imagelint.secrets.redact import Redactor
from imagelint.triage import detect_secrets
from imagelint.triage.baseline import Baseline, match, of_findings, told
from imagelint.triage.entries import Entry, is_ours, parse, render, today
from imagelint.triage.scope import Scope

MAX_BYTES = 64 << 20
KINDS = "it has to be one of `imagelint baseline` or of `detect-secrets scan`"


class Known(Protocol):
    """A baseline of any kind."""

    def mark(self, findings: Iterable[Finding], scope: Scope, today: str, redactor: Redactor) -> BaselineUse:
        """Mark the findings that it knows, and say what became of it."""


def read(path: str, rules: Iterable[Rule]) -> Known:
    """A baseline, ours or detect-secrets'; UsageError where it cannot be read, or is neither."""
    text, document = _document(path)
    if is_ours(document):
        return Baseline(path, parse(path, text, document))
    if detect_secrets.is_one(document):
        about = [
            rule for rule in rules if rule.kind == "secret" or (rule.kind == "variable" and "secrets" in rule.tags)
        ]
        return detect_secrets.SecretsBaseline(path, document, {rule.id for rule in about})
    raise UsageError(f"{path}: this is no baseline; {KINDS}")


def same(path: str, other: str) -> bool:
    """Whether two paths lead to one file."""
    return os.path.realpath(path) == os.path.realpath(other)


class Baselines:
    """The baselines of one scan, read ahead of it, so that a mistake in them is told at once."""

    def __init__(self, paths: Iterable[str], rules: Iterable[Rule], context_only: bool = False) -> None:
        self._context_only = context_only
        self._known = [read(path, rules) for path in dict.fromkeys(paths)]

    def mark(self, report: Report, redactor: Redactor) -> None:
        """Mark each finding as known or new, keep the known ones quiet, and tell of it in the report. What something
        else keeps quiet already is left to that."""
        scope = Scope(report, self._context_only)
        for finding in report.findings:
            finding.baseline = "new"
        loud = [finding for finding in report.findings if not finding.suppressed]
        for known in self._known:
            left = [finding for finding in loud if finding.baseline == "new"]
            report.baseline.append(known.mark(left, scope, today(), redactor))


def _document(path: str) -> tuple[str, Any]:
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UsageError(f"{path}: cannot read the baseline: it is not a regular file")
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such baseline; `imagelint baseline {path}` writes one") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not a path"
        raise UsageError(f"{path}: cannot read the baseline: {reason}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}: a baseline over {MAX_BYTES >> 20} MiB is not read")
    try:
        text = data.decode("utf-8-sig")
        return text, json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}; {KINDS}") from None
    except _TwiceError as error:
        raise UsageError(f"{path}: the key {str(error)!r} stands twice in one object") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: no JSON in UTF-8; {KINDS}") from None


class _TwiceError(Exception):
    """A key that an object has twice: json would keep the last one in silence."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise _TwiceError(name)
        made[name] = value
    return made


class Update:
    """A baseline to be written. Made ahead of the scan, so that a file that must not be overwritten is told at once."""

    def __init__(self, path: str) -> None:
        """UsageError where there is something at the path that is no baseline of ours."""
        self.path = path
        self._before: list[Entry] = []
        if os.path.islink(path):
            raise UsageError(f"{path}: is a link, and a baseline is written in its place; name the file itself")
        if os.path.lexists(path):
            text, document = _document(path)
            if not is_ours(document):
                raise UsageError(f"{path}: exists and is no baseline of imagelint; it is not overwritten")
            self._before = parse(path, text, document)
        elif not os.path.isdir(os.path.dirname(path) or "."):
            raise UsageError(f"{path}: there is no folder {os.path.dirname(path)} to write the baseline to")

    def write(self, report: Report, redactor: Redactor, context_only: bool = False) -> BaselineChange:
        """Write the entries of what was found, with reason and day of those that were there. What was looked for and is
        not found any more is left out, unless something was not read. UsageError where the file cannot be written: it
        is whole then, as it was."""
        scope = Scope(report, context_only)
        found = of_findings((f for f in report.findings if not f.suppressed), scope.images)
        known = {id(finding) for finding, _ in match(self._before, found)}
        new = _merged([entry for finding, entry in found if id(finding) not in known], found)
        kept = [entry for entry in self._before if entry.used or not scope.covers(entry)]
        gone = [entry for entry in self._before if not entry.used and scope.covers(entry)]
        if not report.incomplete:
            for entry in kept:
                entry.count = entry.used or entry.count
        entries = [*new, *kept, *(gone if report.incomplete else ())]
        _replace(self.path, render(entries).encode("utf-8", "surrogatepass"))
        now = today()
        return BaselineChange(
            file=redactor.safe(self.path),
            new=len(new),
            kept=len(kept),
            reasonless=sum(not entry.reason for entry in entries),
            gone=tuple(told(entry, redactor) for entry in gone),
            stay=bool(report.incomplete),
            expired=tuple(told(entry, redactor) for entry in kept if entry.used and entry.expired(now)),
        )


def _merged(new: Iterable[Entry], found: Iterable[tuple[Finding, Entry]]) -> list[Entry]:
    """One entry for what differs in nothing, and no image where it tells nothing apart."""
    images: dict[tuple[str, str, str], set[str]] = {}
    for _, entry in found:
        images.setdefault((entry.fingerprint, entry.rule, entry.place), set()).add(entry.image)
    made: dict[tuple[str, str, str, str], Entry] = {}
    for entry in new:
        key = (entry.fingerprint, entry.rule, entry.place)
        image = entry.image if len(images[key]) > 1 else ""
        if (*key, image) in made:
            made[*key, image].count += 1
        else:
            made[*key, image] = Entry(*key, image)
    return list(made.values())


def _replace(path: str, data: bytes) -> None:
    """Whole or not at all: written beside it, and then given its name."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            if mode is not None:
                os.chmod(beside, mode)
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise UsageError(f"{path}: the baseline cannot be written: {error.strerror}") from None
