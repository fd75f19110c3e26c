"""A real Docker daemon: containers with and without limits, images that were rebuilt under one name, and what the
commands that are shown free."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import BASE, DOCKER, Engines
from tests.host.between import Between
from tests.host.hosting import facts, reported, scan, typed
from tests.material import rsa_key

pytestmark = pytest.mark.engine


def build(docker: Engines, folder: Path, name: str, dockerfile: str, *, buildkit: bool = True, **files: str) -> None:
    """Build under a name that may exist."""
    folder.mkdir(exist_ok=True)
    for path, content in {"Dockerfile": dockerfile, **files}.items():
        (folder / path).write_text(content)
    words = ["build", "--network", "none", "--tag", name, str(folder)]
    docker.docker(*words, DOCKER_BUILDKIT="1" if buildkit else "0")


def identity(docker: Engines, name: str) -> str:
    return docker.docker("image", "inspect", "--format", "{{.Id}}", name).strip().removeprefix("sha256:")


@pytest.fixture
def clean(docker: Engines) -> Iterator[Engines]:
    """The daemon, and afterwards nothing on it but the base image."""
    yield docker
    if there := docker.docker("ps", "--all", "--quiet").split():
        docker.docker("rm", "--force", *there)
    there = [
        i for i in docker.docker("images", "--quiet", "--no-trunc").split() if not i.endswith(identity(docker, BASE))
    ]
    subprocess.run([DOCKER, "rmi", "--force", *there], env=docker.environment, capture_output=True, check=False)


def test_containers_with_and_without_limits(clean: Engines) -> None:
    """The commands of the chapter: one says nothing, the other says memory, swap and shares."""
    run = ["run", "--detach", "--network", "none"]
    clean.docker(*run, "--name", "free", BASE, "sleep", "100")
    limits = ["--memory", "200m", "--memory-swap", "1G", "--cpu-shares", "1024", "--pids-limit", "100"]
    clean.docker(*run, "--name", "bound", *limits, BASE, "sleep", "100")
    free, bound = facts(clean.address, "free", "bound")
    assert (free.memory, free.memory_swap, free.cpu_shares, free.cpu_milli, free.pids_limit) == (0, 0, 0, 0, 0)
    assert (bound.memory, bound.memory_swap, bound.cpu_shares, bound.pids_limit) == (200 << 20, 1 << 30, 1024, 100)
    assert (free.name, free.image, free.origin, free.restart, free.user_is_root) == ("free", BASE, "host", "no", True)
    clean.docker(*run, "--name", "half", "--cpus", "0.5", "--user", "5:6", "--read-only", BASE, "sleep", "100")
    (half,) = facts(clean.address, "half")
    assert (half.cpu_milli, half.user, half.user_is_root, half.read_only) == (500, "5", False, True)
    rules: dict[str, set[str]] = {}
    for found in scan(clean.address, images=False).report.findings:
        rules.setdefault(found.target.partition(":")[2], set()).add(found.rule)
    unlimited = {"container-no-memory-limit", "container-no-cpu-limit", "container-no-pids-limit"}
    assert rules["free"] == {"container-root", *unlimited}
    assert rules["bound"] == {"container-root", "container-cpu-shares-alone"}
    assert rules["half"] == {"container-no-memory-limit", "container-no-pids-limit"}


def test_what_a_container_may_do(clean: Engines) -> None:
    """Of containers that are made and not started: this daemon has no bridge, and may not give every privilege."""
    socket = clean.root / "docker.sock"  # its name is what counts
    socket.touch()
    # fmt: off
    clean.docker(
        "create", "--name", "open", "--privileged", "--pid", "host", "--ipc", "host", "--uts", "host",
        "--cap-add", "sys_admin",
        "--cap-add", "CAP_NET_RAW", "--volume", f"{socket}:/var/run/docker.sock", "--volume", "/etc:/host:ro,rshared",
        "--device", "/dev/null",
        "--publish", "8080:80", "--publish", "127.0.0.1:53:53/udp", "--restart", "on-failure:5", "--ulimit", "nofile=9",
        "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor:unconfined", "--env", "A=b",
        "--health-cmd", "true", BASE, "sh",
    )
    clean.docker(
        "create", "--name", "shut", "--security-opt", "no-new-privileges", "--cap-drop", "all", "--network", "host",
        "--security-opt", "systempaths=unconfined", "--restart", "always", "--cpuset-cpus", "0",
        "--no-healthcheck", BASE, "sh",
    )
    clean.docker(
        "create", "--name", "part", "--cap-add", "CAP_sys_module", "--security-opt", "seccomp:unconfined",
        "--user", "5", "--publish", "6379:6379", BASE, "sh",
    )
    # fmt: on
    opened, shut = facts(clean.address, "open", "shut")
    assert opened.privileged
    assert opened.host_namespaces == ["pid", "ipc", "uts"]
    assert opened.added_capabilities == ["SYS_ADMIN"]  # every container has NET_RAW
    assert sorted(opened.mounts) == ["/etc:/host:ro", f"{socket}:/var/run/docker.sock"]
    assert opened.shared_mounts == ["/etc:/host:ro"]
    assert opened.devices == ["/dev/null"]
    assert sorted(opened.ports) == ["127.0.0.1:53:53/udp", "8080:80/tcp"]
    assert (opened.restart, opened.restart_most, opened.ulimits) == ("on-failure", 5, ["nofile"])
    assert opened.unconfined == ["seccomp", "apparmor"]
    assert ("A" in opened.env_names, opened.healthcheck, opened.no_new_privileges) == (True, True, False)
    assert (shut.no_new_privileges, shut.dropped_capabilities, shut.unconfined) == (True, ["ALL"], ["systempaths"])
    assert (shut.host_namespaces, shut.restart, shut.cpuset, shut.healthcheck) == (["network"], "always", "0", False)
    assert not shut.privileged
    found = {
        (finding.target.partition(":")[2], finding.rule)
        for finding in scan(clean.address, images=False, stopped=True).report.findings
    }
    names = "privileged engine-socket host-pid host-ipc host-uts sensitive-read shared-propagation"
    assert {("open", f"container-{name}") for name in names.split()} <= found
    names = "dangerous-capability unconfined data-port no-memory-limit"
    assert {("part", f"container-{name}") for name in names.split()} <= found
    assert {("shut", "container-host-network"), ("shut", "container-unconfined")} <= found
    assert ("shut", "container-privileged") not in found


def test_secrets_of_a_container_are_told_once(clean: Engines, tmp_path: Path) -> None:
    """What the image sets is the image's; what was said when the container was made is the container's."""
    theirs, ours = rsa_key(61)[40:70], rsa_key(62)[40:70]
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\nENV IMAGE_PASSWORD={theirs}\n")
    words = ["--env", f"OWN_PASSWORD={ours}", "--env", f"IMAGE_PASSWORD={theirs}", "app:1", "sleep", "100"]
    clean.docker("run", "--detach", "--network", "none", "--name", "web", *words)
    status, report = reported(clean.address)
    assert status == 1
    places = sorted((found["target"], found["path"]) for found in report["findings"] if "secret" in found)
    assert places == [("docker-container:web", "ENV OWN_PASSWORD"), ("docker:app:1", "ENV IMAGE_PASSWORD")]
    assert theirs not in json.dumps(report)
    assert ours not in json.dumps(report)
    # Where images are not looked into, nobody else tells of it.
    _, alone = reported(clean.address, "--containers-only")
    assert len([found for found in alone["findings"] if "secret" in found]) == 2
    assert alone["images"] == []
    # A container that does not run is judged where that is asked for.
    clean.docker("stop", "--time", "0", "web")
    assert reported(clean.address, "--no-images")[1]["stats"].get("containers", 0) == 0
    assert reported(clean.address, "--no-images", "--all")[1]["stats"]["containers"] == 1


@pytest.mark.parametrize("buildkit", [True, False])
def test_a_rebuilt_image_leaves_the_old_one_with_its_secret(clean: Engines, tmp_path: Path, buildkit: bool) -> None:
    """The chapter's case. Nothing is removed but by the command that is shown, which frees what is said."""
    after = 'RUN true\nWORKDIR /x\nCMD ["sh"]\n'
    build(
        clean, tmp_path / "c", "app:1", f"FROM {BASE}\nCOPY key /srv/key\n{after}", buildkit=buildkit, key=rsa_key(63)
    )
    old = identity(clean, "app:1")
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\n{after}", buildkit=buildkit)
    new = identity(clean, "app:1")
    before = usage(clean)
    status, out, _ = typed("--no-containers", clean.address)
    assert status == 1
    made = scan(clean.address)
    of_old = {found.rule: found for found in made.report.findings if found.target == f"docker:sha256:{old}"}
    assert "pem-private-key" in of_old
    assert of_old["pem-private-key"].message.endswith("; the image was app:1")
    told = of_old["secret-in-replaced-image"]
    assert (
        str(told.message)
        == f"`app:1` is image {new[:12]} now, but the one it was before is still here, and holds 1 secret"
    )
    assert not [
        found for found in made.report.findings if found.rule == "secret-in-replaced-image" and found is not told
    ]
    ((kind, removals),) = made.removals
    assert (kind, removals[0].command) == ("docker", f"docker rmi {old[:12]}")
    assert str(told.remedy) == f"docker rmi {old[:12]} frees {removals[0].frees_text}"
    assert f"  docker rmi {old[:12]}  # was app:1, holds 1 secret; frees {removals[0].frees_text}\n" in out
    assert removals[0].frees == usage(clean, old)
    assert usage(clean) == before
    subprocess.run(
        [DOCKER, *shlex.split(removals[0].command)[1:]], env=clean.environment, check=True, capture_output=True
    )
    assert before - usage(clean) == removals[0].frees > len(rsa_key(63)) - 1


