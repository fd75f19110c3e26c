"""What may never happen: a target that writes to the screen, beside itself, over the network, or weakens its scan."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import load
from imagelint.engine.shapes import expand
from imagelint.secrets.prefilter import Patterns
from tests.daemons import Daemon
from tests.faulty_registry import FaultyRegistry
from tests.imagemaker import Recipe, archive, docker_archive, layer_tar
from tests.material import password, rsa_key
from tests.program import imagelint, running

KEY = rsa_key(5)
NAMES = [
    "new\nline",
    "cr\rreturn",
    "\x1b[31mred\x1b]0;title\x07\x9b1m",
    "\u202egnp.exe\u2066\u200b",
    "[link](http://x.example.net)",
    "<script>alert(1)</script>",
    "::error::x",
    "##[error]x ##vso[task.x]",
    "%0A::set-output name=a::b",
    "x" * 5000,
    "\udcff\udcfe",
    "a b'c\"d`$(id)",
    "tab\there\x00nul\x7f",
    "C:\\x",
]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+")


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*imagelint(), *words],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, **environment},
    )


def hostile(folder: Path) -> list[str]:
    """Dockerfiles and an image whose every name and text is hostile."""
    recipes = []
    for number, name in enumerate(NAMES):
        part = name.replace("\0", "").replace("/", "_")[:200]
        path = folder / part / f"{part[:100]}.dockerfile"
        path.parent.mkdir()
        text = f"FROM x/{name} AS {name}\nLABEL a={name}\nRUN sudo {name}\nWORKDIR {name}\n# {name}\n"
        text += f"ENV SECRET={name}A9z\n"
        path.write_bytes(f"{text}{name} is unknown\nCMD ['{name}\n".encode("utf-8", "surrogateescape"))
        text = name.encode("utf-8", "replace").decode()
        recipes.append(
            Recipe(
                layers=[[{"path": f"{number}{name}/key.pem", "content": KEY}, {"path": name[:90], "mode": 0o4755}]],
                config={
                    "User": "",
                    "Env": [f"{text}=1", f"DB_PASSWORD=Zx9{text[:60]}", f"PATH=.:{text}"],
                    "Labels": {text: text},
                    "Volumes": {f"/{text}/docker.sock": {}},
                    "ExposedPorts": {"22/tcp": {}},
                },
                history=[{"created_by": f"RUN {text}", "comment": text}],
                tags=[f"x:{text}"],
            )
        )
    return [str(folder), str(docker_archive(folder / "image.tar", *recipes, layout="25"))]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in strings(part)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_one_hostile_name_in_every_place(tmp_path: Path) -> None:
    words = hostile(tmp_path)
    words += [*(f"{tmp_path}/none{name}".replace("\0", "") for name in NAMES[:9]), *(f"oci:{n}" for n in NAMES[:9])]
    command = ["scan", "--no-config", "--profile", "strict", *words]
    for screen in ({"NO_COLOR": "1", "COLUMNS": "50"}, {"FORCE_COLOR": "1", "COLUMNS": "200"}):
        done = run(tmp_path, *command, **screen)
        assert done.returncode == 3
        assert done.stderr == b""
        text = re.sub("\x1b\\[[0-9;]*m", "", done.stdout.decode("utf-8")) if "FORCE_COLOR" in screen else ""
        text = text or done.stdout.decode("utf-8")
        assert not CONTROL.search(text)
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
        assert "##[" not in text
        assert "##vso[" not in text
        assert "\\x1b[31mred" in text
    report = json.loads(run(tmp_path, *command, "--format", "json").stdout.decode("ascii"))
    assert len(report["findings"]) > 10 * len(NAMES)
    page = run(tmp_path, *command, "--format", "html").stdout.decode("ascii")
    assert not CONTROL.search(page)
    assert (page.count("<script"), page.count("alert(1)&lt;/script&gt;") > 10) == (1, True)
    log = json.loads(run(tmp_path, *command, "--format", "sarif").stdout.decode("utf-8"))
    (result,) = log["runs"]
    assert len(result["results"]) == len(report["findings"])
    uris = [artifact["location"]["uri"] for artifact in result["artifacts"]]
    assert any("new%0Aline" in uri for uri in uris)
    assert any("%FF%FE" in uri for uri in uris)
    for uri in uris:
        assert URI.fullmatch(uri), uri
        assert ":" not in uri.split("/")[0]
        assert ".." not in uri.split("/")
    texts = [result_["message"]["text"] for result_ in result["results"]]
    assert not [text for text in texts if CONTROL.search(text) or "[link](" in text or "\n" in text]
    assert not [text for text in strings(log) if re.search("[\ud800-\udfff]", text)]


def test_errors_on_standard_error_are_harmless_too(tmp_path: Path) -> None:
    every = "".join(name for name in NAMES if len(name) < 100).replace("\0", "").replace("/", "")
    for word in (every, "::error::x", "\n::error::x"):
        for words in (
            ["extract", f"{tmp_path}/{word}", "0" * 10, "-o", "x"],
            ["scan", "--config", f"{word}.yaml"],
            ["scan", "--rules", word],
            ["scan", "--select", word],
            ["explain", word],
            [word],
        ):
            done = run(tmp_path, *words)
            assert done.returncode in (2, 3), words
            text = done.stderr.decode("utf-8")
            assert not CONTROL.search(text), words
            assert not [line for line in text.split("\n") if line.lstrip().startswith("::")], words
            assert "Traceback" not in text, words
            assert done.stdout == b""


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every path below a folder with its mode and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        found[str(path)] = (mode, path.read_bytes() if stat.S_ISREG(mode) else b"")
    return found


def escaping() -> Recipe:
    """An image whose entries lead everywhere but into it."""
    entries: list[dict[str, Any]] = [
        {"path": "../../outside", "content": KEY},
        {"path": "/absolute", "content": KEY},
        {"path": "up", "type": "symlink", "link": "../../.."},
        {"path": "up/through", "content": KEY},
        {"path": "root", "type": "symlink", "link": "/"},
        {"path": "root/tmp/through", "content": KEY},
        {"path": "disk", "type": "block"},
        {"path": "tty", "type": "char"},
        {"path": "pipe", "type": "fifo"},
        {"path": "hard", "type": "hardlink", "link": "../../../etc/passwd"},
        {"path": "link", "type": "symlink", "link": "/x/" + expand("glpat-{base62:20}", "link")},
    ]
    return Recipe([entries, [{"path": "../.wh.outside"}]])


AUDIT = """
import os, sys
home = sys.argv.pop(1)
WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
BAD = ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto", "subprocess.Popen", "os.system",
       "os.exec", "os.posix_spawn", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
       "os.chmod", "os.chown", "shutil.rmtree", "urllib.Request", "ftplib.connect", "http.client.connect",
       "pickle.find_class")
