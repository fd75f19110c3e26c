"""Annotations and the step summary of GitHub Actions."""

from __future__ import annotations

import io
import re
from pathlib import Path

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.errors import UsageError
from imagelint.findings import Finding, LayerInfo, Location, Report, Severity, Skip
from imagelint.report import github, github_summary
from tests.report import samples
from tests.report.actions import Command, commands
from tests.report.samples import T

ANY = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates too


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


def annotated(report: Report) -> list[Command]:
    out = io.StringIO()
    github.render(report, samples.RULES, out)
    found = commands(out.getvalue())
    assert len(found) == out.getvalue().count("\n")
    return found


def page(report: Report, used: int = 0) -> str:
    """The summary as GitHub shows it."""
    return html(github_summary.summary(report, samples.RULES, used).decode())


def html(markdown: str) -> str:
    """What GitHub's own Markdown makes of a text, HTML that is no harm included."""
    shown = cmarkgfm.github_flavored_markdown_to_html(markdown, cmarkgfm.Options.CMARK_OPT_UNSAFE)
    assert isinstance(shown, str)
    return shown


def many(count: int, severity: Severity) -> list[Finding]:
    findings = []
    for number in range(count):
        finding = samples.apt()
        finding.severity, finding.fingerprint = severity, f"{number:032x}"
        finding.location = Location(T(f"d{number:05}/Dockerfile"), 2, 5, 2, 25)
        findings.append(finding)
    return findings


def test_an_annotation_stands_at_its_line() -> None:
    (found,) = annotated(samples.report(samples.apt()))
    assert found == Command(
        "warning",
        "`apt-get install curl` asks a question that nobody can answer during a build\nTo mend it: Add -y",
        {
            "file": "Dockerfile",
            "line": "2",
            "endLine": "2",
            "col": "5",
            "endColumn": "25",
            "title": "apt-get-assume-yes",
        },
    )


def test_columns_are_told_within_one_line_only() -> None:
    (found,) = annotated(samples.report(samples.pipe()))
    assert found.name == "error"
    assert found.properties == {"file": "Dockerfile", "line": "9", "endLine": "10", "title": "curl-pipe-shell"}


def test_an_image_has_no_file_unless_a_line_of_a_dockerfile_is_known() -> None:
    first, second = annotated(samples.report(samples.key(), samples.mapped()))
    assert first.properties == {"title": "openssh-private-key"}
    assert second.properties == {
        "file": "Dockerfile",
        "line": "4",
        "endLine": "4",
        "col": "1",
        "endColumn": "24",
        "title": "openssh-private-key",
    }
    assert first.message == second.message
    assert "\nIn app:latest: root/.ssh/id_rsa:1:1, layer 3, deleted\nTo mend it: Mount the key" in first.message


def test_a_finding_of_the_base_image_says_so() -> None:
    finding = samples.key()
    assert finding.layer is not None
    finding.layer.origin = "base"
    (found,) = annotated(samples.report(finding))
    assert "\nIn app:latest: root/.ssh/id_rsa:1:1, layer 3 of the base image, deleted\n" in found.message


def test_a_value_of_an_image_that_no_layer_made_is_no_file() -> None:
    finding = samples.env()
    finding.layer = None
    (found,) = annotated(samples.report(finding))
    assert found.properties == {"title": "secret-in-env"}
    assert "In app:latest: ENV DB_PASSWORD, present" in found.message


def test_a_remedy_of_its_own_comes_first() -> None:
    finding = samples.apt()
    finding.remedy = T("Install it in another stage")
    (found,) = annotated(samples.report(finding))
    assert found.message.endswith("\nTo mend it: Install it in another stage")


def test_paths_are_those_of_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    below, absolute, outside = samples.apt(), samples.pipe(), samples.pipe()
    absolute.location = Location(T(f"{tmp_path}/a, b:c/100%/Dockerfile"), 3)
    outside.location = Location(T("../../Dockerfile"), 3)
    found = annotated(samples.report(below, absolute, outside))
    assert sorted(item.properties.get("file", "") for item in found) == [
        "",
        "a, b:c/100%/Dockerfile",
        "shop/Dockerfile",
    ]


def test_what_is_suppressed_is_not_annotated() -> None:
    quiet = samples.pipe()
    quiet.suppressed = "inline: Dockerfile:1"
    assert annotated(samples.report(quiet)) == []
    assert annotated(Report("0.1.0")) == []


