"""The load run in a short form: everything comes in, every critical goes out, and waiting work adds up."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from benchmarks.load import Shift, measure

pytestmark = pytest.mark.timeout(600)


async def test_half_a_minute_at_500_and_two_seconds_at_5000_a_second_lose_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    found = await measure(seed=1, steady=30, burst=2)

    steady, burst = found["500_a_second"], found["5000_a_second"]
    assert isinstance(steady, dict) and isinstance(burst, dict)
    told = f"{steady['utilisation']} of a core at 500 a second, {burst['utilisation']} at 5,000"
    record_property("number", f"load: {found['mentions']} mentions, {told}; criticals after {found['p99_seconds']} s")
    assert (found["mentions"], steady["mentions"], burst["mentions"]) == (25_000, 15_000, 10_000)
    assert (found["criticals"], found["criticals_accepted"], found["undelivered"]) == (2, 2, 0)
    assert 0 < steady["utilisation"] < burst["utilisation"]


def test_work_that_is_due_before_the_last_is_done_waits_for_it() -> None:
    shift = Shift(None, None, Random(0), ())  # type: ignore[arg-type]  # only its account is looked at
    shift.now = 10.0
    waits = [shift.done(0.5), shift.done(0.5)]
    shift.now = 10.25
    waits.append(shift.done(1.0))
    shift.now = 20.0
    waits.append(shift.done(1.0))

    assert waits == [0.5, 1.0, 1.75, 1.0]
    assert shift.worked == 3.0
