"""`name = value` in real files: what is reported, and what is not, each with the filter that says why."""

from __future__ import annotations

import pytest

from imagelint.secrets.confirm import Detector
from tests.secrets.samples import SIGNS, TOKEN, WORD, reported, through_windows

WORDY = "correct horse " + "battery"
FOUND = [
    ("etc/app.ini", "[db]\npassword = {}", WORD),
    ("etc/my.cnf", "[client]\nuser=root\npassword={}", SIGNS),
    ("root/.m2/settings.xml", "<server><username>ci</username><password>{}</password></server>", SIGNS),
    ("var/www/wp-config.php", "define( 'DB_PASSWORD', '{}' );", SIGNS),
    ("root/.bash_history", "mysql -u root -p{} db", SIGNS),
    ("root/.bash_history", "export API_TOKEN={}", TOKEN),
    ("app/.env", "SECRET_KEY={}", WORDY),
    ("app/.env", 'DB_PASSWORD="{}"', "pass " + "word1"),
    ("app/.env", "POSTGRES_PASSWORD={}", "postgres"),
    ("app/.env", "DB_PASS={}", SIGNS),
    ("app/config.json", '{{"db": {{"password": "{}"}}}}', SIGNS),
    ("app/config.json", '"env": "{{\\"password\\": \\"{}\\"}}"', SIGNS),
    ("app/config.yml", "db:\n  password: {}", SIGNS),
    ("app/config.yml", "- db:password:{}", SIGNS),
    ("app/config.yml", "password: |\n  {}", SIGNS),
    ("app/settings.py", 'DATABASE_PASSWORD = "{}"', SIGNS),
    ("app/appsettings.json", '"ConnectionStrings":{{"d":"Server=db;User Id=sa;Password={};"}}', SIGNS),
    ("app/web.config", '<add key="ApiSecret" value="{}"/>', SIGNS),
    ("app/a.php", "'password' => '{}'", SIGNS),
    ("app/a.php", '$password = "{}";', SIGNS),
    ("app/a.js", 'const apiKey = "{}";', TOKEN),
    ("app/a.go", 'password := "{}"', SIGNS),
    ("app/a.c", 'static const char password[] = "{}";', SIGNS),
    ("app/a.c", 'char db_password[25] = "{}";', SIGNS),
    ("app/a.ts", 'let dbPassword: string = "{}";', SIGNS),
    ("app/a.rs", 'pub const TOKEN_SECRET: &str = "{}";', TOKEN),
    ("app/a.py", 'password = (\n    "{}"\n)', SIGNS),
    ("app/a.py", 'PASSWORD = "{}"', "breeze" + "4994"),
    ("k8s/a.yaml", "- name: DB_PASSWORD\n  value: {}", SIGNS),
    ("k8s/a.yaml", '  - name: DB_PASSWORD\n    value: "{}"', SIGNS),
    ("app/a.json", '{{"name": "API_SECRET", "value": "{}"}}', TOKEN),
    ("app/a-site.xml", "<name>a.ConnectionPassword</name>\n  <value>{}</value>", SIGNS),
    ("app/a.yml", "password: {}", "myDesert" + ".mellow84"),
    ("app/.env", "#export SSHPASS={}", SIGNS),
    ("app/a.py", 'connect("db", auth=("app", "{}"))', "breeze" + "4994"),
    ("app/init.sql", "ALTER ROLE app PASSWORD '{}';", SIGNS),
    ("app/a.go", 'dsn := "host=db user=app password={} dbname=app"', SIGNS),
    ("app/a.go", 'sql.Open("mysql", "app:{}@tcp(db:3306)/app")', SIGNS),
    ("app/a.yml", "Authorization: Bearer {}", TOKEN),
    ("opt/Jenkinsfile", 'sh "docker login -u ci -p {} hub.acme.io"', "breeze" + "4994"),
    ("app/run.sh", "PGPASSWORD={} psql", SIGNS),
    ("app/application.properties", "spring.datasource.password={}", SIGNS),
    ("home/u/.npmrc", "//registry.acme.io/:_password={}", "c3dvcmR" + "maXNoMTI="),
    ("etc/ldap.conf", "bindpw {}", SIGNS),
    ("etc/wpa.conf", 'psk="{}"', SIGNS),
    ("etc/redis/redis.conf", "requirepass {}", WORD),
    ("etc/apt/auth.conf", "machine files.acme.io login y password {}", WORD),
    ("root/.git-credentials", "https://ci:{}@git.acme.io", SIGNS),
    ("Dockerfile", "ENV DB_PASSWORD {}", SIGNS),
    ("Dockerfile", "ENV A=b DB_PASSWORD={} C=d", SIGNS),
    ("Dockerfile", "ENV A=b \\\n    DB_PASSWORD={} \\\n    C=d", SIGNS),
    ("Dockerfile", "ENV DB_PASSWORD=${{PW:-{}}}", "hunter2"),
    ("Dockerfile", "ENV MYSQL_ROOT_PASSWORD={}", "123456"),
    ("Dockerfile", "ENV PASSWORD={}", "changeme"),
    ("Dockerfile", "RUN ./install --password {}", SIGNS),
    ("Dockerfile", "RUN ./install --db-password={}", SIGNS),
    ("Dockerfile", "RUN echo 'user:{}' | chpasswd", SIGNS),
    ("app/a.json", '"db_password": "{}"', "{Zx9kq2:vB7}w"),
    ("app/a.json", '"db_password": "{}"', "{zxkq9[^vBw]7"),
]
DROPPED = [
    ("Dockerfile", "ENV PASSWORD=$PASSWORD", "reference"),
    ("Dockerfile", "ENV PASSWORD=${PASSWORD}", "reference"),
    ("app/a.ts", "if (typeof pass" + "word !== 'string') {", "comparison"),
    ("app/a.c", "if (pass" + 'word != "s3cretx9") {', "comparison"),
    ("app/a.sh", '[ "$pass' + 'word" != "Zx9kq2" ]', "comparison"),
    ("Dockerfile", "ENV PASSWORD=$(cat /run/secrets/pw)", "reference"),
    ("Dockerfile", "ENV PASSWORD=/run/secrets/pw", "path"),
    ("texts.json", '{"text": "docker run -v \\"$PWD:/src\\" app"}', "path"),
    ("Dockerfile", "ENV PASSWORD=<your password>", "reference"),
    ("Dockerfile", "ENV API_KEY=your-api-key", "placeholder"),
    ("Dockerfile", "ENV API_KEY=xxxxxxxx", "repeated"),
    ("Dockerfile", "ENV API_KEY={{ api_key }}", "reference"),
    ("Dockerfile", "ENV TOKEN=true", "no-value"),
    ("Dockerfile", "ENV TOKEN=https://acme.io/token", "url"),
    ("app/a.yml", "password: changeme", "placeholder"),
    ("app/a.js", 'STORAGE_KEY = "acme-studio-ui-state-v1"', "identifier"),
    ("app/a.d.ts", ' * @example Sign in\n * ```javascript\n * clientSecret: "' + TOKEN + '",', "example"),
    ("app/main.js", '  // example: A_KEY="acme://:' + SIGNS + "@acme.io/a,acme://:" + SIGNS + '@acme.io"', "example"),
    ("app/a.yml", "password: string", "no-value"),
    ("app/a.yml", "token: 4711", "number"),
    ("app/ja.json", '"pass": "ドキュメントには少なくとも1つの"', "sentence"),
    ("app/a.min.js", 'throw Error("Unrecognized Token: "+String(w))}if(3!=n.biff&&m>=0&&-1==["PtgAtt"]', "code"),
    ("app/tests/__pycache__/a.cpython-311.pyc", 'PASSWORD = "' + SIGNS + '"', "example"),
    ("app/a.sh", "find $DATA -not -group mysql -print0 | xargs -0 chown mysql", "code"),
    ("app/a.py", 'EXAMPLES = """\n    (?i)password: "' + SIGNS + '"\n', "example"),
    ("app/a.py", 'CREDENTIAL = "{email}/{datestamp}/auto/storage/goog4_request"', "reference"),
    ("app/a.yml", "password: %(password)s", "reference"),
    ("app/texts.json", '"run it with API_TOKEN=ghp_{base62:30}{crc32} as"', "reference"),
    ("app/texts.json", '"\\nENV DB_PASSWORD={word}{digits:4}\\n"', "reference"),
    ("app/a.cs", 'var line = $"password={pin:D4}1";', "reference"),
    ("app/texts.json", '"\\nENV API_TOKEN=\\nENV A=b"', "no-value"),
    ("app/texts.json", '"ENV APP_KEY=base64:"', "no-value"),
    ("app/texts.json", '"requirepass and masterauth are all there is"', "no-value"),
    ("app/rules.json", r'"\bpassword=[^\\s\"]{3,128}\""', "pattern"),
    ("app/rules.json", r'"\bpassword=\\S{3,}"', "pattern"),
    ("app/rules.json", '["password("],["pwd"],["token"]', "code"),
    ("app/a.py", "    # `find -user mysql -print0`", "code"),
    ("app/a.yml", "api_key: db_api_key", "says-its-name"),
    ("app/a.yml", '{}: "Enter your new one"', "placeholder"),
    ("app/a.yml", '{}: "The one of the mailbox"', "sentence"),
    ("app/a.yml", "token: refresh", "word"),
    ("app/a.yml", "password: $2y$10$abcdefghijklmnopqrstuv$x", "hash"),
    ("app/a.sh", 'if [ "${}" = "s3cretx9" ]; then', "comparison"),
    ("app/a.sh", "PASSWORD=a$1", "reference"),
    ("app/a.py", "password = get_password()", "code"),
    ("app/a.py", "password = self.password", "code"),
    ("app/a.py", "password = other", "unquoted"),
    ("app/a.py", 'token = "V2SecretProjection"', "identifier"),
    ("app/a.py", 'token = "a1b2c3d4"', "variety"),
    ("app/a.py", 'token = "[0-9a-f]{32}x"', "pattern"),
    ("usr/share/doc/x/README.md", "password = hunter2x9", "unquoted"),
    ("app/a.yml", "password: !vault.secret app/db", "reference"),
    ("app/a.yml", "- secret: {secretName: app-tls}", "reference"),
    ("app/a.properties", "db.password=ENC(c2VjcmV0)", "reference"),
    ("app/audit.json", '"client_token": "hmac-sha256:0a1b2c3d4e5f"', "hash"),
    ("app/a.json", '"arn:aws:secretsmanager:*:123456789012:secret:app-x1*"', "reference"),
    ("app/a.json", '"{}": "_{}_1x2y3_14"', "says-its-name"),
    ("app/a.yml", "- name: DB_PASSWORD\n  value: $(DB_PASSWORD)", "reference"),
    ("app/a.py", 'password: str = "{}"', "says-its-name"),
    ("app/a.json", '"{}": "@Microsoft.KeyVault(SecretUri=https://a.vault.azure.net/secrets/b/0a1b2c)"', "reference"),
    ("app/a.js", 'mapboxgl.accessToken = "pk.eyJ1IjoiYSJ9.a1b2C3"', "public"),
]
NOT_EVEN_A_CANDIDATE = [
    "ENV PASSWORD_FILE=/run/secrets/pw",
    "ENV TOKEN_URL=acme.io/token",
    "ENV MAX_TOKENS=4096x",
    "ENV PUBLIC_KEY=abcd1234efgh",
    "ENV SECRET_NAME=dbcreds77",
    "ENV PASSWORD=",
    "ENV MONKEY=banana99",
    "RUN --mount=type=secret,id=npm_token cat /run/secrets/npm_token",
    "password_policy = strict9x",
    "TOKEN_ADDRESS=0x1b2c3d4e5f",
]


