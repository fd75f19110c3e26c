"""Cases of several stages, of build arguments, and of images that are built from others."""

from __future__ import annotations

from tests.provenance.bed import BUILDKIT, LEGACY, PODMAN, Case

PARENT = """\
# The other file.

> FROM {base}
> RUN touch /{mark}
> ENV {mark}={secret}
> COPY {mark} /
> LABEL {mark}={secret}
> EXPOSE {ssh}
> USER {root}
> CMD ["true"]
"""
ARGUMENTS = """\
> ARG first={base}
> ARG second=unused
> FROM $first
> ARG second
> ARG plain
> ARG given=default
> RUN touch /{mark}
> RUN touch /{mark} && echo $given
> ENV {mark}=$given-{secret}
> COPY {mark} /srv/$given/
> ARG late=last
> LABEL {mark}="$late {secret}"
> RUN ["touch", "/{mark}"]
> WORKDIR /$late/{mark}
"""

CASES = [
    Case(
        "two stages",
        """\
> FROM {base} AS build
> RUN touch /{mark} && echo built > /out
> COPY {mark} /
> ENV {mark}={secret}

> FROM {base}
> COPY --from=build /out /{mark}
> RUN touch /{mark}
> COPY --from=0 --chown=1:1 /out /srv/{mark}
> COPY --from={base} /bin/busybox /srv/{mark}
> LABEL {mark}={secret}
> CMD true
""",
    ),
    Case(
        "a stage on a stage",
        """\
> FROM {base} AS first
> RUN touch /{mark}
> ENV {mark}={secret}
> FROM first AS second
> COPY {mark} /
> FROM {base} AS other
> RUN touch /{mark}
> FROM second
> RUN touch /{mark}
> COPY --from=other /bin/busybox /{mark}
> LABEL {mark}={secret}
""",
    ),
    Case(
        "names in other letters",
        """\
> FROM {base} as First
> RUN touch /{mark}
> FROM first AS Second
> COPY {mark} /
> FROM second
> ENV {mark}={secret}
""",
        builders=(LEGACY, BUILDKIT),
    ),
    Case(
        "a last stage of nothing",
        """\
> FROM {base} AS one
> RUN touch /{mark}
> ENV {mark}={secret}
> FROM {base} AS two
> RUN touch /{mark}
> FROM one
""",
    ),
    Case(
        "stages that say the same",
        """\
> FROM {base} AS one
> ENV same=1
> RUN echo same >> /{count}
> COPY same /{mark}
> FROM {base} AS two
> ENV same=1
> RUN touch /{mark}
> COPY same /{mark}
> USER 1000
""",
        files={"same": "same"},
    ),
    Case(
        "a target between",
        """\
> FROM {base} AS first
> RUN touch /{mark}
> FROM first AS wanted
> COPY {mark} /
> ENV {mark}={secret}
> RUN touch /{mark}
> FROM wanted AS last
> RUN touch /{mark}
> COPY {mark} /
""",
        words=("--target", "wanted"),
    ),
    Case(
        "a target among equals",
        """\
> FROM {base} AS first
> RUN echo x >> /{count}
> USER 1
> FROM {base} AS second
> RUN echo x >> /{count}
> USER 1
""",
        words=("--target", "first"),
        certain=0.0,  # both stages explain the image, and which was built is not written anywhere
    ),
    Case("arguments by default", ARGUMENTS),
    Case(
        "arguments given",
        ARGUMENTS,
        arguments={"given": "by hand", "plain": "two words", "second": "2", "late": "sooner"},
        certain=0.8,  # what was given is read back from `|N name=value`, which quotes nothing
    ),
    Case(
        "arguments that look like commands",
        """\
> FROM {base}
> ARG command="touch /x"
> ARG path=/bin/sh
> RUN touch /{mark}
> RUN echo $command && touch /{mark}
> RUN ["touch", "/{mark}"]
""",
        arguments={"command": "/bin/sh -c touch /y", "path": "a=b c=d"},
        certain=0.5,  # the same: where the arguments end is a guess, which may be declined
    ),
    Case(
        "arguments that ENV hides",
        """\
> FROM {base}
> ARG name=argument
> ARG other=one
> RUN touch /{mark}
> ENV name=variable
> RUN touch /{mark} && echo $name
> ARG name=again
> ARG other=two
> RUN touch /{mark} && echo $name $other
> COPY {mark} /srv/$name/
""",
    ),
    Case(
        "a secret in an argument",
        """\
> FROM {base}
> ARG {mark}={secret}
> RUN touch /{mark}
> COPY {mark} /
> RUN touch /{mark}
""",
    ),
    Case(
        "a parent of the same kind",
        """\
> FROM {parent}
> RUN touch /{mark}
> ENV {mark}={secret}
> COPY {mark} /
> LABEL {mark}={secret}
> CMD ["true"]
""",
        parent=PARENT,
    ),
    Case(
        "a parent that does the same",
        """\
> FROM {parent}
> USER 1
> ENV same=1
> RUN touch /tmp/{mark}
> COPY same /{mark}
> USER 1
""",
        parent="""\
> FROM {base}
> ENV same=1
> USER 1
> COPY same /{mark}
> USER 1
""",
        files={"same": "same"},
    ),
    Case(
        "a parent with the very same line",
        """\
> FROM {parent}
> RUN touch /mark_$who
""",
        parent="""\
> FROM {base}
> ENV who=b_3
> RUN touch /mark_$who
> ENV who=a_2
""",
    ),
    Case(
        "triggers",
        """\
> FROM {parent}
> RUN touch /{mark}
> COPY {mark} /
> ENV {mark}={secret}
""",
        parent="""\
> FROM {base}
> RUN touch /{mark}
> ONBUILD RUN touch /{mark}
> ONBUILD COPY {mark} /srv/
> ONBUILD ENV {mark}={secret}
""",
    ),
    Case(
        "triggers that say the same",
        """\
> FROM {parent}
> ENV who=a_3
> RUN touch /mark_$who
""",
        parent="""\
> FROM {base}
> ENV who=b_3
> ONBUILD RUN touch /mark_$who
""",
    ),
    Case(
        "a stage from scratch",
        """\
> FROM {base} AS build
> RUN mkdir /root-of && touch /root-of/x
> FROM scratch
> COPY --from=build /root-of/ /{mark}
> COPY {mark} /
> ENV {mark}={secret}
""",
    ),
]
SQUASHED = [
    Case(
        "squashed",
        """\
> FROM {base}
> RUN touch /{mark}
> COPY {mark} /
> ENV {mark}={secret}
""",
        builders=(PODMAN,),
        words=("--squash",),
        certain=0.0,
    ),
    Case(
        "all squashed",
        """\
> FROM {base}
> RUN touch /{mark}
> COPY {mark} /
> ENV {mark}={secret}
""",
        builders=(PODMAN,),
        words=("--squash-all",),
        certain=0.0,
    ),
    Case(
        "one layer for all",
        """\
> FROM {base}
> RUN touch /{mark}
> COPY {mark} /
> ENV {mark}={secret}
""",
        builders=(PODMAN,),
        words=("--layers=false",),
        certain=0.0,
    ),
]
