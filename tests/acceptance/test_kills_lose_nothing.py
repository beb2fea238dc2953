"""Killed where messages can be lost or doubled: nothing is lost, and nothing that can be asked about comes twice.

Three kills by default; `CRISISWATCH_KILLS=50` for as many as the published number has.
"""

from __future__ import annotations

import os

import pytest

from benchmarks.delivery import KILL_AT, NEW_INCIDENTS, kills

KILLS = int(os.environ.get("CRISISWATCH_KILLS", "0")) or len(KILL_AT)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900 + 60 * KILLS)]


def test_killed_at_every_place_nothing_is_lost_and_nothing_askable_comes_twice() -> None:
    found = kills(seed=7, count=KILLS, within=60.0 * KILLS)

    assert (found["kills"], found["messages"]) == (KILLS, KILLS * NEW_INCIDENTS * 3)
    assert (found["lost"], found["undelivered"], found["duplicated"]) == (0, 0, 0)
    assert isinstance(found["duplicated_unqueryable"], int)
    # A mail whose answer got lost is sent again as well: one in twenty, beside those that a kill doubles.
    assert found["duplicated_unqueryable"] <= KILLS * (1 + NEW_INCIDENTS)
