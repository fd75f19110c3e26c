"""No value leaves: every format in every kind of text, and what was learned in every disguise."""

from __future__ import annotations

import base64
import json
import shlex
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.engine.rule import Rule
from imagelint.findings import SafeText
from imagelint.secrets import learned
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import MOST_CANDIDATES, Redactor, plain
from tests.secrets.samples import PASSWORDS, SIGNS, TOKEN, WORD, examples, generated, reported

FRAMES = (
    "{}",
    "the token is {} and that is all",
    "RUN curl -H 'Authorization: Bearer {}' https://acme.io/x",
    '{{"a": ["{}", 1]}}',
    "https://acme.io/path?x={}&y=1",
    "|/bin/sh -c echo {} > /tmp/x",
    "ENV A='{}'",
    "<a>{}</a>",
    "x={};y=2",
    "({})",
    "\t{}\r\n",
    "a {}, b {}",
)


def test_every_vendor_format_is_masked_in_every_frame(rules: list[Rule], detector: Detector) -> None:
    leaks = []
    for rule in rules:
        for text, path in examples(rule, "bad"):
            for found in reported(detector, text, path):
                if not rule.strong or not rule.pattern or "(?P<secret>" in rule.pattern:
                    continue
                for frame in FRAMES:
                    safe = Redactor(detector).safe(frame.format(found.value, found.value))
                    if found.value[rule.prefix + 1 :] in safe:
                        leaks.append((rule.id, frame))
    assert leaks == []


def test_every_example_is_masked_where_it_stands(rules: list[Rule], detector: Detector) -> None:
    for rule in rules:
        for text, path in examples(rule, "bad"):
            values = [found.value for found in reported(detector, text, path)]
            for name in (path, "") if rule.pattern else (path,):
                safe = Redactor(detector).safe(text, name)
                assert not any(value in safe for value in values), rule.id
            source = Redactor(detector).source(text, path)
            for value in values:
                for line in filter(None, value.split("\n")):
                    assert not any(line in masked for masked in source.lines) or line.startswith("-----"), rule.id


@pytest.mark.parametrize("value", PASSWORDS)
def test_a_learned_value_is_masked_in_every_disguise(detector: Detector, value: str) -> None:
    redactor = Redactor(detector)
    redactor.learn(value)
    for disguised in (
        value,
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        json.dumps(json.dumps(value)),
        shlex.quote(value),
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode(),
        base64.b64encode(b"user:" + value.encode()).decode(),
        base64.urlsafe_b64encode(b"u:" + value.encode()).decode(),
        "".join("\\" + c if not c.isalnum() and c.isascii() and c not in "-" else c for c in value),
    ):
        safe = redactor.safe(f"x {disguised} y")
        assert value not in safe
        assert disguised.strip("'\"") not in safe
        assert "****" in safe
        assert safe.startswith("x ")
        assert safe.endswith(" y")


def test_lines_of_a_long_value_are_learned(detector: Detector) -> None:
    lines = [generated(seed, 64) for seed in range(4)]
    redactor = Redactor(detector)
    redactor.learn("-----BEGIN X-----\n" + "\n".join(lines) + "\n-----END X-----")
    for line in lines:
        assert redactor.safe(f"echo {line} >> key") == "echo **** >> key"
    assert "-----END X-----" in redactor.safe("-----END X-----")


def test_a_short_or_public_word_does_not_blacken_everything(detector: Detector) -> None:
    redactor = Redactor(detector)
    for value in ("root", "work", "ab", "$HOME", "${HOME}"):
        redactor.learn(value)
    assert redactor.safe("USER root\nnetwork $HOME ${HOME} ab") == "USER root\nnetwork $HOME ${HOME} ab"
    assert redactor.safe("it is work, work") == "it is ****, ****"


def test_a_mask_shows_the_prefix_at_most_and_never_the_length(detector: Detector) -> None:
    redactor = Redactor(detector)
    assert redactor.mask(SIGNS) == "****"
    assert redactor.mask("ghp_" + SIGNS, 4) == "ghp_****"
    assert redactor.mask("ghp_", 4) == "****"
    assert {redactor.mask(generated(size, size)) for size in (8, 20, 300)} == {"****"}


def test_dropped_candidates_are_masked_and_pure_references_are_not(detector: Detector) -> None:
    redactor = Redactor(detector)
    assert redactor.safe("ENV PASSWORD=/run/x TOKEN=$TOKEN KEY=${KEY}") == "ENV PASSWORD=**** TOKEN=$TOKEN KEY=${KEY}"
    assert redactor.safe("password = get(x)") == "password = ****"
    assert redactor.safe("log in with password hunter2 please") == "log in with password **** please"
    assert redactor.safe("the password is wrong") == "the password is wrong"


def test_what_a_source_holds_is_learned_unless_it_is_plainly_no_secret(detector: Detector) -> None:
    text = f"ENV API_KEY={SIGNS} PASSWORD=/run/pw\nRUN cat /run/pw && echo {SIGNS}"
    redactor = Redactor(detector)
    assert redactor.source(text, "Dockerfile").lines[1] == "RUN cat /run/pw && echo ****"
    assert redactor.safe(f"history {SIGNS} /run/pw") == "history **** /run/pw"


