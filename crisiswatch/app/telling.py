"""Tries receivers out: a test message, made and sent as a real one is, or a question that sends none."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import timedelta

from ulid import ULID

from crisiswatch import channels
from crisiswatch.app.wording import renderer
from crisiswatch.core.abilities import Checkable
from crisiswatch.core.incidents import Condition, Evidence, Incident, Source
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Notification, NotificationKind, Outcome
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.isolating import FOR_CHANNELS, WorkerIsolator
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Channel, Clock, Isolator
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.settings import ReceiverEntry, Settings

CHECK_WITHIN = timedelta(seconds=15)


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
    channel = _channel(entry, isolator, clock)
    try:
        return await channel.send(message, None)
    finally:
        await channel.close()


async def check_receivers(settings: Settings) -> dict[str, Attempt]:
    """Return, for each receiver whose channel can say so, whether a message would get through; none is sent."""
    found: dict[str, Attempt] = {}
    for entry in settings.receivers:
        channel = _channel(entry, WorkerIsolator(FOR_CHANNELS), SystemClock())
        try:
            if isinstance(channel, Checkable):
                async with asyncio.timeout(CHECK_WITHIN.total_seconds()):
                    found[entry.name] = await channel.check()
        except TimeoutError:
            found[entry.name] = Attempt(Outcome.UNKNOWN, f"no answer within {CHECK_WITHIN.total_seconds():.0f} s")
        finally:
            await channel.close()
    return found


def _channel(entry: ReceiverEntry, isolator: Isolator, clock: Clock) -> Channel:
    tools = ChannelTools(isolator, plain, email_html, slack_blocks, socket.getfqdn() or os.uname().nodename, clock)
    return channels.CATALOGUE[entry.type].build(entry.name, entry.options, tools)
