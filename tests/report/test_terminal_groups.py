"""What is found together is told together: groups, their order, and what is said once in each."""

from __future__ import annotations

from imagelint.findings import Finding, Frame, LayerInfo, Location, ScannedImage, Severity, StoredLayer
from tests.report import samples
from tests.report.samples import T
from tests.report.test_terminal import shown, text


def apts(*lines: int) -> list[Finding]:
    """The same finding at several lines."""
    findings = []
    for line in lines:
        finding = samples.apt()
        finding.location = Location(T("Dockerfile"), line, 5, line, 25)
        finding.frame = Frame(line, (T("RUN apt-get install curl"), T("USER app")), ((line, 5, 25),))
        findings.append(finding)
    return findings


def test_how_to_mend_is_said_once_in_a_file() -> None:
    findings = apts(3, 8, 5)
    elsewhere = samples.apt()
    elsewhere.location = Location(T("other/Dockerfile"), 2, 5, 2, 25)
    output = shown(samples.report(*findings, elsewhere))
    assert [line.strip() for line in output.splitlines() if "= fix" in line] == [
        "= fix: Add -y",
        "= fix: as at line 3",
        "= fix: as at line 3",
        "= fix: Add -y",
    ]


def test_lines_around_a_place_are_shown_once() -> None:
    first, second = samples.apt(), samples.apt()
    second.rule, second.severity = "curl-pipe-shell", Severity.NOTE
    lines = shown(samples.report(first, second)).splitlines()
    assert lines.count("1 | FROM debian:12") == 1
    assert lines.count("2 | RUN apt-get install curl") == 2
    assert lines.count("  |     ^^^^^^^^^^^^^^^^^^^^") == 2


def entry(name: str, layer: LayerInfo, remedy: str | None = None) -> Finding:
    """A finding about a file of a layer."""
    place, message = Location(T(name)), T(f"{name} is open to all")
    found = Finding("open", Severity.NOTE, message, T("app:latest"), place, name, "file", layer, "present")
    found.remedy = T(remedy) if remedy else None
    return found


def test_the_hundredth_file_of_a_layer_is_one_line() -> None:
    layer = LayerInfo(2, samples.DIFF, T("COPY . /srv"), "own", 2)
    findings = [entry(f"srv/{number}", layer, "Close it") for number in range(4)]
    findings[3].message = T("this one says not where")
    findings.append(entry("srv/9", layer, "Close it otherwise"))
    assert shown(samples.report(*findings), quiet=True) == text(
        """
        ── app:latest, layer 2, sha256:111111111111, of this image: 5 notes
           COPY . /srv

        note[open]: srv/0 is open to all
         --> srv/0
          = status: present, in the final filesystem
          = help: Close it

        note[open]: srv/1 is open to all
        note[open]: srv/2 is open to all
        note[open]: this one says not where
         --> srv/3

        note[open]: srv/9 is open to all
         --> srv/9
          = help: Close it otherwise

        """
    )


def test_a_trail_that_was_told_is_one_line() -> None:
    first, second = samples.key(), samples.key()
    second.location, second.places = Location(T("srv/other"), 1, 1, 1, 36), ()
    told = [
        "  = secret: openssh-private-key -----BEGIN **** (proved), fingerprint 0c0c0c0c0c0c",
        "  = trail: introduced (layer 3), deleted (layer 5), still shipped",
    ]
    lines = shown(samples.report(first, second)).splitlines()
    start = lines.index(" --> srv/other:1:1") + 1
    assert lines[start : start + 3] == [*told, ""]
    second.rule, second.remedy = "secret-in-env", T(samples.RULES[first.rule].remedy)
    lines = shown(samples.report(first, second)).splitlines()
    start = lines.index(" --> srv/other:1:1") + 1
    assert lines[start : start + 3] == [*told, "  = help: as for root/.ssh/id_rsa"]


def titles(*findings: Finding) -> list[str]:
    """The groups in their order."""
    return [line for line in shown(samples.report(*findings)).splitlines() if line.startswith("── ")]


def test_the_worst_comes_first() -> None:
    base, own = LayerInfo(0, "sha256:0", None, "base"), LayerInfo(5, "sha256:5", None, "own")
    late = samples.pipe()
    late.location = Location(T("z/Dockerfile"), 1)
    high = entry("etc/shadow", LayerInfo(7, "sha256:7", None, "own"))
    high.severity = Severity.WARNING
    assert titles(entry("a", base), entry("a", own), high, samples.apt(), late) == [
        "── z/Dockerfile: 1 error",
        "── Dockerfile: 1 warning",
        "── app:latest, layer 7, sha256:7, of this image: 1 warning",
        "── app:latest, layer 5, sha256:5, of this image: 1 note",
        "── app:latest, layer 0, sha256:0, of the base image: 1 note",
    ]


def test_two_images_of_one_archive_are_kept_apart() -> None:
    one, other = LayerInfo(1, "sha256:1"), LayerInfo(1, "sha256:2")
    assert len(titles(entry("a", one), entry("a", other))) == 2


def test_a_layer_says_of_which_image_of_several_it_is() -> None:
    def named(name: str, *diff_ids: str) -> ScannedImage:
        layers = tuple(StoredLayer(number, "", diff_id, -1) for number, diff_id in enumerate(diff_ids))
        return ScannedImage(T("app:latest"), T(name), "oci", T("x"), T("linux/amd64"), None, layers)

    images = [named("a:1", "all", "two", "one"), named("b:1", "all", "two"), named("c:1", "all")]
    findings = [entry("f", LayerInfo(number, diff_id)) for number, diff_id in enumerate(("all", "two", "one", "none"))]
    report = samples.report(*findings)
    report.images = images
    assert [line for line in shown(report).splitlines() if line.startswith("── ")] == [
        "── app:latest, layer 0, all: 1 note",
        "── app:latest, a:1 and 1 more, layer 1, two: 1 note",
        "── app:latest, a:1, layer 2, one: 1 note",
        "── app:latest, layer 3, none: 1 note",
    ]
    report.images = images[:1]
    assert "── app:latest, layer 2, one: 1 note" in shown(report)
    images[0].platform = T("linux/arm64")
    images[1].name = images[0].name
    report.images = images[:2]
    assert "── app:latest, linux/arm64, layer 2, one: 1 note" in shown(report)
    report.images = images
    assert "── app:latest, a:1 linux/arm64, layer 2, one: 1 note" in shown(report)


def test_one_dockerfile_needs_no_title() -> None:
    assert titles(samples.apt(), samples.pipe()) == []


def test_the_rules_are_counted_where_there_are_many() -> None:
    findings = apts(*range(1, 30))
    assert "most often" not in shown(samples.report(*findings))
    assert "\nmost often: apt-get-assume-yes 29, curl-pipe-shell 1\n" in shown(
        samples.report(*findings, samples.pipe())
    )


def test_the_files_are_counted_where_there_are_many() -> None:
    findings = apts(*range(1, 30))
    for number, finding in enumerate(findings):
        finding.location.path = T(f"{number:02}/Dockerfile")
    output = shown(samples.report(*findings))
    assert "\n00/Dockerfile: 1 warning\n" in output
    assert "\n14/Dockerfile: 1 warning\nand 14 more: 14 warnings\n" in output
