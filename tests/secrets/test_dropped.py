"""--explain-dropped: what is turned away is counted once, by the filter that says so, wherever it lies."""

from __future__ import annotations

import ast
import base64
import gzip
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.shapes import expand
from imagelint.secrets.dropped import MEANINGS, MOST_PLACES, PUBLISHED
from imagelint.secrets.second_opinion import HEURISTICS
from tests import nested
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password, rsa_key
from tests.program import imagelint

ROOT = Path(__file__).parent.parent.parent
GOOD = password(71)
KEY, CALLED = "pass" + "word", "tok" + "en"
"""Names that promise a secret; a pair with a value stands in no file of the repository."""
FIRST, *_, LAST = rsa_key(72).strip().split("\n")
UUID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
EXAMPLES: dict[str, tuple[str, str]] = {
    "binary": ("app/a.py", f'{KEY} = "a1\x02\x03b2c3d4x"'),
    "checksum": ("app/a.txt", "gh" + "p_" + "a1B2" * 9),
    "ciphers": ("app/a.ini", f'{KEY} = "ECDHE:AES_128:!NULL"'),
    "code": ("app/a.ini", f"{KEY} = get_it(now)"),
    "comparison": ("app/a.sh", f'if [ "${KEY}" = "{GOOD}" ]; then'),
    "encrypted": ("root/.m2/settings.xml", f"<s><server><{KEY}>{{a1b2c3d4e5=}}</{KEY}></server></s>"),
    "entropy": ("app/a.txt", "ably_api_key=" + "a" * 6 + "." + "b" * 6 + ":" + "ab" * 21 + "a"),
    "example": ("usr/share/doc/x/README.md", f'For example, write {KEY} = "{GOOD}" there.'),
    "hash": ("app/a.yml", f"{KEY}: $2y$10$" + "a1b2c3d4e5f6g7h8i9j0k1" + "$x"),
    "identifier": ("app/a.py", f'{CALLED} = "V2SecretProjection"'),
    "indirect-reference": ("app/a.ini", f"{KEY} = {GOOD}; a=b(c)"),
    "known-example": ("app/a.txt", "AK" + "IA" + "IOSFODNN7EXAMPLE"),
    "list": ("app/a.py", f'FIELDS = ["{KEY}", "{GOOD}"]'),
    "lock-file": ("app/package-lock.json", f'{{"{KEY}": "{GOOD}"}}'),
    "name": ("etc/ipsec.secrets", f': XAUTH somebody "{GOOD}"'),
    "no-key": ("app/a.pem", f"{FIRST}\n{'A' * 64}\n{LAST}"),
    "no-value": ("app/a.yml", f"{KEY}: string"),
    "not-alphanumeric-string": ("app/.env", f"API_{CALLED.upper()}=!@^&*+=:"),
    "number": ("app/a.yml", f"{CALLED}: 4711"),
    "path": ("app/.env", f"{KEY.upper()}=/run/secrets/pw"),
    "pattern": ("app/a.py", f'{CALLED} = "[0-9a-f]{{32}}x"'),
    "placeholder": ("app/a.yml", f"{KEY}: changeme"),
    "prose": ("app/notes.md", f"ENV DB_{KEY.upper()} {GOOD}"),
    "public": ("app/a.yml", "api_key: pk_" + "live_a1B2c3D4e5F6"),
    "reference": ("app/a.yml", f"{KEY}: ${{DB}}"),
    "repeated": ("app/.env", f"API_{CALLED.upper()}=zzzzzzzz"),
    "says-its-name": ("app/a.yml", "api_key: db_api_key"),
    "sentence": ("app/a.yml", f'{KEY}: "The one of the mailbox"'),
    "sequential-string": ("app/.env", f"API_{CALLED.upper()}=ghijklmnop"),
    "templated-secret": ("app/.env", f"API_{CALLED.upper()}={{a-b1-c2-d3}}"),
    "test-report": ("app/a.out", "--- PASS: TestIt9x7"),
    "text": ("app/a.py", f'{KEY} = "' + "a1;b2#c3" * 20 + '"'),
    "time": ("app/a.yml", f'{CALLED}: "2024-01-01T00:00:00Z"'),
    "type-name": ("app/a.cc", f'"ns::{CALLED}": x{GOOD}'),
    "unquoted": ("app/a.py", f"{KEY} = {GOOD}"),
    "url": ("app/.env", f"{CALLED.upper()}=https://example.org/x"),
    "uuid": ("app/a.yml", f'{CALLED}: "{UUID}"'),
    "variety": ("app/a.py", f'{CALLED} = "a1b2c3d4"'),
    "word": ("app/a.yml", f"{CALLED}: refresh"),
}  # fmt: skip


