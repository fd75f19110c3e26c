"""The report for people, piece by piece; test_terminal_snapshots.py has it whole."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from textwrap import dedent

import pytest

from imagelint.findings import Finding, Frame, MendedFile, Place, Report, Secret, Severity, Skip
from imagelint.report.terminal import render
from tests.report import samples
from tests.report.samples import T


def shown(report: Report, *, width: int = 0, color: bool = False, quiet: bool = False) -> str:
    """What is written."""
    out = io.StringIO()
    render(report, samples.RULES, out, color=color, width=width, quiet=quiet)
    return out.getvalue()


def body(finding: Finding, width: int = 0) -> str:
    """One finding alone."""
    return shown(samples.report(finding), width=width, quiet=True)


def text(expected: str) -> str:
    """A snapshot without its indentation."""
    return dedent(expected).lstrip("\n")


def test_a_known_dockerfile_line_is_where_to_go() -> None:
    lines = body(samples.mapped()).splitlines()
    assert lines[1] == "   COPY id_rsa /root/.ssh/  (Dockerfile:4)"
    assert " --> Dockerfile:4: root/.ssh/id_rsa:1:1" in lines
    assert "    ├─ introduced     layer 3  COPY id_rsa /root/.ssh/  (Dockerfile:4)" in lines
    assert "    ├─ deleted        layer 5  RUN rm /root/.ssh/id_rsa  (Dockerfile:9)" in lines
    assert " --> Dockerfile:4:\n     root/.ssh/id_rsa:1:1\n" in body(samples.mapped(), 36)


def test_an_uncertain_line_is_said_to_be_so() -> None:
    finding = samples.key()
    assert finding.layer is not None
    finding.layer.certainty = "uncertain"
    assert body(finding).splitlines()[1] == "   COPY id_rsa /root/.ssh/  (line uncertain)"
    value = samples.env()
    assert value.layer is not None
    value.layer.certainty = "uncertain"
    assert "= created by: ENV DB_PASSWORD=****  (history entry 4, line uncertain)\n" in body(value)


def test_the_remedy_of_a_finding_goes_ahead_of_its_rules() -> None:
    finding = samples.key()
    finding.remedy = T("Write RUN --mount=type=ssh on line 4")
    lines = [line for line in body(finding).splitlines() if line.startswith("  = help: ")]
    assert lines == ["  = help: Write RUN --mount=type=ssh on line 4"]


def test_what_a_baseline_does_not_have_is_marked() -> None:
    old, new = samples.apt(), samples.pipe()
    old.baseline, new.baseline = "unchanged", "new"
    output = shown(samples.report(old, new))
    assert "error[curl-pipe-shell] new: `curl | sh` runs" in output
    assert "\nwarning[apt-get-assume-yes]: `apt-get" in output
    assert "1 error, 1 warning (1 new) in 2 targets" in output


def test_a_long_step_continues_under_itself() -> None:
    finding = samples.key()
    finding.trail[0].text = T("RUN " + " && ".join(["install -m 600 id_rsa /root/.ssh/"] * 2))
    lines = body(finding, 80).splitlines()
    start = lines.index("  = trail:")
    assert lines[start + 1 : start + 4] == [
        "    ├─ introduced     layer 3  RUN install -m 600 id_rsa /root/.ssh/ && install",
        "    │                          -m 600 id_rsa /root/.ssh/",
        "    ├─ deleted        layer 5  RUN rm /root/.ssh/id_rsa",
    ]


def test_colour() -> None:
    output = shown(samples.report(samples.apt()), color=True)
    assert output.startswith("\x1b[1;33mwarning[apt-get-assume-yes]\x1b[0m\x1b[1m: `apt-get")
    assert "\x1b[1;34m2\x1b[0m \x1b[1;34m|\x1b[0m RUN apt-get install curl\n" in output
    assert "    \x1b[1;33m^^^^^^^^^^^^^^^^^^^^\x1b[0m\n" in output
    plain = shown(samples.report(samples.apt()))
    for code in ("\x1b[1;33m", "\x1b[1;34m", "\x1b[1;32m", "\x1b[1m", "\x1b[0m"):
        output = output.replace(code, "")
    assert output == plain


def test_a_diff_has_colours() -> None:
    report = samples.report()
    diff = ("--- Dockerfile", "+++ Dockerfile", "@@ -1,2 +1,2 @@", " FROM a", "-RUN b\x1b[0m", "+RUN c")
    report.mended = [MendedFile(T("Dockerfile"), {"a": 1}, False, T(""), tuple(map(T, diff)))]
    assert shown(report, color=True).splitlines()[:6] == [
        "\x1b[1m--- Dockerfile\x1b[0m",
        "\x1b[1m+++ Dockerfile\x1b[0m",
        "\x1b[1;34m@@ -1,2 +1,2 @@\x1b[0m",
        " FROM a",
        "\x1b[31m-RUN b\\x1b[0m\x1b[0m",
        "\x1b[32m+RUN c\x1b[0m",
    ]


def test_nothing_found() -> None:
    assert shown(samples.report(targets=("Dockerfile",))) == "no findings in 1 target\n"
    assert shown(samples.report(targets=("Dockerfile",)), quiet=True) == ""
    assert shown(samples.report(targets=())) == "nothing was scanned\n"


def test_quiet_still_tells_what_was_not_read() -> None:
    report = samples.report()
    report.incomplete = [Skip(T("app:latest"), T(""), T("no such image"))]
    report.limited = [Skip(T(""), T(""), T("a rule ran out of its budget"))]
    assert shown(report, quiet=True) == text(
        """
        not read, so this report is not complete (1):
          app:latest: no such image

        looked into only in part (1):
          a rule ran out of its budget

        """
    )


def test_a_place_that_was_not_read_is_named_once() -> None:
    report = samples.report()
    for target, place in (("oci:app", "app"), (".", "a/Dockerfile"), ("a/", "a/Dockerfile"), ("a.tar", "layer 1")):
        report.incomplete.append(Skip(T(target), T(place), T("gone")))
    listed = [line.strip() for line in shown(report).splitlines()[1:5]]
    assert listed == ["oci:app: gone", "a/Dockerfile: gone", "a/Dockerfile: gone", "a.tar, layer 1: gone"]
    assert "no findings in what was read\n" in shown(report)


@pytest.mark.parametrize(
    ("base", "layers", "told"),
    [
        ("debian:12", 1, "2 layers, 1 of debian:12, can be"),
        ("debian:12", -1, "2 layers, built on debian:12, can be"),
        (None, 2, "2 layers, 2 of its base image, can be"),
        (None, -1, "2 layers, can be"),
    ],
)
def test_the_base_of_an_image_is_told(base: str | None, layers: int, told: str) -> None:
    report, image = samples.report(), samples.shop()
    image.base, image.base_layers = T(base) if base else None, layers
    report.images = [image]
    assert told in shown(report)


def test_the_worst_colours_the_counts() -> None:
    for findings, start in (
        ([samples.apt()], "\x1b[1;33m1 warning in"),
        ([samples.apt(), samples.pipe()], "\x1b[1;31m1 error, 1 warning in"),
        ([], "\x1b[1mno findings in"),
    ):
        assert f"\n{start}" in "\n" + shown(samples.report(*findings), color=True)


def test_a_script_in_the_history_is_cut() -> None:
    finding = samples.key()
    assert finding.layer is not None
    finding.layer.created_by = T("RUN " + "make; " * 500)
    (line,) = [line for line in shown(samples.report(finding)).splitlines() if line.startswith("   RUN ")]
    assert 200 < len(line) < 250


def test_long_lists_are_counted() -> None:
    report = samples.report()
    report.limited = [Skip(T("app:latest"), T(f"{number}.zip"), T("an encrypted archive")) for number in range(60)]
    output = shown(report)
    assert "looked into only in part (60):\n" in output
    assert output.count("an encrypted archive") == 5
    assert "  and 55 more for the same reason, which --format json lists\n" in output
    report.limited = [Skip(T("app:latest"), T(f"{number}.zip"), T(f"reason {number}")) for number in range(60)]
    assert shown(report).count(": reason ") == 50
    assert "  and 10 more, which --format json lists\n" in shown(report)


def test_what_was_not_read_is_named_one_by_one() -> None:
    report = samples.report()
    report.incomplete = [Skip(T("app:latest"), T(f"layer {number}"), T("no such blob")) for number in range(40)]
    assert shown(report).count("no such blob") == 40


def test_many_places_are_counted() -> None:
    finding = samples.key()
    finding.places = tuple(Place(T(f"srv/{number}"), 0, 3, "present", "file") for number in range(13))
    output = body(finding)
    assert "    srv/9  layer 3, present, file\n    and 3 more, which --format json lists\n" in output
    assert "srv/10" not in output


def test_a_shown_secret_is_shown() -> None:
    finding = samples.env()
    finding.secret = Secret("password", T("****"), "0d" * 16, encrypted=True, value="hunter2\x1b[2J")
    assert "= secret: password hunter2\\x1b[2J (likely, encrypted)\n" in body(finding)


def test_an_unsafe_fix_is_named_so() -> None:
    finding = samples.apt()
    assert finding.fix is not None
    finding.fix.safety = "unsafe"
    assert "= fix: Add -y (unsafe: look at it first)\n" in body(finding)


def framed(line: str, *marks: tuple[int, int], width: int = 0) -> list[str]:
    """The line of a frame and what stands under it."""
    finding = samples.apt()
    finding.frame = Frame(1, (T(line),), tuple((1, start, end) for start, end in marks))
    lines = body(finding, width).splitlines()
    start = lines.index("  |") + 1
    return lines[start : start + 2]


@pytest.mark.parametrize(
    ("line", "mark", "row", "carets"),
    [
        ("\tRUN x", (2, 5), "    RUN x", "    ^^^"),
        ("RUN 日本 x", (5, 7), "RUN 日本 x", "    ^^^^"),
        ("a\u202eb\x1b[0m", (2, 3), "a\\u202eb\\x1b[0m", " ^^^^^^"),
        ("RUN x", (6, 6), "RUN x", "     ^"),
        ("RUN x", (90, 95), "RUN x", "     ^"),
        ("RUN x", (0, 0), "RUN x", "^"),
        ("RUN e\u0301x", (5, 7), "RUN e\u0301x", "    ^"),
    ],
)
def test_carets_stand_under_what_they_mark(line: str, mark: tuple[int, int], row: str, carets: str) -> None:
    assert framed(line, mark) == [f"1 | {row}", f"  | {carets}"]


def test_two_marks_on_one_line() -> None:
    assert framed("curl x | sh", (10, 12), (1, 5))[1] == "  | ^^^^     ^^"


def test_a_line_of_a_megabyte_shows_its_mark() -> None:
    line = "x" * 500_000 + "SECRET" + "y" * 500_000
    started = time.perf_counter()
    row, carets = framed(line, (500_001, 500_007), width=60)
    assert time.perf_counter() - started < 5
    assert len(row) == 60
    assert row.startswith("1 | ...xxx")
    assert row.endswith("...")
    assert row[carets.index("^") : carets.rindex("^") + 1] == "SECRET"


def test_a_long_frame_loses_its_middle() -> None:
    finding = samples.apt()
    finding.frame = Frame(1, tuple(T(f"line {number}") for number in range(1, 101)), ((1, 1, 7), (100, 1, 9)))
    lines = body(finding).splitlines()
    assert lines[2:16] == [
        "    |",
        "  1 | line 1",
        "    | ^^^^^^",
        *(f"  {number} | line {number}" for number in range(2, 9)),
        "...",
        " 98 | line 98",
        " 99 | line 99",
        "100 | line 100",
    ]


def over_lines(*marks: tuple[int, int, int]) -> list[str]:
    """A frame of six lines with these marks, as it is drawn."""
    finding = samples.apt()
    finding.frame = Frame(7, tuple(map(T, ("FROM a", "RUN b \\", "  c \\", "  d \\", "  e", "USER f"))), marks)
    return body(finding).splitlines()[3:-2]


def test_a_part_of_many_lines_has_an_edge() -> None:
    assert over_lines((8, 5, 8), (9, 3, 6), (10, 3, 6), (11, 3, 4)) == [
        " 7 | FROM a",
        " 8 | RUN b \\",
        "   |     ^^^",
        " 9 >   c \\",
        "10 >   d \\",
        "11 >   e",
        "12 | USER f",
    ]


def test_a_part_of_few_lines_has_carets() -> None:
    assert over_lines((8, 5, 8), (9, 3, 6))[1:5] == [" 8 | RUN b \\", "   |     ^^^", " 9 |   c \\", "   |   ^^^"]


def test_a_line_of_which_only_a_part_is_meant_has_carets() -> None:
    assert over_lines((8, 5, 8), (9, 3, 6), (10, 3, 4))[3:7] == [" 9 >   c \\", "10 |   d \\", "   |   ^", "11 |   e"]


def test_blank_lines_around_are_left_out() -> None:
    finding = samples.apt()
    finding.frame = Frame(1, tuple(map(T, ("", "  ", "RUN a", "", "USER b", ""))), ((3, 1, 6),))
    assert body(finding).splitlines()[3:-2] == ["3 | RUN a", "  | ^^^^^", "4 |", "5 | USER b"]


def test_an_encoding_without_boxes() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    finding = samples.key()
    finding.message = T("a key of J\u00fcrgen \U0001f511")
    render(samples.report(finding), samples.RULES, out, color=False, width=0, quiet=True)
    out.flush()
    output = raw.getvalue().decode("ascii")
    assert "a key of J\\xfcrgen \\U0001f511\n" in output
    assert "    |- introduced     layer 3" in output
    assert "    `- still shipped" in output


def test_a_large_report_is_written_in_seconds() -> None:
    findings = []
    for number in range(12_500):
        findings += [samples.key(), samples.apt()]
        findings[-1].fingerprint = f"{number:032x}"
        findings[-1].severity = Severity.NOTE
    started = time.perf_counter()
    output = shown(samples.report(*findings), width=100)
    assert output.count("error[openssh-private-key]: ") == output.count("note[apt-get-assume-yes]: ") == 12_500
    # Not a benchmark: a rendering that has become quadratic takes minutes.
    assert time.perf_counter() - started < 60


def test_a_pipe_needs_no_rich_and_no_sarif() -> None:
    program = (
        "import sys\nfrom tests.report import samples\nfrom imagelint.report.interface import renderer\n"
        "renderer('terminal')(samples.full(), samples.RULES, sys.stdout)\n"
        "heavy = ('rich', 'sarif_om', 'click', 'json', 'unicodedata', 'hashlib')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=".")
    assert done.stdout.endswith("\n[]\n")
