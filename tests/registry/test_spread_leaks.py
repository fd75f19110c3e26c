"""No value of a secret, and no password of the registry, is anywhere but in the two processes that need it."""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import zstandard

from imagelint.image.layer import read_layer
from imagelint.registry import spread_worker
from imagelint.registry.spread_seal import Opener
from imagelint.registry.spread_task import FAILED, pack_layer, pack_run
from tests.conftest import without
from tests.dask_cluster import Cluster
from tests.material import password
from tests.registries import USER, missing
from tests.registry.spread_bed import DETECTOR, PASSWORD, Bed, bed, settings, spread

pytestmark = [pytest.mark.engine, pytest.mark.slow]
TELLS = 12
"""Characters of a value in a row that give it away."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if reason := missing():
        without(reason)
    with bed(tmp_path_factory.mktemp("leaks")) as made:
        yield made


PACKED = re.compile(rb"\x28\xb5\x2f\xfd|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
"""How a frame of zstd, of gzip or of zlib begins."""


def unpacked(data: bytes) -> Iterator[bytes]:
    """What is compressed in data, wherever it begins, as far as it can be read."""
    for match in PACKED.finditer(data):
        rest = data[match.start() :]
        try:
            if match[0].startswith(b"\x28"):
                yield zstandard.ZstdDecompressor().stream_reader(rest).read(1 << 22)
            else:
                yield zlib.decompressobj(47).decompress(rest, 1 << 22)
        except (zlib.error, zstandard.ZstdError):
            continue


def told_of(secrets: Sequence[str], data: bytes) -> list[str]:
    """Which secrets, or parts of them, data gives away, in any of the usual forms."""
    found = []
    data = b"\n".join([data, *unpacked(data)])
    for secret in secrets:
        parts = {secret[at : at + TELLS] for at in range(max(1, len(secret) - TELLS + 1))}
        forms = {part.encode() for part in parts}
        for shift in range(3):  # base64 that begins ahead of it
            text = base64.b64encode(bytes(shift) + secret.encode()).decode()
            forms.add(text[4:-4].encode())
        forms.add(secret.encode().hex().encode())
        if any(form in data for form in forms if len(form) >= min(TELLS, len(secret))):
            found.append(secret)
    return found


def test_the_search_finds_what_is_there(ground: Bed) -> None:
    for secret in ground.secrets:
        for text in (secret, base64.b64encode(f"{USER}:{secret}".encode()).decode(), secret.encode().hex()):
            assert secret in told_of(ground.secrets, f"ahead {text} behind".encode())
            packed = zlib.compress(f"ahead {text} behind".encode()), zstandard.compress(text.encode() * 3)
            assert all(secret in told_of(ground.secrets, b"ahead" + one) for one in packed)
    assert told_of(ground.secrets, os.urandom(100_000)) == []
    # A result that is not sealed.
    bare = b"\n".join(data for data in ground.here().values() if data is not None)
    assert {*ground.in_layers, PASSWORD} <= {*told_of(ground.secrets, bare)}


def state(dask_scheduler: object) -> bytes:
    """Everything that a scheduler has in its memory of tasks, clients, workers, events and logs."""
    scheduler = dask_scheduler
    parts = [repr(scheduler.get_logs())]  # type: ignore[attr-defined]  # Dask hands itself in
    parts += [repr(scheduler.get_events())]  # type: ignore[attr-defined]
    for task in scheduler.tasks.values():  # type: ignore[attr-defined]
        parts += [repr(task), repr(task.run_spec), repr(task.exception), repr(task.annotations), repr(task.metadata)]
        parts.append(repr(getattr(task.run_spec, "args", "")))
    return "\n".join(parts).encode()


def test_nothing_of_it_is_in_the_cluster(ground: Bed, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Searched: the scheduler's memory, what the cluster dumps of itself, results that wait there, logs, spilled
    files, and what this process prints."""
    from distributed import Client

    seen: list[bytes] = []
    run = pack_run(settings(), DETECTOR, [], Opener().public)
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker(ground.environment)
        cluster.worker(ground.environment)
        with Client(cluster.address, set_as_default=False) as other:
            for count, _ in enumerate(spread(cluster.address).read(ground.layers), 1):
                if count in (1, len(ground.layers) // 2, len(ground.layers)):
                    seen.append(other.run_on_scheduler(state))
                    other.dump_cluster_state(str(tmp_path / f"dump{count}"), format="yaml")
                    seen.append((tmp_path / f"dump{count}.yaml").read_bytes())
                    seen += other.run(memory).values()
            # Results that nobody takes wait on a worker, and are spilled there.
            held = [other.submit(spread_worker.work, run, pack_layer(layer)) for layer in ground.layers]
            end = time.monotonic() + 60
            while not all(future.status == "finished" for future in held):
                assert time.monotonic() < end
                time.sleep(0.1)
            spilled = [path.read_bytes() for path in cluster.folder.rglob("storage/*") if path.is_file()]
            assert len(spilled) == len(ground.layers)
            seen += [*spilled, *other.run(memory).values(), other.run_on_scheduler(state)]
            seen.append(repr(other.get_worker_logs()).encode())
        assert b"layer-" in seen[0], "there were tasks to look at"
        assert any(data for data in seen[2:4]), "there were results to look at"
    everything = b"\n".join([*seen, cluster.written(), *map(str.encode, capfd.readouterr())])
    assert any(layer.digest.encode() in everything for layer in ground.layers), "tasks stand in it in clear"
    assert told_of(ground.secrets, everything) == []


def memory(dask_worker: object) -> bytes:
    """The results that a worker holds."""
    data = dask_worker.data  # type: ignore[attr-defined]  # Dask hands itself in
    return b"\n".join(bytes(value) for value in data.values() if isinstance(value, bytes))


def test_what_goes_out_holds_neither_password_nor_function(ground: Bed) -> None:
    with ground.logged_in():
        run = pack_run(settings(), DETECTOR, [ground.front.host], Opener().public)
        for layer in ground.layers:
            with layer.open() as stream:  # with credentials in use
                stream.read(1)
            out = pickle.dumps((spread_worker.work, run, pack_layer(layer)))
            assert told_of(ground.secrets, out) == []
            assert b"cloudpickle" not in out
            assert json.loads(pack_layer(layer)).keys() == {
                "index", "repository", "digest", "diff_id", "size", "media_type"
            }  # fmt: skip


def test_a_worker_s_answer_can_be_read_by_who_asked_alone(ground: Bed) -> None:
    opener, layer = Opener(), next(layer for layer in ground.layers if found_in(ground, layer))
    run = pack_run(settings(), DETECTOR, [], opener.public)
    with ground.logged_in():
        answer = spread_worker.work(run, pack_layer(layer))
    assert answer[:1] == b"r"
    assert told_of(ground.secrets, answer) == []


def found_in(ground: Bed, layer: object) -> bool:
    """Whether a layer has a secret."""
    from imagelint.image.paths import Allowance

    with ground.logged_in():
        return bool(settings().reader(DETECTOR, read_layer)(layer, Allowance()).found)  # type: ignore[arg-type]


def test_a_defect_on_a_worker_does_not_quote(caplog: pytest.LogCaptureFixture) -> None:
    """Not the run, not the layer, neither in the answer nor in a log."""
    word = password(904)
    run = pack_run(settings(), DETECTOR, [], Opener().public)
    broken = run.replace(b'"measure"', f'"{word}"'.encode())
    assert broken != run
    for run_, layer in (
        (b"{" + word.encode(), b"{}"),
        (broken, b"{}"),
        (run, f'{{"{word}": 1}}'.encode()),
        (run, word.encode()),
    ):
        answer = spread_worker.work(run_, layer)
        assert answer.startswith(FAILED + b"a defect of imagelint kept it from being read: ")
        assert word.encode() not in answer
    assert caplog.records == []
