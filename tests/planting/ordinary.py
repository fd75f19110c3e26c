"""Settings which are no secrets, in the neighbourhood of such that are."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.planting.text import chars, hexa, host, service, user, uuid

_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "PORT": lambda r: str(r.randrange(3000, 9999)),
    "LOG_LEVEL": lambda r: r.choice(["info", "debug", "warn"]),
    "NODE_ENV": lambda r: r.choice(["production", "staging"]),
    "PUBLIC_URL": lambda r: f"https://{host(r)}/{service(r)}",
    "DB_HOST": host,
    "DB_PORT": lambda r: r.choice(["5432", "3306", "1433"]),
    "DB_NAME": service,
    "DB_USER": user,
    "CACHE_TTL": lambda r: str(r.randrange(60, 86400)),
    "TZ": lambda r: r.choice(["UTC", "Europe/Zurich", "America/Lima"]),
    "REGION": lambda r: r.choice(["eu-central-1", "us-east-1", "ap-south-1"]),
    "GIT_COMMIT": lambda r: hexa(r, 40),
    "IMAGE_DIGEST": lambda r: "sha256:" + hexa(r, 64),
    "TENANT_ID": uuid,
    "REQUEST_TIMEOUT": lambda r: f"{r.randrange(1, 60)}s",
    "PASSWORD_MIN_LENGTH": lambda r: str(r.randrange(8, 20)),
    "TOKEN_LIFETIME": lambda r: str(r.randrange(300, 7200)),
    "API_KEY_HEADER": lambda r: r.choice(["X-Api-Key", "Authorization"]),
    "DB_PASSWORD_FILE": lambda r: f"/run/secrets/{service(r)}_db_password",
    "CONTACT": lambda r: f"{user(r)}@{host(r)}",
    "WORKERS": lambda r: str(r.randrange(1, 32)),
    "FEATURE_SEARCH": lambda r: r.choice(["true", "false"]),
    "SECRET_STORE": lambda r: r.choice(["vault", "awssm", "gsm"]),
    "RELEASE": lambda r: f"v{r.randrange(9)}.{r.randrange(30)}.{r.randrange(90)}",
    "KEYBOARD_LAYOUT": lambda r: r.choice(["de", "us", "fr"]),
    "AUTHOR": lambda r: r.choice(["Zoë Müller", "José Núñez", "Åsa Lindqvist", "山田太郎"]),
    "SESSION_COOKIE_NAME": lambda r: service(r) + "_sid",
    "PRIMARY_KEY_COLUMN": lambda r: r.choice(["id", "uuid"]),
    "TOKENIZER": lambda r: r.choice(["cl100k_base", "gpt2"]),
    "BUCKET": lambda r: f"{service(r)}-assets-{chars(r, '0123456789', 4)}",
}


def ordinary(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """That many names and values, each name once."""
    return [(name, _MAKERS[name](rng)) for name in rng.sample(list(_MAKERS), count)]


def comment(rng: random.Random) -> str:
    """What a person writes above a setting."""
    return rng.choice([
        "see the wiki page of the platform team before you change this",
        "TODO: move to the vault (after the migration)",
        "clé de production, ne pas modifier",
        "für den Betrieb; wird nächste Woche erneuert",
        "rotated in March, ask the on-call engineer",
        "the defaults are fine for small installations",
        "keep in sync with the other region",
        "本番環境",
    ])  # fmt: skip
