"""Random values by name, for the templates of data/: `{HEX:40}` is 40 hexadecimal digits. Everything comes from one
generator of random numbers, so a seed gives the same text for ever."""

from __future__ import annotations

import base64
import random
import string
import uuid
import zlib
from collections.abc import Callable
from functools import partial

from tests.labelled import keys

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ALPHABETS = {
    "HEX": "0123456789abcdef",
    "UHEX": "0123456789ABCDEF",
    "ALNUM": string.ascii_letters + string.digits,
    "ALPHA": string.ascii_letters,
    "LOWER": string.ascii_lowercase + string.digits,
    "SMALL": string.ascii_lowercase,
    "UPPER": string.ascii_uppercase + string.digits,
    "B32": string.ascii_uppercase + "234567",
    "B32L": string.ascii_lowercase + "234567",
    "B64C": string.ascii_letters + string.digits + "+/",
    "URLC": string.ascii_letters + string.digits + "-_",
    "DIG": string.digits,
    "B58": "".join(sorted(set(string.ascii_letters + string.digits) - set("0OIl"))),
    "SUFFIX": "bcdfghjklmnp" + "qrstvwxz2456789",
}
WORDS = """amber anchor apple arrow autumn badger bamboo banana basket beacon birch blanket bottle breeze bridge bronze
butter candle canyon carbon castle cedar cherry circus clover coffee copper coral cotton crystal desert dragon eagle
ember falcon feather ferry forest galaxy garden ginger glacier granite harbor hazel hornet island jasmine jungle kettle
lagoon lantern lemon lizard magnet maple marble meadow mellow meteor monkey mustard nectar nickel ocean olive orange
orchid oyster panda papaya pebble pepper pigeon planet poppy prairie purple quartz rabbit raven ribbon river rocket
saddle saffron salmon shadow silver sparrow spider spring sunset tango thunder tiger timber tulip turtle umbrella velvet
violet walnut whisper willow winter yellow zebra""".split()
SERVICES = """billing catalog checkout gateway inventory ledger mailer metrics orders payments reports scheduler search
shipping signup storefront support tickets users webhooks""".split()
PEOPLE = "alice bjorn carla dmitri elena farid greta hiro irene jonas katya lars maria nadia oscar paula".split()
PACKAGES = """accepts body-parser chalk commander debug express fast-glob glob-parent has-flag inherits js-yaml kind-of
lodash minimist nanoid once picomatch qs rimraf semver supports-color tslib uuid which yargs""".split()

rng = random.Random(0)


def chars(alphabet: str, count: int) -> str:
    """So many of an alphabet."""
    return "".join(rng.choices(alphabet, k=count))


def sized(alphabet: str, count: str) -> str:
    """The same, with the number as a template has it."""
    return chars(alphabet, int(count))


def base64_of(size: str) -> str:
    """Random bytes in base64, padded."""
    return base64.b64encode(rng.randbytes(int(size))).decode()


