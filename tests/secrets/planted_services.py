"""Tokens of services, one of each sort, in a file as people write it. `<b40>` stands for 40 letters and digits."""

from __future__ import annotations

import re
import string
import uuid
import zlib
from random import Random

_LETTERS = {
    "b": string.ascii_letters + string.digits,
    "w": string.ascii_letters + string.digits + "_-",
    "a": string.ascii_letters,
    "h": string.digits + "abcdef",
    "H": string.digits + "ABCDEF",
    "l": string.ascii_lowercase + string.digits,
    "L": string.ascii_uppercase + string.digits,
    "s": string.ascii_lowercase + "234567",
    "d": string.digits,
}
_FIELD = re.compile(r"<(u|[bwahHlLsd]\d+)>")

SERVICES = [
    ("groq", "srv/chat/.env", "GROQ_API_KEY=«gsk_<b52>»\nPORT=80\n"),
    ("perplexity", "srv/chat/search.py", 'client = OpenAI(api_key="«pplx-<b48>»", base_url=URL)\n'),
    ("replicate", "srv/chat/run.sh", "export REPLICATE_API_TOKEN=«r8_<b37>»\n"),
    ("together", "srv/chat/together.yaml", "provider:\n  key: «tgp_v1_<w43>»\n"),
    ("mistral", "srv/chat/mistral.env", "MISTRAL_API_KEY=«<b32>»\n"),
    ("cohere", "srv/chat/cohere.env", "CO_API_KEY=«<b40>»\n"),
    ("xai", "srv/chat/grok.json", '{"key": "«xai-<b80>»"}\n'),
    ("deepseek", "srv/chat/deep.py", 'KEY = "«sk-<h32>»"\n'),
    ("openrouter", "srv/chat/router.ts", "const key = '«sk-or-v1-<h64>»';\n"),
    ("elevenlabs", "srv/voice/app.env", 'ELEVENLABS_API_KEY="«sk_<h48>»"\n'),
    ("assemblyai", "srv/voice/hear.env", "ASSEMBLYAI_API_KEY=«<h32>»\n"),
    ("deepgram", "srv/voice/deep.env", "DEEPGRAM_API_KEY=«<h40>»\n"),
    ("pinecone", "srv/chat/vectors.py", 'pc = Pinecone(api_key="«pcsk_<b6>_<b63>»")\n'),
    ("weights and biases", "srv/train/job.sh", "export WANDB_API_KEY=«wandb_v1_<b27>_<b49>»\n"),
    ("weights and biases, old", "srv/train/job.env", "WANDB_API_KEY=«<h40>»\n"),
    ("langsmith", "srv/chat/trace.env", "LANGSMITH_API_KEY=«lsv2_pt_<h32>_<h10>»\n"),
    ("langfuse", "srv/chat/langfuse.yml", "secret: «sk-lf-<u>»\n"),
    ("nvidia", "srv/chat/nim.sh", "docker login nvcr.io\nKEY=«nvapi-<w64>»\n"),
    ("cerebras", "srv/chat/fast.py", 'Cerebras(api_key="«csk-<l48>»")\n'),
    ("jina", "srv/chat/reader.py", 'H = {"Authorization": "Bearer «jina_<h32><w28>»"}\n'),
    ("tavily", "srv/chat/tavily.py", 'TavilyClient("«tvly-dev-<b32>»")\n'),
    ("firecrawl", "srv/chat/crawl.py", 'FirecrawlApp("«fc-<h32>»")\n'),
    ("llamacloud", "srv/chat/parse.py", 'LlamaParse(api_key="«llx-<b48>»")\n'),
    ("apify", "srv/crawl/actor.json", '{"token": "«apify_api_<b36>»"}\n'),
    ("e2b", "srv/chat/sandbox.py", 'Sandbox(api_key="«e2b_<h40>»")\n'),
    ("helicone", "srv/chat/helicone.ts", 'const h = "Bearer «sk-helicone-<s7>-<s7>-<s7>-<s7>»";\n'),
    ("modal", "root/.modal.toml", '[acme]\ntoken_id = "ak-1"\ntoken_secret = "«as-<b22>»"\n'),
    ("webhook secret", "srv/shop/stripe.env", "STRIPE_WEBHOOK=«whsec_<b32>»\n"),
    ("paystack", "srv/shop/paystack.php", "<?php $k = '«sk_live_<h40>»';\n"),
    ("adyen", "srv/shop/adyen.js", "config.apiKey = '«AQEyhmfx<b82>==-<b43>=-<b16>»';\n"),
    ("braintree", "srv/shop/braintree.rb", 'Gateway.new("«access_token$production$<l16>$<h32>»")\n'),
    ("plaid", "srv/bank/items.csv", "item,token\n1,«access-production-<u>»\n"),
    ("plaid secret", "srv/bank/app.env", "PLAID_SECRET=«<h30>»\n"),
    ("mollie", "srv/shop/mollie.php", '<?php $mollie->setApiKey("«live_<b30>»");\n'),
    ("lob", "srv/post/lob.js", "Lob('«live_<h35>»')\n"),
    ("paddle", "srv/shop/paddle.json", '{"k": "«pdl_live_apikey_01<l24>_<b22>_<b3>»"}\n'),
    ("razorpay", "srv/shop/razorpay.env", "RAZORPAY_KEY_SECRET=«<b24>»\n"),
    ("xendit", "srv/shop/xendit.php", "<?php Xendit::setApiKey('«xnd_production_<b58>»');\n"),
    ("mercado pago", "srv/shop/mp.py", 'SDK("«APP_USR-<d16>-<d6>-<h32>-<d9>»")\n'),
    ("cashfree", "srv/shop/cashfree.js", 'Cashfree.X = "«cfsk_ma_prod_<h32>_<h8>»";\n'),
    ("shippo", "srv/post/shippo.js", 'h = "ShippoToken «shippo_live_<h40>»"\n'),
    ("easypost", "srv/post/easypost.rb", 'EasyPost.key = "«EZAK<b54>»"\n'),
    ("brevo", "srv/mail/brevo.js", 'x = "«xkeysib-<h64>-<b16>»";\n'),
    ("mailchimp", "srv/mail/list.env", "MAILCHIMP_API_KEY=«<h32>-us7»\n"),
    ("resend", "srv/mail/resend.env", "RESEND_API_KEY=«re_<b8>_<b24>»\n"),
    ("postmark", "srv/mail/postmark.env", "POSTMARK_SERVER_TOKEN=«<u>»\n"),
    ("mailersend", "srv/mail/ms.js", 'new MailerSend({ k: "«mlsn.<h64>»" });\n'),
    ("twilio key", "srv/sms/twilio.env", "TWILIO_API_SECRET=«<b32>»\n"),
    ("telnyx", "srv/sms/telnyx.php", "<?php Telnyx::setApiKey('«KEY01<H30>_<b22>»');\n"),
    ("onesignal", "srv/push/send.php", "<?php $h = 'Key «os_v2_app_<s103>»';\n"),
    ("nylas", "srv/mail/nylas.ts", "const k = '«nyk_v0_<b64>»';\n"),
    ("discord bot", "srv/bot/.env", "DISCORD_TOKEN=«MT<b24>.<b6>.<b38>»\n"),
    (
        "teams",
        "srv/bot/teams.sh",
        "curl https://acme.webhook.office.com/webhookb2/<u>@<u>/IncomingWebhook/«<h32>/<u>»\n",
    ),
    (
        "logic app",
        "srv/bot/flow.sh",
        "curl 'https://prod-07.westeurope.logic.azure.com:443/workflows/<h32>/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=«<w43>»'\n",
    ),
    ("dingtalk", "srv/bot/ding.sh", "curl 'https://oapi.dingtalk.com/robot/send?access_token=«<h64>»'\n"),
    ("wecom", "srv/bot/wecom.sh", "curl 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=«<u>»'\n"),
    ("feishu", "srv/bot/feishu.sh", "curl https://open.feishu.cn/open-apis/bot/v2/hook/«<u>»\n"),
    ("matrix", "srv/bot/matrix.txt", "login ok\n«syt_Ym90_<a20>_<crc>»\n"),
    ("atlas", "srv/db/atlas.tf", 's = "«mdb_sa_sk_<w40>»"\n'),
    ("aiven", "srv/db/aiven.json", '{"pw": "«AVNS_<b19>»"}\n'),
    ("astra", "srv/db/astra.py", 'DataAPIClient("«AstraCS:<a24>:<h64>»")\n'),
    ("cockroach", "srv/db/main.tf", 'provider "cockroach" {\n  k = "«CCDB1_<b22>_<b40>»"\n}\n'),
    ("airtable", "srv/app/airtable.env", "AIRTABLE_TOKEN=«pat<b14>.<h64>»\n"),
    ("influx", "etc/telegraf/telegraf.d/out.conf", 'influx_token = "«<w86>==»"\n'),
    ("datadog", "etc/dd/agent.env", "DD_API_KEY=«<h32>»\n"),
    ("new relic license", "etc/newrelic-infra.yml", "license: «<h32>FFFFNRAL»\n"),
    ("grafana cloud", "etc/alloy/remote.yml", "basic:\n  pw: «glc_eyJ<b120>»\n"),
    ("sentry user", "root/.sentryclirc", "[auth]\nt=«sntryu_<h64>»\n"),
    ("honeycomb", "etc/otel/otel.yaml", "x-honeycomb-team: «hcaik_01<l56>»\n"),
    ("axiom", "etc/vector/vector.toml", 'x = "«xaat-<u>»"\n'),
    ("sumo logic", "etc/fluent/sumo.conf", "url https://c.us2.sumologic.com/receiver/v1/http/«<w120>==»\n"),
    ("posthog", "srv/app/posthog.ts", "const k = '«phx_<b43>»';\n"),
    ("notion, old", "srv/app/notion.js", "new Client({ auth: '«secret_<b43>»' });\n"),
    ("clickup", "srv/app/clickup.py", 'H = {"A": "«pk_<d8>_<L32>»"}\n'),
    ("figma", "srv/app/figma.js", "x = '«figd_<w40>»'\n"),
    ("contentful", "srv/app/cms.js", "createClient({ t: '«CFPAT-<w43>»' })\n"),
    ("hubspot", "srv/app/hubspot.py", 'Client("«pat-na1-<u>»")\n'),
    ("intercom", "srv/app/intercom.ex", '@t "«dG9rO<b54>=»"\n'),
    ("salesforce", "srv/app/org.txt", "force://PlatformCLI::«5Aep861<b80>»@acme.my.salesforce.com\n"),
    ("okta", "srv/app/okta.sh", "curl -H 'Authorization: SSWS «00<w40>»' $URL\n"),
    ("launchdarkly", "srv/app/flags.env", "LAUNCHDARKLY_SDK_KEY=«sdk-<u>»\n"),
    ("mapbox", "srv/app/map.gradle", 'p = "«sk.eyJ1Ijoi<b60>.<w22>»"\n'),
    ("trello", "srv/app/trello.py", 'T = "«ATTA<h64><H8>»"\n'),
    ("linkedin", "srv/app/linkedin.php", "<?php $s = '«WPL_AP1.<b16>.<b6>==»';\n"),
    ("zoho", "srv/app/zoho.txt", "r «1000.<h32>.<h32>»\n"),
    ("maxmind", "etc/GeoIP.conf", "AccountID 1\nLicense «<b6>_<b29>_mmk»\n"),
    ("inngest", "srv/app/inngest.ts", "serve({ s: '«signkey-prod-<h64>»' })\n"),
]
"""What it is, its path, and the text, with the value in quotes of its own."""


def services(seed: int) -> list[tuple[str, str, bytes, str]]:
    """(sort, path, content, value) of each, made from a seed."""
    rng = Random(seed)
    out = []
    for sort, path, text in SERVICES:
        made = _FIELD.sub(lambda match: _some(match[1], rng), text)
        if "<crc>" in made:
            ahead = made[made.index("«") + 1 : made.index("_<crc>")]
            made = made.replace("<crc>", _digits(zlib.crc32(ahead.encode())))
        value = made[made.index("«") + 1 : made.index("»")]
        out.append((sort, path, made.replace("«", "").replace("»", "").encode(), value))
    return out


def _some(field: str, rng: Random) -> str:
    if field == "u":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    letters, size = _LETTERS[field[0]], int(field[1:])
    return "".join(rng.choices(letters, k=size - 1)) + rng.choice(letters.replace("_", "").replace("-", ""))


def _digits(number: int) -> str:
    letters, out = string.digits + string.ascii_uppercase + string.ascii_lowercase, ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        out = letters[rest] + out
    return out
