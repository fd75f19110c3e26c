"""The way to the scheduler: which addresses are taken, and TLS with an authority that the test makes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagelint.errors import AbsentError, UsageError
from imagelint.registry.spread_cluster import Cluster as Way
from imagelint.registry.spread_cluster import Tls
from tests.conftest import without
from tests.dask_cluster import Cluster
from tests.material import password
from tests.registries import missing
from tests.registry.spread_bed import Bed, bed, dumped, spread, taken

OPENSSL = "/usr/bin/openssl"


def authority(folder: Path, name: str) -> Tls:
    """An authority, and a certificate of it that is good for a day."""
    folder.mkdir(parents=True)
    ca, key, request, made = (folder / file for file in ("ca.pem", "key.pem", "request.pem", "certificate.pem"))
    new = [OPENSSL, "req", "-newkey", "rsa:2048", "-nodes"]
    sign = [OPENSSL, "x509", "-req", "-days", "1", "-CAcreateserial"]
    for words in (
        [*new, "-x509", "-days", "1", "-subj", f"/CN={name}", "-keyout", str(folder / "ca.key"), "-out", str(ca)],
        [*new, "-subj", "/CN=dask", "-keyout", str(key), "-out", str(request)],
        [*sign, "-in", str(request), "-CA", str(ca), "-CAkey", str(folder / "ca.key"), "-out", str(made)],
    ):
        subprocess.run(words, check=True, capture_output=True)
    return Tls(str(ca), str(made), str(key))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    if reason := missing():
        without(reason)
    return authority(tmp_path_factory.mktemp("tls") / "ours", "ours")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if reason := missing():
        without(reason)
    with bed(tmp_path_factory.mktemp("tls-bed")) as made:
        yield made


@pytest.mark.engine
@pytest.mark.slow
def test_over_tls_and_with_nobody_else(ground: Bed, ours: Tls, tmp_path: Path) -> None:
    theirs = authority(tmp_path / "theirs", "theirs")
    words = ["--tls-ca-file", ours.ca, "--tls-cert", ours.certificate, "--tls-key", ours.key]
    with Cluster(tmp_path / "dask", words) as cluster:
        assert cluster.address.startswith("tls://")
        cluster.worker(ground.environment)
        found = taken(spread(cluster.address, tls=ours).read(ground.layers))
        assert {digest: dumped(result) for digest, result in found.items()} == ground.here()
        with pytest.raises(AbsentError) as caught:
            list(spread(cluster.address, tls=theirs).read(ground.layers))
        assert str(caught.value).startswith(
            f"the Dask scheduler at {cluster.address} and this command do not trust each other ("
        )
        assert str(caught.value).endswith("do --dask-ca, --dask-cert and --dask-key belong to its authority?")
        with pytest.raises(
            AbsentError, match="is no Dask scheduler that this command can talk to: is it one, does it speak TLS"
        ):
            list(spread(f"tcp{cluster.address[3:]}").read(ground.layers))


WORD = password(903)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:8786", "--dask takes the address of a Dask scheduler: tcp://HOST:PORT"),
        ("http://127.0.0.1:8786", "--dask takes the address of a Dask scheduler"),
        ("ucx://127.0.0.1:8786", "--dask takes the address of a Dask scheduler"),
        ("tcp://127.0.0.1", "--dask takes the address of a Dask scheduler"),
        ("tcp://127.0.0.1:99999", "--dask takes the address of a Dask scheduler"),
        ("tcp://[::1:8786", "--dask takes the address of a Dask scheduler"),
        ("tcp://127.0.0.1:8786/status", "--dask takes the address of a Dask scheduler"),
        (f"tcp://alice:{WORD}@127.0.0.1:8786", "--dask takes no user and no password"),
        ("tcp://dask.example.org:8786", "tcp://dask.example.org:8786 is not on this machine, and without TLS anyone"),
        ("tcp://10.0.0.1:8786", "name it tls://10.0.0.1:8786, with --dask-ca, --dask-cert and --dask-key, or give"),
        ("tcp://127.0.0.1.example.org:8786", "is not on this machine"),
        ("tls://dask.example.org:8786", "tls:// needs --dask-ca: a file in PEM"),
        ("", "--dask takes the address of a Dask scheduler"),
    ],
)
def test_addresses_that_are_not_taken(address: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        Way(address)
    assert told in str(caught.value)
    assert WORD not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "plain", "taken"),
    [
        ("tcp://127.0.0.1:8786", False, "tcp://127.0.0.1:8786"),
        ("tcp://localhost:8786/", False, "tcp://localhost:8786"),
        ("tcp://[::1]:8786", False, "tcp://[::1]:8786"),
        ("tcp://dask.example.org:8786", True, "tcp://dask.example.org:8786"),
    ],
)
def test_addresses_that_are_taken(address: str, plain: bool, taken: str) -> None:
    assert Way(address, plain=plain).address == taken


def test_files_that_are_none(ours: Tls, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no certificate\n")
    locked = tmp_path / "locked.pem"
    subprocess.run(
        [OPENSSL, "rsa", "-aes256", "-passout", f"pass:{WORD}", "-in", ours.key, "-out", str(locked)],
        check=True,
        capture_output=True,
    )
    other = authority(tmp_path / "other", "other")
    nothing, text = str(tmp_path / "nothing"), str(tmp_path / "text")
    for tls, told in (
        (Tls(ours.ca, ours.certificate), "tls:// needs --dask-key: a file in PEM"),
        (Tls(nothing, ours.certificate, ours.key), f"--dask-ca {nothing}: it cannot be read: No such file"),
        (Tls(ours.ca, text, ours.key), f"--dask-cert {text}: it is no file in PEM"),
        (Tls(ours.key, ours.certificate, ours.key), f"--dask-ca {ours.key}: it holds no certificate"),
        (Tls(ours.ca, ours.certificate, other.key), "they do not belong together, or the key has a password"),
        (Tls(ours.ca, ours.certificate, str(locked)), "they do not belong together, or the key has a password"),
    ):
        with pytest.raises(UsageError) as caught:
            Way("tls://127.0.0.1:8786", tls)
        assert told in str(caught.value)
    with pytest.raises(UsageError, match="there are certificates for the scheduler, and tcp:// uses none"):
        Way("tcp://127.0.0.1:8786", ours)
    assert Way("tls://dask.example.org:8786", ours).address == "tls://dask.example.org:8786"
