"""Tokens of AI, databases, monitoring and other services, each in a file it would be in."""

# ruff: noqa: E501 - lines of files stand as their programs write them

from __future__ import annotations

import base64
import json
import string

from tests.second.values import ALNUM, LOWER, UPPER, URL64, Row, Values, after, grafana, hexa


def openai(r: Values) -> str:
    return f"sk-proj-{r.url64(74)}T3BlbkFJ{r.url64(74)}"


def mapbox(r: Values) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"u": "acmemaps", "a": "cl" + r.of(LOWER, 23)}).encode())
    return f"sk.{claims.rstrip(b'=').decode()}.{r.url64(22)}"


def sentry(r: Values) -> str:
    claims = {"iat": 1730000000.5, "url": "https://sentry.io", "region_url": "https://us.sentry.io", "org": "acme"}
    return f"sntrys_{base64.b64encode(json.dumps(claims).encode()).decode()}_{r.of(ALNUM + '+/', 43)}"


def grafana_cloud(r: Values) -> str:
    claims = {"o": "712345", "n": "alloy-prod", "k": r.alnum(24), "m": {"r": "eu"}}
    return "glc_" + base64.b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode()


ROWS: list[Row] = [
    (
        "openai-key",
        "home/jovyan/summary.ipynb",
        """{"cells": [{"cell_type": "code", "execution_count": 3, "id": "a81c", "metadata": {}, "outputs": [],
"source": ["from openai import OpenAI\\n", "client = OpenAI(api_key=\\"{v}\\")\\n", "model = \\"gpt-4o-mini\\"\\n"]}],
"metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
"nbformat": 4, "nbformat_minor": 5}
""",
        openai,
    ),
    (
        "anthropic-key",
        "root/.zsh_history",
        ": 1722503121:0;ls -la\n: 1722503140:0;export ANTHROPIC_API_KEY={v}\n: 1722503155:4;claude --version\n",
        lambda r: f"sk-ant-api03-{r.url64(93)}AA",
    ),
    (
        "huggingface-token",
        "root/.cache/huggingface/token",
        "{v}",
        after("hf_", string.ascii_letters, 34),
    ),
    (
        "groq-key",
        "opt/llm/litellm.yaml",
        """model_list:
  - model_name: fast
    litellm_params:
      model: groq/llama-3.1-8b-instant
      api_key: {v}
      rpm: 30
""",
        after("gsk_", ALNUM, 52),
    ),
    (
        "replicate-token",
        "opt/llm/render.go",
        'package main\n\nimport "net/http"\n\nfunc auth(r *http.Request) {\n\tr.Header.Set("Authorization", "Bearer {v}")\n\tr.Header.Set("Prefer", "wait")\n}\n',
        after("r8_", ALNUM, 37),
    ),
    (
        "xai-key",
        "opt/llm/.env.local",
        "MODEL=grok-4\nXAI_API_KEY={v}\n",
        after("xai-", ALNUM, 80),
    ),
    (
        "openrouter-key",
        "opt/llm/config.json",
        '{"provider": "openrouter", "apiKey": "{v}", "temperature": 0.2}\n',
        hexa("sk-or-v1-", length=64),
    ),
    (
        "nvidia-key",
        "opt/llm/nim.sh",
        "#!/bin/bash\nexport NGC_API_KEY={v}\nexport NIM_CACHE=/cache\nexec start_server.sh\n",
        lambda r: "nvapi-" + r.url64(64),
    ),
    (
        "wandb-key",
        "home/trainer/.netrc",
        "machine api.wandb.ai\n  login user\n  password {v}\n",
        hexa("", length=40),
    ),
    (
        "langsmith-key",
        "opt/llm/trace.env",
        "LANGSMITH_TRACING=true\nLANGSMITH_PROJECT=support\nLANGSMITH_API_KEY={v}\n",
        lambda r: f"lsv2_pt_{r.hex(32)}_{r.hex(10)}",
    ),
    (
        "pinecone-key",
        "opt/llm/index.py",
        'from pinecone import Pinecone\n\npc = Pinecone(api_key="{v}")\nindex = pc.Index("tickets")\n',
        lambda r: f"pcsk_{r.alnum(5)}_{r.alnum(63)}",
    ),
    (
        "planetscale-password",
        "app/prisma/.env",
        'DATABASE_URL="mysql://k3v9s2l8q1:{v}@aws.connect.psdb.cloud/shop?sslaccept=strict"\n',
        lambda r: "pscale_pw_" + r.alnum(43),
    ),
    (
        "neon-password",
        "app/neon.env",
        "PGHOST=ep-cool-darkness-a1b2c3.eu-central-1.aws.neon.tech\nPGUSER=app_owner\nPGPASSWORD={v}\nPGSSLMODE=require\n",
        after("npg_", ALNUM, 12),
    ),
    (
        "aiven-password",
        "app/kafka/client.env",
        "KAFKA_HOST=kafka-acme.aivencloud.com:21773\nKAFKA_USER=avnadmin\nKAFKA_PASSWORD={v}\n",
        lambda r: "AVNS_" + r.url64(19),
    ),
    (
        "supabase-service-key",
        "app/lib/db.ts",
        "import { createClient } from '@supabase/supabase-js'\n\nexport const db = createClient('https://qkzv.supabase.co', '{v}')\n",
        lambda r: f"sb_secret_{r.url64(22)}_{r.url64(8)}",
    ),
    (
        "databricks-token",
        "root/.databrickscfg",
        "[DEFAULT]\nhost = https://adb-7182736455.12.azuredatabricks.net\ntoken = {v}\n",
        hexa("dapi", length=32, end="-2"),
    ),
    (
        "datadog-api-key",
        "etc/datadog-agent/datadog.yaml",
        "api_key: {v}\nsite: datadoghq.eu\ntags:\n  - env:prod\nlogs_enabled: true\n",
        hexa("", length=32),
    ),
    (
        "newrelic-license",
        "etc/newrelic-infra.yml",
        "license_key: {v}\ndisplay_name: web-3\nverbose: 0\n",
        lambda r: f"eu01xx{r.hex(30)}NRAL",
    ),
    (
        "newrelic-user-key",
        "opt/deploy/mark.sh",
        "#!/bin/sh\ncurl https://api.eu.newrelic.com/graphql -H 'API-Key: {v}' -d @event.json\n",
        after("NRAK-", UPPER, 27),
    ),
    (
        "grafana-service-account",
        "opt/dash/push.sh",
        '#!/bin/sh\ncurl -sf -H "Authorization: Bearer {v}" https://grafana.int.acmecorp.io/api/dashboards/db -d @d.json\n',
        grafana,
    ),
    (
        "grafana-cloud-token",
        "etc/alloy/config.alloy",
        """prometheus.remote_write "cloud" {
  endpoint {
    url = "https://prometheus-prod-24.grafana.net/api/prom/push"
    basic_auth {
      username = "712345"
      password = "{v}"
    }
  }
}
""",
        grafana_cloud,
    ),
    (
        "sentry-org-token",
        "app/sentry.properties",
        "defaults.url=https://sentry.io/\ndefaults.org=acme\ndefaults.project=web\nauth.token={v}\n",
        sentry,
    ),
    (
        "dynatrace-token",
        "etc/otel/collector.yaml",
        """exporters:
  otlphttp:
    endpoint: https://abc12345.live.dynatrace.com/api/v2/otlp
    headers:
      Authorization: "Api-Token {v}"
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
""",
        lambda r: f"dt0c01.{r.of(UPPER, 24)}.{r.of(UPPER, 64)}",
    ),
    (
        "honeycomb-key",
        "etc/refinery/refinery.yaml",
        "General:\n  ConfigurationVersion: 2\nAccessKeys:\n  SendKey: {v}\n  SendKeyMode: all\n",
        lambda r: "hcaik_" + r.of(LOWER, 58),
    ),
    (
        "splunk-hec-token",
        "etc/fluent-bit/fluent-bit.conf",
        "[OUTPUT]\n    Name        splunk\n    Match       *\n    Host        splunk.int.acmecorp.io\n    Port        8088\n    Splunk_Token {v}\n    TLS         On\n",
        lambda r: r.uuid(),
    ),
    (
        "pagerduty-routing-key",
        "etc/alertmanager/pd.yml",
        "receivers:\n  - name: oncall\n    pagerduty_configs:\n      - routing_key: {v}\n        severity: critical\n",
        lambda r: r.of("0123456789abcdef", 32),
    ),
    (
        "figma-token",
        "app/design/pull.mjs",
        "const file = 'hT9s';\nconst res = await fetch(`https://api.figma.com/v1/files/${file}`, {\n  headers: { 'X-Figma-Token': '{v}' },\n});\n",
        lambda r: "figd_" + r.url64(40),
    ),
    ("notion-token", "app/wiki/.env.prod", "NOTION_DB=8f1c\nNOTION_TOKEN={v}\n", after("ntn_", ALNUM, 46)),
    (
        "airtable-pat",
        "app/ops/airtable.py",
        'import requests\n\nBASE = "appQ2"\nheaders = {"Authorization": "Bearer {v}"}\nprint(requests.get(f"https://api.airtable.com/v0/{BASE}/Hosts", headers=headers, timeout=9).json())\n',
        lambda r: f"pat{r.alnum(14)}.{r.hex(64)}",
    ),
    (
        "mapbox-secret",
        "app/map/config.js",
        "export default {\n  style: 'dark-v11',\n  uploadToken: '{v}',\n};\n",
        mapbox,
    ),
    (
        "okta-api-token",
        "root/.okta/okta.yaml",
        "okta:\n  client:\n    orgUrl: https://acme.okta.com\n    token: {v}\n",
        lambda r: "00" + r.of(URL64, 40),
    ),
    (
        "algolia-admin-key",
        "app/search/index.php",
        "<?php\n$client = \\Algolia\\AlgoliaSearch\\SearchClient::create('{id}', '{v}');\n$index = $client->initIndex('products');\n",
        lambda r: {"id": r.of(UPPER, 10), "v": r.hex(32)},
    ),
    (
        "contentful-pat",
        "app/cms/.contentfulrc.json",
        '{"managementToken": "{v}", "activeSpaceId": "a9d8f7", "host": "api.contentful.com"}\n',
        lambda r: "CFPAT-" + r.url64(43),
    ),
]
