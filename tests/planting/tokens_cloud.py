"""Keys of clouds, hosting and networks, monitoring and infrastructure."""

from __future__ import annotations

import base64
import json
import random

from tests.planting.digits import bech32, grafana, with_crc
from tests.planting.kinds import Kind, kind, named
from tests.planting.text import LOWER, UPPER, alnum, b64, chars, digits, hexa, lower, upper, urlsafe, uuid

BASE32 = UPPER + "234567"

TOKENS: list[Kind] = [
    kind("google-api-key", "GOOGLE_API_KEY GOOGLE_MAPS_API_KEY", lambda r: "AIza" + "Sy" + urlsafe(r, 33)),
    kind("gcp-oauth-token", "GOOGLE_OAUTH_ACCESS_TOKEN", lambda r: "ya29.a0A" + urlsafe(r, 160)),
    kind("gcp-refresh-token", "GOOGLE_REFRESH_TOKEN", lambda r: "1//0" + urlsafe(r, 99)),
    kind("google-oauth-client-secret", "GOOGLE_CLIENT_SECRET", lambda r: "GOCSPX-" + urlsafe(r, 28)),
    named("aws-secret-access-key", "AWS_SECRET_ACCESS_KEY", lambda r: _base64(r, 40)),
    kind(
        "aws-bedrock-api-key",
        "AWS_BEARER_TOKEN_BEDROCK",
        lambda r: (
            "ABSK" + base64.b64encode(f"BedrockAPIKey-{lower(r, 4)}-at-{digits(r, 12)}:{b64(r, 33)}".encode()).decode()
        ),
    ),
    kind("azure-client-secret", "AZURE_CLIENT_SECRET ARM_CLIENT_SECRET", lambda r: f"{alnum(r, 3)}8Q~{urlsafe(r, 34)}"),
    named("azure-devops-legacy-token", "AZURE_DEVOPS_EXT_PAT", lambda r: chars(r, LOWER + "234567", 52)),
    named("azure-subscription-key", "APIM_SUBSCRIPTION_KEY", lambda r: hexa(r, 32)),
    named("azure-cosmos-db-legacy-key", "COSMOS_DB_KEY", lambda r: b64(r, 64)),
    kind(
        "digitalocean-token",
        "DIGITALOCEAN_ACCESS_TOKEN DO_TOKEN",
        lambda r: r.choice(["dop_v1_", "doo_v1_"]) + hexa(r, 64),
    ),
    named("hetzner-cloud-token", "HCLOUD_TOKEN", lambda r: alnum(r, 64)),
    named("linode-token", "LINODE_TOKEN LINODE_CLI_TOKEN", lambda r: hexa(r, 64)),
    named("vultr-api-key", "VULTR_API_KEY", lambda r: upper(r, 36)),
    named("scaleway-secret-key", "SCW_SECRET_KEY", uuid),
    named("exoscale-secret", "EXOSCALE_API_SECRET", lambda r: urlsafe(r, 43)),
    kind("upcloud-token", "UPCLOUD_TOKEN", lambda r: "ucat_" + upper(r, 26)),
    named("ibm-cloud-api-key", "IBMCLOUD_API_KEY", lambda r: urlsafe(r, 44)),
    named("ovh-api-key", "OVH_APPLICATION_SECRET", lambda r: hexa(r, 32)),
    named("backblaze-application-key", "B2_APPLICATION_KEY", lambda r: "K00" + r.choice("1234") + alnum(r, 27)),
    kind("yandex-cloud-api-key", "YC_API_KEY", lambda r: "AQVN" + urlsafe(r, 36)),
    kind("yandex-oauth-token", "YC_OAUTH_TOKEN", lambda r: "y0_AgAAAA" + urlsafe(r, 49)),
    kind("cloudflare-origin-ca-key", "CF_ORIGIN_CA_KEY", lambda r: f"v1.0-{hexa(r, 24)}-{hexa(r, 146)}"),
    named("cloudflare-legacy-token", "CLOUDFLARE_API_TOKEN CF_API_TOKEN", lambda r: urlsafe(r, 40)),
    named("cloudflare-legacy-token", "CLOUDFLARE_API_KEY", lambda r: hexa(r, 37), name="cloudflare-global-key"),
    kind("cloudflare-tunnel-token", "TUNNEL_TOKEN", lambda r: _tunnel(r)),
    named("fastly-token", "FASTLY_API_TOKEN FASTLY_API_KEY", lambda r: urlsafe(r, 32)),
    kind("tailscale-key", "TS_AUTHKEY TAILSCALE_AUTHKEY", lambda r: f"tskey-auth-k{alnum(r, 10)}CNTRL-{alnum(r, 32)}"),
    named("ngrok-token", "NGROK_AUTHTOKEN", lambda r: f"2{alnum(r, 26)}_{alnum(r, 22)}"),
    named("zerotier-api-token", "ZEROTIER_CENTRAL_TOKEN", lambda r: alnum(r, 32)),
    named("netbird-setup-key", "NB_SETUP_KEY", lambda r: uuid(r).upper()),
    kind("netbird-token", "NETBIRD_API_TOKEN", lambda r: _netbird(r)),
    kind("age-secret-key", "SOPS_AGE_KEY", lambda r: bech32("age-secret-key-", r.randbytes(32)).upper()),
    kind("grafana-token", "GRAFANA_TOKEN", grafana),
    kind(
        "grafana-cloud-token",
        "GRAFANA_CLOUD_TOKEN",
        lambda r: (
            "glc_"
            + base64.b64encode(
                json.dumps(
                    {
                        "o": digits(r, 6),
                        "n": "stack-" + digits(r, 6) + "-hm-write",
                        "k": alnum(r, 24),
                        "m": {"r": "us"},
                    },
                    separators=(",", ":"),
                ).encode()
            ).decode()
        ),
    ),
    named("datadog-key", "DD_API_KEY DATADOG_API_KEY", lambda r: hexa(r, 32), name="datadog-api"),
    named("datadog-key", "DD_APP_KEY DATADOG_APP_KEY", lambda r: hexa(r, 40), name="datadog-app"),
    kind("new-relic-key", "NEW_RELIC_API_KEY", lambda r: "NRAK-" + upper(r, 27)),
    kind("new-relic-insights-key", "NEW_RELIC_INSERT_KEY", lambda r: "NRII-" + urlsafe(r, 32)),
    kind("new-relic-license-key", "NEW_RELIC_LICENSE_KEY", lambda r: hexa(r, 32) + "FFFFNRAL"),
    kind("dynatrace-token", "DT_API_TOKEN", lambda r: f"dt0c01.{chars(r, BASE32, 24)}.{chars(r, BASE32, 64)}"),
    named("splunk-hec-token", "SPLUNK_HEC_TOKEN", uuid),
    named("honeycomb-ingest-key", "HONEYCOMB_API_KEY", lambda r: alnum(r, 22)),
    kind("axiom-token", "AXIOM_TOKEN", lambda r: f"xaat-{uuid(r)}"),
    named(
        "elasticsearch-api-key",
        "ELASTICSEARCH_API_KEY",
        lambda r: base64.b64encode(f"{urlsafe(r, 20)}:{urlsafe(r, 22)}".encode()).decode(),
    ),
    named("influxdb-token", "INFLUX_TOKEN INFLUXDB_TOKEN", lambda r: b64(r, 64)),
    named("pagerduty-key", "PAGERDUTY_INTEGRATION_KEY", lambda r: hexa(r, 32)),
    kind("aiven-service-password", "AIVEN_SERVICE_PASSWORD", lambda r: "AVNS_" + urlsafe(r, 19)),
    kind("astra-db-token", "ASTRA_DB_APPLICATION_TOKEN", lambda r: f"AstraCS:{alnum(r, 24)}:{hexa(r, 64)}"),
    kind("cockroachdb-api-key", "COCKROACH_API_KEY", lambda r: f"CCDB1_{alnum(r, 22)}_{alnum(r, 40)}"),
    named("consul-nomad-token", "CONSUL_HTTP_TOKEN NOMAD_TOKEN", uuid),
    named("okta-api-token", "OKTA_API_TOKEN", lambda r: "00" + urlsafe(r, 40)),
    named("auth0-client-secret", "AUTH0_CLIENT_SECRET", lambda r: urlsafe(r, 64)),
    named("algolia-admin-key", "ALGOLIA_ADMIN_KEY ALGOLIA_ADMIN_API_KEY", lambda r: hexa(r, 32)),
    named("laravel-app-key", "APP_KEY", lambda r: "base64:" + b64(r, 32)),
    named("rails-master-key", "RAILS_MASTER_KEY", lambda r: hexa(r, 32)),
    named("porkbun-api-key", "PORKBUN_SECRET_API_KEY", lambda r: "sk1_" + hexa(r, 64)),
    named("drone-token", "DRONE_RPC_SECRET", lambda r: hexa(r, 32)),
    named("maxmind-license-key", "MAXMIND_LICENSE_KEY", lambda r: f"{alnum(r, 6)}_{alnum(r, 29)}_mmk"),
    kind("ntfy-access-token", "NTFY_TOKEN", lambda r: "tk_" + lower(r, 29)),
    named("hcp-client-secret", "HCP_CLIENT_SECRET", lambda r: urlsafe(r, 64)),
]


def _base64(r: random.Random, size: int) -> str:
    while True:
        text = b64(r, size * 3 // 4)
        if any(c.isdigit() for c in text) and not text.endswith("="):
            return text


def _tunnel(r: random.Random) -> str:
    return base64.b64encode(
        json.dumps({"a": hexa(r, 32), "t": uuid(r), "s": b64(r, 32)}, separators=(",", ":")).encode()
    ).decode()


def _netbird(r: random.Random) -> str:
    return with_crc(r, 30, "nbp_")
