"""What one layer keeps of what another one deletes, changes or needs."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.layers import changed_files, changed_trees, installs
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.stage_graph import circles
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.subjects import subjects
from tests.dockerfile.linting import findings, lines


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("npm ci", "npm"),
        ("npm install", "npm"),
        ("npm install left-pad", ""),
        ("npm install -g", ""),
        ("npm run build", ""),
        ("yarn", "yarn"),
        ("yarn --frozen-lockfile", "yarn"),
        ("yarn add a", ""),
        ("pip3 install -r requirements.txt", "pip"),
        ("python3.12 -m pip install -rrequirements.txt", "pip"),
        ("pip install -r requirements.txt -e .", ""),
        ("pip install .", ""),
        ("go mod download", "go"),
        ("go mod tidy", ""),
        ("bundle install --jobs 4", "bundle"),
        ("pnpm install --offline", ""),
        ("./mvnw -B dependency:go-offline", "mvn"),
        ("mvn package", ""),
        ("./gradlew --no-daemon dependencies", "gradle"),
        ("uv pip install --system -r requirements.txt", "pip"),
        ("uv pip install .", ""),
        ("dart pub get", "dart"),
        ("flutter pub run a", ""),
        ("mix deps.get --only prod", "mix"),
        ("make", ""),
    ],
)
def test_installs(command: str, program: str) -> None:
    assert installs(command.split()) == program


def test_changes() -> None:
    assert changed_trees(["chown", "-R", "a:a", "/x/", "/y", "/z/*"]) == ["/x", "/y", "/z"]
    assert changed_trees(["/bin/chmod", "-vR", "755", "/x"]) == ["/x"]
    assert changed_trees(["chown", "a:a", "/x", "-h"]) == changed_trees(["rm", "-R", "a", "/x"]) == []
    assert changed_files(["chmod", "+x", "/a", "/b"]) == ["/a", "/b"]
    assert changed_files(["chown", "a", "/a"]) == []


def test_an_install_is_prepared_by_an_earlier_one_of_a_parent_too() -> None:
    text = "FROM node:22 AS base\nCOPY package.json /\nRUN npm ci\nFROM base\nCOPY . .\nRUN npm ci"
    assert lines(text, "copy-before-install") == []
    assert lines(text.replace("RUN npm ci\nFROM", "FROM"), "copy-before-install") == [4]


def test_a_download_that_its_own_run_removes_is_none() -> None:
    text = "FROM a:1\nRUN cd /t && curl -O https://example.org/x && rm x\nRUN rm /t/x"
    assert lines(text, "download-then-removed") == []
    assert lines(text.replace(" && rm x", ""), "download-then-removed") == [2]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("apt-get clean", True),
        ("set -e; rm -rf /tmp/* ~/.cache", True),
        ("rm -rf /var/cache/apk/* /etc/nginx/default", False),
        ("rm -rf /tmpfoo", False),
        ("echo done", False),
        ("rm -rf $CACHE", False),
        ("apt-get clean && make", False),
        ("echo a > /tmp/a && rm -rf /var/tmp/*", False),
    ],
)
def test_a_step_that_only_cleans(step: str, told: bool) -> None:
    assert (lines(f"FROM a:1\nRUN make\nRUN {step}", "cleanup-alone") == [3]) is told


def test_secrets_come_along_from_stage_to_stage() -> None:
    text = "FROM a:1 AS s\nWORKDIR /w\nCOPY .npmrc x/\nRUN tee x/.netrc\nRUN echo $A > /gone/.npmrc\nRUN rm -r /gone\n"
    [found] = findings(text + "FROM s AS t\nFROM b:1\nCOPY --from=t /w/x/ /gone /\nRUN ls", "secret-from-build-stage")
    assert "/w/x/.npmrc, /w/x/.netrc of the stage t" in found.message
    assert findings(text + "FROM b:1\nCOPY --from=s /w/xy /gone /", "secret-from-build-stage") == []
    assert findings(text + "FROM b:1\nCOPY --from=s / /", "secret-from-build-stage") != []


def test_what_comes_along_goes_on_through_a_stage_between() -> None:
    text = "FROM a:1 AS s\nCOPY .netrc /in/x/\nWORKDIR /m\nRUN npm ci\nFROM b:1 AS t\nCOPY --from=s /in /out\n"
    text += "COPY --from=s /m/node_modules /n/node_modules\n"
    last = "FROM c:1\nCOPY --from=t /out/x /n/node_modules /\n"
    assert lines(text + last, "secret-from-build-stage") == lines(text + last, "dev-dependencies-copied") == [9]
    assert lines(text + "RUN rm -r /out/x\n" + last, "secret-from-build-stage") == []
    assert lines(text + "RUN npm prune --omit=dev\n" + last, "dev-dependencies-copied") == []


def test_circles() -> None:
    ring = "".join(f"FROM a:1 AS s{n}\nCOPY --from=s{(n + 1) % 5} /a /a\n" for n in range(5))
    tail = "FROM s1 AS t\nFROM b:1\nCOPY --from=t /a /a\n"
    assert circles(parse((ring + tail).encode())) == {0: [0, 1, 2, 3, 4]}
    assert circles(parse((tail.replace("s1", "c:1") + ring).encode())) == {2: [2, 3, 4, 5, 6]}
    assert circles(parse(b"FROM a:1 AS a\nCOPY --from=b /a /a\nFROM a AS c\nFROM a:1 AS b")) == {}
    assert circles(parse(b"FROM a:1 AS a\nCOPY --from=a /a /a\nFROM a:1\nCOPY --from=a /a /a")) == {}


def test_a_long_circle_is_no_recursion() -> None:
    ring = "".join(f"FROM a:1 AS s{n}\nCOPY --from=s{(n + 1) % 4000} /a /a\n" for n in range(4000))
    assert len(circles(parse(ring.encode()))[0]) == 4000


def test_what_is_followed_is_bounded() -> None:
    text = "FROM a:1 AS a\n" + "".join(f"COPY . .\nRUN npm ci\nCOPY .npmrc /x{n}/\n" for n in range(500)) + "FROM a"
    stages = [subject for subject in subjects(parse(text.encode()), "Dockerfile") if isinstance(subject, StageSubject)]
    assert len(stages[0].dependency_installs) == len(stages[0].secrets_left) == len(stages[1].secrets_left) == 64


def test_a_long_chain_of_copies_is_no_recursion() -> None:
    text = "FROM a:1 AS s0\nRUN npm ci\nCOPY .netrc /x/\n"
    text += "".join(f"FROM a:1 AS s{n}\nCOPY --from=s{n - 1} /node_modules /x /\n" for n in range(1, 2000))
    assert lines(text, "dev-dependencies-copied") == [4001]
    assert lines(text.replace("/x /\n", "/x /x\n"), "secret-from-build-stage") == [4001]
