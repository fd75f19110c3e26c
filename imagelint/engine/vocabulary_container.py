"""The facts of containers, running or about to be, for imagelint.engine.vocabulary."""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

CONTAINER = {
    "name": Fact(STRING, "Its name: of the container, of the service; empty for a `docker run` that gives none."),
    "image": Fact(STRING, "The image that it is made of, as named; empty where it is not known."),
    "origin": Fact(STRING, "Where it was found: host, compose or command (a `docker run`, `create`, or podman's)."),
    "memory": Fact(INT, "The memory that it may use, in bytes; 0 without a limit, -1 where a variable says it."),
    "memory_swap": Fact(
        INT,
        "Memory and swap together, in bytes; 0 where nothing is said, -1 without a limit, -2 where a variable says it.",
    ),
    "cpu_milli": Fact(
        INT, "Thousandths of a processor that it may use; 0 without a limit, -1 where a variable says it."
    ),
    "cpu_shares": Fact(INT, "Its weight against other containers; 0 where nothing is said."),
    "cpuset": Fact(STRING, "The processors that it may use, as written; empty where nothing is said."),
    "pids_limit": Fact(INT, "How many processes it may have; 0 without a limit, -1 where a variable says it."),
    "privileged": Fact(BOOL, "It is privileged."),
    "host_namespaces": Fact(LIST, "The namespaces of the host that it shares: network, pid, ipc, uts, user, cgroup."),
    "added_capabilities": Fact(LIST, "The capabilities that it is given beyond the default ones: SYS_ADMIN, ALL."),
    "dropped_capabilities": Fact(LIST, "The capabilities that it is denied: NET_RAW, ALL."),
    "no_new_privileges": Fact(BOOL, "Its processes cannot gain privileges by setuid programs."),
    "unconfined": Fact(LIST, "Which confinements are switched off: seccomp, apparmor, label, systempaths."),
    "read_only": Fact(BOOL, "Its root filesystem cannot be written."),
    "user": Fact(STRING, "The user that it runs as, without the group; empty where the image decides, or nobody."),
    "user_is_root": Fact(BOOL, "It is known to run as root: by name, by id 0, or because the image names no other."),
    "mounts": Fact(LIST, "What of the host is mounted into it, PATH:PLACE or PATH:PLACE:ro each."),
    "engine_sockets": Fact(LIST, "Those of its mounts that are the socket of a container engine, or a folder with it."),
    "sensitive_mounts": Fact(
        LIST, "Those of its mounts that hold the host's system: /, /etc, /proc, /var/lib/docker ..."
    ),
    "shared_mounts": Fact(LIST, "Those of its mounts whose propagation is shared."),
    "devices": Fact(LIST, "The devices of the host that it is given."),
    "ports": Fact(LIST, "Its published ports, [ADDRESS:]PORT:PORT/PROTOCOL each."),
    "public_ports": Fact(LIST, "Those of them that listen on every address of the host."),
    "restart": Fact(STRING, "Its restart policy: no, always, unless-stopped, on-failure."),
    "restart_most": Fact(INT, "How often on-failure starts it again; 0 for ever."),
    "healthcheck": Fact(BOOL, "It has a health check, of its own or, where it is known, of its image."),
    "ulimits": Fact(LIST, "The names of the limits that it sets: nofile, nproc."),
    "env_names": Fact(LIST, "The names of the environment variables that it is given."),
}
