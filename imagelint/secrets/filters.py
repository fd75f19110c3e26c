"""Why a value is no secret: cheap checks with names, tried in order of cost.

A name of a filter is what Candidate.dropped says. Real files of images decided what stands here: locale files,
tokenizer tables, schemas, test data of package managers, shell scripts of /etc.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from imagelint.lazy import Lazy
from imagelint.secrets.kinds import CERTAIN, CODE, CONFIG, PROSE, STATED, kind_of
from imagelint.secrets.known import is_known_example
from imagelint.secrets.names import is_password_name, is_secret_name, words_of

_JUDGED = 512
"""Characters of a value that are judged; what is longer is no better known by its end."""

_PURE = Lazy(r"\$(?:\w+|\{\w+\})$")
_REFERENCE = Lazy(
    r"""\$(?:[(A-Za-z_]|\{[^}]{0,200}\}|\{\w*$) | \$\d$ | `[^`]*`$ | \{\{ | \{[\w.]*\}$ | \{[a-z]{2,20}$ | \[\[
    | %\(\w+\) | %[a-z]$ | %\w+% | <[^<>]*>?$ | \#\{
    | @[\w.]+@?$ | @Microsoft\.KeyVault\( | !\w+(?:[.:-]\w+)*$ | &[\w:.-]+$ | %\{ | \*\w+$ | ENC[\[(] | \{\w+:$
    | \{cipher\} | ENV\[ | __\w+__$
    | \[[\w\x20.|-]*\]?$ | projects/
    | (?:vault|secret|ssm|arn|ref|keyring|env|file|awssm|gcpsm|op|kms|data)[:+]
    | (?:bytes|varint|group|fixed\d\d),\d+,  # a struct tag of protobuf in Go
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SUBSTITUTED = Lazy(r"\$\(|\$\{[\w.]")
_KEYWORD = Lazy(r"%\(\w*(?:\)|$)")
_FORMATTED = Lazy(r"%[sdv](?!\w)|\{\}|\{[A-Za-z_][\w.]{0,40}(?:\}|:[<>=^+-]?[\d.]{0,5}[A-Za-z%]?\d{0,2}(?:\}|$))")
_FIELD = Lazy(r"\{[A-Za-z_][\w.]{1,40}(?:\}|:[<>=^+-]?[\d.]{0,5}[A-Za-z%]?\d{0,2}(?:\}|$))")
"""`{name}`, `{name:20}`: the fields of texts that a program fills in"""
_EXPANSION = Lazy(r"\$[A-Za-z0-9_]")
_HASH = Lazy(
    r"\$(?:\w{1,12})\$\S*\$|\{(?:SSHA|SHA|CRYPT|MD5)\d*\}|(?:md5|sha1|sha256|sha512|scram-sha-256|hmac-sha\d{1,3})[:$-]",
    re.IGNORECASE,
)
_PATH = Lazy(
    r"(?:~|\.{1,2})?/[\w.@{}$*-]+(?:/|\\{1,3}[\"']|$)|\.{0,2}/$|[A-Za-z]:\\"
    r"|[\w./-]+\.(?:json|pem|txt|ya?ml|key|crt|cert|p12|jks|php|py|js|go|html?|toml|conf)$"
)
_URL = Lazy(r"[a-z][a-z0-9+.-]{1,20}://|www\.", re.IGNORECASE)
_CALL = Lazy(r"@[{(]|[\w.$:>-]*\w\(|[\w.]+\[['\"\w$]|\(|new |function\b|lambda\b|=>|\w+(?:\(\)|\[\])$")
_ATTRIBUTE = Lazy(r"[A-Za-z_$]\w*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+[;,)]*$")
_MEMBER = Lazy(r"[A-Za-z_][\w.]*(?:\[(?:-?\d{0,4}|\*)\]\.?[\w.]*)+$", re.ASCII)
"""`Jobs[-1].JobId`: a path into a document, as JMESPath has it."""
_CIPHERS = Lazy(r"[!+-]?k?[A-Z0-9_@]+(?::[!+-]?k?[A-Z0-9_@]+)+$", re.ASCII)
"""https://docs.openssl.org/3.0/man1/openssl-ciphers/"""
_PROGRAM = Lazy(r"\)\}?[{};,)]|&&|\|\||[!=]=+[\w\[(\"'-]|\}[,}]|\[\{")
"""What stands between two quotes of a minified program, taken for one text."""
_TOKEN = Lazy(r"[\w+/=.:~%|-]+$", re.ASCII)
"""What a long generated value is made of; symbol tables of compilers have more."""
_PUBLIC = Lazy(r"pk\.eyJ|pk_(?:live|test)_")
"""Keys that stand in web pages: https://docs.mapbox.com/help/glossary/access-token/, https://docs.stripe.com/keys"""
_TIME = Lazy(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[\d.,]*(?:Z|[+-]\d\d:?\d\d)?$")
"""ISO 8601."""
_LINE_END = Lazy(r"(?:\\r)?\\n")
"""As JSON writes it: the name was the last of its line."""
_NUMBER = Lazy(r"[-+]?[\d.,_]+(?:[a-z]{1,2})?$|0x[\da-f]{1,8}$", re.IGNORECASE)
_TYPE = frozenset(
    "string str int integer bool boolean bytes byte char text float double number object array list dict any void "
    "varchar uuid date optional option const var let self this sensitive required true false yes no on off none "
    "null nil undefined nan default auto enabled disabled always never random generated unset empty missing "
    "invalid ok warn error deny allow ask prompt keyring plain basic bearer files systemd compat ldap nis winbind "
    "sss md5 sha256 sha512 scram-sha-256 requisite sufficient include substack base64: and are".split()
)
_PLACEHOLDER = Lazy(
    r"x{3,}|\*{2,}|\.{3}|\?{3,}|_{3,}|-{4,}|your|example|placeholder|redacted|change[-_ .]?(?:me|this|it)|replace"
    r"|insert|todo|fixme|dummy|sample|fake|mock|foo|bar(?=$|\W)|baz|enter[-_ ]|put[-_ ]|here$|lorem|abcdef|12345"
    r"|qwert|deadbeef|<[\w .,:|/'-]*>|do[-_]?not|no[-_]?pass|not[-_]?(?:used|set|real|a[-_])|n/a|tbd"
    r"|some[-_ ]?(?:pass|secret|token|thing|value|key)|(?:my|the|test)[-_ ](?:pass|secret|token|key|api)",
    re.IGNORECASE,
)
_WEAK = Lazy(r"(?:change|replace)[-_ .]?(?:me|this|it)|12345|qwert|abcdef|foo|bar|test|sample|dummy", re.IGNORECASE)
"""A placeholder in a text, and a real weak password in an environment variable."""
_IDENTIFIER = Lazy(
    r"[a-z]+(?:[-_.:/ ][a-z]+)+[:;]?$|[A-Z]+(?:[-_.:/ ][A-Z]+)+$|[A-Za-z]+(?:[-_.][A-Za-z]+)+$"
    r"|[A-Za-z]+(?:[-:]+[A-Za-z]+)+::$"
)
_DOTTED = Lazy(r"\.?[a-z]+[\d_a-z]*(?:\.(?:\$\w+|[a-z\d]+[\d_a-z]*))+$|[A-Za-z]\w*\[[A-Z]\w*\]$", re.ASCII)
"""`.models.v1_secret`, `string.$S2.delim`, `List[StorageV1TokenRequest]`"""
_VERSION = Lazy(r"[-_.]v\d\d?$")
_LETTERS = Lazy(r"[^\W\d_]+[.,:;!?]?$")
_BLANK = Lazy(r"\s")
_NAMING = frozenset(
    "password passwd pass pwd secret token key api access auth private client my the a your new db database user "
    "admin root app service test dev prod name value string here".split()
)
_PERCENT = Lazy(r"%([0-9a-f]{2})", re.IGNORECASE)
_CLASS = Lazy(r"\[[^\]]*\w-\w|\[\^(?:\\|[^\]]+\][+*?{])|\(\?[:=!<P]|\\[dwsbDWSB][+*{]")
_TELLS = Lazy(r"pass|pw|secret|token|key|auth|cred|prompt|string|value|require|option|default|param", re.IGNORECASE)
_SYMBOL = Lazy(r"[!#$%^&*]")
_CAPITALS = Lazy(r"[A-Z]{3,}")
_SIGN = Lazy(r"[!#$%^&*+=?@]")
_NAME_LIKE = Lazy(r"[A-Za-z_][\w.:#@/-]*$", re.ASCII)
_UUID = Lazy(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}[:;,.]?$", re.IGNORECASE)


_EXAMPLE = Lazy(
    r"\bexamples?\b|\be\.g\.|\bfor instance\b|\bsample\b|\btutorial\b|\bdoctest\b|\bj(?:ane|ohn)[ ._]?doe"
    r"|\bassert|\btestcase\b|\btest[ _-]?(?:vectors?|data)\b|\b(?:def|func|function) test|\bdescribe\("
    r"|\bunittest\b|\bpytest\b"
    r"|1234567890|111122223333|444455556666",  # account numbers of AWS' documentation
    re.IGNORECASE | re.MULTILINE,
)
_AROUND = 4096
"""Characters on each side of a value in prose that may call it an example."""
_SHOWN = Lazy(
    r"^[ \t]*>>> |^[ \t#*/]*@?Examples?(?: \d{1,2}\b[^\n:]{0,60})?::?[ \t]*\r?$"
    r"|^[ \t]*\*[ \t]*@example\b"  # https://jsdoc.app/tags-example
    r"|(?:^|[ \t])(?:#|//|/?\*)[ \t](?:[^\n]{0,40}[ \t(])?"
    r"(?:e\.g\.|[Ee]xamples?:|[Ff]or (?:example|instance)[:,])[^\n]*\Z",
    re.MULTILINE,
)
_YAML = Lazy(r"^[ \t]*(?:-[ \t]+)?(?:\(\?\w\))?[A-Za-z_][\w.-]{0,63}:[ \t]*\\?[\"']?\Z", re.MULTILINE)
"""`password: "x"` is nothing that Python could run: it stands in a docstring, as every Ansible module has one."""
_NEAR = 160
"""Characters ahead of a value in which its line begins."""
_SHOWN_BEFORE = 512
"""What stands ahead of an example in a docstring, be it in code: an interpreter's session
(https://docs.python.org/3/library/doctest.html) or a heading; in a comment, words ahead in the same line.
"""


def is_example(text: str, start: int, end: int, filename: str) -> bool:
    """Whether text[start:end] stands in prose that says, close by, that it shows examples or tests, or in a docstring's
    example.
    """
    kind = kind_of(filename)
    if kind not in (CODE, PROSE):
        return False
    if kind == PROSE and filename.endswith(".pyc"):  # of a test; its texts are not at hand
        return True
    if _SHOWN.search(text, max(0, start - _SHOWN_BEFORE), start):
        return True
    if filename.endswith((".py", ".pyc")) and _YAML.search(text, max(0, start - _NEAR), start):
        return True
    return kind == PROSE and _EXAMPLE.search(text, max(0, start - _AROUND), end + _AROUND) is not None


def is_pure_reference(value: str) -> bool:
    """`$NAME` and `${NAME}`: nothing of a secret is in it, so it may be shown."""
    return _PURE.match(value) is not None


def entropy(value: str) -> float:
    """Shannon entropy in bits for each character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def why_no_login(before: str, value: str, after: str, kind: str) -> str:
    """The filter that turns away a password between `scheme://user` and `@host`, or ""."""
    user = before.rsplit("/", 1)[-1]
    if value.lower() in _NAMING or re.match(r"[\w.-]*example\.|host(?:name)?\b|server\b|\.\.\.", after, re.ASCII):
        return "placeholder"
    if kind != CERTAIN and (value == user or re.search(rf"/{re.escape(value)}\b", after)):
        return "placeholder"
    if kind in (CODE, PROSE):  # `a%20secret` is a sentence, and `%2F` no digit
        value = _PERCENT.sub(lambda found: chr(int(found[1], 16)), value)
    return why_no_stated(value, kind)


