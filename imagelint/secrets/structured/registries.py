"""Package registries, code hosts and builds.

everything.curl.dev/usingcurl/netrc; docs.npmjs.com/cli/configuring-npm/npmrc; yarnpkg.com/configuration/yarnrc;
python-poetry.org/docs/repositories; getcomposer.org/doc/articles/authentication-for-private-packages.md;
bundler.io/man/bundle-config.1.html; curl.se/docs/manpage.html (--config); git-scm.com/docs/git-credential-store;
hexdocs.pm/hex/Mix.Tasks.Hex.Config.html; docs.snyk.io/developer-tools/snyk-cli/commands/config
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.structured.clusters import tree
from imagelint.secrets.structured.forms import IS, REST, Form, forms, inside, line, pairs, whole
from imagelint.secrets.structured.value import GENERAL, Reader, Value

NETRC = "netrc-password"
_WORDS = Lazy(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"?|[^\s\"]\S*|\n")
_FOLLOWED = frozenset(("machine", "login", "account", "port", "protocol"))


def netrc(text: str) -> Iterator[Value]:
    """Words by pairs; a macro goes to the next empty line."""
    expected, macro, ends = "", False, 0
    for token in _WORDS.finditer(text):
        word = token[0]
        if word == "\n":
            ends += 1
            macro = macro and ends < 2
            continue
        ends = 0
        if macro or (word[0] == "#" and not expected):
            continue
        if expected == "password":
            quotes = 1 if word[0] == '"' else 0
            closed = quotes and len(word) > 1 and word[-1] == '"'
            yield Value(token.start() + quotes, token.end() - (1 if closed else 0), NETRC)
            expected = ""
        elif expected:
            expected = ""
        elif word == "macdef":
            macro = True
        elif word == "password" or word in _FOLLOWED:
            expected = word


_TOKEN_OF_USER = Form(r"^[^\r\n]{0,200}?https?://([A-Za-z0-9_.~-]{20,255})@", "url-credentials", "token")
"""A URL whose user is the token."""
BASIC = inside(r"(?:authorization|proxy-authorization)[\"']?[:=]?[ \t]*[\"']?basic[ \t]+([\w+/]{12,400}={0,2})",
              name="authorization", formed=True)  # fmt: skip
_NPMRC = forms(
    line(rf"(?:[^\s=]{{1,200}}:)?_auth{IS}", "npmrc-basic-auth", "_auth", value=REST, formed=True),
    line(rf"(?:[^\s=]{{1,200}}:)?(?:_authToken|_password){IS}", name="_authToken", value=REST),
)
_URLS = forms(_TOKEN_OF_USER)
_AUTH_JSON = forms(
    tree({
        r"http-basic/[^/]+/password": GENERAL,
        r"(?:bearer|gitlab-token|github-oauth)/[^/]+": GENERAL,
        r"gitlab-token/[^/]+/token": GENERAL,
        r"bitbucket-oauth/[^/]+/consumer-secret": GENERAL,
    })
)  # fmt: skip

_GIT = forms(_TOKEN_OF_USER, BASIC, pairs("smtp_?pass"))
_CURL = Form(
    r"^[ \t]*(?:-[uU]|(?:--)?(?:proxy-)?user(?![\w-]))[ \t]*[=:]?[ \t]*"
    r"(?:\"[^\s:\"]{1,128}:((?:[^\"\\\r\n]|\\.){1,256})\"|[^\s:\"]{1,128}:([^\s\"]{1,256}))"
)
_HEX = Form(
    r"(?:\b(?:api_key|auth_key)|\$(?:write|read)_key'?)[ \t]*(?:,|=>)[ \t]*<<\"([0-9a-f]{32})\">>",
    "hex-api-key", "api_key", formed=True,
)  # fmt: skip
_CARGO = pairs("token")
_MASTER_KEY = whole("jenkins-master-key", r"[0-9a-f]{256}", formed=True)
_POETRY = forms(
    pairs("password"),
    Form(r"^\[pypi-token\][^\[]{0,200}?^[\w.-]{1,64}[ \t]*=[ \t]*\"([^\"\r\n]{8,300})\"", name="token"),
)

READERS: dict[str, Reader] = {
    ".netrc _netrc apt/auth.conf auth.conf.d/*": netrc,
    ".npmrc etc/npmrc": _NPMRC,
    ".yarnrc": forms(line(r"\"?[^\s\"]{1,200}:_(?:authToken|password|auth)\"?[ \t]+", name="_authToken")),
    ".yarnrc.yml": forms(
        tree({"npmAuthToken|npmScopes/[^/]+/npmAuthToken|npmRegistries/[^/]+/npmAuthToken": GENERAL}),
        Form(r"npmAuthIdent:[ \t]*[\"']?[^\s:\"']{1,64}:([^\s\"']{1,256}?)[\"']?\s*$"),
    ),
    ".bunfig.toml": pairs("token"),
    "pip.conf pip.ini .git-credentials": forms(_TOKEN_OF_USER),
    ".git/config .gitconfig etc/gitconfig": _GIT,
    ".curlrc _curlrc": forms(_CURL),
    "hex/hex.config .hex/hex.config": forms(_HEX),
    "configstore/snyk.json": forms(tree({"api": "snyk-token"}, formed="api")),
    "pypoetry/auth.toml": _POETRY,
    "composer/auth.json .composer/auth.json": _AUTH_JSON,
    ".bundle/config bundle/config": forms(
        Form(r"^BUNDLE_\w{1,120}:[ \t]*[\"']?[^\s:\"'/]{1,64}:([^\s\"'/@]{1,256})[\"']?\s*$")
    ),
    ".gem/credentials": forms(line(r":[\w.-]{1,64}:[ \t]+", name="token")),
    ".cargo/credentials.toml .cargo/credentials": _CARGO,
    "secrets/master.key": _MASTER_KEY,
    "svn.simple/*": forms(Form(r"^password\r?\nV \d+\r?\n([^\r\n]{1,512})")),
    "svn/conf/passwd": forms(Form(r"^[ \t]*[^\s\[#=]{1,64}[ \t]*=[ \t]*([^\s][^\r\n]{0,200}?)[ \t\r]*$")),
    "gradle.properties": pairs(),
    "credentials.tfrc.json": forms(tree({"credentials/[^/]+/token": GENERAL})),
}
