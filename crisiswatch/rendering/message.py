"""Composes the channel-neutral message: one notification, in the order in which a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from crisiswatch.core.answering import Deed
from crisiswatch.core.incidents import Condition, Incident, Response
from crisiswatch.core.messages import Fact, Links, Message, Picture, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.series import Series
from crisiswatch.rendering.chart import chart_png, picture
from crisiswatch.rendering.evidence import facts
from crisiswatch.rendering.headline import headline, is_over, subject
from crisiswatch.rendering.inert import inert, one_line, safe_url
from crisiswatch.rendering.push import push, topic_of
from crisiswatch.rendering.reader import Reader, reader
from crisiswatch.rendering.reasons import data_health, why

T = TypeVar("T")

MOST_QUOTES = 3
MOST_STEPS = 3
_STEP_LIMIT = 300
_STATEMENT_LIMIT = 1200
_REASON_LIMIT = 140


@dataclass(frozen=True, slots=True)
class Context:
    """What is told beside the incident: where the console is, when it is, and who reads.

    `budget` is the false alarms a week that the operator bears. `draw` turns an SVG into PNG; None: no picture.
    `sign` returns the token of a signed link; None: this reader gets none.
    """

    now: datetime
    public_url: str | None = None
    time_zone: tzinfo = UTC
    language: str = "en"
    budget: float | None = None
    draw: Callable[[str], bytes] | None = chart_png
    sign: Callable[[Deed], str] | None = None


def compose(
    notification: Notification,
    incident: Incident,
    playbook: Playbook | None,
    quotes: Sequence[Quote],
    series: Series | None,
    context: Context,
) -> Message:
    """Return what `notification` tells its receiver about `incident`; total, whatever strangers wrote."""
    told_to = reader(context.language, context.time_zone, context.now)
    playbook = None if notification.kind is NotificationKind.CLOSED else playbook  # an all-clear asks for nothing
    severity = _severity(notification, incident)
    message = Message(
        key=notification.key,
        kind=notification.kind.value,
        incident=incident.name,
        number=notification.number,
        receiver=notification.receiver,
        severity=severity,
        brand=one_line(incident.brand, 80),
        headline=headline(notification.kind, severity, incident, told_to),
        thread_subject=subject(notification.kind, severity, incident, told_to),
        state=state_of(incident, told_to),
        since=_since(incident, told_to),
        opened_at=incident.opened_at,
        sent_at=context.now,
        facts=facts(incident, told_to) + _playbook_page(playbook, told_to),
        quotes=tuple(_inert_quote(quote) for quote in quotes[:MOST_QUOTES]),
        playbook=_title(playbook, told_to),
        owner=_owner(playbook, incident, told_to),
        playbook_reason=_playbook_reason(notification.kind, playbook, incident, told_to),
        steps=_steps(playbook, told_to),
        holding_statement=_statement(playbook, told_to),
        why=why(incident, told_to, context.budget),
        data_health=data_health(incident, told_to),
        url=_page(context.public_url, incident),
        picture=_picture(series, told_to, context.draw),
        language=told_to.language,
        is_test=notification.kind is NotificationKind.TEST,
    )
    return _answerable(_glanced(message, notification.kind, incident, told_to), incident, context)


def _glanced(message: Message, kind: NotificationKind, incident: Incident, told_to: Reader) -> Message:
    preview = push(kind, message.severity, incident, message.playbook, told_to)
    return replace(message, preview=preview, topic=topic_of(incident, told_to), silenced=silenced(incident, told_to))


def _answerable(message: Message, incident: Incident, context: Context) -> Message:
    is_acked = incident.response is Response.ACKED and not incident.ack_ending  # what runs out can be renewed
    return replace(
        message,
        links=_links(incident, context),
        is_acked=is_acked,
        is_over=is_over(incident),
        family=incident.family,
    )


def _severity(notification: Notification, incident: Incident) -> Severity:
    # A late message must not call a trouble milder than it is by now.
    return max(notification.severity, incident.severity) if incident.is_open else notification.severity


def state_of(incident: Incident, told_to: Reader) -> str:
    """Return how an incident stands: who is on it, or that it is over."""
    words = told_to.words.states
    if is_over(incident):
        state = _ending(incident, told_to)
    elif incident.response is Response.UNACKED or incident.acked_at is None:
        state = words.unacked
    elif incident.acked_by:
        state = words.acked.format(who=one_line(incident.acked_by, 60), time=told_to.clock(incident.acked_at))
    else:
        state = words.acked_nameless.format(time=told_to.clock(incident.acked_at))
    if incident.ack_ending and incident.ack_expires_at is not None and not is_over(incident):
        state = words.acked_until.format(state=state, end=told_to.clock(incident.ack_expires_at))
    if incident.verdict is not None and incident.verdict_at is not None:
        told = told_to.words.verdicts[incident.verdict.value]
        who, time = one_line(incident.verdict_by or "?", 60), told_to.clock(incident.verdict_at)
        state = words.judged.format(state=state, verdict=told, who=who, time=time)
    return words.opened.format(state=state, time=told_to.placed_clock(incident.opened_at))


def silenced(incident: Incident, told_to: Reader) -> str:
    """Return who silenced an incident, until when and why; empty where no silence holds it back."""
    mark = incident.silence_at(told_to.now)
    if mark is None:
        return ""
    who, reason = one_line(mark.by, 60), inert(mark.reason, _REASON_LIMIT)
    return told_to.words.states.silenced.format(who=who, time=told_to.placed_clock(mark.until), reason=reason)


def _ending(incident: Incident, told_to: Reader) -> str:
    words, time = told_to.words.states, told_to.clock(incident.closed_at or incident.updated_at)
    if incident.closed_by:
        return words.closed_by.format(who=one_line(incident.closed_by, 60), time=time)
    return words.closed.format(time=time)


def _since(incident: Incident, told_to: Reader) -> str:
    words, evidence = told_to.words.states, incident.evidence
    start = evidence.since if evidence is not None else incident.opened_at
    if incident.closed_at is not None:
        end = told_to.clock(incident.closed_at)
        return words.was.format(time=told_to.clock(start), end=end, span=told_to.span(incident.closed_at - start))
    time, span = told_to.clock(start), told_to.span(told_to.now - start)
    if incident.stale_since is not None:
        return words.since_stale.format(time=time, stale=told_to.clock(incident.stale_since))
    if incident.condition is Condition.EASING and incident.eased_at is not None:
        return words.since_easing.format(time=time, span=span, eased=told_to.clock(incident.eased_at))
    if evidence is not None and evidence.doubling is not None and incident.family in ("crisis", "positive"):
        return words.since_growing.format(time=time, span=span, doubling=told_to.span(evidence.doubling))
    return words.since.format(time=time, span=span)


def _inert_quote(quote: Quote) -> Quote:
    return Quote(
        who=inert(quote.who, 80),
        when=inert(quote.when, 80),
        text=inert(quote.text),
        url=safe_url(quote.url),
        language=quote.language if quote.language and quote.language.replace("-", "").isalnum() else None,
    )


def _title(playbook: Playbook | None, told_to: Reader) -> str:
    return one_line(_in_language(playbook.title, told_to, playbook.name), 100) if playbook else ""


def _owner(playbook: Playbook | None, incident: Incident, told_to: Reader) -> str:
    if playbook is None:
        return ""
    words, owner = told_to.words.facts, one_line(playbook.owner, 100)
    if not incident.is_open or not playbook.deadline:
        return owner
    due = incident.opened_at + playbook.deadline
    form = words.owner_until if due > told_to.now else words.owner_was_due
    return form.format(owner=owner, time=told_to.clock(due))


def _playbook_reason(kind: NotificationKind, playbook: Playbook | None, incident: Incident, told_to: Reader) -> str:
    words = told_to.words.facts
    if playbook is None:
        family = incident.family.partition(":")[0]
        unplanned = {"blind": words.check_source, "source": words.check_source, "self": words.check_self}
        return "" if kind is NotificationKind.CLOSED else unplanned.get(family, words.no_playbook)
    reason = inert(incident.playbook_reason, 200)
    return words.because.format(reason=reason) if reason else ""


def _steps(playbook: Playbook | None, told_to: Reader) -> tuple[str, ...]:
    steps = _in_language(playbook.steps, told_to, ()) if playbook else ()
    return tuple(one_line(step, _STEP_LIMIT) for step in steps[:MOST_STEPS])


def _statement(playbook: Playbook | None, told_to: Reader) -> str:
    return one_line(_in_language(playbook.holding_statement, told_to, ""), _STATEMENT_LIMIT) if playbook else ""


def _in_language(texts: Mapping[str, T], told_to: Reader, otherwise: T) -> T:
    for language in (told_to.language, "en", *texts):
        if language in texts:
            return texts[language]
    return otherwise


def _playbook_page(playbook: Playbook | None, told_to: Reader) -> tuple[Fact, ...]:
    url = safe_url(playbook.url) if playbook else None
    return (Fact(told_to.words.labels.playbook_page, url),) if url else ()


def _page(public_url: str | None, incident: Incident) -> str | None:
    # Before the store numbers it, an incident has no page.
    return safe_url(f"{public_url.rstrip('/')}/i/{incident.name}") if public_url and incident.number else None


def _links(incident: Incident, context: Context) -> Links | None:
    if context.public_url is None or context.sign is None or not incident.number:
        return None
    found = [safe_url(f"{context.public_url.rstrip('/')}/a/{context.sign(deed)}") for deed in Deed]
    acknowledge, verdict, close, silence = found
    return Links(acknowledge, verdict, close, silence or "") if acknowledge and verdict and close else None


def _picture(series: Series | None, told_to: Reader, draw: Callable[[str], bytes] | None) -> Picture | None:
    if series is None or not series.points or draw is None:
        return None
    return picture(series, "light", zone=told_to.zone, language=told_to.language, draw=draw)
