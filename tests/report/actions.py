"""What the runner of GitHub Actions makes of the lines of a step, by the rules of its documentation and its source."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Command:
    """A line that the runner obeys."""

    name: str
    message: str
    properties: dict[str, str] = field(default_factory=dict)


def commands(output: str) -> list[Command]:
    """The commands in the output of a step, in their order; `##[...]`, the older form, as one that has no name."""
    found = []
    for line in output.splitlines():
        text = line.lstrip()
        head, separator, message = text[2:].partition("::")
        if text.startswith("::") and separator:
            name, _, properties = head.partition(" ")
            pairs = [pair.split("=", 1) for pair in properties.strip().split(",") if "=" in pair]
            found.append(
                Command(
                    name,
                    _read(message, {"%0D": "\r", "%0A": "\n", "%25": "%"}),
                    {
                        key: _read(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"})
                        for key, value in pairs
                    },
                )
            )
        elif "##[" in line:
            found.append(Command("", line))
    return found


def _read(text: str, escapes: dict[str, str]) -> str:
    for escape, char in escapes.items():
        text = text.replace(escape, char)
    return text
