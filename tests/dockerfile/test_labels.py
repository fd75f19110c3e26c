"""Labels: keys, and values of the types that their keys ask for."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.labels import fits, key_problem, type_of
from imagelint.dockerfile.licenses import is_expression
from tests.dockerfile.linting import lines


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "apache-2.0",
        "GPL-2.0+",
        "(MIT OR Apache-2.0) AND BSD-3-Clause",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "((MIT))",
        "LicenseRef-Our.Own",
        "DocumentRef-x:LicenseRef-y",
        "NOASSERTION",
        "MIT " * 3000,
    ],
)
def test_license_expressions(text: str) -> None:
    assert is_expression(text)


@pytest.mark.parametrize(
    "text",
    ["", "Apache 2.0", "MIT AND", "OR MIT", "()", "MIT MIT", "MIT)", "(MIT", "MIT WITH MIT", "WITH", "MIT, ISC", "a/b"],
)
def test_what_is_no_license_expression(text: str) -> None:
    assert not is_expression(text)


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("date", "2024-05-01T12:00:00Z", True),
        ("date", "2024-05-01T12:00:00.123-23:59", True),
        ("date", "2024-02-30T12:00:00Z", True),
        ("date", "2024-13-01T12:00:00Z", False),
        ("date", "2024-05-01T12:00:00", False),
        ("date", "2024-05-01T24:00:00Z", False),
        ("url", "https://example.org", True),
        ("url", "ssh://git@example.org/a", True),
        ("url", "git@example.org:a", False),
        ("url", "https://", False),
        ("url", "https://example.org/a b", False),
        ("version", "1.2.3-rc.1+5", True),
        ("version", "v1.2.3", True),
        ("version", "1.2", False),
        ("version", "1.2.3-01", False),
        ("revision", "0c5505d", True),
        ("revision", "a" * 64, True),
        ("revision", "a" * 41, False),
        ("digest", "sha256:" + "0" * 64, True),
        ("digest", "0" * 64, False),
        ("authors", "Bob <bob@example.org>, Eve", True),
        ("authors", "bob at example.org", False),
        ("", "anything", True),
    ],
)
def test_values(kind: str, value: str, right: bool) -> None:
    assert fits(kind, value) is right


def test_keys() -> None:
    assert type_of("org.opencontainers.image.created") == type_of("org.label-schema.build-date") == "date"
    assert type_of("org.opencontainers.image.title") == type_of("created") == ""
    assert key_problem("com.example.a-b2") == key_problem("a") == key_problem("com.docker.desktop.extension.icon") == ""
    assert all(key_problem(key) for key in ("A", "a..b", "a-", ".a", "1a", "a b", "a_b", "io.docker.x", ""))


def test_a_literal_value_alone_is_judged() -> None:
    text = "FROM a:1\nARG V=x\nLABEL org.opencontainers.image.created=$V\nLABEL org.opencontainers.image.created=${V}Z"
    assert lines(text, "label-date") == []
    assert lines(text.replace("$V", "V"), "label-date") == [3]


def test_a_label_twice_counts_within_its_stage_and_from_the_second() -> None:
    text = "FROM a:1 AS b\nLABEL x=1 y=2\nLABEL y=3 x=4 \\\n  x=5\nFROM b\nLABEL x=6"
    assert lines(text, "label-set-twice") == [3, 3, 4]


def test_inherited_labels_count_as_there() -> None:
    chain = "FROM a:1 AS s0\nLABEL org.opencontainers.image.source=https://example.org/a\n"
    chain += "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(3000))
    text = chain + "FROM s3000\nLABEL org.opencontainers.image.revision=0 org.opencontainers.image.licenses=MIT\nCMD a"
    assert lines(text, "labels-missing") == []
    assert lines(chain + "CMD a", "labels-missing") == [3002]
