"""From scans of real images to a folder, an index and attached reports; no value is in any of them."""

from __future__ import annotations

import base64
import subprocess
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import pytest

from imagelint.commands import registry_report
from imagelint.errors import UsageError
from imagelint.image.labels import labels_of
from imagelint.image.request import Request
from imagelint.image.sources.registry import images
from imagelint.registry import results
from imagelint.registry.index import Placed
from imagelint.registry.narrowing import Asked
from imagelint.registry.questions import Questions
from imagelint.registry.results import Results
from imagelint.scan_options import Options
from imagelint.scanning import Scan
from tests import sarif_validate
from tests.imagemaker import Recipe, oci_layout
from tests.material import password, rsa_key
from tests.program import running
from tests.registries import Registry, TokenServer, docker_config
from tests.registry.test_attach import indexed
from tests.registry_fixtures import config, opened, programs
from tests.report.cases import rules
from tests.report.samples import T

__all__ = ["config", "opened", "programs"]

pytestmark = pytest.mark.engine

KEY = rsa_key(5)
WORDS = [password(number) for number in range(4)]
BASE = [{"path": "etc/ssl/base.pem", "content": KEY}]


def pushed(registry: Registry, folder: Path, number: int, name: str = "", **more: bool) -> str:
    """An image whose own secret lies in a file, its environment, a label and its history."""
    word = WORDS[number]
    layers = [BASE, [{"path": "srv/.env", "content": f"DB_PASSWORD={word}\n"}]]
    labels = {"team": ("payments", "search")[number % 2], "db.password": word, f"DB_PASSWORD={word}": "x"}
    recipe = Recipe(
        layers,
        {"Env": [f"DB_PASSWORD={word}"], "Labels": labels},
        history=["ADD rootfs.tar /", f"RUN echo DB_PASSWORD={word} > /srv/.env"],
        tags=("app:1",),
    )
    return registry.push(
        oci_layout(folder / f"image{number}{name.replace('/', '_')}", recipe),
        "1",
        f"{name or 'shop/app'}{number}:1",
        **more,
    )


def asked(*words: str) -> Namespace:
    parser = ArgumentParser()
    results.add_arguments(parser)
    return parser.parse_args(words)


def scan_into(words: str, into: Results) -> None:
    """What a scan of many images does with each."""
    one = Scan(Options(rules=rules(), caches=False))
    report = one.run([f"registry:{words}"])
    (image,) = images(words)
    into.take(report, report.images[0], Placed([T(words)], labels=labels_of(image.config, one.names), rules="r1"))


def spelt(value: str) -> list[bytes]:
    """A value as it might stand somewhere."""
    return [value.encode(), base64.b64encode(value.encode()), value[::-1].encode(), value.encode("utf-16-le")]


