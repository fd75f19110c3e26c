"""Several layers at a time, in threads or in worker processes: the same report, and nothing lost with one of them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imagelint.engine.compiled import load
from imagelint.findings import Report
from imagelint.image import lint, reading
from imagelint.image.hits import TOO_MANY
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.result import LayerResult
from imagelint.scan_options import Options
from imagelint.scanning import Progress, scan
from imagelint.stream import limits
from tests import registries
from tests.alone import alone
from tests.conftest import without
from tests.imagemaker import Recipe, oci_layout
from tests.material import rsa_key
from tests.plain import plain
from tests.registries import Registry

KEYS = [[{"path": f"srv/key{number}.pem", "content": rsa_key(200 + number)}] for number in range(6)]
RECIPE = Recipe(layers=[*KEYS, [{"path": "srv/.wh.key0.pem"}]], config={"User": "app"}, tags=["app:1"])
Read = Callable[..., LayerResult]


both = pytest.mark.parametrize("way", ["threads", "workers"], indirect=True)
in_workers = pytest.mark.parametrize("way", ["workers"], indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One way of reading, whatever the image's size."""
    if request.param == "workers" and not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    monkeypatch.setattr(reading, "WORTH_IT", 0 if request.param == "workers" else 1 << 60)
    return str(request.param)


@pytest.fixture
def image(tmp_path: Path) -> str:
    return str(oci_layout(tmp_path / "image", RECIPE))


def report(target: str, jobs: int = 2, progress: Progress | None = None) -> Report:
    return scan([target], Options(rules=load(), jobs=jobs), progress)


def findings(of: Report) -> list[object]:
    return [plain({**plain(finding), "target": ""}) for finding in of.findings]


def reads(monkeypatch: pytest.MonkeyPatch, instead: Callable[[Layer, Read], LayerResult | None]) -> set[int]:
    """Put something in the way of some layers; the processes that read the others, as far as this one knows."""
    here: set[int] = set()

    def read(layer: Layer, *more: object, **named: object) -> LayerResult:
        here.add(os.getpid())
        return instead(layer, read_layer) or read_layer(layer, *more, **named)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(lint, "read_layer", read)
    return here


@both
@alone
def test_the_same_findings_however_many(image: str, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    here = reads(monkeypatch, lambda layer, read: None)
    one = findings(report(image, jobs=1))
    assert here == {os.getpid()}
    here.clear()
    assert findings(report(image, jobs=2)) == findings(report(image, jobs=5)) == one
    assert here == (set() if way == "workers" else {os.getpid()})
    assert len(one) == len(KEYS)


@both
@alone
def test_a_defect_in_one_layer_is_told_without_its_text(image: str, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    def broken(layer: Layer, _read: Read) -> None:
        if layer.index == 1:
            raise RuntimeError("quotes the target")

    reads(monkeypatch, broken)
    found = report(image)
    (hole,) = found.incomplete
    assert hole.place.startswith("layer 1 sha256:")
    assert "RuntimeError" in hole.reason
    assert "quotes" not in hole.reason
    assert len(found.findings) == len(KEYS) - 1


@in_workers
@alone
def test_a_worker_that_is_killed_loses_its_layer_alone(image: str, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    reads(monkeypatch, lambda layer, _: os.kill(os.getpid(), signal.SIGKILL) if layer.index == 1 else None)
    found = report(image)
    assert [(str(hole.place)[:14], str(hole.reason)) for hole in found.incomplete] == [
        ("layer 1 sha256", reading.KILLED)
    ]
    assert len(found.findings) == len(KEYS) - 1


@both
@alone
def test_all_take_from_one_allowance(image: str, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(limits, "CANDIDATES", 4)
    found = report(image)
    assert len(found.findings) == 4
    assert [str(note.reason) for note in found.limited] == [TOO_MANY] * 2


@both
@alone
def test_how_far_it_is_is_told(tmp_path: Path, way: str) -> None:
    noise = random.Random(3).randbytes(6 * limits.READ)
    layers = [[{"path": "noise", "content": noise[part * limits.READ :]}] for part in range(3)]
    path = oci_layout(tmp_path / "image", Recipe(layers=layers))
    told: list[tuple[int, int, str]] = []
    report(str(path), progress=lambda done, size, what: told.append((done, size, what)))
    for number in range(3):
        name = f"layer {number + 1} of 3"
        steps = [(done, size) for done, size, what in told if what == name]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 3 * limits.READ


@both
@pytest.mark.engine
def test_a_registry_gives_each_process_connections_of_its_own(tmp_path: Path, image: str, way: str) -> None:
    if reason := registries.missing():
        without(reason)
    with Registry(tmp_path / "registry") as running:
        reference = running.push(Path(image), "1", "app:1")
        found = report(f"registry:{reference}", jobs=4)
    assert not found.incomplete
    assert [one["fingerprint"] for one in plain(found.findings)] == [
        one["fingerprint"] for one in plain(report(image).findings)
    ]


@in_workers
def test_an_interrupt_leaves_no_workers_and_no_traceback(tmp_path: Path, way: str) -> None:
    noise = random.Random(4).randbytes(8 * limits.MIB)
    layers = [[{"path": f"noise{copy}", "content": noise} for copy in range(6)] for _ in range(6)]
    path = oci_layout(tmp_path / "image", Recipe(layers=layers))
    # A background job of a shell, as these tests may be, ignores interrupts, and so would all that it starts.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heard}; from imagelint.cli import main; main()"
    words = [sys.executable, "-c", program, "scan", "--no-config", "--jobs", "2", str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(children.read_text().split()) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
