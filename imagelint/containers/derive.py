"""What follows from what is said of a container: which of its mounts, ports and capabilities are dangerous."""

from __future__ import annotations

import posixpath

from imagelint.containers.model import Container
from imagelint.lazy import Lazy

DEFAULT_CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID "
    "SYS_CHROOT".split()
)
"""What Docker gives a container unasked (https://docs.docker.com/engine/containers/run/, "Runtime privilege and Linux
capabilities")."""
DANGEROUS_CAPABILITIES = frozenset(
    "ALL BPF DAC_READ_SEARCH MAC_ADMIN MAC_OVERRIDE SYS_ADMIN SYS_BOOT SYS_MODULE SYS_RAWIO".split()
)
"""Those by which root in a container reaches the host, or is refused nothing by its policies (capabilities(7))."""

SOCKETS = Lazy(r"(?:^|/)(?:docker|podman|containerd|crio|cri-dockerd|buildkitd|balena-engine)[\w.-]*\.sock$")
SOCKET_FOLDERS = frozenset("/run /var/run /run/docker /run/podman /run/containerd /run/crio /var/run/docker".split())
WRITTEN = frozenset(
    "/ /bin /boot /dev /etc /home /lib /lib64 /proc /root /sbin /sys /usr /usr/bin /usr/sbin /var".split()
)
"""Folders of the host that a container does not write (CIS Docker Benchmark 5.6 and what is like them)."""
WRITTEN_BELOW = (
    "/boot/",
    "/etc/cron",
    "/etc/init.d",
    "/etc/systemd",
    "/etc/sudoers",
    "/etc/pam.d",
    "/proc/",
    "/lib/modules",
)
READ = frozenset("/ /etc /home /root /var /var/lib".split())
"""Folders that hold the host's keys, passwords and people."""
ENGINE_DATA = ("/var/lib/docker", "/var/lib/containers", "/var/lib/containerd", "/var/lib/kubelet", "/etc/kubernetes")
"""Read or written, they are all containers' file systems and secrets."""
READ_FILES = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/etc/docker")
HOME = Lazy(
    r"^(?:~|\$HOME|\$\{HOME\}|/root|/home/[^/]+)(?:/(\.ssh|\.aws|\.kube|\.gnupg|\.docker|\.azure|\.config/gcloud))?$"
)
"""A home, or what is in it to log in elsewhere."""

DISK = Lazy(
    r"^/dev/(?:(?:sd|hd|vd|xvd)[a-z]+\d*|nvme\d+(?:n\d+(?:p\d+)?)?|mmcblk\d+(?:p\d+)?|dm-\d+|mapper/.*|md\d+|mem|kmem|port)$"
)
"""Names of Linux' disks (Documentation/admin-guide/devices.txt), and of its memory."""

ADMIN_PORTS = frozenset((22, 23, 111, 512, 513, 514, 2375, 3389, 5900, 5901, 5985, 5986, 6000, 10000, 10250, 10255))
DATA_PORTS = frozenset(
    (1433, 1521, 2379, 2380, 3306, 5432, 5984, 6379, 7000, 8086, 9042, 9200, 9300, 11211, 26257, 27017, 27018, 28015)
)
"""Where MS SQL, Oracle, etcd, MySQL, PostgreSQL, CouchDB, Redis, Cassandra, InfluxDB, Elasticsearch, memcached,
CockroachDB, MongoDB and RethinkDB listen (IANA's register of ports, the vendors' documentation)."""
_SOURCE = Lazy(r"[A-Za-z]:[\\/][^:]*|[^:]*")
"""The only colon in a path is that of a drive."""
PORT = Lazy(
    r"^(?:(?P<address>\[[^\]]*\]|[\d.]*\.[\d.]*):)?(?:(?P<host>[\d-]*):)?(?P<inside>[\d-]+)(?:/(?P<protocol>\w+))?$"
)
EVERYWHERE = frozenset(("", "0.0.0.0", "[::]", "[::0]"))  # noqa: S104 - what is looked for


