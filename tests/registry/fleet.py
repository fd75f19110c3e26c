"""Reports of many images, made by hand: two base images, two teams, a key that most of them share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from imagelint.findings import (
    Finding,
    LayerInfo,
    Location,
    Report,
    ScannedImage,
    Secret,
    Severity,
    Skip,
    StoredLayer,
)
from imagelint.registry.index import Index, Placed
from tests.report.samples import T

HOST = "registry.example.org"
BASES = ("debian:12", "alpine:3.20")
TEAMS = ("payments", "search")
SHARED = "5a" * 16
"""The fingerprint of the key that comes with debian:12."""


def digest(*words: object) -> str:
    return "sha256:" + hashlib.sha256(repr(words).encode()).hexdigest()


def layers(number: int) -> tuple[StoredLayer, ...]:
    """Of an image: one layer of its base, one of its own."""
    base = number % 2
    made = [
        LayerInfo(0, digest("base diff", base), T("ADD rootfs /"), "base", 0),
        LayerInfo(1, digest("own diff", number), T("COPY . /app"), "own", 1),
    ]
    sizes = (30_000_000, 1000 + number)
    return tuple(StoredLayer(n, digest("blob", one.diff_id), one.diff_id, sizes[n], one) for n, one in enumerate(made))


def image(number: int) -> ScannedImage:
    name = T(f"{HOST}/shop/app{number}:1")
    base = T(BASES[number % 2]) if number % 7 else None
    what = T(digest("image", number)), T("linux/amd64")
    return ScannedImage(T(f"registry:{name}"), name, "registry", *what, True, layers(number), base, 1)


def finding(rule: str, severity: Severity, layer: LayerInfo | None, fingerprint: str, path: str = "etc/key") -> Finding:
    masked = Secret(rule, T("AKIA****"), fingerprint) if severity is Severity.ERROR else None
    message = T(f"{path} holds what {rule} is about")
    more = {"surface": "file", "layer": layer, "status": "present", "secret": masked}
    return Finding(rule, severity, message, T("x"), Location(T(path), 3), fingerprint, **more)  # type: ignore[arg-type]


def report(number: int) -> Report:
    """Images on debian:12 hold the shared key; every third has a warning of its own, every fifth none at all."""
    about = image(number)
    base, own = (layer.made for layer in about.layers)
    found = []
    if number % 5:
        if number % 2 == 0:
            found.append(finding("aws-access-key", Severity.ERROR, base, SHARED))
        if number % 3 == 0:
            found.append(finding("setuid-file", Severity.WARNING, own, digest("own", number)[7:39], "app/tool"))
        found.append(finding("no-user", Severity.NOTE, None, "7b" * 16, "USER"))
        if number % 4 == 0:
            found.append(finding("setuid-file", Severity.WARNING, own, digest("quiet", number)[7:39], "app/known"))
            found[-1].suppressed = "baseline known.yaml"
    for one in found:
        one.target = about.target
    made = Report("0.1.0", [about.target], found, [about])
    if number % 6 == 1:
        made.incomplete = [Skip(about.target, T("layer 1"), T("its bytes do not match their digest"))]
    if number % 6 == 2:
        made.limited = [Skip(about.target, T("app/a.zip"), T("an encrypted archive"))]
    return made


def placed(number: int, *tags: str, rules: str = "r1") -> Placed:
    names = [T(f"{HOST}/shop/app{number}:{tag}") for tag in tags or ("1",)]
    labels = {T("team"): T(TEAMS[number % 2])} if number % 5 else {}
    return Placed(names, labels=labels, rules=rules)


def fill(index: Index, numbers: range) -> Iterator[int]:
    """Add images, one by one."""
    for number in numbers:
        index.add(report(number), image(number), placed(number))
        yield number
