"""Compose files: each key of a service, and what files say together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imagelint.containers.model import Container
from tests.containers.reading import compose, lint, said, service
from tests.material import password


def project(folder: Path, **files: str) -> Path:
    """Files below a folder; `__` in a name is a slash, `_` a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "compose.yaml"


def made(path: Path) -> dict[str, Container]:
    """The services of a project, by name; all of it was read."""
    files, incomplete, _ = compose(path.read_text(), str(path))
    assert incomplete == []
    return {container.name: container for file in files for container in file.containers}


@pytest.mark.parametrize(
    ("keys", "fact", "value"),
    [
        ("mem_limit: 512m", "memory", 512 << 20),
        ("mem_limit: 1073741824", "memory", 1 << 30),
        ("mem_limit: ${LIMIT}", "memory", -1),
        ("mem_limit: ${LIMIT:-1g}", "memory", 1 << 30),
        ("mem_limit: 0", "memory", 0),
        ("mem_limit:", "memory", 0),
        ("deploy: {resources: {limits: {memory: 50M}, reservations: {memory: 20M}}}", "memory", 50 << 20),
        ("deploy: {resources: {reservations: {memory: 20M}}}", "memory", 0),
        ("memswap_limit: -1", "memory_swap", -1),
        ("memswap_limit: $SWAP", "memory_swap", -2),
        ("cpus: 0.5", "cpu_milli", 500),
        ("cpus: '1.5'", "cpu_milli", 1500),
        ("cpu_quota: 50000", "cpu_milli", 500),
        ("deploy: {resources: {limits: {cpus: '0.001'}}}", "cpu_milli", 1),
        ("cpu_shares: 73", "cpu_shares", 73),
        ("cpuset: 0,1", "cpuset", "0,1"),
        ("pids_limit: -1", "pids_limit", 0),
        ("pids_limit: 100", "pids_limit", 100),
        ("deploy: {resources: {limits: {pids: 7}}}", "pids_limit", 7),
        ("oom_kill_disable: true", "oom_kill_disabled", True),
        ("privileged: yes", "privileged", True),
        ("privileged: 'false'", "privileged", False),
        ("read_only: true", "read_only", True),
        ("pid: host", "host_namespaces", ["pid"]),
        ("network_mode: 'host'", "host_namespaces", ["network"]),
        ("network_mode: bridge", "host_namespaces", []),
        ("cap_add: [CAP_NET_ADMIN, chown]", "added_capabilities", ["NET_ADMIN"]),
        ("cap_drop: [all]", "dropped_capabilities", ["ALL"]),
        ("security_opt: ['no-new-privileges:true', 'seccomp:unconfined']", "unconfined", ["seccomp"]),
        ("security_opt: [no-new-privileges=true]", "no_new_privileges", True),
        ("security_opt: ['no-new-privileges:false']", "no_new_privileges", False),
        ("user: '1000:0'", "user", "1000"),
        ("user: ${UID}", "user", ""),
        ("user: 0", "user_is_root", True),
        ("volumes: ['data:/data', './x:/x', '~:/home']", "mounts", ["./x:/x", "~:/home"]),
        ("volumes: [{type: bind, source: /etc, target: /e, read_only: true}]", "mounts", ["/etc:/e:ro"]),
        ("volumes: [{type: volume, source: /etc, target: /e}]", "mounts", []),
        ("volumes: [{type: bind, source: /m, target: /m, bind: {propagation: shared}}]", "shared_mounts", ["/m:/m"]),
        ("use_api_socket: true", "engine_sockets", ["/var/run/docker.sock:/var/run/docker.sock"]),
        (
            "devices: ['/dev/sda:/dev/sda:rwm', {source: /dev/x, target: /dev/y}]",
            "disk_devices",
            ["/dev/sda:/dev/sda:rwm"],
        ),
        ("ports: [80, '22:22', 127.0.0.1:81:81/udp]", "ports", ["80/tcp", "22:22/tcp", "127.0.0.1:81:81/udp"]),
        ("ports: [22:22]", "admin_ports", ["22:22/tcp"]),
        ("ports: ['[::1]:5432:5432', '[::]:6379:6379']", "data_ports", ["[::]:6379:6379/tcp"]),
        ("ports: [{target: 80, published: '8080', host_ip: '::1'}]", "ports", ["[::1]:8080:80/tcp"]),
        ("ports: ['9000-9300:9000-9300']", "data_ports", ["9000-9300:9000-9300/tcp"]),
        ("ports: ['$PORT:5432']", "public_ports", []),
        ("restart: on-failure:3", "restart_most", 3),
        ("restart: no", "restart", "no"),
        ("deploy: {restart_policy: {condition: any}}", "restart", "always"),
        ("deploy: {restart_policy: {condition: on-failure, max_attempts: 4}}", "restart_most", 4),
        ("healthcheck: {test: [CMD, x]}", "healthcheck", True),
        ("healthcheck: {disable: true}", "healthcheck", False),
        ("healthcheck: {test: [NONE]}", "healthcheck", False),
        ("ulimits: {nofile: 1, nproc: {soft: 1, hard: 2}}", "ulimits", ["nofile", "nproc"]),
        ("environment: {A: b, C: }", "env_names", ["A", "C"]),
        ("environment: [A=b, C]", "env_names", ["A", "C"]),
        ("build: .", "is_built", True),
        ("x-mine: {privileged: true}", "privileged", False),
    ],
)
def test_each_key(keys: str, fact: str, value: object) -> None:
    assert getattr(service(keys), fact) == value


