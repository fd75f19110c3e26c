"""Names of files that say secret (.npmrc, id_rsa, *.key), and the look-alikes that are none."""

from __future__ import annotations

import re
from functools import lru_cache
from posixpath import basename

from imagelint.lazy import Lazy

_FILES = """
.env .npmrc .netrc _netrc .pypirc .pgpass .my.cnf .htpasswd .git-credentials .dockercfg .dockerconfigjson .s3cfg .boto
.vault-token .vault_pass .vault_pass.txt .mysql_history .psql_history .bash_history .ssh .aws .gnupg .kube .azure
id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_ed25519_sk kubeconfig credentials.json client_secret.json
client_secrets.json service-account.json service_account.json serviceaccount.json service-account-key.json gcp-key.json
google-credentials.json application_default_credentials.json credentials.tfrc.json terraform.tfstate.backup
secrets.yml secrets.yaml secrets.json secrets.toml secrets.env secret.json settings-security.xml
"""
"""Whole names, of files and of folders."""
_NAMES = frozenset(_FILES.split())
_ENDS = (
    *(".aws/credentials", ".docker/config.json", ".kube/config", ".m2/settings.xml", ".gem/credentials", "etc/shadow"),
    *(".cargo/credentials", ".cargo/credentials.toml", ".config/gcloud", ".composer/auth.json", ".config/gh/hosts.yml"),
)
_KEY_FILES = (".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".ppk", ".kdbx", ".ovpn", ".p8", ".tfstate")
_HARMLESS = Lazy(r"(example|sample|template|tmpl|dist|tpl|defaults?|\.pub|\.crt|\.cer|\.md)$")
_CERTIFICATE = Lazy(
    r"(^|[^a-z])(ca|chain|bundle|root|intermediate|dhparams?|dh)([^a-z]|$)|(^|[^a-z])pub|cert|fullchain|trust|pubkey|ca.?bundle"
)
"""In the name of a .pem, .jks or .keystore: what everybody may read."""
_VERIFY = Lazy(
    r"(^|[^a-z])(gpg|pgp|apt|yum|rpm|signing|repo|repository|archive|release|keyring|pub|public)([^a-z]|$)|pubkey|keyring"
)
"""In the name of a .key: the public key of a package repository."""
_PUBLIC_FOLDERS = (
    "trusted.gpg.d",
    "apt/keyrings",
    "share/keyrings",
    "ca-certificates",
    "ssl/certs",
    "pki/rpm-gpg",
    "ca-trust",
    "apk/keys",
)


@lru_cache(maxsize=4096)
def is_secret_file(source: str, destination: str = "") -> bool:
    """A COPY source whose name says that it holds a secret; not its public half, its example, or a certificate."""
    path = source.replace("\\", "/").rstrip("/").lower()
    name = basename(path)
    where = destination.lower()
    if not name or _HARMLESS.search(name):
        return False
    if name in _NAMES or path.endswith(_ENDS) or re.match(r"id_(rsa|dsa|ecdsa|ed25519)[*?]?$", name):
        return True
    if re.match(r"\.env\.(?!test|ci\b)[\w-]+$", name) or name in (".env*", ".env.*"):
        return True
    if name.endswith(_KEY_FILES):
        stem = name.rsplit(".", 1)[0]
        look_alike = _VERIFY if name.endswith(".key") else _CERTIFICATE
        return not (look_alike.search(stem) or any(folder in path or folder in where for folder in _PUBLIC_FOLDERS))
    return False
