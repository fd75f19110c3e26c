"""Whole reports for the snapshots of the terminal, by name: some are scans for real, the others made by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.shapes import expand
from imagelint.findings import (
    Edit,
    Finding,
    Fix,
    Frame,
    LayerInfo,
    Location,
    Report,
    ScannedImage,
    Severity,
    Skip,
    Step,
)
from imagelint.scan_options import Options
from imagelint.scanning import scan
from tests.imagemaker import Recipe, docker_archive
from tests.material import rsa_key
from tests.report import samples
from tests.report.samples import T
from tests.service import fill

DOCKERFILE = """\
FROM node:16 AS build
ADD https://example.org/tool.tgz /opt/
RUN apt-get update && apt-get install curl
RUN apt-get install git && \\
    apt-get install less && \\
    curl -fsSL https://example.org/install.sh | sh
FROM debian
WORKDIR app
COPY --from=build /opt /opt
RUN sudo make install
RUN sudo make clean
ENTRYPOINT /opt/run
"""
TOKEN = expand("glpat-{base62:20}", "snapshots")
WORD = expand("{base62:18}", "snapshots")
KEYS = [rsa_key(seed) for seed in (6, 7, 8)]
SECRETS = [TOKEN, WORD, *(line for key in KEYS for line in key.splitlines()[1:-1])]


@cache
def rules() -> RuleSet:
    """The rules; where they are not compiled yet, that takes a while."""
    return load()


def scanned(files: dict[str, Any], *targets: str, **options: Any) -> Report:
    """The report of a scan in a folder of these files."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        fill(Path(), files)
        return scan(targets or ["."], Options(rules=rules(), caches=False, **options))


