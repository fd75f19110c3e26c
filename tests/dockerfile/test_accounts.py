"""Users that a stage makes and does not use, and groups that USER drops."""

from __future__ import annotations

import time

import pytest

from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.subjects import subjects


def last(text: str) -> StageSubject:
    found = [subject for subject in subjects(parse(text.encode()), "Dockerfile") if isinstance(subject, StageSubject)]
    return found[-1]


@pytest.mark.parametrize(
    ("made", "start"),
    [
        ("useradd -ms /bin/bash web", 'CMD ["node", "main.js"]'),
        ("useradd --system --uid 10001 web", 'ENTRYPOINT ["tini", "--", "java", "-jar", "/a.jar"]'),
        ("adduser -S -G web -u 1000 web", 'CMD ["/app/server"]'),
        ("adduser --disabled-password --gecos '' web", "CMD exec python main.py"),
        ("useradd web", 'ENTRYPOINT ["./web"]'),
    ],
)
def test_made_and_not_used(made: str, start: str) -> None:
    assert last(f"FROM a AS b\nRUN {made}\nFROM b\n{start}\n").idle_users == ["web"]


@pytest.mark.parametrize(
    "text",
    [
        'RUN useradd web\nUSER web\nCMD ["node", "a"]',
        'RUN useradd web\nUSER 1000\nCMD ["node", "a"]',
        'RUN useradd web\nCMD ["nginx"]',
        'RUN useradd web\nCMD ["/app/entrypoint.sh"]',
        'RUN useradd web\nCMD ["gunicorn", "--user=web", "a:a"]',
        'RUN useradd web && gosu web true\nCMD ["node", "a"]',
        'RUN useradd web && apk add su-exec\nCMD ["node", "a"]',
        'RUN useradd web\nCMD ["su-exec", "web", "node", "a"]',
        'RUN useradd web\nENV RUN_AS=web\nCMD ["node", "a"]',
        "RUN useradd web\nCMD id && node a",
        'RUN adduser web docker\nCMD ["node", "a"]',
        'ONBUILD RUN useradd web\nCMD ["node", "a"]',
        "RUN useradd web",
        'RUN useradd $NAME\nCMD ["node", "a"]',
    ],
)
def test_not_idle(text: str) -> None:
    assert last(f"FROM a\n{text}\n").idle_users == []


@pytest.mark.parametrize(
    ("made", "groups"),
    [
        ("useradd -G video,audio web", ["video", "audio"]),
        ("useradd web && usermod -aG video web", ["video"]),
        ("adduser web video", ["video"]),
        ("addgroup web video", ["video"]),
        ("gpasswd -a web video", ["video"]),
        ("useradd -G web web", []),
        ("usermod -aG video other", []),
        ("useradd -g video web", []),
    ],
)
def test_dropped_groups(made: str, groups: list[str]) -> None:
    assert last(f"FROM a\nRUN {made}\nUSER web:web\n").dropped_groups == groups
    assert last(f"FROM a\nRUN {made}\nUSER web\n").dropped_groups == []


def test_many_stages_upon_one_of_many_users_take_linear_time() -> None:
    made = "RUN " + " && ".join(f"useradd -G g{n} u{n}" for n in range(2000))
    text = f"FROM a AS s0\n{made}\n" + "".join(f"FROM s0\nUSER u{n}:x\n" for n in range(2000))
    found = [subject for subject in subjects(parse(text.encode()), "Dockerfile") if isinstance(subject, StageSubject)]
    start = time.process_time()
    assert [stage.dropped_groups for stage in found[1:]] == [[f"g{n}"] for n in range(2000)]
    assert time.process_time() - start < 5, "some 0.1 s; a look through all of them for each stage takes a minute"
