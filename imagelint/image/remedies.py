"""How to mend a finding of an image here: by the surface it lies on, by the instruction that put it there, by what
became of its bytes, and by whose layer it is."""

from __future__ import annotations

import re

from imagelint.engine.rule import Rule
from imagelint.findings import LayerInfo, SafeText
from imagelint.image.origin import BASE
from imagelint.image.surfaces import INSTRUCTIONS
from imagelint.secrets.redact import Redactor, plain
from imagelint.secrets.remedy import HOW, NOT_THESE, how, with_revoking

IN_LAYERS = ("file", "archive", "name", "link", "xattr", "header", "gap")
KEYWORDS = dict(INSTRUCTIONS.values())
"""Surface -> the instruction that sets it."""
SURFACES = {
    "build-arg": HOW["ARG"],
    "history": HOW["RUN"],
    "author": "Leave it out of the image's author: LABEL or --author",
    "comment": "Leave it out of the comment that the image was committed with",
    "annotation": "Leave it out of the annotations that the build or the push gives the image",
    "config": "Leave it out of what the builder writes into the image's configuration",
    "manifest": "Leave it out of what the builder writes into the image's manifest",
    "attestation": "Attest less: --provenance=mode=min leaves out build arguments and the Dockerfile. No mode writes "
    "down what RUN --mount=type=secret lends",
}
SBOM = "Leave it out of the files and names that the build lists in this attestation"
SOMEHOW = (
    "Build the image without it, and mount it where it is needed: RUN --mount=type=secret, or when a container starts"
)
RUN = "Let no RUN leave it behind: RUN --mount=type=secret lends it, and a stage that does not ship may keep it"
REBUILD = {
    "COPY": "No later layer takes it out: build without that COPY, or COPY it in a stage that does not ship; "
    "RUN --mount=type=secret lends it to a step",
    "RUN": "No later layer takes it out: delete it in the RUN that makes it, or make it in a stage that does not ship",
    "": "No later layer takes it out: build the image without it, or in a stage that does not ship",
}
"""For bytes that a later layer deletes, hides or overwrites."""
BUILT_ASIDE = "in a stage that does not ship"
NOT_SHIPPED = {
    "deleted": {
        "COPY": f"Lend it to the step that needs it, by RUN --mount=type=bind, or COPY it {BUILT_ASIDE}",
        "RUN": f"Delete it in the RUN that makes it, or make it {BUILT_ASIDE}; RUN --mount=type=cache keeps caches out",
        "": f"Build the image without it, or make it {BUILT_ASIDE}",
    },
    "overwritten": {
        "COPY": "Copy it once, as it is to be: COPY --chown and --chmod set owner and mode, and .dockerignore leaves "
        "out what a later step makes",
        "RUN": f"Write it once: join the two instructions to one RUN, or do both {BUILT_ASIDE} and COPY the result",
        "": "Write it once, in one instruction",
    },
}
NOT_SHIPPED["hidden"] = NOT_SHIPPED["deleted"]
"""For bytes out of sight, by what became of them and by the instruction that brought them."""
CLEANS = {
    "var/cache/apt": "End the same RUN with: && apt-get clean",
    "var/cache/apk": "Give apk add its --no-cache",
    "var/cache/dnf": "End the same RUN with: && dnf clean all",
    "var/cache/libdnf5": "End the same RUN with: && dnf clean all",
    "var/cache/yum": "End the same RUN with: && yum clean all",
    "var/cache/zypp": "End the same RUN with: && zypper clean --all",
    "var/cache/pacman/pkg": "End the same RUN with: && pacman -Scc --noconfirm",
    ".cache/pip": "Give pip its --no-cache-dir",
    ".cache/uv": "Give uv its --no-cache",
    ".npm/_cacache": "End the same RUN with: && npm cache clean --force",
    ".cache/yarn": "End the same RUN with: && yarn cache clean",
    ".cache/go-build": "End the same RUN with: && go clean -cache",
    "go/pkg/mod": "End the same RUN with: && go clean -modcache",
    ".composer/cache": "End the same RUN with: && composer clear-cache",
    ".cache/composer": "End the same RUN with: && composer clear-cache",
    "conda/pkgs": "End the same RUN with: && conda clean --all --yes",
    "conda3/pkgs": "End the same RUN with: && conda clean --all --yes",
    "forge3/pkgs": "End the same RUN with: && conda clean --all --yes",
}
"""By the end of a cache's path, what its package manager has against it."""
LEFT_OUT = "Leave it out of what is copied: name it in .dockerignore, or copy less from the other stage"
GIT = "Name .git in .dockerignore: it has every version of every file"
SSH = "Name the file in .dockerignore, and lend the key to the step that needs it: RUN --mount=type=ssh"
_GIT = re.compile(r"(?:^|/)\.git/")
_SSH = re.compile(r"(?:^|/)\.ssh/")
_KEYWORD = re.compile(r"(?:#\(nop\) +|^)(COPY|ADD|RUN|ENV|LABEL|ARG|WORKDIR|CMD)\b")
_SHELL = re.compile(r"(?:\|\d+ |/\S*sh -)")
"""How the legacy builder and Buildah begin what a RUN ran."""


