"""What a container starts, as far as ENTRYPOINT and CMD tell, and which of its ports are for administration."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagelint.image.ports import administrative
from imagelint.image.starts import started


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "programs"),
    [
        ("", "/usr/sbin/nginx -g", "nginx"),
        ("/usr/sbin/sshd", "-D -e", "sshd"),
        ("/usr/bin/tini -g -p SIGTERM -- supervisord", "-n", "supervisord"),
        ("/usr/bin/dumb-init --rewrite 15:3 --", "/app/run", "run"),
        ("/init", "", ""),
        ("/init", "/usr/bin/app", "app"),
        ("/sbin/init", "", "init"),
        ("/docker-entrypoint.sh", "nginx -g", "docker-entrypoint.sh nginx"),
        ("/docker-entrypoint.sh", "--verbose", "docker-entrypoint.sh"),
        ("bash /srv/start.sh", "cron -f", "bash cron"),
        ("terraform", "init", "terraform"),
        ("python /srv/app.py", "cron", "python"),
        ("gosu redis", "redis-server /etc/redis.conf", "redis-server"),
        ("sudo -u app -- env A=b C=d nice -n 5", "/srv/app", "app"),
        ("timeout -s KILL 60", "/srv/app", "app"),
        ("", "/etc/init.d/cron start", "cron"),
        ("", "sh", "sh"),
        ("", "", ""),
    ],
)
def test_programs_behind_shims_and_scripts(entrypoint: str, cmd: str, programs: str) -> None:
    assert started(entrypoint.split(), cmd.split()) == programs.split()


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("exec supervisord -n", "supervisord"),
        ("service ssh start && service cron start; exec nginx -g 'daemon off;'", "ssh cron nginx"),
        ("A=b C=d /srv/app --x | tee /log", "app tee"),
        ("if [ -f /x ]; then systemctl start redis.service; fi", "redis"),
        ("rsyslogd\ncron\n/usr/sbin/sshd -D", "rsyslogd cron sshd"),
        ("sh -c 'exec runsvdir /etc/service'", "runsvdir"),
        ("echo 'never closed", ""),
    ],
)
def test_programs_in_the_text_of_a_shell(text: str, programs: str) -> None:
    assert started([], ["/bin/sh", "-c", text]) == programs.split()
    assert started(["/bin/bash", "-ec"], [text]) == programs.split()


words = st.lists(
    st.one_of(
        st.text(max_size=20), st.sampled_from(["env", "sh", "-c", "tini", "--", "/init", "sudo", "-u", "sh -c sh"])
    )
)


@given(words, words)
@example([], ["env", "-u"])
def test_nothing_that_is_said_is_too_strange(entrypoint: list[str], cmd: list[str]) -> None:
    found = started(entrypoint, cmd)
    assert len(found) == len(set(found)) <= 100


def test_what_never_ends_is_cut() -> None:
    assert started(["env"] * 100_000, []) == ["env"]
    assert len(started([], ["sh", "-c", "".join(f"a{n};" for n in range(100_000))])) == 100


def test_ports() -> None:
    assert administrative(["2375", "9229/TCP", "80/tcp"]) == [
        "2375/tcp (Docker's API without TLS)",
        "9229/tcp (a Node.js debugger)",
    ]
    assert administrative(["5000-5900/tcp", "5005"]) == [
        "5005/tcp (a Java debugger (JDWP))",
        "5858/tcp (a Node.js debugger)",
        "5900/tcp (VNC)",
    ]
    strange = ["", "/", "-", "2375/udp", "-2375", "2375-", "9" * 5000, "²375", "2376-2300", "x-y/tcp"]
    assert administrative(strange) == ["2375/tcp (Docker's API without TLS)"]
