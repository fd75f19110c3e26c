"""How bad a secret is, and what it is called: one step below its rule's severity where a passphrase protects the
key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.findings import Severity
from imagelint.secrets.checksum import about

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule
    from imagelint.secrets.confirm import Candidate

_LOWER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}


def severity_of(rule: Rule, candidate: Candidate) -> Severity:
    """What a finding of this candidate carries, in an image and in a Dockerfile alike."""
    return _LOWER[rule.severity] if candidate.encrypted else rule.severity


def title_of(rule: Rule, candidate: Candidate) -> str:
    """The rule's title, and what the value says openly."""
    return rule.title + about(rule.checksum, candidate.value) + (" (encrypted)" if candidate.encrypted else "")
