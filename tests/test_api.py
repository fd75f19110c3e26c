"""imagelint as a library: what the command line says, and nothing else done to the process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import traceback
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint import ImagelintError, Options, Report, UsageError, config, process, scan_options, targets
from imagelint.cli import _parser
from imagelint.engine.compiled import load, read_compiled, write_compiled
from imagelint.engine.shapes import expand
from imagelint.options import add_scan
from imagelint.report import json as json_report
from imagelint.report.interface import FORMATS
from tests import api_consumer
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

REPOSITORY = Path(__file__).parent.parent
TOKEN = expand("glpat-{base62:20}", "api")
PASSWORD = password(907)
KEY = rsa_key(908)
PLANTED = (TOKEN, PASSWORD, KEY.splitlines()[3])
COMMAND_LINE = {"targets", "format", "output", "no_progress", "quiet", "strict_coverage", "limit"}
"""What the command line takes and Options does not."""
MANY = 80
"""Dockerfiles, and bytes of layers below, for which the command line starts workers."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH in which imagelint stands as the wheel has it: with its rules compiled."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "imagelint" / "rules").mkdir(parents=True)
    for path in (REPOSITORY / "imagelint").iterdir():
        if path.name != "rules":
            (folder / "imagelint" / path.name).symlink_to(path)
    write_compiled(load().rules, folder / "imagelint" / "rules")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is scanned: Dockerfiles with a context, and an image whose layers are worth workers."""
    folder = tmp_path_factory.mktemp("targets")
    (folder / "Dockerfile").write_text(
        f"FROM node:16\nRUN sudo apt-get install curl\nENV DB_PASSWORD={PASSWORD}\nCOPY id_rsa /root/.ssh/\n"
    )
    (folder / "id_rsa").write_text(KEY)
    for number in range(MANY):
        (folder / f"{number}.dockerfile").write_text(f"FROM debian:{number}\nRUN echo {number} | tee /x && cd /y\n")
    noise = [{"path": "srv/noise", "content": os.urandom(3 << 20)}]
    layers: list[Any] = [
        [{"path": "srv/app.env", "content": f"TOKEN={TOKEN}\n"}],
        noise,
        [{"path": "srv/id_rsa", "content": KEY}],
    ]
    recipe = Recipe(layers=[*layers, noise], tags=["app:1"], config={"config": {"Env": [f"TOKEN={TOKEN}"]}})
    docker_archive(folder / "image.tar", recipe, layout="25")
    return folder


@pytest.fixture(autouse=True)
def somebody_elses(package: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is not the command line's here, its rules are those of the package, and its folder the targets'."""
    monkeypatch.setattr(process, "own", False)
    monkeypatch.setattr(
        scan_options,
        "load",
        lambda folders: load(folders) if folders else read_compiled(str(package / "imagelint" / "rules")),
    )
    monkeypatch.chdir(folder)


@pytest.fixture(scope="module")
def report(package: Path, folder: Path) -> Report:
    """Of everything, secrets masked."""
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setattr(process, "own", False)
        return imagelint.scan([".", "image.tar", "no-such-file"], Options(profile="strict"))


def run(package: Path, *words: str, **more: str) -> str:
    """Standard output of a fresh Python that has the package."""
    given = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1", **more}
    done = subprocess.run([sys.executable, *words], env=given, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def without_time(text: str) -> Any:
    told = json.loads(text)
    del told["stats"]["seconds"]
    return told


def test_what_the_command_line_says(report: Report, package: Path) -> None:
    words = ["-m", "imagelint", "scan", "--profile", "strict", "-f", "json", ".", "image.tar", "no-such-file"]
    told = without_time(run(package, *words))
    assert told == without_time(report.render("json"))
    assert len(told["findings"]) > MANY
    assert [finding["fingerprint"] for finding in told["findings"]] == [f.fingerprint for f in report.findings]
    assert [skip["place"] for skip in told["incomplete"]] == ["no-such-file"]


def test_several_scans_at_once(package: Path, folder: Path) -> None:
    told = json.loads(run(package, str(REPOSITORY / "tests" / "api_process.py"), "threads", str(folder)))
    assert len(json.loads(told["alone"])["findings"]) > MANY
    assert {*told["at once"]} == {told["alone"]}


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_nothing_of_the_process_is_changed(package: Path, folder: Path, tmp_path: Path) -> None:
    program = str(REPOSITORY / "tests" / "api_process.py")
    told = json.loads(run(package, program, "untouched", str(folder), TMPDIR=str(tmp_path)))
    before, after = told["before"], told["after"]
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    assert told["asked"] == []


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = imagelint.scan(["Dockerfile", "image.tar", "", "/nowhere", "docker:no-such-image"])
    for name in FORMATS:
        report.write(name, tmp_path / name)
        report.write(name, io.StringIO())
    assert len(report.incomplete) == 3
    assert capfd.readouterr() == ("", "")


def test_the_import_is_light(package: Path) -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\nimport imagelint\nimported = set(sys.modules) - before\n"
        "assert imagelint.__version__ and set(imagelint.__all__) <= set(dir(imagelint))\n"
        "print(sorted(imported))\nimagelint.Finding, imagelint.UsageError\nprint('imagelint.api' in sys.modules)\n"
        "for name in imagelint.__all__: getattr(imagelint, name)\n"
        "heavy = 'cel_expr_python detect_secrets docker httpx hyperscan jinja2 rich sarif_om tree_sitter yaml'\n"
        "print(sorted(set(heavy.split()) & set(sys.modules)))"
    )
    assert run(package, "-I", "-c", f"import sys; sys.path.insert(0, {str(package)!r})\n{code}").splitlines() == [
        "['imagelint']",
        "False",
        "[]",
    ]


