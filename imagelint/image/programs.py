"""What programs in an image are: which service a file is the main program of, which tools come along.

The names are those under which the projects and the distributions install them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from imagelint.image.result import Kept, LayerResult
from imagelint.stream.tar import clean


def _named(table: dict[str, str]) -> dict[bytes, str]:
    return {name.encode(): what for what, names in table.items() for name in names.split()}


SERVICES = _named(
    {
        "nginx": "nginx nginx-debug openresty",
        "Apache": "apache2 httpd",
        "lighttpd": "lighttpd",
        "Caddy": "caddy",
        "HAProxy": "haproxy",
        "Traefik": "traefik",
        "Envoy": "envoy",
        "Varnish": "varnishd",
        "Squid": "squid",
        "PHP-FPM": "php-fpm "
        + " ".join(f"php-fpm{n}.{m}" for n, last in ((7, 4), (8, 5)) for m in range(last + 1))
        + " "
        + " ".join(f"php-fpm{n}{m}" for n, last in ((7, 4), (8, 5)) for m in range(last + 1)),
        "uWSGI": "uwsgi",
        "PostgreSQL": "postgres",
        "MySQL": "mysqld mariadbd",
        "MongoDB": "mongod mongos",
        "Redis": "redis-server valkey-server",
        "Memcached": "memcached",
        "RabbitMQ": "rabbitmq-server",
        "Mosquitto": "mosquitto",
        "NATS": "nats-server",
        "BIND": "named",
        "Dnsmasq": "dnsmasq",
        "Unbound": "unbound",
        "OpenLDAP": "slapd",
        "Exim": "exim exim4",
        "Postfix": "postfix",
        "Dovecot": "dovecot",
        "an FTP server": "vsftpd proftpd pure-ftpd",
        "Samba": "smbd",
        "CUPS": "cupsd",
        "etcd": "etcd",
        "Consul": "consul",
        "Docker": "dockerd",
        "the kubelet": "kubelet",
        "CouchDB": "couchdb",
        "InfluxDB": "influxd",
        "Prometheus": "prometheus",
        "Grafana": "grafana-server",
        "Tor": "tor",
        "OpenVPN": "openvpn",
    }
)
SHELLS = _named({"a shell": "sh bash dash ash zsh ksh mksh fish busybox busybox.static toybox"})
FETCHERS = _named({"a download tool": "curl wget"})
MANAGERS = _named(
    {"a package manager": "apt apt-get dpkg apk rpm dnf dnf5 yum microdnf tdnf zypper pacman opkg xbps-install emerge"}
)
DEBUGGERS = _named(
    {"a debugger": "gdb gdbserver lldb lldb-server strace ltrace tcpdump tshark dlv rr valgrind bpftrace"}
)
BUILDERS = _named(
    {
        "a compiler": "gcc cc g++ c++ clang clang++ tcc gfortran rustc cargo javac go ghc ocamlopt nvcc "
        + " ".join(f"gcc-{n} g++-{n} clang-{n}" for n in range(7, 23)),
        "a build tool": "make gmake cmake ninja meson automake autoconf bazel mvn gradle ld ld.bfd ld.gold ld.lld as",
    }
)
TOOLS = {**SHELLS, **FETCHERS, **MANAGERS, **DEBUGGERS, **BUILDERS}
NAMES = frozenset({**SERVICES, **TOOLS})
FOLDERS = frozenset((b"bin", b"sbin", b"libexec", b"busybox"))
"""Last folders of paths to programs; distroless's debug images have the shell in /busybox."""
MULTICALL = frozenset((b"busybox", b"busybox.static", b"busybox-suid", b"toybox", b"coreutils", b"toolbox"))
"""One program under many names, each of which is a part of it."""
_RUN = ("file", "hardlink", "symlink")
_APPLETS = 8
"""Names of the same bytes; of Debian's programs perl has most, three."""
_LINKS = 64
"""Names that are looked at."""


def is_program(kept: Kept, layer: LayerResult) -> bool:
    """Whether an entry is a program that can be started by its name: executable, in a folder of programs, and no part
    of one like busybox."""
    entry = kept.entry
    folder = entry.path.rpartition(b"/")[0].rpartition(b"/")[2]
    return folder in FOLDERS and bool(entry.mode & 0o111) and entry.type in _RUN and not _is_applet(kept, layer)


def _is_applet(kept: Kept, layer: LayerResult) -> bool:
    entry = kept.entry
    if entry.type == "symlink":
        return posixpath.basename(entry.link) in MULTICALL
    root = clean(entry.link) if entry.type == "hardlink" else entry.path
    links = layer.links.get(root, ())[:_LINKS]
    if entry.type == "file" and posixpath.basename(root) in MULTICALL:
        return False
    return len(links) >= _APPLETS or any(
        posixpath.basename(name) in MULTICALL for name in (root, *(n for n, _ in links))
    )


def tool(kept: Kept, table: Mapping[bytes, str]) -> str:
    """What an entry is of those in the table; empty for none. A name of busybox counts where it is a file, not where it
    is a symbolic link: what that leads to counts."""
    entry = kept.entry
    folder = entry.path.rpartition(b"/")[0].rpartition(b"/")[2]
    if folder not in FOLDERS or not entry.mode & 0o111 or entry.type not in _RUN:
        return ""
    if entry.type == "symlink" and posixpath.basename(entry.link) in MULTICALL:
        return ""
    return table.get(posixpath.basename(entry.path), "")
