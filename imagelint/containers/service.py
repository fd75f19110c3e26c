"""One service of a compose file as a container (https://docs.docker.com/reference/compose-file/services/)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from imagelint.containers import settings
from imagelint.containers.model import Container
from imagelint.containers.nodes import Entries, Yaml
from imagelint.dockerfile.model import Span

Place = Callable[[Any], Span]
_NAMESPACES = {
    "network_mode": "network",
    "net": "network",
    "pid": "pid",
    "ipc": "ipc",
    "uts": "uts",
    "userns_mode": "user",
    "cgroup": "cgroup",
}
_TEXTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "mem_limit": ("memory", settings.memory),
    "memswap_limit": ("memory_swap", settings.swap),
    "cpus": ("cpu_milli", settings.thousandths),
    "cpu_shares": ("cpu_shares", settings.count),
    "cpuset": ("cpuset", str),
    "pids_limit": ("pids_limit", settings.count),
}
_SWITCHES = {"privileged": "privileged", "read_only": "read_only", "oom_kill_disable": "oom_kill_disabled"}
_TAKEN: dict[str, tuple[str, Callable[[Container, str], str | None]]] = {
    "security_opt": ("unconfined", settings.security),
    "restart": ("restart", settings.restart),
    "user": ("user", settings.user),
}


def container(name: str, entries: Entries, yaml: Yaml, place: Place, binds: Mapping[str, str]) -> Container:
    """The container that a service starts, as far as its own keys say. Slips go to the file's notes. `binds`: the
    folders of the host that volumes of the file stand for."""
    made = Container(name, "", "compose")
    made.is_built = "build" in entries
    made.partial = not made.is_built and "image" not in entries
    reader = _Service(made, yaml, place, binds)
    for key, (node_of_key, node) in entries.items():
        if not yaml.is_null(node):
            reader.take(key, node_of_key, node)
    return made


class _Service:
    def __init__(self, made: Container, yaml: Yaml, place: Place, binds: Mapping[str, str]) -> None:
        self.made, self.yaml, self.place, self.binds = made, yaml, place, binds

    def take(self, key: str, name: Any, node: Any) -> None:
        """One key of the service."""
        made, yaml = self.made, self.yaml
        if single := _TEXTS.get(key):
            self._set(single[0], single[1](yaml.text(node, key)), name)
        elif fact := _SWITCHES.get(key):
            self._set(fact, yaml.text(node, key).lower() in settings.TRUE, name)
        elif taken := _TAKEN.get(key):
            self._told(taken[0], taken[1], key, name, node)
        elif namespace := _NAMESPACES.get(key):
            if yaml.text(node, key) == "host":
                made.host_namespaces.append(namespace)
                made.spans[f"host_{namespace}"] = self._line(name, node)
        elif reader := _READERS.get(key):
            reader(self, name, node)

    def _line(self, name: Any, node: Any) -> Span:
        """From a key to its value, where both stand in one line."""
        first, last = self.place(name), self.place(node)
        if node.id != "scalar" or first.line != last.end_line or last.end_column <= first.column:
            return first
        return Span(first.line, first.column, last.end_line, last.end_column)

    def _set(self, fact: str, value: object, name: Any) -> None:
        setattr(self.made, fact, value)
        self.made.spans[fact] = self.place(name)

    def _told(self, fact: str, read: Callable[[Container, str], str | None], key: str, name: Any, node: Any) -> None:
        """A list of which each item says something, or one alone."""
        for item in self.yaml.items(node, key):
            told = read(self.made, self.yaml.text(item, key))
            self.made.spans.setdefault(fact, self.place(name))
            if told:
                self.made.spans[f"{fact} {told}"] = self.place(item)

    def image(self, name: Any, node: Any) -> None:
        text = self.yaml.text(node, "image")
        self.made.image = text
        self.made.spans["image"] = self.place(node)

    def capabilities(self, name: Any, node: Any) -> None:
        fact = "added_capabilities" if name.value == "cap_add" else "dropped_capabilities"
        for item in self.yaml.items(node, name.value):
            word = self.yaml.text(item, name.value)
            getattr(self.made, fact).append(word)
            self.made.spans.setdefault(fact, self.place(item))

    def volumes(self, name: Any, node: Any) -> None:
        for item in self.yaml.items(node, "volumes"):
            told = self._volume(item)
            if told:
                self.made.spans[f"mounts {told}"] = self.place(item)

    def _volume(self, item: Any) -> str:
        text = self.yaml.text
        if item.id != "mapping":
            name, colon, rest = text(item, "a volume").partition(":")
            return settings.volume(self.made, f"{self.binds.get(name, name)}{colon}{rest}")
        said = {key: value for key, (_, value) in self.yaml.entries(item).items()}
        source = text(said.get("source"))
        if text(said.get("type")) not in ("bind", "npipe") and source not in self.binds:
            return ""
        bind = self.yaml.entries(said["bind"]) if "bind" in said and said["bind"].id == "mapping" else {}
        shared = text(bind["propagation"][1]) if "propagation" in bind else ""
        read_only = text(said.get("read_only")).lower() in settings.TRUE
        return settings.mount(self.made, self.binds.get(source, source), text(said.get("target")), read_only, shared)

    def ports(self, name: Any, node: Any) -> None:
        for item in self.yaml.items(node, "ports"):
            text = self.yaml.text
            if item.id == "mapping":
                said = {key: text(value) for key, (_, value) in self.yaml.entries(item).items()}
                names = ("host_ip", "published", "target", "protocol")
                told = settings.published(self.made, *(said.get(word, "") for word in names))
            else:
                told = settings.port(self.made, text(item, "a port"))
            self.made.spans[f"ports {told}"] = self.place(item)

    def devices(self, name: Any, node: Any) -> None:
        for item in self.yaml.items(node, "devices"):
            told = self.yaml.text(item if item.id != "mapping" else None, "a device")
            if item.id == "mapping":
                said = {key: self.yaml.text(value) for key, (_, value) in self.yaml.entries(item).items()}
                told = ":".join(filter(None, (said.get("source"), said.get("target"), said.get("permissions"))))
            if told:
                self.made.devices.append(told)
                self.made.spans[f"devices {told}"] = self.place(item)

    def ulimits(self, name: Any, node: Any) -> None:
        self._set("ulimits", list(self.yaml.entries(node, "ulimits")), name)

    def environment(self, name: Any, node: Any) -> None:
        self.made.env_names += (word for word, _, _ in self.yaml.pairs(node, "environment"))

    def healthcheck(self, name: Any, node: Any) -> None:
        said = self.yaml.entries(node, "healthcheck")
        off = "disable" in said and self.yaml.text(said["disable"][1]).lower() in settings.TRUE
        test = self.yaml.items(said["test"][1]) if "test" in said else []
        none = bool(test) and test[0].id == "scalar" and self.yaml.text(test[0]) == "NONE"
        self._set("healthcheck", not off and not none, name)

    def cpu_quota(self, name: Any, node: Any) -> None:
        quota = settings.count(self.yaml.text(node, "cpu_quota"))
        self._set("cpu_milli", quota if quota <= 0 else max(1, quota // 100), name)

    def deploy(self, name: Any, node: Any) -> None:
        """Limits and the restart policy of `deploy` (https://docs.docker.com/reference/compose-file/deploy/)."""
        said = self.yaml.entries(node, "deploy")
        resources = self.yaml.entries(said["resources"][1], "resources") if "resources" in said else {}
        limits = self.yaml.entries(resources["limits"][1], "limits") if "limits" in resources else {}
        for key, (fact, value) in _LIMITS.items():
            if key in limits:
                self._set(fact, value(self.yaml.text(limits[key][1], key)), limits[key][0])
        policy = self.yaml.entries(said["restart_policy"][1], "restart_policy") if "restart_policy" in said else {}
        if policy:
            text = {key: self.yaml.text(value) for key, (_, value) in policy.items()}
            condition = {"none": "no", "any": "always"}.get(text.get("condition", "any"), text.get("condition", "any"))
            settings.restart(self.made, f"{condition}:{text['max_attempts']}" if "max_attempts" in text else condition)
            self.made.spans["restart"] = self.place(said["restart_policy"][0])

    def socket(self, name: Any, node: Any) -> None:
        """use_api_socket: the engine's own socket, with the credentials of who starts it."""
        if self.yaml.text(node).lower() in settings.TRUE:
            told = settings.mount(self.made, "/var/run/docker.sock", "/var/run/docker.sock", False)
            self.made.spans[f"mounts {told}"] = self.place(name)


_LIMITS: dict[str, tuple[str, Callable[[str], int]]] = {
    "memory": ("memory", settings.memory),
    "cpus": ("cpu_milli", settings.thousandths),
    "pids": ("pids_limit", settings.count),
}
_READERS: dict[str, Callable[[_Service, Any, Any], None]] = {
    "image": _Service.image,
    "cap_add": _Service.capabilities,
    "cap_drop": _Service.capabilities,
    "volumes": _Service.volumes,
    "ports": _Service.ports,
    "devices": _Service.devices,
    "ulimits": _Service.ulimits,
    "environment": _Service.environment,
    "healthcheck": _Service.healthcheck,
    "cpu_quota": _Service.cpu_quota,
    "deploy": _Service.deploy,
    "use_api_socket": _Service.socket,
}
