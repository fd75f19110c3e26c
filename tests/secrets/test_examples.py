"""What is published, shown or only named is no secret; the same value elsewhere is one."""

from __future__ import annotations

from hashlib import sha256

import pytest

from imagelint.findings import Severity
from imagelint.secrets import keys, kinds, known
from imagelint.secrets.confirm import Candidate, Detector
from imagelint.secrets.severity import severity_of
from tests.dockerfile.linting import findings
from tests.secrets.samples import SIGNS, generated, reported, through_windows
from tests.secrets.test_keys import BLOCKS, DRESSES

NAME = "pass" + "word"
VALUE = generated(5)


def drops(detector: Detector, text: str, path: str) -> list[str]:
    """Why the first candidate is dropped, after both ways agree that it is."""
    assert reported(detector, text, path) == through_windows(detector, text, path) == []
    return [candidate.dropped for candidate in detector.text(text, path)][:1]


@pytest.mark.parametrize(
    ("path", "around"),
    [
        ("app/README.md", "For example:\n\n    {}\n"),
        ("usr/lib/x-1.0.dist-info/METADATA", "Example\n-------\n{}\n"),
        ("data/iam/examples-1.json", '{{"description": "The following example",\n{}\n}}'),
        ("app/tests/client.py", "class ClientTest(TestCase):\n    {}\n"),
        ("src/client_test.go", "func TestLogin(t *testing.T) {{\n{}\n}}"),
        ("app/client.py", '    """Connect.\n\n    >>> connect(\n    {}\n    ... )\n'),
        ("app/client.py", '    """Connect.\n\n    Example 2 - with encryption::\n\n        {}\n'),
        ("app/client.py", '    """Connect.\r\n\r\n    Example::\r\n\r\n        {}\r\n'),
    ],
)
def test_an_example_says_so(detector: Detector, path: str, around: str) -> None:
    text = around.format(f'"{NAME}": "{VALUE}"')
    assert drops(detector, text, path) == ["example"]
    plain = text
    for word in ("example", "Example", "TestCase", "TestLogin", ">>>"):
        plain = plain.replace(word, "thing")
    plain = plain.replace("func thing", "var x ")
    assert [c.value for c in reported(detector, plain, path.replace("examples", "things"))] == [VALUE]


@pytest.mark.parametrize("path", ["srv/module.py", "srv/__pycache__/module.cpython-311.pyc"])
def test_yaml_in_python_is_a_docstring(detector: Detector, path: str) -> None:
    told = f"- name: log in\n  acme.login:\n    user: me\n    {NAME}: "
    assert drops(detector, f'{told}"{VALUE}"\n', path) == ["example"]
    for text in (f'{{"user": "me",\n "{NAME}": "{VALUE}"}}\n', f'login(user="me",\n    {NAME}="{VALUE}")\n'):
        assert [c.value for c in reported(detector, text, path)] == [VALUE]
    for other in ("srv/login.yml", "srv/login.js"):
        assert [c.value for c in reported(detector, f'{told}"{VALUE}"\n', other)] == [VALUE]


@pytest.mark.parametrize("path", ["srv/app/.env", "srv/app/config.yml", "Dockerfile", "srv/app/main.py"])
def test_a_word_in_a_comment_makes_no_example_of_configuration_and_code(detector: Detector, path: str) -> None:
    text = f'# for example\n{NAME.upper()}="{VALUE}"\n'
    assert [c.value for c in reported(detector, text, path)] == [VALUE]
    assert [c.value for c in through_windows(detector, text, path)] == [VALUE]


def test_a_vendors_token_is_one_in_an_example_too(detector: Detector) -> None:
    token = "AK" + "IA" + "Q3EGRZ7N" * 2
    assert [c.value for c in reported(detector, f"For example {token}", "README.md")] == [token]


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a.json", '"api_token": "2016-09-08T21:47:36Z"', "time"),
        ("a.json", '"api_token": "Jobs[-1].JobId"', "code"),
        ("a.json", '"api_token": "eyJ2IjoiMSIsInMiOjEsImMiOi..."', "placeholder"),
        ("a.json", '"api_token": "c9adb218-3222-4889-8216-0cf0e52dc37e:"', "uuid"),
        ("a.py", f'"AWS::AppSync::ApiKey": "{0x3D104EA0BE48564B:x}"', "type-name"),
        ("a.json", '"x": "arn:aws:secretsmanager:us-west-2:123456789012:secret:MyTest-a1b2c3"', "reference"),
        ("a.sh", "rake user:{}:regenerate", "identifier"),
        ("a.py", 'STORAGE_V1_CLIENT_KEY = "storage' + '_v1_client"', "says-its-name"),
        ("a.fish", "-n '__fish_using force:user:{}:generate-all'", "identifier"),
        ("a.json", '["{}", "multiline9", "email"]', "list"),
        ("a.json", '"Output":"--- PASS: TestVet/5"', "test-report"),
        ("a.conf", "ciphers = HIGH:!PSK:!RC4:!ADH:!LOW@STRENGTH", "ciphers"),
        ("a.conf", "{} = &session-state:Tmp-Integer-0", "reference"),
        ("a.conf", "{} = %{string:Tmp-String-0}", "reference"),
        ("a.js", '{token:"string.$S2.delim"}', "identifier"),
        ("a.py", '"v1_secret": ".models.v1_secret"', "identifier"),
        ("a.py", 'token: "List[StorageV1TokenRequest]"', "identifier"),
    ],
)
def test_a_value_that_is_none(detector: Detector, path: str, text: str, why: str) -> None:
    assert drops(detector, text.replace("{}", NAME), path) == [why]