def why_no_stated(value: str, kind: str) -> str:
    """The filter that turns away a password in a place that is a password's beyond doubt, or ""."""
    if kind in (CODE, PROSE) and len(value) >= 8 and any(c.isdigit() for c in value) and not _TELLS.search(value):
        kind = CONFIG  # words with digits need not look made by a machine
    return why_no_password("password", value, kind, True)


def why_no_argument(value: str, kind: str) -> str:
    """The filter that turns away what a call or a statement gives for a password, or ""."""
    plain = _LETTERS.match(value) and (value.islower() or value.istitle() or value.isupper())
    if value.lower() in _NAMING or (plain and kind in (CODE, PROSE)):
        return "placeholder"
    if value.strip("`'\"") in ("rint", "rint0"):  # `find -user mysql -print0`
        return "code"
    if not any(map(str.isalnum, value)):  # `"password("], ["`
        return "code"
    return why_no_password("" if kind == PROSE else "password", value, STATED if kind == CODE else kind, True)


def why_no_token(value: str) -> str:
    """The filter that turns away a value that has the form of a vendor's token, or ""."""
    if is_known_example(value):
        return "known-example"
    if len(value) > 12 and max(Counter(value[-16:]).values()) > 11:
        return "repeated"
    if re.search(r"EXAMPLE|X{8}|x{8}|\.\.\.|\*\*\*", value):
        return "placeholder"
    return ""


