"""What the tests of fixes share: a Dockerfile with all fixes applied, and Dockerfiles made of parts that have some."""

from __future__ import annotations

import hashlib
from functools import cache

from hypothesis import strategies as st

from imagelint.dockerfile.lint import lint
from imagelint.dockerfile.mend import Mended, mend
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding
from tests.dockerfile.linting import detector, profile, rules

PARTS = (
    "FROM debian:12 AS Build",
    "FROM --platform=linux/amd64 alpine:3.20",
    "FROM build",
    "MAINTAINER Bob <bob@example.org>",
    "ARG API_TOKEN",
    "ARG GIT_COMMIT",
    "LABEL revision=$GIT_COMMIT",
    "COPY . /app",
    'ENV A=b B="$A c"',
    "ENV OLD form of value",
    "ENV DEBIAN_FRONTEND noninteractive",
    "ADD conf /etc/",
    "COPY --chmod=0777 a b /srv",
    "COPY <<EOF /etc/x",
    "COPY --from=nginx:1.27 a b",
    "RUN --mount=from=busybox:1.36,target=/b --mount=type=bind,from=build,target=/c /b/bin/ls",
    "RUN apt update && apt install curl",
    "RUN apt-get update",
    "RUN apt-get install -y --allow-unauthenticated a",
    "RUN sudo make install",
    "RUN apk add --allow-untrusted curl",
    "RUN dnf install httpd",
    "RUN pip install --trusted-host example.org a",
    "RUN yarn install && zypper install b",
    "RUN curl -fsSk https://example.org/a | tar x",
    "RUN wget --no-check-certificate http://example.org/a",
    "RUN cd /srv && make && cd doc && make",
    "RUN cd /srv",
    "RUN ./a",
    'RUN ./b "$API_TOKEN"',
    "RUN --network=host chmod 777 /data",
    "RUN useradd -u 123456789 app",
    "RUN ln -sf /bin/bash /bin/sh",
    'RUN bash -c "apt-get install x"',
    'RUN ["apt-get", "install", "x"]',
    "RUN <<EOF",
    "WORKDIR app",
    "EXPOSE 127.0.0.1:80:8080 90",
    "VOLUME ['/data', '/x',]",
    'CMD nginx -g "daemon off;"',
    "CMD ['a', 'b']",
    "ENTRYPOINT run --all $X",
    "HEALTHCHECK CMD ./check",
    "ONBUILD RUN apt-get install y",
    "USER größe",
)
BODY = "apt-get install z\ncd /x && make\n"


@st.composite
def dockerfiles(draw: st.DrawFn) -> bytes:
    """Dockerfiles of parts, with continuations and comments in places of chance, any line ends, odd bytes."""
    lines: list[str] = []
    for part in draw(st.lists(st.sampled_from(PARTS), max_size=9)):
        if draw(st.integers(0, 3)) == 0:
            lines.append(draw(st.sampled_from(("# comment", "", "# \udcff odd", "  # indented"))))
        words = part.split(" ")
        text = words[0]
        for word in words[1:]:
            text += draw(st.sampled_from((" ",) * 7 + ("  ", " \\\n    ", " \\\n  # inside\n  ", " \\\n\n")))
            text += word
        lines.append(text + draw(st.sampled_from(("",) * 5 + (" ", " && tail", "; tail", " || true"))))
        if "<<EOF" in part:
            lines += [BODY + "EOF"]
    text = "\n".join(lines) + draw(st.sampled_from(("\n", "")))
    text = text.replace("\n", draw(st.sampled_from(("\n", "\r\n"))))
    return draw(st.sampled_from((b"", b"\xef\xbb\xbf"))) + text.encode("utf-8", "surrogateescape")


class KnowsAll:
    """A registry that has every image, as --resolve would ask it."""

    platform = ""

    def digest(self, image: str, place: str = "") -> str:
        return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    def others(self, image: str, platform: str, place: str = "") -> list[str]:
        return []


@cache
def engine(*ids: str) -> Engine:
    return Engine(rules(), ids or profile("default", "strict", "manual"))


def findings(data: bytes, *ids: str) -> list[Finding]:
    """Unmasked, as fixes are made of them."""
    found, _ = lint("Dockerfile", data, engine(*ids), detector(), target="Dockerfile", show=True, registry=KnowsAll())
    return found


def mended(data: bytes, *ids: str, unsafe: bool = True) -> Mended:
    """The bytes after the fixes of some rules, or of every rule."""
    return mend(data, lambda now: findings(now, *ids), unsafe)
