"""Servers that applications run beside.

kafka.apache.org/documentation/#security_sasl; docs.fluentd.org; prometheus.io/docs; gitlab, gitea, asterisk: the
sample configurations of each
"""

from __future__ import annotations

from imagelint.secrets.structured.clusters import tree
from imagelint.secrets.structured.forms import Form, forms, line, pairs
from imagelint.secrets.structured.registries import BASIC
from imagelint.secrets.structured.value import GENERAL, Reader

_JAAS = forms(
    Form(r"^[ \t]*(?:user_[\w.-]{1,64}|password|refreshKrb5)[ \t]*=[ \t]*\"([^\"\r\n]{1,200})\""),
)
_FLUENTD = forms(line(r"(?:shared_key|password)[ \t]+"))

_FLAT = line(
    r"(?![\w-]*(?:user|name|host|url|ip|ssid|latitude|longitude|elevation|domain|email)[ \t]*:)"
    r"[\w-]{1,64}:[ \t]+(?![!&*|>\[{])",
    value=r"([^\s\"'#](?:[^\r\n#]{0,256}[^\s#])?)",
)
"""Names and values at the first level; `!var` and the like ask a provider."""

READERS: dict[str, Reader] = {
    "jaas.conf *.jaas kafka_server_jaas.conf kafka_client_jaas.conf zookeeper_jaas.conf": _JAAS,
    "td-agent.conf fluent.conf fluentd/* fluent-bit.conf": _FLUENTD,
    "gitlab-secrets.json": forms(
        tree({r"[\w-]+/(?:.*_key_base|secret_token|.*_secret|.*_token|.*_key)": GENERAL}, formed=r".*_key_base")
    ),
    "nginx.conf nginx/conf.d/* sites-enabled/* sites-available/* apache2/*": forms(BASIC),
    "secrets.yaml secrets.yml": forms(_FLAT),
    "docker/registry/config.yml": forms(tree({r"http/secret": GENERAL})),
    "registry/config.yml": forms(tree({r"http/secret": GENERAL})),
    "dbconfig-common/*": pairs("dbc_db(?:admin)?pass"),
    "config-db.php": forms(Form(r"^\$dbpass[ \t]*=[ \t]*'([^'\r\n]{1,200})'")),
    "config/config.json": forms(tree({r"SqlSettings/AtRestEncryptKey|.*/(?:SMTPPassword|PublicLinkSalt)": GENERAL})),
    "vault.d/* vault.hcl": pairs(".*password|.*token"),
    "grafana.ini": pairs("password|admin_password|secret_key|.*_secret"),
    "bacula-fd.conf bacula-dir.conf bacula-sd.conf bconsole.conf": forms(line(r"Password[ \t]*=[ \t]*")),
    "supervisord.conf": pairs("password"),
}
