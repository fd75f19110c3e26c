"""A system container that a real daemon builds on busybox, with stand-ins for its services, and the same without."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from imagelint.engine.shapes import expand
from tests.engines import Engines
from tests.program import imagelint

pytestmark = pytest.mark.engine

SYSTEM = """\
FROM base:1
ENV PATH=/opt/tools:/usr/sbin:/bin
COPY sshd cron rsyslogd nginx postgres /usr/sbin/
RUN chmod 0755 /usr/sbin/sshd /usr/sbin/cron /usr/sbin/rsyslogd /usr/sbin/nginx /usr/sbin/postgres
COPY passwd shadow /etc/
RUN mkdir -p /opt/tools /etc/tls && chmod 1777 /opt/tools
COPY old.crt /etc/tls/
RUN cp /usr/sbin/sshd /usr/sbin/helper && chmod 4755 /usr/sbin/helper
EXPOSE 22 2375
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["/bin/sh", "-c", "rsyslogd; cron; exec supervisord -n"]
USER 10001
"""
TIDY = """\
FROM base:1
COPY app /usr/bin/app
RUN rm -f /usr/sbin/sshd && chmod 0755 /usr/bin/app
USER 10001
CMD ["/usr/bin/app"]
"""
EXPECTED = {
    "administrative-port": "configuration",
    "expired-certificate": "etc/tls/old.crt",
    "remote-login-in-image": "usr/sbin/sshd",
    "search-path-in-image": "configuration",
    "second-root": "etc/passwd",
    "service-manager-started": "configuration",
    "setuid-file": "usr/sbin/helper",
    "several-services-in-image": "configuration",
    "ssh-port-in-image": "configuration",
    "system-service-in-image": "usr/sbin/rsyslogd",
} | dict.fromkeys(("account-with-password", "password-hash-in-shadow"), "etc/shadow")


def scan(path: Path, repository: Path) -> dict[str, str]:
    """Rule -> the path of its last finding."""
    words = [*imagelint(), "scan", "--no-config", "--no-progress", "--format", "json", "--fail-on", "never", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=repository)
    report = json.loads(done.stdout)
    assert (done.returncode, report["incomplete"]) == (0, [])
    return {found["rule"]: found["path"] for found in report["findings"]}


def test_a_whole_system_in_an_image(engines: Engines, repository: Path) -> None:
    files = dict.fromkeys(("sshd", "cron", "rsyslogd", "nginx", "postgres"), "#!/bin/sh\n")
    accounts = "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\n"
    files |= {"passwd": accounts, "shadow": expand("root:*:1::::::\nann:$6$a{alnum:7}$b{alnum:85}:1::::::\n", "engine")}
    files["old.crt"] = expand("{certificate:20200131}", "engine")
    tag = engines.build(SYSTEM, files, buildkit=True)
    assert scan(engines.save(tag), repository) == EXPECTED


def test_one_program_on_busybox(engines: Engines, repository: Path) -> None:
    """Its applets, syslogd and httpd among them, are no services of the image."""
    assert scan(engines.save(engines.build(TIDY, {"app": "#!/bin/sh\n"}, buildkit=True)), repository) == {}
