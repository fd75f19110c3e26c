"""How bad a secret is, and what it is called: one step below its rule's severity where a passphrase protects the
key, or where a token has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.findings import Severity
from imagelint.secrets.gist import gist_of

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule
    from imagelint.secrets.confirm import Candidate

_LOWER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}


def severity_of(rule: Rule, candidate: Candidate) -> Severity:
    """What a finding of this candidate carries, in an image and in a Dockerfile alike."""
    lower = candidate.encrypted or gist_of(candidate, rule.checksum).claims.expired
    return _LOWER[rule.severity] if lower else rule.severity


def title_of(rule: Rule, candidate: Candidate) -> str:
    """The rule's title, and what the value says openly."""
    return rule.title + gist_of(candidate, rule.checksum).claims.about + (" (encrypted)" if candidate.encrypted else "")
