"""Package databases of a layer: whatever they hold, no exception, and bounded."""

from __future__ import annotations

import io
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.engine.compiled import load
from imagelint.image import packages
from imagelint.image.databases import charge
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.result import Found, LayerResult, Listed
from imagelint.image.timeline import Timeline
from imagelint.secrets.confirm import Candidate, Detector
from imagelint.stream import limits
from tests.imagemaker import layer_tar

NAMES = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/a.md5sums",
    "var/lib/dpkg/status.d/a.md5sums",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "var/lib/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/share/rpm/Packages",
)
WORDS = st.sampled_from(
    [b"F:usr", b"R:a", b"Z:Q1", b"Z:Q1AAAA", b"\n", b"  ", b" /etc/a ", b"0" * 32, b"\0", b":", b"/"]
)
DETECTOR = Detector([rule for rule in load().rules if rule.kind == "secret"])


def listed(entries: Sequence[dict[str, Any]], allowance: Allowance | None = None) -> LayerResult:
    data = layer_tar(entries)
    layer = Layer(0, "", "", -1, "", lambda: io.BytesIO(data))
    return read_layer(layer, DETECTOR, allowance=allowance)


def test_only_databases_are_kept() -> None:
    others = [
        "var/lib/dpkg/info/a.list",
        "var/lib/dpkg/statusx",
        "etc/status",
        "lib/apk/db/scripts.tar",
        "usr/share/rpms/Packages",
    ]
    entries = [{"path": name, "content": "x"} for name in (*NAMES, *others)]
    assert sorted(listed(entries).listed) == sorted(name.encode() for name in NAMES)


@settings(deadline=None)  # the first one compiles the patterns
@given(st.sampled_from(NAMES), st.binary(max_size=300) | st.lists(WORDS, max_size=60).map(b"".join))
def test_random_databases(name: str, content: bytes) -> None:
    content = b"\n" + content  # so that it begins as no archive does, which would be opened, too
    result = listed([{"path": name, "content": content}])
    assert (result.incomplete, result.limited) == ([], [])
    assert len(result.listed[name.encode()].lines) <= len(content) + 1


def test_a_database_that_ends_in_a_later_window() -> None:
    lines = "".join(f"{number:032x}  usr/share/{number}\n" for number in range(80_000))
    result = listed([{"path": NAMES[2], "content": lines}, {"path": "b", "content": "x"}])
    (database,) = result.listed.values()
    wanted = {hash(b"%032x  usr/share/%d" % (number, number)) for number in range(80_000)}
    assert wanted <= set(database.lines)


def test_a_database_that_is_cut_short_says_nothing() -> None:
    data = layer_tar([{"path": NAMES[2], "content": "0" * 5_000_000}])[:3_000_000]
    result = read_layer(Layer(0, "", "", -1, "", lambda: io.BytesIO(data)), DETECTOR)
    assert result.incomplete
    assert result.listed == {}


def test_more_files_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines that are short to make them many."""
    monkeypatch.setattr(limits, "LISTED", 10_000)
    result = listed([{"path": NAMES[2], "content": "\n" * 3_000_000}, *({"path": n, "content": "x"} for n in NAMES)])
    reason = "package databases list more files than are kept; the others count as the image's own"
    assert [said for _, said in result.limited] == [reason]
    assert sum(map(charge, result.listed.values())) <= 10_000


def test_a_database_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DATABASE", 1000)
    for size, reason in ((1000, ""), (1001, "it has more than 1000 bytes")):
        assert listed([{"path": NAMES[0], "content": bytes(size)}]).listed[NAMES[0].encode()].unread == reason


def test_long_diversions_are_left_aside() -> None:
    result = listed([{"path": NAMES[1], "content": "/a\n/b\n:\n" * 10_000}])
    database = result.listed[NAMES[1].encode()]
    assert (database.diverted, bool(database.unread)) == ({}, True)


def test_every_database_lists_every_file_in_every_layer() -> None:
    """Comparisons end, and so do lookups in the timeline; what was not compared is own, and that is said."""
    digests = bytes(68)
    key = hash(b"0" * 32 + b"  a")
    layers = []
    for index in range(300):
        layer = LayerResult(index)
        layer.found = [Found(Candidate("a", "b", 0, 1), b"a", "file", 1, 1, 0, 1, digests=digests)]
        layer.listed = {b"%d" % n: Listed(b"%d" % n, 1, array("q", [key])) for n in range(100)}
        layer.whiteouts.add(b"a")
        layers.append(layer)
    asked = packages.published(layers, Timeline(layers))
    assert [place for place, _ in asked.limited] == ["package databases"]
    assert 0 < len(asked.found) <= 300
