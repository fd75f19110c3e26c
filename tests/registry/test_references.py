"""The words of the command, and files of references."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from imagelint.errors import UnreadableError, UsageError
from imagelint.registry.references import Ask, asked, parse
from imagelint.stream import limits

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("registry.example.org", ("registry.example.org", "", "", "", "")),
        ("registry.example.org/", ("registry.example.org", "", "", "", "")),
        ("localhost", ("localhost", "", "", "", "")),
        ("localhost:5000", ("localhost:5000", "", "", "", "")),
        ("hub:5000", ("hub:5000", "", "", "", "")),
        ("registry:5000/app", ("registry:5000", "app", "", "", "")),
        ("[::1]:5000/app", ("[::1]:5000", "app", "", "", "")),
        ("registry.example.org/shop/app", ("registry.example.org", "shop/app", "", "", "")),
        ("registry.example.org/shop/app:1", ("registry.example.org", "shop/app", "", "1", "")),
        (f"registry.example.org/app@{DIGEST}", ("registry.example.org", "app", "", "", DIGEST)),
        ("registry.example.org/shop/*", ("registry.example.org", "", "shop/*", "", "")),
        ("registry.example.org/*/app-[ab]?", ("registry.example.org", "", "*/app-[ab]?", "", "")),
        ("registry:registry.example.org/app:1", ("registry.example.org", "app", "", "1", "")),
        ("docker.io/library/redis", ("docker.io", "library/redis", "", "", "")),
        ("docker.io/redis", ("docker.io", "library/redis", "", "", "")),
        ("python:3.12", ("docker.io", "library/python", "", "3.12", "")),
        ("team/app:1", ("docker.io", "team/app", "", "1", "")),
    ],
)
def test_words(word: str, expected: tuple[str, ...]) -> None:
    assert parse(word) == Ask(word, *expected)


def test_a_line_is_read_as_docker_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("redis:7\nhub:5000/app:1\nregistry.example.org:5000\nlocalhost:5000\n")
    found, holes = asked([f"@{path}"])
    assert [(one.host, one.name, one.tag) for one in found] == [
        ("docker.io", "library/redis", "7"),
        ("hub:5000", "app", "1"),
        ("registry.example.org:5000", "", ""),
        ("localhost:5000", "", ""),
    ]
    assert holes == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("https://registry.example.org/app", "without a scheme"),
        ("app", "names no registry"),
        ("team/app", "docker.io/team/app is a repository of Docker Hub"),
        ("", "no reference"),
        ("registry.example.org/shop/", "registry.example.org/shop/* names all repositories below it"),
        ("registry.example.org/shop/*:1", "--tag-glob"),
        ("registry.example.org/Shop", "capital letters"),
        ("registry.example.org/app:!", "no tag"),
        ("registry.example.org/app@sha256:12", "no digest"),
        ("registry.example.org:70000000/app", "no reference"),
        ("reg\x1bistry.example.org/app", "no reference"),
    ],
)
def test_words_that_name_nothing(word: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked([word])
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "images.txt"
    path.write_bytes(
        b"\xef\xbb\xbf# what runs\n\nregistry.example.org/app:1  # the shop\r\n  registry.example.org/b\n"
        b"registry.example.org/app:1\nregistry.example.org/a\tb\n\xff\xfe\nhttps://x\n@other\n\x1b[2J\nregistry.example.org/c:2"
    )
    found, holes = asked([f"@{path}", "registry.example.org/app:1"])
    assert [(one.place, one.name, one.tag) for one in found] == [
        (f"{path}:3", "app", "1"),
        (f"{path}:4", "b", ""),
        (f"{path}:11", "c", "2"),
    ]
    assert [hole.place for hole in holes] == [f"{path}:{line}" for line in (6, 7, 8, 9, 10)]
    said = ("more than one word", "ASCII", "scheme", "no other file", "control character")
    for hole, words in zip(holes, said, strict=True):
        assert words in hole.reason


def test_many_wrong_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("\n".join(["not a reference"] * 30))
    _, holes = asked([f"@{path}"])
    assert len(holes) == 21
    assert "10 more of its lines are no references" in holes[-1].reason


@pytest.mark.parametrize("word", ["-", "@-"])
def test_standard_input(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"registry.example.org/app:1\n!\n")))
    found, holes = asked([word])
    assert [(one.place, one.name) for one in found] == [("standard input:1", "app")]
    assert [hole.place for hole in holes] == ["standard input:2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"PK\0\3", "binary"), (b"#" * 300, "over 0 MiB"), ("", "names no file")],
)
def test_files_that_are_none(
    content: bytes | str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REFERENCES_FILE", 200)
    path = tmp_path / "list"
    if isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        asked(["@" if content == "" else f"@{path}"])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        asked([f"@{tmp_path}"])


def test_the_text_is_not_in_the_reason() -> None:
    with pytest.raises(UnreadableError) as caught:
        parse("registry.example.org/sEcret-Word")
    assert "sEcret" not in str(caught.value)
