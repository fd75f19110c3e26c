"""From a secret in a text that people wrote to its finding: of Dockerfiles, and of what starts containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.findings import Finding, SafeText, Secret
from imagelint.secrets.identity import fingerprint
from imagelint.secrets.severity import severity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol, TypeVar

    from imagelint.dockerfile.excerpt import Page
    from imagelint.dockerfile.model import Span
    from imagelint.engine.rule import Rule
    from imagelint.secrets.confirm import Candidate

    class Stands(Protocol):
        """A secret and its place."""

        candidate: Candidate
        span: Span

    S = TypeVar("S", bound=Stands)
    Parts = Iterator[tuple[str, bool]]
    """A message: texts, and whether each is the target's."""


def findings(
    found: Iterable[S],
    page: Page,
    surface: str,
    message: Callable[[Rule, S], Parts],
    remedy: Callable[[Rule, S], SafeText],
) -> Iterator[Finding]:
    """A finding for each secret. A password has the identity of its rule, file, name, and number among those."""
    ordinals: dict[tuple[str, str], int] = {}
    for spot in found:
        candidate, rule = spot.candidate, page.secrets[spot.candidate.rule]
        key = (rule.id, candidate.name)
        ordinal = ordinals[key] = ordinals.get(key, -1) + 1
        identity = fingerprint(rule.id, candidate.value, candidate.strong, page.path, candidate.name, ordinal)
        masked = page.redactor.mask(candidate.value, candidate.prefix)
        value = candidate.value if page.show else None
        yield Finding(
            rule=rule.id,
            severity=severity_of(rule, candidate),
            message=page.redactor.parts(list(message(rule, spot))),
            target=page.target,
            location=page.excerpts.location(spot.span),
            fingerprint=identity,
            surface=surface,
            secret=Secret(rule.title, masked, identity, candidate.confidence, candidate.encrypted, value),
            frame=page.excerpts.frame(spot.span),
            remedy=remedy(rule, spot),
        )
