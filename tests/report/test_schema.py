"""The JSON Schema of the JSON report, put to reports of real scans and of made-up ones."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from imagelint import cli
from imagelint.findings import STATUSES, BaselineEntry, BaselineUse, Dropped, DroppedPlace, MendedFile, Report, Severity
from imagelint.image.secrets import SURFACES
from imagelint.report import schema
from imagelint.report.json import render
from imagelint.report.summary import SOURCES
from tests.imagemaker import Recipe, docker_archive
from tests.material import rsa_key
from tests.plant_images import everywhere
from tests.plants import plants
from tests.report import samples
from tests.report.samples import T
from tests.report.schemas import errors


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: of two, readers take either."""
    assert len({name for name, _ in pairs}) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)


SCHEMA = json.loads(schema.text("json"), object_pairs_hook=_once)


@pytest.fixture
def scan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command in a folder of its own; gives a valid report."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> dict[str, Any]:
        cli.run(["scan", "--no-progress", "--format", "json", *words])
        report = json.loads(capsys.readouterr().out)
        assert errors("json", report) == []
        assert isinstance(report, dict)
        return report

    return run


def made(report: Report) -> dict[str, Any]:
    out = io.StringIO()
    render(report, samples.RULES, out)
    parsed = json.loads(out.getvalue())
    assert isinstance(parsed, dict)
    return parsed


