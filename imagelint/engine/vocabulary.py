"""Every fact that a rule may use: its name, its type and one sentence.

The CEL environments and docs/facts.md are made from this table. To add a fact: one line here, and an attribute (or a
cached property) of the same name on the subject class (`from_` for copy.from, which Python reserves). Subjects of
Dockerfiles are in imagelint/dockerfile/, those of images in imagelint/image/subjects.py, containers in
imagelint/containers/model.py, stored images in imagelint/host/stored.py.

Types are CEL's: bool, int, string, list<string>. A fact always has a value: where there is nothing, it is "", 0, False
or []. A private fact may hold a whole secret: a condition may read it, a message may not. A rule also sees the facts of
the subjects around its own (`Kind.outer`): they hang on the subject as attributes (`command.stage`), and are never
None; ahead of the first FROM an instruction has an empty stage of index -1.
"""

from __future__ import annotations

from functools import cache

from imagelint.engine import vocabulary_container, vocabulary_host, vocabulary_image, vocabulary_steps
from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact, Kind

_DOCKERFILE = {
    "path": Fact(STRING, "The path of the file as the user named it."),
    "directives": Fact(LIST, "The names of its parser directives: syntax, escape, check."),
    "syntax": Fact(STRING, "The frontend of its syntax directive; empty when there is none."),
    "errors": Fact(INT, "How many mistakes a build would refuse."),
    "stages": Fact(INT, "How many stages it has."),
    "lines": Fact(INT, "How many lines it has that are neither blank nor comments."),
    "stage_names": Fact(LIST, "The names of its stages, in lower case, unnamed ones left out."),
    "arguments": Fact(LIST, "The names of the build arguments ahead of the first FROM."),
    "keywords": Fact(LIST, "The keyword of every instruction, in file order."),
    "ends_with_newline": Fact(BOOL, "Its last line is closed by a line end."),
}

_ERROR = {
    "code": Fact(STRING, "Which mistake: unknown-instruction, open-heredoc, missing-from, not-utf8, nul-byte ..."),
    "text": Fact(STRING, "One line that says what was expected."),
    "line": Fact(INT, "The line it stands on."),
}

