"""Findings of images show the lines of the Dockerfile that made them, and no secret in them."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path

from imagelint.engine.compiled import load
from imagelint.engine.shapes import expand
from imagelint.findings import Finding
from imagelint.scan_options import Options
from imagelint.scanning import scan
from tests.attested import PROVENANCE, attested, provenance
from tests.imagemaker import Recipe, docker_archive, dumps, oci_layout
from tests.material import password, rsa_key
from tests.plant_dockerfiles import places
from tests.plants import plants
from tests.test_never import SEED, WIDE, outputs, read

TOKEN, OTHER = expand("ghp_{base62:30}{crc32}", "frames"), expand("glpat-{base62:20}", "frames")
WORD = password(613)
HALF = len(TOKEN) // 2
FILE = f"""\
FROM base
# the first try was {OTHER}
RUN echo {TOKEN} > /x && \\
    echo {TOKEN[:HALF]}\\
{TOKEN[HALF:]} > /y
ENV DB_PASSWORD={WORD}
COPY run /run
USER app
"""
RECIPE = Recipe(
    layers=[
        [{"path": "etc/motd"}],
        [{"path": "x", "content": f"{TOKEN}\n"}, {"path": "y", "content": f"{TOKEN}\n"}],
        [{"path": "run", "mode": 0o4755}],
    ],
    config={"Env": [f"DB_PASSWORD={WORD}"], "User": "app"},
    history=[
        "base",
        f"RUN /bin/sh -c echo {TOKEN} > /x &&     echo {TOKEN} > /y # buildkit",
        {"created_by": f"ENV DB_PASSWORD={WORD}", "empty_layer": True},
        "COPY run /run # buildkit",
        {"created_by": "USER app", "empty_layer": True},
    ],
)
MASKED = """\
FROM base
# the first try was glpat****
RUN echo ghp_**** > /x && \\
    echo ghp_****\\
**** > /y
ENV DB_PASSWORD=****
COPY run /run
USER app""".split("\n")
MARKS = {"x": [3, 4, 5], "ENV DB_PASSWORD": [6], "run": [7]}


def frames(target: Path, **more: object) -> dict[str, tuple[int, list[str], list[int]]]:
    """First line, lines and marked lines of each finding's frame, by its path."""
    report = scan([str(target)], Options(load(), **more))  # type: ignore[arg-type]
    assert report.incomplete == []
    assert not any(value in repr(report) for value in (TOKEN, TOKEN[:HALF], TOKEN[HALF:], OTHER, WORD))
    found = [finding for finding in report.findings if finding.surface != "attestation"]
    return {finding.location.path: frame(finding) for finding in found}


def frame(finding: Finding) -> tuple[int, list[str], list[int]]:
    if finding.frame is None:
        return 0, [], []
    return finding.frame.first_line, list(finding.frame.lines), [line for line, _, _ in finding.frame.marks]


def expected(marks: list[int]) -> tuple[int, list[str], list[int]]:
    first, last = max(marks[0] - 2, 1), min(marks[-1] + 2, len(MASKED))
    return first, MASKED[first - 1 : last], marks


def test_a_secret_is_masked_in_the_line_that_wrote_it_into_a_layer(tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    (tmp_path / "made").write_text(FILE)
    assert frames(archive, dockerfile=str(tmp_path / "made")) == {path: expected(at) for path, at in MARKS.items()}
    layout = attested(oci_layout(tmp_path / "layout", RECIPE), (PROVENANCE, dumps(provenance(dockerfile=FILE))))
    assert frames(layout).items() >= {path: expected(at) for path, at in MARKS.items()}.items()


def test_what_is_known_from_the_image_alone_is_masked_too(tmp_path: Path) -> None:
    """The key lies in a layer, and a line of it stands in the Dockerfile, where nobody would know it for a key."""
    key = rsa_key(614)
    line = key.splitlines()[2]
    layers = [[{"path": "etc/motd"}], [{"path": "root/key.pem", "content": key}]]
    archive = docker_archive(tmp_path / "image.tar", Recipe(layers, history=["base", "COPY . / # buildkit"]))
    (tmp_path / "Dockerfile").write_text(f"FROM base\n# {line}\nCOPY . /\n")
    found = frames(archive)
    assert found["root/key.pem"] == (1, ["FROM base", "# ****", "COPY . /"], [3])


def test_no_line_no_frame(tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    (tmp_path / "Dockerfile").write_text(FILE.replace("USER app", "USER other"))
    assert set(map(str, frames(archive).values())) == {"(0, [], [])"}


def test_whoever_asks_sees_secrets(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILE)
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    report = scan([str(archive)], Options(load(), show_secrets=True))
    (found,) = [finding for finding in report.findings if finding.location.path == "x"]
    assert frame(found)[1] == FILE.splitlines()[:7]


def test_a_frame_is_bounded(tmp_path: Path) -> None:
    filler = "# x\n" * 5_000 + "# " + "x" * 200_000
    (tmp_path / "Dockerfile").write_text(FILE.replace("COPY run", f"{filler}\nCOPY run"))
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    told = outputs(tmp_path / "out", WIDE, str(archive))
    assert "COPY run /run</mark>" in told["out.html"]
    assert all("x" * 500 not in text for text in told.values())


def test_the_reports_show_it(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILE)
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    told = outputs(tmp_path / "out", WIDE, str(archive))
    assert not [name for name, text in told.items() for value in (TOKEN, TOKEN[HALF:], OTHER, WORD) if value in text]
    assert "echo ghp_****" in told["screen"]
    assert told["screen"].count("COPY run /run") >= 2  # the history, and the frame
    assert "COPY run /run</mark>" in told["out.html"]
    assert f"Made by `{tmp_path / 'Dockerfile'}:7`: `COPY run /run`" in told["summary.md"]
    results = json.loads(told["out.sarif"])["runs"][0]["results"]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in results]
    assert "COPY run /run" in [region.get("snippet", {}).get("text") for region in regions]


def test_secrets_in_the_lines_around(tmp_path: Path) -> None:
    """Beside each secret and place an instruction that made a layer: right behind it, and right ahead of it."""
    planted = [plant for plant in plants(SEED) if not plant.by_file and plant.value in plant.text]
    recipe = Recipe(
        [[{"path": "etc/motd"}], [{"path": "run", "mode": 0o4755}]], history=["base", "COPY run / # buildkit"]
    )
    image = docker_archive(tmp_path / "image.tar", recipe).read_bytes()
    words = []
    for number, (plant, turn) in enumerate(zip(planted[::4], cycle(range(31)))):  # all of them take half a minute
        texts = [text for _, text in places(plant)]
        text = f"FROM debian\n{texts[turn % len(texts)]}\n"
        copy = "FROM base\nCOPY run /\n"
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "Dockerfile").write_text(copy + text if number % 2 else text + copy)
        (folder / "image.tar").write_bytes(image)
        words.append(str(folder / "image.tar"))
    told = outputs(tmp_path / "out", WIDE, *words)
    assert told["screen"].count("COPY run /\n") > 0.95 * len(words)  # a here-document may swallow what follows
    assert not read(told, planted)
