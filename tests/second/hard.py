"""Secrets that stand where a line by line look misses them: wrapped, encoded, packed, in commands and comments."""

# ruff: noqa: E501 - lines of files stand as their programs write them

from __future__ import annotations

import base64
import gzip
import json
import textwrap
from collections.abc import Callable

from tests.second import keys, packed
from tests.second.values import Values, checked

Hard = tuple[str, str, Callable[[Values], tuple[bytes, str]]]
"""(kind, path, maker of the file's bytes and the value)"""


def text(template: str, make: Callable[[Values], str] = Values.password) -> Callable[[Values], tuple[bytes, str]]:
    def maker(r: Values) -> tuple[bytes, str]:
        value = make(r)
        return template.replace("{v}", value).encode(), value

    return maker


def shown(
    template: str, make: Callable[[Values], str], show: Callable[[str], str]
) -> Callable[[Values], tuple[bytes, str]]:
    """The file has another form of the value."""

    def maker(r: Values) -> tuple[bytes, str]:
        value = make(r)
        return template.replace("{v}", show(value)).encode(), value

    return maker


def within(
    wrap: Callable[[bytes], bytes], template: str, make: Callable[[Values], str] = Values.password
) -> Callable[[Values], tuple[bytes, str]]:
    """The file with the value, in a container."""

    def maker(r: Values) -> tuple[bytes, str]:
        value = make(r)
        return wrap(template.replace("{v}", value).encode()), value

    return maker


def b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def inner(value: str) -> str:
    """As a JSON string has it, without its quotes."""
    return json.dumps(value)[1:-1]


def github(r: Values) -> str:
    made = checked("ghp_")(r)
    return made if isinstance(made, str) else made["v"]


def openssh_in_yaml(r: Values) -> tuple[bytes, str]:
    key = keys.openssh(r)
    body = textwrap.indent(key, "      ")
    return (
        f"#cloud-config\nhostname: build7\nssh_deletekeys: true\nwrite_files:\n  - path: /root/.ssh/id\n    content: |\n{body}".encode(),
        key,
    )