_STAGE = {
    "index": Fact(INT, "Its place in the file, from 0; -1 ahead of the first FROM."),
    "name": Fact(STRING, "Its name in lower case; empty when it has none."),
    "base": Fact(STRING, "The image or stage that FROM names, variables filled in where they are known."),
    "base_raw": Fact(STRING, "The same as written."),
    "base_name": Fact(STRING, "The base without tag and digest."),
    "base_tag": Fact(STRING, "The base's tag; empty when it has none."),
    "base_digest": Fact(STRING, "The base's digest (sha256:...); empty when it has none."),
    "base_registry": Fact(
        STRING,
        "The host of its base's registry, with the port, in small letters; docker.io for Docker Hub, empty if unknown.",
    ),
    "base_is_stage": Fact(BOOL, "The base is an earlier stage of this file."),
    "base_is_scratch": Fact(BOOL, "The base is scratch, the empty image."),
    "base_known": Fact(BOOL, "Every variable in the base has a known value."),
    "end_of_life": Fact(STRING, "Which release its base is, and when the updates of it ended; empty when they go on."),
    "abandoned": Fact(STRING, "That its base is not kept up any more, since when, and what is; empty when it is."),
    "base_meant": Fact(STRING, "The popular image that its base is one slip away from; empty when there is none."),
    "idle_users": Fact(LIST, "The users that the last stage makes, where what it starts runs as root all the same."),
    "dropped_groups": Fact(LIST, "The groups that its user loses because its last USER names a group."),
    "undeclared": Fact(LIST, "The names in the base or in --platform that no ARG ahead of the first FROM declares."),
    "needs_argument": Fact(BOOL, "Without a --build-arg its base is empty or no valid name of an image."),
    "as_cased": Fact(STRING, "AS in the letters, small or capital, of its FROM; empty when it is so."),
    "platform": Fact(STRING, "The value of FROM --platform, as written; empty when there is none."),
    "final": Fact(BOOL, "It is the last stage, the one that ships."),
    "used": Fact(BOOL, "It is the last stage, or a stage that ships is built from it or copies or mounts from it."),
    "ships": Fact(
        BOOL, "Its layers ship: it is the last stage, no other stage uses it, or one that ships is built from it."
    ),
    "user": Fact(
        STRING, "The user in force at its end, without the group, inherited from a parent stage; empty when never set."
    ),
    "user_raw": Fact(STRING, "The last USER as written, group and all, inherited from a parent stage."),
    "user_is_root": Fact(
        BOOL, "That user is root: by name, by id 0, or through a variable whose default is one of them."
    ),
    "user_is_numeric": Fact(BOOL, "That user is a number."),
    "has_user": Fact(BOOL, "It or a parent stage says USER."),
    "has_healthcheck": Fact(BOOL, "It or a parent stage says HEALTHCHECK."),
    "has_entrypoint": Fact(BOOL, "It or a parent stage says ENTRYPOINT."),
    "has_cmd": Fact(BOOL, "It or a parent stage says CMD."),
    "has_workdir": Fact(BOOL, "It or a parent stage says WORKDIR."),
    "shell": Fact(STRING, "The shell in force at its end, without its path: sh, bash, powershell."),
    "runs": Fact(INT, "How many RUN it has."),
    "copies": Fact(INT, "How many COPY and ADD it has."),
    "cmds": Fact(INT, "How many CMD it has."),
    "entrypoints": Fact(INT, "How many ENTRYPOINT it has."),
    "healthchecks": Fact(INT, "How many HEALTHCHECK it has."),
    "programs": Fact(LIST, "The program of every command of its RUNs."),
    "all_labels": Fact(LIST, "The keys of its labels, and of those of the stages it stands on."),
    "labels": Fact(LIST, "The keys of its LABELs."),
    "environment": Fact(LIST, "The names of its ENVs, inherited ones too."),
    "duplicate_name": Fact(BOOL, "An earlier stage has the same name."),
} | vocabulary_steps.STAGE

