"""The facts of images, for imagelint.engine.vocabulary."""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

IMAGE = {
    "name": Fact(STRING, "A tag, or what the user typed."),
    "platform": Fact(STRING, "os/architecture[/variant]."),
    "layers": Fact(INT, "How many layers it has."),
    "services": Fact(
        LIST, "The services whose main programs are in the final filesystem, each once: nginx (usr/sbin/nginx)."
    ),
    "distroless": Fact(
        BOOL, "Its name, a label, its base image or its os-release says distroless, and no name of it debug."
    ),
    "tools": Fact(
        LIST, "Shells, package managers, compilers, debuggers, curl and wget in the final filesystem; the first 20."
    ),
    "build_tools": Fact(LIST, "Compilers, build tools and debuggers in the final filesystem; the first 20."),
}

CONFIG = {
    "user": Fact(STRING, "The user that the image runs as, without the group; empty when it is not set."),
    "user_is_root": Fact(BOOL, "That user is root: not set, by name, or by id 0."),
    "env_names": Fact(LIST, "The names of its environment variables."),
    "entrypoint": Fact(LIST, "The words of its entrypoint."),
    "cmd": Fact(LIST, "The words of its command."),
    "healthcheck": Fact(BOOL, "It has a health check other than NONE."),
    "ports": Fact(LIST, "Its exposed ports: 80/tcp."),
    "administrative_ports": Fact(
        LIST, "Those over which a machine is administered, with what they are: 23/tcp (telnet)."
    ),
    "starts": Fact(
        LIST,
        "The names of the programs that its entrypoint and command start, behind shims (tini, gosu) and shells.",
        private=True,
    ),
    "service_managers": Fact(LIST, "Those of them that start others and keep them running: systemd, supervisord."),
    "volumes": Fact(LIST, "The paths of its volumes."),
    "labels": Fact(LIST, "The keys of its labels."),
    "workdir": Fact(STRING, "Its working directory; empty when it is not set."),
    "stop_signal": Fact(STRING, "Its stop signal; empty when it is not set."),
    "architecture": Fact(STRING, "The platform's architecture: amd64, arm64."),
    "path": Fact(LIST, "The folders of its PATH."),
    "open_path": Fact(
        LIST, "Those that others may fill: empty, relative, temporary, or writable for all in the final filesystem."
    ),
    "owned_path": Fact(
        LIST, "Those of them that belong to another user than root, with the number: /app/bin (of 1000)."
    ),
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
    "is_program": Fact(
        BOOL, "It can be run: executable, in a folder named bin, sbin, libexec or busybox, and no applet of busybox."
    ),
    "capabilities": Fact(LIST, "What its extended attribute security.capability gives it: cap_net_raw."),
    "published": Fact(
        BOOL,
        "It is byte for byte what its package brought, with setuid, setgid or capabilities that rpm or apk list, or, "
        "as dpkg lists none, that distributions give a program of its name. A finding of a rule that asks this is kept "
        "back where it holds (--show-published).",
    ),
    "usual": Fact(BOOL, "Distributions give setuid, setgid or capabilities to a program of its name and folder."),
    "unlike_package": Fact(BOOL, "It is usual, and packages brought others like it, but not these bytes."),
    "on_path": Fact(BOOL, "It is a folder of the image's PATH."),
    "open_accounts": Fact(
        LIST, "The accounts of a passwd or shadow file with a password and a login shell, root left out."
    ),
    "root_password": Fact(BOOL, "A passwd or shadow file gives root a password."),
    "extra_roots": Fact(LIST, "The accounts of a passwd file with user id 0, root left out."),
    "shared_numbers": Fact(LIST, "The ids of a passwd or group file that several names have: 1000: ann, bob."),
    "expired_certificates": Fact(
        LIST,
        "Whose certificates in a small file have expired, each with its last day; none of packages, of tests, of "
        "dependencies, or of stores of authorities.",
    ),
    "key_file": Fact(
        STRING, "The file in the final filesystem that has the private key of its certificate; else empty."
    ),
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
