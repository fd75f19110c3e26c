"""From what an engine tells of a container to the facts that rules ask.

Docker Engine API v1.41, ContainerInspect (docs.docker.com/reference/api/engine/version/v1.41); what Podman's compatible
API says otherwise stands beside the line that reads it.
"""

from __future__ import annotations

from typing import Any

from imagelint.containers.derive import derive
from imagelint.containers.model import Container
from imagelint.image.sources.answers import as_map, items, number, text, words
from imagelint.record import record

_EVERY = ("", "0.0.0.0", "::")  # noqa: S104 - addresses that are read, not bound
_SWITCHED_OFF = {"seccomp": "unconfined", "apparmor": "unconfined", "label": "disable"}
_WRONG_CHECKS = ("", "NONE")
MOST = 1_000
"""Items of one list that are looked at, of a container that says it has more."""


@record
class Defaults:
    """What holds for every container of an engine that says nothing else (its configuration, and its kernel's)."""

    no_new_privileges: bool = False
    private_cgroups: bool = False
    """A container has a cgroup namespace of its own unless somebody asks for the host's."""

    @classmethod
    def of(cls, info: dict[str, Any]) -> Defaults:
        """From the answer to GET /info."""
        options = words(info.get("SecurityOptions"))
        return cls("name=no-new-privileges" in options, text(info.get("CgroupVersion")) == "2")


def container(inspected: dict[str, Any], env: list[str], defaults: Defaults) -> Container:
    """The facts of a container. `env` has the variables, NAME=VALUE each, that its image does not set so."""
    config, host = as_map(inspected.get("Config")), as_map(inspected.get("HostConfig"))
    policy = as_map(host.get("RestartPolicy"))
    check = words(as_map(config.get("Healthcheck")).get("Test"))
    user = text(config.get("User")).partition(":")[0]
    restart = text(policy.get("Name")) or "no"  # Podman says nothing
    made = Container(
        name=text(inspected.get("Name")).removeprefix("/"),
        image=text(config.get("Image")),
        origin="host",
        memory=max(number(host.get("Memory")), 0),
        memory_swap=_swap(host),
        cpu_milli=_processors(host),
        cpu_shares=max(number(host.get("CpuShares")), 0),
        cpuset=text(host.get("CpusetCpus")),
        pids_limit=max(number(host.get("PidsLimit")), 0),  # null, 0 and -1: none
        oom_kill_disabled=host.get("OomKillDisable") is True,
        privileged=host.get("Privileged") is True,
        host_namespaces=_namespaces(host, defaults),
        added_capabilities=words(host.get("CapAdd"))[:MOST],  # CAP_SYS_ADMIN or sys_admin, as it was said
        dropped_capabilities=words(host.get("CapDrop"))[:MOST],
        no_new_privileges=_no_new_privileges(host, defaults),
        unconfined=_unconfined(host),
        read_only=host.get("ReadonlyRootfs") is True,
        user=user,
        user_is_root=not user,  # the image's user stands here too
        mounts=_mounts(inspected, host),
        shared_mounts=_shared(inspected),
        devices=[told for item in items(host.get("Devices"))[:MOST] if (told := _device(as_map(item)))],
        ports=_ports(inspected, host),
        restart=restart,
        restart_most=number(policy.get("MaximumRetryCount")) if restart == "on-failure" else 0,
        healthcheck=bool(check) and check[0] not in _WRONG_CHECKS,
        ulimits=_ulimits(host),
        env_names=[name for item in env[:MOST] if (name := item.partition("=")[0])],
    )
    derive(made)
    return made


def _swap(host: dict[str, Any]) -> int:
    """Docker writes twice the memory where nothing is said
    (docs.docker.com/engine/containers/resource_constraints/#--memory-swap-details)."""
    memory, both = number(host.get("Memory")), number(host.get("MemorySwap"))
    return 0 if both == 2 * memory else max(both, -1)


def _device(device: dict[str, Any]) -> str:
    """PATH, or PATH:PLACE:MODE where it may not do all."""
    path, mode = text(device.get("PathOnHost")), text(device.get("CgroupPermissions"))
    return path if not path or mode in ("", "rwm") else f"{path}:{text(device.get('PathInContainer'))}:{mode}"