_INSTRUCTION = {
    "keyword": Fact(STRING, "FROM, RUN, COPY ... in capitals."),
    "keyword_raw": Fact(STRING, "The keyword as written."),
    "keyword_cased": Fact(
        STRING, "The keyword in the letters, small or capital, of most keywords of the file; empty when it is so."
    ),
    "text": Fact(STRING, "What stands behind the keyword, continuations joined, heredoc bodies left out."),
    "heredoc_text": Fact(STRING, "The bodies of its here-documents.", private=True),
    "described": Fact(
        STRING, "The name that ARG or FROM gives, where the comment right above it does not begin with it; or empty."
    ),
    "words": Fact(
        LIST,
        "The words behind the flags, quotes taken off and known variables filled in; the shell form of RUN, CMD and "
        "ENTRYPOINT is one word, as written.",
    ),
    "raw_words": Fact(LIST, "The same words as written."),
    "form": Fact(STRING, "json or shell, for the instructions that have both; empty for the others."),
    "flags": Fact(LIST, "Its flags, --name=value each."),
    "flag_names": Fact(LIST, "The names of its flags, without dashes."),
    "onbuild": Fact(BOOL, "It stands behind ONBUILD."),
    "programs": Fact(LIST, "The program of every command, without path, each once."),
    "runs": Fact(LIST, "Program and subcommand of every command, each once: apt-get update."),
    "commands": Fact(LIST, "The text of every command."),
    "removes": Fact(LIST, "Every path that an rm of this instruction names, without /* at its end."),
    "writes": Fact(LIST, "Every file that an output redirection of this instruction names."),
    "mounts": Fact(LIST, "The values of its --mount flags."),
    "secret_mounts": Fact(LIST, "The paths at which --mount=type=secret puts its secrets."),
    "network": Fact(STRING, "The value of --network; empty when there is none."),
    "security": Fact(STRING, "The value of --security; empty when there is none."),
    "occurrence": Fact(INT, "It is the n-th with its keyword in this stage, from 1."),
    "last_of_keyword": Fact(BOOL, "No later instruction of this stage has its keyword."),
    "has_pipe": Fact(BOOL, "Some command's output goes into another one."),
    "pipefail": Fact(
        BOOL, "A failure ahead of a pipe is seen: by SHELL, inherited too, or by set -o pipefail in the same RUN."
    ),
    "undefined": Fact(LIST, "The variables it reads that nothing has defined, as far as the base image is known."),
    "repeats_shell": Fact(BOOL, "It is a SHELL with the words of the one that is in force already."),
    "lacks_shell": Fact(BOOL, "It is in shell form, and its stage, from scratch, has certainly no shell."),
    "runs_arguments": Fact(LIST, "The build arguments whose text it runs: by eval, sh -c, or as a program."),
    "left_running": Fact(STRING, "The command that is still in the background when it ends; empty when none is."),
    "ignores_failure": Fact(
        STRING, "The first command of its here-document whose failure nothing notices; empty when there is none."
    ),
    "shell": Fact(STRING, "The shell that runs it, without its path: sh, bash, powershell."),
    "is_heredoc": Fact(BOOL, "It has a here-document."),
    "in_stage": Fact(BOOL, "It stands behind the first FROM."),
    "user": Fact(STRING, "The user that is in force there; empty when never set."),
    "previous": Fact(STRING, "The keyword of the instruction ahead of it; empty for the first."),
    "workdir": Fact(STRING, "The working directory in force there; empty when the file never set one."),
    "bad_ports": Fact(LIST, "The words of EXPOSE that are no port from 0 to 65535."),
    "keeps_apt_lists": Fact(BOOL, "It updates the package lists of apt, and leaves them in its layer."),
    "only_updates": Fact(BOOL, "It updates the package lists of apt or apk, and installs nothing."),
    "dead_script": Fact(
        STRING, "ENTRYPOINT, CMD: the file of the context that it starts and nobody may execute; empty if not known."
    ),
    "lost_script": Fact(
        STRING, "ENTRYPOINT, CMD: the file of the context that it starts and .dockerignore leaves out; or empty."
    ),
    "expands_secrets": Fact(LIST, "The names of build arguments and variables named like secrets that it expands."),
} | vocabulary_steps.INSTRUCTION

_VARIABLE = {
    "name": Fact(STRING, "Its name."),
    "words": Fact(LIST, "The words of its name in small letters: DB_Password and dbPassword give db, password."),
    "value": Fact(STRING, "Its value, quotes taken off; empty when there is none.", private=True),
    "has_value": Fact(BOOL, "It has a value that is not empty."),
    "is_secret_name": Fact(
        BOOL, "Its name says password, token, secret, API key ..., and not file, path, name, length ..."
    ),
    "is_reference": Fact(BOOL, "Its value is nothing but variables: $X or ${X}."),
    "is_placeholder": Fact(BOOL, "Its value is a stand-in: changeme, xxx, <token>, example ..."),
    "is_path": Fact(BOOL, "Its value is a path."),
    "is_url": Fact(BOOL, "Its value is a URL."),
    "is_legacy": Fact(BOOL, "It is written `NAME value`, without an equals sign."),
    "refers_to": Fact(LIST, "The names of the variables in its value."),
    "reads_siblings": Fact(LIST, "The variables in its value that the same instruction sets ahead of it."),
    "is_secret_value": Fact(BOOL, "Its value can be a secret: no reference, stand-in, path, URL, number or switch."),
    "keeps_argument": Fact(
        BOOL, "It is ENV, and its value is made of a build argument of the stage that has no default, or an empty one."
    ),
} | vocabulary_steps.VARIABLE

