"""--dockerfile, and what is done without it: findings of images at the lines of a Dockerfile."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import load
from imagelint.errors import UsageError
from imagelint.findings import Finding, Report
from imagelint.scan_options import Options
from imagelint.scanning import scan
from tests import program
from tests.attested import PROVENANCE, attested, provenance
from tests.engines import Engines
from tests.imagemaker import Recipe, docker_archive, dumps, oci_layout
from tests.material import password, rsa_key
from tests.podman import Podman

KEY, PASSWORD = rsa_key(611), password(612)
FILE = f"""\
FROM base
ENV DB_PASSWORD={PASSWORD}
COPY id_rsa \\
     /root/id_rsa
EXPOSE 22
USER root
"""
RECIPE = Recipe(
    layers=[[{"path": "etc/motd"}], [{"path": "root/id_rsa", "content": KEY}]],
    config={"Env": [f"DB_PASSWORD={PASSWORD}"], "User": "root", "ExposedPorts": {"22/tcp": {}}},
    history=[
        "base",
        {"created_by": f"ENV DB_PASSWORD={PASSWORD}", "empty_layer": True},
        "COPY id_rsa /root/id_rsa # buildkit",
        {"created_by": "EXPOSE map[22/tcp:{}]", "empty_layer": True},
        {"created_by": "USER root", "empty_layer": True},
    ],
)
LINES = {
    "pem-private-key": (3, 1, 4, 18),
    "secret-in-assignment": (2, 1, 2, 17 + len(PASSWORD)),
    "image-runs-as-root": (6, 1, 6, 10),
    "ssh-port-in-image": (5, 1, 5, 10),
}


def options(dockerfile: str | Path = "", **more: Any) -> Options:
    return Options(load(), dockerfile=str(dockerfile), **more)


def places(report: Report) -> dict[str, tuple[str, tuple[int, int, int, int], str]]:
    """Rule -> path, place and certainty, of what lies in the image itself."""
    assert report.incomplete == []
    return {finding.rule: place(finding) for finding in report.findings if finding.surface != "attestation"}


def place(finding: Finding) -> tuple[str, tuple[int, int, int, int], str]:
    assert finding.layer is not None
    source = finding.layer.source
    if source is None:
        return "", (0, 0, 0, 0), finding.layer.certainty
    span = (source.line, source.column, source.end_line, source.end_column)
    return source.path, span, finding.layer.certainty


def uncertain(report: Report) -> None:
    assert set(places(report).values()) == {("", (0, 0, 0, 0), "uncertain")}


def test_a_dockerfile_that_is_given(tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", RECIPE)
    path = tmp_path / "made" / "app.docker"
    path.parent.mkdir()
    path.write_text(FILE)
    report = scan([str(archive)], options(path))
    assert places(report) == {rule: (str(path), span, "matched") for rule, span in LINES.items()}
    assert report.limited == []
    steps = [step.layer for finding in report.findings for step in finding.trail if step.layer is not None]
    assert {layer.certainty for layer in steps} == {"matched"}
    assert PASSWORD not in repr(report)


def test_the_only_dockerfile_beside_an_archive_and_a_layout(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILE)
    archive, layout = docker_archive(tmp_path / "image.tar", RECIPE), oci_layout(tmp_path / "layout", RECIPE)
    beside = {rule: (str(tmp_path / "Dockerfile"), span, "matched") for rule, span in LINES.items()}
    for target in (archive, f"docker-archive:{archive}", layout, f"oci:{layout}", f"oci:{layout}:1"):
        assert places(scan([str(target)], options())) == beside, target
    (tmp_path / "Dockerfile.other").write_text("FROM base\n")
    assert {certainty for _, _, certainty in places(scan([str(archive)], options())).values()} == {""}


def test_one_beside_that_is_of_another_image(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILE.replace("EXPOSE 22", "EXPOSE 23"))
    report = scan([str(docker_archive(tmp_path / "image.tar", RECIPE))], options())
    uncertain(report)
    ((path, reason),) = [(skip.place, skip.reason) for skip in report.limited]
    assert path == str(tmp_path / "Dockerfile")
    assert reason == ("lies beside example:1 and does not fit its history: EXPOSE in line 5 did not make history[3]")


def test_nothing_is_followed_from_beside(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    archive = docker_archive(tmp_path / "images" / "image.tar", RECIPE)
    (tmp_path / "real").write_text(FILE)
    (tmp_path / "images" / "Dockerfile").symlink_to(tmp_path / "real")
    assert {certainty for _, _, certainty in places(scan([str(archive)], options())).values()} == {""}
    (tmp_path / "images" / "Dockerfile").unlink()
    os.mkfifo(tmp_path / "images" / "Dockerfile")
    assert {certainty for _, _, certainty in places(scan([str(archive)], options())).values()} == {""}


def test_the_dockerfile_of_a_provenance(tmp_path: Path) -> None:
    layout = oci_layout(tmp_path / "layout", RECIPE)
    attested(layout, (PROVENANCE, dumps(provenance(dockerfile=FILE))))
    report = scan([str(layout)], options(select=list(LINES)))
    assert places(report) == {rule: ("Dockerfile", span, "matched") for rule, span in LINES.items()}
    other = tmp_path / "other"
    other.write_text("FROM base\nCMD x\n")
    report = scan([str(layout)], options(other))
    uncertain(report)
    assert [str(skip.reason) for skip in report.limited] == [
        "does not fit the history of 1: CMD in line 2 did not make history[4]"
    ]


def test_a_secret_in_the_name_of_a_dockerfile_is_masked(tmp_path: Path) -> None:
    statement: Any = provenance(dockerfile=FILE)
    source = statement["predicate"]["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]["source"]
    source["infos"][0]["filename"] = f"DB_PASSWORD={PASSWORD}"
    layout = attested(oci_layout(tmp_path / "layout", RECIPE), (PROVENANCE, dumps(statement)))
    report = scan([str(layout)], options())
    assert {path for path, _, _ in places(report).values()} == {"DB_PASSWORD=****"}
    assert PASSWORD not in repr(report)


def imagelint(*words: str, folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [*program.imagelint(), "scan", "--no-config", *words]
    environment = {**os.environ, **(env or {})}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_one_that_cannot_be_read(tmp_path: Path) -> None:
    docker_archive(tmp_path / "image.tar", RECIPE)
    done = imagelint("--dockerfile", "missing", "image.tar", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "imagelint: --dockerfile 'missing' cannot be read: No such file or directory\n"
    with pytest.raises(UsageError, match="is an archive"):
        scan([], options(tmp_path / "image.tar"))
    with pytest.raises(UsageError, match="cannot be read: "):
        scan([], options(tmp_path))


def test_one_that_is_no_dockerfile(tmp_path: Path) -> None:
    docker_archive(tmp_path / "image.tar", RECIPE)
    (tmp_path / "notes").write_text("hello\n")
    done = imagelint("--dockerfile", "notes", "--format", "json", "image.tar", folder=tmp_path)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert [(skip["place"], skip["reason"]) for skip in report["incomplete"]] == [
        ("notes", "holds no FROM, and is no Dockerfile")
    ]
    assert {finding["layer"]["certainty"] for finding in report["findings"]} == {"uncertain"}


BUILT = f"""\
FROM {{base}}
# a note
RUN true

