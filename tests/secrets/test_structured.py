"""Files with a grammar, planted in layers and read as texts: each secret once, in its place, under a rule that fits."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO, cast

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.result import Found
from imagelint.secrets.confirm import Detector
from imagelint.secrets.kinds import CERTAIN, kind_of
from imagelint.secrets.structured.reading import INDEX
from imagelint.stream import limits
from tests.imagemaker import layer_tar
from tests.secrets.formats import Mark, Sort, binaries, filled, planted, sorts

SORTS = sorts()
ENDINGS = {"lines": ("\n", True), "no last line end": ("\n", False), "CRLF": ("\r\n", True)}
WEAK = "changeme"
LOOK_ALIKES = ("${DB_PASSWORD}", "{{ vault_password }}", WEAK, "<fill-in>", "%(password)s", "/run/secrets/db")
Spot = tuple[int, int, str]


def in_layer(detector: Detector, files: dict[str, bytes], limited: Sequence[str] = ()) -> dict[str, list[Found]]:
    """What a layer with these files gives, by path; `limited` must be told."""
    tar = layer_tar([{"path": path, "content": content} for path, content in files.items()])
    result = read_layer(Layer(0, "", "", len(tar), "", lambda: cast(BinaryIO, io.BytesIO(tar))), detector)
    assert (result.incomplete, [told for _, told in result.limited]) == ([], list(limited))
    found: dict[str, list[Found]] = {path: [] for path in files}
    for item in result.found:
        found[item.path.decode()].append(item)
    return found


def wrong(sort: Sort, found: list[tuple[Spot, str]], marks: list[Mark]) -> list[str]:
    """What is missed, told twice, told besides, or told by a rule that does not fit."""
    spots, told = Counter((mark.line, mark.column, mark.value) for mark in marks), Counter(spot for spot, _ in found)
    out = [f"missed {spot}" for spot in (spots - told).elements()]
    out += [f"not planted {spot}" for spot in (told - spots).elements()]
    return out + [f"{rule} at {spot}" for spot, rule in found if rule not in sort.rules]


@pytest.fixture(scope="module", params=[(seed, ending) for seed in (5, 6) for ending in ENDINGS], ids=str)
def scanned(
    request: pytest.FixtureRequest, detector: Detector
) -> tuple[dict[str, list[Mark]], dict[str, bytes], dict[str, list[Found]]]:
    """Every sort in a folder of its own, so that each has its usual path."""
    seed, name = request.param
    marks, files = {}, {}
    for number, sort in enumerate(SORTS):
        path = f"n{number}/{sort.path}"
        files[path], marks[path] = planted(sort, seed * 1000 + number, *ENDINGS[name])
    return marks, files, in_layer(detector, files)


def test_there_are_many_sorts() -> None:
    assert len(SORTS) > 280
    assert len({sort.name for sort in SORTS}) == len(SORTS)


def test_every_planted_secret_is_found_once_in_a_layer(
    scanned: tuple[dict[str, list[Mark]], dict[str, bytes], dict[str, list[Found]]],
) -> None:
    marks, _, found = scanned
    mistakes = {}
    for number, sort in enumerate(SORTS):
        path = f"n{number}/{sort.path}"
        spots = [((f.line, f.column, f.candidate.value), f.candidate.rule) for f in found[path]]
        if bad := wrong(sort, spots, marks[path]):
            mistakes[sort.name] = bad
    assert mistakes == {}


def test_offsets_are_those_of_the_file(
    scanned: tuple[dict[str, list[Mark]], dict[str, bytes], dict[str, list[Found]]],
) -> None:
    _, files, found = scanned
    for path, content in files.items():
        for item in found[path]:
            if item.candidate.exact and item.offset >= 0 and "cloud.cfg.d" not in path:
                value = item.candidate.value.encode()
                assert content[item.offset : item.offset + len(value)] == value


def test_the_same_by_name_and_text(detector: Detector) -> None:
    """As a Dockerfile's context or an embedded file is read; base64 is decoded in layers only."""
    mistakes = {}
    for number, sort in enumerate(SORTS):
        if "b64env" in sort.text:
            continue
        content, marks = planted(sort, number)
        spots = [
            ((c.line, c.column, c.value), c.rule) for c in detector.text(content.decode(), sort.path) if not c.dropped
        ]
        if bad := wrong(sort, spots, marks):
            mistakes[sort.name] = bad
    assert mistakes == {}


