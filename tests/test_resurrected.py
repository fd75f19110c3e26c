"""The main job, end to end: a real engine builds an image, its secrets are found once each in its archive and in its
OCI layout."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.engines import BASE, Engines
from tests.material import password, rsa_key
from tests.program import imagelint
from tests.sarif_validate import errors

pytestmark = pytest.mark.engine

KEY, REPLACED_KEY = rsa_key(1), rsa_key(2)
ARGUMENT, VARIABLE = password(3), password(4)
DOCKERFILE = f"""\
FROM {BASE}
ARG DEPLOY_PASSWORD
ENV DB_PASSWORD={VARIABLE}
COPY deploy.key /root/.ssh/id_rsa
COPY conf /srv/conf
RUN test -n "$DEPLOY_PASSWORD" && echo built > /srv/built
RUN rm /root/.ssh/id_rsa
RUN rm -rf /srv/conf && mkdir /srv/conf && echo clean > /srv/conf/app.txt
"""
FILES = {"deploy.key": KEY, "conf/tls/server.key": REPLACED_KEY}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*imagelint(), *words], capture_output=True, text=True, check=False)


def scan(target: str, *words: str) -> dict[str, Any]:
    done = run("scan", target, "--format", "json", "--no-config", *words)
    assert done.returncode == 1, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["incomplete"] == []
    return report


@pytest.fixture(scope="module", params=[False, True], ids=["legacy", "buildkit"])
def tag(request: pytest.FixtureRequest, engines: Engines) -> str:
    return engines.build(DOCKERFILE, FILES, buildkit=request.param, arguments={"DEPLOY_PASSWORD": ARGUMENT})


@pytest.fixture(scope="module")
def archive(tag: str, engines: Engines) -> Path:
    return engines.save(tag)


@pytest.fixture(scope="module")
def layout(tag: str, engines: Engines) -> Path:
    return engines.oci(tag)


@pytest.fixture(params=["archive", "layout"])
def target(request: pytest.FixtureRequest, archive: Path, layout: Path) -> str:
    return str({"archive": archive, "layout": layout}[request.param])


def secrets(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The secret findings by their place."""
    found = [finding for finding in report["findings"] if "secret" in finding]
    by_path = {finding["path"]: finding for finding in found}
    assert len(by_path) == len(found), [finding["path"] for finding in found]
    return by_path


def replaced(archive: Path) -> tuple[str, int]:
    """How this engine's storage wrote down the replaced folder, and in which layer: read by other means than ours."""
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # a regular file is never None
        for index, layer in enumerate(manifest[0]["Layers"]):
            with tarfile.open(fileobj=tar.extractfile(layer)) as members:
                names = set(members.getnames())
            if "srv/conf/.wh..wh..opq" in names:
                return "hidden", index
            if {"srv/conf/.wh.tls", "srv/.wh.conf"} & names:
                return "deleted", index
    raise AssertionError("no layer replaces the folder")


def test_each_secret_is_found_once_with_layer_status_and_history(target: str, archive: Path) -> None:
    found = secrets(scan(target))
    assert set(found) == {"root/.ssh/id_rsa", "srv/conf/tls/server.key", "ENV DB_PASSWORD", "ARG DEPLOY_PASSWORD"}

    key = found["root/.ssh/id_rsa"]
    assert (key["rule"], key["status"], key["layer"]["index"]) == ("pem-private-key", "deleted", 1)
    assert "deploy.key" in key["layer"]["created_by"] or "COPY" in key["layer"]["created_by"]
    assert [step["kind"] for step in key["trail"]] == ["introduced", "deleted", "shipped"]
    assert key["trail"][1]["layer"]["index"] == 4
    assert "rm /root/.ssh/id_rsa" in key["trail"][1]["layer"]["created_by"]

    status, layer = replaced(archive)
    key = found["srv/conf/tls/server.key"]
    assert (key["rule"], key["status"], key["layer"]["index"]) == ("pem-private-key", status, 2)
    assert [step["kind"] for step in key["trail"]] == ["introduced", status, "shipped"]
    assert key["trail"][1]["layer"]["index"] == layer == 5

    variable = found["ENV DB_PASSWORD"]
    assert (variable["surface"], variable["status"]) == ("env", "present")
    assert "ENV DB_PASSWORD=" in variable["layer"]["created_by"]

    argument = found["ARG DEPLOY_PASSWORD"]
    assert (argument["surface"], argument["status"]) == ("build-arg", "present")
    assert "echo built" in argument["layer"]["created_by"]


def test_no_value_is_written_unless_it_is_asked_for(target: str, tmp_path: Path) -> None:
    plain = [line for text in (KEY, REPLACED_KEY) for line in text.splitlines() if not line.startswith("---")]
    values = [*plain, ARGUMENT, VARIABLE]
    for name in ("terminal", "json", "sarif"):
        file = tmp_path / name
        done = run("scan", target, "--format", name, "--output", str(file), "--no-config")
        text = file.read_text() + done.stdout + done.stderr
        assert [value for value in values if value in text] == []
    shown = scan(target, "--show-secrets")
    assert {finding["secret"]["value"].strip() for finding in secrets(shown).values()} == {
        KEY.strip(),
        REPLACED_KEY.strip(),
        ARGUMENT,
        VARIABLE,
    }


@pytest.mark.usefixtures("sarif_validator")
def test_sarif_of_the_image_and_of_its_dockerfile_is_valid(target: str, tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(DOCKERFILE)
    logs = [tmp_path / "image.sarif", tmp_path / "dockerfile.sarif"]
    for name, log in zip((target, str(dockerfile)), logs, strict=True):
        assert run("scan", name, "--no-config", "--output", f"sarif={log}").returncode == 1
    results = [json.loads(log.read_text())["runs"][0]["results"] for log in logs]
    assert "pem-private-key" in {result["ruleId"] for result in results[0]}
    assert "secret-copied-then-removed" in {result["ruleId"] for result in results[1]}
    assert errors(logs) == []


def test_status_selects(target: str) -> None:
    assert set(secrets(scan(target, "--status", "present"))) == {"ENV DB_PASSWORD", "ARG DEPLOY_PASSWORD"}
    assert "root/.ssh/id_rsa" in secrets(scan(target, "--status", "deleted"))


def test_extract_gives_the_key_back(target: str, tmp_path: Path) -> None:
    found = secrets(scan(target))
    for path, expected in (("root/.ssh/id_rsa", KEY), ("srv/conf/tls/server.key", REPLACED_KEY)):
        file = tmp_path / path.replace("/", "_")
        done = run("extract", target, found[path]["fingerprint"], "--output", str(file))
        assert (done.returncode, done.stdout) == (0, "")
        assert file.read_bytes() == expected.encode()
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    file = tmp_path / "root_.ssh_id_rsa"
    again = run("extract", target, found["root/.ssh/id_rsa"]["fingerprint"], "--output", str(file))
    assert (again.returncode, again.stderr) == (
        2,
        f"imagelint: {file}: exists already, and extract only makes new files\n",
    )
    done = run("extract", target, found["ENV DB_PASSWORD"]["fingerprint"], "--output", str(tmp_path / "env"))
    assert done.returncode == 2
    assert "lies in the configuration" in done.stderr
    assert not (tmp_path / "env").exists()
