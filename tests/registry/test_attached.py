"""A report that was attached, found again: the same findings in every format, and nothing that a hostile one wants."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint.errors import UnreadableError
from imagelint.findings import Finding, LayerInfo, Report
from imagelint.image.request import Request
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry import images
from imagelint.image.sources.registry_push import Pusher
from imagelint.registry import attached as attached_module
from imagelint.registry import sarif_read
from imagelint.registry.attach import Attacher, sarif_of
from imagelint.registry.attached import attached
from imagelint.registry.attached_form import EMPTY, MANIFEST, SARIF, VERSION, digest_of, manifest
from imagelint.report.interface import FORMATS, renderer
from imagelint.report.write import Texts
from imagelint.scan_options import Options
from imagelint.scanning import Scan, scan
from imagelint.secrets.redact import Redactor
from tests import sarif_validate
from tests.imagemaker import Recipe, oci_layout
from tests.keeping_registry import KeepingRegistry
from tests.material import password, rsa_key
from tests.registries import Registry
from tests.registry.test_attach import put
from tests.registry_fixtures import opened, programs
from tests.report.cases import rules
from tests.report.samples import HOSTILE

__all__ = ["opened", "programs"]

pytestmark = pytest.mark.engine

KEY, WORD = rsa_key(5), password(1)
RECIPE = Recipe(
    [
        [{"path": "etc/motd", "content": "hello"}, {"path": "usr/bin/tool", "content": "x", "mode": 0o4755}],
        [{"path": "root/key.pem", "content": KEY}, {"path": "srv/a, layer 3/[copy].pem", "content": KEY}],
        [{"path": "root/.wh.key.pem"}],
    ],
    {"Env": [f"DB_PASSWORD={WORD}"]},
    history=["ADD rootfs.tar /", "COPY key.pem /root/", "RUN rm /root/key.pem"],
    tags=("app:1",),
)
NAME = "shop/app"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of Docker but the test's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oci_layout(tmp_path_factory.mktemp("image"), RECIPE)


@pytest.fixture
def kept(layout: Path) -> Iterator[str]:
    """The image in a registry that knows referrers; the reference."""
    registry = KeepingRegistry()
    yield put(registry.host, layout)
    registry.stop()


@pytest.fixture(params=["referrers", "tag"])
def words(request: pytest.FixtureRequest) -> str:
    if request.param == "referrers":
        found: str = request.getfixturevalue("kept")
        return found
    registry: Registry = request.getfixturevalue("opened")
    return registry.push(request.getfixturevalue("layout"), "1", f"{NAME}:1")


def scanned(words: str) -> Report:
    return scan([f"registry:{words}"], Options(rules=rules(), caches=False))


def redactor() -> Redactor:
    return Scan(Options(rules=rules(), caches=False)).names


def attach(words: str, sarif: bytes) -> str:
    return Attacher().attach(words, images(words)[0].digest, sarif, "0.1.0", "sha256:r1").digest


def read(words: str, request: Request | None = None) -> Report:
    return attached(words, request or Request(), redactor(), f"registry:{words}")


def essence(finding: Finding) -> dict[str, Any]:
    """What must come back as it was."""
    layer, secret = finding.layer or LayerInfo(), finding.secret
    return {
        "rule": (finding.rule, finding.severity, finding.fingerprint, finding.surface, finding.status),
        "message": finding.message,
        "remedy": finding.remedy,
        "place": (finding.target, finding.location.path, finding.location.line),
        "layer": (layer.index, layer.diff_id, layer.created_by, layer.origin),
        "secret": secret and (secret.type, secret.masked, secret.fingerprint, secret.confidence),
        "trail": [(step.kind, step.text or (step.layer and step.layer.created_by)) for step in finding.trail],
        "steps": [step.layer.index if step.layer else -1 for step in finding.trail],
        "places": sorted((one.path, one.line, one.layer, one.status, one.surface) for one in finding.places),
    }


def test_it_comes_back_as_it_was(words: str) -> None:
    before = scanned(words)
    paths = {one.path for finding in before.findings for one in finding.places or [finding.location]}
    assert paths >= {"root/key.pem", "srv/a, layer 3/[copy].pem"}
    attach(words, sarif_of(before, Texts(rules(), whole=True)))
    after = read(words)
    assert after.incomplete == before.incomplete == []
    ours = sorted(map(essence, before.findings), key=str)
    for one, other in zip(sorted(map(essence, after.findings), key=str), ours, strict=True):
        for name in one:
            assert one[name] == other[name], name
    assert after.images[0].digest == before.images[0].digest
    assert after.exit_status() == before.exit_status() == 1
    (said,) = after.limited
    assert "nothing was scanned: this is the report that was attached 20" in said.reason
    assert "imagelint 0.1.0, which whoever may push to the repository can write" in said.reason
    told = after.config["attached"]
    assert isinstance(told, list)
    assert [set(one) for one in told] == [{"digest", "created", "version", "rules"}]


def test_every_format_shows_it(words: str, tmp_path: Path) -> None:
    attach(words, sarif_of(scanned(words), Texts(rules(), whole=True)))
    report = read(words)
    for name in FORMATS:
        out = io.StringIO()
        renderer(name)(report, Texts(rules(), whole=name in ("sarif", "html")), out)
        text = out.getvalue()
        assert "copy" in text, name
        assert WORD not in text
        assert KEY.splitlines()[1] not in text
        if name == "sarif":
            (tmp_path / "again.sarif").write_text(text)
    assert sarif_validate.errors([tmp_path / "again.sarif"]) == []


def test_a_scan_finds_the_same_beside_an_attached_report(words: str) -> None:
    """What is attached is looked through, as all that lies beside an image, and holds nothing."""
    before = scanned(words)
    attach(words, sarif_of(before, Texts(rules(), whole=True)))
    after = scanned(words)
    assert (after.findings, after.incomplete, after.limited) == (before.findings, before.incomplete, before.limited)


def test_the_newest_is_shown(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = scanned(words)
    texts = Texts(rules(), whole=True)
    for day, number in (("2037-01-02", 2), ("2037-01-01", 1)):
        report.findings = report.findings[:number]
        monkeypatch.setattr("imagelint.registry.attach._ours", lambda *_: [])  # the older one stays
        monkeypatch.setattr("imagelint.registry.attach._now", lambda day=day: f"{day}T00:00:00Z")
        attach(words, sarif_of(report, texts))
    assert len(read(words).findings) == 2
    assert "2037-01-02T00:00:00Z" in read(words).limited[0].reason


def problem(words: str, request: Request | None = None) -> str:
    report = read(words, request)
    (hole,) = report.incomplete
    assert report.findings == []
    assert report.exit_status() == 3
    assert "\n" not in hole.reason
    return str(hole.reason)


def test_what_is_not_there(kept: str) -> None:
    assert problem(kept).startswith("there is no report of imagelint's beside the image: none is attached")
    assert "there is no tag 2" in problem(kept.removesuffix("1") + "2")
    assert "it is no reference" in problem("SHOP/APP!")
    assert "there is no image for linux/s390x" in problem(kept, Request("linux/s390x"))


def by_hand(words: str, sarif: bytes, **changes: Any) -> None:
    """Attach whatever it is."""
    pusher = Pusher(parse_reference(words))
    (image,) = images(words)
    made = json.loads(manifest({"mediaType": MANIFEST, "digest": image.digest, "size": 1}, sarif, {VERSION: "0.1.0"}))
    data = json.dumps({**made, **changes}).encode()
    pusher.put_blob(EMPTY)
    pusher.put_blob(sarif)
    pusher.put_manifest(digest_of(data), data, MANIFEST)


def log(*results: Any, **more: Any) -> bytes:
    driver = {"name": "imagelint", "version": "0.1.0"}
    run = {"tool": {"driver": driver}, "results": list(results), "invocations": [{"executionSuccessful": True}]}
    return json.dumps({"version": "2.1.0", "runs": [{**run, **more}]}).encode()


OTHER = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": []}]}'
WRONG: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"<html>", "is not JSON"),
    "no text": (b"\xff\xfe", "is not JSON"),
    "deep": (b"[" * 200_000, "is nested too deeply"),
    "a number of many digits": (b"1" * 10_000, "is not JSON"),
    "a list": (b"[]", "is no SARIF 2.1.0 with one run"),
    "nothing": (b"{}", "is no SARIF 2.1.0 with one run"),
    "two runs": (b'{"version": "2.1.0", "runs": [{}, {}]}', "is no SARIF 2.1.0 with one run"),
    "runs of another type": (b'{"version": "2.1.0", "runs": [7]}', "is no SARIF 2.1.0 with one run"),
    "another tool": (OTHER, "was made by another tool, and only imagelint's are read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_report_that_is_none(kept: str, name: str) -> None:
    data, told = WRONG[name]
    by_hand(kept, data)
    assert told in problem(kept)


def test_a_report_that_is_too_large(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached_module, "MOST_BYTES", 100_000)
    by_hand(kept, log() + b" " * 200_000)
    assert problem(kept).endswith("and no more than 100000 are read")


def test_a_small_one_that_unpacks_to_a_large_one(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached_module, "MOST_BYTES", 100_000)
    by_hand(kept, gzip.compress(log() + b" " * 2_000_000))
    assert problem(kept) == "the attached report has more than 100000 bytes once it is unpacked"


@pytest.mark.parametrize(
    "layers",
    [[], [{}], [{"mediaType": SARIF}], [{"mediaType": SARIF, "digest": "sha256:x", "size": 1}], [{"mediaType": 1}], 7],
)
def test_an_artifact_without_a_report(kept: str, layers: Any) -> None:
    by_hand(kept, log(), layers=layers)
    assert problem(kept)


def test_those_of_others_are_left(kept: str) -> None:
    by_hand(kept, OTHER, annotations={})
    assert "only reports of other tools are attached" in problem(kept)
    by_hand(kept, log())
    assert read(kept).incomplete == []


def test_a_manifest_that_is_about_another_image(kept: str) -> None:
    """Listed beside this one by a registry that is wrong, or by an index that somebody wrote."""
    by_hand(kept, log(), subject={"mediaType": MANIFEST, "digest": "sha256:" + "a" * 64, "size": 1})
    assert "none is attached" in problem(kept)


KIND = "openssh-private-key"
JUNK: list[Any] = [None, 7, "x", [], {}, [[]], [{}], {"a": 1}, True, 1.5, -1, "\ud800", HOSTILE, "a" * 100_000, 1 << 80]
KIND = "openssh-private-key"
GOOD = {
    "ruleId": KIND,
    "level": "error",
    "message": {"text": "a key. In image x, layer 1, deleted. Trail: [introduced](1) in layer 1. Mend it."},
    "partialFingerprints": {"imagelint/v1": "0c" * 16},
    "locations": [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "x/root/key", "index": 0},
                "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 9},
            }
        }
    ],
    "relatedLocations": [
        {"id": 1, "message": {"text": "introduced in layer 1: COPY"}},
        {"message": {"text": "also in a"}},
    ],
    "codeFlows": [
        {"threadFlows": [{"locations": [{"location": {"message": {"text": "introduced in layer 1: COPY"}}}]}]}
    ],
    "suppressions": [{"kind": "external", "justification": "known"}],
    "properties": {"image": "x", "path": "root/key", "layer": 1, "secretType": KIND, "masked": "****"},
}


def shaken(value: Any) -> Iterator[Any]:
    """The value with each of its parts, in turn, being something else, or missing."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            yield from ({**value, key: other} for other in shaken(part))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in shaken(part))
    yield from JUNK


