"""Fingerprints: what a rebuild changes leaves them as they are, and what is not the same has another one."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from imagelint.engine.compiled import load
from imagelint.engine.shapes import expand
from imagelint.findings import Finding, Report
from imagelint.report import sarif
from imagelint.scan_options import Options
from imagelint.scanning import scan
from imagelint.triage.baseline import of_findings
from tests.dockerfile.linting import findings
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password, rsa_key

FEW = settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
KEY, TOKEN, SAME = rsa_key(81), expand("ghp_{base62:30}{crc32:github}", "fingerprints"), password(82)
Layer = Sequence[Mapping[str, Any]]
Identity = tuple[str, str, str, str]
"""Rule, place as a baseline has it, fingerprint, and what GitHub tells alerts apart by."""

TOOL = {"path": "usr/bin/tool", "content": "x", "mode": 0o4755}
LAYERS: list[Layer] = [
    [
        {"path": "etc/motd", "content": "hello"},
        {"path": "root/.ssh/id_rsa", "content": KEY},
        {"path": "srv/app.env", "content": f"DB_PASSWORD={SAME}\nADMIN_PASSWORD={SAME}\n"},
        {"path": "srv/token", "content": TOKEN},
        TOOL,
    ],
    [{"path": "root/.ssh/.wh.id_rsa"}, TOOL],
    [TOOL, {"path": "srv/open", "content": "x", "mode": 0o666}, {"path": "srv/again", "content": TOKEN}],
]
HISTORY = ["COPY . /", "RUN rm /root/.ssh/id_rsa && chmod u+s /usr/bin/tool", f"RUN PGPASSWORD={password(83)} psql"]
CONFIG = {"Env": [f"MAIL_PASSWORD={password(84)}"], "ExposedPorts": {"22/tcp": {}}}
UNRELATED: Layer = [{"path": "opt/other", "content": "nothing to see"}]


@cache
def options() -> Options:
    return Options(rules=load(), caches=False)


def identities(report: Report) -> list[Identity]:
    """Of every finding; where it lies in the file system of a test does not count."""
    assert report.incomplete == []
    out = io.StringIO()
    sarif.render(report, {}, out)
    told: dict[tuple[str, str], list[str]] = {}
    for result in json.loads(out.getvalue())["runs"][0]["results"]:
        prints = result["partialFingerprints"]
        told.setdefault((result["ruleId"], prints["imagelint/v1"]), []).append(prints["primaryLocationLineHash"])
    assert all(len(hashes) == 1 for hashes in told.values())
    entries = of_findings(report.findings, [image.target for image in report.images])
    return sorted((f.rule, entry.place, f.fingerprint, told[f.rule, f.fingerprint][0]) for f, entry in entries)


def image(write: Callable[[Path], object], target: str = "image") -> list[Identity]:
    """The identities of an image that is written into a new folder."""
    with TemporaryDirectory() as folder:
        write(Path(folder) / target)
        return identities(scan([f"{folder}/{target}"], options()))


@cache
def before() -> list[Identity]:
    """Of the image that the others are rebuilt from."""
    return image(lambda path: docker_archive(path, Recipe(LAYERS, CONFIG, HISTORY)))


def test_every_finding_of_an_image_has_its_own() -> None:
    counts = Counter(rule for rule, *_ in before())
    assert counts == {
        "secret-in-assignment": 3,
        "github-token": 1,
        "pem-private-key": 1,
        "setuid-file": 1,
        "world-writable-file": 1,
        "image-runs-as-root": 1,
        "ssh-port-in-image": 1,
    }
    for place in (2, 3):
        assert len({identity[place] for identity in before()}) == len(before())


@FEW
@given(
    compress=st.sampled_from(["", *(f"gzip-{n}" for n in range(1, 10)), *(f"zstd-{n}" for n in (1, 3, 9, 19))]),
    tag=st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?:[a-z0-9.]{1,9}", fullmatch=True),
    name=st.from_regex(r"[a-z0-9.-]{1,12}[a-z]", fullmatch=True),
    layout=st.sampled_from(["oci", "old", "25", "29"]),
)
def test_compression_tag_and_archive_do_not_count(compress: str, tag: str, name: str, layout: str) -> None:
    recipe = Recipe(LAYERS, CONFIG, HISTORY, [tag])
    after = image(
        lambda path: (
            oci_layout(path, recipe, compress=compress)
            if layout == "oci"
            else docker_archive(path, recipe, layout=layout, compress=compress)
        ),
        name,
    )
    assert after == before()


@FEW
@given(data=st.data(), seconds=st.integers(0, 2**31))
def test_order_and_time_of_files_do_not_count(data: st.DataObject, seconds: int) -> None:
    layers = [[{**entry, "mtime": seconds} for entry in data.draw(st.permutations(layer))] for layer in LAYERS]
    recipe = Recipe(layers, CONFIG, HISTORY, more={"created": f"20{seconds % 90 + 10}-01-01T00:00:00Z"})
    assert image(lambda path: docker_archive(path, recipe)) == before()


@FEW
@given(places=st.lists(st.integers(0, len(LAYERS)), min_size=1, max_size=4), empty=st.integers(0, 3))
def test_layers_and_steps_of_others_do_not_count(places: list[int], empty: int) -> None:
    layers, history = list(LAYERS), list(HISTORY)
    for number, place in enumerate(sorted(places, reverse=True)):
        layers.insert(place, [{**entry, "path": f"{entry['path']}{number}"} for entry in UNRELATED])
        history.insert(place, f"RUN make other{number}")
    steps = [{"created_by": f"WORKDIR /{number}", "empty_layer": True} for number in range(empty)]
    recipe = Recipe(layers, CONFIG, [*steps, *history])
    assert image(lambda path: docker_archive(path, recipe)) == before()


BUILT = f"""\
FROM scratch
COPY . /
RUN rm /root/.ssh/id_rsa && chmod u+s /usr/bin/tool
RUN PGPASSWORD={password(83)} psql
ENV MAIL_PASSWORD={password(84)}
"""
STEPS: list[str | Mapping[str, Any]] = [
    "COPY . / # buildkit",
    "RUN /bin/sh -c rm /root/.ssh/id_rsa && chmod u+s /usr/bin/tool # buildkit",
    f"RUN /bin/sh -c PGPASSWORD={password(83)} psql # buildkit",
    {"created_by": f"ENV MAIL_PASSWORD={password(84)}", "empty_layer": True},
]


def built(folder: Path, text: str) -> tuple[list[Identity], list[int]]:
    """The identities of the image, and the lines of this Dockerfile that its findings point at."""
    (folder / "Dockerfile").write_text(text)
    archive = docker_archive(folder / "image.tar", Recipe(LAYERS, CONFIG, STEPS))
    with_lines = Options(rules=load(), caches=False, dockerfile=str(folder / "Dockerfile"))
    report = scan([str(archive)], with_lines)
    sources = [f.layer.source for f in report.findings if f.layer]
    return identities(report), [source.line for source in sources if source]


@FEW
@given(data=st.data())
def test_lines_of_the_dockerfile_of_an_image_do_not_count(data: st.DataObject) -> None:
    above = data.draw(st.lists(st.sampled_from(["", "# a comment", "#"]), min_size=1, max_size=5))
    shifted = "".join(f"{line}\n" for line in above) + BUILT
    with TemporaryDirectory() as folder:
        old, lines = built(Path(folder), BUILT)
        new, moved = built(Path(folder), shifted)
    assert new == old
    assert {2, 4, 5} <= set(lines)
    assert moved == [line + len(above) for line in lines]


RULE = """\
id: mine
title: A rule of a user
kind: @
severity: note
when: |
  $