def keyword(created_by: str) -> str:
    """The instruction of a history entry, ADD as COPY; empty for one that has none (an import, a commit)."""
    if match := _KEYWORD.search(created_by[:200].lstrip()):
        return "COPY" if match[1] == "ADD" else match[1]
    return "RUN" if _SHELL.match(created_by) else ""


class Remedies:
    """The remedies of one image."""

    def __init__(self, base: str, where: str, public: bool, redactor: Redactor) -> None:
        """`base` is the name of the base image, and `where` the FROM that names it; empty where they are not known."""
        self._public, self._redactor = public, redactor
        self._brings = [("The base image ", False), (base, True)] if base else [("The base image", False)]
        if where:
            self._brings += [(" (", False), (where, True), (")", False)]

    def secret(
        self, rule: Rule, surface: str, path: str, status: str, layer: LayerInfo | None, *, mixed: bool
    ) -> SafeText | None:
        """Of a secret, None where the rule's own remedy serves; `mixed`: it lies in the base image and in this image's
        own layers."""
        if layer is not None and layer.origin == BASE and not mixed:
            return self._parts(" brings it: take a newer tag or another base, or ask whoever builds it")
        if rule.id in NOT_THESE:
            return None
        text = with_revoking(_how(surface, path, status, layer), rule, public=self._public)
        if mixed:
            return self._redactor.parts([(f"{text}. ", False), *self._brings, (" has it too: change both", False)])
        return self._redactor.parts([(text, False)])

    def entry(self, layer: LayerInfo) -> SafeText | None:
        """Of a file or folder that is wrong as it is; None where the rule's own remedy serves."""
        if layer.origin != BASE:
            return None
        return self._parts(" brings it: take a newer tag or another base, or change it in a RUN of your own")

    def waste(self, status: str, layer: LayerInfo, cache: str) -> SafeText | None:
        """Of bytes that nobody needs, None where the rule's own remedy serves. `cache` is the path of a package
        manager's cache, empty for all else."""
        if layer.origin == BASE:
            return self._parts(
                " brings it, and no later layer makes a pull smaller: take a newer tag or a smaller base"
            )
        made = keyword(layer.created_by or "")
        if status == "present":
            if made == "RUN" and cache:
                how = next((how for end, how in CLEANS.items() if cache.endswith(end)), "Delete it in the same RUN")
                mount = f"{how}; or keep it for the next build, out of the layer: RUN --mount=type=cache,target=/"
                return self._redactor.parts([(mount, False), (cache, True)])
            return plain(LEFT_OUT) if made == "COPY" else None
        return plain(NOT_SHIPPED[status].get(made, NOT_SHIPPED[status][""]))

    def _parts(self, text: str) -> SafeText:
        return self._redactor.parts([*self._brings, (text, False)])


def _how(surface: str, path: str, status: str, layer: LayerInfo | None) -> str:
    if surface in IN_LAYERS:
        made = keyword(layer.created_by or "") if layer is not None else ""
        return _in_layer(made, path, status)
    if surface == "attestation" and "provenance" not in path:
        return SBOM
    if surface == "history" and layer is not None and (made := keyword(layer.created_by or "")) in HOW and made:
        return how(made)
    return SURFACES.get(surface) or how(KEYWORDS[surface])


def _in_layer(made: str, path: str, status: str) -> str:
    if made == "COPY" and _GIT.search(path):
        return GIT
    if status != "present":
        return REBUILD.get(made, REBUILD[""])
    if made == "COPY":
        return SSH if _SSH.search(path) else how(made)
    return RUN if made == "RUN" else SOMEHOW