def why_no_password(name: str, value: str, kind: str, quoted: bool) -> str:
    """The filter that turns away `name = value` in a file of this kind, or "": the value looks like a secret."""
    value = value[:_JUDGED]
    if _PURE.match(value) or _REFERENCE.match(value):
        return "reference"
    lower = value.lower()
    if lower in _TYPE or len(value) < 3 or (kind != CERTAIN and _LINE_END.match(value)):
        return "no-value"
    if (len(value) >= 10 or kind in (CODE, PROSE)) and is_known_example(value):
        return "known-example"
    if _NUMBER.match(value) and not (kind == CERTAIN and len(value) > 3 and value.isdigit() and is_password_name(name)):
        return "number"
    if _TIME.match(value):
        return "time"
    if _PUBLIC.match(value):
        return "public"
    if _HASH.match(value):
        return "hash"
    if _PATH.match(value):
        return "path"
    if _URL.match(value):
        return "url"
    if ("$" in value and _SUBSTITUTED.search(value)) or "{{" in value or _KEYWORD.search(value):
        return "reference"
    if len(set(lower)) <= 2:
        return "repeated"
    found = _PLACEHOLDER.search(value)
    # three letters in a long token, while dots are in none
    by_chance = (
        found is not None
        and len(found[0]) <= 3
        and (len(set(found[0])) > 1 or len(found[0]) == 2 or len(value) >= 40)
        and _is_mixed(value)
    )
    if found and not by_chance and not (kind == CERTAIN and _WEAK.match(found[0])):
        return "placeholder"
    if (
        value.startswith("--")
        or (kind != CERTAIN and (_FORMATTED if len(value) < 40 else _FIELD).search(value))
        or (not quoted and _EXPANSION.search(value))
    ):
        return "reference"
    numbered = kind in (CERTAIN, CONFIG) and value[-2:].isdigit()  # people's passwords end so, attributes do not
    if not quoted and (_CALL.match(value) or (_ATTRIBUTE.match(value) and not numbered)):
        return "code"
    if _says_its_name(name, value, kind):
        return "says-its-name"
    if kind in (CERTAIN, STATED):
        return ""
    return _why_no_variety(name, value, kind, quoted)