@pytest.mark.parametrize(("path", "text", "value"), FOUND)
def test_real_forms_are_found_on_both_paths(detector: Detector, path: str, text: str, value: str) -> None:
    full = text.format(value)
    assert [c.value for c in reported(detector, full, path)] == [value]
    assert [c.value for c in through_windows(detector, full, path)] == [value]


@pytest.mark.parametrize(("path", "text", "why"), DROPPED)
def test_a_drop_says_why(detector: Detector, path: str, text: str, why: str) -> None:
    full = text.replace("{}", "pass" + "word")
    assert [c.dropped for c in detector.text(full, path)][:1] == [why]
    assert through_windows(detector, full, path) == []


@pytest.mark.parametrize("text", NOT_EVEN_A_CANDIDATE)
def test_names_that_hold_no_secret(detector: Detector, text: str) -> None:
    assert detector.text(text.replace("{}", "pass" + "word"), "Dockerfile") == []


def test_the_value_of_a_variable(detector: Detector) -> None:
    (found,) = detector.text(" " + WORD + " ", name="DB_PASSWORD")
    assert (found.value, found.name, found.dropped, found.start) == (WORD, "DB_PASSWORD", "", 1)
    assert [c.dropped for c in detector.text("$DB_PASSWORD", name="DB_PASSWORD")] == ["reference"]
    assert detector.text(WORD, name="DB_HOST") == []
    assert [c.dropped for c in detector.text("/run/secrets/x", name="DB_PASSWORD")] == ["path"]


