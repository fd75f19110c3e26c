"""Hashes of passwords, and the accounts that have none.

crypt(5); Apache's password formats (httpd.apache.org/docs/current/misc/password_encryptions.html); RFC 2307; Dovecot's
password schemes; mosquitto_passwd(1); pgbouncer's userlist.txt.
"""

from __future__ import annotations

from imagelint.secrets.structured.forms import Form, forms
from imagelint.secrets.structured.value import HASH, Reader

PASSWORD_FILES = frozenset((b"etc/shadow", b"etc/shadow-", b"etc/passwd", b"etc/passwd-"))
"""Paths in an image, without a slash in front."""

CRYPT = (
    r"(?:\$(?:y|gy|7|6|5|1|apr1|sha1|md5)\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9+=$]{20,260}|\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"
    r"|(?:argon2:)?\$argon2(?:id|i|d)\$[\w$=,./+]{30,260})"
)
_SCHEME = r"\{(?:S?(?:SHA|MD5)(?:256|384|512)?|CRYPT|PBKDF2[\w-]{0,12})(?:\.\w{3,6})?\}[\w+/=.$]{8,260}"
_SCHEME_NAMED = r"(?:\{[\w-]{3,20}\})?"
_ANY = rf"({CRYPT}|{_SCHEME}|_[./A-Za-z0-9]{{19}}|[./A-Za-z0-9]{{13}})(?=[:,\r\n]|\Z)"
_FIELD = rf"^[^:#\s]{{1,64}}:!{{0,2}}{_ANY}"
_PLAIN = r"^[^:#\s]{1,64}:\{(?:PLAIN|CLEARTEXT|CLEAR)\}([^:\s]{1,256})"


def hashed(pattern: str) -> Form:
    """A form whose value is a hash."""
    return Form(pattern, HASH, formed=True)


ANYWHERE = hashed(rf"(?<![\w$])({CRYPT})(?![\w./$])")
_ACCOUNTS = forms(hashed(_FIELD), Form(_PLAIN), hashed(rf"^[^:#\s]{{1,64}}:{_SCHEME_NAMED}({CRYPT})"))

READERS: dict[str, Reader] = {
    "shadow shadow- gshadow gshadow- etc/passwd etc/passwd- master.passwd htpasswd htpasswd.users "
    ".htpasswd *.htpasswd dovecot/users elasticsearch/users passwd.db": _ACCOUNTS,
    "opasswd": forms(ANYWHERE),
    "mosquitto/passwd": forms(hashed(r"^[^:#\s]{1,64}:(\$[67]\$(?:\d{1,8}\$)?[\w+/=]{8,100}\$[\w+/=]{40,100})")),
    "mosquitto/pwfile": forms(hashed(r"^[^:#\s]{1,64}:(\$[67]\$(?:\d{1,8}\$)?[\w+/=]{8,100}\$[\w+/=]{40,100})")),
    ".htdigest htdigest *.htdigest": forms(hashed(r"^[^:#\s]{1,64}:[^:\r\n]{1,64}:([0-9a-f]{32})(?=\s|\Z)")),
    "userlist.txt": forms(
        hashed(r"^\"[^\"\r\n]{1,64}\"[ \t]+\"(md5[0-9a-f]{32}|SCRAM-SHA-256\$[^\"\r\n]{40,200})\""),
        Form(r"^\"[^\"\r\n]{1,64}\"[ \t]+\"(?!md5[0-9a-f]{32}\"|SCRAM-)([^\"\r\n]{1,200})\""),
    ),
    "mgmt-users.properties application-users.properties": forms(hashed(r"^[^=#\s]{1,64}=([0-9a-f]{32})(?=\s|\Z)")),
    "prometheus/web.yml web-config.yml traefik/* Caddyfile haproxy.cfg ks.cfg anaconda-ks.cfg preseed.cfg "
    "users/*/config.xml": forms(ANYWHERE),
    "jupyter_server_config.json": forms(ANYWHERE),
    "*.ldif": forms(ANYWHERE, hashed(rf"^userPassword:[ \t]*({_SCHEME})")),
}


def empty_passwords(path: str, content: bytes) -> list[str]:
    """The accounts that anybody may enter without a password, by shadow(5) and passwd(5); [] for other files.

    An empty second field is an empty password; `x` says that the password is in etc/shadow, `*` and `!` that there
    is none to enter by.
    """
    if path.lstrip("/").encode("utf-8", "surrogateescape") not in PASSWORD_FILES:
        return []
    accounts = []
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.rstrip("\r").split(":")
        if len(fields) >= 7 and fields[0] and not fields[0].startswith(("#", "+", "-")) and fields[1] == "":
            accounts.append(fields[0])
    return accounts
