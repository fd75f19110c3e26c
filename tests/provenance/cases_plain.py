"""Cases of one stage: every instruction, and the ways to write it."""

from __future__ import annotations

from tests.provenance.bed import BUILDKIT, LEGACY, PODMAN, Case

CASES = [
    Case(
        "one stage",
        """\
# What every image has.
> FROM {base}
> ENV {mark}={secret}
> COPY {mark} /

> RUN touch /{mark}
> WORKDIR /{mark}
> LABEL {mark}={secret}
> RUN echo {line} > {mark}
> EXPOSE {ssh}
> USER 1000
> VOLUME /data
> STOPSIGNAL SIGTERM
> HEALTHCHECK CMD true {secret}
> ENTRYPOINT ["/bin/sh", "-c"]
> CMD ["echo {secret}"]
""",
    ),
    Case(
        "forms of RUN",
        """\
> FROM {base}
> RUN ["touch", "/{mark}"]
> RUN touch /{mark} && \\
|     echo one && \\
|     echo two
  # between
> RUN touch /{mark} \\
|   # a comment inside
|   && echo three \\
|
|   && echo four
> SHELL ["/bin/ash", "-e", "-c"]
> RUN touch /{mark}; echo   "two  blanks"   'and "quotes"'
> SHELL ["/bin/sh", "-c"]
> RUN touch /{mark} | true || false
> RUN set -eux; \\
|     touch /{mark}; \\
|     echo "a # b" ;
> RUN\ttouch /{mark}\t; true\t
>   RUN touch /{mark} && echo $PATH ${HOME:-nothing} \\$x
""",
    ),
    Case(
        "small letters",
        """\
> from {base}
> env {mark}={secret}
> copy {mark} /
> Run touch /{mark}
> workdir /{mark}
> add {mark} ./
> Label {mark}="{secret}"
> cmd true
""",
    ),
    Case(
        "ends of lines with CR",
        """\
> FROM {base}
> RUN touch /{mark} && \\
|     true
> COPY {mark} /
> LABEL {mark}={secret}
> RUN touch /{mark}
""",
        ending="\r\n",
    ),
    Case(
        "another escape",
        """\
# escape=`
> FROM {base}
> RUN touch /{mark} && `
|     echo "back\\slash"
> COPY {mark} `
|      /
> ENV {mark}={secret}
> RUN touch /{mark}
""",
    ),
    Case(
        "variables",
        """\
> FROM {base}
> ENV where=/srv name=app
> ENV {mark}=${where}-{secret}
> COPY {mark} $where/${name}/
> COPY {mark} ${where:-/x}/
> WORKDIR ${where}/{mark}
> LABEL {mark}="${name} {secret}"
> RUN touch {mark} && echo $name
> ENV where=/opt
> COPY {mark} $where/
> ADD {mark} ${nothing:-/opt}/
""",
    ),
    Case(
        "folders in folders",
        """\
> FROM {base}
> WORKDIR /{mark}
> WORKDIR {mark}
> RUN touch {mark}
> COPY {mark} .
> ENV where=deeper
> WORKDIR $where/{mark}
> COPY {mark} ./
""",
    ),
    Case(
        "a byte order mark",
        """\
\ufeff# the first line
> FROM {base}
> RUN touch /{mark}
> ENV {mark}={secret}
> COPY {mark} /
""",
    ),
    Case(
        "the same variable again",
        """\
> FROM {base}
> ENV TOKEN={secret}
> RUN touch /{mark}
> ENV TOKEN={secret}
> LABEL token={secret}
> COPY {mark} /
> LABEL token={secret}
> CMD echo {secret}
> CMD echo {secret}
""",
        certain=0.75,  # a value that was overwritten stands in the history, and two of them may be told as one
    ),
    Case(
        "a label from the command line",
        """\
> FROM {base}
> RUN touch /{mark}
> LABEL {mark}={secret}
> COPY {mark} /
""",
        words=("--label", "built=by hand", "--label", "second=2"),
    ),
    Case(
        "owners",
        """\
> FROM {base}
> COPY --chown=1000:1000 {mark} /
> COPY --chown=root {mark} /srv/
> ADD --chown=0 {mark} /
> COPY ["{mark}", "/srv/"]
> COPY one two {mark} /srv/
> COPY --chown=1:2 folder /{mark}
""",
        files={"one": "1", "two": "2", "folder/x": "x"},
    ),
    Case(
        "modes",
        """\
> FROM {base}
> COPY --chmod=600 {mark} /
> COPY --chown=1000 --chmod=0755 {mark} /srv/
> ADD --chmod=644 {mark} /
> RUN --mount=type=cache,target=/cache touch /{mark}
""",
        builders=(BUILDKIT,),
    ),
    Case(
        "the same again",
        """\
> FROM {base}
> RUN echo x >> /{count}
> RUN echo x >> /{count}
> COPY {mark} /
> RUN echo x >> /{count}
> RUN echo x >> /{count} # said otherwise
""",
    ),
    Case(
        "many of one kind",
        "> FROM scratch\n" + "> COPY {mark} /\n" * 120 + "> LABEL {mark}={secret}\n",
        builders=(BUILDKIT,),
    ),
    Case(
        "many of one kind, fewer",
        "> FROM scratch\n" + "> COPY {mark} /\n" * 20 + "> LABEL {mark}={secret}\n",
        builders=(LEGACY, PODMAN),
    ),
    Case(
        "nothing but values",
        """\
> FROM {base}
> RUN touch /{mark}
> ENV A=1 B="two words" {mark}={secret}
> ENV {mark} {secret}
> LABEL one=1 \\
|       two='2 3' \\
|       {mark}={secret}
> EXPOSE 80/tcp 443 {ssh}
> USER nobody:nogroup
> STOPSIGNAL 9
> VOLUME ["/a", "/b c"]
> HEALTHCHECK --interval=5s --retries=3 CMD ["true", "{secret}"]
> ENTRYPOINT exec true
> CMD echo {secret}
""",
    ),
    Case(
        "values that rules find",
        """\
> FROM {base}
> RUN touch /{mark}
> USER 1000
> EXPOSE 80 \\
|        443
> EXPOSE {ssh}
> VOLUME /data
> VOLUME ["/more", "{socket}"]
> ENV {path}
> USER {root}
""",
    ),
    Case(
        "values that no entry is known to write",
        """\
> FROM {base}
> RUN touch /{mark}
> MAINTAINER {secret}
> ONBUILD RUN echo {secret}
""",
        certain=0.3,  # the configuration's author, and BuildKit's triggers, of which its history says nothing
    ),
]
"""What one stage does. podman writes Docker's format, in which HEALTHCHECK, SHELL and ONBUILD exist."""