message: "found"
rationale: x
examples:
  bad: [{image: {layers: [[{path: x, mode: "4755", content: x}]]}}]
  good: [{image: {layers: [[{path: x, content: x}]]}}]
"""
SMALL: Layer = [{"path": "y", "content": "x"}]


def of_my_rule(folder: Path, kind: str, when: str, layers: Sequence[Layer], history: Sequence[str]) -> list[str]:
    """The fingerprints of a rule of one's own, layer by layer."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "mine.yaml").write_text(RULE.replace("@", kind).replace("$", when))
    path = docker_archive(folder / "image", Recipe(layers, {}, history))
    report = scan([str(path)], Options(rules=load([str(rules)]), select=["mine"], caches=False))
    return [finding.fingerprint for finding in report.findings]


def test_layers_are_known_by_the_steps_that_made_them(tmp_path: Path) -> None:
    large = [{"path": "x", "content": "x" * 30000}]
    old = of_my_rule(tmp_path, "layer", "layer.size > 20000", [large] * 3, ["RUN a", "RUN b", "RUN b"])
    assert len(set(old)) == 3
    layers, history = [SMALL, large, SMALL, large, large], ["RUN 0", "RUN a", "RUN 1", "RUN b", "RUN b"]
    assert of_my_rule(tmp_path, "layer", "layer.size > 20000", layers, history) == old


def test_one_path_in_several_layers_is_several_findings(tmp_path: Path) -> None:
    kind, when = 'entry\nindex: {mode: "6000"}', "entry.setuid"
    old = of_my_rule(tmp_path, kind, when, [[TOOL], [TOOL], [TOOL]], ["RUN a", "RUN b", "RUN c"])
    assert len(set(old)) == len(old) == 3
    # Nor does it count what became of the file in a later layer.
    assert of_my_rule(tmp_path, kind, when, [[TOOL], SMALL, [TOOL]], ["RUN a", "RUN b", "RUN c"]) == old[:2]
    gone: Layer = [{"path": "usr/bin/.wh.tool"}]
    assert of_my_rule(tmp_path, kind, when, [[TOOL], gone], ["RUN a", "RUN b"]) == old[:1]