def everything() -> Report:
    """A report with every key."""
    report = samples.full()
    finding = samples.mapped()
    assert finding.layer is not None
    assert finding.secret is not None
    finding.layer.certainty, finding.secret.value = "exact", "x"
    finding.remedy, finding.baseline, finding.reason = T("Mount it"), "new", T("a test key")
    finding.published, finding.suppressed = True, "inline: Dockerfile:3"
    report.findings += [finding]
    report.images[0].base, report.images[0].base_layers = T("debian:12"), 2
    report.images[0].layers[0].made = finding.layer
    report.config = {"file": "a", "ignore": ["sudo"], "parameters": ["x"], "exclude": ["y/*"], "quieted": 1}
    report.config["inline"] = {"ignore": ["sudo"], "quieted": 1}
    told = {"place": "a:3", "rules": ["sudo"], "paths": ["b"], "images": ["c"], "severity": "ignore", "reason": "ours"}
    report.config["overrides"] = [{**told, "expires": "2027-01-31", "expired": True, "findings": 2}]
    made_by = {"created": "2026-11-29T20:05:43Z", "version": "0.1.0", "rules": "ab" * 32}
    report.config["attached"] = [{"digest": f"sha256:{'ab' * 32}", **made_by}]
    entry = BaselineEntry(4, T("sudo"), T("Dockerfile"), "ab" * 16, T("ours"), "2027-01-31")
    report.baseline = [BaselineUse(T("known.json"), "imagelint", 3, 2, 1, (entry,), (entry,), 1, 1)]
    counts = "dockerfiles containers images layers layers_read bytes published base gone unchanged seconds"
    report.stats = dict.fromkeys(counts.split(), 1)
    report.dropped = Dropped({"number": 2}, {"number": [DroppedPlace(T("app"), T("etc/x"), 4, 1)]})
    report.mended = [MendedFile(T("Dockerfile"), {"sudo": 1}, False, T("not all"), (T("-a"),))]
    entry = BaselineEntry(4, T("sudo"), T("Dockerfile"), "0a" * 16, T("later"), "2026-01-31")
    report.baseline = [BaselineUse(T("b.yaml"), "imagelint", 2, 0, 0, (entry,), (entry,), 1, 1)]
    return report


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for value in node.values():
            yield from objects(value)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, whose keys are there once: JSON takes the last of two in silence."""
    assert len({key for key, _ in pairs}) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_a_schema_is_one_and_strict_and_describes_every_key(name: str) -> None:
    parsed = json.loads(schema.text(name), object_pairs_hook=once)
    Draft202012Validator.check_schema(parsed)
    assert parsed["description"]
    assert all(definition["description"] for definition in parsed["$defs"].values())
    for item in objects(parsed):
        assert item["description"]
        assert item["additionalProperties"] is False or "propertyNames" in item
        for key, told in item.get("properties", {}).items():
            assert told.get("description") or "$ref" in told, key


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_the_command_prints_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", name]) == 0
    assert capsys.readouterr().out == schema.text(name)


def test_the_schema_knows_what_reports_say_and_nothing_else() -> None:
    report = made(everything())
    assert errors("json", report) == []
    known = {key for item in objects(SCHEMA) for key in item.get("properties", {})}
    assert known == {key for part in parts(report) for key in part} - {"number", "sudo"}
    definitions = SCHEMA["$defs"]
    assert definitions["surface"]["enum"] == ["dockerfile", "compose", "command", "context", *SURFACES]
    assert definitions["status"]["enum"] == list(STATUSES)
    assert definitions["finding"]["properties"]["severity"]["enum"] == [severity.value for severity in Severity]
    assert definitions["image"]["properties"]["source"]["enum"] == list(SOURCES)


def test_an_unknown_key_is_refused_everywhere() -> None:
    report = made(everything())
    count = len(list(parts(report)))
    refused = 0
    for number in range(count):
        changed = copy.deepcopy(report)
        list(parts(changed))[number]["Not known"] = 1
        refused += bool(errors("json", changed))
    assert refused == count > 20
    for key in ("dropped", "dropped_places"):
        changed = copy.deepcopy(report)
        changed[key]["other"] = changed[key]["number"]
        assert errors("json", changed) == []


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_a_report_without_a_key_is_refused(key: str) -> None:
    report = made(samples.full())
    assert errors("json", report) == []
    del report[key]
    assert len(errors("json", report)) == 1


def test_made_up_reports() -> None:
    for report in (samples.full(), samples.hostile(), Report("0.1.0")):
        assert errors("json", made(report)) == []


def test_every_rule_for_dockerfiles(scan: Any, tmp_path: Path, repository: Path) -> None:
    for path in sorted((repository / "rules" / "dockerfile").glob("*.yaml")):
        for number, example in enumerate(yaml.load(path.read_text(), yaml.CSafeLoader)["examples"]["bad"]):
            if isinstance(example.get("text"), str):
                (tmp_path / f"{path.stem}-{number}.dockerfile").write_text(example["text"], encoding="utf-8")
    report = scan(".", "--no-config", "--profile", "strict")
    assert len({finding["rule"] for finding in report["findings"]}) > 200
    assert any("fix" in finding for finding in report["findings"])
    report = scan(".", "--no-config", "--unsafe-fixes", "--diff")
    assert any("diff" in file for file in report["mended"])


def test_a_folder_with_its_context(scan: Any, tmp_path: Path) -> None:
    plant = next(plant for plant in plants("schema") if plant.rule == "github-token" and plant.assignment)
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:12\nCOPY . /srv\n# imagelint ignore=sudo reason: why not\nRUN sudo x\n"
    )
    (tmp_path / "app.env").write_text(f"{plant.text}\nPASSWORD=$OTHER\n")
    (tmp_path / ".imagelint.yaml").write_text("ignore: [base-no-digest]\nexclude: ['third/*']\n")
    report = scan(".", "--show-secrets", "--explain-dropped")
    (found,) = [finding for finding in report["findings"] if finding["surface"] == "context" and "secret" in finding]
    assert found["secret"]["value"] == plant.value
    assert found["places"]
    assert report["dropped"]
    assert report["config"]["exclude"] == ["third/*"]
    assert [finding["reason"] for finding in report["findings"] if "suppressed" in finding] == ["why not"]


def test_an_image_with_a_secret_everywhere(scan: Any, tmp_path: Path) -> None:
    planted = [plant for plant in plants("schema") if plant.alone and plant.word == plant.value][:3]
    image = docker_archive(tmp_path / "all.tar", *map(everywhere, planted), layout="25")
    report = scan(str(image), "--no-config", "--profile", "strict", "--show-published", "--explain-dropped")
    assert {finding.get("surface") for finding in report["findings"]} >= {"config", "env", "file"}
    assert {step["kind"] for finding in report["findings"] for step in finding.get("trail", ())} >= {
        "introduced",
        "shipped",
    }
    assert len(report["images"]) == 3


def test_an_image_its_base_and_its_dockerfile(scan: Any, tmp_path: Path) -> None:
    plant = next(plant for plant in plants("schema") if plant.rule == "github-token" and plant.assignment)
    below: list[dict[str, Any]] = [{"path": "srv/below.env", "content": plant.text}]
    own: list[dict[str, Any]] = [{"path": "srv/own.pem", "content": rsa_key(7)}]
    docker_archive(tmp_path / "base.tar", Recipe([below], history=["ADD rootfs.tar / # buildkit"]), layout="25")
    history = ["ADD rootfs.tar / # buildkit", "COPY own.pem /srv/ # buildkit"]
    docker_archive(tmp_path / "app.tar", Recipe([below, own], history=history), layout="25")
    (tmp_path / "Dockerfile").write_text("FROM base\nCOPY own.pem /srv/\n", encoding="utf-8")
    words = ("app.tar", "--no-config", "--base", "docker-archive:base.tar", "--dockerfile", "Dockerfile")
    report = scan(*words)
    assert report["images"][0]["base_layers"] == 1
    layers = {finding["path"]: finding["layer"] for finding in report["findings"] if "secret" in finding}
    assert {path: layer["origin"] for path, layer in layers.items()} == {"srv/below.env": "base", "srv/own.pem": "own"}
    assert layers["srv/own.pem"]["source"]["line"] == 2
    assert layers["srv/own.pem"]["certainty"] == "matched"
    assert scan(*words, "--own")["stats"]["base"] >= 1


def test_a_baseline(scan: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN sudo x\nRUN sudo y\n", encoding="utf-8")
    cli.run(["baseline", "baseline.yaml", ".", "--no-config"])
    capsys.readouterr()
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN sudo x\nRUN cd /srv\n", encoding="utf-8")
    report = scan(".", "--no-config", "--baseline", "baseline.yaml")
    (use,) = report["baseline"]
    assert use["quieted"] >= 1
    assert use["unused"]
    assert {finding["baseline"] for finding in report["findings"]} == {"new", "unchanged"}
