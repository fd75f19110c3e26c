"""Whatever an engine answers: facts of the right types come of it, and nothing is raised."""

from __future__ import annotations

import shlex
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.engine.vocabulary import facts
from imagelint.host import given as said
from imagelint.host.containers import Defaults, container
from imagelint.host.names import name_them
from imagelint.host.removal import remedy, removals
from imagelint.host.sizes import Sizes
from imagelint.host.stored import steps, stored

KEYS = (
    "Memory MemorySwap NanoCpus CpuQuota CpuPeriod PidsLimit CapAdd SecurityOpt Binds PortBindings Ulimits Devices "
    "Name RestartPolicy NetworkMode PidMode MaskedPaths Config HostConfig NetworkSettings Ports HostIp HostPort Type "
    "Source Destination RW Propagation Env Labels Cmd Healthcheck Test User Image PathOnHost CgroupPermissions Mounts "
    "MaximumRetryCount"
).split()
LISTED = (
    "Id RepoTags RepoDigests Created Size Labels RootFS Layers Config Env Metadata LastTagTime CreatedBy SharedSize"
).split()
WORDS = st.sampled_from(
    ["host", "bind", "rshared", "a=b", "seccomp=unconfined", "/etc:/x:ro", "80/tcp", "rwm", "a" * 64]
)
NUMBERS = st.integers() | st.sampled_from([10**18, 10**30, -(10**30)])
LEAVES = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS


def documents(keys: list[str]) -> st.SearchStrategy[Any]:
    """JSON with keys that are looked for, at any place."""

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(keys), inner, max_size=12)

    return st.dictionaries(st.sampled_from(keys), st.recursive(LEAVES, larger, max_leaves=20), max_size=20)


TYPES = {"string": str, "int": int, "bool": bool, "list<string>": list}


def check(kind: str, subject: Any) -> None:
    for name, fact in facts(kind).items():
        value = getattr(subject, name.partition(".")[2])
        assert type(value) is TYPES[fact.type], (name, value)
        assert not isinstance(value, int) or -(1 << 63) <= value < 1 << 63
        assert not isinstance(value, list) or all(isinstance(item, str) for item in value)


@settings(max_examples=150, deadline=None)
@given(documents(KEYS))
def test_a_container(inspected: dict[str, Any]) -> None:
    config = inspected.get("Config") if isinstance(inspected.get("Config"), dict) else {}
    assert isinstance(config, dict)
    parts = said.given(config, said.settings({}))
    assert said.given(config, said.settings(config)) == {"Env": [], "Labels": {}}
    check("container", container(inspected, parts["Env"], Defaults.of(inspected)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(documents(LISTED), documents(LISTED)), max_size=5), st.lists(documents(LISTED), max_size=3))
def test_images(answers: list[tuple[dict[str, Any], dict[str, Any]]], history: list[Any]) -> None:
    sizes, images = Sizes(), []
    for number, (listed, inspected) in enumerate(answers):
        image = stored({**listed, "Id": f"sha256:{number:064x}"}, inspected)
        image.made = steps(history)
        sizes.add(image, history)
        images.append(image)
    sizes.alone({"Images": history})
    name_them(images, [(image.id, name) for image in images for name in image.repositories])
    sizes.fill(images)
    for image in images:
        check("stored", image)
        assert "".join(text for text, _ in remedy("docker", image))
    for removal in removals("docker", images, sizes):
        assert shlex.split(removal.command)[:2] == ["docker", "rmi"]
        assert removal.frees >= 0