_COMMAND = {
    "program": Fact(STRING, "Its name without the path."),
    "subcommand": Fact(STRING, "The first argument that is no option; empty when there is none."),
    "args": Fact(LIST, "Every argument, quotes taken off."),
    "flags": Fact(LIST, "Every option: -yq as -yq, -y and -q; --a=b as --a."),
    "options": Fact(LIST, "Every option as written, its value behind an equals sign where it has one: --a=b."),
    "operands": Fact(LIST, "The arguments behind the subcommand that are no options."),
    "assignments": Fact(LIST, "The names of the variables set ahead of the program."),
    "text": Fact(STRING, "The command as written, continuations joined."),
    "pipes_to": Fact(STRING, "The program that reads its output through a pipe; empty when none does."),
    "feeds": Fact(LIST, "Every program that its output goes through, pipe by pipe."),
    "reads": Fact(LIST, "The files of its input redirections."),
    "writes": Fact(LIST, "The files of its output redirections, and those that tee, curl -o, wget -O name."),
    "leaves": Fact(
        LIST,
        "The files that it writes, cp, mv and install among the writers, and that no rm of the same RUN takes away.",
    ),
    "removes": Fact(LIST, "The paths that it removes, without /* at their ends; empty for all but rm."),
    "wrapper": Fact(STRING, "sudo, env, exec ... when such a program runs it."),
    "urls": Fact(LIST, "The arguments that are URLs."),
    "downloads": Fact(
        LIST, "The files it writes from the network, or the last parts of the URLs where no file is named."
    ),
    "verified": Fact(BOOL, "The same RUN checks a checksum or a signature after it."),
    "keeps_cache": Fact(
        BOOL, "A package manager whose cache stays in the layer: nothing in the same RUN says otherwise."
    ),
    "unpinned": Fact(LIST, "The packages that an installing command names without a version."),
    "last": Fact(BOOL, "It is the last command of its instruction."),
    "verifies": Fact(BOOL, "It checks a checksum or a signature of some file."),
    "failure_ignored": Fact(
        BOOL, "Nothing notices when it fails: || true follows, or ; or a line end where no set -e is in force."
    ),
    "unchecked_use": Fact(
        STRING,
        "The first command of the stage that runs, unpacks or installs what this one downloads, when no checksum or "
        "signature check stands between; otherwise empty.",
    ),
    "copied_archive": Fact(STRING, "The archive of the build context that it unpacks; empty when it unpacks none."),
    "unsorted": Fact(LIST, "Two neighbours of an installing command's list, one a line, that are not in order."),
    "apt_settings": Fact(
        LIST, "What apt's configuration may set by then, of Install-Recommends and Assume-Yes: RUN or COPY wrote there."
    ),
    "moving_source": Fact(
        STRING,
        "The git repository that it takes at a branch, when no later command checks out a commit; otherwise empty.",
    ),
}

