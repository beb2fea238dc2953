"""What one source brings is matched for every brand: nobody is asked twice."""

from __future__ import annotations

from engine_fakes import FIVE, FakeSource, engine, mentions_of

from crisiswatch import text
from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import Watchlist, brand_key
from crisiswatch.core.models import Batch
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.ingesting import Lens
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller

BRANDS = 200


async def test_one_poll_of_one_source_serves_two_hundred_brands() -> None:
    world = engine()
    names = [f"Brand{number:03d}" for number in range(BRANDS)]
    steps = text.steps({brand_key(name): [name.lower()] for name in names}, negativity_weights())
    world.ingest.lens = Lens(steps, Watchlist(frozenset(names), author_key=b"key"))
    said = [mention for name in names for mention in mentions_of(name, text=f"the kettle of {name} leaks")]
    source = FakeSource(Batch(mentions=(*said, *mentions_of("none", text="the kettle leaks"))))

    await Poller(world.store, world.ingest, world.clock, world.metrics).poll(Polled(source, FIVE))

    found = await world.store.mentions(MentionQuery(limit=1_000))
    assert {(one.mention.external_id, one.brand) for one in found} == {(name, name) for name in names}
    assert len(source.asked) == 1
