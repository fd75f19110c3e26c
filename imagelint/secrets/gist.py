"""What a report asks of a secret's value, beside the value: so much of it may be kept where the value may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.record import record
from imagelint.secrets.claims import Claims, claims
from imagelint.secrets.identity import of_value
from imagelint.secrets.learned import shown_of

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Candidate


@record
class Gist:
    """Of one value. Nothing of a password can be told from it but its length, and what every mask shows."""

    shown: str = ""
    """What a mask begins with: the fixed prefix of the value's format, or nothing."""
    width: int = 0
    """Its characters, where it has one line; else 0."""
    identity: str = ""
    """Of a strong one: its fingerprint (identity.py)."""
    claims: Claims = Claims()
    """What it says openly."""
    public: bytes = b""
    """Of a private key, where it was asked for: what it has in common with its certificate (x509.key_of)."""


def gist_of(candidate: Candidate, checksum: str) -> Gist:
    """`checksum` is that of the candidate's rule. What is known of a forgotten value is what was known of it then."""
    if candidate.gist is not None:
        return candidate.gist
    value = candidate.value
    return Gist(
        shown_of(value, candidate.prefix),
        0 if "\n" in value else len(value),
        of_value(candidate.rule, value) if candidate.strong else "",
        claims(checksum, value),
    )