def command(*words: str) -> subprocess.CompletedProcess[str]:
    program = [*imagelint(), "scan", "--no-config", "--no-progress", *words]
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)


def scan(*words: str | Path) -> dict[str, Any]:
    done = command("--explain-dropped", "--format", "json", *map(str, words))
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (report["incomplete"], report["limited"]) == ([], [])
    return report


def places(report: Mapping[str, Any]) -> Iterator[tuple[str, str, int, int]]:
    for why, there in report["dropped_places"].items():
        yield from ((why, place["path"], place.get("line", 0), place.get("layer", -1)) for place in there)


def named_in_the_code() -> set[str]:
    """Every text that becomes Candidate.dropped: what functions return that say why, and what is put there."""
    found: set[str] = set()

    def texts(node: ast.AST | None) -> None:
        # what is compared with is no name
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.IfExp):
            texts(node.body)
            texts(node.orelse)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                texts(value)
        elif isinstance(node, ast.Tuple):
            for element in node.elts:
                texts(element)

    for path in (ROOT / "imagelint").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.lstrip("_").startswith(("why_", "ask")):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return):
                        texts(inner.value)
            elif isinstance(node, ast.Assign):
                target = node.targets[0]
                if (getattr(target, "attr", None) or getattr(target, "id", None)) == "dropped":
                    texts(node.value)
            elif isinstance(node, ast.keyword) and node.arg == "dropped":
                texts(node.value)
    return found - {""}


def test_each_name_has_a_text_and_no_other() -> None:
    named = named_in_the_code() | set(HEURISTICS) | {PUBLISHED}
    assert named == set(MEANINGS)
    assert list(MEANINGS) == sorted(MEANINGS)
    assert all(text and text[0].islower() and not text.endswith(".") for text in MEANINGS.values())


def test_every_filter_turns_something_away_in_a_layer(tmp_path: Path) -> None:
    """Each at its place and counted once; what is good beside is reported."""
    entries = [
        {"path": f"{number}/{path}", "content": f"first line\n{text}\n" if why not in ("encrypted",) else text}
        for number, (why, (path, text)) in enumerate(EXAMPLES.items())
    ]
    report = scan(docker_archive(tmp_path / "image.tar", Recipe([entries], {"User": "app"})))
    wanted = {
        (why, f"{number}/{path}", 1 if why == "encrypted" else 2, 0)
        for number, (why, (path, _)) in enumerate(EXAMPLES.items())
    }
    assert set(places(report)) == wanted
    assert report["dropped"] == dict.fromkeys(EXAMPLES, 1)
    assert [found["rule"] for found in report["findings"]] == ["ipsec-secret"]  # its name was turned away
    assert set(EXAMPLES) | {PUBLISHED} == set(MEANINGS)


DROPPED = f"{KEY}: changeme\n"