def test_three_images_to_three_places(opened: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, index = tmp_path / "out", tmp_path / "index.db"
    names = [pushed(opened, tmp_path, number) for number in range(3)]
    into = Results(
        asked("--output-dir", str(out), "--each", "sarif,html", "--index", str(index), "--attach"), rules(), Request()
    )
    for words in names:
        scan_into(words, into)
    into.close()
    assert (into.attached, into.unchanged, into.limited) == (3, 0, [])
    assert len(list(out.glob("*.sarif"))) == len(list(out.glob("*.html"))) == 3
    assert sarif_validate.errors(sorted(out.glob("*.sarif"))) == []
    assert [len(indexed(words)) for words in names] == [1, 1, 1]
    for file in (index, *out.iterdir()):
        data = file.read_bytes()
        for value in (*WORDS[:3], KEY.splitlines()[3], KEY.splitlines()[9]):
            assert not [one for one in spelt(value) if one in data], file
    with Questions(str(index)) as questions:
        told = questions.answer(Asked(), "label:team")
        keys = questions.answer(Asked(rule="pem-private-key"), "fingerprint")
    assert {group.name: group.images for group in told.groups["label:team"]} == {"payments": 2, "search": 1}
    assert [group.images for group in keys.groups["fingerprint"]] == [3]
    parser = ArgumentParser()
    registry_report.add_arguments(parser)
    page = str(out / "index.html")
    assert registry_report.report(parser.parse_args(["--index", str(index), "-f", "html", "-o", page])) == 0
    assert Path(page).read_text().count("Its own report") == 3
    assert registry_report.report(parser.parse_args(["--index", str(index), "--rule", "pem-private-key"])) == 0
    assert "3 images in 3 repositories, 3 of them with findings" in capsys.readouterr().out
    again = Results(asked("--attach"), rules(), Request())
    scan_into(names[0], again)
    again.close()
    assert (again.attached, again.unchanged) == (0, 1)


def test_refused_and_the_results_stay(tmp_path: Path, config: Path) -> None:
    """One clear line, the rest counted, and the repository is not asked again."""
    tokens = TokenServer(tmp_path / "tokens")
    index = tmp_path / "index.db"
    try:
        with tokens.registry(tmp_path / "guarded") as guarded:
            names = [pushed(guarded, tmp_path, 0, "public/app", login=True)]
            docker_config(config, guarded.host)
            tokens.allowed = ["pull"]
            into = Results(asked("--index", str(index), "--attach"), rules(), Request())
            for words in [*names, *names]:
                scan_into(words, into)
            into.close()
    finally:
        tokens.stop()
    first, second = into.limited
    assert first.reason.startswith(f"{guarded.host} does not let push to public/app0")
    assert second.reason == f"1 more report of {guarded.host}/public/app0 not attached, for the same reason"
    with Questions(str(index)) as questions:
        assert len(questions.answer(Asked()).images) == 1


def test_words_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --output-dir too"):
        Results(asked("--each", "sarif"), rules(), Request())
    shown = Namespace(**vars(asked("--index", str(tmp_path / "index.db"))), show_secrets=True)
    with pytest.raises(UsageError, match="--show-secrets"):
        Results(shown, rules(), Request())
    with pytest.raises(SystemExit):
        asked("--each", "sarif,pdf")


def test_labels_may_be_anything() -> None:
    names = Scan(Options(rules=rules(), caches=False)).names
    wrong: list[dict[str, Any]] = [{}, {"Labels": None}, {"Labels": []}, {"Labels": 7}, {"Labels": {"a": 1, "b": None}}]
    assert [labels_of(config, names) for config in wrong] == [{}] * 5
    masked = labels_of({"Labels": {"DB_PASSWORD": WORDS[0], "team": "search"}}, names)
    assert masked == {"DB_PASSWORD": "****", "team": "search"}


def typed(tmp_path: Path, *words: str) -> tuple[int, str, str]:
    """The command as its users type it."""
    command = running("import imagelint.cli; imagelint.cli.main()", "registry", "report", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], 2, "imagelint-index.db: there is no such index; `imagelint registry --index` makes one"),
        (["--index", "none.db"], 2, "none.db: there is no such index"),
        (["--index", "."], 2, "an index is a file, and this is none"),
        (["--index", "junk"], 3, "junk: the index is damaged, or no index at all: move it away"),
        (
            ["--index", "index.db", "--by", "team"],
            2,
            "--by 'team': there are base, repository, rule, fingerprint, layer",
        ),
        (["--index", "index.db", "--fingerprint", "zz"], 2, "--fingerprint 'zz': give a finding's fingerprint"),
        (["--index", "index.db", "--severity", "bad"], 2, "--severity: invalid choice: 'bad'"),
        (["--index", "index.db", "--format", "pdf"], 2, "invalid choice: 'pdf'"),
        (["--index", "index.db", "-o", "none/x"], 2, "there is no folder none to write it to"),
        (["--index", "index.db", "-o", "index.db"], 2, "--output is the index itself: name another file"),
        (["--index", "index.db", "-o", "/dev/full"], 2, "cannot be written: No space left on device"),
    ],
)
def test_bad_words_are_one_clear_line(tmp_path: Path, words: list[str], status: int, told: str) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 5000)
    from imagelint.registry.index import Index
    from tests.registry import fleet

    with Index(str(tmp_path / "index.db")) as index:
        list(fleet.fill(index, range(3)))
    code, out, errors = typed(tmp_path, *words)
    assert (code, out) == (status, "")
    assert told in errors
    assert errors.count("\n") == 1
    code, out, errors = typed(tmp_path, "--index", "index.db", "--by", "base")
    assert (code, errors) == (0, "")
    assert "3 images in 3 repositories" in out
