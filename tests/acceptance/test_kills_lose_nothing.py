"""Killed where messages can be lost or doubled: nothing is lost, and a kill repeats one message to a receiver at most.

Fifty kills by default, in about a minute and a half of processor time; `CRISISWATCH_KILLS` says how many, and
`make soak` has 1,000.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from benchmarks.killing import KILL_AT, kills

KILLS = int(os.environ.get("CRISISWATCH_KILLS", "0")) or 50

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900 + 60 * KILLS)]


def test_killed_at_every_place_nothing_is_lost_and_a_kill_repeats_one_message_to_a_receiver_at_most(
    record_property: Callable[[str, object], None],
) -> None:
    found = kills(seed=7, count=KILLS, within=60.0 * KILLS, rest=600.0)
    record_property("number", "kills: " + ", ".join(f"{count} {what}" for what, count in found.items()))
    places = found.pop("kills_by_place")

    assert (found["kills"], found["lost"], found["undelivered"]) == (KILLS, 0, 0)
    assert found["duplicated"] == 0, "Slack can be asked what arrived"
    assert (found["repeated_without_cause"], found["most_repeated_by_one_kill"]) == (
        0,
        min(1, found["repeated_by_kills"]),
    )
    assert found["repeated_by_kills"] + found["repeated_by_lost_answers"] == found["duplicated_unqueryable"]
    assert min(places.get(place, 0) for place in KILL_AT) >= KILLS // len(KILL_AT)
