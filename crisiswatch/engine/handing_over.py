"""The hand-over note: who goes on call is told what is open."""

from __future__ import annotations

from datetime import timedelta

from crisiswatch.core.models import Severity
from crisiswatch.core.oncall import Schedule, on_call, took_over
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.ports import Clock, Store

LATE_AT_MOST = timedelta(hours=1)
"""A note that could not be written at its time (the daemon was down) is still of use for so long."""

WORTH = timedelta(hours=12)


class HandingOver:
    """Owes a note for every hand-over, once: its key is that of the schedule and the moment."""

    def __init__(self, store: Store, clock: Clock, failpoints: Failpoints) -> None:
        self._store = store
        self._clock = clock
        self._failpoints = failpoints
        self.schedules: tuple[Schedule, ...] = ()

    async def look(self) -> int:
        """Owe the notes of hand-overs that just were; return how many there are of these."""
        now, noted = self._clock.now(), 0
        for schedule in self.schedules:
            moment = took_over(schedule, now)
            if moment is None or now - moment > LATE_AT_MOST:
                continue
            name = f"handover-{schedule.name}-{moment:%Y%m%dT%H%M}"
            receiver, kind = on_call(schedule, now), NotificationKind.HANDOVER
            owed = Notification(name, receiver, kind, 1, Severity.WARNING, moment, moment + WORTH)
            self._failpoints.reach("handover.before_commit")
            await self._store.enqueue(owed, now)
            self._failpoints.reach("handover.after_commit")
            noted += 1
        return noted
