"""Mail: servers that send through another one, and clients.

postfix.org/SASL_README.html; exim4-config_files(5); marlam.de/msmtp; fetchmail.info/fetchmail-man.html;
neomutt.org/guide/reference
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.secrets.lazy import Lazy
from imagelint.secrets.structured.forms import QUOTED, REST, Form, forms, line, pairs
from imagelint.secrets.structured.value import Reader, Value

RELAY = "mail-relay-password"
_FETCHED = Lazy(rf"#[^\n]*|\b(?:password|pass)[ \t]+(?:{QUOTED}|([^\s\"'#;,]{{1,200}}))")


def fetchmail(text: str) -> Iterator[Value]:
    """`password` and its short form anywhere in an entry."""
    for match in _FETCHED.finditer(text):
        if match.lastindex:
            yield Value(*match.span(match.lastindex))


_POSTFIX = Form(r"^(?!#)\S{1,256}[ \t]+[^\s:]{1,128}:([^\s]{1,256})", RELAY)
_EXIM = Form(r"^(?!#)[^\s:]{1,256}:[^\s:]{1,128}:([^\s]{1,256})", RELAY)

READERS: dict[str, Reader] = {
    "sasl_passwd sasl/passwd sasl_password relay_password postfix/smtp_auth": forms(_POSTFIX),
    "passwd.client": forms(_EXIM),
    ".msmtprc msmtprc msmtp/config": forms(line(r"password[ \t]+", value=REST)),
    ".fetchmailrc fetchmailrc": fetchmail,
    ".muttrc muttrc .neomuttrc .mutt/muttrc neomuttrc": forms(line(r"set[ \t]+(?:imap|smtp|pop)_pass[ \t]*=[ \t]*")),
    ".mbsyncrc isyncrc": forms(line(r"Pass[ \t]+")),
    ".offlineimaprc offlineimap/config": pairs("remotepass|localpass"),
    "ssmtp.conf": pairs("authpass"),
    ".mailrc": forms(line(r"set[ \t]+(?:smtp-auth-password|password)(?:-\S{1,64})?[ \t]*=[ \t]*")),
}
