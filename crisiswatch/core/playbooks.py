"""Playbooks: who does what, by when, for which type of incident; and which one applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Playbook:
    """What to do about one type of incident.

    `incident_types` are those it applies to; the one named `general` applies where no other does. `steps` are the
    first three, by language; `deadline` is the time to the first public word, from opening. `pages` is False for
    what nobody must be woken for: a warning is told once. `holding_statement` is by language.
    """

    name: str
    title: Mapping[str, str]
    owner: str
    incident_types: tuple[str, ...]
    when: str
    steps: Mapping[str, tuple[str, ...]]
    deadline: timedelta
    holding_statement: Mapping[str, str] = field(default_factory=dict)
    pages: bool = True
    url: str | None = None


def choose(playbooks: Sequence[Playbook], incident_type: str, reason: str) -> tuple[Playbook | None, str]:
    """Return the playbook for an incident type and why it applies; the general one where none does."""
    for playbook in playbooks:
        if incident_type in playbook.incident_types:
            return playbook, reason
    for playbook in playbooks:
        if playbook.name == "general":
            return playbook, "no more specific playbook applies"
    return None, "no playbook is configured"
