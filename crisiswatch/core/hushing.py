"""Silences that are asked for at an incident: of its brand and family, for some hours, until it becomes worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisiswatch.core.answering import Pressed
from crisiswatch.core.incidents import Incident
from crisiswatch.core.routing import Matcher
from crisiswatch.core.silences import Asked, about
from crisiswatch.errors import BadInput

HOURS = (1, 2, 4, 8, 24)
"""What is offered: long enough to work, short enough to be forgotten without harm."""


@dataclass(frozen=True, slots=True)
class SilenceWanted:
    """Somebody wants to silence an incident, and waits to be asked. `trigger` is the channel's leave to ask them."""

    incident: int
    trigger: str
    language: str
    receiver: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class SilenceSent:
    """Somebody filled the form in. `otherwise` is what the form says, in the channel's words, if it was not kept."""

    incident: int
    by: str
    hours: int
    reason: str
    otherwise: Mapping[str, object] = field(default_factory=dict)
    receiver: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A form that lacks something; `reply` is what the channel's own words for that are."""

    reply: Mapping[str, object]
    receiver: str = ""
    person: str = ""


Press = Pressed | SilenceWanted | SilenceSent | Unfit
"""All that people can do with what stands on a card.

`receiver` is whose card it was, `person` the id of who pressed; what they may do is that receiver's to say.
"""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the form tells before it is sent: the incident, and the open ones that the silence would hold back.

    `receiver` is whose card it was opened from.
    """

    incident: Incident
    hidden: tuple[Incident, ...]
    language: str
    receiver: str = ""


def ask(incident: Incident, matchers: tuple[Matcher, ...], sent: SilenceSent, now: datetime) -> Asked:
    """Return what somebody asks for at an incident; `matchers` are those of `about(incident)`.

    Raises BadInput for a form without a reason, or with hours that were not offered.
    """
    if sent.hours not in HOURS or not sent.reason.strip():
        raise BadInput("a silence needs a reason and one of the times that are offered")
    return Asked(
        text=about(incident),
        matchers=matchers,
        ends=now + timedelta(hours=sent.hours),
        by=sent.by,
        reason=sent.reason,
        until_it_escalates=True,
    )
