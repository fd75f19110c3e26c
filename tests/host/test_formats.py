"""What a host gives, in every format: a container by its name, an image by its id, and no value of a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagelint.report.interface import FORMATS
from tests import sarif_validate
from tests.host.hosting import reported, typed
from tests.material import rsa_key
from tests.report.schemas import errors
from tests.rules.hosts import engine

VALUE = rsa_key(8)[40:64]
KEY = rsa_key(7)
HOST: dict[str, Any] = {
    "images": [
        {"tags": ["app:1"], "days": 1, "layers": [[{"path": "srv/app", "content": "new"}]]},
        {"had": "app:1", "days": 200, "layers": [[{"path": "srv/key", "content": KEY}]]},
    ],
    "containers": [{"name": f"web-{VALUE}", "image": 1, "running": True}, {"name": "db", "image": 0}],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The host in every format."""
    folder = tmp_path_factory.mktemp("host")
    words = [word for name in FORMATS for word in ("-o", f"{name}={folder}/{name}")]
    with engine(folder, HOST) as daemon:
        path = f"/containers/{0:064x}/json"
        config = {"Env": [f"DB_PASSWORD={VALUE}"], "Image": "app:1"}
        daemon.answers[path] = (200, {"Name": f"/web-{VALUE}", "Config": config, "HostConfig": {"Privileged": True}})
        status, _, errors = typed(*words, f"unix://{folder}/host.sock")
    assert (status, errors) == (1, "")
    return {name: (folder / name).read_text() for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_no_value_in_any_format(written: dict[str, str], name: str) -> None:
    assert VALUE not in written[name]
    assert KEY.splitlines()[1] not in written[name]
    assert "secret-in-replaced-image" in written[name]


def test_sarif(written: dict[str, str], tmp_path: Path, sarif_validator: None) -> None:
    (tmp_path / "host.sarif").write_text(written["sarif"])
    log = json.loads(written["sarif"])
    assert sarif_validate.multitool_errors([tmp_path / "host.sarif"]) == []
    assert sarif_validate.github_errors(log, written["sarif"].encode()) == []
    results = {result["ruleId"]: result for result in log["runs"][0]["results"]}
    (place,) = results["container-privileged"]["locations"]
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "docker-container:web-****/configuration"
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "docker-container_web-****/configuration"
    assert "In docker-container:web-****, the configuration." in results["container-privileged"]["message"]["text"]
    assert "; the image was app:1. In image docker:sha256:" in results["pem-private-key"]["message"]["text"]


def test_json(written: dict[str, str]) -> None:
    report = json.loads(written["json"])
    assert errors("json", report) == []
    found = {finding["rule"]: finding for finding in report["findings"]}
    assert found["container-on-replaced-image"]["message"].startswith("web-**** runs on what `app:1` was before")
    assert "and then: docker rmi " in found["secret-in-replaced-image"]["remedy"]
    assert report["stats"]["containers"] == 1


def test_the_terminal(written: dict[str, str]) -> None:
    assert "docker-container:web-****, configuration" in written["terminal"]
    assert "--dockerfile" not in written["terminal"]  # it is none of this command's options
    assert "and 1 container" in written["terminal"].replace("\n", " ")


def test_a_baseline(tmp_path: Path) -> None:
    """What is known of a host is quiet, its containers too; what is new is not."""
    with engine(tmp_path, HOST):
        where, known = f"unix://{tmp_path}/host.sock", f"{tmp_path}/known.json"
        status, out, _ = typed("--write-baseline", known, where)
        assert (status, "new" in out) == (0, True)
        status, report = reported("--baseline", known, "--fail-on", "note", where)
        assert (status, {finding["baseline"] for finding in report["findings"]}) == (0, {"unchanged"})
        assert report["baseline"][0]["unused"] == []
        status, out, errors = typed("--write-baseline", known, "-f", "json", where)
        assert (status, out, errors.count("\n")) == (2, "", 1)
    newer = {**HOST, "containers": [*HOST["containers"], {"name": "third", "image": 0, "running": True}]}
    (tmp_path / "newer").mkdir()
    with engine(tmp_path / "newer", newer) as daemon:
        daemon.answers[f"/containers/{2:064x}/json"] = (200, {"Name": "/third", "HostConfig": {"Privileged": True}})
        status, report = reported("--baseline", known, f"unix://{tmp_path}/newer/host.sock")
    new = {(finding["target"], finding["rule"]) for finding in report["findings"] if finding["baseline"] == "new"}
    assert status == 1
    assert ("docker-container:third", "container-privileged") in new
    assert {target for target, _ in new} == {"docker-container:third"}
