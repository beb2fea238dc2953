"""What reading X may cost, and what is read once there is reason to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from source_fakes import NOW
from x_answers import counts, posts, source

from crisiswatch.sources.web.x import PRICE


async def test_an_investigation_reads_posts_once_and_only_what_the_day_can_pay():
    reader = source(counts(NOW, 1, 1), posts(5, 4), posts="unusual")
    counted = await reader.fetch(None, NOW)

    begun = reader.investigate(counted.cursor, "Norvik", NOW)
    read = await reader.fetch(begun.cursor, NOW)

    assert (begun.cost, len(read.mentions), read.cost) == (0, 2, 2 * PRICE)
    assert reader.investigate(read.cursor, "Norvik", NOW + timedelta(minutes=1)) is None, "read just now"
    assert reader.investigate(begun.cursor, "Norvik", NOW) is None, "under way already"


@pytest.mark.parametrize(
    ("brand", "options"),
    [("Globex", {"posts": "unusual"}), ("Norvik", {"posts": "never"}), ("Norvik", {"posts": "always"}),
     ("Norvik", {"posts": "unusual", "dollars_per_day": PRICE * 9})],
)  # fmt: skip
def test_nothing_is_read_for_others_against_the_options_or_beyond_the_budget(brand, options):
    assert source(**options).investigate(None, brand, NOW) is None


async def test_a_month_has_a_cap_of_its_own_and_what_is_not_asked_is_not_covered():
    reader = source(counts(NOW, 1), dollars_per_day=1.0, dollars_per_month=PRICE * 3)
    cursor, batches = None, []
    for day in range(5):
        batch = await reader.fetch(cursor, NOW + timedelta(days=day))
        batches.append(batch)
        cursor = batch.cursor or cursor

    assert [batch.cost for batch in batches] == [PRICE, PRICE, PRICE, 0, 0]
    assert "0.015 of 0.015 dollars are spent" in batches[3].warnings[0] and batches[3].coverage == ()
    spending = reader.spending(cursor, NOW + timedelta(days=4))
    assert spending.stops_until is not None and spending.stops_until.day == 1 and spending.stops_until > NOW
    again = await reader.fetch(cursor, spending.stops_until)
    assert again.cost == PRICE


def test_spending_is_said_of_the_cap_that_is_nearest():
    assert source(dollars_per_day=2.0).spending(None, NOW).cap == 2.0
    assert source(dollars_per_day=2.0, dollars_per_month=1.0).spending(None, NOW).cap == 1.0
    assert source(dollars_per_day=0).spending(None, NOW).stops_until is not None
