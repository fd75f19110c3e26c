"""Whatever stands in a baseline or a configuration: it is read, or one line says what is wrong."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagelint import config
from imagelint.config.settings import OVERRIDE, SETTINGS
from imagelint.errors import UsageError
from imagelint.triage import baseline_file
from imagelint.triage.entries import KEYS
from tests.dockerfile.linting import rules

WORDS = st.sampled_from([*KEYS, *SETTINGS, *OVERRIDE, "imagelint-baseline", "entries", "results", "version", "a", ""])
TEXTS = st.one_of(
    WORDS, st.text(max_size=8), st.sampled_from(["ab" * 16, "v1:" + "0" * 32, "2027-01-31", "ignore", "[", "**"])
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
ENTRY = st.dictionaries(
    st.sampled_from([*KEYS, "type", "hashed_secret", "line_number", "is_secret"]), PLAIN, max_size=6
)
OURS = st.fixed_dictionaries({"imagelint-baseline": st.just(1), "entries": st.lists(ENTRY, max_size=3)})
THEIRS = st.fixed_dictionaries(
    {"version": st.just("1.5.0"), "results": st.dictionaries(TEXTS, st.lists(ENTRY, max_size=3), max_size=3)}
)
OVERRIDES = st.lists(st.dictionaries(st.sampled_from(list(OVERRIDE)), PLAIN, max_size=6), max_size=2)
CONFIG = st.dictionaries(st.sampled_from(list(SETTINGS)), PLAIN, max_size=4)
WITH_OVERRIDES = st.builds(lambda found, overrides: {**found, "overrides": overrides}, CONFIG, OVERRIDES)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def one_line(read: Callable[[str], Any], name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        said = path
        try:
            read(path)
        except UsageError as error:
            said = str(error)
        assert said.startswith(path)
        assert "\n" not in said


@MANY
@given(st.one_of(PLAIN, OURS, THEIRS))
def test_any_baseline(document: Any) -> None:
    data = json.dumps(document).encode()
    one_line(lambda path: baseline_file.read(path, rules().rules), "known.json", data)
    one_line(baseline_file.Update, "known.json", data)


@MANY
@given(st.one_of(PLAIN, CONFIG, WITH_OVERRIDES))
def test_any_configuration(document: Any) -> None:
    """JSON is YAML."""
    one_line(config.read, "c.yaml", json.dumps(document).encode())


@MANY
@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    one_line(config.read, "c.yaml", data)
    one_line(config.read, "c.yaml", b"overrides:\n- rules: " + data)
    one_line(config.read, "pyproject.toml", b"[tool.imagelint]\nignore = " + data)
    one_line(lambda path: baseline_file.read(path, rules().rules), "known.json", data)
