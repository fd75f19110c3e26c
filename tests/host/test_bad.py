"""Engines that cannot be asked, that die, that answer what they should not, and what vanishes meanwhile."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
from pathlib import Path
from typing import Any

import pytest

from imagelint.host.engine import Engine, find
from imagelint.host.names import name_them
from imagelint.host.sizes import Sizes
from imagelint.host.stored import Stored, steps
from imagelint.image.sources.layer_sizes import layer_sizes
from imagelint.stream import limits
from tests.daemons import VERSION, Daemon
from tests.host.between import Between
from tests.host.hosting import reported, typed
from tests.material import rsa_key
from tests.rules.hosts import engine

ONE: dict[str, Any] = {
    "images": [
        {"tags": ["app:1"], "days": 1, "layers": [[{"path": "srv/app", "content": "new"}]]},
        {"had": "app:1", "days": 2, "layers": [[{"path": "srv/app", "content": "old"}]]},
    ],
    "containers": [{"name": "web", "image": 0, "running": True}, {"name": "db", "image": 0, "running": True}],
}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine but those of the test."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "CONTAINER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def address(folder: Path) -> str:
    return f"unix://{folder}/host.sock"


def holes(report: dict[str, Any]) -> list[str]:
    return [f"{skip['place']}: {skip['reason']}" for skip in report["incomplete"]]


def test_nobody_listens(tmp_path: Path) -> None:
    status, report = reported(f"unix://{tmp_path}/none.sock")
    assert status == 3
    (hole,) = holes(report)
    assert hole.startswith(f": the Docker daemon is not running: nothing listens at {tmp_path}/none.sock (as you say)")


def test_without_a_word_every_engine_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", address(tmp_path))
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/none.sock")
    with engine(tmp_path, ONE):
        status, report = reported("--no-layers")
        assert (status, report["targets"], report["stats"]["containers"]) == (3, ["docker", "podman"], 2)
        assert "Podman's service is not running" in holes(report)[0]
        monkeypatch.delenv("CONTAINER_HOST")
        assert reported("--no-layers")[1]["targets"] == ["docker"]
    monkeypatch.setenv("DOCKER_CONTEXT", "none")
    monkeypatch.delenv("DOCKER_HOST")
    status, report = reported("--no-layers")
    assert (status, holes(report)) == (
        3,
        [": DOCKER_CONTEXT none does not exist; `docker context ls` lists those that do"],
    )


@pytest.mark.parametrize("word", ["nerdctl", "dokcer", "", "./run/docker.sock"])
def test_a_word_that_is_no_engine(word: str) -> None:
    status, out, errors = typed(word)
    assert (status, out) == (2, "")
    assert errors == (
        f"imagelint: there is no engine {word!r}: it is docker, podman or an address "
        "(unix:///run/docker.sock, tcp://HOST:2376)\n"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--fix"], "--fix is for scan, and says nothing of a host"),
        (["--filter", "label=a"], "--filter is for scan, and says nothing of a host"),
        (["--no-images", "--no-containers"], "leave nothing to look at"),
        (["--older-than", "soon"], "'soon' is no age; say 90d, 12w or 1y"),
        (["--older-than", "0d"], "'0d' is no age"),
        (["--older-than", "999999999999y"], "is no age"),
    ],
)
def test_words_that_are_wrong(words: list[str], text: str) -> None:
    status, out, errors = typed(*words)
    assert (status, out, text in errors, errors.count("\n")) == (2, "", True, 1)


def test_how_old_an_image_may_be(tmp_path: Path) -> None:
    host = {"images": [{"tags": ["app:1"], "days": 40, "layers": [[{"path": "a", "content": "a"}]]}]}
    with engine(tmp_path, host):
        for age, old in (("39d", 1), ("41", 0), ("5w", 1), ("1y", 0)):
            found = reported("--no-layers", "--older-than", age, address(tmp_path))[1]["findings"]
            assert sum(finding["rule"] == "old-image" for finding in found) == old, age


def test_no_permission(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give up its rights")
    with engine(tmp_path, ONE):
        os.chmod(tmp_path / "host.sock", 0o600)
        with multiprocessing.get_context("fork").Pool(1, os.setuid, (65534,)) as pool:
            status, report = pool.apply(reported, (address(tmp_path),))
    assert status == 3
    (hole,) = holes(report)
    assert hole.startswith(
        f": no permission to ask the Docker daemon at {tmp_path}/host.sock (as you say): run as root"
    )


def test_what_vanishes_is_no_hole(tmp_path: Path) -> None:
    """A container and an image that are gone when they are asked for: there is nothing left to judge."""
    other = {**ONE["containers"][1], "image": 1}
    with engine(tmp_path, {**ONE, "containers": [ONE["containers"][0], other]}) as daemon:
        daemon.answers[f"/containers/{0:064x}/json"] = (404, {"message": "no such container"})
        gone = next(name for name in daemon.answers if name.startswith("/images/sha256:") and name.endswith("/json"))
        daemon.answers[gone] = (404, {"message": "no such image"})
        _, report = reported(address(tmp_path))
    assert holes(report) == []
    told = [f"{skip['place']}: {skip['reason']}" for skip in report["limited"]]
    assert told == ["image app:1: is gone since the scan began", "container web: is gone since the scan began"]
    assert (report["stats"]["containers"], report["stats"]["images"]) == (1, 1)


def test_an_image_that_vanishes_before_it_is_sent(tmp_path: Path) -> None:
    with engine(tmp_path, ONE) as daemon, Between(tmp_path / "b.sock", tmp_path / "host.sock", None) as between:
        daemon.answers["/images/get"] = (404, {"message": "no such image"})
        _, report = reported("--no-containers", f"unix://{tmp_path}/b.sock")
        assert len(holes(report)) == 2  # they are there all the same
        images = [name for name in daemon.answers if name.startswith("/images/") and name.endswith("/json")]
        asked = len(between.asked)

        def meddle(path: str) -> None:
            if "/images/get" in path:
                daemon.answers.update(dict.fromkeys(images, (404, {"message": "no such image"})))

        with Between(tmp_path / "c.sock", tmp_path / "host.sock", meddle):
            status, report = reported("--no-containers", f"unix://{tmp_path}/c.sock")
    assert asked
    assert (status, holes(report)) == (1, [])
    assert {skip["reason"] for skip in report["limited"]} == {"is gone since the scan began"}


def test_one_that_cannot_be_read_keeps_nothing_from_the_others(tmp_path: Path) -> None:
    with engine(tmp_path, ONE) as daemon:
        daemon.answers[f"/containers/{0:064x}/json"] = (500, {"message": "the\nstore is broken"})
        status, report = reported(address(tmp_path))
    assert status == 3
    assert holes(report) == ["container web: the Docker daemon refuses with status 500: the store is broken"]
    assert report["stats"]["containers"] == 1


def test_an_engine_that_dies(tmp_path: Path) -> None:
    """In the middle of the containers: one line, and what was found stays."""
    host = {**ONE, "containers": [{"name": f"c{n}", "image": 0, "running": True} for n in range(200)]}
    with engine(tmp_path, host) as daemon:
        secret = {"Env": [f"DB_PASSWORD={rsa_key(9)[40:70]}"], "Image": "app:1"}
        daemon.answers[f"/containers/{3:064x}/json"] = (200, {"Name": "/c3", "Config": secret})

        def meddle(path: str) -> None:
            if f"/containers/{100:064x}/" in path:
                os.unlink(tmp_path / "host.sock")
                raise ConnectionResetError

        with Between(tmp_path / "b.sock", tmp_path / "host.sock", meddle):
            status, report = reported(f"unix://{tmp_path}/b.sock")
    assert status == 3
    assert len(holes(report)) == 1
    assert report["stats"]["containers"] == 100
    assert [found["target"] for found in report["findings"] if "secret" in found] == ["docker-container:c3"]


def test_an_image_that_is_cut_on_its_way(tmp_path: Path) -> None:
    with engine(tmp_path, ONE, cut=9):
        status, report = reported("--no-containers", address(tmp_path))
    assert status == 3
    assert {hole.partition(": ")[2] for hole in holes(report)} == {
        "the connection to the Docker daemon broke while it sent the image; is it still running?"
    }
    assert any(found["rule"] == "dangling-image" for found in report["findings"])


WRONG: list[Any] = [
    None,
    0,
    -1,
    True,
    "x",
    "\x1b[31mred\x07\u202e",
    [],
    {},
    ["a", None, {}],
    {"a": [1]},
    1e300,
    "9" * 50,
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_answers_of_wrong_types(tmp_path: Path, wrong: Any) -> None:
    keys = (
        "Memory MemorySwap NanoCpus CpuQuota CpuPeriod PidsLimit CapAdd SecurityOpt Binds PortBindings Ulimits Devices"
    )
    host = dict.fromkeys([*keys.split(), "RestartPolicy", "NetworkMode", "MaskedPaths", "CpusetCpus"], wrong)
    config = dict.fromkeys(["Env", "Cmd", "Entrypoint", "Labels", "Healthcheck", "User", "Image"], wrong)
    inspected = {"Name": wrong, "Config": config, "HostConfig": host, "Mounts": wrong, "NetworkSettings": wrong}
    image = {"RootFS": wrong, "Config": wrong, "Size": wrong, "Created": wrong, "Metadata": wrong, "Os": wrong}
    odd = {"Id": "ab" * 32, "RepoTags": wrong, "RepoDigests": wrong, "Created": wrong, "History": wrong, "Names": wrong}
    answers: dict[str, tuple[int, Any]] = {
        "/version": (200, {**VERSION, "Components": wrong}),
        "/info": (200, {"SecurityOptions": wrong, "SystemTime": wrong, "CgroupVersion": wrong}),
        "/containers/json": (200, [wrong, {"Id": "cd" * 32, "Names": wrong, "ImageID": wrong, "State": "running"}]),
        "/images/json": (200, [wrong, {"Id": wrong}, odd]),
        f"/containers/{'cd' * 32}/json": (200, inspected),
        "/history": (200, wrong),
        "/events": (200, json.dumps(wrong).encode()),
        "/system/df": (200, {"Images": wrong}),
        "/json": (200, image),
    }
    with Daemon(tmp_path / "host.sock", answers):
        status, out, errors = typed("--no-layers", address(tmp_path))
        assert status in (0, 1)
        assert (errors, "\x1b" in out, "\x07" in out, "\u202e" in out) == ("", False, False, False)
        found = reported("--no-layers", address(tmp_path))[1]
    assert "defect" not in json.dumps(found["incomplete"])
    assert found["stats"]["containers"] == 1


@pytest.mark.parametrize("answer", [b"[", b"[1,", b"[{]", b"{}", b"null", b"", b"[" * 100_000, b"\xff\xfe[]"])
def test_lists_that_are_none(tmp_path: Path, answer: bytes) -> None:
    with engine(tmp_path, ONE) as daemon:
        daemon.answers["/containers/json"] = (200, answer)
        status, report = reported("--no-layers", address(tmp_path))
    assert status in (1, 3)
    assert [hole for hole in holes(report) if "defect" in hole] == []


def test_hostile_words(tmp_path: Path) -> None:
    """Names as no engine gives them: what they say is shown, and nothing of it is done."""
    name = "$(touch x)\x1b[2J; rm -rf /\n::error::"
    host = {
        "images": [
            {"tags": [f"{name}:1"], "days": 1, "layers": [[{"path": "a", "content": "a"}]], "labels": {name: name}},
            {"had": "app:1", "days": 1, "layers": [[{"path": "a", "content": "b"}]]},
        ],
        "containers": [{"name": name, "image": 1}],
    }
    with engine(tmp_path, host):
        _, out, errors = typed("--no-layers", "--all", address(tmp_path))
    assert errors == ""
    assert "\x1b" not in out
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]
    (command,) = [line for line in out.splitlines() if line.startswith("  docker rmi")]
    assert command.startswith("  docker rmi '$(touch x)")


def test_thousands_of_containers_in_bounded_memory(tmp_path: Path) -> None:
    number, label = 5_000, {f"label{n}": "x" * 80 for n in range(30)}
    host = {**ONE, "containers": [{"name": f"c{n}", "image": 0, "running": n < 20} for n in range(number)]}
    with engine(tmp_path, host) as daemon:
        for item in daemon.answers["/containers/json"][1]:
            item["Labels"] = label
        size = len(json.dumps(daemon.answers["/containers/json"][1]))
        assert size > 15_000_000
        with multiprocessing.get_context("fork").Pool(1) as pool:
            before, after, report = pool.apply(_measured, (address(tmp_path),))
        assert report["stats"]["containers"] == 20
        assert after - before < 6 * size
        daemon.answers["/containers/json"] = (200, b"[" + b'{"a":1},' * (limits.ENGINE_ANSWER // 8 + 1) + b"{}]")
        status, report = reported("--no-layers", address(tmp_path))
    assert status == 3
    assert holes(report) == [": the Docker daemon answers with over 32 MiB to containers"]


def _measured(where: str) -> tuple[int, int, dict[str, Any]]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    _, report = reported("--no-images", where)
    return before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, report


def test_podman_is_known_by_what_it_says(tmp_path: Path) -> None:
    version = {**VERSION, "Components": [{"Name": "Podman Engine"}]}
    with Daemon(tmp_path / "host.sock", {"/version": (200, version)}):
        assert Engine(find(address(tmp_path))).kind == "podman"
    with Daemon(tmp_path / "host.sock2", {}):
        assert Engine(find(f"unix://{tmp_path}/host.sock2")).kind == "docker"


def steps_of(*said: str) -> frozenset[int]:
    return steps([{"CreatedBy": step} for step in said])


def image(identity: str, **facts: Any) -> Stored:
    return Stored(identity * 64, **facts)


@pytest.mark.parametrize(
    ("old", "told", "was", "certain", "superseded"),
    [
        ({"repositories": ["shop/app@sha256:0"]}, [], "shop/app (probably)", False, True),
        (
            {"repositories": ["shop/app@sha256:0"], "started_as": ["shop/app@sha256:0"]},
            [],
            "shop/app@sha256:0",
            False,
            False,
        ),
        ({"repositories": ["else/app@sha256:0"]}, [], "else/app", False, False),
        ({"started_as": ["shop/app:1"]}, [], "shop/app:1", True, True),
        ({"started_as": ["gone:1"]}, [], "gone:1", True, False),
        ({}, [("a" * 64, "first:1"), ("a" * 64, "shop/app:1"), ("a" * 64, "last:1")], "shop/app:1", True, True),
        ({}, [("a" * 64, "first:1"), ("a" * 64, "last:1")], "last:1", True, False),
        (
            {"built_as": ("p-s", "p_s")},
            [],
            "p-s:latest (probably)",
            False,
            True,
        ),
        ({"had_name": True, "made": steps_of("RUN one", "RUN two")}, [], "shop/app:1 (probably)", False, True),
        ({"had_name": True, "made": steps_of("RUN one", "RUN a", "RUN b")}, [], "", False, False),
        ({"had_name": False, "made": steps_of("RUN one", "RUN two")}, [], "", False, False),
        ({"had_name": True, "made": steps_of("RUN one", "RUN two"), "created": 9}, [], "", False, False),
        ({}, [], "", False, False),
    ],
)
def test_which_name_an_image_had(
    old: dict[str, Any], told: list[tuple[str, str]], was: str, certain: bool, superseded: bool
) -> None:
    one = image("a", **{"created": 1, **old})
    others = [
        image("b", tags=["shop/app:1"], created=5, made=steps_of("RUN one", "RUN two", "RUN three")),
        image("c", tags=["p-s:latest"], created=5, made=steps_of("RUN else")),
    ]
    name_them([one, *others], told)
    assert (one.was, one.certain, one.superseded) == (was, certain, superseded)
    assert [other.was for other in others] == ["", ""]


def test_what_removing_frees() -> None:
    sizes = Sizes()
    images = [
        image("a", layers=("1", "2", "3")),
        image("b", layers=("1", "2")),
        image("c", layers=("1", "2", "4", "3")),
    ]
    for one in images:
        step = [{"CreatedBy": f"COPY {layer}", "Size": 10 ** int(layer)} for layer in one.layers]
        sizes.add(one, [*step[::-1], {"CreatedBy": "CMD x", "Size": 0}])
    sizes.fill(images)
    # Layer 3 lies on other layers in the third image: the engine keeps it twice.
    assert [one.frees for one in images] == [1000, 0, 11000]
    assert [one.builds for one in images] == [0, 2, 0]
    assert sizes.in_turn([images[0], images[2], images[1]]) == [1000, 11000, 110]
    lost = image("d", layers=("9", "8"))
    sizes.add(lost, [{"CreatedBy": "flattened", "Size": 0}] * 5)
    sizes.alone({"Images": [{"Id": "sha256:" + "d" * 64, "Size": 50, "SharedSize": 8}]})
    sizes.fill([lost])
    assert lost.frees == 42


def test_which_entry_made_which_layer() -> None:
    def entry(by: str, size: int) -> dict[str, Any]:
        return {"CreatedBy": by, "Size": size}

    made = [entry("/bin/sh -c #(nop)  CMD x", 0), entry("WORKDIR /x", 0), entry("RUN true", 0), entry("COPY a /a", 7)]
    assert layer_sizes(made, 3) == [7, 0, 0]
    assert layer_sizes(made, 1) == [7]
    assert len(layer_sizes(made, 2)) != 2  # one of the two made a layer, and nobody says which