def image(recipe: Recipe) -> Report:
    """The report of a scan of an image."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        docker_archive(Path("shop.tar"), recipe, layout="25")
        return scan(["shop.tar"], Options(rules=rules(), caches=False))


def dockerfile() -> Report:
    """One Dockerfile, named alone."""
    return scanned({"Dockerfile": DOCKERFILE}, "Dockerfile")


def folder() -> Report:
    """Two Dockerfiles with their contexts, one of which sends a secret twice."""
    return scanned(
        {
            "api/Dockerfile": "FROM example.org/base:1\nRUN useradd -r app\nCOPY conf /etc/app/\nUSER app\n",
            "api/conf/live.ini": f"[gitlab]\ntoken = {TOKEN}\n",
            "api/conf/日本語/old.ini": f"token = {TOKEN}\n",
            "web/Dockerfile": 'FROM example.org/base:1\nCOPY . /srv\nRUN cd /srv\nUSER www-data\nCMD ["run"]\n',
            "web/.env": "MODE=live\n",
            "web/index.html": "<p>hello</p>\n",
        }
    )


def deleted() -> Report:
    """An image whose key was deleted, with a copy of it that was not, and a password in ENV."""
    ssh = {"path": "root/.ssh", "type": "dir", "mode": 0o700}
    return image(
        Recipe(
            layers=[
                [{"path": "etc/os-release", "content": "ID=debian\nVERSION_ID=12\n"}],
                [ssh, {"path": "root/.ssh/id_rsa", "content": KEYS[0]}, {"path": "srv/copy.pem", "content": KEYS[0]}],
                [{"path": "srv/app/old.pem", "content": KEYS[1]}, {"path": "srv/app/new.pem", "content": KEYS[2]}],
                [{"path": "root/.ssh/.wh.id_rsa"}, {"path": "srv/app/.wh.old.pem"}],
            ],
            history=[
                "RUN /bin/sh -c #(nop) ADD file:rootfs.tar in / ",
                "COPY deploy.key /root/.ssh/id_rsa # buildkit",
                "COPY app /srv/app # buildkit",
                "RUN /bin/sh -c rm /root/.ssh/id_rsa /srv/app/old.pem # buildkit",
                {"created_by": f"ENV DB_PASSWORD={WORD}", "empty_layer": True},
            ],
            config={"Env": [f"DB_PASSWORD={WORD}"], "User": "app"},
            tags=["shop:1"],
        )
    )


def sourced() -> Report:
    """An image beside its Dockerfile, a line of which holds what it writes into a layer."""
    lines = f"FROM example.org/base:1\n\n# sets it up\nRUN echo token={TOKEN} > /etc/app.ini && \\\n    chmod +x /run\n"
    history: list[Any] = [
        "base",
        {"created_by": f"/bin/sh -c echo token={TOKEN} > /etc/app.ini &&     chmod +x /run"},
        {"created_by": "/bin/sh -c #(nop)  EXPOSE 22", "empty_layer": True},
        {"created_by": "/bin/sh -c #(nop)  USER app", "empty_layer": True},
    ]
    files = [{"path": "etc/app.ini", "content": f"token={TOKEN}\n"}, {"path": "srv/key.pem", "content": KEYS[0]}]
    recipe = Recipe(
        layers=[[{"path": "etc/os-release", "content": "ID=debian\nVERSION_ID=12\n"}], files],
        history=history,
        config={"User": "app", "ExposedPorts": {"22/tcp": {}}},
        tags=["shop:1"],
    )
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        fill(Path(), {"Dockerfile": f"{lines}EXPOSE 22\nUSER app\n"})
        docker_archive(Path("shop.tar"), recipe, layout="25")
        return scan(["shop.tar"], Options(rules=rules(), caches=False))


def layers() -> Report:
    """Layers of the base image and own ones, their lines known, matched or uncertain; a baseline, remedies."""
    base = LayerInfo(0, "sha256:" + "3" * 64, T("/bin/sh -c #(nop) ADD file:rootfs.tar in / "), "base", 0)
    copy = LayerInfo(2, samples.DIFF, T("COPY id_rsa /root/.ssh/ # buildkit"), "own", 2)
    copy.source, copy.certainty = Location(T("docker/app.Dockerfile"), 17, 1, 17, 24), "exact"
    run = LayerInfo(3, "sha256:" + "4" * 64, T("RUN /bin/sh -c make install # buildkit"), "own", 3)
    run.certainty = "uncertain"
    gone = LayerInfo(4, "sha256:" + "5" * 64, T("RUN /bin/sh -c rm /root/.ssh/id_rsa"), "own", 4)
    gone.source, gone.certainty = Location(T("docker/app.Dockerfile"), 23, 1, 23, 25), "matched"
    key = samples.key()
    key.layer, key.baseline = copy, "new"
    key.remedy = T("Mount the key with `RUN --mount=type=ssh` at docker/app.Dockerfile:17, and make a new one")
    key.trail = (
        Step("introduced", T("COPY id_rsa /root/.ssh/ # buildkit"), copy),
        Step("deleted", T("RUN /bin/sh -c rm /root/.ssh/id_rsa"), gone),
        Step("shipped", T("anyone who can pull the image can read it"), copy),
    )
    entries = []
    for layer, names in ((base, ("usr/bin/chsh", "usr/bin/su", "usr/bin/日本語")), (run, ("opt/run", "opt/stop"))):
        entries += [entry(name, layer) for name in names]
    user = Finding(
        "runs-as-root", Severity.NOTE, T("no USER is set"), T("app:latest"), Location(T("configuration")), "1"
    )
    user.surface = "config"
    word = samples.env()
    assert word.layer is not None
    word.layer.certainty, word.baseline = "uncertain", "unchanged"
    report = samples.report(user, word, *entries, key, targets=("app:latest",))
    shop = samples.shop()
    report.images = [
        ScannedImage(
            shop.target, shop.name, "registry", shop.digest, shop.platform, True, shop.layers, T("debian:12-slim"), 1
        )
    ]
    return report


def entry(name: str, layer: LayerInfo, rule: str = "setuid-file") -> Finding:
    """A finding about a file, of which layers have hundreds."""
    return Finding(
        rule,
        Severity.WARNING,
        T(f"{name} runs with the rights of root"),
        T("app:latest"),
        Location(T(name)),
        f"{name} {rule}",
        "file",
        layer,
        "present",
    )


def suppressed() -> Report:
    """What comments keep quiet is counted."""
    quieted = "# imagelint ignore=sudo -- the image is for a lab\nRUN sudo make install"
    return scanned({"Dockerfile": DOCKERFILE.replace("RUN sudo make install", quieted)}, "Dockerfile")


def holes() -> Report:
    """What was not read, and what only in part."""
    report = samples.report(samples.apt())
    report.incomplete = [Skip(T("app:latest"), T("layer 4"), T("its bytes do not match their digest"))]
    report.incomplete += [Skip(T("."), T("old/Dockerfile"), T("cannot be read: Permission denied"))]
    report.limited = [Skip(T("app:latest"), T(f"srv/{n}.zip"), T("an encrypted archive")) for n in range(60)]
    report.limited += [Skip(T("app:latest"), T("srv/日本語" + "/deep" * 30), T("archives are nested too deep"))]
    return report


def fixes() -> Report:
    """What fixes would change."""
    return scanned({"Dockerfile": DOCKERFILE}, "Dockerfile", mend="safe", diff=True)


def clean() -> Report:
    """Nothing found."""
    return scanned({"Dockerfile": 'FROM example.org/base:1\nRUN useradd -r app\nUSER app\nCMD ["run"]\n'}, "Dockerfile")


def thousand() -> Report:
    """What an image of a thousand findings looks like."""
    findings = []
    for index in range(4):
        layer = LayerInfo(
            index, f"sha256:{index}" + "6" * 63, T(f"RUN step {index}"), "own" if index else "base", index
        )
        findings += [entry(f"opt/{index}/bin/tool{number:03}", layer) for number in range(200)]
        findings += [entry(f"etc/{index}/conf{number:03}", layer, "world-writable-file") for number in range(50)]
    return samples.report(*findings, targets=("app:latest",))


def wide() -> Report:
    """Wide characters, marks on others, and long words."""
    finding = samples.apt()
    line = "RUN echo " + "日本語" * 12 + " e\u0301te\u0301 " + "x" * 90
    finding.message = T(f"`{line}` says what nobody reads")
    finding.location = Location(T("日本語" * 20 + "/Dockerfile"), 2, 10, 2, 46)
    finding.frame = Frame(2, (T(line), T("RUN a \\"), *(T("    && b \\"),) * 4, T("    && c")), ((2, 10, 46),))
    long = samples.apt()
    long.location = Location(finding.location.path, 3, 5, 8, 9)
    long.frame = Frame(2, finding.frame.lines, ((3, 5, 8), *((n, 5, 11) for n in range(4, 8)), (8, 5, 9)))
    long.fix = Fix("Write it shorter", "unsafe", (Edit(3, 1, 3, 1, T(" ")),))
    return samples.report(finding, long)


CASES: dict[str, Callable[[], Report]] = {
    case.__name__: case
    for case in (dockerfile, folder, deleted, sourced, layers, suppressed, holes, fixes, clean, thousand, wide)
} | {"everything": samples.full, "hostile": samples.hostile}


@cache
def case(name: str) -> Report:
    """The report of that name."""
    return CASES[name]()