def test_a_vendor_beats_the_general_rule(detector: Detector) -> None:
    token = "AK" + "IA" + "Q3EGRZ7N" * 2
    assert [c.rule for c in detector.text(f"ENV API_TOKEN={token}", "Dockerfile")] == ["aws-access-key-id"]


def test_lines_and_columns_are_of_characters(detector: Detector) -> None:
    (found,) = reported(detector, f"# ä\n# é\r\nENV Ä=ö DB_PASSWORD={SIGNS}", "Dockerfile")
    assert (found.line, found.column) == (3, len("ENV Ä=ö DB_PASSWORD=") + 1)


def test_a_value_that_is_not_ascii_comes_whole_through_a_window(detector: Detector) -> None:
    value = "Grün" + "kohl77ß"
    (found,) = through_windows(detector, f"# ä\nPASSWORD={value}\n", "x.env")
    assert found.value == value
    assert found.end - found.start == len(value.encode())


def test_confirm_is_none_where_nothing_is(detector: Detector) -> None:
    numbers = {rule.id: n for n, rule in enumerate(detector.patterns.rules)}
    assert detector.confirm(numbers["github-token"], b"nothing here", 5, "x") is None
    assert detector.confirm(numbers["secret-in-assignment"], b"", 0, "x") is None


def test_a_representation_holds_no_value(detector: Detector) -> None:
    (found,) = detector.text(f"PASSWORD={SIGNS}", "x.env")
    assert SIGNS not in repr(found)