def url64(data: bytes) -> str:
    """base64url without padding, as in a JWT."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_crc(text: str) -> str:
    """GitHub's and npm's check digits: the CRC-32 of the random part in six digits of base 62 (GitHub's engineering
    blog, 2021-04-05, "Behind GitHub's new authentication token formats")."""
    body = chars(BASE62, int(text))
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return body + digits.rjust(6, "0")


def grafana(text: str) -> str:
    """Behind a service account token stands the CRC-32 of it, lowest byte first (grafana/grafana,
    pkg/components/satokengen)."""
    body = "glsa_" + chars(ALPHABETS["ALNUM"], int(text))
    return f"{body}_{zlib.crc32(body.encode()).to_bytes(4, 'little').hex()}"


def human(_: str = "") -> str:
    """A password that somebody thought of."""
    one, two, person = rng.choice(WORDS), rng.choice(WORDS), rng.choice(PEOPLE)
    leet = one.translate(str.maketrans("aeoi", "4301"))
    return rng.choice(
        [
            f"{one.title()}{rng.randint(2015, 2026)}!",
            f"{one}{rng.randint(10, 9999)}",
            f"{one}-{two}-{rng.randint(10, 99)}",
            f"{leet.title()}#{rng.randint(1, 99)}",
            f"{person}{rng.randint(1960, 2009)}",
            f"{one.title()}{two.title()}{rng.randint(1, 9)}",
            f"{two.title()}@{rng.randint(100, 999)}",
            f"my{one.title()}.{two}{rng.randint(1, 99)}",
            f"{one[:4]}{rng.choice('!+=%')}{rng.randint(10, 99)}{two[:4].upper()}",
        ]
    )


def generated(_: str = "") -> str:
    """A password that a program made."""
    signed = (
        chars(ALPHABETS["ALNUM"], 4) + rng.choice("!%+=_^") + chars(ALPHABETS["ALNUM"] + "!%+=_^.-", rng.randint(6, 18))
    )
    return rng.choice(
        [
            chars(ALPHABETS["ALNUM"], rng.randint(10, 32)),
            signed,
            chars(ALPHABETS["HEX"], rng.choice([24, 32, 40, 64])),
            base64_of(str(rng.choice([16, 18, 24, 32]))),
            "-".join(chars(ALPHABETS["ALNUM"], 6) for _ in range(3)),
        ]
    )


def password(_: str = "") -> str:
    """Half of each style; begins with a letter or a digit and needs no quotes in shell, YAML or INI."""
    return human() if rng.random() < 0.5 else generated()


def url_password(_: str = "") -> str:
    """A password as it stands in a URL: nothing there that has to be escaped, or it is escaped."""
    word = rng.choice(WORDS)
    return rng.choice(
        [
            chars(ALPHABETS["ALNUM"], rng.randint(9, 28)),
            f"{word.title()}%21{rng.randint(10, 9999)}",
            f"{word}{rng.randint(10, 9999)}",
            f"{word}-{rng.choice(WORDS)}.{rng.randint(1, 99)}",
            chars(ALPHABETS["HEX"], 32),
        ]
    )


def quoted_password(_: str = "") -> str:
    """A password that would need quotes."""
    return (
        chars(ALPHABETS["ALNUM"], 3)
        + chars(ALPHABETS["ALNUM"] + "!#&()*;:?@|~,", rng.randint(7, 17))
        + chars(ALPHABETS["DIG"], 2)
    )


def jwt(kind: str) -> str:
    """A signed token (RFC 7519); `far` does not expire for decades."""
    head = url64(b'{"alg":"HS256","typ":"JWT"}')
    claims = f'"sub":"{rng.randint(1000, 99999)}","role":"{kind or "service"}","iat":1735689600,"exp":4102444800'
    body = url64(f"{{{claims}}}".encode())
    return f"{head}.{body}.{url64(rng.randbytes(32))}"


def macaroon(_: str) -> str:
    """An API token of the Python package index: a version 2 macaroon (libmacaroons, doc/format.txt) behind a prefix."""
    place = ".".join(("pypi", "org")).encode()
    name = str(uuid.UUID(int=rng.getrandbits(128), version=4)).encode()
    caveat = b'[3, "' + name + b'"]'
    parts = [b"\x02\x01", bytes([len(place)]), place, b"\x02", bytes([len(name)]), name, b"\x00"]
    parts += [b"\x02", bytes([len(caveat)]), caveat, b"\x00\x00\x06\x20", rng.randbytes(32)]
    return url64(b"".join(parts))


def folded(size: str) -> str:
    """base64 in lines of 64."""
    return keys.lines(rng.randbytes(int(size)))


GENERATORS: dict[str, Callable[[str], str]] = {
    **{name: partial(sized, alphabet) for name, alphabet in ALPHABETS.items()},
    "B64": base64_of,
    "B64U": lambda size: url64(rng.randbytes(int(size))),
    "B64T": lambda text: base64.b64encode(text.encode()).decode(),
    "B64PW": lambda _: base64.b64encode(password().encode()).decode(),
    "MAPBOX": lambda _: url64(f'{{"u":"{rng.choice(PEOPLE)}","a":"c{chars(ALPHABETS["LOWER"], 24)}"}}'.encode()),
    "BASIC": lambda _: base64.b64encode(f"{rng.choice(PEOPLE)}:{password()}".encode()).decode(),
    "UUID": lambda _: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "UUUID": lambda _: str(uuid.UUID(int=rng.getrandbits(128), version=4)).upper(),
    "CRC": with_crc,
    "GRAFANA": grafana,
    "WORD": lambda _: rng.choice(WORDS),
    "CAP": lambda _: rng.choice(WORDS).title(),
    "SVC": lambda _: rng.choice(SERVICES),
    "WHO": lambda _: rng.choice(PEOPLE),
    "PKG": lambda _: rng.choice(PACKAGES),
    "INT": lambda span: str(rng.randint(*map(int, (span or "1-999").split("-")))),
    "VER": lambda _: f"{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 20)}",
    "DAY": lambda _: f"202{rng.randint(0, 5)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "TIME": lambda _: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
    "ZONE": lambda _: f"{rng.choice(WORDS)}.{rng.choice(['lan', 'corp', 'internal', 'cloud'])}",
    "IP": lambda _: f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
    "PICK": lambda choices: rng.choice(choices.split("|")),
    "PW": password,
    "HUMAN": human,
    "GEN": generated,
    "SHORT": lambda _: chars(ALPHABETS["LOWER"], 3) + chars(ALPHABETS["ALNUM"], rng.randint(3, 5)),
    "URLPW": url_password,
    "QPW": quoted_password,
    "JWT": jwt,
    "MACAROON": macaroon,
    "COLONS": lambda size: ":".join(chars(ALPHABETS["UHEX"], 2) for _ in range(int(size))),
    "BLOCK": folded,
    "PEM": lambda kind: keys.pem(rng, kind),
    "PEMESC": lambda kind: keys.pem(rng, kind).rstrip("\n").replace("\n", "\\n"),
    "PEM64": lambda kind: base64.b64encode(keys.pem(rng, kind).encode()).decode(),
    "PUBLIC": lambda kind: keys.public(rng, kind),
    "AGE": lambda _: keys.age(rng),
    "HASH": lambda kind: keys.crypt(rng, kind),
}
