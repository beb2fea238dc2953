"""The conditions of a route: `severity="critical", incident_type=~"safety|legal"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, cast

import re2
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from crisiswatch.settings.faults import fault, suggestion

LABELS = ("brand", "family", "incident_type", "kind", "owner", "rule", "severity")
"""What a route may ask about an incident."""

SEVERITIES = ("watch", "warning", "critical")
Operator: TypeAlias = Literal["=", "!=", "=~", "!~"]

_MATCHER = re.compile(r'\s*([^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s",{}]+)\s*')
_EXAMPLE = 'write severity="critical", incident_type=~"safety|legal"'


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition; a pattern (`=~`, `!~`) must match the whole value."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        if "~" in self.operator:
            return f'{self.label}{self.operator}"{self.value}"'
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{escaped}"'


@dataclass(frozen=True, slots=True)
class Matchers:
    """Conditions that must all be met; none at all is met by everything."""

    all: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self.all))


def parse_matchers(value: object) -> Matchers:
    """Return the conditions that a text says. Raises the fault of the first that is wrong."""
    if isinstance(value, Matchers):
        return value
    if not isinstance(value, str):
        raise fault("matcher", "{} is not a condition", _EXAMPLE)
    text = value.strip().removeprefix("{").removesuffix("}")
    found: list[Matcher] = []
    position = 0
    while position < len(text.rstrip()):
        match = _MATCHER.match(text, position)
        if match is None or (match.end() < len(text) and text[match.end()] != ","):
            raise fault("matcher", "{} is not a condition", _EXAMPLE)
        found.append(_matcher(match[1], cast(Operator, match[2]), match[3]))
        position = match.end() + 1
    return Matchers(tuple(found))


def _matcher(label: str, operator: Operator, raw: str) -> Matcher:
    inner = raw[1:-1] if raw.startswith('"') else raw
    # A pattern keeps its backslashes, which it needs itself; an escaped quote means a quote there, too.
    value = re.sub(r"\\(.)", r"\1", inner) if raw.startswith('"') and "~" not in operator else inner
    if label not in LABELS:
        raise fault("matcher", f"an incident has no '{label}'", suggestion(label, LABELS))
    if "~" in operator:
        _compile(value)
    elif label == "severity" and value not in SEVERITIES:
        raise fault("matcher", f"'{value}' is not a severity", suggestion(value, SEVERITIES))
    return Matcher(label, operator, value)


def _compile(pattern: str) -> None:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        wrong = fault("pattern", f"{{}} is not a pattern: {said}", "RE2 syntax: no look-around and no back-references")
    else:
        return
    raise wrong


Match = Annotated[
    Matchers,
    BeforeValidator(parse_matchers),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ['severity="critical"', 'incident_type=~"product_defect|safety"']}),
]
