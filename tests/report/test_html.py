"""The page as it is written; tests/report/test_html_browser.py looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from imagelint.findings import Finding, Frame, Location, Report, ScannedImage, Secret, Severity, Skip, StoredLayer
from imagelint.report.html import render
from imagelint.report.html.layers import drawn
from imagelint.report.html.view import MOST_FINDINGS
from imagelint.report.html.words import lines, spans
from imagelint.report.interface import RuleText
from tests.report import samples
from tests.report.samples import T

VOID = {"meta", "input", "rect", "path"}
TAGS = set(
    "html head meta title style body a header div p button h1 h2 h3 span ul ol li b main section dl dt dd svg rect "
    "path code details summary form label input fieldset legend select option kbd pre mark script".split()
)


def page(report: Report, rules: dict[str, RuleText] | None = None) -> str:
    """The page of a report."""
    out = io.StringIO()
    render(report, samples.RULES if rules is None else rules, out)
    return out.getvalue()


class Read(HTMLParser):
    """What a reader of HTML makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        """Of style and script."""
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.raw[self._open[-1]] = self.raw.get(self._open[-1], "") + data
        else:
            self.text += data + "\0"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def words(self) -> str:
        """The text with single blanks, one of them at each tag."""
        return " ".join(self.text.replace("\0", " ").split())


def test_everything_that_is_known_of_a_finding_is_told() -> None:
    words = Read(page(samples.built())).words()
    for told in (
        "root/.ssh/id_rsa holds an OpenSSH private key that a later layer deletes",
        "Remedy Mount it with RUN --mount=type=ssh at line 4, and make a new key",
        "Remedy Change the base image debian:12",
        "app:latest: root/.ssh/id_rsa:1:1 Dockerfile:4 deleted layer 3 new openssh-private-key",
        "Where root/.ssh/id_rsa:1:1 app:latest",
        "Layer 3 sha256:322222222222, of this image",
        "Layer 1 sha256:122222222222, of the base image",
        "Created by COPY id_rsa /root/.ssh/",
        "Dockerfile line Dockerfile:4 the build wrote it down",
        "Dockerfile line not known the line is not certain",
        "Status deleted gone from the final filesystem, still in its layer",
        "Surface file",
        "Secret openssh-private-key -----BEGIN **** proved",
        "Baseline new",
        "Baseline unchanged",
        "Suppressed inline: hadolint ignore on line 1 nobody asks",
        f"Fingerprint {'0c' * 16}",
        "Trail introduced layer 3 COPY id_rsa /root/.ssh/ Dockerfile:4 deleted layer 5 RUN rm",
        "still shipped anyone who can pull the image can read it",
        "Also in srv/backup.tar!id_rsa:1 layer 4, present, archive",
        "Fix Add -y (a safe fix)",
        "Remedy Download to a file, verify its checksum, then run it",
        "Whoever can pull the image can read the key. A later layer that deletes it changes nothing.",
        "https://docs.docker.com/build/building/secrets/",
        "CWE-538 , CWE-798",
        "imagelint explain openssh-private-key",
    ):
        assert told in words, told


def test_the_head_tells_what_was_found_and_what_was_not_read() -> None:
    read = Read(page(samples.full()))
    words = read.words()
    assert "2 errors 2 warnings 0 notes 1 suppressed 1 not read 1 read in part" in words
    assert "Not read, so this report is not complete (1) app:latest, layer 4 : its bytes do not match" in words
    assert "Looked into only in part (1) app:latest, srv/a.zip : an encrypted archive" in words
    assert "file .imagelint.yaml ignore curl-pipe-shell quieted 1 layers 6 seconds 1.5" in words
    built = Read(page(samples.built())).words()
    assert "inline ignore: apt-get-assume-yes; quieted: 1" in built
    assert "against the baseline 2 new, 2 unchanged" in built
    assert "baseline known.yaml: 2 of 3 entries found, 1 finding quiet" in built
    assert "1 expired, and quiet no more: line 3: sudo in Dockerfile, 2026-01-01" in built
    assert words.index("not complete") < words.index("curl | sh")


