"""Tokens of clouds, hosting, networks and secret managers, each in a file it would be in."""

# ruff: noqa: E501 - lines of files stand as their programs write them

from __future__ import annotations

import base64
import string

from tests.second.values import ALNUM, LOWER, UPPER, URL64, Row, Values, after, age, checked, hexa, json64

BASE32 = string.ascii_uppercase + "234567"


def clamped(r: Values) -> str:
    """A Curve25519 private key as wg genkey prints it (RFC 7748, 5)."""
    data = bytearray(r.randbytes(32))
    data[0] &= 248
    data[31] = data[31] & 127 | 64
    return base64.b64encode(bytes(data)).decode()


def aws(prefix: str) -> Row:
    text = """[default]
region = eu-central-1

[payments]
aws_access_key_id = {id}
aws_secret_access_key = {v}
"""
    path = "root/.aws/credentials"
    return "aws-secret-key", path, text, lambda r: {"id": prefix + r.of(BASE32, 16), "v": r.base64(30)}


ROWS: list[Row] = [
    aws("AKIA"),
    (
        "aws-access-key-id",
        "opt/sync/main.go",
        """package main

import (
	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
)

const bucket = "acme-reports-prod"

var cfg = aws.NewConfig().WithRegion("eu-west-1").WithCredentials(
	credentials.NewStaticCredentials("{v}", readKey("/run/s3"), ""))
""",
        after("AKIA", BASE32, 16),
    ),
    (
        "aws-session-token",
        "home/build/.bashrc",
        "alias ll='ls -l'\nexport AWS_REGION=us-east-1\nexport AWS_SESSION_TOKEN={v}\nexport EDITOR=vim\n",
        lambda r: "IQoJb3JpZ2luX2VjE" + r.base64(240),
    ),
    (
        "google-api-key",
        "srv/www/map.html",
        """<!doctype html><html><head><title>Depots</title>
<script async src="https://maps.googleapis.com/maps/api/js?key={v}&callback=initMap"></script>
</head><body><div id="map"></div></body></html>
""",
        after("AIza", URL64, 35),
    ),
    (
        "google-oauth-client-secret",
        "app/client_secret.json",
        """{"web":{"client_id":"839201745512-k3ld9s0a7f6q.apps.googleusercontent.com","project_id":"acme-portal",
"auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token",
"client_secret":"{v}","redirect_uris":["https://portal.acmecorp.io/oauth"]}}
""",
        lambda r: "GOCSPX-" + r.url64(28),
    ),
    (
        "google-refresh-token",
        "root/.config/gcloud/application_default_credentials.json",
        """{
  "account": "",
  "client_id": "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com",
  "quota_project_id": "acme-portal",
  "refresh_token": "{v}",
  "type": "authorized_user",
  "universe_domain": "googleapis.com"
}
""",
        lambda r: "1//0" + r.url64(99),
    ),
    (
        "azure-storage-key",
        "app/appsettings.Production.json",
        """{
  "Logging": {"LogLevel": {"Default": "Information"}},
  "ConnectionStrings": {
    "Blobs": "DefaultEndpointsProtocol=https;AccountName=acmeinvoices;AccountKey={v};EndpointSuffix=core.windows.net"
  },
  "AllowedHosts": "*"
}
""",
        lambda r: r.base64(64),
    ),
    (
        "azure-client-secret",
        "srv/job/run.ps1",
        """$env:AZURE_TENANT_ID = "{t}"
$env:AZURE_CLIENT_ID = "{c}"
$env:AZURE_CLIENT_SECRET = "{v}"
Connect-AzAccount -ServicePrincipal
Get-AzResourceGroup | Format-Table
""",
        lambda r: {"t": r.uuid(), "c": r.uuid(), "v": f"{r.alnum(3)}8Q~{r.of(ALNUM + '-_.', 33)}{r.alnum(1)}"},
    ),
    (
        "azure-sas-signature",
        "etc/cron.daily/upload",
        """#!/bin/sh
set -e
azcopy copy /var/reports "https://acmeinvoices.blob.core.windows.net/out?sv=2022-11-02&ss=b&srt=co&sp=rwl&se=2027-01-31T08:00:00Z&spr=https&sig={v}"
""",
        lambda r: r.base64(32).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    ),
    (
        "azure-devops-pat",
        "root/.git-credentials",
        "https://build:{v}@dev.azure.com\n",
        after("", string.ascii_lowercase + "234567", 52),
    ),
    (
        "azure-service-bus-key",
        "app/worker/local.settings.json",
        """{"IsEncrypted": false, "Values": {"FUNCTIONS_WORKER_RUNTIME": "dotnet",
"ServiceBus": "Endpoint=sb://acme-orders.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={v}"}}
""",
        lambda r: r.base64(32),
    ),
    (
        "digitalocean-token",
        "root/.config/doctl/config.yaml",
        "access-token: {v}\ncontext: default\noutput: text\ntrace: false\n",
        hexa("dop_v1_", length=64),
    ),
    (
        "linode-token",
        "root/.config/linode-cli",
        "[DEFAULT]\ndefault-user = acme\n\n[acme]\ntoken = {v}\nregion = eu-west\ntype = g6-standard-2\n",
        hexa("", length=64),
    ),
    (
        "hetzner-token",
        "root/.config/hcloud/cli.toml",
        'active_context = "prod"\n\n[[contexts]]\n  name = "prod"\n  token = "{v}"\n',
        after("", ALNUM, 64),
    ),
    (
        "scaleway-secret-key",
        "root/.config/scw/config.yaml",
        "access_key: {a}\nsecret_key: {v}\ndefault_region: fr-par\ndefault_zone: fr-par-1\n",
        lambda r: {"a": "SCW" + r.of(UPPER, 17), "v": r.uuid()},
    ),
    (
        "vultr-key",
        "opt/infra/vultr-cli.yaml",
        "api-key: {v}\n",
        after("", UPPER, 36),
    ),
    (
        "cloudflare-token",
        "etc/letsencrypt/cloudflare.ini",
        "# used by certbot's DNS plugin\ndns_cloudflare_api_token = {v}\n",
        lambda r: r.url64(40),
    ),
    (
        "cloudflare-origin-ca",
        "etc/default/origin-ca-issuer",
        "LOG_LEVEL=info\nCLOUDFLARE_SERVICE_KEY={v}\n",
        lambda r: f"v1.0-{r.hex(24)}-{r.hex(146)}",
    ),
    (
        "cloudflared-tunnel-token",
        "etc/systemd/system/cloudflared.service",
        """[Unit]
Description=cloudflared
After=network-online.target

[Service]
TimeoutStartSec=0
ExecStart=/usr/bin/cloudflared --no-autoupdate tunnel run --token {v}
Restart=on-failure

[Install]
WantedBy=multi-user.target
""",
        json64("", lambda r: {"a": r.hex(32), "t": r.uuid(), "s": r.base64(32)}),
    ),
    (
        "heroku-key",
        "root/.netrc",
        "machine api.heroku.com\n  login ops@acmecorp.io\n  password {v}\n",
        lambda r: "HRKU-AA" + r.url64(58),
    ),
    (
        "flyio-token",
        "app/.envrc",
        'export FLY_ORG=acme\nexport FLY_API_TOKEN="FlyV1 {v}"\n',
        lambda r: "fm2_" + r.base64(180),
    ),
    (
        "vercel-token",
        "app/scripts/deploy.sh",
        "#!/usr/bin/env bash\nset -euo pipefail\nVERCEL_ORG_ID=team_9s8dF\nnpx vercel deploy --prod --yes --token={v}\n",
        after("", ALNUM, 24),
    ),
    (
        "netlify-token",
        "app/.env.production",
        "NODE_ENV=production\nNETLIFY_SITE_ID=7d1d2b10-site\nNETLIFY_AUTH_TOKEN={v}\n",
        after("nfp_", ALNUM, 36),
    ),
    (
        "alibaba-secret",
        "root/.aliyun/config.json",
        """{"current":"default","profiles":[{"name":"default","mode":"AK","access_key_id":"{id}",
"access_key_secret":"{v}","region_id":"cn-hangzhou","output_format":"json","language":"en"}]}
""",
        lambda r: {"id": "LTAI5t" + r.alnum(18), "v": r.alnum(30)},
    ),
    (
        "tencent-secret",
        "root/.tccli/default.credential",
        '{\n  "secretId": "{id}",\n  "secretKey": "{v}"\n}\n',
        lambda r: {"id": "AKID" + r.alnum(32), "v": r.alnum(32)},
    ),
    (
        "ibm-cloud-key",
        "app/ibm-credentials.env",
        "ASSISTANT_AUTH_TYPE=iam\nASSISTANT_APIKEY={v}\nASSISTANT_URL=https://api.eu-de.assistant.watson.cloud.ibm.com\n",
        lambda r: r.url64(44),
    ),
    (
        "yandex-api-key",
        "app/speech.kt",
        """package io.acmecorp.speech

object Speech {
    private const val FOLDER = "b1gv1q2m"
    private const val API_KEY = "{v}"
    fun headers() = mapOf("Authorization" to "Api-Key $API_KEY", "x-folder-id" to FOLDER)
}
""",
        lambda r: "AQVN" + r.url64(36),
    ),
    (
        "exoscale-secret",
        "root/.config/exoscale/exoscale.toml",
        'defaultaccount = "acme"\n\n[[accounts]]\nname = "acme"\nkey = "{id}"\nsecret = "{v}"\ndefaultZone = "ch-gva-2"\n',
        lambda r: {"id": "EXO" + r.hex(24), "v": r.url64(43)},
    ),
    (
        "ovh-application-secret",
        "etc/ovh.conf",
        "[default]\nendpoint=ovh-eu\n\n[ovh-eu]\napplication_key={id}\napplication_secret={v}\n",
        lambda r: {"id": r.hex(16), "v": r.hex(32)},
    ),
    ("vault-token", "root/.vault-token", "{v}\n", lambda r: "hvs." + r.url64(95)),
    (
        "vault-secret-id",
        "etc/vault-agent/agent.sh",
        "#!/bin/sh\nexport VAULT_ADDR=https://vault.int.acmecorp.io:8200\n"
        "vault write -field=token auth/approle/login role_id={id} secret_id={v} > /run/token\n",
        lambda r: {"id": r.uuid(), "v": r.uuid()},
    ),
    (
        "doppler-token",
        "root/.doppler/.doppler.yaml",
        """scoped:
  /:
    token: {v}
    api-host: https://api.doppler.com
    enclave.project: billing
    enclave.config: prd
version-check:
  latest-version: 3.66.1
""",
        after("dp.st.prd.", ALNUM, 43),
    ),
    (
        "onepassword-service-account",
        "etc/default/op-connect",
        "OP_LOG_LEVEL=info\nOP_SERVICE_ACCOUNT_TOKEN={v}\n",
        json64(
            "ops_",
            lambda r: {
                "signInAddress": "acme.1password.com",
                "userAuth": {"method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 650000, "salt": r.url64(22)},
                "email": r.of(LOWER, 13) + "@1passwordserviceaccounts.com",
                "srpX": r.hex(64),
                "muk": {
                    "alg": "A256GCM",
                    "ext": True,
                    "k": r.url64(43),
                    "key_ops": ["encrypt", "decrypt"],
                    "kty": "oct",
                },
                "secretKey": f"A3-{r.of(UPPER, 6)}-{r.of(UPPER, 6)}-{r.of(UPPER, 5)}-{r.of(UPPER, 5)}",
            },
        ),
    ),
    (
        "bitwarden-sm-token",
        "opt/bws/fetch.sh",
        "#!/bin/sh\nBWS_ACCESS_TOKEN={v} bws secret list --output env > /run/app.env\n",
        lambda r: f"0.{r.uuid()}.{r.alnum(30)}:{r.base64(16)}",
    ),
    (
        "infisical-token",
        "app/docker-compose.yml",
        """services:
  api:
    image: registry.acmecorp.io/api:4.2
    ports: ["8080:8080"]
    environment:
      INFISICAL_TOKEN: {v}
      LOG_FORMAT: json
""",
        lambda r: f"st.{r.uuid()}.{r.hex(32)}.{r.hex(32)}",
    ),
    (
        "age-identity",
        "root/.config/sops/age/keys.txt",
        "# created: 2025-03-11T09:12:44+01:00\n{v}\n",
        age,
    ),
    (
        "tailscale-auth-key",
        "usr/local/bin/join.sh",
        "#!/bin/sh\ntailscaled --state=mem: &\ntailscale up --authkey={v} --hostname=relay-3\n",
        lambda r: f"tskey-auth-k{r.alnum(11)}CNTRL-{r.alnum(32)}",
    ),
    (
        "netbird-pat",
        "opt/nb/peers.py",
        """import json
import urllib.request

HEADERS = {"Accept": "application/json", "Authorization": "Token {v}"}


def peers():
    request = urllib.request.Request("https://api.netbird.io/api/peers", headers=HEADERS)
    return json.load(urllib.request.urlopen(request))
""",
        checked("nbp_"),
    ),
    (
        "ngrok-authtoken",
        "root/.config/ngrok/ngrok.yml",
        'version: "3"\nagent:\n    authtoken: {v}\n    region: eu\n',
        lambda r: f"2{r.alnum(26)}_{r.alnum(21)}",
    ),
    (
        "wireguard-private-key",
        "etc/wireguard/wg0.conf",
        """[Interface]
Address = 10.44.0.2/24
PrivateKey = {v}
ListenPort = 51820

[Peer]
PublicKey = {p}
AllowedIPs = 10.44.0.0/16
Endpoint = vpn.int.acmecorp.io:51820
""",
        lambda r: {"p": r.base64(32), "v": clamped(r)},
    ),
]
