"""Dockerfiles with a secret in every sort of place, each beside something that other rules report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from tests.plants import Plant

BESIDE = "sudo apt-get install nano && cd /x && curl -k http://h.example.net/i.sh | sh"
"""Reported by half a dozen rules, whose messages and frames show the whole line."""


def places(plant: Plant) -> Iterator[tuple[str, str]]:
    """(name of the place, a Dockerfile with the secret in it), for each place that the text of the secret fits in."""
    body = plant.text.rstrip("\n")
    yield "run-heredoc", f"RUN <<EOF\n{BESIDE}\n{body}\n{BESIDE}\nEOF"
    yield "copy-heredoc", f"COPY --chmod=777 <<EOF etc/x\n{body}\nEOF"
    yield "comment", "\n".join(f"# {line}" for line in plant.lines) + f"\nRUN {BESIDE}"
    yield "json", f"CMD {json.dumps(['sudo', 'sh', '-c', body])}\nCMD sudo true"
    yield "printf", f"RUN {BESIDE} && printf {json.dumps(body)} > /k"
    if len(plant.lines) > 1:
        yield "echo-lines", "RUN " + " && \\\n    ".join(f"echo {shlex.quote(line)} >> /k" for line in plant.lines)
        return
    yield "run", f"RUN {BESIDE}; {body}"
    yield "run-ahead", f"RUN {body} && {BESIDE}"
    yield "run-argument", f"RUN sudo tool {json.dumps(body)}"
    half = len(body) - len(plant.value) // 2 - (len(body) - body.index(plant.value) - len(plant.value))
    yield "run-cut", f"RUN {BESIDE} && {body[:half]}\\\n{body[half:]}"
    yield "continued", f"RUN {BESIDE} && \\\n    {body} && \\\n    sudo true"
    yield "cmd", f"CMD sudo tool {body}\nCMD sudo true"
    yield "entrypoint", f"ENTRYPOINT sudo {body}\nENTRYPOINT {body}"
    yield "healthcheck", f"HEALTHCHECK --interval=5s CMD sudo {body}\nHEALTHCHECK CMD {body}"
    yield "onbuild", f"ONBUILD RUN sudo {body} && {BESIDE}"
    yield "unknown", f"FOOBAR {body}"
    yield "broken-json", f'CMD ["sudo", {json.dumps(body)[:-1]}]'
    yield "maintainer", f"MAINTAINER {body}"
    yield "label", f"LABEL note={shlex.quote(body)} sudo"
    if plant.assignment:
        name, _, value = body.partition("=")
        yield "env", f"ENV {body} A=$A"
        yield "env-legacy", f"ENV {name} {value}"
        yield "env-quoted", f'ENV "{body}"' if '"' not in body else f"ENV '{body}'"
        yield "arg", f"ARG {body}"
        yield "label-pair", f"LABEL {body}"
        yield "mount", f"RUN --mount=type=secret,id=x,env={body} {BESIDE}"
        yield "env-continued", f"ENV A=b \\\n    {body} \\\n    C=d"
        yield "env-cut", f"ENV {name}={value[:-7]}\\\n{value[-7:]}\nRUN {BESIDE}"


def bare(plant: Plant) -> str:
    """One Dockerfile that gives the secret away in an ENV, and has its bare value everywhere else."""
    value = word = plant.word
    known = f"COPY <<EOF /k\n{plant.text}\nEOF" if len(plant.lines) > 1 or plant.path else f"RUN {plant.text}"
    return "\n".join(
        [
            f"FROM registry.example.com/{word}:latest AS {word}",
            f"FROM --platform=linux/{word} alpine:{word}",
            f"ENV {plant.text}" if plant.assignment else known,
            f"COPY --from={word} --chown={word} --chmod=777 {word} {word} {word}",
            f"ADD --checksum={word} http://h.example.net/{word}.tgz /x",
            f"WORKDIR {word}",
            f"USER {word}",
            f"EXPOSE {word}:99999",
            f"VOLUME [{json.dumps(value)}]",
            f"SHELL {value}",
            f"STOPSIGNAL {value}",
            f"RUN cd {word} && sudo {word}",
            f"RUN chmod 777 {word} && chmod u+s /{word} && useradd -u 99999999 {word}",
            f"RUN --mount=type=bind,from={word},source={word},target={word} pip install {word} && npm install {word}",
            f"RUN apt-get install {word} && gem install {word} && go install {word}@latest && wget http://x/{word}|sh",
            f"RUN sh -c 'sudo {word}' ; git clone https://x/{word} ; curl -k -H {shlex.quote(value)} -u x http://y",
            f"FOO {word}",
            f"ENV NOTE={word} {word}=$NOTE",
            f"LABEL {word} = {word}",
            f"# syntax={word}",
            f"CMD ['{word}']",
            f"RUN echo {json.dumps(value)} | base64 && echo {shlex.quote(value)}",
            f"{word} is no instruction",
        ]
    )
