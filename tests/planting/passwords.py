"""Passwords as people and their programs choose them."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.planting.text import (
    ALNUM,
    DIGITS,
    LOWER,
    UPPER,
    Field,
    alnum,
    b64,
    chars,
    hexa,
    lower,
    mixed,
    syllables,
    uuid,
    words,
)

Maker = Callable[[random.Random], str]


def _leet(rng: random.Random) -> str:
    word = "".join(words(rng, 1)).capitalize()
    return word.translate(str.maketrans("aeo", "430")) + str(rng.randrange(100, 99999)) + rng.choice("!?#$")


def _season(rng: random.Random) -> str:
    name = rng.choice(["Sommer", "Winter", "Herbst", "Spring"])
    return name + chars(rng, LOWER, 3) + str(rng.randrange(2015, 2026)) + rng.choice(["!", "!!", "#", "$"])


def _umlauts(rng: random.Random) -> str:
    return rng.choice(["Grüße", "Hütte", "Zürich", "Köln"]) + syllables(rng, 3) + str(rng.randrange(10, 999))


STYLES: dict[str, Maker] = {
    "leet": _leet,
    "season": _season,
    "passphrase": lambda r: "-".join(words(r, 4)) + str(r.randrange(10, 99)),
    "capital words": lambda r: "".join(w.capitalize() for w in words(r, 3)) + str(r.randrange(100, 999)),
    "spoken": lambda r: syllables(r, 4).capitalize() + str(r.randrange(10, 99)) + syllables(r, 2),
    "hexadecimal": lambda r: hexa(r, 32),
    "base64": lambda r: b64(r, 24),
    "letters and digits": lambda r: alnum(r, r.choice([12, 16, 20, 24])),
    "small": lambda r: lower(r, 10),
    "letters": lambda r: mixed(r, LOWER + UPPER, 18, LOWER, UPPER),
    "uuid": uuid,
    "symbols": lambda r: alnum(r, 4) + mixed(r, ALNUM + "!@%^*-_=+?", 12, "!@^*=+?", DIGITS) + alnum(r, 2),
    "umlauts": _umlauts,
    "short": lambda r: chars(r, LOWER, 3) + r.choice("!%*") + chars(r, UPPER, 2) + str(r.randrange(100, 999)),
}

PLAIN = ("leet", "season", "passphrase", "capital words", "spoken", "letters and digits", "small", "symbols")


def password(rng: random.Random, avoid: str = "") -> str:
    """One of any plain style, without the characters to be avoided."""
    while True:
        value = STYLES[rng.choice(PLAIN)](rng)
        if not set(value) & set(avoid):
            return value


MADE = ("hexadecimal", "base64", "letters and digits", "letters", "uuid")
"""Styles of programs, which fill in secrets too; people choose passwords alone."""

NAMES = (
    "DB_PASSWORD PG_PASSWORD MYSQL_ROOT_PASSWORD SMTP_PASSWORD ADMIN_PASSWORD LDAP_BIND_PASSWORD KEYSTORE_PASSWORD "
    "RABBITMQ_PASSWORD FTP_PASSWORD APP_SECRET JWT_SECRET SESSION_SECRET SECRET_KEY ENCRYPTION_KEY API_SECRET "
    "CLIENT_SECRET SIGNING_KEY"
).split()


PASSWORDS = [name for name in NAMES if name.endswith("PASSWORD")]
GENERIC = ("secret-in-assignment", "password-in-credentials-file")
"""What is right about a value that only its name tells."""


def planted(rng: random.Random, field: Field, style: str) -> tuple[str, str]:
    """A setting with a password of that style: its name and its marked value."""
    names = NAMES if style in MADE else PASSWORDS
    if style == "uuid":
        names = [name for name in NAMES if not name.endswith("KEY")]
    return rng.choice(names), field.hide(f"password: {style}", GENERIC, STYLES[style](rng))