def _is_mixed(value: str) -> bool:
    """Long, or of small letters, capitals and digits: three letters in a row may be any."""
    if len(value) >= 20:
        return True
    return len(value) >= 12 and value.upper() != value != value.lower() and any(c.isdigit() for c in value)


def _says_its_name(name: str, value: str, kind: str) -> bool:
    """`password = db_password`: a value made of the words of names tells where a secret would go."""
    words = words_of(value)
    own = words_of(name)
    if kind != CERTAIN and words and (words == own or words == own[-1:]):
        return True
    if kind in (CODE, PROSE) and len(words) > 1 and words == own[: len(words)] and not is_password_name(name):
        return True  # `storage_client`, in STORAGE_CLIENT_KEY: what the program calls it
    if kind != CERTAIN and re.search(rf"_{re.escape(name)}_{{1,3}}[\w-]{{5,8}}(?:_\d+)?$", value):
        return True  # a class of CSS modules, by the name it had: _password_1x2y3_14, Form__password___aB3dE
    return len(words) > 1 and is_secret_name(value) and all(word in _NAMING or word in own for word in words)


def _why_no_variety(name: str, value: str, kind: str, quoted: bool) -> str:
    """Files that hold more talk about passwords than passwords: ask for a value that no language would have."""
    if _BLANK.search(value):
        return "sentence"
    if not value.isprintable():
        return "binary"
    if 2 * sum(not c.isascii() for c in value) > len(value):  # a sentence in a script without blanks
        return "sentence"
    if _CLASS.search(value):
        return "pattern"
    if kind == CODE and len(value) > 12 and len(_PROGRAM.findall(value)) > 1:  # one may be chance
        return "code"
    if _MEMBER.match(value):
        return "code"
    if _CIPHERS.match(value):
        return "ciphers"
    if kind == CODE and len(value) > 128 and not _TOKEN.match(value):
        return "text"
    if not quoted and kind in (CODE, PROSE):
        return "unquoted"
    if _UUID.match(value):
        return "" if is_password_name(name) or words_of(name)[1:][-1:] == ("secret",) else "uuid"
    if _LETTERS.match(value) and not _is_scrambled(value):
        chosen = kind == CONFIG and len(value) >= 8 and is_password_name(name) and not _TELLS.search(value)
        return "" if chosen else "word"
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    long = len(value) >= (8 if _SYMBOL.search(value) else 10)
    chosen = digits > 1 and long and is_password_name(name) and not _TELLS.search(value)
    if _IDENTIFIER.match(value) if kind == CONFIG or chosen else _is_identifier(value):
        return "identifier"
    scrambled = _is_scrambled(value) or (is_password_name(name) and _has_all_cases(value))
    if not letters or (kind != CONFIG and not digits and not scrambled):
        return "variety"
    by_person = is_password_name(name)
    if kind != CONFIG and (len(value) < 8 if by_person else len(value) < 16 and not _is_mixed(value)):
        return "variety"
    if kind != CONFIG and entropy(value) < (2.4 if by_person and kind == CODE else 2.6 if by_person else 2.8):
        return "variety"
    return ""


def _is_scrambled(value: str) -> bool:
    """Letters alone, small and capital in no order: names have longer words."""
    letters = len(value) >= 16 and value.isalpha() and value.isascii()
    return letters and (len(words_of(value)) * 3.1 > len(value) or len(_CAPITALS.findall(value)) > 1)


def _has_all_cases(value: str) -> bool:
    """Letters of both cases and signs that no name has, as generators mix them."""
    return len(value) >= 12 and _SIGN.search(value) is not None and value.lower() != value != value.upper()


def _is_identifier(value: str) -> bool:
    """`V1SecretProjection`, `oauth2client:secrets#ns`, `acme-ui-state-v1`: words of a language, with a digit or two."""
    value = _VERSION.sub("", value)
    if _IDENTIFIER.match(value) or _DOTTED.match(value):
        return True
    words = words_of(value)
    letters = sum(map(len, words))
    return _NAME_LIKE.match(value) is not None and letters >= 4 * len(words) and sum(c.isdigit() for c in value) <= 2