seen = []
def hook(event, words):
    if event in BAD:
        seen.append((event, str(words)))
    elif event == "open" and isinstance(words[2], int) and words[2] & WRITE:
        path = os.path.realpath(words[0]) if not isinstance(words[0], int) else ""
        if path and path != "/dev/null" and not path.startswith(home):
            seen.append((event, path))
sys.addaudithook(hook)
from imagelint.cli import main
try:
    main(sys.argv[1:])
finally:
    for event in seen:
        print("AUDIT", *event, file=sys.stderr)
"""


def audited(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run that finds in its cache what it would write there (test_cache.py)."""
    Patterns(load().rules).prepare()
    return subprocess.run(
        running(AUDIT, str(folder / "out"), *words),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")},
    )


def test_nothing_is_written_and_nobody_is_called(tmp_path: Path) -> None:
    for name in ("out", "home", "tmp", "in"):
        (tmp_path / name).mkdir()
    image = docker_archive(tmp_path / "in" / "image.tar", escaping(), layout="25")
    packed = docker_archive(tmp_path / "in" / "old.tar", escaping(), layout="old")
    (tmp_path / "in" / "Dockerfile").write_text(
        "# syntax=http://h.example.net/x\nFROM http.example.net/a\nADD http://127.0.0.1:9/x /x\n"
        f"ENV DB_PASSWORD={password(9)}\n"
    )
    evil = tmp_path / "in" / "evil.tar"
    evil.write_bytes(
        archive({"../../escape": b"x", "/tmp/escape": b"x", "manifest.json": "/etc/passwd", "index.json": b"{}"})
    )
    before = tree(tmp_path / "in"), tree(tmp_path / "home"), tree(tmp_path / "tmp")
    words = ["-o", "json=out/x.json", "-o", "sarif=out/x.sarif", "in", str(image), str(packed), str(evil)]
    done = audited(tmp_path, "scan", "--no-progress", *words, "registry:", "./app:latest", "dockerfile.app")
    assert done.returncode == 3
    assert "AUDIT" not in done.stderr, done.stderr
    assert (tree(tmp_path / "in"), tree(tmp_path / "home"), tree(tmp_path / "tmp")) == before
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"x.json", "x.sarif"}
    report = json.loads((tmp_path / "out" / "x.json").read_text())
    found = {place["path"] for finding in report["findings"] for place in (finding, *finding.get("places", []))}
    assert found >= {"outside", "absolute", "up/through", "root/tmp/through", "link", "in/Dockerfile"}


