"""30,000 results as SARIF: what writing them takes, beside the encoder that sarif-om names for itself and json.dump.

usage: python bench/sarif.py [RESULTS]

    imagelint   findings to the text of a log; half are of images, with trails, half of Dockerfiles, with fixes. What is
                over GitHub's 25,000 is left out
    json.dump   the log that imagelint wrote, read before that: a yardstick, which maps nothing and escapes nothing
    jschema     jschema_to_python over objects of sarif-om, where it is installed (pip install jschema-to-python); one
                location and one message for a result, a quarter of the text

Each in a process of its own. Seconds are of the processor, for the writing alone; memory is the highest of the process,
findings, or what stands for them, and interpreter included. All have the collector's threshold of the command line.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec

from measure import run

import imagelint.__main__  # noqa: F401 - sets the threshold
from imagelint.findings import Edit, Finding, Fix, LayerInfo, Location, Report, Severity, Step
from imagelint.report import sarif
from imagelint.secrets.redact import plain

BUDGET, MEMORY = 2.0, 300
"""Seconds and MiB for 30,000 results."""
DIGEST = "sha256:{:064x}"


def findings(count: int) -> list[Finding]:
    """Alternately of an image and of a Dockerfile, each in a file of its own."""
    return [_of_image(number) if number % 2 else _of_dockerfile(number) for number in range(count)]


def _of_image(number: int) -> Finding:
    made, gone = (
        LayerInfo(index, DIGEST.format(index), plain(f"RUN step {index}"), "own", index)
        for index in (number % 40, number % 40 + 1)
    )
    return Finding(
        rule="openssh-private-key",
        severity=Severity.ERROR,
        message=plain(f"OpenSSH private key in srv/{number}/id_rsa: deleted in layer {gone.index}"),
        target=plain("team/app:1"),
        location=Location(plain(f"srv/{number}/id_rsa"), 1, 1, 1, 36),
        fingerprint=f"{number:032x}",
        surface="file",
        layer=made,
        status="deleted",
        trail=(
            Step("introduced", plain("COPY . /srv"), made),
            Step("deleted", plain("RUN rm -r /srv"), gone),
            Step("shipped", plain("this layer is part of every pull: anyone who can pull the image can read it"), made),
        ),
    )


def _of_dockerfile(number: int) -> Finding:
    return Finding(
        rule="apt-get-assume-yes",
        severity=Severity.WARNING,
        message=plain("`apt-get install curl` asks a question that nobody can answer during a build"),
        target=plain("."),
        location=Location(plain(f"service-{number}/Dockerfile"), 2, 5, 2, 25),
        fingerprint=f"{number:032x}",
        surface="dockerfile",
        fix=Fix("Add -y", "safe", (Edit(2, 20, 2, 20, plain(" -y")),)),
    )


def ours(count: int, _: str) -> Callable[[], int]:
    """Write the report; how many bytes."""
    report = Report("0", [plain("."), plain("team/app:1")], findings(count))

    def work() -> int:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            sarif.render(report, {}, out)
            return out.tell()

    return work


def yardstick(_: int, path: str) -> Callable[[], int]:
    """Write a log that was read."""
    with open(path, encoding="utf-8") as file:
        log = json.load(file)

    def work() -> int:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            json.dump(log, out, separators=(",", ":"))
            return out.tell()

    return work


def peer(count: int, _: str) -> Callable[[], int]:
    """Write objects of sarif-om as its documentation has it."""
    import sarif_om as om
    from jschema_to_python.to_json import to_json  # type: ignore[import-not-found]  # has no types, and may be missing

    made = findings(count)

    def work() -> int:
        results = [
            om.Result(
                rule_id=finding.rule,
                level=finding.severity.value,
                message=om.Message(text=str(finding.message)),
                locations=[
                    om.Location(
                        physical_location=om.PhysicalLocation(
                            artifact_location=om.ArtifactLocation(uri=str(finding.location.path)),
                            region=om.Region(start_line=finding.location.line, start_column=finding.location.column),
                        )
                    )
                ],
            )
            for finding in made
        ]
        tool = om.Tool(driver=om.ToolComponent(name="peer"))
        return len(to_json(om.SarifLog(version="2.1.0", runs=[om.Run(tool=tool, results=results)])))

    return work


PROGRAMS = {"imagelint": ours, "json.dump": yardstick, "jschema": peer}


def main() -> None:
    """One program, when it is named; else all of them."""
    if len(sys.argv) == 4:
        name, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        work = PROGRAMS[name](count, path)
        started = time.process_time()
        size = work()
        print(time.process_time() - started, size)
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    print(f"{count} findings as SARIF; budget {BUDGET} s, {MEMORY} MiB")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.sarif")
        with open(path, "w", encoding="utf-8") as out:
            sarif.render(Report("0", [plain(".")], findings(count)), {}, out)
        for name in PROGRAMS:
            if name == "jschema" and not find_spec("jschema_to_python"):
                print("jschema    is not installed: pip install jschema-to-python")
                continue
            done = run([sys.executable, __file__, name, str(count), path])
            seconds, written = map(float, done.output.split())
            print(f"{name:10} {seconds:6.2f} s {done.memory:6.0f} MiB {written / 1e6:6.1f} MB")


if __name__ == "__main__":
    main()
