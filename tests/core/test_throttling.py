"""The pace of a receiver: laws for any limit and any moments, and what an operator reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.throttling import Limit, Throttle, posts_of, waits
from tests.builders import NOON, after

limits = st.builds(Limit, st.sampled_from([0.1, 0.25, 0.4, 1.0, 3.0, 7.0, 1000.0]), st.integers(1, 10))
gaps = st.lists(st.timedeltas(timedelta(0), timedelta(seconds=20)), min_size=1, max_size=60)
ROUNDING = timedelta(microseconds=100)
"""Times are whole microseconds; a third of a second is not."""


def let_through(limit: Limit, moments: Sequence[datetime]) -> list[datetime]:
    """Return the moments at which a message that asks is let through."""
    throttle, found = Throttle(limit, NOON), []
    for moment in moments:
        taken = throttle.take(moment)
        if taken is not None:
            throttle, found = taken, [*found, moment]
    return found


@given(limits, gaps)
def test_no_stretch_of_time_sees_more_than_the_burst_and_what_the_pace_allows(
    limit: Limit, between: list[timedelta]
) -> None:
    sent = let_through(limit, list(accumulate(between, initial=NOON)))

    for first, begin in enumerate(sent):
        for last in range(first, len(sent)):
            stretch = sent[last] - begin + ROUNDING
            assert last - first + 1 <= limit.burst + limit.per_second * stretch.total_seconds()


@given(limits, gaps)
def test_whoever_waits_until_it_is_free_is_let_through_then(limit: Limit, between: list[timedelta]) -> None:
    throttle, now = Throttle(limit, NOON), NOON
    for gap in between:
        now = max(now + gap, throttle.free_at())
        taken = throttle.take(now)
        assert taken is not None, "nothing waits for ever"
        assert taken.free_at() - now <= limit.apart + ROUNDING
        throttle = taken


@given(limits)
def test_after_a_rest_a_burst_goes_at_once_and_no_more(limit: Limit) -> None:
    assert len(let_through(limit, [after(days=1)] * 20)) == limit.burst


@given(limits, st.integers(1, 3))
def test_what_was_given_back_had_not_been_taken(limit: Limit, posts: int) -> None:
    throttle = Throttle(limit, NOON)
    taken = throttle.take(NOON, posts)

    assert taken is not None
    assert taken.give_back(posts) == throttle


def test_a_reply_with_an_edit_is_two_posts_and_the_next_waits_for_both() -> None:
    throttle = Throttle(Limit(1.0, 1), NOON).take(NOON, posts_of(NotificationKind.RAISED, edits=True))

    assert throttle is not None
    assert throttle.free_at() == after(seconds=2)
    assert [posts_of(kind, edits=True) for kind in (NotificationKind.OPENED, NotificationKind.UPDATED)] == [1, 1]
    assert posts_of(NotificationKind.RAISED, edits=False) == 1


def test_a_receiver_that_asks_to_be_left_alone_is_and_then_takes_one_after_the_other() -> None:
    throttle = Throttle(Limit(1.0, 4), NOON).wait_until(after(seconds=30))

    assert throttle.free_at() == after(seconds=30)
    taken = throttle.take(after(seconds=30))
    assert taken is not None
    assert taken.free_at() == after(seconds=31)
    assert throttle.wait_until(after(seconds=3)) == throttle


def row(id: int, severity: Severity = Severity.WARNING, **changes: object) -> OutboxRow:
    owed = Notification(f"i{id}", "team", NotificationKind.OPENED, 1, severity, NOON, after(hours=6))
    fields: dict[str, object] = {"not_before": NOON, "state": DeliveryState.PENDING, **changes}
    return OutboxRow(id, owed, **fields)  # type: ignore[arg-type]


def test_of_what_waits_for_the_pace_alone_the_reason_and_the_place_in_the_queue_are_told() -> None:
    rows = [
        row(1),
        row(2, Severity.CRITICAL),
        row(3),
        row(4, held="muted: nights"),
        row(5, not_before=after(minutes=5)),
        row(6, state=DeliveryState.DEAD),
    ]

    assert waits(rows, {"team": Limit(1.0, 4)}, NOON) == {
        1: "paced: 1 a second, 1 before it",
        3: "paced: 1 a second, 2 before it",
    }
    assert waits(rows, {}, NOON) == {}


@pytest.mark.parametrize(
    ("limit", "stated"),
    [
        (Limit(0.25, 5), {60: 20}),  # Telegram
        (Limit(0.4, 4), {2: 5, 60: 30}),  # Discord
        (Limit(1.0, 3), {1: 4, 30: 60}),  # Teams
    ],
)
def test_the_windows_that_services_state_are_kept_burst_included(limit: Limit, stated: dict[int, int]) -> None:
    sent = let_through(limit, [NOON + timedelta(milliseconds=50 * step) for step in range(2_400)])

    for seconds, allowed in stated.items():
        counts = [sum(begin <= one < begin + timedelta(seconds=seconds) for one in sent) for begin in sent]
        assert max(counts) <= allowed
