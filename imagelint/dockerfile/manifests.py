"""Which files of a build context an install of dependencies reads: those that name the dependencies, and nothing else.

What it might read besides, a script of the project's or a package in a folder of it, makes the answer none. The files
are those of the programs' own documentation: docs.npmjs.com/cli/commands/npm-ci, classic.yarnpkg.com/docs/cli/install,
pnpm.io/cli/install, pip.pypa.io/en/stable/reference/requirements-file-format, go.dev/ref/mod#go-mod-download.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.tree import read_regular
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_copy import CopySubject

_MOST_BYTES = 4 << 20
"""A lock file of a large project has two."""
_MOST_FILES = 16
"""Requirement files that name each other."""
_LOCKS = {"npm": ("package-lock.json", "npm-shrinkwrap.json"), "yarn": ("yarn.lock",), "pnpm": ("pnpm-lock.yaml",)}
_SETTINGS = {"npm": (".npmrc",), "yarn": (".npmrc", ".yarnrc"), "pnpm": (".npmrc",)}
_NODE_ELSE = frozenset("binding.gyp .yarnrc.yml .yarnclean .pnpmfile.cjs .pnp.cjs pnpm-workspace.yaml".split())
"""What makes an install of Node.js packages read more than the manifest, or write where the context has a file."""
_SCRIPTS = frozenset(
    "preinstall install postinstall prepublish preprepare prepare postprepare dependencies pnpm:devPreinstall".split()
)
"""Scripts of a package that its own install runs."""
_FOLDERS = frozenset(("node_modules", ".yarn", "venv", ".venv", "site-packages"))
"""What installs write to: of one in the context, it would matter which comes first."""
_FLAGS = frozenset(
    """
    --omit=dev --only=production --only=prod --production --prod -P --no-audit --no-fund --ignore-scripts -s -q -x
    --no-optional --legacy-peer-deps --silent --verbose --quiet --no-progress --progress=false --non-interactive
    --include=dev --frozen-lockfile --immutable --pure-lockfile --force --unsafe-perm --loglevel=error --loglevel=warn
    --no-cache-dir --no-deps --upgrade -U --pre --user --require-hashes --prefer-binary --disable-pip-version-check
    --no-compile --compile --no-input --break-system-packages --root-user-action=ignore --no-build-isolation
    """.split()
)
_VALUED = frozenset(
    """
    --network-timeout --loglevel --timeout --default-timeout --retries --progress-bar -i --index-url --extra-index-url
    --trusted-host
    """.split()
)
_LOCAL = Lazy(r"(?:file|link|portal|workspace|patch):|[./~]|.*\.t(?:ar\.)?gz$")
"""A dependency that lies in the project."""
_LOCAL_IN_LOCK = Lazy(r'"link": *true|"(?:resolved|version)": *"file:|\b(?:file|link|portal|workspace|patch):[./\w"]')
_PLAIN_NAME = Lazy(r"[A-Za-z0-9_][\w.-]*")
_REQUIREMENT = Lazy(
    r"(?:git\+)?https?://\S+.*|[A-Za-z0-9][\w.-]*(?:\s*\[[\w\s,.-]*\])?\s*(?:$|[=<>!~;].*|@\s*(?:git\+)?https?://.*)"
)
_OPTION = Lazy(
    r"(?:-i|--index-url|--extra-index-url|--trusted-host|--no-binary|--only-binary|--prefer-binary|--pre|--require-hashes)\b.*"
)
_FILE = Lazy(r"file:|^[^:]*\.(?:whl|zip|tar\.gz)$")
_NESTED = Lazy(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)$")
_ELSEWHERE = Lazy(r"(?:PIP_|npm_config_|YARN_|GO)\w*|COMPOSER\w*", re.I)
"""Variables that have an install read or write elsewhere."""
_HARMLESS = frozenset(
    "PIP_NO_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK PIP_DEFAULT_TIMEOUT PIP_ROOT_USER_ACTION PIP_BREAK_SYSTEM_PACKAGES "
    "GO111MODULE GOOS GOARCH GOPROXY GOSUMDB GOPRIVATE".split()
)


def needed(command: CommandSubject, copy: CopySubject) -> list[str]:
    """The files in the top of the context, by their names, that a command reads of what a COPY takes; empty where it is
    no install that is known to read nothing else."""
    context = copy.dockerfile.context
    if copy.taken is None or context is None or context.notes.limited or context.notes.incomplete:
        return []
    paths = {entry.path: entry for entry, _ in copy.taken.files}
    if any(not _FOLDERS.isdisjoint(path.split("/")) or path.endswith("pyvenv.cfg") for path in paths):
        return []
    if any(_ELSEWHERE.fullmatch(name) and name not in _HARMLESS for name in copy.stage.data.environment):
        return []
    if command.command.assignments or command.reads or command.command.writes or command.wrapper:
        return []
    top = _Top(context.tree.root, {path for path, entry in paths.items() if "/" not in path and entry.sort == "file"})
    program = "pip" if command.program == "pip3" else command.program
    if program in _LOCKS:
        return _node(program, command.args, top)
    if program == "pip" and command.command.words[0] in ("pip", "pip3"):
        return _pip(command.args, copy.target, top)
    return _go(top) if program == "go" and command.args in (["mod", "download"], ["mod", "download", "-x"]) else []


class _Top:
    """The files in the top of a context."""

    def __init__(self, root: str, names: set[str]) -> None:
        self._root, self.names = root, names

    def text(self, name: str) -> str:
        """What stands in a file; empty where it is not to be had whole."""
        try:
            data = read_regular(os.path.join(self._root, name), _MOST_BYTES + 1) if name in self.names else b""
            return data.decode() if len(data) <= _MOST_BYTES else ""
        except (OSError, UnicodeDecodeError):
            return ""


def _node(program: str, args: list[str], top: _Top) -> list[str]:
    plain = _operands(args)
    frozen = {"--frozen-lockfile", "--immutable"} & set(args)
    if plain != ["ci"] if program == "npm" else not frozen or plain not in ([], ["install"], ["i"]):
        return []
    locks = [name for name in _LOCKS[program] if name in top.names]
    if len(locks) != 1 or not _NODE_ELSE.isdisjoint(top.names):
        return []
    try:
        package = json.loads(top.text("package.json"))
    except (ValueError, RecursionError):
        return []
    if not isinstance(package, dict) or {"workspaces", "pnpm", "dependenciesMeta"} & set(package):
        return []
    scripts = package.get("scripts", {})
    if "--ignore-scripts" not in args and not (isinstance(scripts, dict) and _SCRIPTS.isdisjoint(scripts)):
        return []
    named = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "resolutions", "overrides")
    if any(_is_local(package.get(name, {})) for name in named):
        return []
    lock = top.text(locks[0])
    if not lock or _LOCAL_IN_LOCK.search(lock):
        return []
    return ["package.json", *locks, *(name for name in _SETTINGS[program] if name in top.names)]


def _is_local(value: Any, deep: int = 0) -> bool:
    """Whether a map of dependencies names one that lies in the project."""
    if isinstance(value, str):
        return _LOCAL.match(value) is not None
    if not isinstance(value, dict) or deep > 4:
        return True
    return any(_is_local(inner, deep + 1) for inner in value.values())


def _operands(args: list[str], also: frozenset[str] = frozenset()) -> list[str] | None:
    """The words that are no options; None where an option is not known to leave the question alone."""
    found: list[str] = []
    words = iter(args)
    for word in words:
        if not word.startswith("-"):
            found.append(word)
        elif word in _VALUED or word in also:
            next(words, "")
        elif word not in _FLAGS and word.partition("=")[0] not in _VALUED:
            return None
    return found


def _pip(args: list[str], folder: str, top: _Top) -> list[str]:
    wanted = frozenset(("-r", "-c", "--requirement", "--constraint"))
    if _operands(args, wanted) != ["install"]:
        return []
    named = [args[place + 1] for place, word in enumerate(args[:-1]) if word in wanted]
    waiting, done = [absolute(name, folder) for name in named], list[str]()
    while waiting:
        path = waiting.pop(0)
        name = path.removeprefix(f"{folder}/")
        if name in done:
            continue
        if name not in top.names or not _PLAIN_NAME.fullmatch(name) or len(done) == _MOST_FILES:
            return []
        done.append(name)
        text = top.text(name).replace("\\\n", " ").replace("\\\r\n", " ")
        for line in text.splitlines():
            line = re.sub(r"(^|\s)#.*", "", line).strip()
            if nested := _NESTED.fullmatch(line):
                waiting.append(absolute(nested[1], folder))
            elif line and not _OPTION.fullmatch(line) and (not _REQUIREMENT.fullmatch(line) or _FILE.search(line)):
                return []
    return done


def _go(top: _Top) -> list[str]:
    """With Go 1.18 or later, which `go 1.21` asks for, it writes no sums: go.dev/doc/go1.18#go-command."""
    text = top.text("go.mod")
    if (
        not {"go.mod", "go.sum"} <= top.names
        or "go.work" in top.names
        or not re.search(r"(?m)^go 1\.(2[1-9]|[3-9]\d)", text)
    ):
        return []
    return [] if re.search(r"=>\s*(?:[./~]|[A-Za-z]:)", text) else ["go.mod", "go.sum"]
