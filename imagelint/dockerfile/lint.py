"""A Dockerfile through all its rooms: parsed once, secrets by value, rules over subjects, findings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from imagelint.dockerfile import embedded, places
from imagelint.dockerfile.excerpt import Excerpts, Page
from imagelint.dockerfile.fix import fix
from imagelint.dockerfile.once import once
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import VariableSubject
from imagelint.dockerfile.subjects import DockerfileSubject, subjects
from imagelint.findings import Dropped, Finding, Step
from imagelint.secrets.dropped import Tally, merge
from imagelint.secrets.redact import Redactor
from imagelint.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelint.dockerfile.context import Where
    from imagelint.dockerfile.embedded import Spot
    from imagelint.dockerfile.model import Dockerfile, Span
    from imagelint.dockerfile.quiet import Quiet
    from imagelint.dockerfile.registry import Registry
    from imagelint.dockerfile.shellcheck import ShellCheck
    from imagelint.dockerfile.subjects import Subject
    from imagelint.engine.evaluate import Engine, Hit
    from imagelint.secrets.confirm import Detector

_IGNORING = ("ignore", "skip", "pragma")
"""One of them stands in every comment that ignores a rule."""

_LEAST = 4
"""Characters of a piece of a secret that is masked by itself."""

_CUT = re.compile(r"[\\`](?<=[^\s\\`].)[ \t]*\r?\n(?=\S)")
"""A word that a continuation cuts in two; the sign stands first, since `re` finds a sign faster than a place."""


def lint(
    path: str,
    data: bytes,
    engine: Engine,
    detector: Detector,
    *,
    target: str,
    show: bool,
    dropped: Dropped | None = None,
    inline: bool = True,
    where: Where | None = None,
    registry: Registry | None = None,
    shellcheck: ShellCheck | None = None,
    limited: list[tuple[str, str]] | None = None,
) -> tuple[list[Finding], bool]:
    """Every finding of one Dockerfile, in file order, and whether it is clear: nothing in it had to be masked. Never
    raises for what stands in the file.

    `dropped` takes what filters turned away. `inline`: what comments of the file ignore is marked as suppressed.
    `where` knows the build context, if anybody does, and `registry` the images; `shellcheck` is asked about scripts.
    `limited` takes (place, reason) of what was not looked into.
    """
    file = parse(data)
    tally = Tally() if dropped is not None else None
    spots = embedded.spots(file, detector, path, tally)
    context = where.context(file, path) if where is not None else None
    things = list(subjects(file, path, context, registry))
    try:
        if registry is not None:
            from imagelint.dockerfile.registry import ask

            ask(things, path, registry)
        hits = [hit for subject in things for hit in engine.put(subject)]
        carried = context.carried(things) if context is not None else []
        if tally is not None and context is not None:
            tally.take(context.dropped)
        quiet = _quiet(file, engine) if inline else None
        ignored = quiet is not None and engine.has("ignore")
        if not (spots or hits or carried or (tally and tally.counts) or ignored or shellcheck):
            return [], True
        chosen = engine.chosen("secret")
        every = spots
        spots = [spot for spot in spots if spot.candidate.rule in chosen]
        redactor = Redactor(detector, show)
        learn(things, file, detector, redactor)
        for secret in carried:
            for place in secret.places:
                redactor.learn(place.candidate.value, place.candidate.prefix)
        excerpts = Excerpts(file, redactor.source(file.source, embedded.NAME), redactor.safe(path))
        page = Page(path, redactor.safe(target), redactor, excerpts, chosen, show)
        if tally is not None and dropped is not None:
            merge(dropped, tally.told(page.target, redactor))
        found = list(embedded.findings(spots, page))
        if context is not None:
            found += context.findings(carried, page)
        rules = _Rules(file, page, [spot.span for spot in spots])
        found += rules.findings(hits)
        if shellcheck is not None:
            found += shellcheck.findings(file, path, rules.findings, inline)
        if quiet:
            quiet.mark(found, redactor)
            top = things[0]
            if engine.has("ignore") and isinstance(top, DockerfileSubject):
                _cover_unchosen(quiet, things, every, engine)
                more = rules.findings(hit for ignore in quiet.subjects(top) for hit in engine.put(ignore))
                quiet.mark(more, redactor)
                found += more
        found.sort(key=lambda finding: (finding.location.line, finding.location.column, finding.rule))
        return once(found) if len(spots) > 1 else found, redactor.clear
    finally:
        if limited is not None:
            limited += ((path, f"line {line}: {cut}" if line else cut) for cut, line in file.cuts.items())
        # They point to each other: taken apart, they go now, and the collector has nothing to walk.
        for thing in things:
            thing.__dict__.clear()


def _quiet(file: Dockerfile, engine: Engine) -> Quiet | None:
    """The comments of the file that ignore rules; most files have none, and never load what reads them."""
    if not any(word in file.source for word in _IGNORING):
        return None
    from imagelint.dockerfile.ignores import read
    from imagelint.dockerfile.quiet import Quiet

    comments = read(file)
    return Quiet(file, comments, engine.ruleset) if comments else None


def _cover_unchosen(quiet: Quiet, things: list[Subject], spots: list[Spot], engine: Engine) -> None:
    """Comments are of use too for a finding that was not asked for this time."""
    for spot in spots:
        quiet.cover(spot.candidate.rule, spot.span.line, spot.span.end_line)
    others = engine.others()
    if any(rule in quiet.rules for rule in others.chosen_ids):
        for hit in (hit for subject in things for hit in others.put(subject)):
            quiet.cover(hit.rule.id, places.find(hit.subject, hit.rule.at).line)


def learn(things: list[Subject], file: Dockerfile, detector: Detector, redactor: Redactor) -> None:
    """What the text of the file alone does not give away as a secret, before any text is made."""
    for subject in things:
        if isinstance(subject, VariableSubject) and subject.is_secret_name and subject.is_secret_value:
            redactor.learn(subject.value)
    for _, pair in embedded.folded(file):
        for candidate in detector.text(pair.value.value, embedded.NAME, pair.name) if pair.value else ():
            redactor.learn(candidate.value, candidate.prefix)
            for piece in pieces(file, pair.span):
                if piece in candidate.value:
                    redactor.learn(piece)
    if _CUT.search(file.source):
        _learn_cut(file, detector, redactor)


def _learn_cut(file: Dockerfile, detector: Detector, redactor: Redactor) -> None:
    """Secrets that begin on one line and end on the next, in any instruction: whole, and in their pieces."""
    lines = _CUT.split(file.source)
    text, cuts = "".join(lines), list(accumulate(map(len, lines)))[:-1]
    for candidate in detector.every(text, embedded.NAME, anywhere=True):
        start, end = candidate.start, candidate.end
        inside = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
        if inside and not candidate.dropped:
            redactor.learn(candidate.value, candidate.prefix)
            for first, last in pairwise([start, *inside, end]):
                redactor.learn(text[first:last], candidate.prefix if first == start else 0)


def pieces(file: Dockerfile, span: Span) -> list[str]:
    """The words of some lines, without the signs that hold a value together."""
    words = (word for line in file.lines[span.line - 1 : span.end_line] for word in line.split())
    pieces = (piece for word in words for piece in re.split(r"[=\\`\"']", word))
    return [piece for piece in pieces if len(piece) >= _LEAST]


class _Rules:
    """Makes findings of the hits of rules."""

    def __init__(self, file: Dockerfile, page: Page, secrets: list[Span]) -> None:
        self._file, self._page, self._redactor, self._excerpts = file, page, page.redactor, page.excerpts
        self._secrets = {line for span in secrets for line in range(span.line, span.end_line + 1)}
        self._spans = secrets
        self._digests: dict[str, str] = {}
        self._ordinals: dict[str, int] = {}

    def findings(self, hits: Iterable[Hit]) -> list[Finding]:
        """The findings of hits, in their order."""
        return [finding for hit in hits if (finding := self.finding(hit))]

    def finding(self, hit: Hit) -> Finding | None:
        """The finding of a hit; None for a secret that is reported under the rule of its format."""
        subject = hit.subject
        span = places.find(subject, hit.rule.at)
        if isinstance(subject, VariableSubject) and "secrets" in hit.rule.tags and self._reported(subject.pair.span):
            return None
        return Finding(
            rule=hit.rule.id,
            severity=hit.rule.severity,
            message=self._page.message(hit),
            target=self._page.target,
            location=self._excerpts.location(span),
            fingerprint=self._fingerprint(hit),
            surface="dockerfile",
            trail=self._trail(subject),
            frame=self._excerpts.frame(span),
            fix=fix(hit.rule, subject, self._file, self._redactor),
        )

    def _reported(self, span: Span) -> bool:
        if self._secrets.isdisjoint(range(span.line, span.end_line + 1)):
            return False
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        return any((s.line, s.column) < end and (s.end_line, s.end_column) > start for s in self._spans)

    def _fingerprint(self, hit: Hit) -> str:
        """Of rule, path, stage and masked text, so that it outlives lines that come and go above; 32 hex digits."""
        stage, text, detail = places.known(hit.subject)
        parts = (hit.rule.id, self._page.path, stage, self._digest(text), self._digest(detail))
        key = "\0".join(f"{len(part)}:{part}" for part in parts)
        ordinal = self._ordinals[key] = self._ordinals.get(key, -1) + 1
        return sha256(_bytes(f"{key}\0{ordinal}")).hexdigest()[:32]

    def _digest(self, text: str) -> str:
        """Of the masked text; many findings stand in one long instruction."""
        if text not in self._digests:
            self._digests[text] = sha256(_bytes(self._redactor.safe(text))).hexdigest()
        return self._digests[text]

    def _trail(self, subject: Subject) -> tuple[Step, ...]:
        if not isinstance(subject, CopySubject) or not subject.secret_sources or not subject.deleted_line:
            return ()
        line = subject.instruction.instruction.span.line
        what = ", ".join(subject.secret_sources)
        return (
            self._step("introduced", (what, True), (f" is copied on line {line}, which makes a layer", False)),
            self._step("deleted", (f"line {subject.deleted_line} deletes it in a later layer", False)),
            self._step("shipped", (f"the layer of line {line} still ships it", False)),
        )

    def _step(self, kind: str, *parts: tuple[str, bool]) -> Step:
        return Step(kind, self._redactor.parts(parts))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
