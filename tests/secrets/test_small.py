"""Names, filters, identity, structured files, the prefilter: one small thing each."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.engine.compiled import load
from imagelint.engine.rule import Rule
from imagelint.secrets import filters, kinds
from imagelint.secrets.confirm import Detector
from imagelint.secrets.identity import fingerprint, grouping
from imagelint.secrets.names import is_password_name, is_secret_name, words_of
from imagelint.secrets.prefilter import LARGE_TEXT, MANY, Patterns
from imagelint.secrets.structured.hashes import empty_passwords
from tests.secrets.samples import SIGNS, examples, generated


@pytest.mark.parametrize(
    "name",
    "PASSWORD db_password dbPassword PGPASSWORD API_KEY apiKey x.api-key SECRET client_secret AWS_SECRET_ACCESS_KEY "
    "TOKEN GITHUB_TOKEN npm_config__authToken MYSQL_PWD requirepass private_key PASSPHRASE creds SMTP_PASS".split(),
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    "PASSWORD_FILE TOKEN_URL SECRET_NAME API_KEY_ID PUBLIC_KEY passwordLength TOKEN_EXPIRES password_hash max_tokens "
    "MONKEY KEYBOARD_LAYOUT compass bypass tokenizer SECRETARY no_password eos_token csrf_token KEY FOREIGN_KEY "
    "passenger".split(),
)
def test_names_that_tell_of_secrets(name: str) -> None:
    assert not is_secret_name(name)


def test_words() -> None:
    assert words_of("dbPassword_OLD-2") == ("db", "password", "old", "2")
    assert words_of("HTTPToken") == ("http", "token")
    assert is_password_name("PGPASSWORD")
    assert not is_password_name("API_KEY")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", kinds.CERTAIN),
        ("app.dockerfile", kinds.CERTAIN),
        ("srv/.env.production", kinds.CERTAIN),
        ("root/.npmrc", kinds.CERTAIN),
        ("", kinds.CONFIG),
        ("a/b.yml", kinds.CONFIG),
        ("etc/default/x", kinds.CONFIG),
        ("root/.bash_history", kinds.CONFIG),
        ("a/b.py", kinds.CODE),
        ("usr/bin/x", kinds.CODE),
        ("a/README.md", kinds.PROSE),
        ("usr/share/doc/x/config.yml", kinds.PROSE),
        ("a/config.yml.example", kinds.PROSE),
    ],
)
def test_kinds_of_files(path: str, kind: str) -> None:
    assert kinds.kind_of(path) == kind


def test_entropy() -> None:
    assert filters.entropy("") == 0.0
    assert filters.entropy("aaaa") == 0.0
    assert filters.entropy("abcd") == 2.0


def test_a_strong_value_is_known_by_itself_and_a_password_by_its_place() -> None:
    token = fingerprint("r", "value", True, "a", "n", 0)
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert token == fingerprint("r", "value", True, "elsewhere", "m", 7)
    assert token != fingerprint("s", "value", True, "a", "n", 0)
    place = fingerprint("r", "value", False, "a", "n", 0)
    assert place == fingerprint("r", "another", False, "a", "n", 0)
    others = [("s", "a", "n", 0), ("r", "b", "n", 0), ("r", "a", "m", 0), ("r", "a", "n", 1), ("r", "an", "", 0)]
    made = {fingerprint(rule, "v", False, path, name, ordinal) for rule, path, name, ordinal in others}
    assert len(made | {place, token}) == 7
    assert fingerprint("r", "\ud800", True, "\udcff", "", 0)


def test_grouping_is_the_same_within_a_run() -> None:
    assert grouping("a") == grouping("a") != grouping("b")
    assert len(grouping("a")) == 32


def test_empty_passwords() -> None:
    shadow = (
        b"root::19000:0:99999:7:::\nbin:*:1:0:9:7:::\n\nx:!:1:0:9:7:::\nshort::\n#c::1:0:9:7:::\ne\xff::1:0:9:7:::\r\n"
    )
    assert empty_passwords("etc/shadow", shadow) == ["root", "e\udcff"]
    assert empty_passwords("/etc/passwd", b"a::0:0::/:/bin/sh\nb:x:1:1::/:/bin/sh\n+::0:0:::\n") == ["a"]
    assert empty_passwords("etc/hosts", shadow) == []


def test_hyperscan_takes_every_pattern_and_hits_every_match(rules: list[Rule]) -> None:
    patterns = Patterns(rules)
    scanner = patterns.scanner()
    for number, rule in enumerate(patterns.rules):
        for text, _ in examples(rule, "bad") if rule.pattern else ():
            hits = [end for found, end in scanner.scan(text.encode()) if found == number]
            matches = [match for found, match in patterns.in_text(text) if found is rule]
            assert matches, rule.id
            for match in matches:
                assert any(match.start() < end <= match.end() for end in hits), rule.id


def test_a_hit_without_its_beginning_is_no_candidate(detector: Detector) -> None:
    number = next(n for n, rule in enumerate(detector.patterns.rules) if rule.id == "azure-devops-token")
    beginning, end = generated(7, 76), "AZ" + "DO" + "x9Qa"
    for text, found in ((beginning + end, True), (beginning[1:] + end, False), ("x" + beginning + end, False)):
        hits = [at for rule, at in detector.patterns.scanner().scan(text.encode()) if rule == number]
        assert len(hits) == 1
        assert bool(detector.confirm(number, text.encode(), hits[0], "x")) is found


def test_short_and_long_texts_find_the_same(detector: Detector) -> None:
    token = "AK" + "IA" + "Q3EGRZ7N" * 2
    text = f"id {token}\nDB_PASSWORD={SIGNS}\n"
    ahead = "lorem ipsum\n" * (LARGE_TEXT // 12 + 1)
    found = [(c.rule, c.value, c.column, c.dropped) for c in detector.text(text, "x.env")]
    assert len(found) == 2
    assert [(c.rule, c.value, c.column, c.dropped) for c in detector.text(ahead + text, "x.env")] == found


def test_scanners_of_threads_do_not_meet(detector: Detector) -> None:
    data = (("AK" + "IA" + "Q3EGRZ7N" * 2 + " ") * 500).encode()

    def count(_: int) -> int:
        return len(detector.patterns.scanner().scan(memoryview(data)))

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(count, range(16))) == {500}


def test_a_scan_of_nothing(detector: Detector) -> None:
    assert detector.patterns.scanner().scan(b"") == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["", "Dockerfile", "a.py", "a.yml"]))
def test_no_text_is_too_odd(detector: Detector, text: str, path: str) -> None:
    for candidate in detector.text(text, path):
        assert text[candidate.start : candidate.end].startswith(candidate.value.rstrip()[:1])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 61))
def test_no_context_is_too_odd(detector: Detector, context: bytes, end: int, rule: int) -> None:
    candidate = detector.confirm(rule, context, min(end, len(context)), "x")
    assert candidate is None or 0 <= candidate.start < candidate.end <= len(context)


def test_many_texts_get_the_same_answers_as_few() -> None:
    patterns = Patterns(load().rules)
    words = sorted({word for rule in patterns.rules for word in rule.keywords})
    texts = [f"{turn} {word.upper()} x" for turn in range(3) for word in words]
    answers = [patterns.possible(text) for text in texts]
    assert len(texts) > 2 * MANY
    assert all(answers)
    assert answers[: len(words)] == answers[len(words) : 2 * len(words)] == answers[2 * len(words) :]
    assert not patterns.possible("nothing of note 17")
