"""Networks: VPNs, Wi-Fi, modems, routing, name servers, proxies.

wireguard.com/quickstart; man pages of openvpn(8), ipsec.secrets(5), pppd(8), nm-settings-keyfile(5),
wpa_supplicant.conf(5), iwd.network(5), keepalived.conf(5), rndc.conf(5); docs.haproxy.org; freeradius.org
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.secrets.structured.clusters import decoded
from imagelint.secrets.structured.forms import IS, QUOTED, REST, WORD, Form, forms, inside, line, pairs, whole
from imagelint.secrets.structured.value import GENERAL, HASH, Reader, Value

WIREGUARD, IPSEC = "wireguard-key", "ipsec-secret"
_KEY = r"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"
"""32 bytes in base64."""
_WIREGUARD = forms(Form(rf"^[ \t]*(?:PrivateKey|PresharedKey){IS}{_KEY}", WIREGUARD, "PrivateKey", formed=True))
_OPENVPN = forms(Form(r"<auth-user-pass>\s{0,8}[^\s<]{1,200}\r?\n([^\s<][^\r\n<]{0,200}?)[ \t]*\r?$"))
_TWO_LINES = Lazy(r"([\w.@\\+-]{1,100})[ \t]*\r?\n([^\s\"'<#;{}=][^\s<>{}]{0,200})[ \t]*\s*\Z")


def login(text: str) -> Iterator[Value]:
    """OpenVPN's auth-user-pass: a user's name, and below it the password."""
    if match := _TWO_LINES.match(text):
        yield Value(*match.span(2))


_LINE = Lazy(
    r"^(?![ \t]*#)[^\"#\r\n]{0,200}?:[ \t]*(PSK|EAP|XAUTH|NTLM|PPK|RSA|ECDSA|PKCS8|PIN)[ \t]+([^\r\n]{1,1024})", 8
)
_WORDS = Lazy(r"\"([^\"\r\n]{1,512})\"?|'([^'\r\n]{1,512})'?|#|(%\w+|[^\s\"'#][^\s]{0,511})")


def ipsec(text: str) -> Iterator[Value]:
    """The last word behind the kind: ahead of it may stand a user or a file."""
    for found in _LINE.finditer(text):
        words = []
        for word in _WORDS.finditer(text, *found.span(2)):
            if word[0] == "#":
                break
            words.append(word.span(word.lastindex or 0))
        if not words or (found[1] in ("RSA", "ECDSA", "PKCS8", "PIN") and len(words) < 2):
            continue
        for start, end in words[:-1]:
            yield Value(start, end, IPSEC, "user", dropped="name")
        start, end = words[-1]
        if text[start] == "%":
            continue
        encoded = text[start : start + 2] == "0s" and decoded(text[start + 2 : end])
        yield Value(start, end, IPSEC, found[1], formed=text[start : start + 2] in ("0s", "0x"), meaning=encoded or "")


_CHAP = Form(
    rf"^[ \t]*(?:\"[^\"\r\n]{{0,128}}\"|[^\s#\"]\S{{0,128}})[ \t]+(?:\"[^\"\r\n]{{0,128}}\"|\S{{1,128}})[ \t]+"
    rf"(?!@/)(?:{QUOTED}|{WORD})"
)
_NM = pairs(r"psk|password|.*-password|.*[-_]secret|leap-password|wep-key\d|private-key|preshared-key|pin")
_XAUTH = line(r"(?:Xauth|IPSec)[ \t]+(?:password|secret)[ \t]*=", value=REST)
_WPA = forms(
    line(r"(?:psk|sae_password|password|private_key2?_passwd|pin)=", value=r"([^\s\"'#][^\s]{0,200})"),
    line(r"wep_key\d=", name="wep_key", value=r"([0-9a-fA-F]{10,58})(?=\s)", formed=True),
)
_BRACES = forms(line(r"secret[ \t]*=?[ \t]*", name="secret", value=r"([^\s\"';{}#]{3,200})"))
_TSIG = forms(inside(r"\bsecret[ \t]+\"?([\w+/]{8,200}={0,2})\"?[ \t]*;", name="secret", formed=True))
_ROUTING = forms(
    Form(r"^[ \t]*(?:neighbor[ \t]+\S{1,64}[ \t]+)?password[ \t]+(?!\d[ \t])([^\s]{1,80})"),
    Form(r"^[ \t]*enable[ \t]+password[ \t]+(?!\d[ \t])([^\s]{1,80})"),
    Form(r"^[ \t]*ip[ \t]+ospf[ \t]+(?:authentication-key|message-digest-key[ \t]+\d+[ \t]+md5)[ \t]+([^\s]{1,80})"),
)
_HAPROXY = forms(
    inside(r"\binsecure-password[ \t]+([^\s]{1,200})"), inside(r"\bstats[ \t]+auth[ \t]+[^\s:]{1,64}:([^\s]{1,200})")
)
_SQUID = forms(
    inside(r"\blogin=[^\s:=]{1,64}:([^\s]{1,200})"),
    inside(r"\bcachemgr_passwd[ \t]+(?!none\b|disable\b)([^\s]{1,200})"),
)
_PROXY = forms(Form(r"^[ \t]*(?:socks[45]|http)[ \t]+\S{1,128}[ \t]+\d{1,5}[ \t]+\S{1,64}[ \t]+([^\s#]{1,128})"))
_RADIUS = forms(inside(r"\bCleartext-Password[ \t]*:?=[ \t]*[\"']([^\"'\r\n]{1,200})"))

READERS: dict[str, Reader] = {
    "wireguard/* amnezia/* wg0.conf *.netdev": _WIREGUARD,
    "wireguard/privatekey wireguard/private.key wireguard/server_private.key wireguard/presharedkey "
    "wireguard/*.key wireguard/*.priv wireguard/*.psk": whole(WIREGUARD, _KEY[1:-1], formed=True),
    "*.ovpn openvpn/* openvpn/client/* openvpn/server/*": _OPENVPN,
    "openvpn/*.txt openvpn/auth auth-user-pass openvpn/*/login.conf openvpn/login.conf openvpn/*/auth.txt "
    "openvpn/credentials openvpn/*/credentials openvpn/*.auth": login,
    "ipsec.secrets ipsec.d/* *.secrets": ipsec,
    "swanctl.conf swanctl/conf.d/* freeradius/*/clients.conf raddb/clients.conf clients.conf racoon/psk.txt": _BRACES,
    "chap-secrets pap-secrets srp-secrets": forms(_CHAP),
    "ppp/peers/*": forms(line(r"password[ \t]+")),
    "*.nmconnection system-connections/*": forms(_NM, _XAUTH),
    "wpa_supplicant.conf wpa_supplicant/*": _WPA,
    "hostapd.conf hostapd/*": pairs("wpa_passphrase|wpa_psk|sae_password|wep_key."),
    "iwd/*": pairs("passphrase|presharedkey", formed=False),
    "freeradius/*/users raddb/users mods-config/files/authorize": _RADIUS,
    "frr.conf bgpd.conf ospfd.conf zebra.conf vtysh.conf": _ROUTING,
    "keepalived.conf": forms(line(r"auth_pass[ \t]+")),
    "haproxy.cfg": _HAPROXY,
    "squid.conf": _SQUID,
    "proxychains.conf proxychains4.conf": _PROXY,
    "rndc.key rndc.conf named.conf named.conf.local dhcpd.conf *.tsig": _TSIG,
    "turnserver.conf": forms(
        pairs("static-auth-secret|cli-password"), Form(r"^[ \t]*user=[^\s:]{1,64}:([^\s]{1,200})", GENERAL)
    ),
    "pjsip.conf sip.conf iax.conf manager.conf ari.conf voicemail.conf": pairs("secret|password|remotesecret"),
    "prosody.cfg.lua": pairs(".*secret|.*password"),
    "znc.conf": forms(Form(r"^[ \t]*Hash[ \t]*=[ \t]*([0-9a-f]{32,128})(?=\s)", HASH, formed=True)),
    "netplan/*": pairs("password"),
}
