"""Where nobody can say what arrived, one message is in flight at a time: a kill then repeats one at most."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from delivering_world import Delivering, owed
from engine_fakes import FakeChannel

from crisiswatch.channels import CATALOGUE
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.engine.lanes import PATIENCE, Lanes
from crisiswatch.ports import Abilities
from tests.channels.builders_channels import tools


async def in_flight(abilities: Abilities) -> tuple[int, list[DeliveryState]]:
    """Owe four messages of different incidents; return how many are in flight at once, and how they end."""
    channel = FakeChannel()
    channel.abilities, channel.hold = abilities, asyncio.Event()
    world = Delivering(channel)
    await world.owe(*(owed(incident=f"0{n}") for n in range(4)))
    settling = asyncio.create_task(world.settle())
    await channel.begun.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    begun = len(channel.sent)
    channel.hold.set()
    await settling
    return begun, [row.state for row in await world.rows()]


@pytest.mark.parametrize(("is_single", "expected"), [(True, 1), (False, 4)])
async def test_one_goes_at_a_time_where_it_must_and_all_arrive(is_single: bool, expected: int) -> None:
    assert await in_flight(Abilities(is_single=is_single)) == (expected, [DeliveryState.DELIVERED] * 4)


async def test_whoever_waits_too_long_for_a_turn_does_without() -> None:
    lanes = Lanes()

    async with lanes.turn("team", PATIENCE) as first, lanes.turn("team", timedelta(0)) as second:
        assert (first, second) == (True, False)
    async with lanes.turn("team", PATIENCE) as third:
        assert third


def test_what_a_kill_can_repeat_before_eyes_goes_one_by_one() -> None:
    single = set()
    for name in CATALOGUE.names:
        kind = CATALOGUE[name]
        built = kind.build("team", kind.options.model_validate(dict(kind.example)), tools())
        single |= {name} if built.abilities.is_single else set()

    assert single == {"email", "apprise"}, "and Slack by webhook, which the bot takes the place of in the example"