def _processors(host: dict[str, Any]) -> int:
    """Thousandths: NanoCpus is what --cpus says, CpuQuota and CpuPeriod (microseconds, 100,000 where nothing is said)
    what --cpu-quota does. Podman gives both."""
    if (nano := number(host.get("NanoCpus"))) > 0:
        return max(nano // 1_000_000, 1)
    quota, period = number(host.get("CpuQuota")), number(host.get("CpuPeriod")) or 100_000
    return max(quota * 1000 // period, 1) if quota > 0 and period > 0 else 0


def _namespaces(host: dict[str, Any], defaults: Defaults) -> list[str]:
    modes = {"network": "NetworkMode", "pid": "PidMode", "ipc": "IpcMode", "uts": "UTSMode", "user": "UsernsMode"}
    shared = [name for name, key in modes.items() if host.get(key) == "host"]
    # On cgroup v1 the host's is what every container gets, and Docker writes that down as if it had been asked for.
    if defaults.private_cgroups and host.get("CgroupnsMode") == "host":
        shared.append("cgroup")
    return shared


def _option(word: str) -> tuple[str, str]:
    """A security option, which may be written with either sign."""
    name, sign, value = word.replace(":", "=", 1).partition("=")
    return name, value if sign else ""


def _no_new_privileges(host: dict[str, Any], defaults: Defaults) -> bool:
    said = [value for name, value in map(_option, words(host.get("SecurityOpt"))) if name == "no-new-privileges"]
    return said[-1] in ("", "true") if said else defaults.no_new_privileges


def _unconfined(host: dict[str, Any]) -> list[str]:
    """What somebody switched off. Docker itself puts label=disable into what shares its processes or its memory with
    the host, and its client turns systempaths=unconfined into empty lists of paths, where null is the usual ones."""
    found = [name for name, value in map(_option, words(host.get("SecurityOpt"))) if _SWITCHED_OFF.get(name) == value]
    if host.get("Privileged") is True or "host" in (host.get("PidMode"), host.get("IpcMode")):
        found = [name for name in found if name != "label"]
    elif host.get("MaskedPaths") == []:
        found.append("systempaths")
    return list(dict.fromkeys(found))


def _mounts(inspected: dict[str, Any], host: dict[str, Any]) -> list[str]:
    """Binds of the host's paths; volumes are the engine's own."""
    if there := items(inspected.get("Mounts")):
        return [told for mount in there[:MOST] if (told := _mount(as_map(mount)))]
    # A container that is being made has no mounts yet.
    binds = [word.split(":") for word in words(host.get("Binds"))[:MOST] if word.startswith("/")]
    return [
        ":".join(bind[:2]) + (":ro" if "ro" in "".join(bind[2:3]).split(",") else "") for bind in binds if bind[1:2]
    ]


def _mount(mount: dict[str, Any]) -> str:
    path = text(mount.get("Source"))
    if mount.get("Type") != "bind" or not path:
        return ""
    return f"{path}:{text(mount.get('Destination'))}" + (":ro" if mount.get("RW") is False else "")


def _shared(inspected: dict[str, Any]) -> list[str]:
    mounts = map(as_map, items(inspected.get("Mounts"))[:MOST])
    return [told for one in mounts if one.get("Propagation") in ("shared", "rshared") and (told := _mount(one))]


def _ports(inspected: dict[str, Any], host: dict[str, Any]) -> list[str]:
    """As they are published where it runs, else as they will be. A port on every address is told once, without one."""
    published = as_map(as_map(inspected.get("NetworkSettings")).get("Ports"))
    if not any(published.values()):
        published = as_map(host.get("PortBindings"))
    found = []
    for inside, bindings in list(published.items())[:MOST]:
        for binding in map(as_map, items(bindings)[:MOST]):
            address, port = text(binding.get("HostIp")), text(binding.get("HostPort"))
            address = f"[{address}]" if ":" in address and address not in _EVERY else address
            ahead = "" if address in _EVERY else f"{address}:"
            found.append(f"{ahead}{port}:{inside if '/' in inside else f'{inside}/tcp'}")
    return list(dict.fromkeys(found))


def _ulimits(host: dict[str, Any]) -> list[str]:
    """Podman names them RLIMIT_NOFILE, and lists those that every container has too."""
    names = [text(as_map(item).get("Name")).lower().removeprefix("rlimit_") for item in items(host.get("Ulimits"))]
    return [name for name in names[:MOST] if name]
