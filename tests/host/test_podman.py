"""Podman's service, whose compatible API says some things otherwise. Containers are made and not started: this machine
lets Podman run none."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.host.hosting import facts, scan
from tests.material import rsa_key
from tests.podman import Podman

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def host(podman: Podman) -> Iterator[Podman]:
    """An image with a key, a container of it, and a newer image of its name, without the key."""
    first = podman.build('FROM scratch\nCOPY key /srv/key\nENV A=b\nCMD ["sh"]\n', {"key": rsa_key(66)})
    podman.run("tag", first, "localhost/web:1")
    podman.run("rmi", first)
    # fmt: off
    podman.run(
        "create", "--name", "bound", "--memory", "200m", "--memory-swap", "1g", "--cpus", "1.5", "--pids-limit", "50",
        "--publish", "8080:80", "--cap-add", "SYS_ADMIN", "--security-opt", "no-new-privileges", "--read-only",
        "--volume", "/etc:/x:ro", "--restart", "on-failure:3", "--ulimit", "nofile=100", "--env", "OWN=1",
        "localhost/web:1", "sh",
    )
    podman.run("create", "--name", "free", "--privileged", "--pid=host", "--network=host", "localhost/web:1", "sh")
    # fmt: on
    second = podman.build('FROM scratch\nCOPY note /srv/note\nCMD ["sh"]\n', {"note": "x"})
    podman.run("tag", second, "localhost/web:1")
    podman.run("rmi", second)
    yield podman
    podman.run("rm", "--force", "bound", "free")


def test_what_a_container_may_do(host: Podman) -> None:
    bound, free = facts(host.address, "bound", "free")
    assert (bound.memory, bound.memory_swap, bound.cpu_milli, bound.pids_limit) == (200 << 20, 1 << 30, 1500, 50)
    assert (bound.added_capabilities, bound.no_new_privileges, bound.read_only) == (["SYS_ADMIN"], True, True)
    assert (bound.ports, bound.mounts) == (["8080:80/tcp"], ["/etc:/x:ro"])
    assert (bound.restart, bound.restart_most, bound.host_namespaces) == ("on-failure", 3, [])
    assert ("nofile" in bound.ulimits, "OWN" in bound.env_names) == (True, True)
    assert (bound.image, bound.origin, bound.privileged) == ("localhost/web:1", "host", False)
    assert (free.privileged, free.restart, free.host_namespaces) == (True, "no", ["network", "pid"])
    assert (free.memory, free.memory_swap, free.cpu_milli, free.unconfined) == (0, 0, 0, [])


def test_a_replaced_image_and_its_secret(host: Podman) -> None:
    old = next(
        line.split()[0]
        for line in host.run("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}").splitlines()
        if line.endswith("<none>")
    ).removeprefix("sha256:")
    made = scan(host.address, stopped=True)
    assert [str(skip.reason) for skip in made.report.incomplete] == []
    found = {finding.rule: finding for finding in made.report.findings if old in finding.target}
    assert str(found["pem-private-key"].message).endswith("; the image was localhost/web:1")
    assert str(found["secret-in-replaced-image"].message).startswith("`localhost/web:1` is image ")
    assert str(found["stopped-containers-keep-image"].remedy) == (
        f"Where nobody needs what they hold: podman rm bound free and then: podman rmi {old[:12]}"
    )
    assert made.report.stats["containers"] >= 2
    ((engine, removals),) = made.removals
    assert engine == "podman"
    assert "podman rmi localhost/web:1" in [removal.command for removal in removals]
    host.run("rm", "--force", "bound", "free")
    ((_, removals),) = scan(host.address, layers=False).removals
    (command,) = [removal.command for removal in removals if old[:12] in removal.command]
    host.run(*shlex.split(command)[1:])
    assert old not in host.run("images", "--no-trunc", "--quiet")
