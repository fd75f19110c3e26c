"""Every limit on what a target may cost, each with the reason for its number; docs/limits.md is made from this file.

The memory budget of a whole run is 256 MiB, whatever the size of an image, so each number below is a share of that.
Those in CHANGEABLE can be changed for one run: read them where they are used, as `limits.NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.errors import UsageError, nearest

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

WINDOW = 2 * MIB
"""New bytes in one window; a multiple of tar's 512. Larger ones leave the processor's cache, smaller cost calls."""

CARRY = 32 * KIB
"""Bytes of the last window that are seen again: a match of 8 KiB, 4 KiB ahead of it and 16 KiB behind it fit with room
to spare."""

CONTEXT_BEFORE = 12 * KIB
"""Bytes ahead of a hit's end that a confirmation sees: the longest match (8 KiB) and the rest of its line (4 KiB)."""

CONTEXT_AFTER = 16 * KIB
"""Bytes behind a hit's end that a confirmation sees: a private key in PEM, of the largest usual size 12.7 KB."""

READ = MIB
"""Compressed bytes taken from a stream at once; the decoder copies what it could not use yet. A call that lets go of
the interpreter lock has to wait for it afterwards: with calls for a quarter of this, two threads take 8% longer."""

PIECE = 16 * KIB
"""Compressed bytes that a decoder is given first, then twice as many each time, up to READ: of a member of 20 bytes the
rest is copied back."""

FINE_PIECE = 64
"""The same where it is to be known what each file takes of a layer."""

STEP = 512 * KIB
"""Uncompressed bytes of one call to a decoder: those of the call that meets damage are lost."""

CONTEXT_FILE = 512 * MIB
"""One file of a build context; what builds take along at a larger size are models, disks and dumps."""

CONTEXT_BYTES = 2 * GIB
"""All files of a build context that are searched for secrets, the smaller ones first: 4 to 10 seconds."""

CONTEXT_FILES = 200_000
"""As many of them; node_modules of a large program has 100,000."""

CONTEXT_STEPS = 1_000_000
"""Files that all COPYs of one Dockerfile take together, those that say the same counted once; at 200 bytes each."""

CONTEXT_NAMES = 1_000_000
"""Names in a build context, at about 400 bytes each; a checkout of Chromium has 450,000."""

LAYER_BYTES = 128 * GIB
"""Uncompressed bytes of one layer. Images with model weights reach 50 GiB; at 0.5 GB/s this ends a bomb in minutes."""

ARCHIVE_BYTES = 32 * GIB
"""Bytes of an image archive that go to one temporary file: what a daemon saves, or a compressed archive holds."""

SAVE_BYTES = 4 * GIB
"""Layers of images that a daemon saves together when all of them are scanned: what they share is sent once, and
temporary folders are seldom larger than memory."""

ENGINE_ANSWER = 32 * MIB
"""Bytes of one answer of an engine about its containers and images: 10,000 containers at 3 KB."""

ZSTD_WINDOW = 64 * MIB
"""Largest history that a zstd frame may ask for. RFC 8878 recommends 8 MiB, levels up to 19 use 8 MiB; two threads
must fit."""

LZMA_MEMORY = 80 * MIB
"""Memory of one xz decoder: `xz -9` needs 65 MiB."""

DOCUMENT = 4 * MIB
"""A manifest, index or configuration. The OCI distribution specification asks registries for 4 MiB; JSON grows 20-fold
in memory."""

DOCUMENTS = 8 * MIB
"""All of these of one archive or layout, which are kept together: 500 images have 5 MiB."""
REPORTED_LAYERS = 20_000
"""Layers whose digests a report lists, at some 400 bytes each: 160 images of the most layers that overlay2 takes."""

EMBEDDED_DOCKERFILE = 256 * KIB
"""A Dockerfile that a provenance holds, and that is read for its lines, at 0.2 MB/s where every line is a RUN. The
largest of 1,296 from the field has 60 KB."""

COMPARED_ENTRIES = 500_000
"""Times that an instruction is held against an entry of the history, at some 3 us each: for every stage that may have
been built, as many as it has instructions."""

NAMED_FILES = 64
"""Of a layer, whose names are kept to tell which COPY brought them: one file, or a few that an instruction names."""

NAMED_BYTES = 512
"""Of such a path, the last ones: a name has at most 255."""

