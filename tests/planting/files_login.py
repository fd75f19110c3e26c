"""Files that programs read logins from, each in its own grammar."""

# ruff: noqa: E501 - a planted file's text is one literal
from __future__ import annotations

import base64
import random
from collections.abc import Callable

from tests.planting.digits import pypi, with_crc
from tests.planting.ordinary import comment
from tests.planting.passwords import password
from tests.planting.text import ALNUM, Field, alnum, chars, hexa, host, service, urlsafe, user

File = Callable[[random.Random, Field], tuple[str, str]]
ASSIGNED = "secret-in-assignment"
IN_FILE = (ASSIGNED, "password-in-credentials-file")
COMMAND = ("password-on-command-line", ASSIGNED)


def netrc(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("netrc", "netrc-password", password(rng, " #"))
    if rng.random() < 0.5:
        return (
            "root/.netrc",
            f"machine {host(rng)}\n  login {user(rng)}\n  password {value}\n\nmachine {host(rng)} login anonymous password\n",
        )
    return "home/ci/_netrc", f"machine {host(rng)} login {user(rng)} password {value}\n"


def apt_auth(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("apt auth.conf", ("netrc-password", *IN_FILE), password(rng, " #"))
    return (
        "etc/apt/auth.conf.d/partner.conf",
        f"# {comment(rng)}\nmachine https://{host(rng)}/debian login {user(rng)} password {value}\n",
    )


def pgpass(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("pgpass", "pgpass-password", password(rng, ":\\#"))
    return (
        "var/lib/postgresql/.pgpass",
        f"# host:port:database:user:password\n{host(rng)}:5432:{service(rng)}:{user(rng)}:{value}\n",
    )


def my_cnf(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("my.cnf", IN_FILE, password(rng, " #$'\"\\"))
    space = rng.choice(["", " "])
    return (
        "root/.my.cnf",
        f"[client]\nuser{space}={space}{user(rng)}\npassword{space}={space}{value}\nhost{space}={space}{host(rng)}\n\n[mysqldump]\nquick\n",
    )


def npmrc(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("npmrc token", "npm-token", with_crc(rng, 30, "npm_"))
    return (
        "root/.npmrc",
        f"registry=https://npm.example.org/\nfund=false\n//npm.example.org/:_authToken={value}\nsave-exact=true\n",
    )


def npmrc_basic(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("npmrc _auth", "npmrc-basic-auth", _basic(rng))
    return (
        "home/node/.npmrc",
        f"@example:registry=https://{host(rng)}/npm/\n//{host(rng)}/npm/:_auth={value}\nalways-auth=true\n",
    )


def yarnrc(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("yarnrc.yml", ("npm-token",), with_crc(rng, 30, "npm_"))
    return (
        "app/.yarnrc.yml",
        f'nodeLinker: node-modules\nnpmScopes:\n  example:\n    npmRegistryServer: "https://{host(rng)}"\n    npmAuthToken: "{value}"\n',
    )


def pypirc(rng: random.Random, field: Field) -> tuple[str, str]:
    token = field.hide("pypirc token", "pypi-token", pypi(rng))
    second = field.hide("pypirc password", IN_FILE, password(rng, " #%"))
    return (
        "root/.pypirc",
        f"[distutils]\nindex-servers =\n    pypi\n    private\n\n[pypi]\nusername = __token__\npassword = {token}\n\n[private]\nrepository = https://{host(rng)}/simple\nusername = {user(rng)}\npassword = {second}\n",
    )


def pip_conf(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("pip.conf url", "url-credentials", password(rng, "@:/#?%!^*=+$ "))
    return "etc/pip.conf", f"[global]\ntimeout = 60\nindex-url = https://{user(rng)}:{value}@{host(rng)}/simple\n"


def maven(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("maven settings.xml", IN_FILE, password(rng, "<>&"))
    return (
        "root/.m2/settings.xml",
        f"<settings>\n  <servers>\n    <server>\n      <id>releases</id>\n      <username>{user(rng)}</username>\n      <password>{value}</password>\n    </server>\n  </servers>\n</settings>\n",
    )


def nuget(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("nuget.config", IN_FILE, password(rng, '<>&"'))
    return (
        "root/.nuget/NuGet/NuGet.Config",
        f'<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <packageSourceCredentials>\n    <feed>\n      <add key="Username" value="{user(rng)}" />\n      <add key="ClearTextPassword" value="{value}" />\n    </feed>\n  </packageSourceCredentials>\n</configuration>\n',
    )


def docker_config(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("docker config.json", "docker-registry-auth", _basic(rng))
    return (
        "root/.docker/config.json",
        f'{{\n\t"auths": {{\n\t\t"{host(rng)}": {{\n\t\t\t"auth": "{value}"\n\t\t}}\n\t}},\n\t"detachKeys": "ctrl-e,e"\n}}\n',
    )


def git_credentials(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("git credentials", "url-credentials", password(rng, "@:/#?%!^*=+$ "))
    return "root/.git-credentials", f"https://{user(rng)}:{value}@{host(rng)}\n"


def git_config(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("git remote", "gitlab-token", "glpat-" + urlsafe(rng, 20))
    return (
        "srv/app/.git/config",
        f'[core]\n\tbare = false\n[remote "origin"]\n\turl = https://oauth2:{value}@gitlab.example.org/{service(rng)}/web.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n',
    )


def aws_credentials(rng: random.Random, field: Field) -> tuple[str, str]:
    key = field.hide("aws key id", "aws-access-key-id", "AKIA" + chars(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
    secret = field.hide(
        "aws secret", "aws-secret-access-key", alnum(rng, 17) + "/" + alnum(rng, 12) + "+" + alnum(rng, 9)
    )
    space = rng.choice(["", " "])
    return (
        "root/.aws/credentials",
        f"[default]\nregion = eu-west-1\naws_access_key_id{space}={space}{key}\naws_secret_access_key{space}={space}{secret}\n",
    )


def aws_session(rng: random.Random, field: Field) -> tuple[str, str]:
    token = field.hide(
        "aws session token", "aws-session-token", "IQoJb3JpZ2luX2Vj" + chars(rng, ALNUM + "+/", 340) + "=="
    )
    return "home/dev/aws-session.sh", f"#!/bin/sh\nexport AWS_REGION=eu-west-1\nexport AWS_SESSION_TOKEN={token}\n"


def redis(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("redis.conf", "redis-password", password(rng, " #'\"\\"))
    return (
        "etc/redis/redis.conf",
        f"bind 0.0.0.0\nport 6379\n# requirepass foobared\nrequirepass {value}\nappendonly yes\n",
    )


def shadow(rng: random.Random, field: Field) -> tuple[str, str]:
    salted = rng.choice(
        [
            "$6$" + chars(rng, ALNUM, 16) + "$" + chars(rng, ALNUM + "./", 86),
            "$y$j9T$" + chars(rng, ALNUM + "./", 22) + "$" + chars(rng, ALNUM + "./", 43),
        ]
    )
    value = field.hide("shadow", "password-hash-in-shadow", salted)
    return (
        "etc/shadow",
        f"root:*:19700:0:99999:7:::\ndaemon:*:19700:0:99999:7:::\n{user(rng)}:{value}:19{rng.randrange(100, 999)}:0:99999:7:::\nsshd:!:19700::::::\n",
    )


def wp_config(rng: random.Random, field: Field) -> tuple[str, str]:
    secret = field.hide("wp-config password", IN_FILE, password(rng, "'\\"))
    salt = field.hide(
        "wp-config salt", ("wordpress-salt", *IN_FILE), chars(rng, ALNUM + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|", 63) + "x"
    )
    return (
        "var/www/html/wp-config.php",
        f"<?php\ndefine( 'DB_NAME', '{service(rng)}' );\ndefine( 'DB_USER', '{user(rng)}' );\ndefine( 'DB_PASSWORD', '{secret}' );\ndefine( 'DB_HOST', '{host(rng)}' );\ndefine( 'AUTH_KEY',         '{salt}' );\n$table_prefix = 'wp_';\n",
    )


def mysql_history(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("mysql -p", COMMAND, password(rng, " #$'\"\\!*?^"))
    return "root/.bash_history", f"cd /srv\nls\nmysql -u {user(rng)} -p{value} {service(rng)}\nexit\n"


def curl_history(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("curl -u", COMMAND, password(rng, " #$'\"\\!*?:^"))
    return (
        "home/dev/.zsh_history",
        f": 1710000000:0;cd /tmp\n: 1710000{rng.randrange(100, 999)}:0;curl -u {user(rng)}:{value} -O https://{host(rng)}/a.tar\n",
    )


def sshpass(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("sshpass -p", COMMAND, password(rng, "'\\"))
    return "usr/local/bin/sync.sh", f"#!/bin/sh\nsshpass -p '{value}' rsync -az /srv/ {user(rng)}@{host(rng)}:/srv/\n"


def docker_login(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("docker login -p", COMMAND, password(rng, " #$'\"\\!*?^"))
    return "root/.ash_history", f"docker ps\ndocker login -u {user(rng)} -p {value} {host(rng)}\n"


def smbclient(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("cifs credentials", IN_FILE, password(rng, " #"))
    return "etc/samba/credentials", f"username={user(rng)}\npassword={value}\ndomain=EXAMPLE\n"


def cloud_init(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("cloud-init chpasswd", ("password-for-chpasswd", *IN_FILE), password(rng, ":\"'\\#"))
    return (
        "var/lib/cloud/instance/user-data.txt",
        f"#cloud-config\nhostname: {service(rng)}\nchpasswd:\n  expire: false\n  list: |\n    {rng.choice(['debian', 'ubuntu', 'admin'])}:{value}\npackage_update: true\n",
    )


def wifi(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("wpa_supplicant psk", IN_FILE, password(rng, '"\\'))
    return (
        "etc/wpa_supplicant/wpa_supplicant.conf",
        f'ctrl_interface=/run/wpa_supplicant\ncountry=CH\nnetwork={{\n\tssid="{service(rng)}"\n\tpsk="{value}"\n\tkey_mgmt=WPA-PSK\n}}\n',
    )


def network_manager(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("NetworkManager psk", IN_FILE, password(rng, "\\;"))
    return (
        "etc/NetworkManager/system-connections/office.nmconnection",
        f"[connection]\nid=office\ntype=wifi\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={value}\n\n[ipv4]\nmethod=auto\n",
    )


def ipsec(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("ipsec.secrets", "ipsec-secret", password(rng, '"\\'))
    return "etc/ipsec.secrets", f'# {comment(rng)}\n{host(rng)} %any : PSK "{value}"\n'


def chap(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("chap-secrets", ("ipsec-secret", *IN_FILE), password(rng, ' #"\\'))
    return "etc/ppp/chap-secrets", f"# client server secret IP\n{user(rng)} * {value} *\n"


def sasl(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("postfix sasl_passwd", ("mail-relay-password", *IN_FILE), password(rng, " #:"))
    return "etc/postfix/sasl_passwd", f"[{host(rng)}]:587 {user(rng)}:{value}\n"


def msmtp(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("msmtprc", ("mail-relay-password", *IN_FILE), password(rng, ' #"'))
    return (
        "root/.msmtprc",
        f"defaults\nauth on\ntls on\n\naccount default\nhost {host(rng)}\nuser {user(rng)}\npassword {value}\n",
    )


def composer(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("composer auth.json", IN_FILE, password(rng, '"\\'))
    return (
        "root/.composer/auth.json",
        f'{{\n    "http-basic": {{\n        "{host(rng)}": {{\n            "username": "{user(rng)}",\n            "password": "{value}"\n        }}\n    }}\n}}\n',
    )


def gh_hosts(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("gh hosts.yml", "github-token", with_crc(rng, 30, "gho_"))
    return (
        "root/.config/gh/hosts.yml",
        f"github.com:\n    user: {user(rng)}\n    oauth_token: {value}\n    git_protocol: ssh\n",
    )


def rclone(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("rclone.conf", ("obscured-password", *IN_FILE), urlsafe(rng, 38))
    return (
        "root/.config/rclone/rclone.conf",
        f"[box]\ntype = sftp\nhost = {host(rng)}\nuser = {user(rng)}\npass = {value}\n",
    )


def cargo(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("cargo credentials", "crates-io-token", "cio" + alnum(rng, 32))
    return "root/.cargo/credentials.toml", f'[registry]\ntoken = "{value}"\n'


def gem_credentials(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("gem credentials", "rubygems-token", "rubygems_" + hexa(rng, 48))
    return "root/.gem/credentials", f"---\n:rubygems_api_key: {value}\n"


def twilio(rng: random.Random, field: Field) -> tuple[str, str]:
    value = field.hide("twilio key and secret", "twilio-api-key-secret", alnum(rng, 32))
    return (
        "app/sms.env",
        f"TWILIO_ACCOUNT_SID=AC{hexa(rng, 32)}\nTWILIO_API_KEY_SID=SK{hexa(rng, 32)}\nTWILIO_API_KEY_SECRET={value}\nSMS_SENDER=+41{rng.randrange(10**8, 10**9)}\n",
    )


def _basic(rng: random.Random) -> str:
    while True:
        text = base64.b64encode(f"{user(rng)}:{password(rng, ':')}".encode()).decode()
        if any(c.isdigit() for c in text):
            return text


LOGIN: list[File] = [
    netrc, apt_auth, pgpass, my_cnf, npmrc, npmrc_basic, yarnrc, pypirc, pip_conf, maven, nuget, docker_config, git_credentials,
    git_config, aws_credentials, aws_session, redis, shadow, wp_config, mysql_history, curl_history, sshpass, docker_login, smbclient,
    cloud_init, wifi, network_manager, ipsec, chap, sasl, msmtp, composer, gh_hosts, rclone, cargo, gem_credentials, twilio,
]  # fmt: skip