def test_an_unquoted_value_is_masked_to_the_next_blank(detector: Detector) -> None:
    assert Redactor(detector).safe("run --token=ab,cd;ef|gh ok") == "run --token=**** ok"


def test_a_secret_across_the_pieces_of_a_message(detector: Detector) -> None:
    redactor = Redactor(detector)
    parts = [("`", False), ("DB_PASSWORD", True), ("=", False), (SIGNS, True), ("` is set, password: not ours", False)]
    assert redactor.parts(parts) == "`DB_PASSWORD=****` is set, password: not ours"
    assert redactor.parts([("secret=plainly-ours-7", False)]) == "secret=plainly-ours-7"
    half = len(TOKEN) // 2
    assert TOKEN[half:] not in redactor.parts([(f"token={TOKEN[:half]}", True), (TOKEN[half:], True)])


def test_a_source_keeps_its_lines_and_maps_columns(detector: Detector) -> None:
    text = f"FROM x\r\nENV A=1 DB_PASSWORD={SIGNS} B=2\nRUN echo {SIGNS}"
    source = Redactor(detector).source(text, "Dockerfile")
    assert source.lines == ["FROM x", "ENV A=1 DB_PASSWORD=**** B=2", "RUN echo ****"]
    line = text.split("\n")[1]
    after = line.index(" B=2") + 1
    assert source.column(2, after) == source.lines[1].index(" B=2") + 1
    start = line.index(SIGNS) + 1
    assert source.column(2, start) == start
    assert source.column(2, start + 3) == start + 4
    assert source.column(2, start + len(SIGNS)) == start + 4
    assert source.column(1, 3) == 3


def test_a_key_over_lines_keeps_the_lines_of_its_source(detector: Detector, rules: list[Rule]) -> None:
    rule = next(r for r in rules if r.id == "pem-private-key")
    text, path = next(iter(examples(rule, "bad")))
    source = Redactor(detector).source("FROM x\n" + text + "\nEND", path)
    assert len(source.lines) == text.count("\n") + 3
    assert source.lines[0] == "FROM x"
    assert source.lines[-1] == "END"
    assert source.lines[1] == "-----BEGIN****"
    assert set(source.lines[2:-1]) <= {"****", ""}
    assert Redactor(detector).safe(text.strip()) == "-----BEGIN****"


def test_show_masks_nothing(detector: Detector) -> None:
    redactor = Redactor(detector, show=True)
    text = f"ENV DB_PASSWORD={SIGNS}"
    assert redactor.safe(text) == text
    assert redactor.mask(SIGNS) == SIGNS
    assert redactor.parts([(text, True)]) == text
    assert redactor.source(text, "Dockerfile").lines == [text]


def test_only_safe_text_comes_out(detector: Detector) -> None:
    redactor = Redactor(detector)
    made = [
        plain("x"),
        redactor.safe("x"),
        redactor.mask("x"),
        redactor.parts([("x", True)]),
        *redactor.source("x", "").lines,
    ]
    assert {type(text) for text in made} == {SafeText}


def test_too_many_candidates_mask_the_rest(detector: Detector) -> None:
    text = "".join(f"password=v{n}x\n" for n in range(MOST_CANDIDATES + 10)) + WORD
    assert WORD not in Redactor(detector).safe(text)


@pytest.mark.parametrize(
    "unit",
    ["a", "password=", 'token="', "eyJ", "://a:b", "-----BEGIN ", "${", "<password>", "login a password b ", "\\"],
)
def test_long_texts_take_linear_time(detector: Detector, unit: str) -> None:
    """Twice the text may not take four times as long, give or take a slow machine."""

    def took(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        started = time.perf_counter()
        Redactor(detector).safe(text)
        return time.perf_counter() - started

    took(1_600_000)  # imports and the compiling of patterns are not what is measured
    assert took(1_600_000) < 40 * max(took(200_000), 0.01)


secrets_ = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="$"), min_size=8, max_size=40
).filter(lambda value: value.lower() not in learned._PUBLIC)


@settings(max_examples=300, deadline=None)
@given(value=secrets_, before=st.text(max_size=30), after=st.text(max_size=30))
def test_whatever_was_learned_is_never_seen_again(detector: Detector, value: str, before: str, after: str) -> None:
    redactor = Redactor(detector)
    redactor.learn(value)
    safe = redactor.safe(before + value + after)
    assert value not in safe.replace("****", "\0") or value in (before + "\0" + after)


@settings(max_examples=300, deadline=None)
@given(
    value=st.text(st.sampled_from("abcXYZ0189._-+=/!%"), min_size=4, max_size=30).filter(lambda v: v.strip("=") == v),
    name=st.sampled_from(["DB_PASSWORD", "apiKey", "client-secret", "x.token"]),
    form=st.sampled_from(["{}={} ok", '"{}": "{}", ok', "{}: '{}' ok", "--{} {} ok", "<{}>{}</x> ok", "{} => '{}' ok"]),
)
def test_no_assignment_shows_its_value(detector: Detector, value: str, name: str, form: str) -> None:
    safe = Redactor(detector).safe("first " + form.format(name, value))
    assert value not in safe
    assert safe.startswith("first ")
    assert safe.endswith("ok")
