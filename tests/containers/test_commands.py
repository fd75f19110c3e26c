"""docker run in scripts: what is an option, what its value, what the image."""

from __future__ import annotations

import pytest

from tests.containers.reading import command, commands, lint, said

PLAIN = """\
#!/bin/sh
# A web server for everyone.
docker run -d --name kuard \\
  --publish 8080:8080 \\
  example.org/kuard:blue
"""
LIMITED = """\
#!/bin/sh
docker run -d --name kuard \\
  --publish 8080:8080 \\
  --memory 200m \\
  --memory-swap 1G \\
  --cpu-shares 1024 \\
  example.org/kuard:blue
"""


def test_a_server_without_limits() -> None:
    assert said(lint("run.sh", PLAIN)) == [
        ("container-no-cpu-limit", 3),
        ("container-no-memory-limit", 3),
        ("container-no-pids-limit", 3),
    ]


def test_a_server_with_memory_swap_and_shares() -> None:
    """Of its limits one thing is left to say: that shares are none."""
    linted = lint("run.sh", LIMITED)
    assert said(linted) == [("container-no-pids-limit", 2), ("container-cpu-shares-alone", 6)]
    assert {found.severity.value for found in linted.findings} == {"note"}
    assert linted.containers == 1


def test_the_place_of_a_missing_limit_is_the_command_and_of_an_option_the_option() -> None:
    linted = lint("run.sh", "sudo docker run \\\n  -u root nginx:1.29\n", "container-no-memory-limit", "container-root")
    places = {found.rule: found.location for found in linted.findings}
    where = places["container-no-memory-limit"]
    assert (where.line, where.column, where.end_line, where.end_column) == (1, 6, 1, 16)
    where = places["container-root"]
    assert (where.line, where.column, where.end_column) == (2, 3, 10)
    frame = next(found.frame for found in linted.findings if found.rule == "container-root")
    assert frame
    assert frame.marks == ((2, 3, 10),)


@pytest.mark.parametrize(
    ("words", "memory", "swap"),
    [
        ("-m 200m", 200 << 20, 0),
        ("-m200m", 200 << 20, 0),
        ("-m=200m", 200 << 20, 0),
        ("-itm 1g", 1 << 30, 0),
        ("-ditm1g", 1 << 30, 0),
        ("--memory=1.5GiB --memory-swap -1", 3 << 29, -1),
        ("--memory 4096 --memory-swap=8192b", 4096, 8192),
        ('--memory "$LIMIT" --memory-swap ${SWAP:-1g}', -1, -2),
        ("--memory $(limit)", -1, 0),
        ("--memory=nonsense", -1, 0),
        ("--memory 0 --memory-swap 0", 0, 0),
        ("--memory-reservation 1g", 0, 0),
        ("--name x --memory 1g --memory 2g", 2 << 30, 0),
    ],
)
def test_memory(words: str, memory: int, swap: int) -> None:
    made = command(f"docker run {words} nginx:1.29 -m 5g --memory 5g")
    assert (made.memory, made.memory_swap, made.image, made.partial) == (memory, swap, "nginx:1.29", False)


@pytest.mark.parametrize(
    ("words", "cpu", "shares", "cpuset", "pids"),
    [
        ("--cpus 1.5", 1500, 0, "", 0),
        ("--cpus=.5", -1, 0, "", 0),
        ("--cpu-quota 50000", 500, 0, "", 0),
        ("--cpu-period=200000 --cpu-quota=50000", 250, 0, "", 0),
        ("-c 512 --cpuset-cpus 0-3 --pids-limit 100", 0, 512, "0-3", 100),
        ("--pids-limit -1", 0, 0, "", 0),
        ("--pids-limit=$PIDS --cpus $CPUS", -1, 0, "", -1),
    ],
)
def test_processors_and_processes(words: str, cpu: int, shares: int, cpuset: str, pids: int) -> None:
    made = command(f"docker run {words} nginx:1.29")
    assert (made.cpu_milli, made.cpu_shares, made.cpuset, made.pids_limit) == (cpu, shares, cpuset, pids)


