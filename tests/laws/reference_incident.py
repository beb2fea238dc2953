"""The life of an incident in the plainest words: what a person would do with paper, a pencil and a watch.

It knows nothing of the code it is compared with: no transitions, no versions, no messages. Times are seconds. Every
tick says how bad it is; people acknowledge, judge and close. `state` is what both must agree on after every step.
"""

from __future__ import annotations

from dataclasses import dataclass

CALM, WATCH, WARNING, CRITICAL = range(4)
TICKS = 2
"""Ticks in a row that a severity must be seen before it is believed."""

REMINDED_BEFORE = 15 * 60
"""Seconds before an acknowledgement ends at which it may be given anew."""


@dataclass(frozen=True)
class Times:
    """How long things take, in seconds."""

    ease: float
    close: float
    close_at_most: float
    final: float
    ack_critical: float
    ack_warning: float
    held: float


@dataclass
class Paper:
    """One incident, as it stands on paper; `number` counts those that there were."""

    times: Times
    number: int = 0
    condition: str = "none"
    severity: int = CALM
    worst: int = CALM
    seen: tuple[int, ...] = ()
    quiet_since: float | None = None
    closed_at: float = 0.0
    held_until: float = 0.0
    came_back: int = 0
    acked_by: str = ""
    ack_ends: float = 0.0
    is_asked_again: bool = False
    judged_by: str = ""
    is_blind: bool = False

    def state(self) -> tuple[object, ...]:
        """Return what must be the same on paper and in the code."""
        if self.condition in ("none", "final"):
            return (self.number, "nothing")
        return (self.number, self.condition, self.severity, self.worst, self.acked_by, self.came_back)

    @property
    def is_open(self) -> bool:
        """Tell whether somebody may have to act."""
        return self.condition in ("active", "easing")

    def tick(self, severity: int, now: float) -> None:
        """Write down how bad it is now."""
        if self.is_blind:  # seen again: this tick only says so
            self.is_blind, self.quiet_since = False, None
        elif self.condition in ("none", "final"):
            self._begin(severity)
        elif self.condition == "pending":
            self._wait(severity)
        elif self.is_open:
            self._go_on(severity, now)
        else:
            self._stay_over(severity, now)
        self._watch_ack(now)

    def blind(self, now: float) -> None:
        """Write down that nothing could be seen: that is not calm, and no trouble either."""
        if self.is_open and not self.is_blind:
            self.is_blind, self.quiet_since = True, None
        if self.condition not in ("none", "final"):
            self._watch_ack(now)

    def ack(self, by: str, now: float) -> None:
        """Write down who is on it; what is over stays over."""
        if self.is_open and (self.acked_by != by or self.is_asked_again):
            self._take(by, now)

    def judge_away(self, by: str, now: float) -> None:
        """Write down that it is no crisis: somebody has looked, so nobody must be reminded."""
        if self.condition in ("none", "final") or self.judged_by == by:
            return
        self.judged_by = by
        if self.is_open and not self.acked_by:
            self._take(by, now)

    def end(self, now: float) -> None:
        """Write down that somebody closed it."""
        if self.is_open:
            self.condition, self.closed_at, self.held_until = "closed", now, now + self.times.held

    def _watch_ack(self, now: float) -> None:
        if self.condition != "active" or not self.acked_by:
            return
        if now >= self.ack_ends:
            self.acked_by, self.is_asked_again = "", False
        elif now >= self.ack_ends - REMINDED_BEFORE:
            self.is_asked_again = True

    def _take(self, by: str, now: float) -> None:
        holds = self.times.ack_critical if self.severity == CRITICAL else self.times.ack_warning
        self.acked_by, self.ack_ends, self.is_asked_again = by, now + holds, False

    def _begin(self, severity: int) -> None:
        if severity > CALM:
            fresh = Paper(self.times, number=self.number + 1, condition="pending", seen=(severity,))
            self.__dict__.update(fresh.__dict__)

    def _wait(self, severity: int) -> None:
        if severity == CALM:
            self.condition = "final"
        else:
            self._see(severity)

    def _go_on(self, severity: int, now: float) -> None:
        if severity == CALM:
            self.seen = ()
            self._calm(now)
            return
        self.condition, self.quiet_since = "active", None
        if severity <= self.severity:
            self.seen = ()
            return
        self._see(severity)

    def _calm(self, now: float) -> None:
        if self.quiet_since is None:
            self.quiet_since = now
        lasts = now - self.quiet_since
        wait = min(self.times.close * 2**self.came_back, self.times.close_at_most)
        if self.condition == "easing" and lasts >= wait:
            self.condition, self.closed_at, self.held_until = "closed", now, 0.0
        elif self.condition == "active" and lasts >= self.times.ease:
            self.condition = "easing"

    def _stay_over(self, severity: int, now: float) -> None:
        if now < self.held_until and severity <= self.severity:
            self.seen = ()
        elif severity >= min(self.worst, WARNING):
            self._see(severity)
            self.came_back += self.condition == "active"
        else:
            self.seen = ()
            if now - self.closed_at >= self.times.final:
                self.condition = "final"

    def _see(self, severity: int) -> None:
        """Take for true what was seen on each of so many ticks: the least of it."""
        self.seen = (*self.seen, severity)
        if len(self.seen) < TICKS:
            return
        self.severity, self.seen = min(self.seen), ()
        self.worst = max(self.worst, self.severity)
        self.condition, self.quiet_since, self.held_until = "active", None, 0.0
        self.acked_by, self.is_asked_again = "", False
