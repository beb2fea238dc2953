"""The life of an incident: how an assessment, the clock and people move it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from crisiswatch.core.assessing import WATCH_AT, Assessment
from crisiswatch.core.incidents import Change, Condition, Event, Incident, Response
from crisiswatch.core.models import Severity

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timers:
    """The values of `DESIGN.md` §5. `ticks` in a row confirm a severity; `close_after` doubles per flap."""

    ticks: int = 2
    ease_after: timedelta = timedelta(minutes=15)
    close_after: timedelta = timedelta(hours=2)
    close_at_most: timedelta = timedelta(hours=8)
    final_after: timedelta = timedelta(hours=6)
    ack_holds_critical: timedelta = timedelta(hours=4)
    ack_holds_warning: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Transition:
    """The incident after one step, and what changed; `NONE` where nothing did."""

    incident: Incident
    change: Change
    events: tuple[Event, ...] = ()


def advance(
    incident: Incident | None, subject: tuple[str, str], assessment: Assessment, timers: Timers, now: datetime
) -> Transition | None:
    """Return the incident of `subject` (brand, family) after this assessment; None if there is nothing to tell.

    While a brand is blind nothing opens, eases or closes: missing data is not calm.
    """
    if incident is None or incident.condition is Condition.FINAL:
        return _begin(subject, assessment, timers, now)
    incident = _with(incident, score=assessment.score, peak_score=max(incident.peak_score, assessment.score))
    if assessment.is_blind:
        return _stale(incident, now)
    if incident.stale_since is not None:
        recovered = replace(incident, stale_since=None, quiet_since=None)
        return _changed(recovered, Change.RECOVERED, now)
    if incident.condition is Condition.PENDING:
        return _confirm(incident, assessment, timers, now)
    incident = _forget(incident, assessment, timers, now)
    if incident.remembers or assessment.is_over:
        assessment = assessment.of_now
    if incident.condition is Condition.CLOSED:
        return _after_closing(incident, assessment, timers, now)
    return _while_open(incident, assessment, timers, now)


def acknowledge(incident: Incident, by: str, timers: Timers, now: datetime) -> Transition:
    """Return the incident after a person took it; on a closed one it is only a comment."""
    if not incident.is_open:
        return _changed(incident, Change.COMMENTED, now, by, "acknowledged after closing")
    holds = timers.ack_holds_critical if incident.severity is Severity.CRITICAL else timers.ack_holds_warning
    acked = replace(
        incident,
        response=Response.ACKED,
        acked_by=by,
        acked_at=now,
        ack_expires_at=now + holds,
        ack_ending=False,
        next_step_at=None,
    )
    return _changed(acked, Change.ACKED, now, by)


def close(incident: Incident, now: datetime, note: str) -> Transition:
    """Return the incident closed for another reason than calm; whoever was told of it is told of the end."""
    closed = replace(incident, condition=Condition.CLOSED, closed_at=now, next_step_at=None)
    return _changed(closed, Change.CLOSED, now, note=note)


def ulid(fingerprint: str, opened_at: datetime) -> str:
    """Return a ULID whose random part is a hash of fingerprint and opening time: equal live and in a replay."""
    milliseconds = (opened_at - EPOCH) // timedelta(milliseconds=1)
    digest = sha256(f"{fingerprint}|{milliseconds}".encode()).digest()[:10]
    number = (milliseconds << 80) | int.from_bytes(digest)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def _begin(subject: tuple[str, str], assessment: Assessment, timers: Timers, now: datetime) -> Transition | None:
    if assessment.is_blind or assessment.severity is Severity.CALM:
        return None
    brand, family = subject
    incident = Incident(
        id=ulid(f"{brand}/{family}", now),
        brand=brand,
        family=family,
        condition=Condition.PENDING,
        severity=Severity.CALM,
        opened_at=now,
        updated_at=now,
        score=assessment.score,
        peak_score=assessment.score,
    )
    return _confirm(incident, assessment, timers, now)


def _confirm(incident: Incident, assessment: Assessment, timers: Timers, now: datetime) -> Transition:
    """Count one more tick of a pending incident: it opens, waits on, or is dropped."""
    if assessment.severity is Severity.CALM:
        return _changed(replace(incident, condition=Condition.FINAL), Change.DROPPED, now)
    is_new = incident.above == 0
    incident = _count_tick(incident, assessment)
    if not _is_confirmed(incident, assessment, timers):
        return _changed(incident, Change.PENDED, now) if is_new else Transition(incident, Change.NONE)
    opened = _at_severity(replace(incident, condition=Condition.ACTIVE, opened_at=now), assessment, now)
    return _changed(opened, Change.OPENED, now)


def _while_open(incident: Incident, assessment: Assessment, timers: Timers, now: datetime) -> Transition:
    is_held = assessment.severity > Severity.CALM and (
        not assessment.is_only_noticed or incident.severity <= Severity.WATCH
    )
    if not is_held:
        return _calm_down(_with(incident, above=0), timers, now)
    change = Change.RESUMED if incident.condition is Condition.EASING else Change.NONE
    incident = _with(incident, condition=Condition.ACTIVE, quiet_since=None, eased_at=None, remembers=False)
    if assessment.severity <= incident.severity:
        return _maybe(_with(incident, above=0), change, now)
    incident = _count_tick(incident, assessment)
    if not _is_confirmed(incident, assessment, timers):
        return _maybe(incident, change, now)
    raised = _at_severity(incident, assessment, now)
    return _changed(_unacknowledged(raised), Change.RAISED, now)


def _calm_down(incident: Incident, timers: Timers, now: datetime) -> Transition:
    quiet_since = incident.quiet_since or now
    incident = _with(incident, quiet_since=quiet_since)
    wait = min(timers.close_after * 2**incident.flaps, timers.close_at_most)
    if incident.condition is Condition.EASING and now - quiet_since >= wait:
        closed = replace(incident, condition=Condition.CLOSED, closed_at=now, next_step_at=None)
        return _changed(closed, Change.CLOSED, now)
    if incident.condition is Condition.ACTIVE and now - quiet_since >= timers.ease_after:
        eased = replace(incident, condition=Condition.EASING, eased_at=now, remembers=incident.score >= WATCH_AT)
        return _changed(eased, Change.EASED, now)
    return Transition(incident, Change.NONE)


def _forget(incident: Incident, assessment: Assessment, timers: Timers, now: datetime) -> Incident:
    """Return the incident, as forgotten once the score has been low for as long as easing takes."""
    if not incident.remembers or assessment.score >= WATCH_AT:
        return _with(incident, forgotten_since=None)
    since = incident.forgotten_since or now
    if now - since >= timers.ease_after:
        return _with(incident, remembers=False, forgotten_since=None)
    return _with(incident, forgotten_since=since)


def _after_closing(incident: Incident, assessment: Assessment, timers: Timers, now: datetime) -> Transition:
    """Re-open the same incident if it comes back soon, else finish it, once no score remembers it.

    A new incident would be opened by the memory of this one.
    """
    if incident.held_until is not None and now < incident.held_until and assessment.severity <= incident.severity:
        return Transition(_with(incident, above=0), Change.NONE)
    needed = min(incident.peak_severity, Severity.WARNING)
    if assessment.severity >= needed:
        incident = _count_tick(incident, assessment)
        if _is_confirmed(incident, assessment, timers):
            again = replace(
                incident,
                condition=Condition.ACTIVE,
                severity=Severity.CALM,
                quiet_since=None,
                eased_at=None,
                closed_at=None,
                closed_by=None,
                held_until=None,
                remembers=False,
                flaps=incident.flaps + 1,
                reopened=incident.reopened + 1,
            )
            return _changed(_unacknowledged(_at_severity(again, assessment, now)), Change.REOPENED, now)
        return Transition(incident, Change.NONE)
    incident = _with(incident, above=0)
    is_past = incident.closed_at is not None and now - incident.closed_at >= timers.final_after
    if is_past and not incident.remembers:
        return _changed(replace(incident, condition=Condition.FINAL), Change.FINALISED, now)
    return Transition(incident, Change.NONE)


def _stale(incident: Incident, now: datetime) -> Transition:
    if incident.stale_since is not None or not incident.is_open:
        return Transition(incident, Change.NONE)
    return _changed(replace(incident, stale_since=now, quiet_since=None), Change.WENT_STALE, now)


def _count_tick(incident: Incident, assessment: Assessment) -> Incident:
    """Count a tick towards a severity; a lower one in between lowers what is being confirmed."""
    candidate = assessment.severity
    if incident.above:
        candidate = min(candidate, incident.pending_severity)
    if candidate <= incident.severity and incident.condition is not Condition.CLOSED:
        return replace(incident, above=1, pending_severity=assessment.severity)
    return replace(incident, above=incident.above + 1, pending_severity=candidate)


def _is_confirmed(incident: Incident, assessment: Assessment, timers: Timers) -> bool:
    return assessment.is_urgent or incident.above >= timers.ticks


def _at_severity(incident: Incident, assessment: Assessment, now: datetime) -> Incident:
    severity = assessment.severity if assessment.is_urgent else incident.pending_severity
    detected = incident.detected_at or (now if severity >= Severity.WARNING else None)
    return replace(
        incident,
        severity=severity,
        peak_severity=max(incident.peak_severity, severity),
        above=0,
        pending_severity=Severity.CALM,
        detected_at=detected,
        rule=incident.rule or assessment.rule,
        reasons=assessment.reasons,
    )


def _with(incident: Incident, **fields: object) -> Incident:
    """Return the incident with these fields, itself if it has them: most ticks change nothing."""
    if all(getattr(incident, name) == value for name, value in fields.items()):
        return incident
    return replace(incident, **fields)  # type: ignore[arg-type]  # dataclasses.replace takes any field


def _unacknowledged(incident: Incident) -> Incident:
    return replace(
        incident, response=Response.UNACKED, acked_by=None, acked_at=None, ack_expires_at=None, ack_ending=False
    )


def _maybe(incident: Incident, change: Change, now: datetime) -> Transition:
    return Transition(incident, change) if change is Change.NONE else _changed(incident, change, now)


def _changed(incident: Incident, change: Change, now: datetime, by: str = "", note: str = "") -> Transition:
    incident = replace(incident, updated_at=now)
    return Transition(incident, change, (Event(now, change, incident.severity, by, note),))
