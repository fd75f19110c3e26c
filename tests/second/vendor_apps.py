"""Tokens of chat, mail and payment, each in a file it would be in."""

# ruff: noqa: E501 - lines of files stand as their programs write them

from __future__ import annotations

import base64

from tests.second.values import ALNUM, LOWER, UPPER, Row, Values, after, hexa


def discord(r: Values) -> str:
    user = base64.b64encode(r.of("123456789", 18).encode()).decode().rstrip("=")
    return f"{user}.G{r.alnum(5)}.{r.url64(38)}"


ROWS: list[Row] = [
    (
        "slack-bot-token",
        "opt/notify/notify.py",
        """import os
from slack_sdk import WebClient

CHANNEL = "C02ABCD9"
client = WebClient(token="{v}")
client.chat_postMessage(channel=CHANNEL, text=os.environ.get("TEXT", "deployed"))
""",
        lambda r: f"xoxb-{r.of('123456789', 12)}-{r.of('123456789', 13)}-{r.alnum(24)}",
    ),
    (
        "slack-app-token",
        "opt/notify/socket.env",
        "LOG_LEVEL=warn\nSLACK_APP_TOKEN={v}\nPORT=3000\n",
        lambda r: f"xapp-1-A0{r.of(UPPER, 9)}-{r.of('123456789', 13)}-{r.hex(64)}",
    ),
    (
        "slack-webhook",
        "etc/alertmanager/alertmanager.yml",
        """route:
  receiver: ops
  group_wait: 30s
receivers:
  - name: ops
    slack_configs:
      - channel: '#alerts'
        api_url: {v}
        send_resolved: true
""",
        lambda r: f"https://hooks.slack.com/services/T0{r.of(UPPER, 8)}/B0{r.of(UPPER, 9)}/{r.alnum(24)}",
    ),
    (
        "discord-bot-token",
        "app/bot/index.js",
        "const { Client } = require('discord.js');\nconst client = new Client({ intents: [1] });\nclient.login('{v}');\n",
        discord,
    ),
    (
        "discord-webhook",
        "usr/local/bin/backup-report",
        '#!/bin/sh\ncurl -H "Content-Type: application/json" -d \'{"content":"done"}\' {v}\n',
        lambda r: f"https://discord.com/api/webhooks/{r.of('123456789', 19)}/{r.url64(68)}",
    ),
    (
        "telegram-bot-token",
        "srv/bot/config.php",
        "<?php\nreturn [\n    'bot_username' => 'acme_ops_bot',\n    'bot_api_key' => '{v}',\n    'timezone' => 'Europe/Berlin',\n];\n",
        lambda r: f"{r.of('123456789', 10)}:AA{r.url64(33)}",
    ),
    (
        "teams-webhook",
        "etc/grafana/provisioning/alerting/contact.yaml",
        """apiVersion: 1
contactPoints:
  - orgId: 1
    name: teams
    receivers:
      - uid: ab12
        type: teams
        settings:
          url: {v}
""",
        lambda r: (
            f"https://acme.webhook.office.com/webhookb2/{r.uuid()}@{r.uuid()}/IncomingWebhook/{r.hex(32)}/{r.uuid()}"
        ),
    ),
    (
        "stripe-secret",
        "app/config/initializers/stripe.rb",
        "Stripe.api_version = '2024-06-20'\nStripe.api_key = '{v}'\nStripe.max_network_retries = 2\n",
        lambda r: "sk_live_51" + r.alnum(97),
    ),
    (
        "stripe-restricted",
        "app/src/Billing.java",
        """package io.acmecorp.billing;

import com.stripe.Stripe;

public final class Billing {
    private static final String CURRENCY = "eur";

    static {
        Stripe.apiKey = "{v}";
    }
}
""",
        lambda r: "rk_live_51" + r.alnum(97),
    ),
    (
        "stripe-webhook-secret",
        "app/.env",
        "APP_ENV=production\nAPP_URL=https://shop.acmecorp.io\nSTRIPE_WEBHOOK_SECRET={v}\nQUEUE_CONNECTION=redis\n",
        after("whsec_", ALNUM, 32),
    ),
    (
        "square-access-token",
        "app/pay/square.cs",
        """using Square;

namespace Acme.Pay
{
    public static class Pay
    {
        public static SquareClient Client() =>
            new SquareClient.Builder().Environment(Environment.Production).AccessToken("{v}").Build();
    }
}
""",
        lambda r: "EAAA" + r.url64(60),
    ),
    (
        "braintree-access-token",
        "app/pay/braintree.properties",
        "gateway.timeout=60\ngateway.access_token={v}\n",
        lambda r: f"access_token$production${r.of(LOWER, 16)}${r.hex(32)}",
    ),
    (
        "shopify-admin-token",
        "app/shop/shop.php",
        "<?php\n$shop = 'acme.myshopify.com';\n$headers = ['X-Shopify-Access-Token: {v}'];\n$ch = curl_init(\"https://$shop/admin/api/2024-07/orders.json\");\n",
        hexa("shpat_", length=32),
    ),
    (
        "razorpay-secret",
        "app/pay/razor.js",
        "const Razorpay = require('razorpay');\nmodule.exports = new Razorpay({ key_id: '{id}', key_secret: '{v}' });\n",
        lambda r: {"id": "rzp_live_" + r.alnum(14), "v": r.alnum(24)},
    ),
    (
        "twilio-auth-token",
        "app/sms.pl",
        "#!/usr/bin/perl\nuse strict;\nuse WWW::Twilio::API;\n\nmy $twilio = WWW::Twilio::API->new(\n    AccountSid => '{id}',\n    AuthToken  => '{v}',\n);\n",
        lambda r: {"id": "AC" + r.hex(32), "v": r.hex(32)},
    ),
    (
        "sendgrid-key",
        "etc/postfix/sasl_passwd",
        "[smtp.sendgrid.net]:587 apikey:{v}\n",
        lambda r: f"SG.{r.url64(22)}.{r.url64(43)}",
    ),
    (
        "mailgun-key",
        "app/mail/settings.py",
        "EMAIL_BACKEND = 'anymail.backends.mailgun.EmailBackend'\nANYMAIL = {\n    'MAILGUN_API_KEY': '{v}',\n    'MAILGUN_SENDER_DOMAIN': 'mg.acmecorp.io',\n}\n",
        lambda r: f"{r.hex(32)}-{r.hex(8)}-{r.hex(8)}",
    ),
    (
        "mailchimp-key",
        "app/newsletter.rs",
        'pub const LIST: &str = "4ac1d2";\npub const MAILCHIMP_KEY: &str = "{v}";\n\npub fn base() -> String {\n    format!("https://us14.api.mailchimp.com/3.0/lists/{LIST}")\n}\n',
        hexa("", length=32, end="-us14"),
    ),
    (
        "brevo-key",
        "app/mail/brevo.env",
        "SENDER_NAME=Acme\nBREVO_API_KEY={v}\n",
        lambda r: f"xkeysib-{r.hex(64)}-{r.alnum(16)}",
    ),
    (
        "resend-key",
        "app/mail/send.ts",
        "import { Resend } from 'resend';\n\nconst resend = new Resend('{v}');\nexport const from: string = 'Acme <hello@acmecorp.io>';\n",
        lambda r: f"re_{r.alnum(8)}_{r.alnum(24)}",
    ),
    (
        "postmark-token",
        "app/config/postmark.yml",
        "production:\n  server_token: {v}\n  message_stream: outbound\n",
        lambda r: r.uuid(),
    ),
]
