"""Mail: servers that send through another one, and clients.

postfix.org/SASL_README.html and mysql_table.5.html; doc.dovecot.org (sql, ldap);
exim4-config_files(5); marlam.de/msmtp; fetchmail.info/fetchmail-man.html;
neomutt.org/guide/reference
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.structured.forms import QUOTED, REST, WORD, Form, forms, line, pairs
from imagelint.secrets.structured.value import Reader, Value

RELAY = "mail-relay-password"
_FETCHED = Lazy(rf"#[^\n]*|\b(?:password|pass)[ \t]+(?:{QUOTED}|([^\s\"'#;,]{{1,200}}))")


def fetchmail(text: str) -> Iterator[Value]:
    """`password` and its short form anywhere in an entry."""
    for match in _FETCHED.finditer(text):
        if match.lastindex:
            yield Value(*match.span(match.lastindex))


_POSTFIX = Form(r"^(?!#)\S{1,256}[ \t]+[^\s:]{1,128}:([^\s]{1,256})", RELAY)
_NEXT_HOP = Form(r"^\[[\w.:-]{1,256}\](?::\w{1,16})?[ \t]+[^\s:\[\]]{1,128}:([^\s\[\]]{1,256})[ \t]*\r?$", RELAY)
"""A login for a relay in brackets, in a table of any name: other tables of Postfix have no such pair."""
_DOVECOT = forms(
    Form(rf"^[ \t]*connect[ \t]*=[^\r\n#]{{0,400}}?[ \t]password=(?:{QUOTED}|{WORD})"),
    line(r"dnpass[ \t]*=[ \t]*"),
)
_EXIM = Form(r"^(?!#)[^\s:]{1,256}:[^\s:]{1,128}:([^\s]{1,256})", RELAY)

READERS: dict[str, Reader] = {
    "sasl_passwd sasl/passwd sasl_password relay_password postfix/smtp_auth": forms(_POSTFIX),
    "etc/postfix/*": forms(_NEXT_HOP),
    "postfix/*.cf postfix/*/*.cf": pairs("password|bind_pw"),
    "dovecot-sql.conf.ext dovecot-ldap.conf.ext dovecot/*.ext dovecot/*/*.ext": _DOVECOT,
    "passwd.client": forms(_EXIM),
    ".msmtprc msmtprc msmtp/config": forms(line(r"password[ \t]+", value=REST)),
    ".fetchmailrc fetchmailrc": fetchmail,
    ".muttrc muttrc .neomuttrc .mutt/muttrc neomuttrc": forms(line(r"set[ \t]+(?:imap|smtp|pop)_pass[ \t]*=[ \t]*")),
    ".mbsyncrc isyncrc": forms(line(r"Pass[ \t]+")),
    ".offlineimaprc offlineimap/config": pairs("remotepass|localpass"),
    "ssmtp.conf": pairs("authpass"),
    ".mailrc": forms(line(r"set[ \t]+(?:smtp-auth-password|password)(?:-\S{1,64})?[ \t]*=[ \t]*")),
}