TARGETS = 64
"""Stages of a Dockerfile that an image is held against when nobody says which one was built; a large one has 30."""

LAYERS = 512
"""Layers of one image: overlay2 takes 128."""

MANIFESTS = 1000
"""Manifests and indexes of one layout; an image of every platform of Go has about 50, and as many attestations."""

INDEX_DEPTH = 8
"""Indexes inside indexes; tools make one or two levels."""

ARCHIVE_MEMBERS = 100_000
"""Members of an image archive: the old layout has three a layer."""

TAR_EXTENSION = 1 * MIB
"""PAX, longname and longlink headers of one member. Linux paths end at 4 KiB and extended attributes of a file at
64 KiB each."""

LINK_HOPS = 8
"""Links from archive member to archive member, as the old layout has them between equal layers."""

PATHS = 8_000_000
"""Paths of one image whose life is known, at 8 bytes each."""

LEDGER = 32 * MIB
"""What is kept of all entries of an image to tell what is waste, at 21 bytes and a path each: 400,000 entries."""

WASTE_DEPTH = 128
"""Folders above a file with which it may be deleted, the topmost ones: real images have 40."""

WASTE_FOLDERS = 500_000
"""Folders of an image whose place a file may take: a large one has 50,000."""

WASTE_PATHS = 200
"""Paths of one layer, wasted in one way, that are told one by one; of more, folders are told."""

WASTE_PIECES = 2_000
"""Of an image, told one by one; the rest is told in one sum."""

PATH_DEPTH = 2048
"""Parent folders of one path that are looked up: PATH_MAX is 4,096 bytes."""

HARD_LINKS = 50_000
"""Hard links of one layer whose names are kept, about 200 bytes each."""

KEPT_ENTRIES = 50_000
"""Entries of one image that rules asked for."""

SHARED_BYTES = 32 * MIB
"""Results of layers that are held for later images of a target: 4 million paths, half of what one image may have."""

AHEAD = 32
"""Layers that are read for images that come later, beyond one that is not done yet: their results wait, of which each
has a few MiB at most, and most have less than one."""

KEPT_FILE = 1 * MIB
"""A file with a grammar that is kept whole: /etc/shadow of a system with 10,000 users."""

KEPT_BYTES = 16 * MIB
"""All such files of one image."""

HASHED = WINDOW
"""A file that is compared with what its package lists, when a secret lies in it: it passes in two windows at most. A
larger one counts as the image's own."""

DATABASE = 256 * MIB
"""One file of a package manager's database: rpm's has 5 to 20 KB a package, and 100 MB on a workstation."""

DATABASE_ROW = 16 * MIB
"""What rpm keeps of one package, held whole: of a kernel's headers 3 MB."""

CERTIFICATE = 16 * KIB
"""A file with certificates that is looked at: a chain of three has 6 KB, and what is larger is a store of many."""

CERTIFICATES = 2000
"""Files of one layer that are read for certificates, at 0.1 ms each: Debian's and Fedora's have 150 to 450."""

LISTED = 2_000_000
"""Files that the package databases of one image list, at 8 bytes each: 4 versions of an image with all of TeX."""

GRAMMAR_BYTES = 32 * MIB
"""All files of one layer that are read by their grammar, at 3 MB/s: 11 s. A usual layer has less than one."""

STORES = 500
"""Files of one layer that begin as a key or a key store does, and are read as one: up to 0.1 s each, where passwords
that everybody tries are put to it."""
PLUGIN_WORK = 64 * MIB
"""Characters of one layer's configuration that detect-secrets' plugins may look at, by the strict profile: one of YAML
counts as 50, one of a suspicious line again for each suspicion. 20 s at worst."""

FILE_HITS = 50_000
"""Pattern hits in one file that are confirmed, at up to 0.1 ms each: the largest JavaScript bundles (aws-sdk's for
React Native, 12 MB) have 22,000, nearly all of them over after 0.02 ms."""

WINDOW_HITS = 50_000
"""Pattern hits of one rule in one window that are looked at, one in 42 bytes; `pwd=` again and again has 500,000."""

LAYER_HITS = 200_000
"""Pattern hits in one layer that are confirmed: 20 s at worst."""

FILE_PLACES = 100
"""Places of one secret in one file that are kept: a reader needs one, and a log may have it in every line."""