def service_account(r: Values) -> tuple[bytes, str]:
    key = keys.pkcs8(r)
    fields = {
        "type": "service_account",
        "project_id": "acme-portal",
        "private_key_id": r.hex(40),
        "private_key": key,
        "client_email": "reports@acme-portal.iam.gserviceaccount.com",
        "client_id": r.of("123456789", 21),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(fields, indent=2).encode(), key


def war_in_tar(r: Values) -> tuple[bytes, str]:
    value = r.password()
    war = packed.zipped({"WEB-INF/classes/db.properties": f"db.user=crm\ndb.password={value}\n".encode()})
    return packed.tarred({"release/README": b"Release 4.\n", "release/crm.war": war}), value


def pyc(r: Values) -> tuple[bytes, str]:
    value = r.password()
    source = f"HOST = 'db.int.acmecorp.io'\nDB_PASSWORD = '{value}'\n\ndef dsn():\n    return (HOST, DB_PASSWORD)\n"
    return packed.compiled(source, "/app/settings.py"), value


def pyc_token(r: Values) -> tuple[bytes, str]:
    value = github(r)
    return packed.compiled(f"def headers():\n    return {{'Authorization': 'token {value}'}}\n", "/app/api.py"), value


def sqlite_settings(r: Values) -> tuple[bytes, str]:
    value = r.password()
    return packed.sqlite(
        ("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT)", ()),
        ("INSERT INTO settings VALUES ('theme', 'dark'), ('smtp_host', 'smtp.int.acmecorp.io')", ()),
        ("INSERT INTO settings VALUES ('smtp_password', ?)", (value,)),
    ), value


def sqlite_token(r: Values) -> tuple[bytes, str]:
    value = "glpat-" + r.url64(20)
    return packed.sqlite(
        ("CREATE TABLE remote (id INTEGER PRIMARY KEY, url TEXT, token TEXT)", ()),
        ("INSERT INTO remote (url, token) VALUES ('https://gitlab.int.acmecorp.io', ?)", (value,)),
    ), value


def elf_url(r: Values) -> tuple[bytes, str]:
    value = r.password()
    strings = ["usage: agent [-v]", f"postgres://agent:{value}@db.int.acmecorp.io:5432/agent", "connected to %s", ""]
    return packed.elf("\0".join(strings).encode()), value


def elf_token(r: Values) -> tuple[bytes, str]:
    value = github(r)
    return packed.elf(f"cannot open %s\0{value}\0/etc/agent.conf\0".encode()), value


def pull_secret(r: Values) -> tuple[bytes, str]:
    value = r.password()
    config = json.dumps({"auths": {"registry.acmecorp.io": {"username": "puller", "password": value}}})
    return (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: pull\ntype: kubernetes.io/dockerconfigjson\n"
        f"data:\n  .dockerconfigjson: {b64(config)}\n"
    ).encode(), value


MINIFIED = "!function(e,t){" + "".join(f"var n{i}=function(r){{return r*{i}+t[{i}]}};" for i in range(400))

HARD: list[Hard] = [
    ("openssh-key-file", "root/.ssh/id_ed25519", text("{v}", keys.openssh)),
    ("rsa-key-file", "etc/ssl/private/site.key", text("{v}", keys.rsa)),
    ("cert-then-ec-key", "etc/haproxy/certs/site.pem", text("# leaf, then its key\n{v}", keys.ec)),
    ("openssh-key-in-cloud-init", "var/lib/cloud/seed/nocloud/user-data", openssh_in_yaml),
    ("service-account-json", "app/gcp.json", service_account),
    (
        "rsa-key-in-shell-variable",
        "opt/deploy/key.sh",
        text('#!/bin/sh\nKEY="{v}"\nprintf "%s" "$KEY" > /tmp/k\nchmod 600 /tmp/k\n', keys.rsa),
    ),
    (
        "key-in-heredoc",
        "opt/deploy/install.sh",
        text("#!/bin/sh\nset -e\ncat > /etc/ssl/agent.key <<'EOF'\n{v}EOF\nsystemctl restart agent\n", keys.pkcs8),
    ),
    ("key-escaped-in-env", "app/jwt.env", shown('JWT_ALG=RS256\nJWT_PRIVATE_KEY="{v}"\n', keys.pkcs8, inner)),
    ("key-base64-in-env", "app/deploy.env", shown("DEPLOY_HOST=10.1.1.4\nDEPLOY_KEY_B64={v}\n", keys.openssh, b64)),
    (
        "key-in-java-string",
        "src/Signer.java",
        shown(
            'class Signer {\n  static final String KEY =\n    "{v}";\n}\n',
            keys.ec,
            lambda v: v.replace("\n", '\\n" +\n    "'),
        ),
    ),
    (
        "key-in-openvpn-inline",
        "etc/openvpn/branch.ovpn",
        text("client\ndev tun\nremote vpn.int.acmecorp.io 1194\n<key>\n{v}</key>\nverb 3\n", keys.pkcs8),
    ),
    ("key-utf16", "srv/export/site-key.txt", within(lambda data: data.decode().encode("utf-16"), "{v}", keys.rsa)),
    (
        "k8s-secret-data",
        "manifests/db-secret.yaml",
        shown(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  username: YmlsbGluZw==\n  password: {v}\n",
            Values.password,
            b64,
        ),
    ),
    (
        "k8s-secret-stringdata",
        "manifests/smtp-secret.yaml",
        text(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: smtp\nstringData:\n  SMTP_HOST: smtp.int.acmecorp.io\n  SMTP_PASS: {v}\n",
            Values.signs,
        ),
    ),
    (
        "k8s-secret-tls-key",
        "manifests/tls.json",
        shown(
            '{"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/tls","metadata":{"name":"tls"},"data":{"tls.key":"{v}"}}\n',
            keys.rsa,
            b64,
        ),
    ),
    ("k8s-dockerconfigjson", "manifests/pull.yaml", pull_secret),
    (
        "password-in-jar",
        "app/lib/orders.jar",
        within(
            lambda data: packed.zipped(
                {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "application.properties": data}
            ),
            "spring.datasource.username=orders\nspring.datasource.password={v}\n",
        ),
    ),
    (
        "token-in-zip",
        "srv/backup/home.zip",
        within(
            lambda data: packed.zipped({"home/notes.txt": b"milk\n", "home/.bash_history": data}),
            "cd app\ngit clone https://{v}@github.com/acme/app.git\nmake\n",
            github,
        ),
    ),
    (
        "password-in-tar-gz",
        "srv/backup/etc.tar.gz",
        within(
            lambda data: packed.tarred({"etc/hostname": b"web3\n", "etc/my.cnf": data}),
            "[client]\nuser=dump\npassword={v}\n",
        ),
    ),
    ("password-in-war-in-tar-gz", "srv/release/crm.tar.gz", war_in_tar),
    (
        "dump-gz",
        "srv/backup/users.sql.gz",
        within(lambda data: gzip.compress(data, mtime=0), "ALTER USER app WITH PASSWORD '{v}';\nSELECT 1;\n"),
    ),
    (
        "password-utf16-registry",
        "srv/putty.reg",
        within(
            lambda data: data.decode().encode("utf-16"),
            'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\gw]\r\n"ProxyUsername"="gw"\r\n"ProxyPassword"="{v}"\r\n',
        ),
    ),
    ("password-in-pyc", "app/__pycache__/settings.cpython-311.pyc", pyc),
    ("token-in-pyc", "app/__pycache__/api.cpython-311.pyc", pyc_token),
    ("password-in-sqlite", "var/lib/portal/portal.db", sqlite_settings),
    ("token-in-sqlite", "var/lib/mirror/state.sqlite3", sqlite_token),
    ("url-in-elf", "usr/local/bin/agent", elf_url),
    ("token-in-elf", "usr/local/bin/uploader", elf_token),
    (
        "key-in-minified-js",
        "srv/www/app.min.js",
        text(MINIFIED + 'var cfg={apiUrl:"/api",clientSecret:"{v}",retries:3}}(window,[]);', lambda r: r.alnum(40)),
    ),
    (
        "password-in-comment",
        "etc/myapp/app.conf",
        text("# old account, still works: user=legacy password={v}\nlisten = 0.0.0.0:9000\nworkers = 4\n"),
    ),
    (
        "commented-out-setting",
        "etc/cron.d/report",
        text(
            "MAILTO=ops@acmecorp.io\n#15 2 * * * root PGPASSWORD={v} pg_dump -h db.int.acmecorp.io billing > /srv/b.sql\n15 3 * * * root /usr/local/bin/report\n"
        ),
    ),
    (
        "password-in-xml-comment",
        "app/conf/beans.xml",
        text(
            '<beans>\n  <!-- staging: <property name="password" value="{v}"/> -->\n  <bean id="clock" class="java.time.Clock"/>\n</beans>\n'
        ),
    ),
    (
        "sql-in-heredoc",
        "opt/setup/db.sh",
        text(
            "#!/bin/bash\nmysql -h db.int.acmecorp.io <<SQL\nCREATE USER 'report'@'10.%' IDENTIFIED BY '{v}';\nFLUSH PRIVILEGES;\nSQL\n"
        ),
    ),
    (
        "dockerfile-env",
        "src/app/Dockerfile",
        text(
            'FROM debian:12-slim\nENV APP_HOME=/app \\\n    DB_PASSWORD={v} \\\n    TZ=UTC\nCOPY . /app\nCMD ["/app/run"]\n'
        ),
    ),
    (
        "dockerfile-run-curl",
        "src/tool/Dockerfile.build",
        text(
            "FROM alpine:3.20\nRUN apk add curl && \\\n    curl -fsSL -u ci:{v} https://nexus.int.acmecorp.io/tool.tgz | tar xz -C /opt\n"
        ),
    ),
    (
        "unit-command-line",
        "etc/systemd/system/exporter.service",
        text(
            "[Unit]\nDescription=MySQL exporter\n\n[Service]\nExecStart=/usr/bin/mysql_report --host=db.int.acmecorp.io --user=exporter --password={v} --interval 30\n\n[Install]\nWantedBy=multi-user.target\n"
        ),
    ),
    (
        "unit-environment",
        "etc/systemd/system/worker.service",
        text(
            '[Service]\nEnvironment="AMQP_URL=amqps://worker:{v}@mq.int.acmecorp.io:5671/jobs" "LANG=C"\nExecStart=/opt/worker/run\n'
        ),
    ),
    (
        "crontab-mysqldump",
        "var/spool/cron/crontabs/root",
        text(
            "# m h dom mon dow command\n0 1 * * * mysqldump -ubackup -p{v} --all-databases | gzip > /srv/all.sql.gz\n"
        ),
    ),
    (
        "sshpass-command",
        "usr/local/bin/pull-logs",
        text("#!/bin/sh\nsshpass -p '{v}' rsync -a log@10.20.1.9:/var/log/ /srv/logs/\n", Values.signs),
    ),
    (
        "redis-url",
        "app/celery.py",
        text(
            "from celery import Celery\n\napp = Celery('jobs', broker='redis://:{v}@redis.int.acmecorp.io:6379/0')\napp.conf.task_time_limit = 30\n"
        ),
    ),
    (
        "mongodb-srv-url",
        "app/server/config.js",
        text(
            "module.exports = {\n  port: 3000,\n  db: 'mongodb+srv://shop:{v}@cluster0.k2v9x.mongodb.net/shop?retryWrites=true',\n};\n"
        ),
    ),
    (
        "percent-encoded-url",
        "app/alembic.ini",
        shown(
            "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+psycopg2://app:{v}@db.int.acmecorp.io/app\n",
            lambda r: r.signs("@#"),
            lambda v: v.replace("@", "%%40").replace("#", "%%23"),
        ),
    ),
    (
        "odbc-connection-string",
        "app/report.vbs",
        text(
            'Set db = CreateObject("ADODB.Connection")\ndb.Open "Driver={ODBC Driver 18 for SQL Server};Server=sql.int.acmecorp.io;Uid=report;Pwd={v};Encrypt=yes;"\n'
        ),
    ),
    (
        "expect-script",
        "opt/net/login.exp",
        text('#!/usr/bin/expect -f\nspawn ssh admin@10.30.0.1\nexpect "assword:"\nsend "{v}\\r"\ninteract\n'),
    ),
    (
        "bash-history-login",
        "root/.bash_history",
        text("apt update\nPGPASSWORD='{v}' psql -h db.int.acmecorp.io -U billing_rw billing\nexit\n", Values.signs),
    ),
    (
        "log-of-request",
        "var/log/nginx/access.log",
        text(
            '10.1.4.9 - - [02/Sep/2025:10:11:07 +0000] "GET /hook?project=7&access_token={v} HTTP/1.1" 200 12 "-" "curl/8.5"\n',
            lambda r: r.alnum(36),
        ),
    ),
    (
        "bearer-in-http-file",
        "src/api/requests.http",
        text(
            "GET https://api.acmecorp.io/v2/orders\nAccept: application/json\nAuthorization: Bearer {v}\n",
            lambda r: r.jwt(sub="svc-orders", iat=1735689600),
        ),
    ),
    (
        "base64-in-shell-pipe",
        "opt/setup/seed.sh",
        shown(
            "#!/bin/sh\necho {v} | base64 -d > /etc/app/credentials\n",
            Values.password,
            lambda v: b64(f"[default]\npassword = {v}\n"),
        ),
    ),
    (
        "json-gz",
        "var/tmp/profile.json.gz",
        within(lambda data: gzip.compress(data, mtime=0), '{"name": "orders", "dbPassword": "{v}", "replicas": 2}\n'),
    ),
]
