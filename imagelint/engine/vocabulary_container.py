"""The facts of containers, running or about to be, for imagelint.engine.vocabulary."""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

CONTAINER = {
    "name": Fact(STRING, "Its name: of the container, of the service; empty for a `docker run` that gives none."),
    "title": Fact(STRING, "How a message names it: service web, container web, the container of nginx:1.29."),
    "image": Fact(STRING, "The image that it is made of, as named; empty where it is not known."),
    "tag": Fact(STRING, "The tag in that name; empty where there is none."),
    "digest": Fact(STRING, "The digest in that name (sha256:...); empty where there is none."),
    "is_built": Fact(BOOL, "Its image is built here: the service has `build`."),
    "origin": Fact(STRING, "Where it was found: host, compose or command (a `docker run`, `create`, or podman's)."),
    "partial": Fact(
        BOOL, "More is said of it elsewhere: a service without an image, as in an override file; options in a variable."
    ),
    "memory": Fact(INT, "The memory that it may use, in bytes; 0 without a limit, -1 where a variable says it."),
    "memory_swap": Fact(
        INT,
        "Memory and swap together, in bytes; 0 where nothing is said, -1 without a limit, -2 where a variable says it.",
    ),
    "cpu_milli": Fact(
        INT, "Thousandths of a processor that it may use; 0 without a limit, -1 where a variable says it."
    ),
    "cpu_shares": Fact(
        INT, "Its weight against other containers; 0 where nothing is said, -1 where a variable says it."
    ),
    "cpuset": Fact(STRING, "The processors that it may use, as written; empty where nothing is said."),
    "pids_limit": Fact(INT, "How many processes it may have; 0 without a limit, -1 where a variable says it."),
    "oom_kill_disabled": Fact(BOOL, "The kernel may not end it when memory runs out."),
    "privileged": Fact(BOOL, "It is privileged."),
    "host_namespaces": Fact(LIST, "The namespaces of the host that it shares: network, pid, ipc, uts, user, cgroup."),
    "added_capabilities": Fact(LIST, "The capabilities that it is given beyond the default ones: SYS_ADMIN, ALL."),
    "dangerous_capabilities": Fact(LIST, "Those of them that lead to root on the host: SYS_ADMIN, SYS_MODULE, ALL ..."),
    "dropped_capabilities": Fact(LIST, "The capabilities that it is denied: NET_RAW, ALL."),
    "no_new_privileges": Fact(BOOL, "Its processes cannot gain privileges by setuid programs."),
    "unconfined": Fact(LIST, "Which confinements are switched off: seccomp, apparmor, label, systempaths."),
    "read_only": Fact(BOOL, "Its root filesystem cannot be written."),
    "user": Fact(STRING, "The user that it runs as, without the group; empty where the image decides, or nobody."),
    "user_is_root": Fact(BOOL, "It is known to run as root: by name, by id 0, or because the image names no other."),
    "mounts": Fact(LIST, "What of the host is mounted into it, PATH:PLACE or PATH:PLACE:ro each."),
    "engine_sockets": Fact(LIST, "Those of its mounts that are the socket of a container engine, or a folder with it."),
    "sensitive_mounts": Fact(
        LIST, "Those of its mounts by which it can write the host's system: /, /etc, /proc, /var/lib/docker ..."
    ),
    "sensitive_reads": Fact(
        LIST, "Those of its mounts by which it can read what belongs to the host alone: /, /etc, /root, ~/.ssh ..."
    ),
    "shared_mounts": Fact(LIST, "Those of its mounts whose propagation is shared."),
    "devices": Fact(LIST, "The devices of the host that it is given."),
    "disk_devices": Fact(LIST, "Those of them that are the host's disks or memory, to be written: /dev/sda, /dev/mem."),
    "ports": Fact(
        LIST, "Its published ports, [[ADDRESS:]PORT:]PORT/PROTOCOL each; one without a port of the host gets any."
    ),
    "public_ports": Fact(LIST, "Those of them that listen on every address of the host."),
    "low_ports": Fact(LIST, "Those of them that take a port of the host below 1024."),
    "admin_ports": Fact(LIST, "Those of the public ones that lead to a service made to control a machine: 22, 2375."),
    "data_ports": Fact(LIST, "Those of the public ones that lead to a database or a cache: 5432, 6379."),
    "restart": Fact(STRING, "Its restart policy: no, always, unless-stopped, on-failure."),
    "restart_most": Fact(INT, "How often on-failure starts it again; 0 for ever, -1 where a variable says it."),
    "healthcheck": Fact(BOOL, "It has a health check, of its own or, where it is known, of its image."),
    "ulimits": Fact(LIST, "The names of the limits that it sets: nofile, nproc."),
    "env_names": Fact(LIST, "The names of the environment variables that it is given."),
}

PARTS = (*CONTAINER, *(f"host_{namespace}" for namespace in ("network", "pid", "ipc", "uts", "user", "cgroup")))
"""What of a container may be underlined, where a file says it."""
