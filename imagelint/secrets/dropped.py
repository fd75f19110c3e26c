"""What was taken for a secret and turned away: the name of each filter, what it means, and a count of what it dropped.

A name here is what Candidate.dropped says; `published` is no filter of a value, but keeps a finding back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from imagelint.findings import Dropped, DroppedPlace
from imagelint.record import field, record

if TYPE_CHECKING:
    from imagelint.findings import Finding, SafeText
    from imagelint.secrets.redact import Redactor

T = TypeVar("T")

PUBLISHED = "published"
TEMPLATED = "templated-secret"
MEANINGS = {
    "binary": "characters that nobody types",
    "checksum": "its check digits or its header do not hold",
    "ciphers": "a list of ciphers, as OpenSSL has them",
    "code": "a call, an attribute or an index of a program",
    "comparison": "it is compared with the value, not given it",
    "encrypted": "sealed for a cluster, or encrypted by Maven",
    "entropy": "less random than tokens of this format are",
    "example": "the text around it shows an example or a test",
    "hash": "a hash, of which nobody knows the password",
    "identifier": "words of a language joined to a name",
    "indirect-reference": "the value is looked up elsewhere (detect-secrets)",
    "known-example": "a value that a vendor, a standard or a package publishes",
    "list": "an item of a list or an argument, not an assignment",
    "lock-file": "a lock file of a package manager (detect-secrets)",
    "name": "the name of what is authenticated, not its secret",
    "no-key": "what is between the lines of a private key is none",
    "no-value": "a type, a switch or less than three characters",
    "not-alphanumeric-string": "neither a letter nor a digit (detect-secrets)",
    "number": "a number",
    "path": "the path of a file",
    "pattern": "a regular expression",
    "placeholder": "words that stand where a secret would go",
    "prose": "a word behind a name, without a sign between",
    "public": "a key or an id that its vendor gives to everyone",
    PUBLISHED: "in a file as its package brought it: --show-published reports it",
    "reference": "a variable, a template or a path into a secret store",
    "repeated": "the same one or two characters again and again",
    "says-its-name": "made of the words of its own name",
    "sentence": "words with blanks between, where no password is expected",
    "sequential-string": "letters or digits in their order (detect-secrets)",
    TEMPLATED: "in brackets, as templates have it (detect-secrets)",
    "test-report": "a line of a test's result",
    "text": "longer than any token, with other characters",
    "time": "a date and time",
    "type-name": "a part of a name of C++ or of a URN",
    "unquoted": "no quotes around it, in code or prose",
    "url": "an address without a password in it",
    "uuid": "an id of 128 bits",
    "variety": "too short or too uniform for a password in code or prose",
    "word": "a single word",
}
"""Each filter, in a few words."""

MOST_PLACES = 20
"""Places of each filter that are told; the others are only counted."""


@record
class Spot:
    """Where a candidate was turned away. It never has the value."""

    path: str
    line: int = 0
    """0 where it is not known."""
    layer: int = -1


@record
class Tally:
    """Candidates that were turned away, by the name of their filter."""

    counts: dict[str, int] = field(default_factory=dict)
    spots: dict[str, list[Spot]] = field(default_factory=dict)

    def add(self, why: str, path: str, line: int = 0) -> None:
        """Count one more."""
        number = self.counts[why] = self.counts.get(why, 0) + 1
        if number <= MOST_PLACES:
            self.spots.setdefault(why, []).append(Spot(path, line))

    def take(self, other: Tally, layer: int = -1) -> None:
        """Add what another one counted, in this layer."""
        there = {why: [Spot(spot.path, spot.line, layer) for spot in spots] for why, spots in other.spots.items()}
        _add(self.counts, self.spots, other.counts, there)

    def elsewhere(self, shown: Callable[[str], str]) -> Tally:
        """The same with every path as `shown` makes it."""
        there = {
            why: [Spot(shown(spot.path), spot.line, spot.layer) for spot in spots] for why, spots in self.spots.items()
        }
        return Tally(dict(self.counts), there)

    def told(self, target: SafeText, redactor: Redactor) -> Dropped:
        """As a report has it, every path masked."""
        places = {
            why: [DroppedPlace(target, redactor.safe(spot.path), spot.line, spot.layer) for spot in spots]
            for why, spots in self.spots.items()
        }
        return Dropped(dict(self.counts), places)


def kept_back(findings: list[Finding]) -> Dropped:
    """What is not reported since packages brought it."""
    if not findings:
        return Dropped()
    places = [
        DroppedPlace(found.target, found.location.path, found.location.line, found.layer.index if found.layer else -1)
        for found in findings[:MOST_PLACES]
    ]
    return Dropped({PUBLISHED: len(findings)}, {PUBLISHED: places})


def merge(into: Dropped, other: Dropped) -> None:
    """Add the counts of another target."""
    _add(into.counts, into.places, other.counts, other.places)


def _add(counts: dict[str, int], places: dict[str, list[T]], more: dict[str, int], others: dict[str, list[T]]) -> None:
    for why, number in more.items():
        counts[why] = counts.get(why, 0) + number
        kept = places.setdefault(why, [])
        kept += others[why][: MOST_PLACES - len(kept)]