def test_layers_in_processes_and_threads_bring_theirs_home(tmp_path: Path) -> None:
    """The same from one process, from threads and from forked workers, and per layer."""
    filler = [
        {"path": f"f{n}", "content": bytes((n * k * k >> 3) & 255 for k in range(1 << 16)) * 40} for n in (3, 5, 7)
    ]
    layers: list[list[dict[str, Any]]] = [[{"path": f"srv/{n}.yml", "content": DROPPED * (n + 1)}] for n in range(3)]
    small = docker_archive(tmp_path / "small.tar", Recipe(layers, {"User": "app"}), layout="25")
    mixed = [[*layer, more] for layer, more in zip(layers, filler, strict=True)]
    large = docker_archive(tmp_path / "large.tar", Recipe(mixed, {"User": "app"}), layout="25")
    wanted = [("placeholder", f"srv/{n}.yml", line + 1, n) for n in range(3) for line in range(n + 1)]
    for image in (small, large):
        for jobs in ("1", "2"):
            report = scan("--jobs", jobs, image)
            assert report["dropped"] == {"placeholder": 6}
            assert list(places(report)) == wanted


def test_a_layer_that_images_share_is_counted_once(tmp_path: Path) -> None:
    layer = [{"path": "a.yml", "content": DROPPED}]
    recipes = [Recipe([layer, [{"path": f"b{n}", "content": "x"}]], {"User": "app"}, tags=[f"a:{n}"]) for n in (1, 2)]
    report = scan(docker_archive(tmp_path / "image.tar", *recipes, layout="25"))
    assert (report["stats"]["images"], report["stats"]["layers_read"]) == (2, 3)
    assert report["dropped"] == {"placeholder": 1}


def test_configuration_and_attestations(tmp_path: Path) -> None:
    config = {"User": "app", "Env": [f"DB_{KEY.upper()}=/run/secrets/x"], "Labels": {f"app.{CALLED}": "true"}}
    image = docker_archive(tmp_path / "image.tar", Recipe([[{"path": "a", "content": "x"}]], config, ["RUN make"]))
    report = scan(image)
    assert report["dropped"] == {"no-value": 1, "path": 1}
    assert {path for _, path, _, _ in places(report)} == {f"ENV DB_{KEY.upper()}", f"LABEL app.{CALLED}"}


def test_inside_of_archives_and_of_base64(tmp_path: Path) -> None:
    inner = nested.zipped({"x/a.yml": DROPPED.encode()})
    encoded = base64.b64encode(f"# a text\n{DROPPED}".encode()).decode()
    entries: list[dict[str, Any]] = [
        {"path": "a.zip", "content": nested.zipped({"b.zip": inner})},
        {"path": "c.gz", "content": gzip.compress(DROPPED.encode())},
        {"path": "d.yml", "content": f"\n\ndata: {encoded}\n"},
    ]
    report = scan(oci_layout(tmp_path / "image", Recipe([entries], {"User": "app"})))
    assert set(places(report)) == {
        ("placeholder", "a.zip!b.zip!x/a.yml", 1, 0),
        ("placeholder", "c.gz!c", 1, 0),
        ("placeholder", "d.yml", 3, 0),
    }


@pytest.mark.parametrize("ahead", [0, 1, 100, 4096, 16384, 32768, 40000])
def test_windows_overlap_and_candidates_are_counted_once(tmp_path: Path, ahead: int) -> None:
    """Assignments around the end of a window (2 MiB), among them some that several hits lead to."""
    text = f'secret {KEY}: "changeme" \n{KEY}: "{{{{ x }}}}" \n'
    content = b"\n" * ((2 << 20) - 512 - ahead) + text.encode() * 40
    report = scan(docker_archive(tmp_path / "i.tar", Recipe([[{"path": "a.yml", "content": content}]], {"User": "a"})))
    assert report["dropped"] == {"placeholder": 40, "reference": 40}


def test_dockerfiles_one_and_many(tmp_path: Path) -> None:
    """In one process and in workers; a value in pieces is one candidate."""
    text = f"FROM a@sha256:{'0' * 64}\nENV {KEY.upper()}=$X \\\n  API_KEY=your-\\\nkey\nUSER a\n"
    for count in (1, 150):
        folder = tmp_path / str(count)
        for number in range(count):
            (folder / str(number)).mkdir(parents=True)
            (folder / str(number) / "Dockerfile").write_text(text)
        report = scan(folder)
        assert report["stats"]["dockerfiles"] == count
        assert report["dropped"] == {"placeholder": count, "reference": count}
        told = Counter((why, line) for why, _, line, _ in places(report))
        assert told == dict.fromkeys((("reference", 2), ("placeholder", 3)), min(count, MOST_PLACES))


