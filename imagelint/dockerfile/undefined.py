"""Variables that an instruction reads and that nothing has defined: a build puts nothing in their place.

What BuildKit calls UndefinedVar (https://docs.docker.com/reference/build-checks/undefined-var/). BuildKit asks the
registry which variables the base image sets. Here that is known of scratch and of some images that everybody uses; of
another base only names are told that it cannot set: those of build arguments declared elsewhere in the file, and those
in small letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.stages import PROXY_ARGUMENTS
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject

_EXPANDS = frozenset(("ADD", "ARG", "COPY", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"))
_ALWAYS = PROXY_ARGUMENTS | {"PATH", "BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE", "container"}
_IMAGES = {
    name: frozenset(variables.split())
    for names, variables in (
        ("scratch debian ubuntu alpine busybox rockylinux almalinux amazonlinux opensuse/leap opensuse/tumbleweed", ""),
        ("centos fedora oraclelinux buildpack-deps photon", "DISTTAG FGC FBR"),
        ("node", "NODE_VERSION YARN_VERSION"),
        ("golang", "GOLANG_VERSION GOPATH GOTOOLCHAIN"),
        ("rust", "RUSTUP_HOME CARGO_HOME RUST_VERSION"),
        ("python", "LANG GPG_KEY PYTHON_VERSION PYTHON_SHA256 PYTHON_PIP_VERSION PYTHON_SETUPTOOLS_VERSION"),
        ("nginx", "NGINX_VERSION NJS_VERSION NJS_RELEASE PKG_RELEASE DYNPKG_RELEASE ACME_VERSION"),
    )
    for name in names.split()
}
"""Well-known images and the variables that their own Dockerfiles set, PATH left out."""
_IMAGES["python"] |= {"PYTHON_GET_PIP_URL", "PYTHON_GET_PIP_SHA256", "PYTHONIOENCODING"}
_OFFICIAL = ("docker.io/library/", "library/", "docker.io/")

_WITH_WORD = r"\$\{\w+:?[-+?](?:[^{}$]|\$\{[^{}]*\}|\$(?!\{))*\}"
_QUOTED = Lazy(rf"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|{_WITH_WORD}|\$\{{[^}}]*\}}|\$\w+""")
_NAME = Lazy(rf"\\.|{_WITH_WORD}|\$\{{([A-Za-z_]\w*)(?:[#%/][^}}]*)?\}}|\$([A-Za-z_]\w*)")
"""A name that is read as it is: `${NAME:-word}` and its like say what to do where it is undefined."""
_MAX_NAMES = 20


def undefined(instruction: InstructionSubject) -> list[str]:
    """The names of the undefined variables that the instruction reads, each once."""
    if instruction.keyword not in _EXPANDS or instruction.onbuild or not instruction.in_stage:
        return []
    if "escape" in instruction.dockerfile.directives:
        return []
    found = [name for name in dict.fromkeys(_names(instruction)) if _is_undefined(name, instruction)]
    return found[:_MAX_NAMES]


def _names(instruction: InstructionSubject) -> Iterator[str]:
    data, first = instruction.instruction, instruction.first_pairs
    for place, pair in enumerate(data.pairs):
        if pair.value is not None and not pair.value.expanded:
            # What an earlier pair of the same instruction sets is told by env-reads-itself.
            # ARG A=$A only says that there is no default.
            own = pair.name if data.keyword == "ARG" else ""
            names = _in_word(pair.value.raw)
            yield from (name for name in names if first.get(name, place) >= place and name != own)
    for word in data.words if not data.pairs else ():
        if not word.expanded and not word.raw.startswith("<<"):
            yield from _in_word(word.raw)
    for heredoc in data.heredocs:
        if heredoc.expand and "$" in heredoc.body:
            yield from _read(heredoc.body)


def _in_word(raw: str) -> Iterator[str]:
    for part in _QUOTED.findall(raw):
        if part[0] != "'":
            yield from _read(part)


def _read(text: str) -> Iterator[str]:
    for braced, plain in _NAME.findall(text):
        if braced or plain:
            yield braced or plain


def _is_undefined(name: str, instruction: InstructionSubject) -> bool:
    stage = instruction.stage
    if name in _ALWAYS or stage.sets(name, instruction.instruction.number):
        return False
    known = _base_variables(stage.root)
    if known is not None:
        return name not in known
    if name in instruction.first_pairs:
        return _is_nothing_else(name, instruction)
    return name in instruction.dockerfile.all_arguments or name.islower()


def _is_nothing_else(name: str, instruction: InstructionSubject) -> bool:
    """ENV A=$A: nobody writes that of a variable that the base image sets."""
    value = instruction.instruction.pairs[instruction.first_pairs[name]].value
    return instruction.keyword == "ENV" and value is not None and value.raw.strip('"') in (f"${name}", f"${{{name}}}")


def _base_variables(root: StageSubject) -> frozenset[str] | None:
    """What the image sets that a stage stands on in the end; None when it is not known."""
    name = root.base_name
    for prefix in _OFFICIAL:
        name = name.removeprefix(prefix)
    return _IMAGES.get(name) if root.base_known else None
