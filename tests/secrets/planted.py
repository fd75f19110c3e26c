"""One secret of every sort that we claim to find, each in the file where it lives; the values are made when the tests
run.
"""

from __future__ import annotations

import base64
import json
import random
import string
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from imagelint.secrets.checksum import base62
from tests.secrets.planted_services import services
from tests.secrets.test_keys import BLOCKS

_LETTERS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_ALPHABETS = {
    "w": _LETTERS,
    "h": _HEX,
    "H": _HEX.upper(),
    "l": string.ascii_lowercase + string.digits,
    "b": string.ascii_lowercase + "234567",
}


class Planted(NamedTuple):
    """A file and what is planted in it: `needle` is the value, or a part of it that nothing else holds."""

    sort: str
    path: str
    content: bytes
    needle: str


class Maker:
    """Values, each one made once."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def some(self, size: int, letters: str = _LETTERS) -> str:
        """Letters and digits, some of both."""
        rest = "".join(self._rng.choices(letters, k=size - 2))
        return self._rng.choice([c for c in letters if c.isalpha()]) + rest + "7"

    def token(self, form: str) -> str:
        """A value of a form of _VENDORS."""
        parts = form.split()
        made = [self.some(int(p[1:]), _ALPHABETS[p[0]]) if p[0] in _ALPHABETS and p[1:].isdigit() else p for p in parts]
        return "".join(made)

    def password(self) -> str:
        """As people choose them when they must."""
        return self.some(6).capitalize() + "-" + self.some(6, string.ascii_lowercase + string.digits)

    def key_id(self) -> str:
        """An access key id of AWS."""
        return "AK" + "IA" + "".join(self._rng.choices(string.ascii_uppercase + "234567", k=16))

    def github(self) -> str:
        """A classic token of GitHub with its check digits."""
        body = self.some(30)
        return "gh" + "p_" + body + base62(zlib.crc32(body.encode()), 6)

    def jwt(self) -> str:
        """A signed token."""
        parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": self.some(12), "iat": 1700000000})
        head = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*head, self.some(43)])


def elf(text: str) -> bytes:
    """The beginning of a program for x86-64, with a text among its constants."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQ", 3, 62, 1, 0x1040, 64, 0)
    return head + bytes(200) + b"libc.so.6\0printf\0" + text.encode() + b"\0\0%s: %d\n\0" + bytes(300)