def test_wrong_types_break_nothing(kept: str) -> None:
    results = list(shaken(GOOD))
    assert len(results) > 400
    by_hand(kept, log(GOOD, *results))
    report = read(kept)
    first = report.findings[0]
    assert (first.message, first.remedy, first.location.line) == ("a key", "Mend it", 3)
    assert [step.kind for step in first.trail] == ["introduced"]
    assert len(first.places) == 2
    assert len(report.findings) + int(report.incomplete[-1].reason.split()[0]) == len(results) + 1
    for name in FORMATS:
        out = io.StringIO()
        renderer(name)(report, Texts(rules(), whole=name in ("sarif", "html")), out)
        assert "\x1b" not in out.getvalue()
        assert "\u202e" not in out.getvalue()


def test_wrong_types_of_a_run_break_nothing(kept: str) -> None:
    good = {
        "invocations": [
            {
                "executionSuccessful": False,
                "toolExecutionNotifications": [
                    {"descriptor": {"id": "incomplete"}, "message": {"text": "layer 1: cut \\[off\\]."}}
                ],
            }
        ],
        "properties": {"images": [{"base": "debian:12", "baseLayers": 1}]},
        "results": [GOOD],
        "tool": {"driver": {"name": "imagelint", "version": "0.1.0"}},
    }
    reader = sarif_read.Reader(redactor(), "x", [])
    whole = reader.read(good)
    assert [hole.reason for hole in whole.incomplete] == ["layer 1: cut [off]."]
    assert (whole.base, whole.base_layers) == ("debian:12", 1)
    told = set()
    for run in shaken(good):
        try:
            reader.read(sarif_read.parse(json.dumps({"version": "2.1.0", "runs": [run]}).encode()))
        except UnreadableError as error:
            told.add(str(error))
    assert told == {
        "the attached report is no SARIF 2.1.0 with one run",
        "the attached report was made by another tool, and only imagelint's are read",
    }


def test_what_it_says_is_masked_like_any_text(kept: str) -> None:
    """Somebody attached what holds a value: it is not shown."""
    told = json.loads(json.dumps(GOOD))
    told["message"]["text"] = f"the key is DB_PASSWORD={WORD} and {KEY}"
    told["properties"] |= {
        "path": f"srv/API_TOKEN={WORD}",
        "createdBy": f"ENV DB_PASSWORD={WORD}",
        "masked": f"PASSWORD={WORD}",
    }
    by_hand(kept, log(told))
    report = read(kept)
    out = io.StringIO()
    renderer("json")(report, {}, out)
    assert len(report.findings) == 1
    assert WORD not in out.getvalue()
    assert KEY.splitlines()[2] not in out.getvalue()