def test_ten_of_a_kind_the_worst_first_and_one_notice_for_the_others() -> None:
    findings = [*many(30, Severity.NOTE), *many(10, Severity.WARNING), *many(11, Severity.ERROR)]
    found = annotated(samples.report(*findings))
    assert [item.name for item in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert found[-1].message.startswith("22 more findings without an annotation: GitHub shows 10 of a kind for a step;")
    assert found[-1].message.endswith("the report of --format json has the others too")


def test_ten_of_each_kind_need_no_notice() -> None:
    findings = [*many(10, Severity.NOTE), *many(10, Severity.WARNING), *many(10, Severity.ERROR)]
    found = annotated(samples.report(*findings))
    assert [item.name for item in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert all(item.properties["title"] == "apt-get-assume-yes" for item in found)


def test_a_hole_comes_first_and_takes_the_place_of_an_error() -> None:
    report = samples.report(*many(10, Severity.ERROR))
    report.incomplete = [Skip(T("app:latest"), T(f"layer {number}"), T("cut short")) for number in range(12)]
    found = annotated(report)
    assert [item.name for item in found] == ["error"] * 10 + ["notice"]
    first, *layers, last = found[0].message.split("\n")
    assert first == "Not read, so this report is not complete (12):"
    assert layers == [f"app:latest, layer {number}: cut short" for number in range(10)]
    assert last == "and 2 more"
    assert found[-1].message.startswith("1 more finding without")


@given(ANY, ANY)
def test_no_text_becomes_another_command(message: str, path: str) -> None:
    finding = samples.pipe()
    finding.message, finding.location = T(f"a {message}"), Location(T(f"b/{path}/c"), 1)
    (found,) = annotated(samples.report(finding))
    assert found.name == "error"
    assert set(found.properties) <= {"file", "line", "title"}
    assert found.message.startswith("a ")
    assert found.message.count("\n") == 1


def test_an_output_that_is_not_utf_8() -> None:
    finding = samples.apt()
    finding.message = T("Stra\u00dfe")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    github.render(samples.report(finding), samples.RULES, out)
    out.flush()
    assert b"Stra\\xdfe" in raw.getvalue()


def test_the_summary_is_appended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("# Of an earlier command\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    report = samples.full()
    found = annotated(report)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Of an earlier command\n\n## imagelint: 2 errors, 2 warnings, 1 suppressed\n")
    assert len([item for item in found if item.properties["title"] != "imagelint"]) == 4
    shown = html(text)
    assert '<td><code>app:latest</code></td>\n<td align="right">1</td>\n<td align="right">1</td>' in shown
    assert re.search(r"<strong>error</strong> <a href=[^ >]+><code>openssh-private-key</code></a> in <code>app", shown)
    assert "<code>`curl | sh` runs what a server sends</code>" in shown
    assert "<h3>Not read, so this report is not complete (1)</h3>" in shown
    assert "<li><code>app:latest, layer 4: its bytes do not match their digest</code></li>" in shown
    assert "<h3>Looked into only in part (1)</h3>" in shown
    assert shown.index("Not read") < shown.index("<h3>Findings (4)</h3>") < shown.index("only in part")


def test_a_summary_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    with pytest.raises(UsageError, match=r"^\$GITHUB_STEP_SUMMARY .*the output cannot be written: No such file"):
        annotated(samples.full())


def test_nothing_found() -> None:
    shown = page(samples.report(targets=("Dockerfile",)))
    assert "<h2>imagelint: no findings</h2>" in shown
    assert "<li>" not in shown


def test_a_summary_is_never_over_what_github_takes() -> None:
    findings = many(2000, Severity.ERROR)
    for finding in findings:
        finding.message = T("\u65e5" * 5000)
        finding.remedy = T("\u65e5" * 5000)
    report = samples.report(*findings)
    report.limited = [Skip(T("app:latest"), T("x" * 5000), T("y" * 5000))] * 2000
    report.incomplete = report.limited
    for used in (0, 900_000, 1_040_000, 1_048_000, 1_048_500, 1 << 20, 1 << 21):
        text = github_summary.summary(report, samples.RULES, used)
        assert len(text) <= max((1 << 20) - used, 0)
        if used < 1_040_000:
            assert b"\nAnd " in text
    whole = page(report)
    assert whole.count("<strong>error</strong>") == 500 or "which <code>--format json</code> lists" in whole
    assert github_summary.summary(report, samples.RULES, 1 << 20) == b""


def test_a_pipe_in_a_name_ends_no_cell() -> None:
    finding = samples.pipe()
    finding.target = T("a|b")
    shown = page(samples.report(finding, targets=("a|b",)))
    row = shown.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "<td><code>a\\x7cb</code></td>" in row
    assert re.findall(">([0-9])</td>", row) == ["1", "0", "0", "0"]


def test_a_hostile_summary_is_text() -> None:
    tries = (
        *(
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[link](http://evil.example.org)",
            "![x](http://x)",
        ),
        *(
            "http://evil.example.org",
            "www.evil.example.org",
            "a@evil.example.org",
            "@octocat",
            "# heading",
            "| a | b |",
        ),
        *(
            "`` ` ```",
            "`",
            " ` ",
            "a\n\n# b",
            "\n---\n",
            "</code></td>",
            "&lt;b&gt;",
            "\\",
            "*b* _i_ ~s~",
            "$`x`$",
            "- [ ] x",
        ),
        samples.HOSTILE,
    )
    for text in tries:
        finding = samples.pipe()
        finding.message, finding.target, finding.remedy = T(text), T(text), T(text)
        finding.location = Location(T(text), 1)
        image = samples.key()
        image.target, image.location, image.layer = T(text), Location(T(text)), LayerInfo(1, samples.DIFF, T(text))
        report = samples.report(finding, image, targets=(text,))
        report.incomplete = report.limited = [Skip(T(text), T(text), T(text))]
        shown = page(report)
        plain = page(samples.report(samples.pipe(), samples.key()))
        assert set(_tags(shown)) <= set(_tags(plain)) | {"ul", "/ul", "li", "/li"}, text
        assert shown.count("<h2>") == 1
        assert shown.count("<h3>") == 3
        assert shown.count("<tr>") == 2, text


def _tags(shown: str) -> list[str]:
    return [piece.partition(">")[0].split()[0] for piece in shown.split("<")[1:]]


@given(ANY)
def test_a_code_span_shows_the_text_and_nothing_else(text: str) -> None:
    from imagelint.report.escape import visible

    shown = visible(text)
    expected = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert html(f"x {github_summary.code(shown)}.") == (
        f"<p>x <code>{expected}</code>.</p>\n" if shown else "<p>x .</p>\n"
    )
