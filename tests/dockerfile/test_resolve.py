"""--resolve: registries asked about the images of Dockerfiles, by the command, with real and with misbehaving ones."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from imagelint.dockerfile.parse import parse
from imagelint.errors import UsageError
from imagelint.image.sources.registry import images
from imagelint.stream import limits
from tests import registries
from tests.conftest import without
from tests.faulty_registry import Asked, Fault, FaultyRegistry
from tests.imagemaker import Recipe, oci_layout, sha256
from tests.material import password
from tests.registries import Registry, docker_config

RULES = "base-no-digest,copy-from-unpinned,mount-from-unpinned,base-platform-missing,base-latest"
LAYERS = [[{"path": "etc/motd", "content": "hello"}]]
AMD = Recipe(LAYERS, tags=("app:1",))
ARM = Recipe(LAYERS, tags=("app:1",), platform="linux/arm64/v8")
Scan = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No configuration of Docker but the test's own; the test's folder is the working directory."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "docker"


@pytest.fixture
def scan(capsys: pytest.CaptureFixture[str]) -> Scan:
    """Write a Dockerfile, unless it is empty, and scan the folder: status and report."""

    def run(text: str, *options: str, select: str = RULES) -> tuple[int, dict[str, Any]]:
        if text:
            Path("Dockerfile").write_bytes(text.encode())
        words = ["scan", "--no-config", "--no-progress", "--format", "json", "--select", select, *options]
        status = cli.run(words)
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return status, report

    return run


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """A registry with team/one:1 of one platform and team/two:1 of two: its host, and the two digests."""
    if reason := registries.missing():
        without(reason)
    folder = tmp_path_factory.mktemp("registry")
    one, two = oci_layout(folder / "a", AMD), oci_layout(folder / "b", AMD, ARM, nested=True, attestation=True)
    with Registry(folder / "registry") as running:
        running.push(one, "1", "team/one:1")
        running.push(two, "1", "team/two:1")
        yield running.host, _digest(one), _digest(two)


def _digest(layout: Path) -> str:
    return str(json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"])


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Callable[..., FaultyRegistry]]:
    running: list[FaultyRegistry] = []

    def start(fault: Fault = lambda asked: False) -> FaultyRegistry:
        running.append(FaultyRegistry(tmp_path / f"layout{len(running)}", AMD, fault))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def asked(registry: FaultyRegistry) -> list[str]:
    """The manifests that were asked for, with their methods."""
    return [f"{method} {path.partition('/v2/')[2]}" for method, path, _ in registry.asked if "/manifests/" in path]


def head(one: Asked) -> bool:
    """HEAD as registries answer it."""
    if one.command != "HEAD" or one.manifest not in one.registry.manifests:
        return False
    return one.answer(200, b"", {"Docker-Content-Digest": sha256(one.registry.manifests[one.manifest])})


WHOLE = """\
# syntax=docker/dockerfile:1
ARG BASE="{host}/team/two:1" # not a comment
ARG VERSION=1
FROM --platform=$BUILDPLATFORM \\
    # the compiler
    {host}/team/one:1 \\
    AS Build
