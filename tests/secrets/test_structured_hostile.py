"""Readers of grammars on anything at all: they never raise, and their time grows with the length alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.secrets import grammar
from imagelint.secrets.confirm import Detector
from imagelint.secrets.structured.reading import INDEX, read
from imagelint.secrets.structured.scalars import documents
from imagelint.secrets.structured.value import Cut, Value
from tests.secrets.formats import planted, sorts
from tests.secrets.samples import unheard
from tests.secrets.test_structured import in_layer

READERS = {id(reader): reader for reader in INDEX.readers()}
PIECES = [
    *"{}[]:,\"'#|>-&*!\\=;$()<>/?%@` \t\n\r\0é",
    "---\n",
    "- ",
    ": ",
    "{{",
    "}}",
    '<!ENTITY a "',
    "<![CDATA[",
    "<a b='",
    "</a>",
    "<?xml version='1.0'?>",
    "password",
    "kind: Secret\n",
    "data:\n",
    "  ",
    "\\u00",
    "${",
    "user ",
    "machine ",
    "macdef ",
    'PSK "',
    "$6$",
    "-p",
    "curl -u a:",
    "<key>",
    "<string>",
    "#cloud-config\n",
    "outputs",
    "sensitive",
    "\x05\x02",
    "\xff\xfe",
]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400).map(lambda data: data.decode("latin-1")),
        st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    )
)
def test_no_reader_raises_or_points_outside(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("latin-1")
    said: list[str] = []
    for reader in READERS.values():
        for value in read((reader,), text, said.append):
            assert 0 <= value.start <= value.end <= len(text)
    assert not [reason for reason in said if "defect" in reason]
    with suppress(Cut):
        for document in documents(text):
            for scalar in document:
                assert 0 <= scalar.start < scalar.end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_file_may_end_or_break_anywhere(detector: Detector, seed: int, data: st.DataObject) -> None:
    sort = SORTS[seed % len(SORTS)]
    content, _ = planted(sort, seed)
    cut = data.draw(st.integers(0, len(content)))
    hole = data.draw(st.binary(max_size=8))
    broken = content[:cut] + hole + content[cut + len(hole) :]
    for piece in (content[:cut], broken):
        found = grammar.candidates(detector, grammar.wanted(sort.path.encode()), piece, unheard)
        assert all(0 <= candidate.start <= candidate.end <= len(piece) for candidate in found)


SORTS = sorts()
SIZE = 1 << 17
CRAFTED: dict[str, Callable[[int], str]] = {
    "blanks": lambda n: "a" + " " * n + "b",
    "blanks behind a key": lambda n: "password:" + " " * n + "x",
    "blanks in a flow": lambda n: "{a" + " " * n + "b}",
    "many keys": lambda n: "a: " * (n // 3),
    "dashes": lambda n: "- " * (n // 2),
    "lines of dashes": lambda n: "-\n" * (n // 2),
    "braces": lambda n: "{" * n,
    "brackets in lines": lambda n: "a: [\n" * (n // 5),
    "braces with keys": lambda n: '{"a":' * (n // 5),
    "templates": lambda n: "{{" * (n // 2),
    "quotes": lambda n: '"' * n,
    "single quotes": lambda n: "'" * n,
    "backslashes": lambda n: '"' + "\\" * n,
    "colons": lambda n: ":" * n,
    "hashes": lambda n: "#" * n,
    "line ends": lambda n: "\n" * n,
    "equals": lambda n: "a=" * (n // 2),
    "dollars": lambda n: "$6$" * (n // 3),
    "slashes": lambda n: "a/" * (n // 2),
    "words": lambda n: "password " * (n // 9),
    "one word": lambda n: "password" * (n // 8),
    "elements": lambda n: "<a>" * (n // 3),
    "an open element": lambda n: "<a " + "b='c' " * (n // 6),
    "entities": lambda n: '<!DOCTYPE a [<!ENTITY b "' + "x" * 1000 + '">]><a>' + "&b;" * (n // 3) + "</a>",
    "block scalars": lambda n: "a: |\n" + " x\n" * (n // 3),
    "nested block scalars": lambda n: "a: |\n" * (n // 5),
    "pipes": lambda n: "a|" * (n // 2),
    "options": lambda n: "mysql " + "-p " * (n // 3),
    "deeper and deeper": lambda n: "\n".join(" " * k + "a:" for k in range(700)) + " b" * (n // 2),
    "secrets": lambda n: "kind: Secret\ndata:\n" + "  a: QUJD\n" * (n // 10),
    "users": lambda n: "user a >" * (n // 8),
    "registers": lambda n: ("a: PSK " + "x " * 200 + "\n") * (n // 410),
}  # fmt: skip


@pytest.mark.parametrize("shape", CRAFTED)
def test_time_grows_with_the_length(shape: str) -> None:
    """Every reader on an eighth of a megabyte, in seconds where a quadratic one takes hours."""
    text = "#cloud-config\n" * (shape == "secrets") + CRAFTED[shape](SIZE)
    for reader in READERS.values():
        begin = time.process_time()
        for _ in read((reader,), text, unheard):
            pass
        assert time.process_time() - begin < 4, reader


def test_entities_are_refused(detector: Detector) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY p "hidden">]><settings><password>&p;</password></settings>'
    assert [c for c in detector.text(text, "root/.m2/settings.xml") if c.exact] == []


def test_a_file_that_is_no_such_file_falls_back_to_patterns(detector: Detector) -> None:
    key = "gh" + "p_" + "0" * 5
    text = f'<settings><broken\npassword = "{key}Xy7-Kq4"\n'
    assert [c.value for c in detector.text(text, "root/.m2/settings.xml") if not c.dropped] == [f"{key}Xy7-Kq4"]


MANIFEST = "kind: Secret\nstringData:\n"
CUT = "a document in JSON or YAML that is too deep or too long; patterns alone were searched in its rest"


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\nother:\n" + "".join(f"  k{number}: v\n" for number in range(60_000)),
        MANIFEST + "a:\n" + "\n".join(" " * depth + "a:" for depth in range(1, 70)) + " b\n",
        MANIFEST + "  a: {" + "b: c, " * 12_000 + "}\n",
        '{"kind": "Secret", "data": ' + "[" * 70 + "1" + "]" * 70 + "}",
        '{"kind": "Secret", "data": [' + "1," * 60_000 + "2]}",
    ],
    ids=["long", "deep", "flow", "deep JSON", "long JSON"],
)
def test_what_is_not_read_of_a_document_is_told(detector: Detector, text: str) -> None:
    in_layer(detector, {"srv/app.yaml": text.encode()}, [CUT])
    in_layer(detector, {"srv/app.yaml": (MANIFEST + "  a: b\n").encode()})


def test_more_secrets_than_are_kept_are_told(detector: Detector) -> None:
    users = "".join(f"u{number}:$6$ab$" + "x" * 86 + ":1::::::\n" for number in range(5001)).encode()
    more = "a file with more secrets by its grammar than are kept; patterns alone searched its rest"
    said: list[str] = []
    assert len(list(read(grammar.wanted(b"etc/shadow"), users.decode(), said.append))) == 5000
    assert said == [more]


@pytest.mark.parametrize("encoding", ["UTF-6", "rot13", "zip", "idna", "utf-16", "undefined", "x" * 5000])
def test_an_encoding_that_a_document_names_is_not_asked_for(detector: Detector, encoding: str) -> None:
    word = "k7" + "Qz-w0Lm"
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<settings><password>{word}</password></settings>'
    (found,) = in_layer(detector, {"root/.m2/settings.xml": text.encode()})["root/.m2/settings.xml"]
    assert found.candidate.value == word


def test_what_is_not_read_of_xml_is_told(detector: Detector) -> None:
    said = "XML that is too deep or too long, or has entities; patterns alone were searched in its rest"
    for text in ("<a>" * 70, "<a>" + '<b c="d"/>' * 51_000 + "</a>", '<!DOCTYPE s [<!ENTITY p "x">]><s>&p;</s>'):
        in_layer(detector, {"root/.m2/settings.xml": text.encode()}, [said])
    in_layer(detector, {"root/.m2/settings.xml": b"<a><b></a>"})


def test_a_defect_of_one_reader_is_told_and_loses_no_other() -> None:
    def broken(_text: str) -> Iterator[Value]:
        yield Value(1, 2)
        raise ZeroDivisionError

    def sound(_text: str) -> Iterator[Value]:
        yield Value(3, 4)

    said: list[str] = []
    assert [value.start for value in read((broken, sound), "x" * 9, said.append)] == [1, 3]
    assert len(said) == 1
    assert said[0].startswith("a defect of imagelint kept it from being read: ZeroDivisionError at ")
