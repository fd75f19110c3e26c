"""The facts of images, for imagelint.engine.vocabulary."""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

IMAGE = {
    "name": Fact(STRING, "A tag, or what the user typed."),
    "platform": Fact(STRING, "os/architecture[/variant]."),
    "layers": Fact(INT, "How many layers it has."),
}

CONFIG = {
    "user": Fact(STRING, "The user that the image runs as, without the group; empty when it is not set."),
    "user_is_root": Fact(BOOL, "That user is root: not set, by name, or by id 0."),
    "env_names": Fact(LIST, "The names of its environment variables."),
    "entrypoint": Fact(LIST, "The words of its entrypoint."),
    "cmd": Fact(LIST, "The words of its command."),
    "healthcheck": Fact(BOOL, "It has a health check other than NONE."),
    "ports": Fact(LIST, "Its exposed ports: 80/tcp."),
    "volumes": Fact(LIST, "The paths of its volumes."),
    "labels": Fact(LIST, "The keys of its labels."),
    "workdir": Fact(STRING, "Its working directory; empty when it is not set."),
    "stop_signal": Fact(STRING, "Its stop signal; empty when it is not set."),
    "architecture": Fact(STRING, "The platform's architecture: amd64, arm64."),
    "path": Fact(LIST, "The folders of its PATH."),
}

LAYER = {
    "index": Fact(INT, "Its place, from 0, the lowest first."),
    "digest": Fact(STRING, "Of its uncompressed tar: sha256:..., the same from every source."),
    "created_by": Fact(STRING, "The history entry that made it; empty when it is not known."),
    "size": Fact(INT, "Of its uncompressed tar in bytes."),
}

ENTRY = {
    "path": Fact(STRING, "Its path, without a slash in front."),
    "name": Fact(STRING, "The last part of its path."),
    "type": Fact(STRING, "file, dir, symlink, hardlink, char, block, fifo or other."),
    "size": Fact(INT, "Of its content in bytes."),
    "mode": Fact(INT, "Its permission bits, setuid, setgid and sticky among them (07777)."),
    "mode_text": Fact(STRING, "The same as four octal digits: 4755."),
    "uid": Fact(INT, "The number of its owner."),
    "gid": Fact(INT, "The number of its group."),
    "setuid": Fact(BOOL, "It runs as its owner."),
    "setgid": Fact(BOOL, "It runs as its group."),
    "world_writable": Fact(BOOL, "Everybody may write it."),
    "sticky": Fact(BOOL, "Only owners may remove what lies in it."),
    "executable": Fact(BOOL, "Somebody may run it."),
    "status": Fact(STRING, "present, deleted, overwritten or hidden: its bytes seen from the final filesystem."),
    "layer": Fact(INT, "The index of its layer."),
    "link": Fact(STRING, "The target of a link; empty for the others."),
    "empty_passwords": Fact(LIST, "The accounts of a passwd or shadow file that need no password."),
}

WASTE = {
    "category": Fact(
        STRING,
        "Why its bytes are of no use: deleted, overwritten, hidden, metadata (shipped again for another owner or "
        "mode), package-cache, package-lists, logs, temporary, vcs, documentation, locales or build-tools.",
    ),
    "path": Fact(STRING, "The file, or the deepest folder that all of it lies in."),
    "what": Fact(STRING, "The same with its size: `srv/big.iso (12.3 MB)`, `312 files below usr/lib (30.1 MB, ...)`."),
    "files": Fact(INT, "How many files and folders."),
    "bytes": Fact(INT, "Their bytes in the uncompressed layer."),
    "size_text": Fact(STRING, "The same in words: 12.3 MB."),
    "saved_text": Fact(STRING, "How much smaller a pull would be without them: `3.4 MB`, or `up to 12.3 MB`."),
    "layer": Fact(INT, "The index of the layer that ships them."),
    "by": Fact(INT, "The index of the layer that took them out of sight; -1 for what is still there."),
    "origin": Fact(STRING, "base or own: whose layer ships them; empty when it is not known."),
    "taken_by": Fact(STRING, "base or own: whose layer took them out of sight; empty for none, or when not known."),
    "slim": Fact(BOOL, "The image, or its base, leaves documentation out, by its name or by what dpkg is told."),
}
