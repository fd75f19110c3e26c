"""Files with a grammar, read whole."""

from __future__ import annotations

PASSWORD_FILES = frozenset((b"etc/shadow", b"etc/shadow-", b"etc/passwd", b"etc/passwd-"))
"""Paths in an image, without a slash in front."""


def empty_passwords(path: str, content: bytes) -> list[str]:
    """The accounts that anybody may enter without a password, by shadow(5) and passwd(5); [] for other files.

    An empty second field is an empty password; `x` says that the password is in etc/shadow, `*` and `!` that there
    is none to enter by.
    """
    if path.lstrip("/").encode("utf-8", "surrogateescape") not in PASSWORD_FILES:
        return []
    accounts = []
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.rstrip("\r").split(":")
        if len(fields) >= 7 and fields[0] and not fields[0].startswith(("#", "+", "-")) and fields[1] == "":
            accounts.append(fields[0])
    return accounts
