"""The gate before sending: whether a notification may go now, and if not, why and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crisiswatch.core.inhibiting import Inhibition, Known, inhibitor
from crisiswatch.core.models import Severity
from crisiswatch.core.muting import Mute, muting
from crisiswatch.core.outbox import Notification, NotificationKind, OutboxRow
from crisiswatch.core.silences import ActiveSilence, covering

LOOK_AGAIN = timedelta(minutes=1)
"""An inhibition has no end that is known before: it is looked at again so often."""

ALWAYS = frozenset({NotificationKind.TEST, NotificationKind.DIGEST, NotificationKind.HANDOVER, NotificationKind.BRIEF})
"""What nobody holds back: it was asked for, or it is what replaces the messages that were held back."""


class Suppression(StrEnum):
    """Why a notification is held back; the value of the metric label."""

    MUTED = "muted"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    STORM = "storm"
    TOLD_LATELY = "told_lately"


@dataclass(frozen=True, slots=True)
class Hold:
    """A notification waits until then; `detail` says for a person who or what holds it back.

    `is_final`: there will be nothing left to tell when the hold ends, so it is settled as suppressed.
    """

    reason: Suppression
    detail: str
    until: datetime
    is_final: bool = False

    @property
    def text(self) -> str:
        """Return reason and detail as they are stored."""
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What may hold a notification back."""

    mutes: tuple[Mute, ...] = ()
    silences: Sequence[ActiveSilence] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    known: Sequence[Known] = ()

    @property
    def are_empty(self) -> bool:
        """Tell whether nothing can be held back."""
        return not (self.mutes or self.silences or (self.inhibitions and self.known))


def hold(
    notification: Notification, labels: Mapping[str, str], rules: Rules, now: datetime, *, has_been_told: bool
) -> Hold | None:
    """Return why a notification waits; None if it may go now. Mutes are asked first, then silences, inhibitions.

    Announced is closed: to a receiver that heard of the incident, its end, its becoming critical, and edits of what
    was sent (which ping nobody) always pass.
    """
    if notification.kind in ALWAYS or (has_been_told and _passes(notification)):
        return None
    return (
        _muted(notification, rules, now)
        or _silenced(notification, labels, rules, now)
        or _inhibited(notification, labels, rules, now)
    )


def told_lately(reminder: OutboxRow, delivered: Sequence[OutboxRow], now: datetime) -> Hold | None:
    """Return that a reminder of a warning is not sent, because the message before it came late; None if it may go.

    Half of the time that lay between the two when they were owed must have passed since that one arrived: whoever is
    told in the morning of what began in the night is not asked half an hour later why nobody answered.
    """
    about = reminder.notification
    if about.kind is not NotificationKind.REPEATED or about.severity >= Severity.CRITICAL:
        return None
    before = [
        (row.settled_at, row.notification.not_before)
        for row in delivered
        if (row.notification.incident, row.notification.receiver) == (about.incident, about.receiver)
        and row.notification.kind is not NotificationKind.UPDATED
        and row.settled_at is not None
    ]  # fmt: skip
    if not before:
        return None
    arrived, owed = max(before)
    if now - arrived >= (about.not_before - owed) / 2:
        return None
    return Hold(
        Suppression.TOLD_LATELY, f"a message came {(now - arrived) // timedelta(minutes=1)} min before", now, True
    )


def _passes(notification: Notification) -> bool:
    kind = notification.kind
    if kind in (NotificationKind.CLOSED, NotificationKind.UPDATED):
        return True
    return kind is NotificationKind.RAISED and notification.severity is Severity.CRITICAL


def _muted(notification: Notification, rules: Rules, now: datetime) -> Hold | None:
    found = muting(notification, rules.mutes, now)
    return None if found is None else Hold(Suppression.MUTED, found[0].name, found[1])


def _silenced(notification: Notification, labels: Mapping[str, str], rules: Rules, now: datetime) -> Hold | None:
    silence = covering(rules.silences, labels, notification.severity, now)
    if silence is None:
        return None
    is_over = notification.kind is NotificationKind.CLOSED  # and it never was told: nobody asked to hear of it
    return Hold(Suppression.SILENCED, f"{silence.id} by {silence.by}: {silence.reason}", silence.ends, is_over)


def _inhibited(notification: Notification, labels: Mapping[str, str], rules: Rules, now: datetime) -> Hold | None:
    found = inhibitor(notification.incident, labels, rules.inhibitions, rules.known)
    if found is None:
        return None
    is_over = notification.kind is NotificationKind.CLOSED
    return Hold(Suppression.INHIBITED, f"{found[0].name}, by {found[1].name}", now + LOOK_AGAIN, is_over)
