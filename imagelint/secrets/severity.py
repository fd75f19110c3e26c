"""How bad a secret is: its rule's severity, one step lower where a passphrase protects the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.findings import Severity

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule
    from imagelint.secrets.confirm import Candidate

_LOWER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}


def severity_of(rule: Rule, candidate: Candidate) -> Severity:
    """What a finding of this candidate carries, in an image and in a Dockerfile alike."""
    return _LOWER[rule.severity] if candidate.encrypted else rule.severity
