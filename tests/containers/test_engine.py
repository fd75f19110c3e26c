"""Commands as they are read, against the containers that a real client and daemon make of them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from imagelint.containers import options
from tests import engines
from tests.conftest import without
from tests.containers.reading import command
from tests.engines import BASE, DOCKER, Engines
from tests.host.hosting import facts

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("host")]

COMMANDS = [
    "",
    "-m200m --memory-swap 1G --cpu-shares 1024 -p 8080:8080",
    "-itm 1g --cpus=1.5 --pids-limit 100 -uroot --read-only",
    "--memory=200m --memory-swap=-1 --cpuset-cpus 0 -c 512",
    "--cpu-period 200000 --cpu-quota=50000 --pids-limit -1 --privileged=false",
    "--privileged --pid=host --ipc host --uts=host -e A=b -eC --env D=e=f -l x=y",
    "--net host --cap-add cap_sys_admin --cap-add NET_RAW --cap-drop=all --userns=host",
    "--security-opt no-new-privileges --security-opt=seccomp=unconfined --security-opt apparmor:unconfined",
    "--security-opt no-new-privileges:false --restart=on-failure:7 --ulimit nofile=9 --ulimit nproc=5:6",
    "-v /etc:/etc:ro -v data:/data --volume /opt:/opt:rw,rslave --mount type=bind,src=/srv,dst=/srv,readonly",
    "--mount type=bind,source=/mnt,target=/mnt,bind-propagation=rshared -v /run:/run:ro,rshared --restart always",
    "-p 127.0.0.1:53:53/udp --publish=443:8443/tcp -p 80 -P -itp [::1]:6379:6379 --device /dev/null:/dev/x:r",
    "--health-cmd 'exit 0' --no-healthcheck=false --user 5:6 --restart unless-stopped -- ",
    "--no-healthcheck --entrypoint sh -w / --oom-score-adj 5 --shm-size 1m",
    "--add-host a:127.0.0.1 --dns 127.0.0.1 --tmpfs /tmp --log-opt max-size=1m --log-driver json-file -h x",
]
FACTS = (
    "image memory memory_swap cpu_milli cpu_shares cpuset pids_limit oom_kill_disabled privileged host_namespaces "
    "added_capabilities dropped_capabilities no_new_privileges unconfined read_only user mounts shared_mounts devices "
    "restart restart_most healthcheck ulimits sensitive_mounts sensitive_reads dangerous_capabilities low_ports "
    "public_ports data_ports ports"
).split()


def plain(value: Any) -> Any:
    """Lists have no order of their own."""
    return sorted(value) if isinstance(value, list) else value


@pytest.fixture(scope="module")
def docker() -> Iterator[Engines]:
    """A daemon with nothing but the base image."""
    if reason := engines.missing():
        without(reason)
    with Engines() as running:
        yield running


def test_an_engine_reads_them_as_we_do(docker: Engines) -> None:
    words = {f"c{number}": said for number, said in enumerate(COMMANDS)}
    for name, said in words.items():
        docker.docker("create", "--name", name, *shlex.split(said), BASE, "sleep", "1", "-m", "5g", "--privileged")
    wrong = []
    for made, (name, said) in zip(facts(docker.address, *words), words.items(), strict=True):
        read = command(f"docker create --name {name} {said} {BASE} sleep 1 -m 5g --privileged")
        assert (read.name, read.partial) == (name, False)
        for fact in FACTS:
            ours, theirs = (plain(getattr(container, fact)) for container in (read, made))
            if ours != theirs:
                wrong.append(f"{said}: {fact} is {theirs}, not {ours}")
        if not set(read.env_names) <= set(made.env_names) | {"C"}:  # the client has no C to hand on
            wrong.append(f"{said}: {read.env_names}")
    assert wrong == []


@pytest.mark.parametrize("words", ["--memory-swap 1g", "--memory 2g --memory-swap 1g"])
def test_an_engine_refuses_swap_without_memory(docker: Engines, words: str) -> None:
    """What container-swap-refused says."""
    asked = [DOCKER, "create", *shlex.split(words), BASE, "sh"]
    done = subprocess.run(asked, env=docker.environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "emory" in done.stderr


@pytest.mark.parametrize("client", [DOCKER, "podman"])
def test_every_option_of_a_client_takes_what_its_help_says(client: str) -> None:
    program = shutil.which(client)
    if program is None:
        without(f"there is no {client}")
    said = subprocess.run([program, "run", "--help"], capture_output=True, text=True, check=True).stdout
    told = re.findall(r"^ +(?:-(\w), )?--([\w-]+)(?: (\S+))? ", said, re.MULTILINE)
    assert len(told) > 80
    wrong = [name for _, name, value in told if (name in options.SWITCHES) is bool(value)]
    wrong += [short for short, name, _ in told if short and options.SHORT.get(short) != name]
    assert wrong == []