@pytest.mark.parametrize("value", LOOK_ALIKES)
def test_references_and_placeholders_are_no_secrets(detector: Detector, value: str) -> None:
    found = in_layer(detector, {f"n{n}/{sort.path}": filled(sort, value) for n, sort in enumerate(SORTS)})
    # an environment file that says `changeme` means it
    told = {path: items for path, items in found.items() if items and not (value == WEAK and kind_of(path) == CERTAIN)}
    assert {path: [f.candidate.value for f in items] for path, items in told.items()} == {}


def test_files_without_lines(detector: Detector) -> None:
    kept = {path: (rule, content) for _, path, rule, content in binaries(3)}
    found = in_layer(detector, {path: content for path, (_, content) in kept.items()})
    for path, (rule, content) in kept.items():
        values = [item.candidate.value for item in found[path]]
        assert values, path
        assert all(bytes.fromhex(value) in content for value in values)
        assert {(item.candidate.rule, item.line) for item in found[path]} == {(rule, 0)}
    assert len(found["etc/krb5.keytab"]) == 2


@pytest.mark.parametrize("sort", sorts("without"), ids=lambda sort: sort.path)
def test_what_is_locked_encrypted_or_elsewhere(detector: Detector, sort: Sort) -> None:
    found = in_layer(detector, {sort.path: planted(sort, 7)[0]})[sort.path]
    assert [(item.line, item.candidate) for item in found] == []


def test_an_encrypted_password_is_one_step_less_severe(detector: Detector) -> None:
    (sort,) = [sort for sort in SORTS if sort.name == "nuget encrypted"]
    (found,) = [c for c in detector.text(planted(sort, 1)[0].decode(), sort.path) if not c.dropped]
    assert found.encrypted


def test_in_an_archive_and_across_windows(detector: Detector) -> None:
    """The same files deep inside of a zip, and one that two windows share."""
    sort = next(sort for sort in SORTS if sort.name == "cqlshrc")
    content, (mark,) = planted(sort, 4)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("home/.cassandra/cqlshrc", content)
    long = b"# a line\n" * 40_000 + content
    files = {
        "srv/backup.zip": kept.getvalue(),
        "srv/filler": bytes(limits.WINDOW - 100_000),
        "root/.cassandra/cqlshrc": long,
    }
    found = in_layer(detector, files)
    (inner,), (cut,) = found["srv/backup.zip"], found["root/.cassandra/cqlshrc"]
    assert (inner.way, inner.line, inner.column) == (b"home/.cassandra/cqlshrc", mark.line, mark.column)
    assert (cut.line, cut.column, cut.candidate.value) == (mark.line + 40_000, mark.column, mark.value)


def test_what_is_too_large_for_a_grammar_is_told(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT_FILE", 1000)
    tar = layer_tar([{"path": path, "content": b"# x\n" * 400} for path in ("root/.pgpass", "srv/a.yaml")])
    result = read_layer(Layer(0, "", "", len(tar), "", lambda: cast(BinaryIO, io.BytesIO(tar))), detector)
    assert [reason for _, reason in result.limited] == [
        "a file that is read by its grammar is too large; patterns alone were searched in it"
    ]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("etc/NuGet/NuGet.Config", True),
        (".netrc", True),
        ("etc/freeradius/3.0/users", True),
        ("etc/users", False),
        ("srv/passwd", False),
        ("usr/lib/python3/site.py", False),
        ("etc/ppp/peers/isp", True),
        ("peers/isp", False),
        ("etc", False),
        ("", False),
    ],
)
def test_which_paths_have_a_reader(path: str, known: bool) -> None:
    assert bool(INDEX.find(path.encode())) is known