def test_fragments_and_the_default_of_a_variable(tmp_path: Path) -> None:
    path = project(
        tmp_path,
        _env="MEMORY=64m\nexport TAG='1.29' # the tested one\n",
        compose_yaml="""\
x-limits: &limits
  mem_limit: ${MEMORY:?}
  pids_limit: 10
x-more: &more {cpus: 2, pids_limit: 20}
services:
  web: &web
    <<: [*limits, *more]
    image: nginx:${TAG}
    cpus: ${CPUS-3}
  second:
    <<: *web
    pids_limit: 30
""",
    )
    found = made(path)
    facts = {name: (c.image, c.memory, c.cpu_milli, c.pids_limit) for name, c in found.items()}
    assert facts == {"web": ("nginx:1.29", 64 << 20, 3000, 10), "second": ("nginx:1.29", 64 << 20, 3000, 30)}
    assert found["second"].spans["memory"].line == 2


def test_extends_include_and_several_documents(tmp_path: Path) -> None:
    path = project(
        tmp_path,
        compose_yaml="""\
include:
  - more.yaml
  - path: [sub/deep.yaml]
services:
  web:
    extends:
      file: sub/base.yaml
      service: web
    volumes: ["/b:/b"]
  other:
    extends: web
    privileged: !reset null
---
services:
  web: {mem_limit: 1g}
""",
        sub__base_yaml="services:\n  web: {extends: root, privileged: true, volumes: ['/a:/a']}\n"
        "  root: {image: 'x:1'}\n",
        more_yaml="include: [compose.yaml]\nservices:\n  more: {image: 'y:1', pid: host}\n",
        sub__deep_yaml="services:\n  deep: {image: 'z:1', env_file: near.env}\n",
        sub__near_env="A=b\n",
    )
    found = made(path)
    assert list(found) == ["web", "other", "more", "deep"]
    web, other = found["web"], found["other"]
    assert (web.image, web.memory, web.privileged, web.mounts) == ("x:1", 1 << 30, True, ["/a:/a", "/b:/b"])
    assert (other.image, other.memory, other.privileged, other.partial) == ("x:1", 1 << 30, False, False)
    places = {c.rule: (str(c.location.path), c.location.line) for c in lint(str(path), path.read_text()).findings}
    assert places["container-privileged"] == (str(path), 6)  # the line that takes it from elsewhere
    assert places["container-host-pid"] == (str(path.parent / "more.yaml"), 3)


def test_a_volume_may_be_a_folder_of_the_host_by_another_name() -> None:
    files, _, limited = compose("""\
services:
  w: {image: 'x:1', volumes: ['host:/host:ro', {type: volume, source: host, target: /h}, 'data:/data', 'other:/o']}
volumes:
  host: {driver: local, driver_opts: {type: none, o: 'rw,bind', device: /etc}}
  other: {driver_opts: {type: tmpfs, device: tmpfs}}
  data:
""")
    assert files[0].containers[0].mounts == ["/etc:/host:ro", "/etc:/h"]
    assert limited == []


def test_the_first_format_had_its_services_at_the_top() -> None:
    files, incomplete, limited = compose(
        "web:\n  image: x:1\n  privileged: true\ndb: {build: .}\n", "docker-compose.yml"
    )
    assert [(made.name, made.privileged) for made in files[0].containers] == [("web", True), ("db", False)]
    assert (incomplete, limited) == ([], [])


