"""Killed where messages can be lost or doubled: nothing is lost, and nothing that can be asked about comes twice.

Three kills by default; `CRISISWATCH_KILLS=50` for as many as the published number has; `make soak` has 1,000.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from benchmarks.delivery import KILL_AT, NEW_INCIDENTS, kills

KILLS = int(os.environ.get("CRISISWATCH_KILLS", "0")) or len(KILL_AT)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900 + 60 * KILLS)]


def test_killed_at_every_place_nothing_is_lost_and_nothing_askable_comes_twice(
    record_property: Callable[[str, object], None],
) -> None:
    found = kills(seed=7, count=KILLS, within=60.0 * KILLS)
    record_property("number", "kills: " + ", ".join(f"{count} {what}" for what, count in found.items()))

    assert (found["kills"], found["messages"]) == (KILLS, KILLS * NEW_INCIDENTS * 3)
    assert (found["lost"], found["undelivered"], found["duplicated"]) == (0, 0, 0)
    assert isinstance(found["duplicated_unqueryable"], int)
    # A mail whose answer got lost is sent again as well: one in twenty, beside those that a kill doubles.
    assert found["duplicated_unqueryable"] <= KILLS * (1 + NEW_INCIDENTS)