def test_nothing_but_its_own_style_and_script_may_run() -> None:
    text = page(samples.built())
    read = Read(text)
    policy = next(meta["content"] for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for part in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(read.raw[part].encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "url(" not in read.raw["style"]
    assert "@import" not in read.raw["style"]


@pytest.mark.parametrize("make", [samples.built, samples.full, samples.hostile])
def test_only_the_template_makes_tags(make: Callable[[], Report]) -> None:
    text = page(make())
    assert text.isascii()
    read = Read(text)
    assert {tag for tag, _ in read.tags} <= TAGS
    for tag, attributes in read.tags:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
        ]
        if "href" in attributes:
            assert tag == "a"
            assert re.match("#|https://", attributes["href"] or "")
    identities = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    links = [(link["href"] or "")[1:] for link in read.all("a") if (link["href"] or "").startswith("#")]
    assert set(links) <= set(identities)


def test_what_a_target_says_is_text() -> None:
    text = page(samples.hostile())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "a\\nb\\x1b[31mred\\u202egnp.exe" in Read(text).text
    assert len(text) < 100_000


def test_a_rules_reference_that_is_no_address_is_no_link() -> None:
    rule = RuleText(
        "curl-pipe-shell", "x", Severity.ERROR, references=("javascript:alert(1)", "https://example.com/a?b=1&c='\">")
    )
    links = [link["href"] for link in Read(page(samples.report(samples.pipe()), {rule.id: rule})).all("a")]
    assert [link for link in links if link and "javascript" in link] == []
    assert "https://example.com/a?b=1&c='\">" in links


def test_a_thousand_findings_are_all_there() -> None:
    text = page(samples.report(*many(1000)))
    assert len(re.findall(' data-s="[a-z]+" data-k=', text)) == 1000
    assert len(text) < 2_000_000


def test_of_thirty_thousand_the_least_severe_are_left_out() -> None:
    text = page(samples.report(*many(30_000)))
    assert re.findall(' data-s="([a-z]+)" data-k=', text) == ["error"] * MOST_FINDINGS
    assert f"<b>{30_000 - MOST_FINDINGS} findings</b> left out, the least severe" in text
    assert re.findall("<b>([0-9]+)</b> (errors|warnings|notes)", text) == [
        ("15000", "errors"),
        ("15000", "warnings"),
        ("0", "notes"),
    ]
    assert len(text) < 8_000_000


def test_a_page_has_an_end_whatever_a_target_says() -> None:
    wide = T("\U0001f600<" * 2000)
    finding = samples.mapped()
    finding.message = finding.location.path = wide
    finding.trail, finding.places = finding.trail * 10, finding.places * 50
    finding.frame = Frame(1, (wide,) * 12, ((1, 1, 5),))
    report = samples.report(*[finding] * 2000)
    layers = tuple(StoredLayer(n, "", "", 1, samples.made(n, wide, 1)) for n in range(200))
    report.images = [ScannedImage(wide, wide, "oci", wide, wide, layers=layers)] * 100
    text = page(report)
    assert len(text) < 25_000_000
    shown = text.count(" data-k=")
    assert 300 < shown < 1500
    assert f"<b>{2000 - shown} findings</b> left out" in text
    images = text.count('class="image"')
    assert 1 < images < 50
    assert f"and {100 - images} more images, which" in text
    assert f"(none) ({shown})" not in text


def many(number: int) -> list[Finding]:
    """Findings like those of an image, each as long as the longest sample."""
    kinds = [one for one in samples.built().findings if not one.suppressed]
    return [kinds[at % 2 if at % 4 < 2 else 2] for at in range(number)]


def test_what_is_marked() -> None:
    frame = Frame(9, (T("RUN curl | sh"), T("\t x")), ((9, 5, 9), (9, 12, 14), (10, 3, 3), (11, 1, 2)))
    assert [(line.number, line.pieces) for line in lines(frame)] == [
        (9, [(False, "RUN "), (True, "curl"), (False, " | "), (True, "sh")]),
        (10, [(False, "     "), (False, "x")]),
    ]


def test_a_long_line_is_cut_around_its_mark() -> None:
    frame = Frame(1, (T("a" * 5000 + "KEY" + "b" * 5000),), ((1, 5001, 5004),))
    (line,) = lines(frame)
    assert line.pieces == [(False, "..."), (False, "a" * 40), (True, "KEY"), (False, "b" * 157), (False, "...")]


def test_a_long_frame_shows_its_two_ends() -> None:
    frame = Frame(1, tuple(T(f"line {n}") for n in range(1, 31)), ((1, 1, 5), (30, 1, 5)))
    assert [line.number for line in lines(frame)] == [*range(1, 9), 0, 28, 29, 30]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("`a` b `c`", [(True, "a"), (False, " b "), (True, "c")]),
        ("a ` b", [(False, "a ` b")]),
        ("", [(False, "")]),
    ],
)
def test_code_in_a_sentence(text: str, pieces: list[tuple[bool, str]]) -> None:
    assert [piece for piece in spans(text) if piece[1]] == [piece for piece in pieces if piece[1]]