@pytest.mark.parametrize(
    "text",
    [
        'CMD ["app", "--{}", "SIGNS"]',
        'subprocess.run(["app", "--{}", "SIGNS"])',
        "define('DB_{}', 'SIGNS');",
        'os.environ.setdefault("DB_{}", "SIGNS")',
        'setenv( "DB_{}", "SIGNS", 1);',
        'exec("redis-server", "--requirepass", "SIGNS")',
    ],
)
def test_a_list_that_is_a_call_or_a_command_sets_a_password(detector: Detector, text: str) -> None:
    value = generated(8, 20)
    for path in ("Dockerfile", "app/main.py"):
        full = text.replace("{}", NAME).replace("SIGNS", value)
        assert [c.value for c in reported(detector, full, path)] == [value]


def test_a_password_in_a_url_in_code(detector: Detector) -> None:
    text = f'BROKER = "amqp://worker:{SIGNS}@mq:5672/jobs"'
    assert [c.value for c in reported(detector, text, "app/worker.py")] == [SIGNS]
    login = "postgres:" + "airflow"
    assert reported(detector, f'"postgresql://{login}@postgres/airflow"', "config.yml") == []
    for none in ("a%20" + "secret", "my-pa%2F" + "ssword"):
        assert reported(detector, f'"ldap://root:{none}@ldap.acme.io"', "app/login.py") == []


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", ["rsa", "openssh", "rsa-encrypted"])
def test_a_published_key_is_known_in_every_dress(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, name: str, dress: str
) -> None:
    block = BLOCKS[name][0]
    text = f'key = "{DRESSES[dress](block)}"\n'
    assert len(reported(detector, text, "etc/key")) == 1
    monkeypatch.setattr(known, "_KEYS", frozenset({keys.digest(block)}))
    assert drops(detector, text, "etc/key") == ["known-example"]


def test_no_hash_of_nothing_is_known() -> None:
    assert not known.is_known_key(sha256(b"").hexdigest())
    assert not known.is_known_example("")
    assert not known.is_known_key(keys.digest(BLOCKS["rsa"][0]))


def test_putty_keys_differ() -> None:
    first, second = ("PuTTY-User-Key" + f"-File-2: ssh-rsa\nPrivate-Lines: 1\n{x * 40}\n" for x in "AB")
    assert keys.digest(first) != keys.digest(second)
    assert keys.digest(first) == keys.digest(first.replace("\n", "\r\n"))


def test_a_passphrase_lowers_the_severity_in_a_dockerfile() -> None:
    for name, severity in (("rsa", Severity.ERROR), ("rsa-encrypted", Severity.WARNING)):
        text = f"FROM debian:12\nCOPY <<EOF /etc/key\n{BLOCKS[name][0]}\nEOF\n"
        (found,) = findings(text, "pem-private-key")
        assert (found.rule, found.severity) == ("pem-private-key", severity)


def test_a_passphrase_lowers_the_severity(detector: Detector) -> None:
    rules = {rule.id: rule for rule in detector.patterns.rules}
    for rule, plain, encrypted in (
        ("pem-private-key", Severity.ERROR, Severity.WARNING),
        ("password-hash-in-shadow", Severity.WARNING, Severity.NOTE),
    ):
        assert severity_of(rules[rule], Candidate(rule, VALUE, 0, 1)) is plain
        assert severity_of(rules[rule], Candidate(rule, VALUE, 0, 1, encrypted=True)) is encrypted


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("x/examples-1.json", kinds.PROSE),
        ("x/iam.examples.json", kinds.PROSE),
        ("x/METADATA", kinds.PROSE),
        ("src/client_test.go", kinds.PROSE),
        ("src/app.spec.ts", kinds.PROSE),
        ("src/examples.py.json", kinds.PROSE),
        ("srv/.env.example", kinds.CERTAIN),
        ("src/contest.py", kinds.CODE),
        ("etc/resample.conf", kinds.CONFIG),
    ],
)
def test_names_that_say_example(path: str, kind: str) -> None:
    assert kinds.kind_of(path) == kind