_COPY = {
    "sources": Fact(LIST, "What is copied, heredocs left out."),
    "destination": Fact(STRING, "Where to; empty when it is missing."),
    "from": Fact(STRING, "The stage or image of --from, in lower case; empty when it is the build context."),
    "from_stage": Fact(BOOL, "--from names an earlier stage, by name or by number."),
    "from_self": Fact(BOOL, "--from names the stage it stands in."),
    "from_later": Fact(BOOL, "--from names a stage that only comes later."),
    "chown": Fact(STRING, "The value of --chown; empty when there is none."),
    "chmod": Fact(STRING, "The value of --chmod; empty when there is none."),
    "checksum": Fact(STRING, "The value of --checksum; empty when there is none."),
    "deleted_line": Fact(
        INT,
        "The line of a later rm of the same stage that names what was copied (its secret sources, if any), or 0.",
    ),
    "secret_sources": Fact(
        LIST, "The sources whose names say secret: id_rsa, .npmrc, .env, *.pem, credentials.json ..."
    ),
    "is_remote": Fact(BOOL, "A source is a URL or a git repository."),
    "is_archive": Fact(BOOL, "Every source is an archive that ADD unpacks."),
    "copies_context": Fact(BOOL, "A source is the whole build context: `.`, `./`, `/`, `*`."),
    "setuid": Fact(BOOL, "--chmod sets the setuid or setgid bit."),
    "world_writable": Fact(BOOL, "--chmod lets everybody write."),
    "context_known": Fact(BOOL, "The build context is known, and it copies from there; else what follows is empty."),
    "files": Fact(LIST, "The files it takes, by their paths in the context, .dockerignore applied; the first 1,000."),
    "file_count": Fact(INT, "How many files it takes."),
    "size": Fact(INT, "Bytes of all files it takes."),
    "size_text": Fact(STRING, "The same in words: 12.3 MB."),
    "largest": Fact(LIST, "The five largest of the files, with their sizes in words."),
    "missing_sources": Fact(LIST, "The sources that name nothing in the folder that --context names."),
    "ignored_sources": Fact(LIST, "The sources that are there, and of which .dockerignore leaves nothing."),
    "swept_history": Fact(LIST, "Folders such as .git that come along with a folder or a wildcard."),
    "swept_secrets": Fact(LIST, "Files named like secrets that come along so."),
    "swept_dependencies": Fact(LIST, "Folders of installed packages (node_modules, .venv) that come along so."),
    "swept_caches": Fact(LIST, "Folders of caches (__pycache__, .terraform) that come along so."),
} | vocabulary_steps.COPY

_IGNORE = {
    "peer": Fact(STRING, "Whose comment it is: imagelint, hadolint, buildkit, checkov or detect-secrets."),
    "form": Fact(STRING, "What the comment begins with: imagelint ignore-file, hadolint ignore, check=skip."),
    "name": Fact(STRING, "The rule as the comment names it; empty where it names none."),
    "scope": Fact(STRING, "What it is for: instruction, stage, file or line."),
    "rules": Fact(LIST, "The ids of the rules it means."),
    "used": Fact(BOOL, "It keeps a finding quiet, one of a rule that was not chosen counts too."),
    "takes_reason": Fact(BOOL, "Its form has a place for a reason."),
    "has_reason": Fact(BOOL, "The comment gives a reason."),
    "first": Fact(BOOL, "It is the first name of its comment."),
    "problem": Fact(STRING, "Why it counts for nothing: no such rule, or a comment that cannot be read; else empty."),
}

_INSIDE = ("instruction", "stage", "dockerfile")

KINDS: dict[str, Kind] = {
    "dockerfile": Kind("A Dockerfile as a whole.", (), _DOCKERFILE),
    "error": Kind("A mistake that a build would refuse or read differently.", ("dockerfile",), _ERROR),
    "stage": Kind("One FROM and what follows it.", ("dockerfile",), _STAGE),
    "instruction": Kind("One instruction.", ("stage", "dockerfile"), _INSTRUCTION),
    "variable": Kind("One NAME=value of ENV, ARG or LABEL.", _INSIDE, _VARIABLE),
    "command": Kind("One simple command of a RUN, CMD, ENTRYPOINT or HEALTHCHECK.", _INSIDE, _COMMAND),
    "copy": Kind("One COPY or ADD.", _INSIDE, _COPY),
    "ignore": Kind("One name in a comment that ignores rules.", ("dockerfile",), _IGNORE),
    "image": Kind("One platform of an image.", (), vocabulary_image.IMAGE),
    "config": Kind("The configuration of an image.", ("image",), vocabulary_image.CONFIG),
    "layer": Kind("One filesystem change set.", ("image",), vocabulary_image.LAYER),
    "entry": Kind("One member of a layer.", ("image",), vocabulary_image.ENTRY),
    "waste": Kind("Bytes of a layer that no container has a use for, together.", ("image",), vocabulary_image.WASTE),
    "container": Kind("A container, running or about to be.", (), vocabulary_container.CONTAINER),
    "stored": Kind("An image as an engine of this host keeps it.", (), vocabulary_host.STORED),
    "secret": Kind(
        "A secret, wherever it lies. Its rule has a pattern and no condition, so there are no facts.", (), {}
    ),
}

