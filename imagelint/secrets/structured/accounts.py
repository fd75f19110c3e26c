"""The accounts of passwd, shadow and group: who may log in by a password, and who is who (passwd(5), shadow(5),
group(5), crypt(5))."""

from __future__ import annotations

import re

from imagelint.record import record
from imagelint.secrets.structured.hashes import CRYPT

PASSWD, SHADOW, GROUP = "etc/passwd", "etc/shadow", "etc/group"
"""Paths in an image, without a slash in front."""
_USABLE = re.compile(rf"(?:{CRYPT}|_[./A-Za-z0-9]{{19}}|[./A-Za-z0-9]{{13}})\Z")
"""What crypt(5) makes; `!` ahead of it locks the account, and `x` or `*` is none."""
_NO_LOGIN = frozenset(("nologin", "false", "true", "sync", "shutdown", "halt", "git-shell", "nologin.sh"))
"""Last parts of shells that let nobody in, or do one thing."""
_FIELDS = {PASSWD: 7, SHADOW: 3, GROUP: 3}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,31}\$?\Z")
"""What useradd(8) takes. Another text is no name, and may be a piece of something that has a colon."""
_MOST = 10_000
"""Lines that are read: a system with as many users has them in a directory."""


@record
class Account:
    """One line, without what its password field says."""

    name: str
    password: bool
    """Somebody who knows a password gets in by it."""
    number: int = -1
    """Its id; -1 where there is none."""
    shell: str = ""

    @property
    def logs_in(self) -> bool:
        """Its shell takes commands; an empty one is /bin/sh."""
        return self.shell.rpartition("/")[2] not in _NO_LOGIN


def accounts(path: str, content: bytes) -> list[Account]:
    """Those of a file; [] for other files. What is not as the formats have it is left out, and so are NIS's lines."""
    least = _FIELDS.get(path, 0)
    found: list[Account] = []
    for line in content.decode("utf-8", "surrogateescape").split("\n")[:_MOST] if least else ():
        fields = line.rstrip("\r").split(":")
        if len(fields) >= least and _NAME.match(fields[0]):
            number = fields[2] if path != SHADOW else ""
            found.append(
                Account(
                    fields[0],
                    _USABLE.match(fields[1]) is not None,
                    int(number) if number.isascii() and number.isdigit() and len(number) <= 10 else -1,
                    fields[6] if path == PASSWD else "",
                )
            )
    return found


def shared_numbers(found: list[Account]) -> list[str]:
    """The ids that several names have, root's apart: `1000: ann, bob`."""
    names: dict[int, list[str]] = {}
    for account in found:
        if account.number > 0 and account.name not in names.setdefault(account.number, []):
            names[account.number].append(account.name)
    return [f"{number}: {', '.join(several)}" for number, several in names.items() if len(several) > 1]
