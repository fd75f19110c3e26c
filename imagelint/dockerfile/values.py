"""What the text of a variable's value refers to."""

from __future__ import annotations

import re

from imagelint.lazy import Lazy

_REFERENCE = Lazy(r"(?:\$\w+|\$\{\w+(?::?[-?+][^{}]*)?\}|\$\([^()]*\)|[\s:/@._-])+")
_DEFAULT = Lazy(r"\$\{\w+:?[-+][^{}]+\}")
_NAME = Lazy(r"(?<!\\)\$(?:\{(\w+)|(\w+))")
_PUBLIC = Lazy(r"(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+) |-----BEGIN (?:CERTIFICATE|PUBLIC KEY)")


_STAND_IN = Lazy(
    r"(?:change|replace)[-_ .]?(?:me|this|it)\W?|testing|foo|bar|baz|none|null|unset|todo|tbd"
    r"|(?:dummy|fake|tests?|example|sample|mock|your|my)[-_ .]?"
    r"(?:(?:api|secret|access|auth)?[-_ .]?(?:key|token|secret|password|value))?",
    re.IGNORECASE,
)


def is_stand_in(value: str) -> bool:
    """A word that somebody is meant to replace, or that was never real: changeme, dummy, your-api-key."""
    return _STAND_IN.fullmatch(value.strip()) is not None


def is_reference(raw: str) -> bool:
    """Nothing but variables, command substitutions and what joins them; a default in ${X:-...} is a value."""
    text = raw.strip("\"'")
    return "$" in text and _REFERENCE.fullmatch(text) is not None and _DEFAULT.search(text) is None


def is_url(value: str) -> bool:
    """A URL, with or without credentials in it."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://", value) is not None


def is_public(value: str) -> bool:
    """A public key or a certificate."""
    return _PUBLIC.match(value) is not None


def references(raw: str) -> list[str]:
    """The names of the variables in a text, each once."""
    return list(dict.fromkeys(a or b for a, b in _NAME.findall(raw)))