_ASSIGNED = [
    ("wp-config", "var/www/html/wp-config.php", "<?php\ndefine( 'DB_PASSWORD', '{}' );\n"),
    ("maven settings", "root/.m2/settings.xml", "<server><username>ci</username><password>{}</password></server>\n"),
    ("my.cnf", "root/.my.cnf", "[client]\nuser=app\npassword={}\n"),
    ("my.cnf quoted", "etc/mysql/conf.d/backup.cnf", '[mysqldump]\npassword = "{}"\n'),
    ("pypirc", "root/.pypirc", "[pypi]\nusername = ci\npassword = {}\n"),
    ("npmrc password", "home/node/.npmrc", "//npm.acme.io/:_password={}\n"),
    ("dotenv", "srv/app/.env", "APP_ENV=production\nDB_PASSWORD={}\n"),
    ("dotenv production", "srv/app/.env.production", 'MAIL_PASSWORD="{}"\n'),
    ("process environment", "proc/1/environ", "HOME=/root\0REDIS_PASSWORD={}\0PATH=/bin\0"),
    ("etc environment", "etc/environment", "PROXY_PASSWORD={}\n"),
    ("systemd unit", "etc/systemd/system/app.service", "[Service]\nEnvironment=APP_SECRET={}\nExecStart=/srv/app\n"),
    ("ini", "etc/grafana/grafana.ini", "[security]\nadmin_user = admin\nadmin_password = {}\n"),
    ("yaml", "srv/config/application.yml", "spring:\n  datasource:\n    password: {}\n"),
    ("yaml quoted", "srv/config/database.yml", "production:\n  username: app\n  password: '{}'\n"),
    ("yaml block", "srv/config/mail.yaml", "smtp:\n  password: |\n    {}\n"),
    ("json", "srv/config/production.json", '{{"db": {{"user": "app", "password": "{}"}}}}\n'),
    ("json in json", "srv/config/task.json", '{{"env": "{{\\"password\\": \\"{}\\"}}"}}\n'),
    ("toml", "srv/config/app.toml", '[database]\npassword = "{}"\n'),
    ("properties", "srv/app/application.properties", "spring.datasource.password={}\n"),
    ("gradle", "root/.gradle/gradle.properties", "signing.keyId=1A2B\nsigning.password={}\n"),
    ("connection string", "srv/app/appsettings.json", '{{"Main": "Server=db;User Id=sa;Password={};Encrypt=true"}}\n'),
    ("web.config", "srv/app/web.config", '<appSettings><add key="ApiSecret" value="{}"/></appSettings>\n'),
    ("tomcat users", "etc/tomcat10/tomcat-users.xml", '<user username="ops" password="{}" roles="manager-gui"/>\n'),
    ("django settings", "srv/app/settings.py", "DEBUG = False\nDATABASE_PASSWORD = '{}'\n"),
    ("rails", "srv/app/config/secrets.yml", "production:\n  secret_key_base: {}\n"),
    ("php array", "srv/app/config.php", "<?php return ['password' => '{}', 'port' => 3306];\n"),
    ("php variable", "srv/app/legacy.php", '<?php $db_password = "{}";\n'),
    ("javascript", "srv/app/db.js", "module.exports = {{ user: 'app', password: '{}' }};\n"),
    ("go", "srv/src/main.go", 'package main\n\nvar dbPassword = "{}"\n'),
    ("java", "srv/src/Main.java", 'private static final String DB_PASSWORD = "{}";\n'),
    ("shell", "usr/local/bin/backup.sh", "#!/bin/sh\nPGPASSWORD={} pg_dump app\n"),
    ("history export", "root/.bash_history", "ls\nexport DB_PASSWORD={}\ncd /srv\n"),
    ("history option", "home/ops/.zsh_history", ": 1700000000:0;restic backup --password {} /srv\n"),
    ("ansible", "srv/deploy/group_vars/all.yml", "ansible_user: ops\nansible_become_pass: {}\n"),
    ("tfvars", "srv/infra/prod.tfvars", 'db_password = "{}"\n'),
    ("tfstate", "srv/infra/terraform.tfstate", '{{"attributes": {{"engine": "mysql", "password": "{}"}}}}\n'),
    ("ldap client", "etc/ldap.conf", "binddn cn=app,dc=acme\nbindpw {}\n"),
    ("slapd", "etc/ldap/slapd.conf", "rootdn cn=admin,dc=acme\nrootpw {}\n"),
    ("sssd", "etc/sssd/sssd.conf", "[domain/acme]\nldap_default_authtok = {}\n"),
    ("wpa", "etc/wpa_supplicant/wpa_supplicant.conf", 'network={{\n ssid="office"\n psk="{}"\n}}\n'),
    ("ipsec", "etc/ipsec.secrets", '203.0.113.7 %any : PSK "{}"\n'),
    ("fstab", "etc/fstab", "//nas/share /mnt cifs username=ops,password={},uid=0 0 0\n"),
    ("smb credentials", "etc/samba/credentials", "username=ops\npassword={}\n"),
    ("odbc", "etc/odbc.ini", "[main]\nUID=app\nPWD={}\n"),
    ("msmtp", "root/.msmtprc", "account default\nuser app\npassword {}\n"),
    ("s3cfg", "root/.s3cfg", "[default]\nsecret_key = {}\n"),
    ("redis", "etc/redis/redis.conf", "port 6379\nrequirepass {}\n"),
    ("redis replica", "etc/redis/replica.conf", "masterauth {}\n"),
    ("netrc", "root/.netrc", "machine files.acme.io login ci password {}\n"),
    ("netrc in lines", "home/ops/_netrc", "machine files.acme.io\n  login ci\n  password {}\n"),
    ("apt auth.conf", "etc/apt/auth.conf.d/acme.conf", "machine apt.acme.io login ci password {}\n"),
    ("git credentials", "root/.git-credentials", "https://ci:{}@git.acme.io\n"),
    ("mongodb url", "srv/app/mongo.json", '{{"url": "mongodb+srv://app:{}@db.acme.io/app"}}\n'),
    ("amqp url", "srv/app/worker.py", 'BROKER = "amqp://worker:{}@mq:5672/jobs"\n'),
    ("jdbc url", "srv/app/jdbc.properties", "url=jdbc:mysql://db/app?user=app&password={}\n"),
    ("pip index", "root/.config/pip/pip.conf", "[global]\nindex-url = https://ci:{}@pypi.acme.io/simple\n"),
    ("pgpass", "root/.pgpass", "db.acme.io:5432:app:app:{}\n"),
    ("postfix sasl", "etc/postfix/sasl_passwd", "[smtp.acme.io]:587 app:{}\n"),
    ("history mysql", "root/.mysql_backup_history", "mysqldump -u root -p{} app > app.sql\n"),
    ("crontab", "etc/cron.d/mirror", "5 4 * * * root curl -u mirror:{} -o /srv/a https://files.acme.io/a\n"),
    ("sshpass", "usr/local/bin/push.sh", "#!/bin/sh\nsshpass -p {} scp a ops@acme.io:\n"),
    ("chpasswd", "srv/install.sh", "#!/bin/sh\necho 'ops:{}' | chpasswd\n"),
    ("chpasswd in quotes in quotes", "srv/run.sh", "bash -c 'echo '\"'\"'ops:{}'\"'\"' | chpasswd'\n"),
    ("dockerfile", "srv/build/Dockerfile", "FROM debian:12\nENV ADMIN_PASSWORD={}\n"),
    ("compose", "srv/build/compose.yml", "services:\n  db:\n    environment:\n      MYSQL_ROOT_PASSWORD: {}\n"),
    ("compose list", "srv/build/docker-compose.yml", "    environment:\n      - POSTGRES_PASSWORD={}\n"),
    ("xml element", "srv/app/persistence.xml", "<connection><dbPassword>{}</dbPassword></connection>\n"),
    ("readme", "srv/app/README.md", 'Log in with\n\n    password: "{}"\n'),
    ("comment", "etc/app/app.conf", "# password = {}\n"),
]
_UUID = "h8 - h4 - h4 - h4 - h12"
_VENDORS = [
    ("azure devops", "srv/ci/pipeline.yml", "pat: {}\n", "w76 AZ DO w4"),
    (
        "azure functions",
        "srv/app/calls.js",
        "fetch('https://acme.azurewebsites.net/api/x?code={}')\n",
        "w44 Az Fu w5 Q ==",
    ),
    (
        "azure cosmos db",
        "srv/app/cosmos.json",
        '{{"conn": "AccountEndpoint=https://a;AccountKey={};"}}\n',
        "w76 AC Db w5 w==",
    ),
    (
        "azure service bus",
        "srv/app/bus.cs",
        'var c = "SharedAccessKeyName=a;SharedAccessKey={}";\n',
        "w33 + AS b C w5 =",
    ),
    ("azure registry", "srv/app/push.sh", "az acr login -p {}\n", "w42 + AC R A w5"),
    ("azure openai", "srv/app/ai.py", 'client = Client("{}")\n', "w52 JQ QJ99 BAC w23"),
    (
        "azure shared access",
        "srv/app/get.sh",
        "wget 'https://a.blob.core.windows.net/b?se=2030-01-01&sig={}'\n",
        "w43 %3D",
    ),
    ("google refresh token", "root/.config/gcloud/adc.json", '{{"refresh_token": "1//{}"}}\n', "0 w60"),
    ("google access token", "srv/app/gcs.sh", "curl -H 'Authorization: Bearer {}' https://a\n", "ya 29. w120"),
    ("bedrock", "srv/app/bedrock.js", "const k = '{}'\n", "AB SK QmVkcm9ja0FQSUtleS w100"),
    ("session token", "root/.aws/cache.json", '{{"SessionToken": "{}"}}\n', "IQo Jb3JpZ2lu w300"),
    ("cloudflare", "srv/dns/main.tf", 'provider "cloudflare" {{ api_token = "{}" }}\n', "cf ut_ w40 h8"),
    ("cloudflare tunnel", "srv/dns/run.sh", "cloudflared tunnel run --token {}\n", "ey JhIjoi w160"),
    ("netlify", "srv/site/deploy.sh", "netlify deploy --auth {}\n", "nf p_ w36"),
    ("vercel", "srv/site/vercel.sh", "vercel deploy -t {}\n", "vc p_ w56"),
    ("fly.io", "root/.fly/config.yml", "access_token: FlyV1 {}\n", "fm 2_ w200"),
    ("supabase", "srv/site/client.ts", 'createClient(url, "{}")\n', "sb _secret_ w22 _ w8"),
    ("scaleway", "srv/infra/run.sh", "export SCW_SECRET_KEY={}\n", _UUID),
    ("hetzner", "srv/infra/hcloud.sh", "export HCLOUD_TOKEN={}\n", "w64"),
    ("bitbucket", "srv/src/clone.sh", "git clone https://x:{}@bitbucket.org/a/b\n", "AT BB w32"),
    ("circleci", "srv/src/ci.sh", "curl -H 'Circle-Token: {}' https://circleci.com\n", "CCI PAT_ w21 k _ h40"),
    ("buildkite", "etc/buildkite-agent/buildkite-agent.cfg", 'token="{}"\n', "bk ct_ w50"),
    ("snyk", "srv/src/snyk.yml", "SNYK_TOKEN: {}\n", _UUID),
    ("sonarqube", "srv/src/sonar.sh", "mvn sonar:sonar -Dsonar.token={}\n", "sq u_ h40"),
    ("nuget", "srv/src/push.ps1", "dotnet nuget push a.nupkg -k {}\n", "oy 2 b43"),
    ("swarm", "srv/infra/join.sh", "docker swarm join --token {} 10.0.0.1:2377\n", "SWM TKN-1- l50 - l25"),
    ("kubeadm", "srv/infra/kubeadm.sh", "kubeadm join 10.0.0.1:6443 --token {}\n", "l6 . l16"),
    ("k3s", "var/lib/rancher/k3s/server/token", "{}\n", "K 10 h64 ::server: h32"),
    ("vault unseal key", "root/vault-init.txt", "Unseal Key 1: {}\n", "w44"),
    ("1password", "srv/infra/op.sh", "export OP={}\n", "op s_ey J w300"),
    ("infisical", "srv/infra/inf.sh", "infisical export --token={}\n", "s t. h24 . h32 . h32"),
    ("zerotier", "var/lib/zerotier-one/identity.secret", "0123456789:0:" + "ab" * 64 + ":{}\n", "h128"),
    ("wireguard", "etc/wireguard/wg0.conf", "[Interface]\nPrivateKey = {}\n", "w42 A ="),
    ("minisign", "root/.minisign/minisign.key", "untrusted comment: x\n{}\n", "RW RTY0Iy w203 ="),
    ("jwk", "srv/app/jwks.json", '{{"kty":"OKP","crv":"Ed25519","d":"{}","x":"a"}}\n', "w43"),
    ("rndc", "etc/bind/rndc.key", 'key "rndc-key" {{\n\talgorithm hmac-sha256;\n\tsecret "{}";\n}};\n', "w43 ="),
    ("dnssec", "etc/bind/Kacme.io.+013+1.private", "Private-key-format: v1.3\nPrivateKey: {}\n", "w43 ="),
    ("laravel", "var/www/shop/.env", "APP_KEY=base64:{}\n", "w43 ="),
    ("machine key", "srv/www/web.config", '<machineKey validationKey="{}" />\n', "H128"),
]
"""Formats of one vendor each: a letter and a number make so many characters, all else stands for itself."""
_TOKENS = [
    ("github", "srv/a/ci.yml", "token: {}\n", "github"),
    ("jwt", "srv/a/session.txt", "{}\n", "jwt"),
    ("key id in a program", "usr/local/bin/uploader", "", "key_id"),
]


