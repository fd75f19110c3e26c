"""Keys in files, connection strings, clusters and servers."""

# ruff: noqa: E501 - a planted file's text is one literal
from __future__ import annotations

import base64
import json
import random
import struct

from tests.planting import keys
from tests.planting.digits import bech32, compact, lines
from tests.planting.files_login import ASSIGNED, IN_FILE, File
from tests.planting.ordinary import comment
from tests.planting.passwords import password
from tests.planting.text import LEAD, Field, b64, b64url, chars, digits, hexa, host, lower, service, urlsafe, user, uuid

URL = "@:/#?%!^*=+$& \"'"
PEM = "pem-private-key"


def _key(kind: str, rule: str, paths: list[str], make: keys.Maker, ahead: str = "", behind: str = "\n") -> File:
    def file(rng: random.Random, field: Field) -> tuple[str, str]:
        return rng.choice(paths), ahead + field.hide(kind, rule, make(rng)) + behind

    return file


def certificate_and_key(rng: random.Random, field: Field) -> tuple[str, str]:
    body = "\n".join(lines(rng.randbytes(500), 64))
    dashes = "-" * 5
    ahead = f"{dashes}BEGIN CERTIFICATE{dashes}\n{body}\n{dashes}END CERTIFICATE{dashes}\n"
    return "etc/haproxy/certs/site.pem", ahead + field.hide("key behind a certificate", PEM, keys.ec_pkcs8(rng)) + "\n"