FOLDERS = {
    "dockerfile": ("dockerfile", "error", "stage", "instruction", "variable", "command", "copy", "ignore"),
    "image": ("image", "config", "layer", "entry", "waste"),
    "containers": ("container",),
    "host": ("stored",),
    "secrets": ("secret",),
}
"""Which kinds of rules belong in which folder of rules/."""

SPANS: dict[str, tuple[str, ...]] = {
    "dockerfile": ("dockerfile",),
    "error": ("error",),
    "stage": ("stage", "stage.base", "stage.name", "stage.as", "stage.platform", "stage.user"),
    "instruction": ("instruction", "instruction.keyword", "instruction.text"),
    "variable": ("variable", "variable.name", "variable.value"),
    "command": ("command", "command.program", "command.subcommand"),
    "copy": (
        "copy",
        "copy.sources",
        "copy.secret_sources",
        "copy.destination",
        "copy.from",
        "copy.chown",
        "copy.chmod",
    ),
    "ignore": ("ignore", "ignore.entry"),
    "container": ("container", *(f"container.{name}" for name in vocabulary_container.PARTS)),
}
"""The parts of a Dockerfile that `at` may underline and a fix may change; a kind's bare name is the whole subject."""

MENDS: dict[str, tuple[str, ...]] = {
    "argument-behind": ("variable",),
    "author-label": ("instruction",),
    "cd-to-workdir": ("instruction",),
    "checks-on": ("command",),
    "copy-behind-packages": ("copy",),
    "drop-blank-lines": ("error",),
    "drop-earlier-twin": ("instruction",),
    "drop-lists": ("instruction",),
    "drop-sandbox-flags": ("instruction",),
    "drop-variable": ("variable",),
    "drop-wrapper": ("command",),
    "env-to-arg": ("variable",),
    "equals-sign": ("variable",),
    "exec-form": ("instruction",),
    "expose-last-port": ("instruction",),
    "https": ("command",),
    "install-first": ("copy",),
    "join-next-run": ("instruction",),
    "join-previous-run": ("instruction",),
    "json-quotes": ("instruction",),
    "meant-keyword": ("error",),
    "own-instruction": ("variable",),
    "pin-digest": ("copy", "instruction", "stage"),
    "secret-mount": ("variable",),
    "shell-instruction": ("command",),
    "shell-with-pipefail": ("instruction",),
}
"""Mends of imagelint/dockerfile/mends/, which need more than a part and a text, and the kinds of rules they are for."""


def spans(kind: str) -> tuple[str, ...]:
    """Every part that a rule of this kind may name; kinds of images have none."""
    return tuple(part for scope in (kind, *KINDS[kind].outer) for part in SPANS.get(scope, ()))


@cache
def facts(kind: str) -> dict[str, Fact]:
    """Every fact that a rule of this kind may read, by its full name: command.program, stage.final."""
    return {
        f"{scope}.{name}": fact for scope in (kind, *KINDS[kind].outer) for name, fact in KINDS[scope].facts.items()
    }


def markdown() -> str:
    """The text of docs/facts.md."""
    out = [
        "# Facts",
        "",
        "What a rule may ask, by kind of subject. A rule also sees the facts of the subjects around its own. A private",
        "fact may be read by a condition and never by a message.",
    ]
    for name, kind in KINDS.items():
        out += ["", f"## {name}", "", kind.sentence]
        if kind.outer:
            out[-1] += f" Also sees: {', '.join(kind.outer)}."
        if kind.facts:
            out += ["", "| fact | type | meaning |", "| --- | --- | --- |"]
        for fact_name, fact in kind.facts.items():
            meaning = fact.sentence.replace("|", "\\|") + (" Private." if fact.private else "")
            out.append(f"| {name}.{fact_name} | {fact.type} | {meaning} |")
    return "\n".join(out) + "\n"