def test_layers_to_scale_and_what_they_took_away() -> None:
    report = samples.built()
    (image,) = report.images
    shown = drawn(1, image, enumerate(report.findings, 1))
    assert [row.share for row in shown.rows] == [100, 40.3, 6.7, 0.6, 78.0, 0.6]
    assert [row.origin for row in shown.rows] == ["base", "base", "own", "own", "own", "own"]
    assert [(row.findings, row.first) for row in shown.rows] == [(0, 0), (1, 3), (1, 2), (1, 1), (0, 0), (0, 0)]
    assert [row.source for row in shown.rows] == ["", "", *(f"Dockerfile:{n}" for n in (3, 4, 5, 6))]
    assert shown.rows[1].created_by == "RUN apt-get install -y openssh-server"
    assert [(arc.first, arc.last, arc.status, arc.named) for arc in shown.arcs] == [
        (3, 5, "deleted", [(1, "root/.ssh/id_rsa:1:1")]),
        (2, 5, "hidden", [(2, "srv/app/.env:7")]),
    ]
    assert shown.arcs[0].path.startswith("M100 3.5C")
    assert shown.arcs[0].path.endswith(" 100 5.5")
    assert ("Layers", "6 layers, 131.3 MB stored; 2 base, 86.0 MB stored; 4 own, 45.3 MB stored") in shown.facts


def test_layers_of_which_little_is_known() -> None:
    (image,) = samples.full().images
    image.layers = (*image.layers, *(StoredLayer(n, "", "", -1) for n in range(2, 400)))
    other, unknown = samples.key(), samples.key()
    assert other.layer is not None
    other.layer.diff_id = "sha256:" + "9" * 64
    image.layers[3].diff_id = "sha256:" + "8" * 64  # another image of the same target
    unknown.trail = ()
    shown = drawn(1, image, [(1, other), (2, unknown)])
    assert (len(shown.rows), shown.left_out) == (300, 100)
    assert (shown.rows[1].share, shown.rows[0].share, shown.rows[0].size_text) == (100, 0, "size not known")
    assert (shown.arcs, [row.findings for row in shown.rows if row.findings]) == ([], [])


def test_a_report_without_findings() -> None:
    report = samples.report()
    assert "No findings." in Read(page(report)).text
    report.incomplete = [Skip(T("a"), T(""), T("no such file"))]
    assert "No findings in what was read." in Read(page(report)).text
    assert "nothing was scanned" in Read(page(Report("0.1.0"))).words()


def test_a_secret_is_shown_only_when_it_was_asked_for() -> None:
    finding = samples.key()
    finding.secret = Secret("password", T("****"), "0c" * 16, value="the value")
    assert "password the value" in Read(page(samples.report(finding))).words()
    finding.secret.value = None
    assert "password ****" in Read(page(samples.report(finding))).words()


def test_many_of_everything_else_is_cut_and_counted() -> None:
    report = samples.report(samples.apt(), targets=tuple(f"target-{n}" for n in range(60)))
    report.limited = [Skip(T("a"), T(f"b{n}"), T("c")) for n in range(1000)]
    finding = samples.key()
    finding.places = tuple(samples.key().places) * 20
    report.findings.append(finding)
    words = Read(page(report)).words()
    assert "and 10 more targets" in words
    assert "Looked into only in part (1000)" in words
    assert "and 800 more, which --format json lists" in words
    assert finding.location == Location(T("root/.ssh/id_rsa"), 1, 1, 1, 36)


@pytest.mark.parametrize("width", [1280, 400])
def test_the_pictures_of_the_page(width: int) -> None:
    data = (Path(__file__).parents[2] / "docs" / f"report-{width}.png").read_bytes()
    assert struct.unpack(">8sI4sI", data[:20]) == (b"\x89PNG\r\n\x1a\n", 13, b"IHDR", width)
    assert len(data) < 300_000
