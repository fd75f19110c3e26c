"""Files that say how containers are started through the rules: compose files, shell scripts, pages of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imagelint.containers import secrets
from imagelint.containers.described import Described, decode
from imagelint.dockerfile.excerpt import Excerpts, Page
from imagelint.dockerfile.lint import learn, pieces
from imagelint.dockerfile.model import Span
from imagelint.dockerfile.once import once
from imagelint.dockerfile.pool import Linted, Task
from imagelint.dockerfile.quiet import Quiet
from imagelint.dockerfile.subjects import DockerfileSubject
from imagelint.errors import defect
from imagelint.findings import Dropped, Finding
from imagelint.secrets.dropped import Tally, merge
from imagelint.secrets.redact import Redactor
from imagelint.sha256 import sha256

if TYPE_CHECKING:
    from imagelint.containers.model import Container
    from imagelint.engine.evaluate import Engine, Hit
    from imagelint.secrets.confirm import Detector


def task(
    target: str, path: str, data: bytes, sort: str, engine: Engine, detector: Detector, show: bool, inline: bool
) -> Iterator[tuple[Task, Linted]]:
    """Every finding of one such file, and of the files below its folder that it names. Never raises for what stands in
    them. `sort` is what imagelint.containers.sorts.sort calls it."""
    before = len(engine.faults)
    linted = Linted([], [], dropped=Dropped() if detector.explains else None, containers=0)
    try:
        for file in _read(path, data, sort, linted):
            linted.findings += _File(file, engine, detector, target, show, linted.dropped).findings(inline)
            linted.limited += file.limited
            linted.containers += len(file.containers)
    except Exception as error:
        linted.failure = defect(error)
    linted.faults = engine.faults[before:]
    yield Task(target, path, data), linted


def _read(path: str, data: bytes, sort: str, linted: Linted) -> Iterable[Described]:
    if sort == "compose":
        from imagelint.containers.compose import read as compose

        return compose(path, data, linted.incomplete, linted.limited)
    from imagelint.containers import commands

    source = decode(data)
    return [commands.page(path, source) if sort == "page" else commands.script(path, source)]


class _File:
    """One file on its way to findings."""

    def __init__(
        self, file: Described, engine: Engine, detector: Detector, target: str, show: bool, dropped: Dropped | None
    ) -> None:
        self._file, self._engine, self._detector, self._dropped = file, engine, detector, dropped
        self._redactor = Redactor(detector, show)
        self._target, self._show = target, show
        self._ordinals: dict[str, int] = {}

    def findings(self, inline: bool) -> list[Finding]:
        """In the order of lines."""
        file, engine, redactor = self._file, self._engine, self._redactor
        tally = Tally() if self._dropped is not None else None
        spots = secrets.spots(file, self._detector, tally)
        hits = [hit for container in file.containers for hit in engine.put(container)]
        comments = file.ignores() if inline else []
        if tally is not None and self._dropped is not None:
            merge(self._dropped, tally.told(redactor.safe(self._target), redactor))
        if not (spots or hits or comments):
            return []
        learn([], file.file, self._detector, redactor)
        for spot in spots:
            redactor.learn(spot.candidate.value, spot.candidate.prefix)
            if spot.span.line < spot.span.end_line:
                for piece in pieces(file.file, spot.span):
                    if piece in spot.candidate.value:
                        redactor.learn(piece)
        excerpts = Excerpts(file.file, redactor.source(file.file.source, secrets.NAME), redactor.safe(file.path))
        chosen = engine.chosen("secret")
        page = Page(file.path, redactor.safe(self._target), redactor, excerpts, chosen, self._show)
        found = list(secrets.findings([s for s in spots if s.candidate.rule in chosen], file, page))
        found += (self._finding(hit, page) for hit in hits)
        if comments:
            quiet = Quiet(file.file, comments, engine.ruleset)
            quiet.mark(found, redactor)
            found += self._unused(quiet, page, spots)
        found.sort(key=lambda finding: (finding.location.line, finding.location.column, finding.rule))
        return once(found)

    def _finding(self, hit: Hit, page: Page) -> Finding:
        container: Container = hit.subject
        span = container.span(hit.rule.at)
        return self._made(hit, page, span, container.name, container.image.partition("@")[0])

    def _made(self, hit: Hit, page: Page, span: Span, *words: str) -> Finding:
        """The finding of a hit; `words` tell it apart from others of its rule in this file."""
        return Finding(
            rule=hit.rule.id,
            severity=hit.rule.severity,
            message=page.message(hit),
            target=page.target,
            location=page.excerpts.location(span),
            fingerprint=self._fingerprint(hit.rule.id, *words),
            surface=self._file.surface,
            frame=page.excerpts.frame(span),
        )

    def _unused(self, quiet: Quiet, page: Page, spots: list[secrets.Spot]) -> list[Finding]:
        """What is to be said of the comments themselves."""
        if not self._engine.has("ignore"):
            return []
        for spot in spots:
            quiet.cover(spot.candidate.rule, spot.span.line, spot.span.end_line)
        others = self._engine.others()
        if any(rule in quiet.rules for rule in others.chosen_ids):
            for container in self._file.containers:
                for hit in others.put(container):
                    quiet.cover(hit.rule.id, container.span(hit.rule.at).line)
        top = DockerfileSubject(self._file.file, self._file.path, None)
        found = [
            self._made(hit, page, hit.subject.span, hit.subject.name, hit.subject.form)
            for subject in quiet.subjects(top)
            for hit in self._engine.put(subject)
        ]
        quiet.mark(found, self._redactor)
        return found

    def _fingerprint(self, rule: str, *words: str) -> str:
        """Of rule, path, name and image, so that it outlives lines that come and go above; 32 hex digits."""
        parts = (rule, self._file.path, *(self._redactor.safe(word) for word in words))
        key = "\0".join(f"{len(part)}:{part}" for part in parts)
        ordinal = self._ordinals[key] = self._ordinals.get(key, -1) + 1
        return sha256(f"{key}\0{ordinal}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