INSTRUCTIONS = [
    "FROM debian AS build\n",
    "RUN sudo make && \\\n    sudo make \\\n  && sudo install\n",
    "FROM alpine\n",
    "RUN sudo make\n",
    f"ENV DB_PASSWORD={SAME} ADMIN_PASSWORD={SAME}\n",
    f"RUN curl -H 'Authorization: token {TOKEN}' https://example.org/x | sh\n",
    "COPY .npmrc /root/\n",
    "ADD x y z /srv\n",
    "RUN <<END\nsudo a\nEND\n",
    "EXPOSE 22\n",
]


def told(text: str) -> list[tuple[str, str]]:
    return [(finding.rule, finding.fingerprint) for finding in findings(text)]


@FEW
@given(data=st.data())
def test_lines_above_and_between_do_not_count(data: st.DataObject) -> None:
    more = st.lists(st.sampled_from(["\n", "# build it\n", "\n\n", "#\n"]), max_size=3).map("".join)
    text = "".join(data.draw(more) + instruction for instruction in INSTRUCTIONS)
    text = text.replace("make \\\n", f"make \\\n{data.draw(st.sampled_from(['', '# why', '  # why', '#']))}\n")
    old = told("".join(INSTRUCTIONS))
    assert told(text.replace("make \\\n\n", "make \\\n")) == old
    assert len(set(old)) == len(old)


def test_what_is_next_to_it_does_not_count() -> None:
    (old,) = findings("FROM debian:12.1\nRUN sudo make && apk add git\n", "sudo")
    (new,) = findings("FROM alpine AS x\nRUN true\nFROM debian:12.2\nRUN sudo make && apk add git curl\n", "sudo")
    assert old.fingerprint == new.fingerprint
    (old,) = findings("FROM debian:12.1\nCMD x\n", "no-user")
    (new,) = findings("FROM debian:12.2\nCMD x\n", "no-user")
    assert old.fingerprint == new.fingerprint
    (old,) = findings("FROM a:1\nENV PATH=.:$PATH B=1\n", "search-path-unsafe")
    (new,) = findings("FROM a:1\nENV PATH=.:$PATH B=2\n", "search-path-unsafe")
    assert old.fingerprint == new.fingerprint


def secrets(text: str) -> list[Finding]:
    return [finding for finding in findings(text) if finding.secret]


@pytest.mark.parametrize("line", ["ENV A_TOKEN=@ B_TOKEN=@", "RUN login @ && login @", "# @ @", "LABEL a=@ b=@"])
def test_two_tokens_on_one_line_are_two(line: str) -> None:
    first, second = (expand("ghp_{base62:30}{crc32:github}", name) for name in ("one", "two"))
    found = secrets(f"FROM a:1\n{line.replace('@', first, 1).replace('@', second)}\n")
    assert [finding.rule for finding in found] == ["github-token"] * 2
    assert len({finding.fingerprint for finding in found}) == 2
    same = secrets(f"FROM a:1\n{line.replace('@', first)}\n")
    assert [finding.fingerprint for finding in same] == [found[0].fingerprint]


@given(seeds=st.lists(st.integers(0, 10**6), min_size=2, max_size=2, unique=True))
@FEW
def test_two_passwords_on_one_line_are_two(seeds: list[int]) -> None:
    one, two = map(password, seeds)
    for line in (f"ENV DB_PASSWORD={one} ADMIN_PASSWORD={two}", f"RUN DB_PASSWORD={one} a && DB_PASSWORD={two} b"):
        found = secrets(f"FROM a:1\n{line}\n")
        assert len({finding.fingerprint for finding in found}) == len(found) == 2


def test_one_password_on_two_lines_of_a_dockerfile_is_two() -> None:
    found = secrets(f"FROM a:1\nENV DB_PASSWORD={SAME}\nENV ADMIN_PASSWORD={SAME}\n")
    assert len({finding.fingerprint for finding in found}) == len(found) == 2


def test_a_token_on_two_lines_is_one_finding_with_both_places() -> None:
    (found,) = secrets(f"FROM a:1\nENV A={TOKEN}\nRUN x\nRUN login {TOKEN}\n")
    assert found.location.line == 2
    assert [(place.path, place.line, place.surface) for place in found.places] == [
        ("Dockerfile", 2, "dockerfile"),
        ("Dockerfile", 4, "dockerfile"),
    ]


def test_a_comment_speaks_for_its_own_line_alone() -> None:
    quiet, loud = secrets(f"FROM a:1\n# imagelint ignore=github-token\nENV A={TOKEN}\nRUN login {TOKEN}\n")
    assert (quiet.location.line, bool(quiet.suppressed), quiet.places) == (3, True, ())
    assert (loud.location.line, bool(loud.suppressed), loud.places) == (4, False, ())
    assert quiet.fingerprint == loud.fingerprint
