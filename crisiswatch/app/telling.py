"""A test message to one receiver, made and sent as a real one is."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from ulid import ULID

from crisiswatch import channels
from crisiswatch.app.wording import renderer
from crisiswatch.core.incidents import Condition, Evidence, Incident, Source
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Notification, NotificationKind
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.isolating import FOR_CHANNELS, WorkerIsolator
from crisiswatch.plugins import ChannelTools
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.settings import Settings


async def send_test(settings: Settings, receiver: str) -> Attempt:
    """Send one message marked as a test and return how it ended."""
    entry = next(entry for entry in settings.receivers if entry.name == receiver)
    clock, isolator = SystemClock(), WorkerIsolator(FOR_CHANNELS)
    now = clock.now()
    since = now - timedelta(minutes=40)
    evidence = Evidence(now, since, 120, 150, 78.0, 10.0, 4.0, 16.0, 0.65, 0.17, sources=(Source("example", 120),))
    brand = settings.brands[0].name
    incident = Incident(
        str(ULID()), brand, "crisis", Condition.ACTIVE, Severity.WARNING, now, now, number=0, evidence=evidence
    )
    notification = Notification(
        incident.id, receiver, NotificationKind.TEST, 1, Severity.WARNING, now, now + timedelta(minutes=5)
    )
    message = renderer(settings)(notification, incident, None, (), None, now)
    tools = ChannelTools(isolator, plain, email_html, slack_blocks, socket.getfqdn() or os.uname().nodename, clock)
    channel = channels.CATALOGUE[entry.type].build(entry.name, entry.options, tools)
    try:
        return await channel.send(message, None)
    finally:
        await channel.close()
