"""Ports over which a machine is administered: whoever reaches one of them rules what is behind it, or looks into it.

Numbers as their makers document them: docs.docker.com (dockerd), kubernetes.io (Ports and Protocols), etcd.io
(Configuration options), IANA's registry of service names for the others.
"""

from __future__ import annotations

from collections.abc import Iterable

_PORTS = {
    23: "telnet",
    512: "rexec",
    513: "rlogin",
    1099: "Java RMI and JMX",
    2375: "Docker's API without TLS",
    2376: "Docker's API",
    2379: "etcd",
    2380: "etcd's peers",
    3389: "RDP",
    4243: "Docker's API without TLS",
    5005: "a Java debugger (JDWP)",
    5858: "a Node.js debugger",
    5900: "VNC",
    5901: "VNC",
    5985: "Windows Remote Management",
    5986: "Windows Remote Management, or CouchDB's administration",
    6443: "the Kubernetes API",
    7199: "Cassandra's JMX",
    9229: "a Node.js debugger",
    9990: "WildFly's management",
    10250: "the kubelet",
    10255: "the kubelet, without a password",
    15672: "RabbitMQ's management",
    28017: "MongoDB's status page",
    33062: "MySQL's administrative connection",
}
"""Not here, since others use the number as well: 22, which has a rule of its own, 514 (syslog), 2345, 5678, 10000."""


def administrative(ports: Iterable[str]) -> list[str]:
    """Those of a configuration's ports (80/tcp, 80, 8000-8010/tcp) that are for administration over TCP, each with what
    it is: `2375/tcp (Docker's API without TLS)`."""
    told = []
    for port in ports:
        numbers, _, protocol = port.partition("/")
        if protocol.lower() in ("", "tcp"):
            first, _, last = numbers.partition("-")
            told += [f"{number}/tcp ({_PORTS[number]})" for number in _range(first, last or first)]
    return list(dict.fromkeys(told))


def _range(first: str, last: str) -> list[int]:
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit() and len(first + last) <= 10):
        return []
    return [number for number in _PORTS if int(first) <= number <= int(last)]
