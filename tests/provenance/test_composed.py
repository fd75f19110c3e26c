"""Forms that the engines here cannot build: here-documents, COPY --link, --parents and --exclude, ADD --checksum. The
images are composed. Their history is what BuildKit's frontend writes since 0.10 (frontend/dockerfile/dockerfile2llb:
dispatchRun and runCommandString, dispatchCopy, commitToHistory in convert.go and convert_copy.go):

* `RUN <<EOF` runs the document as the shell's script, without its first and last line; with `<<-` tabs at the beginning
  of lines are taken off; with `#!` it is a file, and its path below /dev/pipes stands there;
* a document among other words stays as it is, with all its lines;
* COPY names the document, and says nothing of --link and --exclude; --parents, --chown and --chmod stand there;
* ` # buildkit` is behind what makes a layer, but for WORKDIR.

Everything else is built: test_built.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imagemaker import docker_archive
from tests.provenance.bed import ask
from tests.provenance.composed import Step, compose

SHELL = "RUN /bin/sh -c "
KIT = " # buildkit"
DOCUMENTS = """\
# syntax=docker/dockerfile:1
> FROM {base}
> RUN <<EOF
| touch /{mark}
| echo "two"
|
| EOF
> RUN <<-END
| \ttouch /{mark}
| \t\techo two
| END
> RUN <<FILE
| #!/usr/bin/env python3
| open("/{mark}", "w")
| FILE
> COPY <<EOF /{mark}
| FROM nothing
| RUN touch /other
| EOF
> RUN cat <<EOF > /{mark} && true
| RUN a line that looks like one
| EOF
> COPY --chown=1:1 <<one <<"two" /{mark}/
| first
| one
| second
| two
> RUN touch /{mark}
"""
DOCUMENT_STEPS = [
    Step(1, SHELL + 'touch /{mark}\necho "two"\n\n' + KIT),
    Step(2, SHELL + "touch /{mark}\necho two\n" + KIT),
    Step(3, SHELL + "/dev/pipes/FILE" + KIT),
    Step(4, "COPY <<EOF /{mark}" + KIT),
    Step(5, SHELL + "cat <<EOF > /{mark} && true\nRUN a line that looks like one\nEOF" + KIT),
    Step(6, "COPY --chown=1:1 <<one <<two /{mark}/" + KIT, ("{mark}/one",)),
    Step(7, SHELL + "touch /{mark}" + KIT),
]
FLAGS = """\
> FROM {base} AS build
> RUN make
> FROM {base}
> COPY --link {mark} /
> COPY --link --chown=1:1 --chmod=0644 {mark} /srv/
> COPY --parents --exclude=*.o src/{mark} /
> ADD --checksum=sha256:{sum} https://example.org/{mark} /
> ADD --keep-git-dir=true https://example.org/app.git#v1 /{mark}
> COPY --from=build --link /out /{mark}
> RUN --mount=type=secret,id=key --network=none touch /{mark}
> RUN --mount=type=bind,from=build,source=/x,target=/y \\
|     touch /{mark}
> HEALTHCHECK --start-interval=1s CMD true
> EXPOSE 80 443/udp
> ENV {mark}={secret}
> WORKDIR /{mark}
""".replace("{sum}", "0" * 64)
FLAG_STEPS = [
    Step(3, "COPY {mark} /" + KIT),
    Step(4, "COPY --chown=1:1 --chmod=0644 {mark} /srv/" + KIT, ("srv/{mark}",)),
    Step(5, "COPY --parents src/{mark} /" + KIT, ("src/{mark}",)),
    Step(6, "ADD https://example.org/{mark} /" + KIT),
    Step(7, "ADD https://example.org/app.git#v1 /{mark}" + KIT, ("{mark}/x",)),
    Step(8, "COPY /out /{mark}" + KIT),
    Step(9, SHELL + "touch /{mark}" + KIT),
    Step(10, SHELL + "touch /{mark}" + KIT),
    Step(
        11,
        "HEALTHCHECK {Test:[CMD-SHELL true] Interval:0s Timeout:0s StartPeriod:0s StartInterval:1s Retries:0}",
        None,
    ),
    Step(12, "EXPOSE [80/tcp 443/udp]", None),
    Step(13, "ENV {mark}={secret}", None),
    Step(14, "WORKDIR /{mark}", ("{mark}/",)),
]
TWICE = """\
> FROM {base}
> RUN <<EOF
| #!/bin/sh
| touch /{mark}
| EOF
> RUN <<EOF
| #!/bin/sh
| touch /{mark}
| EOF
"""
ARGUMENTS = """\
> FROM {base}
> ARG given=one
> ARG more
> RUN <<EOF
| touch /{mark}
| EOF
> RUN touch /{mark}
"""
ARGUMENT_STEPS = [
    Step(1, "ARG given=a b /bin/sh", None),
    Step(2, "ARG more=/bin/sh -c touch /x", None),
    Step(3, "RUN |2 given=a b /bin/sh more=/bin/sh -c touch /x /bin/sh -c touch /{mark}\n" + KIT),
    Step(4, "RUN |2 given=a b /bin/sh more=/bin/sh -c touch /x /bin/sh -c touch /{mark}" + KIT),
]
CASES = {
    "here-documents": (DOCUMENTS, DOCUMENT_STEPS, 1.0),
    "flags": (FLAGS, FLAG_STEPS, 1.0),
    # Somebody may have exchanged them after the build, and the history would be the same.
    "two scripts of one name": (TWICE, [Step(at, SHELL + "/dev/pipes/EOF" + KIT) for at in (1, 2)], 0.0),
    # Where what was given ends is a guess, and a product may decline to make it.
    "arguments that look like commands": (ARGUMENTS, ARGUMENT_STEPS, 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_forms_of_newer_builders(tmp_path: Path, case: str) -> None:
    template, steps, certain = CASES[case]
    built, _ = compose(case, template, steps, tmp_path, "buildkit.dockerfile.v0")
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], str(told)
    assert told.share >= certain, str(told)


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_another_document(tmp_path: Path, at: int) -> None:
    """A document says something else than what made the image."""
    built, _ = compose("changed", DOCUMENTS, DOCUMENT_STEPS, tmp_path, "buildkit.dockerfile.v0")
    shown = built.dockerfile.instead(at, "RUN <<EOF", "touch /else", "EOF")
    told = ask(built, shown, tmp_path)
    assert told.wrong == [], str(told)


def test_history_without_text(tmp_path: Path) -> None:
    """Nothing is said of any layer, so nothing can be told; the layers are as many as the instructions."""
    steps = [Step(step.at, "", step.files) for step in DOCUMENT_STEPS]
    built, _ = compose("silent", DOCUMENTS, steps, tmp_path)
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], str(told)
    assert told.right == [], "by a guess: " + str(told)


def test_history_that_does_not_line_up(tmp_path: Path) -> None:
    """An entry too many that claims a layer, so that each layer would have its neighbour's text."""
    steps = [Step(1, SHELL + "touch /elsewhere" + KIT, None), *DOCUMENT_STEPS]
    built, recipe = compose("off by one", DOCUMENTS, steps, tmp_path)
    history = [dict(entry) for entry in recipe.history or () if not isinstance(entry, str)]
    for entry in history:
        entry.pop("empty_layer", None)
    assert len(history) == len(recipe.layers) + 1
    recipe.history = history
    docker_archive(built.archive, recipe)
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], str(told)