def usage(docker: Engines, image: str = "") -> int:
    """Bytes of all layers, or of those that one image has alone."""
    from docker import APIClient

    told = APIClient(docker.address, version="1.41").df()
    if not image:
        return int(told["LayersSize"])
    (found,) = [item for item in told["Images"] if item["Id"].endswith(image)]
    return int(found["Size"] - found["SharedSize"])


def test_names_that_only_likeness_tells(clean: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the daemon's restart, when it knows no events."""
    monkeypatch.setattr("imagelint.host.engine.Engine.tagged", lambda self, now: [])
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\nCOPY a /a\nRUN echo one\nUSER 5\n", a="1")
    build(clean, tmp_path / "c", "other:1", f"FROM {BASE}\nCOPY a /b\nRUN echo other\nUSER 6\n", a="1")
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\nCOPY a /a\nRUN echo one\nUSER 5\n", a="2")
    words = ["build", "--network", "none", "--quiet", str(tmp_path / "c")]  # without a name, ever
    (tmp_path / "c/Dockerfile").write_text(f"FROM {BASE}\nCOPY a /a\nRUN echo one\nUSER 5\nLABEL never=named\n")
    nameless = clean.docker(*words, DOCKER_BUILDKIT="1").strip().removeprefix("sha256:")
    messages = {
        found.rule: str(found.message)
        for found in scan(clean.address, layers=False).report.findings
        if found.rule in ("replaced-image", "dangling-image")
    }
    assert messages["replaced-image"].startswith("`app:1 (probably)` is image ")
    assert messages["dangling-image"].startswith(f"nothing names image {nameless[:12]};")


def test_a_container_on_the_old_image_and_one_that_ended(clean: Engines, tmp_path: Path) -> None:
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\nCOPY a /a\n", a="1")
    clean.docker("run", "--detach", "--network", "none", "--name", "web", "app:1", "sleep", "100")
    old = identity(clean, "app:1")
    build(clean, tmp_path / "c", "app:1", f"FROM {BASE}\nCOPY a /a\n", a="2")
    clean.docker("create", "--name", "batch", "app:1", "sh")
    with Between(tmp_path / "b.sock", clean.root / "d.sock") as between:
        made = scan(f"unix://{tmp_path}/b.sock", layers=False, stopped=True)
    assert {method for method, _ in between.asked} == {"GET"}
    assert sum("/containers/" in path and "/json" in path for _, path in between.asked) >= 3
    found = {finding.rule: finding for finding in made.report.findings if finding.surface == "config"}
    assert str(found["container-on-replaced-image"].message).startswith("web runs on what `app:1` was before")
    assert str(found["container-on-replaced-image"].remedy) == (
        f"Make the container anew of app:1, and then: docker rmi {old[:12]}"
    )
    assert str(found["stopped-containers-keep-image"].message) == "app:1 is kept by containers that do not run: batch"
    assert str(found["stopped-containers-keep-image"].remedy) == (
        "Where nobody needs what they hold: docker rm batch and then: docker rmi app:1"
    )
    assert made.removals == [("docker", [])]  # nothing can go as it is
