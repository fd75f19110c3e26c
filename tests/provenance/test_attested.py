"""Images with BuildKit's provenance of mode=max beside them, which holds the Dockerfile and the lines of each step.

They are composed: no engine here writes attestations, for that takes a newer BuildKit with its own image store. The
form is that of BuildKit's documentation and of real statements in the wild (composed.attest). `layers` has for each
step the whole chain of layers of its result, those of stages that do not ship among them.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.provenance.bed import Built, Told, judge, scan
from tests.provenance.composed import Step, attest, compose
from tests.provenance.template import Span

TEMPLATE = """\
# syntax=docker/dockerfile:1
> FROM {base} AS build
> RUN make && \\
|     make install

> FROM {base}
> COPY --from=build /out /{mark}
> RUN <<EOF
| touch /{mark}
| EOF
> ENV {mark}={secret}
> RUN touch /{mark}
> COPY --link {mark} /
"""
STEPS = [
    Step(3, "COPY /out /{mark} # buildkit"),
    Step(4, "RUN /bin/sh -c touch /{mark}\n # buildkit"),
    Step(5, "ENV {mark}={secret}", None),
    Step(6, "RUN /bin/sh -c touch /{mark} # buildkit"),
    Step(7, "COPY {mark} / # buildkit"),
]
Chains = list[tuple[Span | None, list[int]]]


def make(folder: Path, steps: list[Step] = STEPS, **change: Any) -> tuple[Built, Path]:
    """The image, and a layout with a true statement but for the change."""
    built, recipe = compose("attested", TEMPLATE, steps, folder, "buildkit.dockerfile.v0")
    lines = [built.dockerfile.spans[identity] for identity in built.dockerfile.identities]
    chains: Chains = [
        (None, [0]),
        (lines[1], []),  # the stage that does not ship: its layers are none of this image's
        (None, []),
        (lines[3], [0, 1]),
        (lines[4], [0, 1, 2]),
        (lines[6], [0, 1, 2, 3]),
        (lines[7], [4]),  # --link: what is copied by itself, and then on top of the rest
        (lines[7], [0, 1, 2, 3, 4]),
    ]
    return built, attest(folder, recipe, built.dockerfile, chains, **change)


def ask(built: Built, layout: Path, folder: Path) -> tuple[Told, set[str]]:
    """What is told without any Dockerfile beside the image, and how sure."""
    report = scan(f"oci:{layout}", None)
    certain = {finding.get("layer", {}).get("certainty", "") for finding in report["findings"]}
    return judge(report, built, built.dockerfile), certain


@pytest.mark.parametrize("version", [0.2, 1])
def test_each_layer_is_exact(tmp_path: Path, version: float) -> None:
    built, layout = make(tmp_path, version=version)
    told, certain = ask(built, layout, tmp_path)
    assert told.wrong == [], str(told)
    assert len(told.right) >= 4, str(told)
    assert "exact" in certain


def test_exact_where_the_history_says_nothing(tmp_path: Path) -> None:
    steps = [Step(step.at, "" if step.files else step.created_by, step.files) for step in STEPS]
    built, layout = make(tmp_path, steps)
    told, _ = ask(built, layout, tmp_path)
    assert told.wrong == [], str(told)
    assert len([text for text in told.right if text.startswith("layer")]) == 4, str(told)


LINES = {"step3": {"locations": [{"ranges": [{"start": {"line": 4711}, "end": {"line": 4711}}]}]}}
CHANGES: dict[str, dict[str, Any]] = {
    "no locations": {"locations": {}},
    "lines that are not there": {"locations": LINES},
    "locations of no form": {"locations": {"step3": [{"ranges": "here"}], "step4": 7, "step5": {"locations": {}}}},
    "negative lines": {"locations": {"step4": {"locations": [{"ranges": [{"start": {"line": -3}, "end": {}}]}]}}},
    "no layers": {"layers": {}},
    "layers of no form": {"layers": {"step3:0": [{"digest": 3}], "step4": None, "x": [[]]}},
    "another file": {"info": {"data": base64.b64encode(b"FROM scratch\nRUN other\n").decode()}},
    "no file": {"info": {"data": ""}},
    "no base64": {"info": {"data": "%%%"}},
    "no text": {"info": {"data": base64.b64encode(b"\xff\xfe\x00").decode()}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_statement_that_lacks_something(tmp_path: Path, change: str) -> None:
    built, layout = make(tmp_path, **CHANGES[change])
    told, _ = ask(built, layout, tmp_path)
    assert told.wrong == [], str(told)


@pytest.mark.parametrize("change", ["", *CHANGES])
def test_beside_a_file_that_was_changed(tmp_path: Path, change: str) -> None:
    """Whichever of both is told of, its lines are right there."""
    built, layout = make(tmp_path, **CHANGES.get(change, {}))
    shown = built.dockerfile.after(0, "# new").instead(6, "RUN touch /other")
    (tmp_path / "Containerfile").write_bytes(shown.text.encode())
    report = scan(f"oci:{layout}", tmp_path / "Containerfile")
    embedded = judge(report, built, built.dockerfile)
    given = judge(report, built, shown, "Containerfile")
    assert [text for text in embedded.wrong if "Containerfile, " not in text] == []
    assert [text for text in given.wrong if "Containerfile, " in text] == []