CANDIDATES = 10_000
"""Secret candidates of one image."""

CANDIDATE_BYTES = 16 * MIB
"""The values of all candidates of one image."""

REGISTRY_CONNECT = 10.0
"""Seconds until a registry must have taken a connection: three lost packets cost 7."""

REGISTRY_SILENCE = 20.0
"""Seconds without a byte that count as a cut."""

REGISTRY_SLOW_SECONDS, REGISTRY_SLOW_BYTES = 30.0, 120 * KIB
"""In so many seconds of waiting at least so many bytes must come: 4 KiB/s, half of what a modem did. Who sends less
keeps a scan waiting on purpose."""

REGISTRY_CUTS = 5
"""Times that one blob or manifest is taken up again after a cut."""

REGISTRY_CUTS_IN_ALL = 25
"""The same for all blobs of an image: a server that cuts each of 512 layers five times would hold a scan for hours."""

REGISTRY_WAIT = 120.0
"""Seconds that are waited for one image in all because a registry asks for it (429, 503): registries count requests by
the minute, or by hours, for which no scan should wait."""

REGISTRY_WAIT_IN_ALL = 1800.0
"""The same for one registry in a run, whoever of its images needs it: half an hour."""

REGISTRY_TRIES = 3
"""Times that a request is made again after a status 500, or to a token server after a cut."""

REGISTRY_FAILURES = 50
"""Requests to one registry that failed, less those that were answered, after which it is asked no more: with 8
connections, each of which waits for REGISTRY_SILENCE, two minutes."""

REGISTRY_REDIRECTS = 5
"""From a registry to its store is one step, with a mirror two."""

REGISTRY_ANSWER = 256 * KIB
"""A token or the text of an error: tokens with the rights of many groups reach 16 KiB."""

REGISTRY_PAGES = 16
"""Pages of a list of referrers, each up to DOCUMENT bytes."""

REGISTRY_LIST_PAGES = 1000
"""Pages of the list of a registry's repositories, or of a repository's tags: registries give 100 names or more at once.
"""

REGISTRY_NAMES = 100_000
"""Names in such a list: a registry for all of a company has 20,000 repositories, a build for each commit makes 30,000
tags a year."""

REGISTRY_IMAGES = 20_000
"""Tags that one run of `imagelint registry` asks about, at up to three small requests each: half an hour with 8
connections, where an answer takes 0.2 s."""

REGISTRY_DOCUMENTS = 32 * MIB
"""Manifests and configurations that are held until an image is planned, without a store: of 3,000 images."""

REFERENCES_FILE = 8 * MIB
"""A file of references: REGISTRY_IMAGES of the longest."""

REGISTRY_TOLD = 10
"""Images of which the same is told one by one; of more, how many there are."""

RESOLVE_IMAGES = 500
"""Images that --resolve asks registries about in one run, those twice whose platforms it needs: large repositories have
300 Dockerfiles, most of them from the same few images."""

RESOLVE_SECONDS = 300.0
"""Seconds after which --resolve asks no more: an image takes about half a second, with TLS and a token."""

RESOLVE_IMAGE_SECONDS = 30.0
"""Seconds for one of them: one silence (REGISTRY_SILENCE) and a second try."""

UNPACK_DEPTH = 8
"""Archives inside archives of one file: an image archive in a war in a tar.gz takes five. A zip that holds itself ends
here."""

UNPACK_MEMBERS = 100_000
"""Members of one file, those of inner archives included: the largest jars have 60,000 classes."""

UNPACK_BYTES = 4 * GIB
"""Uncompressed bytes of one file with all that is inside of it: a `docker save` archive in an image; 8 s."""

UNPACK_MEMBER = 1 * GIB
"""Uncompressed bytes of one member: the rest of a longer one is not read."""

UNPACK_RATIO = 250
"""Uncompressed bytes for each byte of the file, beyond UNPACK_FLOOR: text reaches 50, an empty database 200, deflate
ends at 1,032."""

UNPACK_FLOOR = 64 * MIB
"""Uncompressed bytes that are read whatever their ratio."""

UNPACKED_BYTES = 32 * GIB
"""Uncompressed bytes from inside all files of one image: a minute, however many bombs it holds."""

KEPT_IN_MEMORY = 4 * MIB
"""An archive that is kept while it passes; a larger one goes to a temporary file. Two layers at a time, each with
UNPACK_DEPTH zips inside of each other, keep 64 MiB."""