def test_an_override_file_lacks_nothing() -> None:
    text = "services:\n  web:\n    privileged: true\n    ports: ['5432:5432']\n"
    assert said(lint("docker-compose.override.yml", text)) == [("container-privileged", 3), ("container-data-port", 4)]


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.env").write_text(f"DB_PASSWORD={password(1)}\n")
    (tmp_path / "base.yaml").write_text("services: {web: {privileged: true}}\n")
    inner = tmp_path / "project"
    inner.mkdir()
    os.symlink(tmp_path / "secret.env", inner / "link.env")
    path = inner / "compose.yaml"
    path.write_text("""\
include: [../base.yaml, oci://example.org/x, "${WHERE}.yaml"]
services:
  web:
    image: x:1
    extends: {file: ../base.yaml, service: web}
    env_file: [link.env, ../secret.env, /etc/hostname, gone.env]
""")
    linted = lint(str(path), path.read_text())
    assert {place.rpartition("/")[2] for place, _ in linted.limited} == {
        "link.env",
        "secret.env",
        "base.yaml",
        "hostname",
    }
    assert {reason for _, reason in linted.limited} == {
        "it lies outside of the folder of the compose file, and was not followed"
    }
    assert (linted.incomplete, linted.findings) == ([], [])


def test_what_is_named_and_missing_is_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(
        "include: [gone.yaml]\nservices:\n  web: {image: 'x:1', extends: {file: sub, service: a}, pid: host}\n"
    )
    (tmp_path / "sub").mkdir()
    linted = lint(str(path), path.read_text())
    assert [place.rpartition("/")[2] for place, _ in linted.incomplete] == ["sub", "gone.yaml"]
    assert said(linted) == [("container-host-pid", 3)]


@pytest.mark.parametrize(
    ("text", "incomplete", "limited"),
    [
        ("services: [", "it is no YAML", ""),
        ("services:\n\tweb: x\n", "line 2: it is no YAML", ""),
        ("services:\n  web: *gone\n", "line 2: it is no YAML: found undefined alias", ""),
        ("services: " + "[" * 5000, "it is no YAML", ""),
        ('services: {web: {image: "\\ud800"}}', "it is no YAML", ""),
        ("services:\n  web: \a\n", "it is no YAML", ""),
        ("services: {}\n" + "#" * (1 << 20), "has over 1 MiB", ""),
        ("- services\n", "", "there are no services in it"),
        ("", "", "there are no services in it"),
        ("services: 5\n", "line 1: services is not a mapping, and nothing of it was judged", ""),
        ("x: 1\nservices: [{web: {image: x}}]\n", "line 2: services is not a mapping", ""),
        ("services: {a: {image: x}}\n---\nservices: text\n", "line 3: services is not a mapping", ""),
        ("services:\n", "", "there are no services in it"),
        ("services:\n  web: 5\n", "", "line 2: service web is not a mapping"),
        ("services:\n  web:\n    image: [x]\n", "", "line 3: image is not one value"),
        ("services:\n  web:\n    image: x\n    ports: {a: b}\n", "", "line 4: ports is not a list"),
        ("services:\n  web:\n    image: x\n    deploy: [a]\n", "", "line 4: deploy is not a mapping"),
        ("services:\n  web: {image: x, volumes: [[a]]}\n", "", "a volume is not one value"),
        ("services:\n  a: {extends: b}\n  b: {extends: a}\n", "", "extends itself"),
        ("services:\n  a: {image: x, extends: gone}\n", "", "service gone is not there"),
        ("services:\n  a: {image: x, extends: {file: }}\n", "", "service ? is not there"),
        ('services: !!python/object/apply:os.system ["false"]\n', "services is not a mapping", ""),
    ],
)
def test_mistakes_are_one_line(text: str, incomplete: str, limited: str) -> None:
    _, holes, left = compose(text)
    for told, wanted in ((holes, incomplete), (left, limited)):
        assert bool(told) == bool(wanted)
        assert all("\n" not in reason for _, reason in told)
        assert not wanted or any(wanted in reason for _, reason in told)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 12)
)
CHAIN = "a0: &a0 {image: x}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 900))


@pytest.mark.parametrize(
    "text",
    [
        BOMB + "services:\n  w: {image: x, ports: *a11, environment: *a11, volumes: *a10, command: *a11}\n",
        CHAIN + "services:\n  w: *a899\n",
        "services: &s\n  w: &w\n    <<: *w\n    image: x\n    environment: *w\n    deploy: *w\n"
        "    volumes: [*w]\n  z: *s\n",
        "x: &x {ports: [" + "'1:1'," * 600 + "]}\nservices:\n" + "".join(f"  w{n}: *x\n" for n in range(200)),
        "services:\n  a0: {image: x}\n" + "".join(f"  a{n}: {{extends: a{n - 1}}}\n" for n in range(1, 300)),
        "services: {w: {image: '" + "${A:-" * 9000 + "}" * 9000 + "', user: '" + "${A" * 9000 + "'}}",
        "services: {? [a, b] : c, w: {? {a: b} : c, image: x}, ? w : {image: y}}",
    ],
)
def test_aliases_merges_and_variables_have_an_end(text: str) -> None:
    files, _, _ = compose(text)
    assert len(files) == 1
