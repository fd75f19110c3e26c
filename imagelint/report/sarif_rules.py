"""What a SARIF log says of the tool: its rules, and the taxonomies that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from imagelint.findings import Severity
from imagelint.report import sarif_cis
from imagelint.report.escape import shorten
from imagelint.report.interface import RuleText

LONGEST = 1024
"""Characters of a description on GitHub."""
MOST_TAGS = 20
"""Tags of a rule on GitHub."""
SECRECY = {"secret", "secrets", "security"}
HOME = "https://github.com/OWNER/imagelint"
NOTIFICATIONS = {
    "incomplete": (
        "Something was not read, so findings may be missing.",
        "A target, a blob, a layer, a manifest or a file was not read. Mend what the message names, and scan again.",
    ),
    "limited": (
        "Something was looked into only in part.",
        "Its raw bytes were scanned, what is packed into them was not: an encrypted or a too deeply nested archive.",
    ),
    "dropped": (
        "There is more than code scanning takes.",
        "The least severe results were left out. The JSON report has them all; fewer targets make a smaller log.",
    ),
}


class Descriptors:
    """The rules that have findings, in one order, and the taxonomies that they name."""

    def __init__(self, om: Any, texts: Iterable[RuleText]) -> None:
        self.om = om
        self.texts = list(texts)
        self.index = {text.id: number for number, text in enumerate(self.texts)}
        self.cwe = sorted({number for text in self.texts for number in text.cwe})
        self.cis = sorted(
            {number for text in self.texts for number in sarif_cis.recommendations(text)}, key=sarif_cis.numbers
        )

    def driver(self, version: str) -> Any:
        """The tool component of imagelint itself."""
        om = self.om
        return om.ToolComponent(
            name="imagelint",
            full_name=f"imagelint {version}",
            version=version,
            semantic_version=version,
            information_uri=HOME,
            rules=[self._rule(text) for text in self.texts],
            notifications=[
                om.ReportingDescriptor(
                    id=id_,
                    short_description=om.MultiformatMessageString(text=what),
                    full_description=om.MultiformatMessageString(text=why),
                    help=om.MultiformatMessageString(text=why, markdown=why),
                )
                for id_, (what, why) in NOTIFICATIONS.items()
            ],
            supported_taxonomies=[
                om.ToolComponentReference(name=taxonomy.name, index=number)
                for number, taxonomy in enumerate(self.taxonomies())
            ]
            or None,
        )

    def taxonomies(self) -> list[Any]:
        """The parts of CWE and of the CIS Docker Benchmark that the rules name."""
        om, found = self.om, []
        if self.cwe:
            taxa = [
                om.ReportingDescriptor(
                    id=f"CWE-{number}", help_uri=f"https://cwe.mitre.org/data/definitions/{number}.html"
                )
                for number in self.cwe
            ]
            found.append(
                self._taxonomy("CWE", "4.15", "MITRE", "https://cwe.mitre.org/", "Common Weakness Enumeration.", taxa)
            )
        if self.cis:
            taxa = [
                om.ReportingDescriptor(id=number, short_description=om.MultiformatMessageString(text=sentence(about)))
                if (about := sarif_cis.ABOUT.get(number))
                else om.ReportingDescriptor(id=number)
                for number in self.cis
            ]
            name = sarif_cis.NAME
            found.append(self._taxonomy(name, sarif_cis.VERSION, "CIS", sarif_cis.HOME, f"{name}.", taxa))
        return found

    def _taxonomy(self, name: str, version: str, organization: str, home: str, text: str, taxa: list[Any]) -> Any:
        return self.om.ToolComponent(
            name=name,
            version=version,
            organization=organization,
            information_uri=home,
            short_description=self.om.MultiformatMessageString(text=text),
            is_comprehensive=False,
            taxa=taxa,
        )

    def _rule(self, text: RuleText) -> Any:
        om = self.om
        title = sentence(text.title)
        references = [uri for uri in (text.url, *text.references) if uri.startswith(("https://", "http://"))]
        return om.ReportingDescriptor(
            id=text.id,
            name=_name(text.id),
            short_description=om.MultiformatMessageString(text=shorten(title, LONGEST)),
            full_description=om.MultiformatMessageString(text=shorten(text.rationale.strip() or title, LONGEST)),
            help=om.MultiformatMessageString(text=_help(text), markdown=text.help or _help(text)),
            help_uri=references[0] if references else None,
            default_configuration=om.ReportingConfiguration(level=Severity(text.severity).value),
            relationships=self._relationships(text) or None,
            properties=_properties(text),
        )

    def _relationships(self, text: RuleText) -> list[Any]:
        """The weakness is wider than the rule; a recommendation has to do with it (SARIF 2.1.0 section 3.53.3)."""
        named = [(f"CWE-{number}", self.cwe.index(number), "CWE", 0, "superset") for number in text.cwe]
        place = 1 if self.cwe else 0
        named += [
            (number, self.cis.index(number), sarif_cis.NAME, place, "relevant")
            for number in sarif_cis.recommendations(text)
        ]
        om = self.om
        return [
            om.ReportingDescriptorRelationship(
                target=om.ReportingDescriptorReference(
                    id=id_, index=index, tool_component=om.ToolComponentReference(name=taxonomy, index=at)
                ),
                kinds=[kind],
            )
            for id_, index, taxonomy, at, kind in named
        ]


def _name(id_: str) -> str | None:
    """openssh-private-key -> OpensshPrivateKey; none where that is the id again (SARIF 2.1.0 section 3.49.7)."""
    name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", id_))
    return None if name.lower() == id_.lower() else name


def _properties(text: RuleText) -> dict[str, object]:
    """What GitHub reads. Only a rule about security has the tag and the number that make an alert a security alert."""
    security = bool(text.cwe or text.security_severity or SECRECY.intersection(text.tags))
    weaknesses = [f"external/cwe/cwe-{number:03d}" for number in text.cwe]
    tags = dict.fromkeys([*(["security"] if security else []), *weaknesses, *text.tags])
    properties: dict[str, object] = {"tags": list(tags)[:MOST_TAGS], "precision": text.precision}
    if security:
        usual = {Severity.ERROR: "8.0", Severity.WARNING: "5.5", Severity.NOTE: "2.0"}
        properties["security-severity"] = text.security_severity or usual[Severity(text.severity)]
    return properties


def _help(text: RuleText) -> str:
    parts = [
        text.rationale.strip(),
        f"How to mend it: {sentence(text.remedy)}" if text.remedy else "",
        *text.references,
    ]
    return "\n\n".join(filter(None, parts)) or sentence(text.title)


def sentence(text: str) -> str:
    """The text with a full stop."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