KEPT_ARCHIVE = 2 * GIB
"""The largest archive that is kept, and so the most of a temporary file for each thread."""

NESTED_DECODER = 10 * MIB
"""Memory of a decoder that needs no leave: `xz -6`, the default, takes 9 MiB. One at a time may take LZMA_MEMORY."""

KEPT_RESULT = 128 * MIB
"""Bytes of what is kept of one layer for later runs, uncompressed: LEDGER, 8 for each of LISTED, KEPT_BYTES and their
names are below it; a Debian base has 1 MB."""

LIMITED = 100
"""Notes about the inside of one layer's files that are listed one by one; a last one counts the others."""

COMPILED = 4 * MIB
"""A .pyc that is read for its constants: the largest on a machine with much Python has 2 MB."""

GIT_OBJECT = 1 * MIB
"""An object of a git pack that is held whole, so that deltas can build on it; larger ones are read as a stream."""

GIT_HELD = 8 * MIB
"""Objects of a pack that are kept for the deltas to come."""

GIT_AGAIN = 20
"""Bytes decompressed a second time for each byte of a pack, since a delta's base was let go; ends chains made to
cost."""

CACHE_BYTES = 2 * GIB
"""The file in which results of layers are kept: 20,000 layers at 100 KB. The least recently used go first."""

CACHE_ENTRY = 64 * MIB
"""One result that is kept: of a layer with as many paths as one image may have, at 8 bytes each."""

CACHE_BUSY = 5.0
"""Seconds until another process must have let go of the cache. Each holds it for milliseconds."""

CACHE_TOUCHES = 1000
"""Entries of which it is remembered that they were used, before that is written: one write for many reads."""

CACHE_REGISTRY_SECONDS = 20.0
"""Seconds for one question to a registry that is a cache; to read a layer takes less, mostly."""

CACHE_REGISTRY_LOST = 60.0
"""Seconds that such a registry may cost in all, beyond one second a question: a slow one is of no use."""

CACHE_INLINE = 32 * KIB
"""An entry that lies in its manifest, which makes it one request instead of two to read, and of four to write. The
least that registries take as a manifest is 4 MiB."""

CACHE_PENDING = 32 * MIB
"""Results that wait to be written to such a registry. What comes when it is full is not written there."""

CACHE_CLOSING = 60.0
"""Seconds at the end of a run for what still waits: so much goes over a line of 4 Mbit/s."""

CHANGEABLE = tuple(
    (
        "LAYER_BYTES LAYERS ARCHIVE_BYTES ARCHIVE_MEMBERS MANIFESTS DOCUMENT DOCUMENTS PATHS FILE_HITS LAYER_HITS "
        "FILE_PLACES CANDIDATES REGISTRY_IMAGES REGISTRY_NAMES RESOLVE_IMAGES UNPACK_DEPTH UNPACK_MEMBERS "
        "UNPACK_BYTES UNPACK_MEMBER UNPACK_RATIO UNPACKED_BYTES KEPT_ARCHIVE CACHE_BYTES"
    ).split()
)
"""What a user may have reason to change: for images larger than any we know, or to spend less on images of
strangers."""

_UNITS = {"k": KIB, "m": MIB, "g": GIB, "t": GIB << 10}
_HIGHEST = 1 << 60


def word(name: str) -> str:
    """LAYER_BYTES as the command line has it: layer-bytes."""
    return name.lower().replace("_", "-")


def change(words: Iterable[str]) -> None:
    """Change limits for this process, each by NAME=VALUE; a value may end in K, M, G or T, powers of 1,024. UsageError
    for what is no limit or no number."""
    known = {word(name): name for name in CHANGEABLE}
    for text in words:
        name, _, value = text.partition("=")
        if name not in known:
            hint = nearest(name, known) or f"; there are {', '.join(known)}"
            raise UsageError(f"there is no limit {name!r}{hint}")
        number = value[:-1] if value[-1:].lower() in _UNITS else value
        size = int(number) * _UNITS.get(value[-1:].lower(), 1) if number.isascii() and number.isdecimal() else 0
        if not 0 < size <= _HIGHEST:
            raise UsageError(f"--limit {name}: {value!r} is not a size, as 500 or 64G are")
        globals()[known[name]] = size
