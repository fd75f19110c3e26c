"""What a value says openly of itself: the account of an AWS key, when a token expires."""

from __future__ import annotations

import json
import time

from imagelint.engine import digits
from imagelint.record import record
from imagelint.secrets.checksum import base64url

AWS, JWT = "aws", "jwt"
TELLING = (AWS, JWT)
"""The checksums of rules whose values say something."""
_NEVER = 253402300800
"""The year 10000, in seconds since 1970."""


@record
class Claims:
    """What one value says."""

    kind: str = ""
    """AWS, JWT, or empty for a value that says nothing."""
    account: int = -1
    """AWS: the account; -1: it says none."""
    expiry: float | None = None
    """JWT: seconds since 1970; None: it never expires."""

    @property
    def about(self) -> str:
        """To go behind the title of its rule."""
        if self.kind == AWS:
            return f" of account {self.account:012d}" if self.account >= 0 else ""
        if self.kind == JWT:
            if self.expiry is None:
                return " that never expires"
            day = time.strftime("%Y-%m-%d", time.gmtime(self.expiry))
            return f" that {'expired' if self.expired else 'expires'} on {day}"
        return ""

    @property
    def expired(self) -> bool:
        """Whether nobody accepts it any more."""
        return self.expiry is not None and self.expiry <= time.time()


def claims(name: str, value: str) -> Claims:
    """By the `checksum` of the value's rule."""
    if name == AWS:
        return Claims(AWS, account=_account(value))
    return Claims(JWT, expiry=_expiry(value)) if name == JWT else Claims()


def _account(value: str) -> int:
    """The account of an access key id, which `aws sts get-access-key-info` tells anybody. Keys from before 2019 (their
    fifth character below Q) say none.
    """
    if len(value) != 20 or value[4] not in "QRSTUVWXYZ234567":
        return -1
    number = 0
    for character in value[4:]:
        number = number * 32 + digits.BASE32.index(character)
    account = (number >> 39) & (1 << 40) - 1
    return account if account < 10**12 else -1


def _expiry(value: str) -> float | None:
    """Seconds since 1970; None: it says none (RFC 7519, 4.1.4, and 2 on NumericDate)."""
    try:
        said = json.loads(base64url(value.split(".")[1]))
    except (ValueError, RecursionError, IndexError):
        return None
    number = said.get("exp") if isinstance(said, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return number if 0 < number < _NEVER else None
