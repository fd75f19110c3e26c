"""docker run in the code of Markdown pages."""

from __future__ import annotations

import pytest

from imagelint.containers.commands import page
from tests.containers.reading import commands, lint, said
from tests.material import password

PAGE = """\
# Start it

Say `docker run nginx` or read on:

```sh
docker run -d \\
  --user root \\
  example.org/kuard:blue
```

1. Or so:

   ~~~console
   $ docker run --rm \\
   >   -p 2375:2375 example.org/kuard:green
   hello from docker run of nginx
   # docker run --privileged example.org/no:1
   ~~~

Or, indented:

    docker run example.org/kuard:purple

```python
docker run example.org/python:3
```

```powershell
docker run `
  -v C:\\data:/data `
  example.org/kuard:windows
```
"""


def test_every_block_of_a_shell() -> None:
    images = [(made.image, made.span("").line) for made in commands(PAGE, markdown=True)]
    assert images == [
        ("example.org/kuard:blue", 6),
        ("example.org/kuard:green", 14),
        ("example.org/kuard:purple", 22),
        ("example.org/kuard:windows", 29),
    ]
    places = [(found.rule, found.location.line, found.location.column) for found in lint("README.md", PAGE).findings]
    assert ("container-root", 7, 3) in places
    assert ("container-admin-port", 15, 8) in places


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("```\ndocker run x:1\n```", ["x:1"]),
        ("````sh\n```\ndocker run x:1\n````\n    docker run y:1", ["x:1"]),
        ("```sh\ndocker run x:1", ["x:1"]),
        ("> ```sh\n> docker run x:1\n> ```", ["x:1"]),
        ("- text\n\n      docker run x:1", ["x:1"]),
        ("text\n    docker run x:1\n", []),
        ("\tdocker run x:1\n", ["x:1"]),
        ("```bash\n$ docker run \\\n    x:1\n$ docker ps\n```", ["x:1"]),
        ("```\nuser@host:~$ docker run x:1\n```", ["x:1"]),
        ("```\n(venv) $ docker run x:1\n```", ["x:1"]),
        ("```console\n# docker run x:1\n```", ["x:1"]),
        ("```sh\n# the next one\ndocker run x:1\n```", ["x:1"]),
        ("```cmd\ndocker run ^\n x:1\n```", ["x:1"]),
        ("```\nPS C:\\> docker run x:1\n```", ["x:1"]),
        ("```{.sh}\ndocker run x:1\n```", ["x:1"]),
        ("```dockerfile\nRUN docker run x:1\n```", []),
        ("```yaml\n- docker run x:1\n```", []),
        ("docker run x:1\n", []),
        ("```\ndocker run --name <your name> x:1 >log\n```", ["x:1"]),
        ("```\ndocker run -v <path to data>:/data --volumes-from [the other one] x:1\n```", ["x:1"]),
        ("```sh\n" + "`" * 2 + "\n", []),
    ],
)
def test_blocks(text: str, images: list[str]) -> None:
    assert [made.image for made in commands(text, markdown=True)] == images


def test_only_commands_hold_secrets_of_a_page() -> None:
    """Prose is full of examples; a command that somebody pasted is none."""
    text = f"password = {password(1)}\n\n```sh\ndocker run -e DB_PASSWORD={password(1)} x:1\n```\n"
    assert said(lint("README.md", text, "secret-in-assignment")) == [("secret-in-assignment", 4)]


def test_a_page_without_commands_is_neither_a_finding_nor_a_hole() -> None:
    linted = lint("README.md", "# Title\n\n    code\n\n```sh\nmake\n```\n")
    assert (linted.findings, linted.incomplete, linted.limited, linted.containers) == ([], [], [], 0)


def test_a_large_page_takes_its_time_once() -> None:
    assert page("README.md", "```\n" * 20_000 + "docker run x:1\n").limited == []


def test_placeholders_may_be_options_or_the_image() -> None:
    options, image = commands(
        "```\ndocker run <docker options> x:1\ndocker run --rm -m <memory> <image>\n```", markdown=True
    )
    assert (options.image, options.partial) == ("x:1", True)
    assert (image.image, image.memory) == ("", -1)
