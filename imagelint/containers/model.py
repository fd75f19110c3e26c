"""One container and how it is confined. What each fact means stands in imagelint/engine/vocabulary_container.py."""

from __future__ import annotations

from imagelint.dockerfile.model import Span
from imagelint.record import field, record


@record
class Container:
    """The subject of rules of kind `container`; what nothing is said of is as an engine has it by default.

    Who makes one fills in what is said of it, and calls imagelint.containers.derive.derive for the rest.
    """

    kind = "container"
    index_instruction = ""
    index_program = ""

    name: str
    image: str
    origin: str
    title: str = ""
    partial: bool = False
    is_built: bool = False
    memory: int = 0
    memory_swap: int = 0
    cpu_milli: int = 0
    cpu_shares: int = 0
    cpuset: str = ""
    pids_limit: int = 0
    oom_kill_disabled: bool = False
    privileged: bool = False
    host_namespaces: list[str] = field(default_factory=list)
    added_capabilities: list[str] = field(default_factory=list)
    dropped_capabilities: list[str] = field(default_factory=list)
    no_new_privileges: bool = False
    unconfined: list[str] = field(default_factory=list)
    read_only: bool = False
    user: str = ""
    user_is_root: bool = False
    mounts: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    restart: str = "no"
    restart_most: int = 0
    healthcheck: bool = False
    ulimits: list[str] = field(default_factory=list)
    env_names: list[str] = field(default_factory=list)
    shared_mounts: list[str] = field(default_factory=list)
    tag: str = ""
    digest: str = ""
    dangerous_capabilities: list[str] = field(default_factory=list)
    engine_sockets: list[str] = field(default_factory=list)
    sensitive_mounts: list[str] = field(default_factory=list)
    sensitive_reads: list[str] = field(default_factory=list)
    disk_devices: list[str] = field(default_factory=list)
    public_ports: list[str] = field(default_factory=list)
    low_ports: list[str] = field(default_factory=list)
    admin_ports: list[str] = field(default_factory=list)
    data_ports: list[str] = field(default_factory=list)
    spans: dict[str, Span] = field(default_factory=dict)
    """Where its file says a fact, and an item of a list: by the name of the fact, and by `mounts /etc:/etc`. The whole
    is under the empty name, and `host_network` is where that namespace is shared. Empty for what no file says."""

    def span(self, part: str) -> Span:
        """The place of `container` or `container.FACT`; of the whole where nothing is said of it."""
        name = part.partition(".")[2]
        whole = self.spans.get("") or Span(0, 0, 0, 0)
        if not name:
            return whole
        if name.startswith("host_") and name != "host_namespaces":
            return self.spans.get(name) or whole
        said = getattr(self, name)
        told = DERIVED_FROM.get(name, name)
        if isinstance(said, list) and said and (place := self.spans.get(f"{told} {said[0]}")):
            return place
        return self.spans.get(told) or whole


DERIVED_FROM = {
    "dangerous_capabilities": "added_capabilities",
    "engine_sockets": "mounts",
    "sensitive_mounts": "mounts",
    "sensitive_reads": "mounts",
    "shared_mounts": "mounts",
    "disk_devices": "devices",
    "public_ports": "ports",
    "low_ports": "ports",
    "admin_ports": "ports",
    "data_ports": "ports",
    "user_is_root": "user",
    "restart_most": "restart",
    "tag": "image",
    "digest": "image",
}
"""The list that the items of another one stand in."""
