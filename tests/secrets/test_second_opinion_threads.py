"""detect-secrets and docker, imported by two threads at once: neither gets the other's requests."""

from __future__ import annotations

import subprocess

from tests.program import running

BOTH = """
import sys, threading
from imagelint import process
process.own = True
from imagelint.image.sources import registry_auth
from imagelint.secrets import second_opinion
begun = threading.Event()
class Slow:
    def find_spec(self, name, path, target=None):
        if name == "detect_secrets.plugins":
            begun.set()
            other.join(1)
sys.meta_path.insert(0, Slow())
found = []
def look_up():
    begun.wait()
    try:
        found.append(registry_auth._look_up("registry.example.org"))
    except BaseException as error:
        found.append(error)
other = threading.Thread(target=look_up)
other.start()
second_opinion._plugins()
other.join()
import requests
print(type(found[0]).__name__, hasattr(requests, "adapters"))
"""


def test_threads_import_both() -> None:
    done = subprocess.run(running(BOTH), capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.split() == ["tuple", "True"], done.stdout + done.stderr