def planted(seed: int = 11) -> Iterator[Planted]:
    """All of them; no value comes twice."""
    make = Maker(seed)
    for sort, path, text in _ASSIGNED:
        value = make.password()
        yield Planted(sort, path, text.format(value).encode(), value)
    for sort, path, text, kind in _TOKENS:
        value = getattr(make, kind)()
        yield Planted(sort, path, text.format(value).encode() if text else elf(value), value)
    for sort, path, text, form in _VENDORS:
        value = make.token(form)
        yield Planted(sort, path, text.format(value).encode(), value)
    for sort, (block, _, _) in BLOCKS.items():
        lines = [line for line in block.split("\n") if line and not line.startswith("-") and ":" not in line]
        yield Planted(f"private key, {sort}", f"etc/ssl/keys/{sort}.pem", block.encode() + b"\n", lines[0])
    yield from _others(make)
    for sort, path, content, value in services(seed):
        yield Planted(sort, path, content, value)


def _others(make: Maker) -> Iterator[Planted]:
    value = make.some(43, _LETTERS)
    hashed = f"root:$y$j9T${make.some(22)}${value}:19700:0:99999:7:::\n"
    yield Planted("shadow, yescrypt", "etc/shadow", hashed.encode(), value)
    value = make.some(86, _LETTERS)
    yield Planted("shadow, sha512", "etc/shadow-", f"ops:$6${make.some(16)}${value}:19700::::::\n".encode(), value)
    value = make.some(53, _LETTERS)
    yield Planted("htpasswd", "etc/nginx/.htpasswd", f"ops:$2y$05${value}\n".encode(), value)
    value = base64.b64encode(f"ci:{make.password()}".encode()).decode()
    config = json.dumps({"auths": {"r.acme.io": {"auth": value}}})
    yield Planted("docker login", "root/.docker/config.json", config.encode(), value)
    value = base64.b64encode(make.password().encode()).decode()
    secret = f"apiVersion: v1\nkind: Secret\ndata:\n  password: {value}\n"
    yield Planted("kubernetes secret", "srv/deploy/secret.yaml", secret.encode(), value)
    value = make.some(40)
    yield Planted(
        "aws credentials", "root/.aws/credentials", f"[default]\naws_secret_access_key = {value}\n".encode(), value
    )
    value = make.some(86)
    account = f'CONN="AccountName=acme;AccountKey={value}==;EndpointSuffix=core.windows.net"\n'
    yield Planted("azure storage", "srv/app/run.env", account.encode(), value)
    value = make.some(32, _HEX)
    yield Planted("hex key", "srv/app/config.rb", f"config.api_key = '{value}'\n".encode(), value)
    value = make.some(40)
    yield Planted("bearer", "srv/app/kube.yaml", f"users:\n- name: ci\n  user:\n    token: {value}\n".encode(), value)