def test_a_value_in_pieces_that_is_reported_was_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM a\nENV DB_{KEY.upper()}="ab"{GOOD}\nUSER a\n')
    report = scan(tmp_path)
    assert "secret-in-assignment" in {found["rule"] for found in report["findings"]}
    assert report["dropped"] == {}


def test_what_packages_brought_is_named(tmp_path: Path) -> None:
    from hashlib import md5

    secret = f"{KEY} = '{GOOD}'\n"
    sums = f"{md5(secret.encode()).hexdigest()}  usr/share/tiny.conf\n"  # noqa: S324 - as dpkg has it
    status = "Package: tiny\nStatus: install ok installed\nVersion: 1\n\n"
    entries = [
        {"path": "usr/share/tiny.conf", "content": secret},
        {"path": "var/lib/dpkg/status", "content": status},
        {"path": "var/lib/dpkg/info/tiny.md5sums", "content": sums},
    ]
    image = docker_archive(tmp_path / "image.tar", Recipe([entries], {"User": "app"}))
    report = scan(image)
    assert list(places(report)) == [(PUBLISHED, "usr/share/tiny.conf", 1, 0)]
    assert scan("--show-published", image)["dropped"] == {}


def test_the_report_is_the_same_but_for_the_counts(tmp_path: Path) -> None:
    """Asking why changes nothing of what is found, and without the flag nothing is said."""
    entries = [{"path": f"{n}/{path}", "content": text} for n, (path, text) in enumerate(EXAMPLES.values())]
    entries += [{"path": f"x{n}.env", "content": f"DB_{KEY.upper()}={password(n)}\n"} for n in range(3)]
    image = docker_archive(tmp_path / "image.tar", Recipe([entries], {"User": "app"}))
    asked = scan(image)
    silent = json.loads(command("--format", "json", str(image)).stdout)
    assert Counter(f["rule"] for f in silent["findings"]) == {"secret-in-assignment": 3, "ipsec-secret": 1}
    assert asked.keys() - silent.keys() == {"dropped", "dropped_places"}
    assert asked["findings"] == silent["findings"]


def test_each_format_tells_where_it_can(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM a@sha256:{'0' * 64}\nENV {CALLED.upper()}=$X {KEY}=/a/b\nUSER a\n")
    table = "turned away (2), by filter:\n  path       1  the path of a file\n  reference  1  a variable, "
    for words, where in (([], "stdout"), (["--quiet"], "stdout"), (["--format", "sarif"], "stderr")):
        done = command("--explain-dropped", *words, str(tmp_path))
        assert table in getattr(done, where)
        assert table not in (done.stdout if where == "stderr" else done.stderr)
    both = command("--explain-dropped", "--format", "sarif", "--output", f"json={tmp_path / 'x.json'}", str(tmp_path))
    assert both.stderr == ""
    assert json.loads((tmp_path / "x.json").read_text())["dropped"] == {"path": 1, "reference": 1}
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    assert "nothing that looked like a secret was turned away" in command("--explain-dropped", str(tmp_path)).stdout


def test_no_value_is_shown(tmp_path: Path) -> None:
    """Not of what was turned away, and not of a token in a path."""
    token = expand("ghp_{base62:30}{crc32:github}", "path")
    value = f"your-{GOOD}"
    entries = [{"path": f"{token}/a.yml", "content": f"{KEY}: {value}\n"}]
    image = docker_archive(tmp_path / "image.tar", Recipe([entries], {"User": "app"}))
    for words in ([], ["--format", "json"], ["--format", "sarif"]):
        done = command("--explain-dropped", *words, str(image))
        assert "placeholder" in done.stdout + done.stderr
        for text in (value, GOOD, token[8:]):
            assert text not in done.stdout + done.stderr
