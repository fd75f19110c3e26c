"""How to keep a secret out, by where it stands, and where to take it out of use. What a Dockerfile and an image have
in common.

Docker's documentation: build/building/secrets (secret and SSH mounts), build/concepts/context (.dockerignore),
build/building/multi-stage, build/metadata/attestations/slsa-provenance (what each mode writes down).
"""

from __future__ import annotations

import re

from imagelint.engine.rule import Rule

LENT = "RUN --mount=type=secret,id=ID,env=NAME lends it to a build step"
START = "give it when a container starts, by --env-file or a mounted file"
REVOKE, AT_ONCE = "Revoke it too", "A stranger can pull this image, so revoke it now"
_AND_THEN = ", then pass"
"""What some rules go on with, and the text ahead of it has said."""
HOW = {
    "COPY": "Name the file in .dockerignore, and lend it to the step that needs it: RUN --mount=type=secret",
    "RUN": "Take it out of the command, whose text the history keeps: RUN --mount=type=secret lends the step a file",
    "ENV": f"Leave it out of ENV, and {START}; {LENT}",
    "ARG": f"Do not give it as a build argument, which the history keeps: {LENT}",
    "LABEL": "Leave it out of LABEL, which is there to be read by everyone",
    "": "Take it out of the file, and out of the history of the repository that has it",
}
"""By the instruction that a secret stands in; empty for a comment."""
HOW["ADD"] = HOW["COPY"]
WRITTEN = "Take it out of the Dockerfile, and out of the history of its repository: " + LENT
"""What a COPY or an ADD writes itself: a here-document, a password in an address."""
STARTED = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD", "SHELL"))
NOT_THESE = frozenset(("password-hash-in-shadow",))
"""Rules whose own text says all there is to do."""


def how(keyword: str) -> str:
    """How to keep a secret out of an instruction."""
    if keyword in HOW:
        return HOW[keyword]
    return f"Leave it out of {keyword}" + (f": {START}" if keyword in STARTED else "")


def with_revoking(text: str, rule: Rule, *, public: bool = False) -> str:
    """The text, and what the rule's own file says of taking the secret out of use; `public`: strangers can read it."""
    first = re.split(r"(?<!\.)\. (?=[A-Z])", " ".join(rule.texts.revoke.split()), maxsplit=1)[0]
    first = first.partition(_AND_THEN)[0].removesuffix(".")
    if not first:
        return text
    word = first.partition(" ")[0]
    if word[1:].islower():
        first = first[0].lower() + first[1:]
    return f"{text}. {AT_ONCE if public else REVOKE}: {first}"