def test_a_registry_that_is_named_is_the_only_one_that_is_called(tmp_path: Path) -> None:
    """Nothing of an image is written, nor followed to where it points."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    registry = FaultyRegistry(tmp_path / "image", escaping())
    try:
        before = tree(tmp_path / "home"), tree(tmp_path / "tmp")
        done = audited(tmp_path, "scan", "--no-progress", f"registry:{registry.words}")
        assert done.returncode == 1, done.stdout
        calls = [line for line in done.stderr.splitlines() if line.startswith("AUDIT")]
        assert len(calls) >= 2
        assert [line for line in calls if "127.0.0.1" not in line or str(registry.port) not in line] == []
        assert (tree(tmp_path / "home"), tree(tmp_path / "tmp")) == before
    finally:
        registry.stop()


def test_a_word_alone_is_asked_of_the_daemons_of_this_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/p.sock")
    with Daemon(tmp_path / "d.sock", {"/json": (404, {"message": "no such image"})}):
        done = audited(tmp_path, "scan", "--no-progress", "src/app", "scr", "r.example.net/app")
    assert done.returncode == 3
    connected = {line for line in done.stderr.splitlines() if "socket.connect" in line or "getaddrinfo" in line}
    assert connected
    assert [line for line in connected if str(tmp_path) not in line] == []


def test_the_audit_would_see_it(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    done = audited(tmp_path, "scan", "--output", str(tmp_path / "home" / "x"), "none")
    assert "AUDIT open" in done.stderr


def test_extract_writes_one_new_file_of_a_regular_file(tmp_path: Path) -> None:
    image = docker_archive(tmp_path / "image.tar", escaping())
    report = json.loads(run(tmp_path, "scan", "--no-config", "--format", "json", str(image)).stdout)
    secrets = {finding["surface"]: finding for finding in report["findings"] if "secret" in finding}
    known = secrets["file"]["fingerprint"]
    assert run(tmp_path, "extract", str(image), known, "-o", "new").returncode == 0
    assert (tmp_path / "new").read_text() == KEY
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    (tmp_path / "mine").write_text("mine")
    os.symlink("mine", tmp_path / "link")
    os.symlink("nowhere", tmp_path / "dangling")
    before = tree(tmp_path)
    for output in ("mine", "link", "dangling", "new", "/dev/null", "none/x"):
        done = run(tmp_path, "extract", str(image), known, "-o", output)
        assert done.returncode == 2, output
        assert b"Traceback" not in done.stderr
    done = run(tmp_path, "extract", str(image), secrets["link"]["fingerprint"], "-o", "x")
    assert done.returncode == 2
    assert b"only regular files" in done.stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "setting",
    ["show-secrets", "rules", "output", "format", "config", "jobs", "insecure-registry", "resolve", "docker-host"],
)
def test_a_scanned_repository_does_not_weaken_its_scan(tmp_path: Path, setting: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM debian\nENV DB_PASSWORD={password(9)}\n")
    files = {
        ".imagelint.yaml": f"{setting}: [x]\n",
        "pyproject.toml": f'[tool.imagelint]\n{setting} = "x"\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        done = run(tmp_path, "scan")
        assert done.returncode == 2
        assert f"no such setting: '{setting}'".encode() in done.stderr
        (tmp_path / name).unlink()


def test_what_a_repository_quiets_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM debian\nENV DB_PASSWORD={password(9)}\n")
    (tmp_path / ".imagelint.yaml").write_text("ignore: [secret-in-assignment, base-untagged]\nfail-on: never\n")
    done = run(tmp_path, "scan", "--format", "json", "--fail-on", "warning")
    config = json.loads(done.stdout)["config"]
    assert config["file"] == ".imagelint.yaml"
    assert config["quieted"] >= 2
    assert b".imagelint.yaml" in run(tmp_path, "scan").stdout
    assert password(9).encode() not in done.stdout


def test_yaml_of_a_repository_makes_no_objects(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\n")
    for text in (
        "!!python/object/apply:os.system ['touch made']\n",
        "select: !!python/name:os.system ''\n",
        "[" * 9999,
    ):
        (tmp_path / ".imagelint.yaml").write_text(text)
        done = run(tmp_path, "scan")
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert not (tmp_path / "made").exists()


def test_the_layer_of_the_escaping_image_is_what_it_should_be() -> None:
    """The writer of these tests keeps hostile paths as they are."""
    tar = layer_tar(escaping().layers[0])  # type: ignore[arg-type]  # a list of entries here
    assert b"../../outside" in tar
    assert b"/absolute" in tar
