"""Attestations: what a provenance or an SBOM tells of the build is found where it stands."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding
from imagelint.image.lint import Result, lint
from imagelint.image.sources.docker_archive import images as archived
from imagelint.image.sources.oci_layout import images
from imagelint.image.texts import texts
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits
from tests.attested import PROVENANCE, SPDX, attested, provenance
from tests.engines import Engines
from tests.imagemaker import Recipe, dumps, oci_layout
from tests.material import password, rsa_key

PASSWORD, OTHER = password(41), password(42)
KEY = rsa_key(43)
NAME = "attestation slsa.dev/provenance/v0.2"


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


def scanned(path: Path, rules: RuleSet, show: bool = True) -> Result:
    detector = Detector([rule for rule in rules.rules if rule.kind == "secret"])
    (image,) = images(str(path)) if path.is_dir() else archived(str(path))
    return lint(image, Engine(rules, {rule.id for rule in rules.rules}), detector, target="app", show=show)


def secrets(result: Result) -> dict[str, Finding]:
    """Value -> finding."""
    assert (result.incomplete, result.limited) == ([], [])
    return {str(found.secret.value): found for found in result.findings if found.secret}


def places(finding: Finding) -> set[tuple[str, int]]:
    return {(place.path, place.line) for place in finding.places} or {(finding.location.path, finding.location.line)}


def made(folder: Path, *statements: tuple[str, bytes], **change: Any) -> Path:
    return attested(oci_layout(folder / "layout", Recipe([[{"path": "x"}]])), *statements, **change)


@pytest.mark.engine
def test_a_provenance_beside_an_image_of_a_real_engine(engines: Engines, rules: RuleSet, tmp_path: Path) -> None:
    dockerfile = f"FROM base:1\nARG PASSWORD\nRUN make\nENV ADMIN_PASSWORD={OTHER}\n"
    tag = engines.build("FROM base:1\nRUN true\n", buildkit=True)
    layout = attested(engines.oci(tag), (PROVENANCE, dumps(provenance({"PASSWORD": PASSWORD}, dockerfile))))
    target = tmp_path / "copied.tar"
    words = ["skopeo", "copy", "--all", "--insecure-policy", f"oci:{layout}:image", f"oci-archive:{target}:image"]
    subprocess.run(words, check=True, capture_output=True)
    for path in (layout, target):
        found = secrets(scanned(path, rules))
        assert places(found[PASSWORD]) == {(f"{NAME}: predicate.invocation.parameters.args.build-arg:PASSWORD", 0)}
        assert found[PASSWORD].surface == "attestation"
        assert found[PASSWORD].trail[-1].text.startswith("it is in an attestation of the image: anyone")
        ((path_of_file, line),) = places(found[OTHER])
        assert path_of_file.startswith(NAME)
        assert path_of_file.endswith(".source.infos[0].Dockerfile")
        assert line == 4


def test_steps_files_and_pairs(rules: RuleSet, tmp_path: Path) -> None:
    step = provenance(env=["PATH=/bin", f"DB_PASSWORD={PASSWORD}"], files={"/root/key.pem": KEY.encode()})
    bill = {"packages": [{"properties": [{"name": "registry_password", "value": OTHER}]}]}
    layout = made(tmp_path, (PROVENANCE, dumps(step)), (SPDX, dumps(bill)))
    found = secrets(scanned(layout, rules))
    where = {value: place for value in found for place, _ in places(found[value])}
    step_0 = f"{NAME}: predicate.buildConfig.llbDefinition[0].op.Op.exec.meta.env[1]"
    assert where[PASSWORD] == step_0
    assert where[OTHER] == "attestation spdx.dev/Document: packages[0].properties[0].value"
    assert where[KEY.rstrip()].endswith("llbDefinition[1].op.Op.file.actions[0].Action.mkfile.data (base64)")


def test_nothing_of_an_attestation_is_shown(rules: RuleSet, tmp_path: Path) -> None:
    statement = provenance(
        {"PASSWORD": PASSWORD, OTHER: "x"}, f"ENV ADMIN_PASSWORD={OTHER}\n", files={"k": KEY.encode()}
    )
    statement["predicateType"] = f"https://example.org/{OTHER}"
    layout = made(tmp_path, (statement["predicateType"], dumps(statement)))
    told = repr(scanned(layout, rules, show=False))
    assert "build-arg:PASSWORD" in told
    assert not [line for line in (PASSWORD, OTHER, *KEY.split("\n")[1:-2]) if line in told]


def test_a_statement_in_an_envelope(rules: RuleSet, tmp_path: Path) -> None:
    payload = base64.b64encode(dumps(provenance({"TOKEN": PASSWORD}))).decode()
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}
    found = secrets(scanned(made(tmp_path, (PROVENANCE, dumps(envelope))), rules))
    ((place, _),) = places(found[PASSWORD])
    assert place == f"{NAME}: payload (base64).predicate.invocation.parameters.args.build-arg:TOKEN"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_large_bill_of_materials_and_what_is_no_json(rules: RuleSet, tmp_path: Path, pack: Any) -> None:
    lines = b"\n".join(b'{"name": "package-%d", "versionInfo": "1.0"}' % n for n in range(limits.DOCUMENT // 40))
    text = lines + b'\n{"comment": "' + KEY.replace("\n", "\\n").encode() + b'"}\n'
    assert len(text) > limits.DOCUMENT
    found = secrets(scanned(made(tmp_path, (SPDX, pack(text)), ("https://example.org/x", KEY.encode())), rules))
    everywhere = {place for finding in found.values() for place in places(finding)}
    assert everywhere == {
        ("attestation spdx.dev/Document", lines.count(b"\n") + 2),
        ("attestation example.org/x", 1),
    }


def test_a_missing_or_changed_statement_is_a_hole(rules: RuleSet, tmp_path: Path) -> None:
    statement = (PROVENANCE, dumps(provenance({"PASSWORD": PASSWORD})))
    missing = scanned(made(tmp_path / "a", statement, missing=True), rules)
    ((place, reason),) = missing.incomplete
    assert place.startswith(f"{NAME} sha256:")
    assert "is not there" in reason
    layout = made(tmp_path / "b", statement)
    (path,) = (path for path in (layout / "blobs/sha256").iterdir() if b"build-arg" in path.read_bytes())
    path.write_bytes(path.read_bytes() + b" ")
    assert "digest" in scanned(layout, rules).incomplete[0][1]


def test_an_attestation_of_nothing_is_read_with_the_first_image(rules: RuleSet, tmp_path: Path) -> None:
    statement = (PROVENANCE, dumps(provenance({"PASSWORD": PASSWORD})))
    assert PASSWORD in secrets(scanned(made(tmp_path / "a", statement, annotations={}), rules))
    lost = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "sha256:" + "0" * 64}
    assert PASSWORD in secrets(scanned(made(tmp_path / "b", statement, annotations=lost), rules))


def test_no_image_hides_behind_the_name_of_an_attestation(rules: RuleSet, tmp_path: Path) -> None:
    layout = oci_layout(tmp_path / "layout", Recipe([[{"path": "srv/key.pem", "content": KEY}]]))
    index = json.loads((layout / "index.json").read_bytes())
    index["manifests"][0]["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    (layout / "index.json").write_bytes(dumps(index))
    assert secrets(scanned(layout, rules))[KEY.rstrip()].location.path == "srv/key.pem"


def test_documents_that_nest_and_name_without_end() -> None:
    deep: Any = "end"
    for _ in range(900):
        deep = {"k" * 5000: [deep]}
    found = [text for text in texts(deep) if text.text == "end"]
    assert len(found) == 1
    assert len(found[0].path) < 400
