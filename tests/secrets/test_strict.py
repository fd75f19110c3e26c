"""What the strict profile finds in configuration, and that the default one neither finds nor asks it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imagelint.engine.rule import Rule
from imagelint.image.layer import read_layer
from imagelint.secrets import strict
from imagelint.secrets.confirm import ENTROPY, FORMAT, KEYWORD, STRICT, Detector
from imagelint.secrets.plugins import Plugins
from imagelint.stream import limits
from tests.image.test_layer import layer
from tests.imagemaker import layer_tar
from tests.secrets.samples import examples, generated, reported

HEX = f"{0x3F9A0C5D7BE12846:x}" * 2
VALUE = generated(11, 12)
Place = tuple[str, int, int, str]


@pytest.fixture(scope="module")
def asked(rules: list[Rule]) -> Detector:
    return Detector(rules, strict=True)


def in_layer(detector: Detector, path: str, text: str | bytes) -> tuple[list[Place], list[str]]:
    """(rule, line, column, value) of what a layer with this file is reported for, and what was cut."""
    result = read_layer(layer(layer_tar([{"path": path, "content": text}])), detector)
    found = [(f.candidate.rule, f.line, f.column, f.candidate.value) for f in result.found]
    return found, [reason for _, reason in result.limited]


def test_the_rules_of_the_profile(rules: list[Rule]) -> None:
    assert {rule.id for rule in rules if rule.profile == "strict"} == STRICT == set(strict.RULES.values())
    assert {type(plugin).__name__ for plugin in Plugins(strict.RULES).each} == set(strict.RULES)


def test_examples_by_text_and_in_a_layer(rules: list[Rule], asked: Detector, detector: Detector) -> None:
    for rule in (rule for rule in rules if rule.profile == "strict"):
        for sort in ("bad", "good"):
            for text, path in examples(rule, sort):
                ahead = "; grün\n" + text if path.endswith((".conf", ".ini")) else text
                direct = [(c.rule, c.line, c.column, c.value) for c in reported(asked, ahead, path)]
                assert (rule.id in {place[0] for place in direct}) == (sort == "bad")
                found, cut = in_layer(asked, path, ahead)
                assert found == direct
                assert cut == []
                assert not STRICT & {place[0] for place in in_layer(detector, path, ahead)[0]}


def test_our_own_rules_win(asked: Detector) -> None:
    token, word = "AK" + "IA" + "Q3EGRZ7N" * 2, "pass" + "word"
    text = f'[x]\nkey_id = "{token}"\n{word} = "{VALUE}"\n{word} = "changeme"\n'
    text += f'db_key = "{VALUE}q"\nseed = "{HEX}"\n'
    rules = [(place[0], place[1]) for place in in_layer(asked, "etc/app/a.ini", text)[0]]
    assert rules == [("aws-access-key-id", 2), ("secret-in-assignment", 3), (KEYWORD, 5), (ENTROPY, 6)]


@pytest.mark.parametrize("name", ["sha256", "digest", "public_key", "commit", "Fingerprint"])
def test_what_is_for_everyone(asked: Detector, name: str) -> None:
    (candidate,) = asked.text(f'[x]\n{name} = "{HEX}"\n', "etc/app/a.ini")
    assert (candidate.rule, candidate.dropped) == (ENTROPY, "public")


@pytest.mark.parametrize(
    "path", ["srv/a.py", "srv/a.c", "usr/share/doc/a.ini", "srv/a.ini.example", "srv/package-lock.json", "srv/a.md"]
)
def test_only_configuration(asked: Detector, path: str) -> None:
    assert in_layer(asked, path, f'[x]\n"seed" = "{HEX}"\n') == ([], [])


def test_variables_and_dockerfiles(asked: Detector) -> None:
    assert [(c.rule, c.dropped) for c in asked.text(HEX, name="SEED")] == [(ENTROPY, "")]
    assert [c.rule for c in reported(asked, HEX)] == []
    found = reported(asked, f'FROM debian:12\nENV SEED="{HEX}"\n', "Dockerfile")
    assert [(c.rule, c.line, c.column, c.value) for c in found] == [(ENTROPY, 2, 11, HEX)]


def test_values_that_yaml_joins_or_decodes(asked: Detector) -> None:
    text = f'x:\n  seed: "{HEX[:16]}\\\n    {HEX[16:]}"\n  other: "\\x61{HEX[:31]}"\n'
    found, _ = in_layer(asked, "srv/a.yml", text)
    assert found == [(ENTROPY, 2, 1, HEX), (ENTROPY, 4, 1, "a" + HEX[:31])]


def test_text_in_another_encoding(asked: Detector) -> None:
    text = f'; gr\u00fcn\n[x]\nseed = "{HEX}"\n'
    expected = [(ENTROPY, 3, 9, HEX)]
    assert in_layer(asked, "etc/app/a.ini", text) == (expected, [])
    assert in_layer(asked, "etc/app/a.ini", text.encode("latin-1")) == (expected, [])
    assert in_layer(asked, "etc/app/a.ini", b"\xff\0" + text.encode("latin-1")) == ([], [])


def test_what_is_cut_is_told(asked: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'[x]\nseed = "{HEX}"\n'
    assert in_layer(asked, "etc/a.ini", text)[0]
    monkeypatch.setattr(limits, "KEPT_FILE", 20)
    found, cut = in_layer(asked, "etc/a.ini", text)
    assert found == []
    assert cut == ["configuration that is too large for detect-secrets; patterns alone were searched in it"]
    monkeypatch.setattr(limits, "KEPT_FILE", 2000)
    monkeypatch.setattr(limits, "PLUGIN_WORK", 10)
    found, cut = in_layer(asked, "etc/a.ini", text)
    assert found == []
    assert len(cut) == 1
    assert "too much configuration" in cut[0]


def test_formats(asked: Detector) -> None:
    value = "AP" + "5" + generated(7, 20)
    found, _ = in_layer(asked, "srv/deploy.yml", f"deploy:\n  repository: {value}\n")
    assert found == [(FORMAT, 2, 15, value)]


def test_the_default_profile_imports_nothing_of_it(repository: Path) -> None:
    code = (
        "import sys; from imagelint.engine.rule import read_rules; from imagelint.secrets.confirm import Detector; "
        "from imagelint.image import lint, layer; "
        "Detector(read_rules('rules/secrets', thorough=False)).patterns.prepare(); "
        "names = ('detect_secrets', 'imagelint.secrets.strict', 'imagelint.secrets.plugins'); "
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository)
    assert done.stdout == "[]\n"
