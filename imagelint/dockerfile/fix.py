"""From the fix of a rule to edits of the file; only where the part to change stands in the file as the rule thinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.dockerfile import places
from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.engine.message import pieces
from imagelint.findings import Edit, Fix
from imagelint.secrets.redact import plain

if TYPE_CHECKING:
    from imagelint.dockerfile.subjects import Subject
    from imagelint.engine.rule import Rule
    from imagelint.secrets.redact import Redactor


def fix(rule: Rule, subject: Subject, file: Dockerfile, redactor: Redactor) -> Fix | None:
    """The fix of a rule for a subject; None when the rule has none, or none that would be right here."""
    if rule.fix is None:
        return None
    span = places.exact(subject, rule.fix.part)
    if span is None or not span.line or not _plain(file, span, rule.fix.action):
        return None
    parts = pieces(rule.fix.text, rule.kind, subject) if rule.fix.text else []
    text = redactor.parts(parts)
    if text != "".join(piece for piece, _ in parts) or any(piece == "" for piece, _ in parts):
        return None  # it holds a secret, which a mask would destroy; or a fact that does not apply
    if rule.fix.action == "before":
        span = Span(span.line, span.column, span.line, span.column)
    elif rule.fix.action == "after":
        span = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    edit = Edit(span.line, span.column, span.end_line, span.end_column, text)
    return Fix(plain(rule.fix.title), rule.fix.safety, (edit,))


def _plain(file: Dockerfile, span: Span, action: str) -> bool:
    """One line, and for an insertion no quotes that it would have to go into; or a whole line to take away."""
    if span.line != span.end_line:
        return action == "remove" and (span.column, span.end_line, span.end_column) == (1, span.line + 1, 1)
    text = file.lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return text != "" and (action not in ("before", "after") or not set(text) & set("\"'"))
