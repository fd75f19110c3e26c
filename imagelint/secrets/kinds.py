"""What a file's name tells of the assignments in it: configuration means them, code and prose talk of them."""

from __future__ import annotations

import re
from functools import lru_cache
from os.path import splitext

from imagelint.lazy import Lazy

CERTAIN, STATED, CONFIG, CODE, PROSE = "certain", "stated", "config", "code", "prose"
"""How much the place tells about `name = value`: an environment or credentials file means it, prose rarely does.
STATED is for formats that name a password beyond doubt (a URL, a netrc line) in a file that may be an example.
"""

_CERTAIN_NAMES = Lazy(
    r"(?:^|[._-])(?:docker|container)file(?:[._-][^/]*)?$|^\.env(?:\.[\w.-]+)?$|\.env$"
    r"|^(?:\.netrc|_netrc|\.pgpass|\.my\.cnf|\.npmrc|\.pypirc|\.s3cfg|\.boto|credentials|wp-config\.php|environment)$",
    re.IGNORECASE,
)
_PROCESS = Lazy(r"(?:^|/)proc/\d+$", re.IGNORECASE)
_MANUAL = Lazy(r"(?:^|/)man\d\w*/")
"""A page about a file may have its name: Containerfile.5."""
_CONFIG_SUFFIXES = frozenset(
    ".ini .cfg .conf .cnf .properties .yml .yaml .json .toml .xml .config .tfvars .tf .tfstate .hcl .sh .bash "
    ".zsh .ksh .fish .env .service .netrc .auth .settings .plist .reg .ps1 .bat .cmd .list .sources .repo .ldif "
    ".secret .secrets .credentials .ovpn .rc .htpasswd .history".split()
)
_DOCUMENTATION = Lazy(
    r"(?:^|/)(?:usr/share/(?:doc|man|info|help|gtk-doc|locale|zsh|bash-completion|vim)|docs?|tests?|__tests__|__mocks__|testdata|fixtures|benchmarks?"
    r"|examples|(?<!/org/)(?<!/com/)example|molecule|locales?|i18n)/"
)
_ETC = Lazy(r"(?:^|/)etc/")
_SAYS_EXAMPLE = Lazy(r"(?:^|[._-])(?:examples?|samples?|fixtures?)(?=[._-])|^test_|[._](?:test|spec)\.", re.IGNORECASE)
_SAMPLES = frozenset((".example", ".sample", ".dist", ".template", ".tmpl", ".tpl", ".j2", ".in", ".erb"))
_CONFIG_NAMES = frozenset({"Makefile", "makefile", "GNUmakefile"})
_PROSE_NAMES = frozenset({"METADATA", "PKG-INFO", "README", "NEWS", "CHANGELOG", "CHANGES", "HISTORY", "INSTALL"})
"""A package's own words about itself: Python's core metadata has the whole README in it."""
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts", ".pyi")
"""Types without values; what looks like one stands in a comment."""
_PROSE_SUFFIXES = frozenset(
    ".md .rst .txt .html .htm .adoc .tex .1 .2 .3 .4 .5 .6 .7 .8 .pod .po .pot .mo .svg .css .log .csv .tsv .info "
    ".texi .changes".split()
)


def is_sample(filename: str) -> bool:
    """Whether a file's folder or name says that it documents, tests or shows something."""
    folder, _, base = filename.rpartition("/")
    return (
        _of_folder(folder) in (PROSE, _MANUAL_PAGES)
        or splitext(base)[1].lower() in _SAMPLES
        or _SAYS_EXAMPLE.search(base) is not None
    )


def kind_of(filename: str) -> str:
    """The kind of a file, by its name alone; no name at all (a message, a history line) counts as configuration."""
    if not filename:
        return CONFIG
    folder, _, base = filename.rpartition("/")
    place, kind = _of_folder(folder), _of_base(base)
    if place == _MANUAL_PAGES:
        return PROSE
    if kind == CERTAIN or (place == _ENVIRONMENT and base.lower() == "environ"):
        return CERTAIN
    if place == PROSE:
        return PROSE
    return kind or (CONFIG if place == CONFIG else CODE)


_MANUAL_PAGES, _ENVIRONMENT = "manual", "environment"


@lru_cache(maxsize=4096)
def _of_folder(folder: str) -> str:
    """What a folder says of its files: PROSE, CONFIG for those whose name says nothing, one of the two above, or
    nothing."""
    below = folder + "/"
    if _MANUAL.search(below):
        return _MANUAL_PAGES
    if _PROCESS.search(folder):
        return _ENVIRONMENT
    if _DOCUMENTATION.search(below):
        return PROSE
    return CONFIG if _ETC.search(below) and "usr/share/" not in below else ""


@lru_cache(maxsize=4096)
def _of_base(base: str) -> str:
    """What a file's last name says; empty for nothing."""
    if _CERTAIN_NAMES.search(base):
        return CERTAIN
    stem, suffix = splitext(base)
    suffix = suffix.lower()
    if suffix in _SAMPLES:
        return PROSE
    if suffix in _PROSE_SUFFIXES or base in _PROSE_NAMES or base.endswith(_DECLARATIONS) or _SAYS_EXAMPLE.search(base):
        return PROSE
    if suffix in _CONFIG_SUFFIXES or base in _CONFIG_NAMES or (not suffix and stem.startswith(".")):
        return CONFIG
    return CODE if suffix else ""
