"""Silences: a person asks that some incidents tell nobody, until a named time and for a named reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.routing import Matcher
from crisiswatch.errors import BadInput

LONGEST = timedelta(days=30)
"""How long a silence may last: what is to be quiet for longer belongs into the configuration."""


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence, as it is stored. `matchers` is what the person wrote; `ends` is exclusive.

    `most` is the highest severity that it holds back: an incident that rises above it is told. `expired_by` is who
    ended it before its time, at `expired_at`.
    """

    id: str
    matchers: str
    starts: datetime
    ends: datetime
    by: str
    reason: str
    created_at: datetime
    most: Severity = Severity.CRITICAL
    expired_at: datetime | None = None
    expired_by: str = ""

    def is_active(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.starts <= now < self.ends and self.expired_at is None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it will never be in force again."""
        return self.expired_at is not None or now >= self.ends

    def expired(self, by: str, now: datetime) -> Silence:
        """Return it ended by somebody now, before its time."""
        return replace(self, expired_at=now, expired_by=by)


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence with its matchers ready to be asked."""

    silence: Silence
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for. `text` is how the matchers were written; `is_meant`: also if they hide everything."""

    text: str
    matchers: tuple[Matcher, ...]
    ends: datetime
    by: str
    reason: str
    until_it_escalates: bool = False
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A silence that is not in force yet, and what it would hide."""

    silence: Silence
    hidden: tuple[Incident, ...]


def check_silence(silence: Silence, now: datetime) -> None:
    """Raise BadInput for a silence without a reason, an author or an end in the next 30 days."""
    if not silence.reason.strip() or not silence.by.strip():
        raise BadInput("a silence needs a reason and the name of who asks for it")
    if silence.ends <= max(silence.starts, now):
        raise BadInput("a silence ends after it starts, and not in the past")
    if silence.ends - silence.starts > LONGEST:
        raise BadInput(f"a silence lasts {LONGEST.days} days at most; use a mute or a route for what lasts longer")


def covers(active: ActiveSilence, labels: Mapping[str, str], severity: Severity, now: datetime) -> bool:
    """Tell whether a silence holds back an incident with these labels and that severity."""
    is_held = active.silence.is_active(now) and severity <= active.silence.most
    return is_held and all(matcher.test(labels.get(matcher.label, "")) for matcher in active.matchers)


def covering(
    silences: Sequence[ActiveSilence], labels: Mapping[str, str], severity: Severity, now: datetime
) -> Silence | None:
    """Return the silence that lasts longest of those that hold an incident back; None if none does."""
    found = [active.silence for active in silences if covers(active, labels, severity, now)]
    return max(found, key=lambda silence: silence.ends, default=None)


def about(incident: Incident) -> str:
    """Return the matchers of a silence of everything that is like this incident: of its brand and family."""
    return ", ".join(
        f"{label}={_quoted(value)}" for label, value in (("brand", incident.brand), ("family", incident.family))
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def make_silence(asked: Asked, labelled: Sequence[tuple[Incident, Mapping[str, str]]], now: datetime) -> Preview:
    """Return the silence that a person asked for, and the open incidents that it would hide.

    Until it escalates: it holds back the highest severity that it hides now, a warning if it hides nothing.
    Raises BadInput for a silence without reason or end, or of everything unless that is `is_meant`.
    """
    if not asked.matchers and not asked.is_meant:
        raise BadInput("this would hide everything; say that you mean it (--force)")
    name = sha256(f"{asked.text}|{asked.by}|{asked.ends}|{now}".encode()).hexdigest()[:8]
    silence = Silence(f"S-{name}", asked.text, now, asked.ends, asked.by, asked.reason, now)
    check_silence(silence, now)
    active = ActiveSilence(silence, asked.matchers)
    hidden = [one for one, labels in labelled if one.is_open and covers(active, labels, one.severity, now)]
    if asked.until_it_escalates:
        most = max((one.severity for one in hidden), default=Severity.WARNING)
        silence = replace(silence, most=most)
    return Preview(silence, tuple(hidden))
