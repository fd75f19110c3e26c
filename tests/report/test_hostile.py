"""One name that tries everything goes through every format."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from lxml import etree

from imagelint.errors import UsageError
from imagelint.report.interface import FORMATS, renderer
from tests.report import samples
from tests.report.actions import commands
from tests.report.samples import T

READ: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "sarif": json.loads,
    "gitlab": json.loads,
    "junit": lambda output: etree.fromstring(output.encode()),
}
"""Who reads a format for machines."""
FORBIDDEN = ("\x1b[31m", "\u202e", "\u200b", "\udcff", "\ud800", "b\x1b", "##[", "##vso[")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("width", [0, 40, 100])
def test_no_format_lets_it_through(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
    renderer(name)(samples.hostile(), samples.RULES, out, color=False, width=width)
    out.flush()
    output = raw.getvalue().decode()
    assert not [piece for piece in FORBIDDEN if piece in output]
    if name == "github":  # made of commands: one for what was not read, one for each finding that nobody suppressed
        assert [command.name for command in commands(output)] == ["error", "error", "notice"]
        assert output.count("\n") == 3
        return
    assert not [line for line in output.split("\n") if line.lstrip().startswith("::")]
    if name == "terminal":
        # The newline of the name began no line, and no line is longer than the screen.
        assert "a\\nb\\x1b[31m" in output
        assert not [line for line in output.split("\n") if line.startswith("b")]
        assert len(output) < 20_000
        if width:
            assert max(map(len, output.split("\n"))) <= width
    elif name == "html":
        assert output.isascii()
        assert "a\\nb\\x1b[31m" in output
        assert "<script>alert" not in output
        assert (output.count("<script"), output.count("</script"), output.count("<style")) == (1, 1, 1)
    else:
        READ[name](output)


@pytest.mark.parametrize("width", range(40, 60))
def test_a_wrapped_line_is_no_command_of_a_build_server(width: int) -> None:
    finding = samples.key()
    finding.message = T("a file named " + "::error::x " * 20)
    out = io.StringIO()
    renderer("terminal")(samples.report(finding), samples.RULES, out, width=width)
    lines = out.getvalue().split("\n")
    assert any(line.startswith(" \\::error::x") for line in lines)
    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_json_still_means_what_it_meant() -> None:
    finding = samples.key()
    finding.message = T("##[error]x ## [y] #[z] ##vso[task]")
    out = io.StringIO()
    renderer("json")(samples.report(finding), samples.RULES, out)
    assert "##[" not in out.getvalue()
    assert json.loads(out.getvalue())["findings"][0]["message"] == finding.message


def test_sarif_has_no_link_of_the_targets_making() -> None:
    out = io.StringIO()
    renderer("sarif")(samples.hostile(), samples.RULES, out)
    (run,) = json.loads(out.getvalue())["runs"]
    texts = [result["message"]["text"] for result in run["results"]]
    texts += [step["message"]["text"] for result in run["results"] for step in result.get("relatedLocations", [])]
    texts += [notice["message"]["text"] for notice in run["invocations"][0]["toolExecutionNotifications"]]
    assert len(texts) == 3 + 6 + 2
    assert all("\\[link\\](http://x)" in text for text in texts if "http" in text)
    assert all("[link](" not in text for text in texts)


def test_there_is_no_other_format() -> None:
    with pytest.raises(UsageError, match="there is no format 'xml'; there are terminal, json, sarif, "):
        renderer("xml")
