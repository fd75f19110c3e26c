"""The CIS Docker Benchmark as a SARIF taxonomy: which of its recommendations a rule has to do with."""

from __future__ import annotations

import re

from imagelint.report.interface import RuleText

NAME = "CIS Docker Benchmark"
VERSION = "1.6.0"
HOME = "https://www.cisecurity.org/benchmark/docker"
TAG = re.compile(r"cis-docker-(\d+(?:\.\d+)+)")
"""A tag that names a recommendation: cis-docker-4.1."""
SECRETS = "4.10"
"""What every rule about secrets has to do with, without a tag of its own."""
ABOUT = {
    "4.1": "A container has a user of its own",
    "4.2": "Base images come from a trusted source",
    "4.3": "No package is installed that nobody needs",
    "4.4": "Images are scanned, and rebuilt with security updates",
    "4.6": "Images say how their health is checked",
    "4.7": "Package lists are not updated in an instruction of their own",
    "4.8": "Set-user-ID and set-group-ID bits are taken off",
    "4.9": "COPY is used where ADD is not needed",
    "4.10": "Dockerfiles and images hold no secrets",
    "4.11": "Packages are verified when they are installed",
    "4.12": "Signatures are checked",
    "5.2": "AppArmor confines containers",
    "5.3": "SELinux confines containers",
    "5.4": "Containers have the kernel's capabilities that they need, and no more",
    "5.5": "Containers are not privileged",
    "5.6": "The host's system folders are not mounted into containers",
    "5.7": "No SSH server runs in a container",
    "5.8": "Containers take no port of the host below 1024",
    "5.9": "Only ports that are needed are open",
    "5.10": "The host's network is not shared",
    "5.11": "Memory of containers is limited",
    "5.12": "Containers have the share of processors that is meant",
    "5.13": "The root file system of containers is read-only",
    "5.14": "Published ports are bound to one address of the host",
    "5.15": "Containers that fail are started again five times at most",
    "5.16": "The host's processes are not shared",
    "5.17": "The host's IPC is not shared",
    "5.18": "The host's devices are not given to containers",
    "5.19": "Containers have limits of their own where the default ones do not fit",
    "5.20": "Mounts are not shared with the host",
    "5.21": "The host's UTS namespace is not shared",
    "5.22": "The default profile of seccomp is in force",
    "5.25": "Containers are in the control group that is meant for them",
    "5.26": "Containers cannot gain privileges",
    "5.27": "The health of containers is checked",
    "5.28": "Containers are made of the version of an image that is meant",
    "5.29": "The number of processes of containers is limited",
    "5.31": "The host's user namespace is not shared",
    "5.32": "The socket of the container engine is not mounted into a container",
    "6.1": "Images that nobody needs are removed",
    "6.2": "Containers that nobody needs are removed",
}
"""The recommendations that rules of ours name, in our words."""


def recommendations(text: RuleText) -> list[str]:
    """The numbers of the recommendations that a rule names, in its order."""
    named = [found[1] for tag in text.tags if (found := TAG.fullmatch(tag))]
    return list(dict.fromkeys([*named, *([SECRETS] if {"secret", "secrets"} & {*text.tags} else [])]))


def numbers(dotted: str) -> list[int]:
    """4.10 behind 4.9."""
    return [int(part) for part in dotted.split(".")]
