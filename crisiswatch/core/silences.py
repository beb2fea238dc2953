"""Silences: a person asks that some incidents tell nobody, until a named time and for a named reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.models import Severity
from crisiswatch.core.routing import Matcher
from crisiswatch.errors import BadInput

LONGEST = timedelta(days=30)
"""How long a silence may last: what is to be quiet for longer belongs into the configuration."""


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence, as it is stored. `matchers` is what the person wrote; `ends` is exclusive.

    `most` is the highest severity that it holds back: an incident that rises above it is told.
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

    def is_active(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.starts <= now < self.ends and self.expired_at is None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it will never be in force again."""
        return self.expired_at is not None or now >= self.ends


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence with its matchers ready to be asked."""

    silence: Silence
    matchers: tuple[Matcher, ...]


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