def test_all_that_is_public_is_there_and_keeps_its_name() -> None:
    assert sorted(imagelint.__all__, key=str.lower) == sorted({*imagelint.__all__}, key=str.lower)
    for name in set(imagelint.__all__) - {"__version__"}:
        assert getattr(imagelint, name).__name__ == name
    assert callable(imagelint.scan)  # no module of this name may take its place
    with pytest.raises(AttributeError, match="module 'imagelint' has no attribute 'nonsense'"):
        imagelint.nonsense  # type: ignore[attr-defined]  # noqa: B018 - that is what is tested


def test_options_are_the_command_lines() -> None:
    parser = _parser("scan")
    add_scan(parser)
    asked = vars(parser.parse_args([]))
    assert {item.name for item in fields(Options)} == asked.keys() - COMMAND_LINE
    for name, value in vars(Options()).items():
        assert value == (tuple(asked[name]) if isinstance(asked[name], list) else asked[name] or type(value)()), name


def test_options_are_frozen_values() -> None:
    options = Options(select=["sudo"], rules=[Path("a")], context=Path("b"))
    assert (options.select, options.rules, options.context) == (("sudo",), ("a",), "b")
    assert hash(options) == hash(Options(select=("sudo",), rules=["a"], context="b"))
    assert replace(options, jobs=3).jobs == 3
    with pytest.raises(FrozenInstanceError):
        options.jobs = 3  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"profile": "loose"}, "profile: 'loose' is not one of default, strict"),
        ({"fail_on": "info"}, "fail_on: 'info' is not one of error, warning, note, never"),
        ({"status": ["gone"]}, "status: 'gone' is not one of present, deleted, overwritten, hidden"),
        ({"select": "sudo"}, "select: takes several words, as a list or a tuple, and not a str"),
        ({"baseline": Path("x")}, "baseline: takes several words, as a list or a tuple, and not a PosixPath"),
        ({"ignore": [1]}, "ignore: takes text, and not a int"),
        ({"own": 1}, "own: takes a value of type bool, and not a int"),
        ({"jobs": True}, "jobs: takes a value of type int, and not a bool"),
        ({"jobs": 0}, "jobs: 0 is not a number from 1 to 64"),
        ({"base": None}, "base: takes text, and not a NoneType"),
    ],
)
def test_wrong_options(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as error:
        Options(**given)
    assert str(error.value) == told


@pytest.mark.parametrize(
    "given",
    [
        {"select": ["no-such-rule"]},
        {"config": "no-such-file.yaml"},
        {"context": "no-such-folder"},
        {"baseline": ["no-such-file"]},
        {"rules": ["no-such-folder"]},
        {"dockerfile": "no-such-file"},
        {"filter": ["label=x"]},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_only_a_scan_can_tell(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"no-such|--filter"):
        imagelint.scan("Dockerfile", Options(**given))


@pytest.mark.parametrize("given", [b"Dockerfile", ["Dockerfile", 1]])
def test_wrong_targets(given: Any) -> None:
    with pytest.raises(UsageError, match="targets: takes text, and not a int"):
        imagelint.scan(given)


def test_options_of_another_class() -> None:
    with pytest.raises(UsageError, match=r"options: takes imagelint\.Options, and not a dict"):
        imagelint.scan("Dockerfile", {"jobs": 1})  # type: ignore[arg-type]  # that is what is tested


def test_targets_are_one_or_several_and_may_be_paths() -> None:
    for given in ("Dockerfile", Path("Dockerfile"), [Path("Dockerfile")], iter(["Dockerfile"])):
        report = imagelint.scan(given)
        assert report.targets == ["Dockerfile"]
        assert {finding.rule for finding in report.findings} >= {"secret-in-assignment"}
    nothing = imagelint.scan([])
    assert (nothing.targets, nothing.findings, nothing.exit_status()) == ([], [], 0)


def test_exit_status() -> None:
    def status(*names: str, fail_on: str = "", **more: Any) -> int:
        return imagelint.scan(names, Options(fail_on=fail_on, select=["sudo"], **more)).exit_status()

    assert imagelint.scan("1.dockerfile", Options(select=["sudo"])).exit_status() == 0
    assert status("Dockerfile") == 1
    assert status("Dockerfile", fail_on="never") == 0
    assert status("Dockerfile", "no-such-file") == 3
    assert status("no-such-file", fail_on="never") == 3


def test_a_typed_program() -> None:
    status, sarif, lines = api_consumer.main(["Dockerfile", Path("1.dockerfile")])
    assert status == 1
    assert [result["ruleId"] for result in json.loads(sarif)["runs"][0]["results"]] == ["sudo"]
    assert lines[0] == "sudo in a build"
    assert lines[1].startswith("Dockerfile:2:-1: ")
    assert "jobs: takes a value of type int" in api_consumer.wrong()


def test_reports_are_written_as_the_command_line_writes_them(report: Report, tmp_path: Path) -> None:
    for name in FORMATS:
        report.write(name, tmp_path / name)
        out = io.StringIO()
        report.write(name, out)
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert written == out.getvalue() == report.render(name)
        assert written.count("\n") > 2
    assert "\x1b[" in report.render("terminal", color=True)
    assert len(report.render("terminal", quiet=True)) < len(report.render("terminal"))


def test_a_report_that_cannot_be_written(report: Report, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no format 'xml'"):
        report.render("xml")
    with pytest.raises(UsageError, match="the output cannot be written: Is a directory"):
        report.write("json", tmp_path)
    closed = io.StringIO()
    closed.close()
    for out in (closed, io.BytesIO()):
        with pytest.raises((ValueError, TypeError)) as error:
            report.write("json", out)  # type: ignore[arg-type]  # that is what is tested
        assert not isinstance(error.value, ImagelintError)


def test_the_texts_of_rules(report: Report) -> None:
    assert report.rules.keys() == {finding.rule for finding in report.findings}
    assert all(text.title and text.help and text.remedy for text in report.rules.values())


def test_reports_go_from_process_to_process(report: Report) -> None:
    again = pickle.loads(pickle.dumps(report))  # noqa: S301 - made here
    assert (again, again.rules) == (report, report.rules)
    assert again.render("sarif") == report.render("sarif")


def planted(text: str | bytes) -> list[int]:
    """The numbers of the secrets in a text."""
    data = text.encode() if isinstance(text, str) else text
    return [number for number, value in enumerate(PLANTED) if value.encode() in data]


def reprs(value: Any) -> str:
    """The reprs of a value and of all that is in it."""
    inner = value if isinstance(value, (list, tuple)) else []
    names = () if isinstance(value, str) else getattr(value, "__slots__", ())
    parts = [*inner, *(getattr(value, name) for name in names if name != "value")]
    return "\n".join([repr(value), *map(reprs, parts)])


def test_no_secret_is_told(report: Report) -> None:
    assert len([finding for finding in report.findings if finding.secret]) >= len(PLANTED)
    assert planted(reprs(report)) == []
    assert planted(pickle.dumps(report)) == []
    for name in FORMATS:
        assert planted(report.render(name)) == []


def test_shown_secrets_stay_out_of_reprs() -> None:
    report = imagelint.scan(["Dockerfile", "image.tar"], Options(show_secrets=True))
    values = {finding.secret.value for finding in report.findings if finding.secret}
    assert values >= {TOKEN, PASSWORD}
    assert planted(report.render("terminal")) == [0, 1, 2]
    assert planted(reprs(report)) == []


def test_a_defect_of_ours_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(*_: object, **__: object) -> Any:
        raise ValueError(f"it was {TOKEN}")

    with monkeypatch.context() as patch:
        patch.setattr(targets, "_folder", boom)
        report = imagelint.scan([".", "Dockerfile"])
    assert [skip.reason.partition(" at ")[0] for skip in report.incomplete] == [
        "a defect of imagelint kept it from being read: ValueError"
    ]
    assert report.findings
    monkeypatch.setattr(config, "discover", boom)
    monkeypatch.setattr(json_report, "render", boom)
    for work in (lambda: imagelint.scan("Dockerfile"), lambda: report.render("json")):
        with pytest.raises(ImagelintError, match="a defect of imagelint") as error:
            work()
        assert planted("".join(traceback.format_exception(error.value))) == []
        assert error.value.__context__ is None
