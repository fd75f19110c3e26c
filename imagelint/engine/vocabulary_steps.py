"""Facts about what the steps of a Dockerfile do to each other: labels, layers, stages, and how a container runs.

The rest of the vocabulary, and what a fact is, is in vocabulary.py.
"""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

STAGE = {
    "name_raw": Fact(STRING, "Its name as written; empty when it has none."),
    "circle": Fact(
        LIST, "The stages that need each other in a circle, told at the first of them; empty for the others."
    ),
    "in_circle": Fact(BOOL, "It is in such a circle."),
    "built_for": Fact(
        STRING,
        "With --resolve: the platform that it is built for, of FROM --platform or the scan's own; empty if not known.",
    ),
    "other_platforms": Fact(
        LIST, "With --resolve: the platforms that its base is there for, if none of them serves that one; else empty."
    ),
    "missing_labels": Fact(
        LIST, "The OCI labels source, revision and licenses, where neither it nor a parent has them."
    ),
    "stop_signal": Fact(STRING, "The STOPSIGNAL in force: SIGTERM; `?` when it is not known, empty when never set."),
    "main_program": Fact(STRING, "The program of its ENTRYPOINT, or else of its CMD, inherited ones too."),
    "graceful_signal": Fact(
        STRING, "The signal on which that program ends well; empty where it is SIGTERM, or where nobody knows."
    ),
    "inherits_no_signal": Fact(
        BOOL, "The image below is a plain system (debian, alpine ...), which sets no STOPSIGNAL."
    ),
}

INSTRUCTION = {
    "admin_ports": Fact(LIST, "The ports of EXPOSE by which machines are managed, with the names of the services."),
    "desktop_ports": Fact(LIST, "The ports of EXPOSE that show a desktop, with the names of the services."),
    "debug_ports": Fact(LIST, "The ports of EXPOSE by which debuggers take over a program, with their names."),
    "lower_ports": Fact(STRING, "The text of EXPOSE with its protocols in small letters; empty when they are."),
    "signal": Fact(STRING, "The signal of STOPSIGNAL by its full name, SIGTERM; empty when it has none."),
    "is_wrong_signal": Fact(BOOL, "STOPSIGNAL names what is no signal."),
    "labels_out_of_order": Fact(STRING, "The first key of LABEL that the alphabet has further up; empty when none is."),
    "mount_images": Fact(LIST, "What --mount=from names besides stages of the file; variables and numbers left out."),
    "deleted_later": Fact(LIST, "The files that it fetches and keeps, and that a later RUN of the stage deletes."),
    "deleted_line": Fact(INT, "The line of the first of these deletions, or 0."),
    "fetches_packages": Fact(BOOL, "It installs packages, or fetches what a build depends on."),
    "build_tools": Fact(
        LIST, "The compilers and build tools that it installs from the distribution and does not remove."
    ),
    "echoed_files": Fact(LIST, "The files that it writes with echo, printf or cat, where it does nothing else."),
    "changes_copied": Fact(
        LIST, "The destinations of earlier COPY and ADD of which it changes owner or mode, all over."
    ),
    "only_cleans": Fact(BOOL, "It is a RUN that does nothing but delete caches and temporary files."),
}

VARIABLE = {
    "with_equals": Fact(
        STRING, "The old form `NAME value` as NAME=value; empty for others, and where quotes leave a doubt."
    ),
    "key_problem": Fact(
        STRING, "Why the key of a label is not as Docker wants it, as the end of a sentence; empty when it is."
    ),
    "is_oci_label": Fact(BOOL, "It is a label of org.opencontainers.image."),
    "is_unknown_oci_label": Fact(BOOL, "It is such a label, and the specification does not define it."),
    "is_buildx_label": Fact(BOOL, "It is a label that buildx sets when BUILDX_GIT_LABELS is on."),
    "misfits": Fact(
        STRING,
        "What the label's key asks for and its literal value is not: url, date, license, version, revision, authors, "
        "digest.",
    ),
    "set_before": Fact(INT, "The line on which the same stage sets the same label before it, or 0."),
    "unsafe_places": Fact(
        LIST,
        "The relative, empty or world-writable places of ENV PATH (ahead of the system's own), LD_LIBRARY_PATH or "
        "LD_PRELOAD.",
    ),
    "early_line": Fact(
        INT,
        "Of an ARG that has another value at nearly every build: the line of the first command behind it that takes "
        "its time and does not name it, or 0; told of the first such ARG.",
    ),
    "early_names": Fact(LIST, "Its name, and those of arguments behind it of which the same is true."),
    "early_text": Fact(STRING, "That command, as written."),
}

COPY = {
    "from_number": Fact(BOOL, "--from names an earlier stage by its number."),
    "from_name": Fact(STRING, "The name of the earlier stage that --from means; empty when it has none."),
    "from_empty": Fact(BOOL, "--from names a stage that is scratch, and into which nothing is put."),
    "mode_change_line": Fact(INT, "The line of a later chmod of the stage that names the very file, or 0."),
    "install_line": Fact(
        INT, "The line below it that fetches the project's dependencies, where it copies the whole context; or 0."
    ),
    "install_text": Fact(STRING, "That command, as written."),
    "packages_line": Fact(
        INT,
        "The line below it that installs packages of the distribution, where it copies the whole context and nothing "
        "between may have to do with what is copied; or 0.",
    ),
    "packages_text": Fact(STRING, "That command, as written."),
    "carried_secrets": Fact(LIST, "The files named like secrets that its sources bring along from another stage."),
    "tools": Fact(LIST, "Its sources in another stage that are a compiler, or the cache of a package manager."),
    "dev_modules": Fact(BOOL, "It copies node_modules from a stage that installed the packages for developers too."),
}
