"""Kubernetes, Terraform, clouds, registries' logins: documents of JSON and YAML.

kubernetes.io/docs/concepts/configuration/secret; kubernetes.io/docs/reference/config-api/kubeconfig.v1;
developer.hashicorp.com/terraform/language/state/sensitive-data; docs.docker.com/reference/cli/docker/login;
cloudinit.readthedocs.io/en/latest/reference/modules.html; cli.scaleway.com/config; techdocs.akamai.com (linode-cli);
prometheus.io/docs/alerting/latest/configuration; developer.hashicorp.com/vault/docs/auth/approle
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.names import is_secret_name
from imagelint.secrets.structured import hashes
from imagelint.secrets.structured.forms import Form, forms, pairs, whole
from imagelint.secrets.structured.scalars import Scalar, documents
from imagelint.secrets.structured.value import GENERAL, HASH, Reader, Value

SECRET, STATE, LOGIN = "kubernetes-secret", "terraform-state-secret", "password-for-chpasswd"
_PLAIN_KEYS = Lazy(
    r"(?:.*[._-])?(?:user(?:_?name)?|host(?:name)?|port|db_?name|database|namespace|e?mail|region|endpoint|bucket|type|name|url|uri|server|domain|ca|(?:ca|tls|client|server)\.(?:crt|pem)|.*\.crt|ca\.pem|.*_?(?:id|cert|certificate)|known_hosts|ssh-publickey)\Z",
    re.IGNORECASE,
)
"""Keys of a Secret whose values are none."""
_TEXT = Lazy(r"[^\x00-\x08\x0e-\x1f\x7f]{3,}\Z")


def tree(rules: dict[str, str], *, formed: str = "") -> Reader:
    """A reader for scalars whose whole path fits one of these expressions; each has the id of its rule. `formed`: the
    expression for paths whose values are keys."""
    wanted = [(Lazy(rf"(?:.*/)?(?:{path})\Z", re.IGNORECASE), rule) for path, rule in rules.items()]
    keys = Lazy(rf"(?:.*/)?(?:{formed})\Z", re.IGNORECASE) if formed else None

    def read(text: str) -> Iterator[Value]:
        for document in documents(text):
            for path, start, end in document:
                for expression, rule in wanted:
                    if len(path) < 512 and expression.match(path):
                        sure = keys is not None and keys.match(path) is not None
                        yield Value(start, end, rule, path.rpartition("/")[2], formed=sure)
                        break

    return read


def decoded(text: str) -> str:
    """What base64 says, if it says a text; else empty."""
    try:
        data = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
        said = data.decode()
    except (ValueError, binascii.Error):
        return ""
    return said if _TEXT.match(said) else ""


def secrets(text: str) -> Iterator[Value]:
    """Every value of every Secret in a stream or a List, but for those that are none by their key."""
    if "Secret" not in text or "kind" not in text:
        return
    for document in documents(text):
        kinds = {s.parent for s in document if s.key == "kind" and text[s.start : s.end] == "Secret"}
        for path, start, end in document:
            if "spec/encryptedData/" in path:  # a SealedSecret, which only the cluster opens
                yield Value(start, end, SECRET, dropped="encrypted")
        for scalar in document if kinds else ():
            above, _, part = scalar.parent.rpartition("/")
            if above in kinds and part in ("data", "stringData"):
                yield from _of_secret(text, scalar, part)


def _of_secret(text: str, scalar: Scalar, part: str) -> Iterator[Value]:
    value = text[scalar.start : scalar.end]
    if _PLAIN_KEYS.match(scalar.key) and not is_secret_name(scalar.key):
        return
    if part == "stringData":
        if "\n" not in value:
            yield Value(scalar.start, scalar.end, SECRET, scalar.key)
        return
    said = decoded(value.strip())
    if said and "-----BEGIN" not in said:
        yield Value(scalar.start, scalar.end, SECRET, scalar.key, formed=True, meaning=said.strip())
    elif not said and 20 <= len(value) <= 200 and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value):
        yield Value(scalar.start, scalar.end, SECRET, scalar.key, formed=True)  # a key of random bytes


_USER = "users/\\d+/user"
_KUBECONFIG = tree(
    {
        rf"{_USER}/(?:token|password)": SECRET,
        rf"{_USER}/auth-provider/config/(?:refresh-token|client-secret|id-token|access-token)": SECRET,
        rf"{_USER}/exec/env/\d+/value": SECRET,
    }
)


def state(text: str) -> Iterator[Value]:
    """Outputs that are marked as sensitive, attributes that are, and what random_password and its like made."""
    for document in documents(text):
        by_path = {s.path: s for s in document}
        sensitive: set[str] = set()
        for scalar in document:
            path, said = scalar.path, text[scalar.start : scalar.end]
            if path.startswith("outputs/") and path.endswith("/sensitive") and said == "true":
                sensitive.add(path.removesuffix("sensitive") + "value")
            elif "/sensitive_attributes/" in path and scalar.key == "value" and path.count("/") < 12:
                sensitive.add(path.partition("/sensitive_attributes/")[0] + "/attributes/" + said)
            elif said == "random_password" and re.fullmatch(r"resources/\d+/type", path):
                sensitive |= {f"{scalar.parent}/instances/{number}/attributes/result" for number in range(20)}
        for path in sorted(sensitive & by_path.keys()):
            scalar = by_path[path]
            name = path.split("/")[1] if path.startswith("outputs/") else scalar.key
            yield Value(scalar.start, scalar.end, STATE, name)


_LOGINS = tree({r"auths/[^/]*/(?:identitytoken|registrytoken|password)": "docker-registry-auth"})
_USERS = r"(?:users|chpasswd/users)/\d+"
_CLOUD_INIT = tree(
    {
        rf"password|{_USERS}/plain_text_passwd|chpasswd/users/\d+/password": LOGIN,
        rf"{_USERS}/(?:passwd|hashed_passwd)": HASH,
    },
    formed=rf"{_USERS}/(?:passwd|hashed_passwd)",
)
_LISTED = Lazy(r"^[ \t]*(?:-[ \t]+)?[\"']?([a-z_][a-z0-9_-]{0,31}):(?![ \t])([^\s:\"']{3,200})", re.MULTILINE)


def cloud_init(text: str) -> Iterator[Value]:
    """Users' passwords and the list of chpasswd; what write_files has in base64 is decoded wherever it stands."""
    if not text.startswith("#cloud-config"):
        return
    yield from _CLOUD_INIT(text)
    for document in documents(text):
        for scalar in document:
            if "chpasswd/list" in (scalar.path, scalar.parent):
                for match in _LISTED.finditer(text, text.rfind("\n", 0, scalar.start) + 1, scalar.end):
                    if match[2] not in ("R", "RANDOM"):
                        yield Value(match.start(2), match.end(2), LOGIN, match[1])


