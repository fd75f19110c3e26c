"""What a value says openly of itself: the account of an AWS key, when a token expires."""

from __future__ import annotations

import json
import time

from imagelint.engine import digits
from imagelint.secrets.checksum import base64url

_NEVER = 253402300800
"""The year 10000, in seconds since 1970."""


def about(name: str, value: str) -> str:
    """To go behind the title of its rule, by the rule's `checksum`."""
    if name == "aws":
        return _account(value)
    if name == "jwt":
        expiry = _expiry(value)
        if expiry is None:
            return " that never expires"
        day = time.strftime("%Y-%m-%d", time.gmtime(expiry))
        return f" that {'expired' if expiry <= time.time() else 'expires'} on {day}"
    return ""


def expired(name: str, value: str) -> bool:
    """Whether nobody accepts it any more."""
    expiry = _expiry(value) if name == "jwt" else None
    return expiry is not None and expiry <= time.time()


def _account(value: str) -> str:
    """The account of an access key id, which `aws sts get-access-key-info` tells anybody. Keys from before 2019 (their
    fifth character below Q) say none.
    """
    if len(value) != 20 or value[4] not in "QRSTUVWXYZ234567":
        return ""
    number = 0
    for character in value[4:]:
        number = number * 32 + digits.BASE32.index(character)
    account = (number >> 39) & (1 << 40) - 1
    return f" of account {account:012d}" if account < 10**12 else ""


def _expiry(value: str) -> float | None:
    """Seconds since 1970; None: it says none (RFC 7519, 4.1.4, and 2 on NumericDate)."""
    try:
        claims = json.loads(base64url(value.split(".")[1]))
    except (ValueError, RecursionError, IndexError):
        return None
    number = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return number if 0 < number < _NEVER else None
