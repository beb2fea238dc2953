"""What a receiver would get, without sending it: the very bytes of its channel, secrets hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.app.asking import reading
from crisiswatch.app.building import playbooks
from crisiswatch.app.wording import renderer
from crisiswatch.channels.relaying.alertmanager import alerts
from crisiswatch.channels.relaying.pagerduty import TRIGGER, event
from crisiswatch.channels.slack.payload import INERT, card, with_buttons
from crisiswatch.channels.webhook import cloud_event
from crisiswatch.core.incidents import Condition, Evidence, Incident, Source
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import choose
from crisiswatch.core.series import Point, Series
from crisiswatch.engine.clock import SystemClock
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain, preview
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons
from crisiswatch.settings import Settings

HOST = "crisiswatch.example"
HIDDEN = "********"
EXAMPLE_KEY = b"the links of an example open nothing"

BUCKET, BUCKETS = timedelta(minutes=5), 288


@dataclass(frozen=True, slots=True)
class Preview:
    """What one receiver would get: `line` as a push notification, `text` and `html` where its channel has them."""

    receiver: str
    type: str
    line: str
    text: str
    html: str | None
    picture: bytes | None


async def preview_for(settings: Settings, receiver: str, number: int | None, kind: NotificationKind) -> Preview | None:
    """Return what the receiver would get about an incident, or about an example; None if there is no such incident."""
    entry = next(entry for entry in settings.receivers if entry.name == receiver)
    now = SystemClock().now()
    incident = example(settings, now) if number is None else await _stored(settings, number)
    if incident is None:
        return None
    book, _ = choose(playbooks(settings), incident.evidence.incident_type if incident.evidence else "", "")
    owed = Notification(incident.id, receiver, kind, 1, incident.severity, now, now + timedelta(hours=1))
    render = renderer(settings, (EXAMPLE_KEY,))
    quotes, series = (_quotes(), _series(incident, now)) if number is None else ((), None)
    message = render(owed, incident, book, quotes, series, now)
    body = _BODIES[entry.type](message, entry.options) if entry.type in _BODIES else plain(message)
    html = email_html(message) if entry.type == "email" else None
    return Preview(
        receiver, entry.type, preview(message), body, html, message.picture.draw_png() if message.picture else None
    )


def example(settings: Settings, now: datetime) -> Incident:
    """Return an incident of the first brand as it might be after forty minutes."""
    since = now - timedelta(minutes=40)
    evidence = Evidence(
        now, since, 120, 150, 78.0, 10.0, 4.0, 16.0, 0.65, 0.17, authors=87, top_share=0.09,
        drivers=("battery recall", "smoke"), sources=(Source("example", 120),), languages=(Source("en", 120),),
        incident_type="product_defect", type_reason="“smoke”, “battery”", doubling=timedelta(minutes=15),
    )  # fmt: skip
    return Incident(
        "0" * 26, settings.brands[0].name, "crisis", Condition.ACTIVE, Severity.CRITICAL,
        since + timedelta(minutes=5), now, number=1, score=1.9, peak_score=1.9, peak_ratio=12.0, evidence=evidence,
        peak_severity=Severity.CRITICAL,
    )  # fmt: skip


async def _stored(settings: Settings, number: int) -> Incident | None:
    async with reading(settings) as store:
        return await store.incident(number)


def _quotes() -> Sequence[Quote]:
    text = "My kettle began to smoke while I was next to it. <!channel> @everyone"
    return (Quote("@example, mastodon", "13:14 UTC", text, "https://social.example/1", "en"),)


def _series(incident: Incident, now: datetime) -> Series:
    start = now - BUCKET * BUCKETS
    points = []
    for i in range(BUCKETS):
        more = max(0, i - BUCKETS + 8)
        points.append(Point(start + BUCKET * i, 20.0 + i % 5 + more * 25, 21.0, 12.0, 30.0, 0.17 + more * 0.05))
    return Series(incident.brand, BUCKET, tuple(points), 0.17, incident.evidence.since if incident.evidence else None)


def _slack(message: Message, options: object) -> str:
    blocks = list(slack_blocks(message))
    if getattr(options, "has_buttons", False):
        blocks = [dict(block) for block in with_buttons(blocks, slack_buttons(message))]
    return _json({**card(message, blocks), **INERT})


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


_BODIES: dict[str, Callable[[Message, object], str]] = {
    "slack": _slack,
    "webhook": lambda message, _: _json(json.loads(cloud_event(message, HOST))),
    "pagerduty": lambda message, _: _json(event(message, TRIGGER, HIDDEN, HOST)),
    "alertmanager": lambda message, options: _json(alerts(message, getattr(options, "labels", {}), message.sent_at)),
}
