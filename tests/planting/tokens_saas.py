"""Tokens of payment, mail, chat, AI and other services."""

# ruff: noqa: E501 - a token's form is one expression
from __future__ import annotations

import base64

from tests.planting.digits import compact, matrix, with_crc
from tests.planting.kinds import Kind, kind, named
from tests.planting.text import LEAD, LOWER, UPPER, alnum, b64, chars, digits, hexa, lower, upper, urlsafe, uuid

TOKENS: list[Kind] = [
    # Payment and trade
    kind(
        "stripe-secret-key",
        "STRIPE_SECRET_KEY STRIPE_API_KEY",
        lambda r: "sk_" + "live_" + alnum(r, r.choice([24, 99])),
    ),
    kind(
        "stripe-secret-key",
        "STRIPE_RESTRICTED_KEY",
        lambda r: "rk_" + "live_51" + alnum(r, 97),
        name="stripe-restricted",
    ),
    kind("webhook-signing-secret", "STRIPE_WEBHOOK_SECRET", lambda r: "whsec_" + alnum(r, 32)),
    kind("square-token", "SQUARE_ACCESS_TOKEN", lambda r: "sq0atp-" + urlsafe(r, 22), name="square-personal"),
    kind("square-token", "SQUARE_APPLICATION_SECRET", lambda r: "sq0csp-" + urlsafe(r, 43), name="square-oauth"),
    kind(
        "square-access-token", "SQUARE_ACCESS_TOKEN", lambda r: "EAAA" + r.choice("EFl") + urlsafe(r, 59), alone=False
    ),
    kind("shopify-token", "SHOPIFY_ACCESS_TOKEN", lambda r: r.choice(["shpat_", "shpca_", "shppa_"]) + hexa(r, 32)),
    kind("shopify-token", "SHOPIFY_API_SECRET", lambda r: "shpss_" + hexa(r, 32), name="shopify-app-secret"),
    kind(
        "braintree-access-token",
        "BRAINTREE_ACCESS_TOKEN",
        lambda r: f"access_token$production${lower(r, 16)}${hexa(r, 32)}",
    ),
    kind("flutterwave-key", "FLW_SECRET_KEY", lambda r: f"FLWSECK-{hexa(r, 32)}-X"),
    kind("paystack-secret-key", "PAYSTACK_SECRET_KEY", lambda r: "sk_" + "live_" + hexa(r, 40)),
    kind("mollie-api-key", "MOLLIE_API_KEY", lambda r: "live_" + alnum(r, 30)),
    kind(
        "mercadopago-access-token",
        "MP_ACCESS_TOKEN",
        lambda r: f"APP_USR-{digits(r, 16)}-{digits(r, 6)}-{hexa(r, 32)}-{digits(r, 9)}",
    ),
    kind("easypost-api-key", "EASYPOST_API_KEY", lambda r: "EZAK" + alnum(r, 54)),
    kind("shippo-api-token", "SHIPPO_API_TOKEN", lambda r: "shippo_live_" + hexa(r, 40)),
    named("lob-api-key", "LOB_API_KEY", lambda r: "live_" + hexa(r, 35)),
    named("gocardless-access-token", "GOCARDLESS_ACCESS_TOKEN", lambda r: "live_" + urlsafe(r, 40)),
    kind("duffel-access-token", "DUFFEL_ACCESS_TOKEN", lambda r: "duffel_live_" + urlsafe(r, 43)),
    kind("xendit-api-key", "XENDIT_SECRET_KEY", lambda r: "xnd_production_" + alnum(r, 57)),
    kind("polar-access-token", "POLAR_ACCESS_TOKEN", lambda r: with_crc(r, 37, "polar_oat_")),
    kind("sumup-api-key", "SUMUP_API_KEY", lambda r: "sup_sk_" + alnum(r, 32)),
    kind("woocommerce-consumer-secret", "WC_CONSUMER_SECRET", lambda r: "cs_" + hexa(r, 40), alone=False),
    kind("plaid-access-token", "PLAID_ACCESS_TOKEN", lambda r: "access-production-" + uuid(r)),
    named("plaid-secret", "PLAID_SECRET", lambda r: hexa(r, 30)),
    named(
        "adyen-api-key",
        "ADYEN_API_KEY",
        lambda r: "AQE" + "hmfxK" + alnum(r, 60) + "-" + b64(r, 32) + "-" + alnum(r, 16),
    ),
    named("paypal-client-secret", "PAYPAL_CLIENT_SECRET", lambda r: "E" + urlsafe(r, 79)),
    named("razorpay-key-secret", "RAZORPAY_KEY_SECRET", lambda r: alnum(r, 24)),
    # Mail, chat and telephone
    kind("sendgrid-api-key", "SENDGRID_API_KEY", lambda r: f"SG.{urlsafe(r, 22)}.{urlsafe(r, 43)}"),
    kind("mailgun-api-key", "MAILGUN_API_KEY", lambda r: "key-" + hexa(r, 32), name="mailgun-key"),
    named("mailgun-api-key", "MAILGUN_API_KEY", lambda r: f"{hexa(r, 32)}-{hexa(r, 8)}-{hexa(r, 8)}"),
    kind("mailchimp-api-key", "MAILCHIMP_API_KEY", lambda r: f"{hexa(r, 32)}-us{r.randrange(1, 22)}"),
    kind("brevo-api-key", "BREVO_API_KEY SENDINBLUE_API_KEY", lambda r: f"xkeysib-{hexa(r, 64)}-{alnum(r, 16)}"),
    kind("mailersend-api-token", "MAILERSEND_API_KEY", lambda r: "mlsn." + hexa(r, 64)),
    kind("resend-api-key", "RESEND_API_KEY", lambda r: f"re_{alnum(r, 8)}_{alnum(r, 24)}"),
    named("postmark-token", "POSTMARK_SERVER_TOKEN POSTMARK_API_TOKEN", uuid),
    named("sparkpost-api-key", "SPARKPOST_API_KEY", lambda r: hexa(r, 40)),
    named("mailjet-secret-key", "MJ_APIKEY_PRIVATE MAILJET_SECRET_KEY", lambda r: hexa(r, 32)),
    kind("klaviyo-private-key", "KLAVIYO_PRIVATE_KEY", lambda r: "pk_" + hexa(r, 34)),
    kind(
        "slack-token",
        "SLACK_BOT_TOKEN SLACK_TOKEN",
        lambda r: f"xoxb-{digits(r, 12)}-{digits(r, 13)}-{alnum(r, 24)}",
        name="slack-bot",
    ),
    kind(
        "slack-token",
        "SLACK_USER_TOKEN",
        lambda r: f"xoxp-{digits(r, 12)}-{digits(r, 12)}-{digits(r, 13)}-{hexa(r, 32)}",
        name="slack-user",
    ),
    kind(
        "slack-token",
        "SLACK_APP_TOKEN",
        lambda r: f"xapp-1-A0{upper(r, 9)}-{digits(r, 13)}-{hexa(r, 64)}",
        name="slack-app",
    ),
    kind(
        "slack-webhook",
        "SLACK_WEBHOOK_URL",
        lambda r: f"https://hooks.slack.com/services/T0{upper(r, 8)}/B0{upper(r, 9)}/{LEAD}{alnum(r, 24)}",
    ),
    kind(
        "discord-bot-token",
        "DISCORD_TOKEN DISCORD_BOT_TOKEN",
        lambda r: f"{base64.b64encode(digits(r, 18).encode()).decode()}.G{alnum(r, 5)}.{urlsafe(r, 38)}",
        alone=False,
    ),
    kind(
        "discord-webhook",
        "DISCORD_WEBHOOK",
        lambda r: f"https://discord.com/api/webhooks/1{digits(r, 18)}/{LEAD}{urlsafe(r, 68)}",
    ),
    kind("telegram-bot-token", "TELEGRAM_BOT_TOKEN TG_TOKEN", lambda r: f"{digits(r, 10)}:AA{urlsafe(r, 33)}"),
    kind(
        "teams-webhook",
        "TEAMS_WEBHOOK_URL",
        lambda r: (
            f"https://example.webhook.office.com/webhookb2/{uuid(r)}@{uuid(r)}/IncomingWebhook/{LEAD}{hexa(r, 32)}/{uuid(r)}"
        ),
    ),
    kind(
        "google-chat-webhook",
        "GOOGLE_CHAT_WEBHOOK",
        lambda r: (
            f"https://chat.googleapis.com/v1/spaces/AAAA{urlsafe(r, 7)}/messages?key=AIza"
            + f"SyDdI0hCZtE6vySjMm-WEfRq3CPzqKqqsHI&token={LEAD}{urlsafe(r, 43)}"
        ),
    ),
    kind(
        "dingtalk-webhook",
        "DINGTALK_WEBHOOK",
        lambda r: f"https://oapi.dingtalk.com/robot/send?access_token={LEAD}{hexa(r, 64)}",
    ),
    kind(
        "wecom-webhook",
        "WECOM_WEBHOOK",
        lambda r: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={LEAD}{uuid(r)}",
    ),
    kind("feishu-webhook", "FEISHU_WEBHOOK", lambda r: f"https://open.feishu.cn/open-apis/bot/v2/hook/{LEAD}{uuid(r)}"),
    kind("make-webhook", "MAKE_WEBHOOK_URL", lambda r: f"https://hook.eu1.make.com/{LEAD}{lower(r, 32)}"),
    named("twilio-auth-token", "TWILIO_AUTH_TOKEN", lambda r: hexa(r, 32)),
    kind("telnyx-api-key", "TELNYX_API_KEY", lambda r: f"KEY0{hexa(r, 31).upper()}_{alnum(r, 22)}"),
    named("vonage-api-secret", "VONAGE_API_SECRET NEXMO_API_SECRET", lambda r: alnum(r, 16)),
    kind("matrix-access-token", "MATRIX_ACCESS_TOKEN", matrix),
    named("pusher-secret", "PUSHER_APP_SECRET PUSHER_SECRET", lambda r: hexa(r, 20)),
    named("zendesk-api-token", "ZENDESK_API_TOKEN", lambda r: alnum(r, 40)),
    # AI
    kind(
        "openai-api-key",
        "OPENAI_API_KEY",
        lambda r: f"sk-proj-{urlsafe(r, 74)}T3BlbkFJ{urlsafe(r, 74)}",
        name="openai-project",
    ),
    kind(
        "openai-api-key", "OPENAI_API_KEY", lambda r: f"sk-{alnum(r, 20)}T3BlbkFJ{alnum(r, 20)}", name="openai-legacy"
    ),
    kind("anthropic-api-key", "ANTHROPIC_API_KEY CLAUDE_API_KEY", lambda r: f"sk-ant-api03-{urlsafe(r, 93)}AA"),
    kind("huggingface-token", "HF_TOKEN HUGGING_FACE_HUB_TOKEN", lambda r: "hf_" + chars(r, LOWER + UPPER, 34)),
    kind("replicate-api-token", "REPLICATE_API_TOKEN", lambda r: "r8_" + alnum(r, 37)),
    kind("groq-api-key", "GROQ_API_KEY", lambda r: f"gsk_{alnum(r, 20)}WGdyb3FY{alnum(r, 24)}"),
    kind("perplexity-api-key", "PERPLEXITY_API_KEY PPLX_API_KEY", lambda r: "pplx-" + alnum(r, 48)),
    kind("xai-api-key", "XAI_API_KEY", lambda r: "xai-" + alnum(r, 80)),
    kind("fireworks-api-key", "FIREWORKS_API_KEY", lambda r: "fw_" + alnum(r, 24), alone=False),
    kind("openrouter-api-key", "OPENROUTER_API_KEY", lambda r: "sk-or-v1-" + hexa(r, 64)),
    named("deepseek-api-key", "DEEPSEEK_API_KEY", lambda r: "sk-" + hexa(r, 32)),
    named("elevenlabs-api-key", "ELEVENLABS_API_KEY XI_API_KEY", lambda r: "sk_" + hexa(r, 48)),
    named("deepgram-api-key", "DEEPGRAM_API_KEY", lambda r: hexa(r, 40)),
    named("assemblyai-api-key", "ASSEMBLYAI_API_KEY", lambda r: hexa(r, 32)),
    named("cohere-api-key", "COHERE_API_KEY CO_API_KEY", lambda r: alnum(r, 40)),
    named("mistral-api-key", "MISTRAL_API_KEY", lambda r: alnum(r, 32)),
    named("together-api-key", "TOGETHER_API_KEY", lambda r: hexa(r, 64)),
    kind("pinecone-api-key", "PINECONE_API_KEY", lambda r: f"pcsk_{alnum(r, 6)}_{alnum(r, 63)}"),
    named("wandb-legacy-api-key", "WANDB_API_KEY", lambda r: hexa(r, 40)),
    kind("langsmith-api-key", "LANGSMITH_API_KEY LANGCHAIN_API_KEY", lambda r: f"lsv2_pt_{hexa(r, 32)}_{hexa(r, 10)}"),
    kind("langfuse-secret-key", "LANGFUSE_SECRET_KEY", lambda r: "sk-lf-" + uuid(r)),
    kind("nvidia-api-key", "NVIDIA_API_KEY NGC_API_KEY", lambda r: "nvapi-" + urlsafe(r, 64)),
    kind("cerebras-api-key", "CEREBRAS_API_KEY", lambda r: "csk-" + lower(r, 48)),
    kind("voyage-api-key", "VOYAGE_API_KEY", lambda r: "pa-" + urlsafe(r, 43), alone=False),
    kind("tavily-api-key", "TAVILY_API_KEY", lambda r: "tvly-dev-" + alnum(r, 32)),
    named("firecrawl-api-key", "FIRECRAWL_API_KEY", lambda r: "fc-" + hexa(r, 32)),
    kind("e2b-api-key", "E2B_API_KEY", lambda r: "e2b_" + hexa(r, 40)),
    kind("apify-api-token", "APIFY_TOKEN", lambda r: "apify_api_" + alnum(r, 36)),
    kind("llamacloud-api-key", "LLAMA_CLOUD_API_KEY", lambda r: "llx-" + alnum(r, 48)),
    kind(
        "helicone-api-key",
        "HELICONE_API_KEY",
        lambda r: f"sk-helicone-{lower(r, 7)}-{lower(r, 7)}-{lower(r, 7)}-{lower(r, 7)}",
    ),
    kind("jina-api-key", "JINA_API_KEY", lambda r: "jina_" + hexa(r, 32) + urlsafe(r, 28)),
    # Work
    kind("notion-token", "NOTION_TOKEN NOTION_API_KEY", lambda r: "ntn_" + digits(r, 11) + alnum(r, 35)),
    named("notion-legacy-token", "NOTION_TOKEN", lambda r: "secret_" + alnum(r, 43)),
    kind("airtable-token", "AIRTABLE_API_KEY AIRTABLE_PAT", lambda r: f"pat{alnum(r, 14)}.{hexa(r, 64)}"),
    kind(
        "asana-token", "ASANA_ACCESS_TOKEN", lambda r: f"2/{digits(r, 16)}/{digits(r, 16)}:{hexa(r, 32)}", alone=False
    ),
    kind("figma-token", "FIGMA_TOKEN FIGMA_ACCESS_TOKEN", lambda r: "figd_" + urlsafe(r, 40)),
    kind("contentful-management-token", "CONTENTFUL_MANAGEMENT_TOKEN", lambda r: "CFPAT-" + urlsafe(r, 43)),
    kind("hubspot-token", "HUBSPOT_ACCESS_TOKEN", lambda r: f"pat-{r.choice(['na1', 'eu1'])}-{uuid(r)}"),
    named(
        "intercom-access-token",
        "INTERCOM_ACCESS_TOKEN",
        lambda r: base64.b64encode(
            f"tok:{hexa(r, 8)}_{hexa(r, 4)}_{hexa(r, 4)}_{hexa(r, 4)}_{hexa(r, 12)}:1:0".encode()
        ).decode(),
    ),
    kind("segment-api-token", "SEGMENT_PUBLIC_API_TOKEN", lambda r: "sgp_" + alnum(r, 64)),
    kind("typeform-token", "TYPEFORM_TOKEN", lambda r: f"tfp_{alnum(r, 44)}_{alnum(r, 14)}"),
    kind("clickup-token", "CLICKUP_API_TOKEN", lambda r: f"pk_{digits(r, 8)}_{upper(r, 32)}"),
    kind("trello-token", "TRELLO_TOKEN", lambda r: "ATTA" + hexa(r, 64) + hexa(r, 8).upper()),
    kind(
        "mapbox-secret-token",
        "MAPBOX_SECRET_TOKEN",
        lambda r: "sk." + compact({"u": "example", "a": "cl" + lower(r, 23)}) + "." + urlsafe(r, 22),
    ),
    kind("dropbox-access-token", "DROPBOX_ACCESS_TOKEN", lambda r: "sl.u." + urlsafe(r, 140)),
    kind("calcom-api-key", "CALCOM_API_KEY", lambda r: "cal_live_" + hexa(r, 32)),
    kind("readme-api-key", "README_API_KEY", lambda r: "rdme_" + lower(r, 70)),
    kind("riot-api-key", "RIOT_API_KEY", lambda r: "RGAPI-" + uuid(r)),
    kind("metabase-api-key", "METABASE_API_KEY", lambda r: "mb_" + b64(r, 32)),
    named("statsig-secret", "STATSIG_SERVER_SECRET", lambda r: "secret-" + alnum(r, 43)),
    named("onesignal-api-key", "ONESIGNAL_REST_API_KEY", lambda r: "os_v2_app_" + chars(r, LOWER + "234567", 103)),
    named("facebook-app-secret", "FACEBOOK_APP_SECRET", lambda r: hexa(r, 32)),
    named("linkedin-client-secret", "LINKEDIN_CLIENT_SECRET", lambda r: "WPL_AP1." + alnum(r, 16) + "." + b64(r, 4)),
    kind("frameio-token", "FRAMEIO_TOKEN", lambda r: "fio-u-" + urlsafe(r, 64)),
]
