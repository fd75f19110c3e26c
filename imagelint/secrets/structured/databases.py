"""Databases, caches and message brokers, and their clients.

mongodb.com/docs/manual/core/security-internal-authentication (keyfiles);
postgresql.org/docs/current/libpq-pgpass.html and libpq-pgservice.html;
dev.mysql.com/doc/refman/8.4/en/option-files.html;
redis.io/docs/latest/operate/oss_and_stack/management/security/acl; rabbitmq.com/docs/configure and definitions
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.structured.clusters import tree
from imagelint.secrets.structured.forms import Form, forms, inside, line, pairs, whole
from imagelint.secrets.structured.value import GENERAL, HASH, Reader, Value

PGPASS, REDIS = "pgpass-password", "redis-password"
_FIELD = r"(?:[^:\\\r\n]|\\.){1,200}"
_PGPASS = Form(rf"^(?!#){_FIELD}:{_FIELD}:{_FIELD}:{_FIELD}:((?:[^:\\\r\n]|\\.){{1,200}})", PGPASS)
_USER = Lazy(r"^[ \t]*user[ \t]+([^\s]{1,128})([^\r\n]{0,4096})", 8)  # 8: re.MULTILINE
_GRANT = Lazy(r"(?<=\s)(?:>([^\s]{1,512})|#([0-9a-f]{64})(?=\s|\Z))")


def acl(text: str) -> Iterator[Value]:
    """`user NAME on >password #sha256 ...`"""
    for user in _USER.finditer(text):
        for grant in _GRANT.finditer(text, *user.span(2)):
            password = grant.lastindex == 1
            start, end = grant.span(grant.lastindex or 0)
            yield Value(start, end, REDIS if password else HASH, user[1], formed=not password)


_REDIS = forms(
    line(r"(?:requirepass|masterauth|primaryauth|tls-key-file-pass|sentinel[ \t]+sentinel-pass)[ \t]+", REDIS),
    line(r"sentinel[ \t]+auth-pass[ \t]+\S{1,100}[ \t]+", REDIS),
    acl,
)
_KEY_FILE = r"(?:[A-Za-z0-9+/]{16,76}\r?\n){0,24}[A-Za-z0-9+/]{64,1024}={0,2}(?:\r?\n[A-Za-z0-9+/]{1,76}={0,2})?"
"""What the members of a replica set know each other by: base64 of a KiB at most, in lines or not."""
_ORACLE = Form(r"jdbc:oracle:\w{2,5}:[^\s/:@\"']{1,64}/\"?([^\s@\"']{1,128})\"?@", name="url")
URLS = forms(_ORACLE)
_MYSQL = pairs(r"(?:loose[-_])?password\d?|ssl[-_]key[-_]password|master[-_]password")
_SERVICE = pairs("password|sslpassword")
_SQL = forms(
    Form(r"\bIDENTIFIED[ \t]+(?:WITH[ \t]+[\w'\"]{1,40}[ \t]+)?BY[ \t]+(?:PASSWORD[ \t]+)?'([^'\r\n]{1,200})'"),
    Form(r"\b(?:ENCRYPTED[ \t]+)?PASSWORD[ \t]+(?:=[ \t]*)?'([^'\r\n]{1,200})'"),
    Form(r"\bPASSWORD\('([^'\r\n]{1,200})'\)"),
)
_CASSANDRA = pairs("password")

READERS: dict[str, Reader] = {
    "keyfile mongo-keyfile mongodb-keyfile mongo.key mongod.key mongodb.key mongo-key mongodb-key replica.key rs.key "
    "*.keyfile": whole(form=_KEY_FILE, formed=True),
    ".pgpass pgpass pgpass.conf": forms(_PGPASS),
    ".pg_service.conf pg_service.conf": _SERVICE,
    ".my.cnf my.cnf my.cnf.d/* mysql/conf.d/* mariadb.conf.d/* debian.cnf": _MYSQL,
    "redis.conf redis/* sentinel.conf valkey.conf valkey/* users.acl keydb.conf": _REDIS,
    "cqlshrc .cassandra/credentials": _CASSANDRA,
    "rabbitmq.conf": pairs(r"default_pass|.*[._]password|.*\.erlang_cookie"),
    "rabbitmq.config": forms(inside(r"\{[ \t]*(?:default_pass|password)[ \t]*,[ \t]*<<\"([^\"\r\n]{1,200})\">>")),
    "advanced.config": forms(inside(r"\{[ \t]*(?:default_pass|password)[ \t]*,[ \t]*(?:<<)?\"([^\"\r\n]{1,200})\"")),
    "definitions.json": forms(tree({r"users/\d+/password_hash": HASH}, formed=r"users/\d+/password_hash")),
    ".erlang.cookie": whole(form=r"[A-Za-z0-9_]{8,255}", formed=True),
    "mosquitto.conf mosquitto/conf.d/*": forms(line(r"(?:remote_password|bridge_psk)[ \t]+")),
    "*.properties": URLS,
    "tnsnames.ora": URLS,
    "telegraf.conf": pairs("password|token"),
    ".mysql_history .mariadb_history .psql_history .sqlcmd_history": _SQL,
    "users.xml": forms(Form(r"<password>([^<\s]{1,200})</password>")),
    ".odbc.ini": pairs("pwd|password"),
    "odbc.ini": pairs("pwd|password"),
    "*.env": URLS,
    "mattermost/config/config.json": forms(tree({"SqlSettings/AtRestEncryptKey": GENERAL})),
}