ARG WHERE=/srv/id_rsa
COPY --chown=1:1 \\
  id_rsa $WHERE
ENV DB_PASSWORD={PASSWORD} \\
    X=y
RUN echo {PASSWORD}x > /x && \\
    chmod 4755 /x
USER 0
CMD ["/x"]
"""
REAL = {"image-runs-as-root": 12, "pem-private-key": 6, "secret-in-assignment": 8, "setuid-file": 10}


@pytest.mark.engine
@pytest.mark.parametrize("buildkit", [False, True], ids=["legacy", "buildkit"])
def test_real_builds(engines: Engines, tmp_path: Path, buildkit: bool) -> None:
    dockerfile = BUILT.replace("{base}", "base:1")
    tag = engines.build(dockerfile, {"id_rsa": KEY}, buildkit=buildkit, arguments={"WHERE": "/srv/k"})
    (tmp_path / "Dockerfile").write_text(dockerfile)
    for target in (f"docker-archive:{engines.save(tag)}", f"oci:{engines.oci(tag)}"):
        found = places(scan([target], options(tmp_path / "Dockerfile")))
        assert {rule: (found[rule][1][0], found[rule][2]) for rule in REAL} == {
            rule: (line, "matched") for rule, line in REAL.items()
        }


@pytest.mark.engine
@pytest.mark.parametrize("words", [["--layers"], ["--layers=false"], ["--squash-all"]], ids=lambda words: words[0])
def test_real_builds_of_podman(podman: Podman, tmp_path: Path, words: list[str]) -> None:
    """One layer for both COPYs has no line; what the configuration holds has one all the same."""
    dockerfile = f'FROM scratch\nCOPY a /a\nCOPY id_rsa /id_rsa\nENV DB_PASSWORD={PASSWORD}\nUSER root\nCMD ["/a"]\n'
    tag = podman.build(dockerfile, {"id_rsa": KEY, "a": "x"}, *words)
    archive = tmp_path / "image.tar"
    podman.run("save", "--output", str(archive), tag)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    found = places(scan([str(archive)], options()))
    lines = {rule: (span[0], certainty) for rule, (_, span, certainty) in found.items()}
    assert lines.pop("pem-private-key") == ((3, "matched") if words == ["--layers"] else (0, "uncertain"))
    assert lines == {"secret-in-assignment": (4, "matched"), "image-runs-as-root": (5, "matched")}
