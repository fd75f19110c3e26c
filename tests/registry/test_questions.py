"""Questions to an index: the numbers add up, the right images are named, and nothing a target says does harm."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from imagelint.errors import UsageError
from imagelint.findings import Severity
from imagelint.registry.answer_data import write_csv, write_json
from imagelint.registry.answer_terminal import write_terminal
from imagelint.registry.answers import Answer, Numbers
from imagelint.registry.index import Index, Placed
from imagelint.registry.narrowing import Asked
from imagelint.registry.questions import CONFIGURATION, NO_BASE, NO_LABEL, OWN, Questions
from imagelint.report.screen import Screen
from tests.registry import fleet
from tests.registry.fleet import BASES, HOST, SHARED, TEAMS, digest, image, placed, report
from tests.report.samples import HOSTILE, T

NUMBER = 60
WAYS = ("base", "repository", "rule", "fingerprint", "layer", "label:team", "label:none")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = str(tmp_path_factory.mktemp("index") / "index.db")
    with Index(file) as index:
        list(fleet.fill(index, range(NUMBER)))
    return file


def ask(path: str, by: str = "", **asked: Any) -> Answer:
    with Questions(path) as questions:
        return questions.answer(Asked(**asked), by)


def expected() -> list[tuple[int, Any]]:
    """(number of the image, finding) of all that nothing keeps quiet."""
    return [(n, found) for n in range(NUMBER) for found in report(n).findings if not found.suppressed]


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("asked", [{}, {"severity": "warning"}, {"base": "debian*"}, {"label": "team=search"}])
def test_the_numbers_add_up(path: str, by: str, asked: dict[str, Any]) -> None:
    told = ask(path, by, **asked)
    for name in ("error", "warning", "note"):
        total = getattr(told.totals, name)
        assert sum(getattr(group.numbers, name) for group in told.groups[by]) == total
        assert sum(getattr(one.numbers, name) for one in told.images) == total
    assert told.totals.all > 0
    assert max(group.images for group in told.groups[by]) <= len(told.images)
    if by not in ("repository", "rule"):
        return
    with Questions(path) as questions:
        rows = list(questions.findings(Asked(**asked)))
    assert len(rows) == told.totals.all


def test_totals(path: str) -> None:
    told, found = ask(path), expected()
    counts = Counter(one.severity for _, one in found)
    assert told.totals == Numbers(counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.NOTE])
    assert len(told.images) == NUMBER
    assert told.suppressed == sum(1 for n in range(NUMBER) for one in report(n).findings if one.suppressed)
    assert told.fingerprints == len({one.fingerprint for _, one in found})


def test_which_images_hold_a_fingerprint(path: str) -> None:
    holding = sorted({f"{HOST}/shop/app{n}:1" for n, one in expected() if one.fingerprint == SHARED})
    for digits in (SHARED, SHARED[:6]):
        assert sorted(one.name for one in ask(path, fingerprint=digits).images) == holding
    (group,) = ask(path, "fingerprint", fingerprint=SHARED).groups["fingerprint"]
    assert (group.name, group.about, group.images) == (SHARED, "aws-access-key AKIA****", len(holding))
    assert ask(path, fingerprint="0123abcd").images == []
    for wrong in ("5a5", "xyzw", "5a5a%", "5A5A"):
        with pytest.raises(UsageError, match="--fingerprint"):
            ask(path, fingerprint=wrong)


def test_which_base_brings_it(path: str) -> None:
    found = [n for n, one in expected() if one.fingerprint == SHARED]
    groups = {group.name: group.images for group in ask(path, "base", rule="aws-access-key").groups["base"]}
    assert groups == {BASES[0]: sum(n % 7 > 0 for n in found), NO_BASE: sum(n % 7 == 0 for n in found)}
    (layer,) = ask(path, "layer", rule="aws-access-key").groups["layer"]
    assert (layer.name, layer.about, layer.images) == (digest("base diff", 0), "ADD rootfs /", len(found))
    everything = {group.name for group in ask(path, "base").groups["base"]}
    assert everything == {BASES[0], NO_BASE, OWN, CONFIGURATION}
    assert CONFIGURATION in {group.name for group in ask(path, "layer").groups["layer"]}


def test_whose_they_are(path: str) -> None:
    teams = {group.name: group.numbers.all for group in ask(path, "label:team").groups["label:team"]}
    counts = Counter(TEAMS[n % 2] for n, _ in expected())
    assert teams == counts
    groups = ask(path, "label:none").groups["label:none"]
    assert [(group.name, group.numbers.all) for group in groups] == [(NO_LABEL, len(expected()))]
    assert len(ask(path, label="team").images) == sum(n % 5 > 0 for n in range(NUMBER))
    assert ask(path, label="team=").images == []
    for wrong in ("label:", "team", "base ", "image"):
        with pytest.raises(UsageError, match="--by"):
            ask(path, wrong)


def test_what_was_not_read(path: str) -> None:
    holes = ask(path).holes
    assert Counter(hole.kind for hole in holes) == {"incomplete": NUMBER // 6, "limited": NUMBER // 6}
    few = ask(path, repository="*/app1").holes
    assert [(hole.reference, hole.place) for hole in few] == [(f"{HOST}/shop/app1:1", "layer 1")]


def test_patterns_are_no_ranges(path: str) -> None:
    assert len(ask(path, repository=f"{HOST}/shop/app?").images) == 10
    assert ask(path, repository="*app[0-9]").images == []
    assert ask(path, repository="' OR 1 = 1 --").images == []


def terminal(answer: Answer, width: int = 100) -> str:
    out = io.StringIO()
    write_terminal(answer, out, Screen(False, width, "utf-8"))
    return out.getvalue()


@pytest.mark.parametrize("width", [0, 60, 100, 140])
@pytest.mark.parametrize("by", ["", *WAYS])
def test_on_a_screen(path: str, by: str, width: int) -> None:
    told = ask(path, by)
    text = terminal(told, width)
    assert f"{len(told.images)} images in {NUMBER} repositories" in text
    assert f"{told.totals.error} errors, {told.totals.warning} warnings, {told.totals.note} notes" in text
    if width:
        assert max(map(len, text.splitlines()[1:])) <= width
    assert "layer 1: its bytes do not match their digest" in " ".join(text.split())


def hostile(path: Path) -> str:
    """An index in which every text tries everything."""
    name = T("=cmd|' /C calc'!A0 " + HOSTILE)
    with Index(str(path)) as index:
        made, about = report(2), image(2)
        for finding in made.findings:
            finding.message = finding.location.path = finding.target = name
        made.limited[0].place = made.limited[0].reason = name
        about.base = about.platform = about.target = made.limited[0].target = name
        index.add(made, about, Placed(placed(2).references, labels={name: name, T("team"): T("@SUM(A1)")}))
        index.unread(name, made.limited)
    return str(path)


@pytest.mark.parametrize("by", ["", "base", "label:team"])
def test_a_hostile_name_does_nothing(tmp_path: Path, by: str) -> None:
    told = ask(hostile(tmp_path / "index.db"), by)
    with Questions(told.index) as questions:
        found = list(questions.findings(Asked()))
    texts = []
    for write in (write_csv, write_json):
        out = io.StringIO()
        write(told, found, out)
        texts.append(out.getvalue())
    for text in (*texts, terminal(told)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "##[" not in text
        text.encode("utf-8")
    assert json.loads(texts[1])["totals"]["images"] == 1
    rows = list(csv.reader(io.StringIO(texts[0])))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows[1:] for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    assert [cell for cell in cells if cell.startswith(("'=cmd", "'@SUM"))]


def test_csv_has_a_row_for_each_finding(path: str) -> None:
    out = io.StringIO()
    with Questions(path) as questions:
        write_csv(questions.answer(Asked()), questions.findings(Asked()), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(rows) == len(expected())
    (one,) = [row for row in rows if row["image"] == f"{HOST}/shop/app6:1" and row["rule"] == "aws-access-key"]
    assert (one["fingerprint"], one["masked"], one["layer"], one["origin"]) == (SHARED, "AKIA****", "0", "base")
    assert (one["base"], one["labels"], one["path"], one["line"]) == (BASES[0], f"team={TEAMS[0]}", "etc/key", "3")


def test_json_names_images_by_their_place(path: str) -> None:
    out = io.StringIO()
    with Questions(path) as questions:
        write_json(questions.answer(Asked(), "base"), questions.findings(Asked()), out)
    told = json.loads(out.getvalue())
    holding = {
        told["images"][one["image"]]["references"][0] for one in told["findings"] if one["fingerprint"] == SHARED
    }
    assert holding == {f"{HOST}/shop/app{n}:1" for n, one in expected() if one.fingerprint == SHARED}
    assert told["totals"]["findings"] == len(told["findings"]) == sum(g["findings"] for g in told["groups"]["base"])
    assert len(told["not_read"]) == NUMBER // 3


def test_answers_are_of_one_moment(tmp_path: Path) -> None:
    """Another process adds images while the questions are put, and neither waits for the other."""
    path = str(tmp_path / "index.db")
    with Index(path) as index:
        list(fleet.fill(index, range(5)))
        with Questions(path) as questions:
            list(fleet.fill(index, range(5, 9)))
            assert len(questions.answer(Asked()).images) == 5
    assert len(ask(path).images) == 9


def test_a_copy_that_cannot_be_written(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, who may write everything: the question is answered for them."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(path).read_bytes())
    monkeypatch.setattr("os.access", lambda place, mode: False)
    assert len(ask(str(copy)).images) == NUMBER
    assert [one.name for one in tmp_path.iterdir()] == ["copy.db"]