def test_everything_else() -> None:
    made = command(
        "docker --context far container run --privileged --read-only=true --net host --pid=host --ipc host --uts=host"
        " --userns host --cgroupns host --cap-add CAP_SYS_ADMIN,chown --cap-drop=all"
        " --security-opt no-new-privileges --security-opt=seccomp=unconfined --security-opt label:disable"
        " -v /etc:/etc:ro,z -v data:/data --mount type=bind,src=/,dst=/host,readonly,bind-propagation=rshared"
        " --device=/dev/sda -p 80:80 -p 127.0.0.1:53:53/udp -P --restart on-failure:7 -u 0:5 --ulimit nofile=10:20"
        " --health-cmd 'true' --oom-kill-disable -e A=b -eC=d --env E -l f=g --name box --sig-proxy=false"
        " registry.example.org:5000/nginx:1.29@sha256:0 --privileged=false -u 1"
    )
    assert made.name == "box"
    assert (made.tag, made.digest) == ("1.29", "sha256:0")
    assert made.privileged
    assert made.read_only
    assert made.host_namespaces == ["network", "pid", "ipc", "uts", "user", "cgroup"]
    assert (made.added_capabilities, made.dropped_capabilities) == (["SYS_ADMIN"], ["ALL"])
    assert (made.no_new_privileges, made.unconfined) == (True, ["seccomp", "label"])
    assert made.mounts == ["/etc:/etc:ro", "/:/host:ro"]
    assert (made.shared_mounts, made.sensitive_reads) == (["/:/host:ro"], ["/etc:/etc:ro", "/:/host:ro"])
    assert made.disk_devices == ["/dev/sda"]
    assert made.ports == ["80:80/tcp", "127.0.0.1:53:53/udp"]
    assert (made.public_ports, made.low_ports) == (["80:80/tcp"], ["80:80/tcp", "127.0.0.1:53:53/udp"])
    assert (made.restart, made.restart_most) == ("on-failure", 7)
    assert (made.user, made.user_is_root, made.ulimits) == ("0", True, ["nofile"])
    assert made.healthcheck
    assert made.oom_kill_disabled
    assert made.env_names == ["A", "C", "E"]


@pytest.mark.parametrize(
    "text",
    [
        "docker run $OPTIONS nginx:1.29",
        'docker run "${options[@]}" nginx:1.29',
        "docker run $(options) nginx:1.29",
        "docker run [OPTIONS] IMAGE [COMMAND]",
        "docker run -d ... nginx:1.29",
        "docker run --privileged <image>",
        "docker run ${DETACH:+-d} nginx:1.29",
        "docker run --name web YOUR_IMAGE",
        "docker run -d",
    ],
)
def test_more_may_be_said_elsewhere(text: str) -> None:
    """Then nothing is missing."""
    (made,) = commands(text)
    assert made.partial
    assert [rule for rule, _ in said(lint("run.sh", text)) if "-no-" in rule] == []


def test_a_variable_that_may_be_the_image_leaves_it_open() -> None:
    made = command("docker run --rm $BUILDER bash -c true")
    assert (made.image, made.partial) == ("", True)
    assert command("docker run --rm $OPTS bash -c true").image == "bash"


@pytest.mark.parametrize(
    "text",
    [
        'docker run --rm "$IMAGE"',
        "docker run $IMAGE sh",
        "docker run --rm ${REGISTRY}/web:${TAG} sh",
        "docker run $image",
        "docker run --rm `image`",
    ],
)
def test_an_image_that_a_variable_says(text: str) -> None:
    made = command(text)
    assert not made.partial
    assert "$" not in made.image or made.image == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "echo docker run nginx",
        "echo 'docker run nginx'",
        "# docker run nginx",
        "docker compose run web",
        "docker-compose run web",
        "docker exec -u root web sh",
        "docker build -t x . && docker push x",
        "docker run",
        "cat <<EOF\ndocker run nginx\nEOF",
        "docker volume create x",
        "docker",
        "docker -H",
    ],
)
def test_none(text: str) -> None:
    linted = lint("run.sh", text)
    assert (linted.containers, linted.findings, linted.incomplete, linted.limited) == (0, [], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "sudo -E docker run nginx:1.29",
        "exec docker run nginx:1.29",
        "if true; then /usr/bin/docker run nginx:1.29; fi",
        "id=$(docker create nginx:1.29)",
        'bash -c "docker run nginx:1.29"',
        "f() { podman run nginx:1.29 | tee log & }",
        "nerdctl run nginx:1.29",
        "for i in 1 2; do DOCKER_HOST=x docker run nginx:1.29 > /dev/null; done",
    ],
)
def test_wherever_it_stands(text: str) -> None:
    assert len(commands(text)) == 1


def test_podman_limits_processes_by_itself() -> None:
    assert command("podman run nginx:1.29").pids_limit == 2048
    assert command("podman run --pids-limit -1 nginx:1.29").pids_limit == 0


def test_paths_of_windows_and_variables_keep_their_colons() -> None:
    made = command(
        "docker run -v 'C:\\data:/data:ro' -v \"$PWD:/src\" -v ${DIR:-/etc}:/x -v //var/run/docker.sock:/s nginx:1"
    )
    assert made.mounts == ["C:\\data:/data:ro", "$PWD:/src", "${DIR:-/etc}:/x", "//var/run/docker.sock:/s"]
    assert (made.sensitive_mounts, made.sensitive_reads) == ([], [])
    assert made.engine_sockets == ["//var/run/docker.sock:/s"]
    assert command("docker run -v $SOCKET:/var/run/docker.sock:ro x:1").engine_sockets


def test_a_long_script_takes_its_time_once() -> None:
    text = "docker run -d -p 80:80 nginx:1.29\n" * 3000
    linted = lint("run.sh", text, "container-privileged")
    assert linted.containers == 3000
