"""One container and how it is confined. What each fact means stands in imagelint/engine/vocabulary_container.py."""

from __future__ import annotations

from imagelint.record import field, record


@record
class Container:
    """The subject of rules of kind `container`; what nothing is said of is as an engine has it by default."""

    kind = "container"
    index_instruction = ""
    index_program = ""

    name: str
    image: str
    origin: str
    memory: int = 0
    memory_swap: int = 0
    cpu_milli: int = 0
    cpu_shares: int = 0
    cpuset: str = ""
    pids_limit: int = 0
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
    engine_sockets: list[str] = field(default_factory=list)
    sensitive_mounts: list[str] = field(default_factory=list)
    shared_mounts: list[str] = field(default_factory=list)
    public_ports: list[str] = field(default_factory=list)
