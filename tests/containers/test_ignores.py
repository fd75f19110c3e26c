"""Comments that keep findings of compose files, scripts and pages quiet."""

from __future__ import annotations

import pytest

from tests.containers.reading import lint
from tests.material import password

SERVICE = "services:\n{}  web:\n    image: x:1\n{}    privileged: true{}\n    user: root\n  other:\n    image: x:1\n"
WHY = "reason: tested by hand"


def quiet(path: str, text: str, **more: bool) -> set[tuple[str, int]]:
    rules = ("container-no-memory-limit", "container-privileged", "container-root")
    return {
        (found.rule, found.location.line) for found in lint(path, text, *rules, **more).findings if found.suppressed
    }


ROOT, PRIVILEGED, MEMORY = "container-root", "container-privileged", "container-no-memory-limit"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (SERVICE.format(f"  # imagelint ignore={MEMORY},{ROOT} {WHY}\n", "", ""), {(MEMORY, 3), (ROOT, 6)}),
        (SERVICE.format("", f"    # imagelint ignore={PRIVILEGED},{ROOT} {WHY}\n", ""), {(PRIVILEGED, 5)}),
        (SERVICE.format("", "", f" # imagelint ignore={PRIVILEGED} {WHY}"), {(PRIVILEGED, 4)}),
        (f"# imagelint ignore-file={MEMORY}\n" + SERVICE.format("", "", ""), {(MEMORY, 3), (MEMORY, 7)}),
        (SERVICE.format("", f"    # imagelint ignore-stage={ROOT}\n", ""), {(ROOT, 6)}),
        (SERVICE.format(f"  # imagelint ignore=no-such-rule {WHY}\n", "", ""), set()),
        (SERVICE.format("", "", ""), set()),
    ],
)
def test_in_a_compose_file(text: str, wanted: set[tuple[str, int]]) -> None:
    assert quiet("compose.yaml", text) == wanted
    assert quiet("compose.yaml", text, inline=False) == set()


def test_in_a_script() -> None:
    text = f"# imagelint ignore={MEMORY} {WHY}\n\ndocker run \\\n  -u root x:1\ndocker run x:1\n"
    assert quiet("run.sh", text) == {(MEMORY, 3)}
    (found,) = [found for found in lint("run.sh", text, MEMORY).findings if found.suppressed]
    assert (found.suppressed, found.reason) == ("inline: imagelint ignore on line 1", "tested by hand")
    assert quiet("run.sh", f"docker run -u root x:1 # imagelint ignore={ROOT} {WHY}\n") == {(ROOT, 1)}


def test_in_a_page() -> None:
    text = f"<!-- imagelint ignore={MEMORY} {WHY} -->\n```sh\ndocker run x:1\ndocker run y:1\n```\n"
    assert quiet("README.md", text) == {(MEMORY, 3)}


def test_a_secret_by_a_pragma() -> None:
    text = f"docker run -e DB_PASSWORD={password(1)} x:1 # pragma: allowlist secret\n"
    (found,) = lint("run.sh", text, "secret-in-assignment").findings
    assert found.suppressed == "inline: pragma: allowlist secret on line 1"


def test_a_comment_that_is_for_nothing_is_told() -> None:
    rules = ("ignore-unused", "ignore-unknown", "ignore-without-reason", PRIVILEGED)
    text = SERVICE.format(f"  # imagelint ignore={ROOT},no-such,{MEMORY}\n", "", f" # imagelint ignore={PRIVILEGED}")
    told = {(found.rule, found.location.line, found.location.column) for found in lint("c.yaml", text, *rules).findings}
    at = text.split("\n")[1].index("no-such") + 1
    assert told == {
        ("ignore-unknown", 2, at),
        ("ignore-without-reason", 2, 22),
        ("ignore-without-reason", 5, 41),
        (PRIVILEGED, 5, 5),
    }
