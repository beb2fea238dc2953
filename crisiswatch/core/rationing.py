"""A token bucket for one credential: however requests are spread, no stretch of the budget's length holds more of them.

A bucket that holds `burst` and gains the rest of the budget in its length lets no more than the budget through in any
such stretch. Requests are taken some at a time, and what was taken is stored before the first of them is sent: after a
kill the rest of them is lost, never spent twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.allowances import Allowance, bounded

BURST = 0.1
"""The part of a budget that may be spent at once; the rest comes evenly."""

RESERVED = 0.2
"""The part of what may be spent at once that is left to sources of brands in alert: others do not touch it."""

TAKEN = 0.02
"""The part of a budget that is taken, and stored, at a time."""

MOMENT = timedelta(milliseconds=1)
"""Added to every wait: a wait of less than a microsecond would be none, and the level never reach one."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
"""How long a server that says "too many" and no time is left alone: doubled each time, up to the second."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a credential may make in any stretch of that length."""

    requests: int
    per: timedelta

    @property
    def burst(self) -> float:
        """Return how many may be made at once."""
        return max(1.0, self.requests * BURST)

    def left_by(self, part: float) -> float:
        """Return how many requests are left to others by who leaves that part; a bucket of one has none to leave."""
        return min(self.burst * part, self.burst - 1)

    @property
    def rate(self) -> float:
        """Return how many come back in a second."""
        return max(self.requests - self.burst, 1.0 if self.requests == 1 else 0.0) / self.per.total_seconds()

    @property
    def taken(self) -> int:
        """Return how many are taken at a time."""
        return max(1, int(min(self.requests * TAKEN, self.burst)))


class Ration(msgspec.Struct, frozen=True):
    """What is left of a credential at one server. `level` None: full, nothing was ever taken.

    `remaining` until `resets_at` is what the server said; `closed_until` is when it may be asked at all again.
    """

    level: float | None = None
    at: datetime | None = None
    remaining: int | None = None
    resets_at: datetime | None = None
    closed_until: datetime | None = None
    refusals: int = 0


def take(
    ration: Ration, limit: Limit | None, now: datetime, leaving: float = RESERVED
) -> tuple[Ration, int, timedelta]:
    """Take requests: return what is left, how many were taken, and if none how long to wait.

    `leaving` is the part of what may be spent at once that stays for others, 0 for what is urgent.
    """
    if ration.closed_until is not None and now < ration.closed_until:
        return ration, 0, ration.closed_until - now
    if ration.remaining is not None and ration.resets_at is not None and now < ration.resets_at:
        if ration.remaining <= 0:
            return ration, 0, ration.resets_at - now
    elif ration.remaining is not None:
        ration = msgspec.structs.replace(ration, remaining=None, resets_at=None)
    if limit is None:
        return _less(ration, 1), 1, timedelta()
    level = level_of(ration, limit, now)
    free = level - limit.left_by(leaving)
    if free < 1:
        return ration, 0, timedelta(seconds=(1 - free) / limit.rate) + MOMENT
    count = min(limit.taken, int(free), limit.taken if ration.remaining is None else ration.remaining)
    return msgspec.structs.replace(_less(ration, count), level=level - count, at=now), count, timedelta()


def level_of(ration: Ration, limit: Limit, now: datetime) -> float:
    """Return how many requests may be made at `now`; a clock that went back gives nothing."""
    if ration.level is None or ration.at is None:
        return limit.burst
    gained = max(0.0, (now - ration.at).total_seconds()) * limit.rate
    return min(limit.burst, ration.level + gained)


def hear(ration: Ration, said: Allowance, now: datetime) -> Ration:
    """Return the ration after an answer that was given; what the server says counts if it is less."""
    ration = msgspec.structs.replace(ration, refusals=0)
    if said.remaining is None or said.resets_in is None:
        return ration
    resets_at = now + said.resets_in
    is_same = ration.remaining is not None and ration.resets_at is not None and now < ration.resets_at
    known = ration.remaining if is_same and ration.remaining is not None else said.remaining
    return msgspec.structs.replace(ration, remaining=min(known, said.remaining), resets_at=resets_at)


def refuse(ration: Ration, wait: timedelta | None, now: datetime) -> Ration:
    """Return the ration after the server refused with "too many": closed for as long as it says, else ever longer."""
    pause = min(FIRST_PAUSE * 2.0 ** min(ration.refusals, 10), LONGEST_PAUSE) if wait is None else bounded(wait)
    return close(msgspec.structs.replace(ration, refusals=ration.refusals + 1), pause, now)


def close(ration: Ration, wait: timedelta, now: datetime) -> Ration:
    """Return the ration closed for that long: a quota is spent until its cycle begins anew."""
    until = max(now + wait, ration.closed_until or now)
    return msgspec.structs.replace(ration, closed_until=until)


def _less(ration: Ration, count: int) -> Ration:
    left = None if ration.remaining is None else max(0, ration.remaining - count)
    return msgspec.structs.replace(ration, remaining=left)
