"""Which key names promise a secret: by their words, never by a substring."""

from __future__ import annotations

from functools import lru_cache

from imagelint.lazy import Lazy

_WORDS = Lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_SECRET = frozenset(
    "password passwd passwort pwd passphrase passcode userpass dbpass dbpassword pass pw secret token apikey "
    "authtoken accesstoken secretkey accesskey privatekey authkey credential creds requirepass masterauth psk "
    "keypass storepass sshpass rootpw bindpw authtok".split()
)
"""A word that makes a name a secret's name by itself."""

_ENDINGS = ("password", "passwd", "passphrase", "apikey", "secret", "authtoken", "accesstoken")
"""`PGPASSWORD`, `dbpasswd`: words that were written together."""

_CHOSEN = frozenset(
    "passphrase pass pwd pw dbpass userpass requirepass masterauth psk keypass storepass sshpass rootpw bindpw "
    "authtok".split()
)

_KEYS = frozenset(
    "api access auth secret private encryption signing master account storage license app client shared service".split()
)
"""Words that make a secret's name when `key` comes next."""

_AFTER = frozenset(
    "file files path paths dir folder url uri endpoint host name names user username id ids sid public length len "
    "size policy expires expiry expired expiration expire ttl age lifetime timeout hash hashed digest algorithm "
    "algo alg count counts limit type types kind format regex pattern label placeholder hint title text message "
    "msg error errors help description prompt field input form ref reference arn version enabled disabled "
    "required optional changed change reset confirm confirmation strength validator validation manager provider "
    "store storage vault mount source backend class index list scope scopes header param parameter prefix suffix "
    "separator rotation min max minimum maximum less per usage budget bytes date time at day days command cmd "
    "helper env var function method property column table template info status state len engine plugin service "
    "issuer audience request response handler protobuf json filename namespace signature claim projection domain "
    "domains block code codes spec specs last used created updated arns address prime modulus arg args".split()
)
"""Words behind the secret word that turn the name away: they tell of the secret, they do not hold it."""

_BEFORE = frozenset(
    "no not has is use uses using enable enabled disable disabled show hide require required requires need needs "
    "allow allowed forgot forgotten reset change changed confirm missing invalid wrong incorrect bad num max min "
    "count next previous prev end start eos bos pad unk cls sep mask special csrf xsrf page continuation sync "
    "lexer parser keyword expected unexpected public foreign primary without get set check validate verify "
    "encrypt hash hashed current new old retype repeat enter condition load import".split()
)
"""Words before it that do the same."""


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """`dbPassword_OLD-2` -> ("db", "password", "old", "2")."""
    return tuple(word.lower() for word in _WORDS.findall(name[:128]))


def is_password_name(name: str) -> bool:
    """Whether people choose such a value; machines make tokens and keys."""
    return any(word in _CHOSEN or "passw" in word for word in words_of(name))


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable or key of this name should hold a secret value."""
    words = words_of(name)
    last = -1
    for place, word in enumerate(words):
        if word in _SECRET or word.endswith(_ENDINGS) or (word == "key" and place and words[place - 1] in _KEYS):
            last = place
    if last < 0:
        return False
    if any(word in _AFTER for word in words[last + 1 :]):
        return False
    return not any(word in _BEFORE for word in words[:last])
