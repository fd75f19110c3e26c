"""What is turned away at a glance would have been turned away."""

from __future__ import annotations

import itertools

import pytest

from imagelint.secrets.confirm import Detector
from imagelint.secrets.kinds import kind_of

NAMES = ("password", "my_token", "apiSecret", "db.passwd", "'secret'", '"client_secret"', "--password", "PASS")
SIGNS = ("=", ": ", " := ", " => ", ", ", " == ", "+=", " = r", ": str = ", " ")
VALUES = (
    *(
        "",
        "a",
        "string",
        "abcdefghijklmno",
        "abcdefghijklmnop",
        "Abc",
        "xK7q",
        "qzxwvkjpfh",
        "{{ vault }}",
        "${A}",
        "NextToken",
        "token",
    ),
    *("x1y2z3", "tr0ub4dor", "abc'def1x", 'abc"9fk2', "a`b1c2d3e4"),
)
QUOTES = ('"', "'", "`", '\\"', '"""', "")
AFTER = ("", ";", ' + "d3f9Kq21xZ"', "9fk2Lm_x7q", f' pass{"word"}="q7Kx9_mzL2"')
FILES = ("srv/app.py", "srv/app.js", "usr/share/doc/x/README.md", "srv/main.c", "srv/tables.json", "srv/.env")


@pytest.mark.parametrize("file", FILES)
def test_only_what_is_turned_away(detector: Detector, file: str) -> None:
    kind = kind_of(file)
    lines = [
        f"{name}{sign}{quote}{value}{quote}{after}"
        for name, sign, value, quote, after in itertools.product(NAMES, SIGNS, VALUES, QUOTES, AFTER)
    ]
    scanner, seen = detector.patterns.scanner(), {False: 0, True: 0}
    for at in range(0, len(lines), 100):
        window = bytearray("\n\n".join(lines[at : at + 100]).encode())
        for rule, end in scanner.scan(window):
            hopeless = detector.hopeless(rule, window, end, kind)
            seen[hopeless] += 1
            if hopeless:
                candidate = detector.confirm(rule, window, end, file)
                # A longer value that this stands in has a hit of its own.
                inside = candidate is not None and candidate.start < end - 1 - len("'")
                assert candidate is None or candidate.dropped or inside, (window[end - 60 : end + 40], candidate.value)
    assert min(seen.values()) > 300
