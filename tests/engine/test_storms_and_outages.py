"""Storms and long outages, in their published sizes where a soak is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import product

import pytest
from engine_fakes import FakeChannel
from test_ways_barred import REFUSED, Way

from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, NotificationKind, Outcome
from crisiswatch.core.storm import StormLimit
from crisiswatch.core.throttling import Limit
from crisiswatch.engine.holding import HoldingRules
from crisiswatch.ports import Clock
from tests.builders import after

pytestmark = pytest.mark.timeout(3600)

Record = Callable[[str, object], None]
STORM, STORM_OF_A_SOAK = 2_000, 10_000
"""Incidents in a minute."""

OUTAGE, OUTAGE_OF_A_SOAK = 100, 1_000
"""Incidents that begin when every channel goes; one in ten is critical."""

HOURS, REMINDED_EVERY = 72, 12
DELIVERED = Attempt(Outcome.DELIVERED, reference="ref")
PACE = Limit(per_second=1.0, burst=4)
"""Of Slack; mail has none."""


def size(request: pytest.FixtureRequest, short: int, long: int) -> int:
    return long if request.config.getoption("--soak") else short


async def test_a_storm_is_a_few_messages_that_a_person_can_read_and_no_critical_waits(
    request: pytest.FixtureRequest, record_property: Record
) -> None:
    channel, count = FakeChannel(), size(request, STORM, STORM_OF_A_SOAK)
    way, criticals = Way(channel), 0
    for second in range(60):
        for number in range(count // 60):
            await way.owe(f"i{second}-{number}")
        if second % 4 == 0:
            await way.owe(f"critical{second}", severity=Severity.CRITICAL, deadline=after(hours=24))
            criticals += 1
        await way.at(seconds=second)
    told = {one.incident for one, _ in channel.sent}
    assert {f"critical{second}" for second in range(0, 60, 4)} <= told, "each in the second in which it was owed"
    for minute in range(2, 11):
        await way.at(minutes=minute)

    digests = [one for one, _ in channel.sent if one.kind == NotificationKind.DIGEST]
    pings = len(channel.sent) - len(digests) - criticals
    record_property(
        "number", f"storm: {count} incidents in a minute, {pings} pings, {criticals} criticals, {len(digests)} digests"
    )
    assert pings <= 10
    assert 1 <= len(digests) <= 3
    assert DeliveryState.DEAD not in await way.states()


class Noting(FakeChannel):
    """Notes when each message came."""

    clock: Clock

    async def send(self, message: Message, previous: str | None) -> Attempt:
        self.times = [*getattr(self, "times", []), self.clock.now()]
        return await super().send(message, previous)


class Outage:
    """Two channels that are gone, and incidents that begin then; one in ten is critical."""

    def __init__(self, count: int) -> None:
        self.channels = {name: Noting(REFUSED, name=name) for name in ("slack", "mail")}
        no_storm = StormLimit(count * 10, count * 10)
        self.way = Way(*self.channels.values(), holding=HoldingRules(storm=no_storm), limits={"slack": PACE})
        for channel in self.channels.values():
            channel.clock = self.way.clock
        self.critical = [f"i{number}" for number in range(0, count, 10)]
        self.warnings = [f"i{number}" for number in range(count) if number % 10]
        self.before: dict[str, int] = {}

    async def owe(self, names: Sequence[str], severity: Severity, number: int = 1) -> None:
        """Owe a message about each of these incidents to both."""
        worth = timedelta(hours=24 if severity is Severity.CRITICAL else 6)
        kind = NotificationKind.OPENED if number == 1 else NotificationKind.REPEATED
        for name, receiver in product(names, self.channels):
            deadline = self.way.clock.now() + worth
            await self.way.owe(name, number, receiver=receiver, severity=severity, kind=kind, deadline=deadline)

    async def end(self) -> None:
        """Let both take messages again."""
        for name, channel in self.channels.items():
            self.before[name] = len(channel.sent)
            channel.attempts = [DELIVERED]
        for second in range(2 * 60 + len(self.critical) + len(self.warnings)):
            await self.way.at(hours=HOURS, seconds=second)

    def times(self, name: str) -> list[datetime]:
        """Return when a channel got messages since it is back."""
        return self.channels[name].times[self.before[name] :]

    def caught_up(self, name: str) -> list[str]:
        """Return the incidents that a channel's messages were about since it is back."""
        return [one.incident for one, _ in self.channels[name].sent[self.before[name] :]]


async def test_every_channel_gone_for_three_days_loses_no_critical_and_tells_each_once_and_first(
    request: pytest.FixtureRequest, record_property: Record
) -> None:
    count = size(request, OUTAGE, OUTAGE_OF_A_SOAK)
    outage, new = Outage(count), [f"new{number}" for number in range(20)]
    await outage.owe(outage.critical, Severity.CRITICAL)
    await outage.owe(outage.warnings, Severity.WARNING)
    for hour in range(HOURS):
        await outage.way.at(hours=hour)
        if hour and hour % REMINDED_EVERY == 0:
            await outage.owe(outage.critical, Severity.CRITICAL, 1 + hour // REMINDED_EVERY)
    await outage.owe(new, Severity.WARNING)
    await outage.end()

    critical = set(outage.critical)
    for name in outage.channels:
        told = outage.caught_up(name)
        assert Counter(one for one in told if one in critical) == dict.fromkeys(critical, 1)
        assert set(told[: len(critical)]) == critical, "criticals go first"
        assert set(new) <= set(told)
        took = round((outage.times(name)[-1] - outage.times(name)[0]).total_seconds())
        said = f"{count} incidents, {len(critical)} criticals, none lost, none twice; {len(told)} messages in {took} s"
        record_property("number", f"all channels gone for {HOURS} h, {name}: {said}")
    assert keeps_pace(outage.times("slack")), "one a second, after a burst"
    assert not keeps_pace(outage.times("mail")), "what has no limit is not slowed"


def keeps_pace(times: Sequence[datetime]) -> bool:
    """Tell whether no stretch of time saw more than the burst and what the pace allows."""
    return all(
        last - first + 1 <= PACE.burst + PACE.per_second * (end - begin).total_seconds()
        for first, begin in enumerate(times)
        for last, end in list(enumerate(times))[first : first + 200]
    )