def derive(container: Container) -> None:
    """Fill in what follows from the rest."""
    given = [capability(word) for word in container.added_capabilities]
    container.added_capabilities = [word for word in given if word not in DEFAULT_CAPABILITIES]
    container.dropped_capabilities = [capability(word) for word in container.dropped_capabilities]
    dangerous = DANGEROUS_CAPABILITIES | ({"SYS_PTRACE"} if "pid" in container.host_namespaces else set())
    container.dangerous_capabilities = [word for word in container.added_capabilities if word in dangerous]
    for mount in container.mounts:
        _mount(container, mount)
    container.disk_devices = [device for device in container.devices if _is_written_disk(device)]
    container.ports = [port.removeprefix(":") for port in container.ports]
    for port in container.ports:
        _port(container, port)
    container.user_is_root = container.user_is_root or is_root(container.user)
    container.tag, container.digest = tag_and_digest(container.image)
    container.title = container.title or _title(container)


def capability(word: str) -> str:
    """CAP_SYS_ADMIN, sys_admin -> SYS_ADMIN."""
    return word.strip().upper().removeprefix("CAP_")


def is_root(user: str) -> bool:
    """By name or by id."""
    return user == "root" or (user.isdigit() and int(user[:12]) == 0)


def tag_and_digest(image: str) -> tuple[str, str]:
    """What stands behind a name; a colon ahead of the last slash is a port's."""
    name, _, digest = image.partition("@")
    return name.rpartition("/")[2].partition(":")[2], digest


def _title(container: Container) -> str:
    if container.origin == "compose":
        return f"service {container.name}"
    if container.name:
        return f"container {container.name}"
    return f"the container of {container.image}" if container.image else "the container"


def source(mount: str) -> str:
    """The path of the host in PATH:PLACE[:ro], in its shortest form."""
    found = _SOURCE.match(mount)
    path = found[0].replace("\\", "/") if found else ""
    return posixpath.normpath(path).replace("//", "/") if path else ""


def _mount(container: Container, mount: str) -> None:
    path, read_only = source(mount), mount.endswith(":ro")
    place = mount.removesuffix(":ro") if path.startswith("$") else ""  # of a variable, its place tells what it is
    if SOCKETS.search(path) or path in SOCKET_FOLDERS or SOCKETS.search(place):
        container.engine_sockets.append(mount)  # a socket is written to whatever the mount is
        return
    home = HOME.search(path)
    data = any(path == place or path.startswith(place + "/") for place in ENGINE_DATA)
    if not read_only and (path in WRITTEN or path.startswith(WRITTEN_BELOW) or data or (home and not home[1])):
        container.sensitive_mounts.append(mount)
    elif path in READ or data or home or path.startswith(READ_FILES):
        container.sensitive_reads.append(mount)


def _is_written_disk(device: str) -> bool:
    """PATH[:PLACE[:rwm]]"""
    path, _, rest = device.partition(":")
    mode = rest.partition(":")[2]
    return bool(DISK.search(path)) and (not mode or "w" in mode)


def _port(container: Container, port: str) -> None:
    found = PORT.search(port)
    if found is None:
        return
    host, inside = _range(found["host"] or ""), _range(found["inside"])
    if host and 0 < host[0] < 1024:
        container.low_ports.append(port)
    if (found["address"] or "") not in EVERYWHERE:
        return
    container.public_ports.append(port)
    if found["protocol"] == "udp" or not inside:
        return
    if any(inside[0] <= known <= inside[1] for known in ADMIN_PORTS):
        container.admin_ports.append(port)
    elif any(inside[0] <= known <= inside[1] for known in DATA_PORTS):
        container.data_ports.append(port)


def _range(text: str) -> tuple[int, int] | None:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()) or len(text) > 11:
        return None
    return int(first), int(last if dash else first)
