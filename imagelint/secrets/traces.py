"""What tells, in the same pass as the rules' patterns, that bytes are worth decoding: a rule's keyword in base64, a
telling name in compiled Python. Beside the rules' patterns these literals cost nothing that can be measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imagelint.secrets.disguises import in_base64

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule

BASE64, COMPILED = 0, 1
"""Kinds of traces."""
COMPILED_NAME = (
    r"[zZ\xda\xfa][\x03-\x40][A-Za-z0-9_]{0,40}(?:[pP]assw|PASSW|[pP]assphrase|PASSPHRASE|pwd|PWD|_pass|_PASS|[sS]ecret"
    r"|SECRET|[aA]pi_?[kK]ey|API_?KEY|(?:access|auth|signing|encryption)_key|(?:ACCESS|AUTH|SIGNING|ENCRYPTION)_KEY"
    r"|_token|TOKEN)"
)
"""A text of marshal (compiled.py) with a telling word."""
OFTEN = rb"(?:^|[^A-Za-z0-9+/_=-])(?:V|W)(?:T|U|V|W|X|j|k|l|m|n|z|0|1|2|3)[A-Za-z0-9+/_-]{14}"
"""How a text begins that was encoded in base64 four times and more: whatever its first bytes are, each time leaves
fewer choices, and `Vm0wd2Qy` in the end."""
_SHORTEST = 4
"""Characters of a keyword: three leave two or three of base64, which any large binary has."""
_EVERYWHERE = frozenset(
    "http curl mysql mariadb login key- azure twilio pass cred sig= azdo azfu acdb +asb +aeh +arm aiot +acr azse azca "
    "apim +aba --token --api".split()
)
"""Keywords that much base64 without a secret has: URLs in certificates. Azure's signatures lie inside of keys, where
nothing tells how they fall into threes, and names of a longer kind stand ahead of them.
"""
_NAMES = ("password", "passwd", "passphrase", "secret", "token", "api_key", "api-key", "apikey", "credential")
"""Instead of the short keywords of the rule about assignments."""
_TWICE = ("password", "secret", "token", "private key")
"""Words that, in lower and in upper case, are looked for in base64 of base64, and in base64 of that, too."""
_TWO_WORDS = ("apiKey", "ApiKey", "privateKey", "accessKey")


def expressions(rules: Sequence[Rule]) -> list[tuple[int, bytes]]:
    """(kind, expression for Hyperscan)"""
    names = {*_TWO_WORDS, *(spelt for name in _NAMES for spelt in _spelt(name, ""))}
    words = {spelt for rule in rules for word in _own(rule) for spelt in _spelt(word, rule.pattern)}
    # ACME_TOKEN in base64 holds TOKEN in base64.
    words = {*names, *(word for word in words if not any(name in word for name in names))}
    twice = _in_base64(_in_base64({spelt for word in _TWICE for spelt in (word, word.upper())}))
    forms = _in_base64(words) | twice | _in_base64(twice)
    found = [(BASE64, re.escape(form).encode()) for form in sorted(forms)]
    return [*found, (BASE64, OFTEN), (COMPILED, COMPILED_NAME.encode())]


def _own(rule: Rule) -> tuple[str, ...]:
    """The keywords of a rule, if they tell more than _NAMES: a vendor's name stands ahead of `api_key` or `token`."""
    return () if rule.pattern.startswith("(?i:") else rule.keywords


def _in_base64(words: set[str]) -> set[str]:
    return {form for word in words for form in in_base64(word.encode())}


def _spelt(word: str, pattern: str) -> set[str]:
    """A keyword, which is in lower case, as the pattern has it, or in the usual ways."""
    if len(word) < _SHORTEST or word in _EVERYWHERE:
        return set()
    if not pattern or "(?i" in pattern:
        return {word, word.upper(), word.capitalize()}
    if found := re.search(re.escape(word), pattern, re.IGNORECASE):
        return {found[0]}
    return {word if word[:2] in pattern else word.upper()}  # `gh[opsu]_`, `BEGIN[ ]OPENSSH`