RUN --mount=type=cache,target=/c --mount=from={host}/team/one:1,target=/t /t/run
FROM ${{BASE}}
COPY --link --from={host}/team/two:1 /etc/motd /motd
COPY --from=build /a /b
FROM {host}/team/one:$VERSION
FROM scratch
"""


def test_pinned_whole(real: tuple[str, str, str], scan: Scan) -> None:
    host, one, two = real
    text = WHOLE.format(host=host).replace(" # not a comment", "").replace("\n", "\r\n")
    status, report = scan(text, "--resolve", host, "--unsafe-fixes")
    expected = (
        text.replace("one:1,target", f"one:1@{one},target")
        .replace("one:1 \\", f"one:1@{one} \\")
        .replace('two:1"', f'two:1@{two}"')
        .replace("two:1 /etc", f"two:1@{two} /etc")
    )
    assert Path("Dockerfile").read_bytes().decode() == expected
    assert report["incomplete"] == report["limited"] == []
    assert report["mended"][0]["rules"] == {"base-no-digest": 2, "copy-from-unpinned": 1, "mount-from-unpinned": 1}
    left = [(f["rule"], f["line"], "fix" in f) for f in report["findings"]]
    assert left == [("base-no-digest", 12, False)]  # a digest would make VERSION mean nothing
    assert status == 0
    file = parse(expected.encode())
    assert file.errors == []
    first, second, third, _ = file.stages
    assert [first.base.value, first.name, first.platform] == [f"{host}/team/one:1@{one}", "build", "$BUILDPLATFORM"]
    assert [second.base.value, third.base.value] == [f"{host}/team/two:1@{two}", f"{host}/team/one:1"]
    assert [image.digest for image in images(first.base.value)] == [one]
    assert {image.platform for image in images(second.base.value)} <= {"linux/amd64", "linux/arm64/v8"}
    assert "mended" not in scan("", "--resolve", host, "--unsafe-fixes")[1]  # a fixed point
    assert Path("Dockerfile").read_bytes().decode() == expected


def test_a_diff_writes_nothing_and_safe_fixes_do_not_pin(real: tuple[str, str, str], scan: Scan) -> None:
    host, one, _ = real
    text = f"FROM {host}/team/one:1\n"
    _, report = scan(text, "--resolve", host, "--unsafe-fixes", "--diff")
    assert f"+FROM {host}/team/one:1@{one}\n" in [line.rstrip("\n") + "\n" for line in report["mended"][0]["diff"]]
    assert "mended" not in scan("", "--resolve", host, "--fix")[1]
    assert Path("Dockerfile").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("options", "line", "said"),
    [
        ((), "FROM --platform=linux/s390x {host}/team/two:1", "for linux/s390x, only for linux/amd64, linux/arm64/v8"),
        ((), "FROM --platform=linux/arm64 {host}/team/one:1", "for linux/arm64, only for linux/amd64"),
        (("--platform", "linux/arm64"), "FROM {host}/team/one:1", "for linux/arm64, only for linux/amd64"),
        (("--platform", "linux/arm64"), "FROM --platform=$TARGETPLATFORM {host}/team/one:1", "only for linux/amd64"),
        (("--platform", "linux/arm64"), "FROM --platform=$BUILDPLATFORM {host}/team/one:1", ""),
        ((), "FROM {host}/team/one:1", ""),
        (("--platform", "all"), "FROM {host}/team/one:1", ""),
        ((), "FROM --platform=linux/arm64 {host}/team/two:1", ""),
        ((), "FROM --platform=linux/amd64 {host}/team/one:1", ""),
        ((), "FROM --platform=linux {host}/team/one:1", ""),
        ((), "FROM --platform=linux/arm64 {host}/team/one:1@{one}", "for linux/arm64, only for linux/amd64"),
    ],
)
def test_platforms(real: tuple[str, str, str], scan: Scan, options: tuple[str, ...], line: str, said: str) -> None:
    host, one, _ = real
    line = line.format(host=host, one=one)
    _, report = scan(f"{line}\n", "--resolve", host, *options, select="base-platform-missing")
    assert report["incomplete"] == []
    messages = [finding["message"] for finding in report["findings"]]
    assert [said in message for message in messages] == [True] * bool(said)


def test_each_reference_is_asked_for_once_and_only_by_head(faulty: Callable[..., FaultyRegistry], scan: Scan) -> None:
    registry = faulty(head)
    registry.manifests["2"] = registry.manifests["1"]
    text = (
        f"FROM {registry.words} AS a\nFROM {registry.words}\nFROM a\nFROM scratch\nCOPY --from={registry.words} a b\n"
    )
    text += f"COPY --from=0 a b\nCOPY --from=$X a b\nARG X\nFROM $X\nRUN --mount=from={registry.host}/shop/app:2 x\n"
    text += "RUN --mount=from=a y\n"
    for number in range(70):  # as many as would be worth workers
        Path(f"{number}.dockerfile").write_text(text, encoding="utf-8")
    _, report = scan(text, "--resolve", registry.host)
    once = ["HEAD shop/app/manifests/1", "HEAD shop/app/manifests/2"]
    assert asked(registry) == once
    assert report["stats"]["dockerfiles"] == 71
    assert report["incomplete"] == report["limited"] == []
    scan("", "--resolve", registry.host)
    assert asked(registry) == once * 2  # what registries say is not kept for the next run
    _, report = scan("", "--resolve", registry.host, "--unsafe-fixes")
    assert asked(registry) == once * 3
    assert len(report["mended"]) == 71


def test_nobody_is_asked_without_the_option(faulty: Callable[..., FaultyRegistry], scan: Scan) -> None:
    registry = faulty()
    text = f"FROM --platform=linux/arm64 {registry.words}\n"
    _, report = scan(text, "--unsafe-fixes", "--insecure-registry", registry.host)
    assert registry.asked == []
    assert ["fix" in finding for finding in report["findings"]] == [False]
    assert "mended" not in report


def test_nobody_is_asked_whom_only_the_dockerfile_names(faulty: Callable[..., FaultyRegistry], scan: Scan) -> None:
    named, other = faulty(head), faulty(head)
    text = f"FROM {named.words}\nFROM {other.words}\nFROM {other.host}/shop/app:2\nFROM 169.254.169.254/latest/meta\n"
    status, report = scan(text, "--resolve", f"example.org,{named.host}", "--insecure-registry", other.host)
    assert other.asked == []
    assert asked(named) == ["HEAD shop/app/manifests/1"]
    assert status == 0
    assert [(cut["place"], cut["reason"]) for cut in report["limited"]] == [
        ("Dockerfile:2", f"2 images of {other.host}, which was not asked: --resolve {other.host} asks it"),
        ("Dockerfile:4", "1 image of 169.254.169.254, which was not asked: --resolve 169.254.169.254 asks it"),
    ]
    assert scan("", "--resolve", named.host, "--strict-coverage")[0] == 3


def _slow(one: Asked) -> bool:
    time.sleep(1.2 * (one.command == "HEAD"))
    return False


def _lie(one: Asked) -> bool:
    return bool(one.manifest) and one.answer(
        200, b"{}", {"Docker-Content-Digest": sha256(b"another")} if one.command == "GET" else {}
    )


FAULTS: dict[str, tuple[Fault, str]] = {
    "401": (
        lambda one: bool(one.manifest) and one.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'}),
        "docker login",
    ),
    "404": (lambda one: bool(one.manifest) and one.answer(404), "there is no tag 1 in"),
    "429": (
        lambda one: bool(one.manifest) and one.answer(429, b"", {"Retry-After": "999"}),
        "answers no more requests",
    ),
    "503": (lambda one: bool(one.manifest) and one.answer(503, b"", {"Retry-After": "999"}), "is not available now"),
    "slow": (_slow, "try again later"),
    "a lie": (_lie, "instead of"),
    "a way to link-local": (
        lambda one: bool(one.manifest) and one.answer(307, b"", {"Location": "http://169.254.169.254/x"}),
        "plain HTTP",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_fails_is_told_and_the_rest_is_there(
    name: str, faulty: Callable[..., FaultyRegistry], scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RESOLVE_IMAGE_SECONDS", 1.0)
    fault, said = FAULTS[name]
    registry = faulty(fault)
    text = f"FROM debian:latest\nFROM {registry.words}\n"
    status, report = scan(text, "--resolve", registry.host, "--unsafe-fixes")
    assert status == 3
    (hole,) = report["incomplete"]
    assert hole["place"] == "Dockerfile:2"
    assert said in hole["reason"]
    assert [finding["rule"] for finding in report["findings"]] == ["base-latest", "base-no-digest", "base-no-digest"]
    assert Path("Dockerfile").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("status", [405, 501])
def test_a_registry_that_does_not_know_head(faulty: Callable[..., FaultyRegistry], scan: Scan, status: int) -> None:
    registry = faulty(lambda one: one.command == "HEAD" and one.answer(status))
    scan(f"FROM {registry.words}\n", "--resolve", registry.host, "--unsafe-fixes")
    digest = sha256(registry.manifests["1"])
    assert Path("Dockerfile").read_text(encoding="utf-8") == f"FROM {registry.words}@{digest}\n"


def test_a_digest_that_lies_is_seen_when_its_manifest_is_read(
    faulty: Callable[..., FaultyRegistry], scan: Scan
) -> None:
    wrong = sha256(b"another")
    registry = faulty(lambda one: one.command == "HEAD" and one.answer(200, b"", {"Docker-Content-Digest": wrong}))
    registry.manifests[wrong] = registry.manifests["1"]
    status, report = scan(f"FROM --platform=linux/arm64 {registry.words}\n", "--resolve", registry.host)
    assert status == 3
    assert f"instead of {wrong}" in report["incomplete"][0]["reason"]


def test_credentials_are_those_of_the_registry(
    scan: Scan, config: Path, tmp_path: Path, faulty: Callable[..., FaultyRegistry]
) -> None:
    if reason := registries.missing():
        without(reason)
    layout = oci_layout(tmp_path / "layout", AMD)
    other = faulty(lambda one: one.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'}))
    with registries.behind_password(tmp_path / "locked") as running:
        words = running.push(layout, "1", "shop/app:1", login=True)
        docker_config(config, running.host)
        text = f"FROM {words}\nFROM {other.words}\n"
        _, report = scan(text, "--resolve", running.host, "--resolve", other.host, "--unsafe-fixes")
        assert f"FROM {words}@{_digest(layout)}\n" in Path("Dockerfile").read_text(encoding="utf-8")
    assert [hole["place"] for hole in report["incomplete"]] == ["Dockerfile:2"]
    assert other.authorized() == []


def test_what_is_cut_is_named(
    faulty: Callable[..., FaultyRegistry], scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = faulty(head)
    text = "".join(f"FROM {registry.host}/shop/app{number}:1\n" for number in range(5))
    monkeypatch.setattr(limits, "RESOLVE_IMAGES", 2)
    status, report = scan(text, "--resolve", registry.host)
    assert status == 0
    assert len(asked(registry)) == 2
    (cut,) = report["limited"]
    reason = "3 images not looked up: one run asks 2 times (--limit resolve-images=NUMBER)"
    assert (cut["place"], cut["reason"]) == ("Dockerfile:3", reason)
    monkeypatch.setattr(limits, "RESOLVE_SECONDS", 0.0)
    _, report = scan("", "--resolve", registry.host)
    assert len(asked(registry)) == 2
    assert (
        report["limited"][0]["reason"] == "5 images not looked up: nothing is asked after 0 seconds; scan fewer files"
    )


def test_a_registry_that_fails_is_asked_no_more(
    faulty: Callable[..., FaultyRegistry], scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RESOLVE_IMAGE_SECONDS", 1.0)
    registry, good = faulty(_slow), faulty(head)
    text = "".join(f"FROM {registry.host}/shop/app{number}:1\nFROM {good.words}\n" for number in range(5))
    started = time.perf_counter()
    status, report = scan(text, "--resolve", registry.host, "--resolve", good.host)
    assert time.perf_counter() - started < 4
    assert status == 3
    assert len(report["incomplete"]) == 1
    reason = f"4 images of {registry.host} not looked up, since it failed for another one"
    assert [cut["reason"] for cut in report["limited"]] == [reason]


def test_hostile_names_are_not_asked_for(faulty: Callable[..., FaultyRegistry], scan: Scan) -> None:
    registry = faulty(head)
    secret = password(9)
    text = f"ARG DEPLOY_TOKEN={secret}\nFROM {registry.host}/shop/app:$DEPLOY_TOKEN\n"
    text += f"FROM {registry.host}/../v2/x:1\nFROM {registry.host}/a?b=c:1\nFROM http://{registry.host}/a\n"
    text += f"FROM user:pw@{registry.host}/a\nFROM {'a' * 5000}/b\n"
    status, report = scan(text, "--resolve", registry.host, "--resolve", "docker.io", "--unsafe-fixes")
    assert registry.asked == []
    assert status == 3
    assert [hole["place"] for hole in report["incomplete"]] == [f"Dockerfile:{line}" for line in range(3, 8)]
    assert secret not in json.dumps(report)


def test_many_registries_are_counted(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITED", 2)
    text = "".join(f"FROM r{number}.example.org/a\n" for number in range(5))
    _, report = scan(text, "--resolve", "example.org")
    told = [(cut["place"], cut["reason"].split(",")[0]) for cut in report["limited"]]
    assert told == [
        ("Dockerfile:1", "1 image of r0.example.org"),
        ("Dockerfile:2", "1 image of r1.example.org"),
        ("Dockerfile:3", "3 images of still more registries"),
    ]


ONCE = "ARG BASE={words}\nFROM $BASE\n"


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (ONCE, "ARG BASE={words}@{digest}\nFROM $BASE\n"),
        ("ARG A=b BASE='{words}' C\nFROM ${{BASE}} AS x\n", "ARG A=b BASE='{words}@{digest}' C\nFROM ${{BASE}} AS x\n"),
        ('FROM "{words}"\n', 'FROM "{words}@{digest}"\n'),
        ("from {words} as x\n", "from {words}@{digest} as x\n"),
        ("FROM {words}", "FROM {words}@{digest}"),
        (ONCE + "FROM $BASE\n", ""),
        (ONCE + "FROM ${{BASE}}-slim\n", ""),
        ("ARG BASE={words}\nARG OTHER=$BASE\nFROM $BASE\n", ""),
        ("ARG BASE={words}\nARG BASE={words}\nFROM $BASE\n", ""),
        ("FROM ${{BASE:-{words}}}\n", ""),
        ("ARG V=1\nARG BASE={host}/shop/app:$V\nFROM $BASE\n", ""),
        ("ARG V=1\nFROM {host}/shop/app:$V\n", ""),
        ("FROM {host}/shop/\\\napp:1\n", ""),
    ],
)
def test_where_the_digest_goes(faulty: Callable[..., FaultyRegistry], scan: Scan, text: str, fixed: str) -> None:
    registry = faulty(head)
    registry.manifests["1-slim"] = registry.manifests["1"]
    names = {"words": registry.words, "host": registry.host, "digest": sha256(registry.manifests["1"])}
    text, fixed = text.format(**names), fixed.format(**names)
    _, report = scan(text, "--resolve", registry.host, "--unsafe-fixes")
    assert report["incomplete"] == report["limited"] == []
    assert Path("Dockerfile").read_text(encoding="utf-8") == (fixed or text)
    assert not fixed or report["findings"] == []


@pytest.mark.parametrize("word", ["Dockerfile", "https://example.org", "app", "docker.io/library", "."])
def test_what_is_no_registry(word: str) -> None:
    Path("Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    with pytest.raises(UsageError, match="name a registry, as HOST"):
        cli.run(["scan", "--no-config", "--resolve", word])


@pytest.mark.parametrize("options", [[], ["--resolve", "example.org"]])
def test_nothing_is_loaded_for_it_unless_a_registry_is_asked(repository: Path, options: list[str]) -> None:
    Path("Dockerfile").write_text("FROM debian:12\n", encoding="utf-8")
    code = (
        "import sys\nfrom imagelint import cli\n"
        f"cli.run(['scan', '--no-config', '--no-progress', *{options}, 'Dockerfile'])\n"
        "print([n for n in ('httpx', 'imagelint.resolve', 'imagelint.dockerfile.registry') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(repository)}
    )
    loaded = ["imagelint.resolve", "imagelint.dockerfile.registry"] if options else []
    assert done.stdout.splitlines()[-1] == str(loaded)