_TOKENS = forms(tree({r"(?:\d+/)?(?:accessToken|refreshToken|clientSecret|client_secret|refresh_token)": GENERAL}))
SECRETS = secrets
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SCALEWAY = Form(rf"^[ \t]*secret_key[ \t]*:[ \t]*[\"']?({UUID})\b", "scaleway-secret-key", "secret_key", formed=True)
_LINODE = Form(r"^token[ \t]*=[ \t]*([0-9a-f]{64})\b", "linode-token", "token", formed=True)
_PAGER = Form(
    r"\b(?:routing|service)_key[\"']?[ \t]*:[ \t]*[\"']?([0-9a-f]{32})\b", "pagerduty-key", "key", formed=True
)
_POSTMARK = Form(
    rf"^[ \t]*[\"']?[a-z_]{{0,16}}token[\"']?[ \t]*(?:=>|[:=])[ \t]*[\"']?({UUID})\b",
    "postmark-token",
    "token",
    formed=True,
)
_STATIC_LINE = r"([^\s,#\"]{16,400}),[^,\s]{1,128},"

READERS: dict[str, Reader] = {
    "*.yaml *.yml *.json": SECRETS,
    ".kube/config kubeconfig *.kubeconfig admin.conf super-admin.conf kubelet.conf "
    "controller-manager.conf scheduler.conf bootstrap-kubelet.conf k3s.yaml rke2.yaml kubeconfig.yaml "
    "kubeconfig.yml": _KUBECONFIG,
    "known_tokens.csv token_auth.csv tokens.csv": forms(Form(rf"^{_STATIC_LINE}", SECRET)),
    "*.tfstate terraform.tfstate.backup": state,
    ".docker/config.json .dockercfg auth.json .dockerconfigjson": _LOGINS,
    "user-data user-data.txt cloud-config.txt cloud.cfg.d/* cloud-init.yaml cloud-init.yml "
    "cloud-config.yaml cloud-config.yml": forms(cloud_init, hashes.ANYWHERE),
    "accesstokens.json application_default_credentials.json adc.json sso/cache/*": _TOKENS,
    "msal_token_cache.json": forms(tree({r"(?:AccessToken|RefreshToken|IdToken)/[^/]+/secret": GENERAL})),
    ".mc/config.json": forms(tree({r"(?:aliases|hosts)/[^/]+/secretKey": GENERAL})),
    "vault-token": whole("vault-token", r"[\w.-]{20,200}", formed=True),
    ".vault-token": whole("vault-token", r"[\w.-]{20,200}", formed=True),
    ".aws/credentials .aws/config .boto .s3cfg": forms(
        pairs(r"aws_secret_access_key|gs_secret_access_key|secret_key", "aws-secret-access-key"),
        pairs("aws_session_token"),
    ),
    "scw/config.yaml": forms(_SCALEWAY),
    ".config/linode-cli": forms(_LINODE),
    "alertmanager/*.yml alertmanager/*.yaml alertmanager.yml alertmanager.yaml": forms(_PAGER),
    "postmark.yml postmark.yaml postmark.json": forms(_POSTMARK),
    "secret-id secret_id .secret-id .secret_id": whole("vault-secret-id", UUID, formed=True),
    "terraform.tfvars.json": forms(tree({r".*(?:password|passwd|secret|token)": GENERAL})),
    ".terraformrc": pairs("token"),
    "consul.d/*": forms(
        tree({r"acl/tokens/[^/]+": GENERAL, "encrypt": GENERAL}, formed="encrypt"), pairs("encrypt", formed=True)
    ),
    "nomad.d/*": pairs("encrypt", formed=True),
    "consul.json": forms(tree({r"acl/tokens/[^/]+": GENERAL, "encrypt": GENERAL}, formed="encrypt")),
}
