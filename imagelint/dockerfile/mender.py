"""Fixes for the Dockerfiles of a scan: made of its own findings, written or shown, and told."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from imagelint.dockerfile.diff import diff
from imagelint.dockerfile.mend import mend
from imagelint.dockerfile.pool import Linter, Task
from imagelint.dockerfile.rewrite import rewrite
from imagelint.findings import Finding, MendedFile
from imagelint.secrets.redact import plain

if TYPE_CHECKING:
    from imagelint.dockerfile.context import Contexts
    from imagelint.dockerfile.registry import Registry
    from imagelint.engine.evaluate import Engine
    from imagelint.secrets.confirm import Detector
    from imagelint.secrets.redact import Redactor

STDIN = "-"


class Mender:
    """Mends one Dockerfile after the other, ahead of the scan that reports them."""

    def __init__(
        self,
        engine: Engine,
        detector: Detector,
        rules: Collection[str],
        *,
        unsafe: bool,
        write: bool,
        inline: bool,
        names: Redactor,
        registry: Registry | None = None,
        stays: Callable[[Finding], bool] | None = None,
        contexts: Contexts | None = None,
    ) -> None:
        """`rules` are those whose findings may be mended; with `write` off a diff is made, and nothing written.
        `inline`: what comments ignore stays as it is, and so does what `stays` says. Some fixes need to know what a
        COPY takes of its context.
        """
        # Unmasked, since what is written is the file: these findings reach no report.
        self._linter = Linter(engine, detector, show=True, jobs=1, inline=inline, registry=registry, contexts=contexts)
        self._detector, self._rules, self._names = detector, rules, names
        self._unsafe, self._write, self._stays = unsafe, write, stays
        self.told: list[MendedFile] = []

    def take(self, target: str, path: str, data: bytes, top: str = "") -> bytes:
        """Mend a Dockerfile of a target, `top` where that is a folder. Returns the bytes that it has then."""
        if target == STDIN and self._write:
            self._tell(path, {}, False, "it was read from standard input, where nothing can be written; use --diff")
            return data
        mended = mend(data, lambda now: self._findings(Task(target, path, now, top)), self._unsafe)
        if mended.data == data:
            if mended.reason:
                self._tell(path, {}, False, mended.reason)
            return data
        if not self._write:
            told = self._tell(path, mended.rules, False, mended.reason)
            told.diff = tuple(diff(path, data, mended.data, mended.origins, self._detector))
            return data
        refused = rewrite(path, target if os.path.isdir(target) else "", data, mended.data)
        self._tell(path, {} if refused else mended.rules, not refused, refused or mended.reason)
        return data if refused else mended.data

    def image(self, target: str, what: str = "an image") -> None:
        """A target that is never changed, and what it is."""
        self._tell(target, {}, False, f"it is {what}; fixes are for Dockerfiles")

    def _findings(self, task: Task) -> list[Finding]:
        found = self._linter.one(task).findings
        found = [finding for finding in found if finding.rule in self._rules and not finding.suppressed]
        return found if self._stays is None else [finding for finding in found if not self._stays(finding)]

    def _tell(self, path: str, rules: dict[str, int], written: bool, reason: str) -> MendedFile:
        told = MendedFile(self._names.safe(path), dict(sorted(rules.items())), written, plain(reason))
        self.told.append(told)
        return told