def service_account(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide(
        "google service account",
        ("gcp-service-account-key", PEM),
        LEAD + keys.rsa_pkcs8(rng).replace("\n", "\\n") + LEAD + "\\n",
    )
    name, project = service(rng), f"{service(rng)}-{digits(rng, 6)}"
    return (
        f"app/{name}-sa.json",
        f'{{\n  "type": "service_account",\n  "project_id": "{project}",\n  "private_key_id": "{hexa(rng, 40)}",\n  "private_key": "{value}",\n  "client_email": "{name}@{project}.iam.gserviceaccount.com",\n  "client_id": "{digits(rng, 21)}"\n}}\n',
    )


def jwk(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("jwk", "jwk-private-key", b64url(rng.randbytes(32)))
    x, y = b64url(rng.randbytes(32)), b64url(rng.randbytes(32))
    return (
        "app/keys/signing.jwk",
        f'{{"kty":"EC","crv":"P-256","kid":"{service(rng)}","x":"{x}","y":"{y}","d":"{value}"}}\n',
    )


def wireguard(rng: random.Random, field: Field) -> tuple[str, str]:
    own = field.hide("wireguard private", "wireguard-key", b64(rng, 32))
    shared = field.hide("wireguard preshared", "wireguard-key", b64(rng, 32))
    return (
        "etc/wireguard/wg0.conf",
        f"[Interface]\nAddress = 10.8.0.{rng.randrange(2, 200)}/24\nPrivateKey = {own}\n\n[Peer]\nPublicKey = {b64(rng, 32)}\nPresharedKey = {shared}\nEndpoint = {host(rng)}:51820\n",
    )


def tsig(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("rndc.key", "tsig-key", b64(rng, 32))
    return "etc/bind/rndc.key", f'key "rndc-key" {{\n\talgorithm hmac-sha256;\n\tsecret "{value}";\n}};\n'


def dnssec(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("dnssec", "dnssec-private-key", b64(rng, 32))
    return (
        f"etc/bind/keys/Kexample.org.+013+{digits(rng, 5)}.private",
        f"Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: {value}\nCreated: 20240203040506\n",
    )


def age_identity(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("age identity", "age-secret-key", bech32("age-secret-key-", rng.randbytes(32)).upper())
    return (
        "root/.config/sops/age/keys.txt",
        f"# created: 2024-02-03T04:05:06Z\n# public key: {bech32('age', rng.randbytes(32))}\n{value}\n",
    )


def minisign(rng: random.Random, field: Field) -> tuple[str, str]:
    data = b"EdScB2" + rng.randbytes(32) + struct.pack("<QQ", 33554432, 1073741824) + rng.randbytes(104)
    value = field.hide("minisign", "minisign-secret-key", base64.b64encode(data).decode())
    return "root/.minisign/minisign.key", f"untrusted comment: minisign encrypted secret key\n{value}\n"


def ethereum(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("ethereum keystore", "ethereum-keystore", hexa(rng, 64))
    document = f'{{"address":"{hexa(rng, 40)}","crypto":{{"cipher":"aes-128-ctr","ciphertext":"{value}","cipherparams":{{"iv":"{hexa(rng, 32)}"}},"kdf":"scrypt","kdfparams":{{"dklen":32,"n":262144,"p":1,"r":8,"salt":"{hexa(rng, 64)}"}},"mac":"{hexa(rng, 64)}"}},"id":"{uuid(rng)}","version":3}}'
    return f"root/.ethereum/keystore/UTC--2024-02-03T04-05-06.{digits(rng, 9)}Z--wallet", document


def kubernetes_data(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("kubernetes data", "kubernetes-secret", base64.b64encode(password(rng).encode()).decode())
    return (
        "deploy/secret.yaml",
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {service(rng)}\ntype: Opaque\ndata:\n  password: {value}\n",
    )


def kubernetes_string(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("kubernetes stringData", ("kubernetes-secret", ASSIGNED), password(rng, '"\\'))
    return (
        "deploy/base/secret.yml",
        f'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {service(rng)}\nstringData:\n  host: {host(rng)}\n  password: "{value}"\n',
    )


def kubeconfig(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide(
        "kubeconfig key", "kubeconfig-client-key", base64.b64encode(keys.ec_sec1(rng).encode() + b"\n").decode()
    )
    public = base64.b64encode(rng.randbytes(300)).decode()
    return (
        "root/.kube/config",
        f"apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {public}\n    server: https://{host(rng)}:6443\n  name: main\nusers:\n- name: admin\n  user:\n    client-certificate-data: {public}\n    client-key-data: {value}\n",
    )


def tfstate(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("terraform.tfstate", ("terraform-state-secret", ASSIGNED), password(rng, '"\\<>&'))
    return (
        "infra/terraform.tfstate",
        f'{{\n  "version": 4,\n  "terraform_version": "1.7.{rng.randrange(9)}",\n  "serial": {rng.randrange(90)},\n  "lineage": "{uuid(rng)}",\n  "outputs": {{}},\n  "resources": [\n    {{\n      "mode": "managed",\n      "type": "aws_db_instance",\n      "name": "main",\n      "instances": [\n        {{\n          "attributes": {{\n            "engine": "postgres",\n            "username": "{user(rng)}",\n            "password": "{value}"\n          }}\n        }}\n      ]\n    }}\n  ]\n}}\n',
    )


def _url(kind: str, path: str, form: str, rule: str | tuple[str, ...] = "url-credentials", avoid: str = URL) -> File:
    def file(rng: random.Random, field: Field) -> tuple[str, str]:
        value = field.hide(kind, rule, password(rng, avoid))
        words = {"user": user(rng), "value": value, "host": host(rng), "name": service(rng), "comment": comment(rng)}
        return path.format(**words), form.format(**words)

    return file


CONNECTIONS: list[File] = [
    _url("url: postgres", "app/{name}/.env", "# {comment}\nDATABASE_URL=postgres://{user}:{value}@{host}:5432/{name}?sslmode=require\nRAILS_ENV=production\n"),
    _url("url: mysql", "app/database.yml", "production:\n  pool: 5\n  url: mysql2://{user}:{value}@{host}/{name}\n"),
    _url("url: mongodb", "app/db.js", "const uri = 'mongodb+srv://{user}:{value}@{host}/{name}?retryWrites=true'\nmodule.exports = uri\n"),
    _url("url: redis", "app/celery.py", 'BROKER = "redis://:{value}@{host}:6379/0"\nQUEUE = "{name}"\n'),
    _url("url: amqp", "etc/{name}/queue.toml", '[queue]\nurl = "amqps://{user}:{value}@{host}:5671/%2f"\nprefetch = 10\n'),
    _url("url: proxy", "etc/environment", "PATH=/usr/bin:/bin\nhttps_proxy=http://{user}:{value}@{host}:3128\nno_proxy=localhost\n"),
    _url("url: sqlalchemy", "app/alembic.ini", "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+psycopg2://{user}:{value}@{host}/{name}\n"),
    _url("url: ftp", "usr/local/bin/fetch.sh", "#!/bin/sh\nwget -q ftp://{user}:{value}@{host}/nightly.tar.gz -O /tmp/n.tgz\n"),
    _url("url: smtp", "app/config/mail.php", "<?php\nreturn ['dsn' => 'smtp://{user}:{value}@{host}:587', 'from' => 'shop@example.org'];\n"),
    _url("url: log", "var/log/{name}.log", "2024-02-03 04:05:06 INFO start\n2024-02-03 04:05:07 WARN cannot reach https://{user}:{value}@{host}/api : retrying : ñ\n"),
    _url("url: sources.list", "etc/apt/sources.list.d/{name}.list", "deb [arch=amd64] https://{user}:{value}@{host}/debian stable main\n"),
    _url("connection string: SQL Server", "app/appsettings.json", '{{\n  "ConnectionStrings": {{\n    "Main": "Server={host};Database={name};User Id={user};Password={value};Encrypt=True"\n  }}\n}}\n', (*IN_FILE, "password-in-connection-string"), ";\"\\' "),
    _url("connection string: JDBC", "app/jdbc.properties", "jdbc.driver=org.postgresql.Driver\njdbc.url=jdbc:postgresql://{host}/{name}?user={user}&password={value}&ssl=true\n", ("url-credentials", *IN_FILE), URL),
    _url("connection string: libpq", "app/dsn.go", 'package main\n\nconst dsn = "host={host} user={user} password={value} dbname={name} sslmode=disable"\n', (*IN_FILE, "password-in-connection-string"), "\"\\' "),
    _url("connection string: Npgsql", "app/Web.config", '<configuration>\n  <connectionStrings>\n    <add name="Main" connectionString="Host={host};Username={user};Password={value};Database={name}" />\n  </connectionStrings>\n</configuration>\n', (*IN_FILE, "password-in-connection-string"), ";\"\\'<>& "),
    _url("go-sql dsn", "app/main.go", 'package main\n\nimport "database/sql"\n\nvar db, _ = sql.Open("mysql", "{user}:{value}@tcp({host}:3306)/{name}")\n', ("url-credentials", *IN_FILE, "mysql-dsn-password"), URL + "\\"),
    _url("database.yml", "app/config/database.yml", "production:\n  adapter: postgresql\n  host: {host}\n  username: {user}\n  password: {value}\n  database: {name}\n", IN_FILE, "#:\"'!&*?%@{}[]\\ $^"),
    _url("django DATABASES", "app/core/settings.py", "DATABASES = {{\n    'default': {{\n        'ENGINE': 'django.db.backends.postgresql',\n        'USER': '{user}',\n        'PASSWORD': '{value}',\n        'HOST': '{host}',\n    }}\n}}\n", IN_FILE, "'\\"),
    _url("tomcat-users.xml", "usr/local/tomcat/conf/tomcat-users.xml", '<tomcat-users>\n  <role rolename="manager-gui"/>\n  <user username="{user}" password="{value}" roles="manager-gui"/>\n</tomcat-users>\n', IN_FILE, "\"<>&"),
    _url("ldap.conf bindpw", "etc/nslcd.conf", "uri ldaps://{host}/\nbase dc=example,dc=org\nbinddn cn={user},dc=example,dc=org\nbindpw {value}\n", IN_FILE, " #"),
    _url("grafana.ini", "etc/grafana/grafana.ini", "[security]\nadmin_user = {user}\nadmin_password = {value}\n\n[database]\ntype = sqlite3\n", IN_FILE, " #;\"'%$"),
    _url("kafka jaas", "etc/kafka/client.properties", 'security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{user}" password="{value}";\n', IN_FILE, "\"\\"),
    _url("sql: create user", "docker-entrypoint-initdb.d/init.sql", "CREATE DATABASE {name};\nCREATE USER app WITH PASSWORD '{value}';\nGRANT ALL ON DATABASE {name} TO app;\n", (*IN_FILE, "password-in-sql"), "'\\"),
    _url("sql: identified by", "docker-entrypoint-initdb.d/01.sql", "CREATE USER 'app'@'%' IDENTIFIED BY '{value}';\nFLUSH PRIVILEGES;\n", (*IN_FILE, "password-in-sql"), "'\\"),
    _url("redis-cli -a", "usr/local/bin/health.sh", "#!/bin/sh\nredis-cli -h {host} -a '{value}' ping\n", ("password-on-command-line", ASSIGNED), "'\\"),
    _url("pgpassword", "usr/local/bin/backup.sh", "#!/bin/sh\nPGPASSWORD='{value}' pg_dump -h {host} -U {user} {name} > /backup/db.sql\n", IN_FILE, "'\\"),
    _url("chpasswd", "usr/local/bin/first-boot.sh", "#!/bin/sh\nuseradd -m app\necho 'app:{value}' | chpasswd\n", ("password-for-chpasswd", "password-on-command-line", "password-set-in-build", ASSIGNED), "'\\:"),
    _url("openssl -passout", "usr/local/bin/mkcert.sh", "#!/bin/sh\nopenssl pkcs12 -export -in c.pem -inkey k.pem -passout pass:{value} -out b.p12\n", ("password-on-command-line", ASSIGNED), " #$'\"\\!*?&;^"),
    _url("log: password", "var/log/install.log", "Starting {name} setup on {host}\nINFO  admin user: {user} password: {value}\nDone.\n", (*IN_FILE, "password-in-log"), " \"'"),
]  # fmt: skip


def azure_storage(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("azure storage connection string", "azure-storage-key", b64(rng, 64))
    return (
        "app/local.settings.json",
        f'{{\n  "IsEncrypted": false,\n  "Values": {{\n    "AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName={service(rng)}data;AccountKey={value};EndpointSuffix=core.windows.net",\n    "FUNCTIONS_WORKER_RUNTIME": "node"\n  }}\n}}\n',
    )


def azure_messaging(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("azure service bus", ("azure-messaging-key", "azure-storage-key"), b64(rng, 32))
    return (
        "app/bus.env",
        f"SERVICEBUS=Endpoint=sb://{service(rng)}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={value}\n",
    )


def azure_sas(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide(
        "azure sas", "azure-sas-signature", b64(rng, 32).replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")
    )
    return (
        "var/log/upload.log",
        f"INFO uploading\nPUT https://{service(rng)}data.blob.core.windows.net/logs/a.gz?sv=2022-11-02&ss=b&srt=o&sp=rwl&se=2031-01-01T00:00:00Z&st=2024-01-01T00:00:00Z&spr=https&sig={value} 201\n",
    )


def jenkins_master(rng: random.Random, field: Field) -> tuple[str, str]:
    return "var/jenkins_home/secrets/master.key", field.hide("jenkins master.key", "jenkins-master-key", hexa(rng, 256))


def rails_key(rng: random.Random, field: Field) -> tuple[str, str]:
    return "app/config/master.key", field.hide("rails master.key", "rails-master-key", hexa(rng, 32)) + rng.choice(
        ["", "\n"]
    )


def machine_key(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("aspnet machineKey", "aspnet-machine-key", hexa(rng, 128).upper())
    return (
        "inetpub/wwwroot/web.config",
        f'<configuration>\n  <system.web>\n    <machineKey validationKey="{value}" decryptionKey="AutoGenerate" validation="SHA1" />\n  </system.web>\n</configuration>\n',
    )


def zerotier(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide(
        "zerotier identity", "zerotier-identity", f"{hexa(rng, 10)}:0:{hexa(rng, 128)}:{LEAD}{hexa(rng, 128)}"
    )
    return "var/lib/zerotier-one/identity.secret", value


def url_query(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("token in an access log", "telegram-bot-token", f"{digits(rng, 10)}:AA{urlsafe(rng, 33)}")
    return (
        "var/log/nginx/access.log",
        f'192.0.2.{rng.randrange(255)} - - [03/Feb/2024:04:05:06 +0000] "GET /bot{value}/getMe HTTP/1.1" 200 91 "-" "curl/8.5"\n',
    )


def django_key(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("django SECRET_KEY", IN_FILE, chars(rng, lower(rng, 30) + "!@#$%^&*(-_=+)", 49) + "x")
    return (
        f"srv/{service(rng)}/settings.py",
        f"DEBUG = False\n# {comment(rng)}\nSECRET_KEY = '{value}'\nALLOWED_HOSTS = ['{host(rng)}']\n",
    )


def gcloud_adc(rng: random.Random, field: Field) -> tuple[str, str]:
    secret = field.hide("gcloud client secret", ("google-oauth-client-secret",), "GOCSPX-" + urlsafe(rng, 28))
    refresh = field.hide("gcloud refresh token", "gcp-refresh-token", "1//0" + urlsafe(rng, 99))
    return "root/.config/gcloud/application_default_credentials.json", json.dumps(
        {
            "client_id": f"{digits(rng, 12)}-{lower(rng, 32)}.apps.googleusercontent.com",
            "client_secret": secret,
            "refresh_token": refresh,
            "type": "authorized_user",
        },
        indent=2,
        ensure_ascii=False,
    )


def k8s_token(rng: random.Random, field: Field) -> tuple[str, str]:
    claims = {
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": "default",
        "sub": f"system:serviceaccount:default:{service(rng)}",
    }
    value = f"{compact({'alg': 'RS256', 'kid': urlsafe(rng, 43)})}.{compact(dict(claims))}.{b64url(rng.randbytes(256))}"
    return "run/secrets/kubernetes.io/serviceaccount/token", field.hide("service account token", "jwt", value)


SYSTEM: list[File] = [
    _key("pem: rsa pkcs1", PEM, ["etc/ssl/private/server.key", "srv/tls.key", "app/certs/privkey.pem"], keys.rsa_pkcs1),
    _key("pem: rsa pkcs8", PEM, ["etc/letsencrypt/live/site/privkey.pem", "srv/id.txt"], keys.rsa_pkcs8),
    _key("pem: ec", PEM, ["etc/nginx/ec.pem", "opt/x/backup.bin"], keys.ec_sec1),
    _key("pem: ed25519", PEM, ["etc/mosquitto/key.pem", "srv/data/key"], keys.ed25519_pkcs8),
    _key("pem: encrypted", PEM, ["etc/ssl/private/ca.key"], keys.encrypted_pkcs8),
    _key("pem: dsa", PEM, ["root/.ssh/id_dsa"], keys.dsa),
    _key("openssh", "openssh-private-key", ["root/.ssh/id_ed25519", "home/dev/.ssh/deploy", "srv/keys/backup"], keys.openssh),
    _key("putty", "putty-private-key", ["home/dev/login.ppk"], keys.putty),
    _key("pgp", "pgp-private-key", ["root/release.asc", "srv/sign.gpg.txt"], keys.pgp),
    _key("openvpn static", "openvpn-static-key", ["etc/openvpn/ta.key"], keys.openvpn, "#\n# 2048 bit OpenVPN static key\n#\n"),
    _key("nebula", "nebula-private-key", ["etc/nebula/host.key"], keys.nebula),
    _key("key in yaml", PEM, ["etc/app/tls.txt"], keys.ed25519_pkcs8, "# clé de production\n"),
    certificate_and_key, service_account, jwk, wireguard, tsig, dnssec, age_identity, minisign, ethereum, kubernetes_data,
    kubernetes_string, kubeconfig, tfstate, azure_storage, azure_messaging, azure_sas, jenkins_master, rails_key, machine_key, zerotier,
    url_query, django_key, gcloud_adc, k8s_token, *CONNECTIONS,
]  # fmt: skip
