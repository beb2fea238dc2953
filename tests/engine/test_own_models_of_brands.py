"""Labels of sentiment and relevance change what is shown and what is counted apart; never silently, never for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from crisiswatch import text
from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import Watchlist, brand_key
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.learning import LEAST_OF_EACH, is_irrelevant
from crisiswatch.core.models import Observation
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.ingesting import Lens
from crisiswatch.engine.watched import Learns
from tests.builders import after
from tests.engine.engine_fakes import NEVER_KILLS, Engine, Tally, engine, plan

FRUIT = ("apple pie with cinnamon", "apple tree in the garden", "apple cider from the orchard", "baked apple crumble")
PHONES = ("apple phone update broke", "apple laptop battery", "apple store queue", "apple watch strap broke")
QUERY = {brand_key("Apple"): ["apple"]}


def world(store: object = None, **changes: object) -> Engine:
    """Return an engine with the shipped text functions and a brand with an ambiguous name."""
    made = engine(plan("Apple", **changes), store=store)
    made.ingest.lens = Lens(text.steps(QUERY, negativity_weights()), Watchlist(frozenset({"Apple"}), author_key=b"k"))
    return made


async def teach(made: Engine, each: int = LEAST_OF_EACH + 10, kind: str = "relevance") -> None:
    """Show and label so many mentions of either sort."""
    words = {"relevance": ("relevant", "irrelevant"), "sentiment": ("negative", "positive")}[kind]
    for place in range(each):
        await made.see(1, PHONES[place % 4], language="en")
        await made.see(1, FRUIT[place % 4], language="en")
    await made.tick()
    for stored in await made.store.mentions(MentionQuery(brand="Apple", oldest_first=True, limit=2 * each)):
        label = words[any(fruit in stored.mention.text for fruit in FRUIT)]
        frame = LabelFrame(at=made.clock.now(), uid=stored.mention.uid, brand="Apple", label=label)  # type: ignore[arg-type]
        await made.watcher.take_frame(frame)
    await made.tick()


async def seen(made: Engine, *texts: str) -> list[Observation]:
    """Return what is observed of new mentions."""
    made.clock.set(made.clock.now() + timedelta(seconds=1))
    start = made.clock.now()
    for words in texts:
        await made.see(1, words, language="en")
        made.clock.set(made.clock.now() + timedelta(seconds=1))
    pages = [page async for page in made.store.observations(start, after(days=1))]
    return [one for page in pages for one in page]


async def test_what_is_not_about_the_brand_is_counted_apart_and_kept() -> None:
    made = world()
    await teach(made)
    counting = made.watcher.brands["Apple"].counting
    before = sum(bucket.stories for bucket in counting.open.values())

    fruit, phone = await seen(made, "apple crumble with cinnamon", "apple phone battery broke")
    await made.tick()

    assert fruit.relevance is not None and phone.relevance is not None
    assert fruit.relevance < 0.2 < phone.relevance
    assert sum(bucket.stories for bucket in counting.open.values()) == before + 1
    assert sum(bucket.irrelevant for bucket in counting.open.values()) == 1
    assert len(await made.store.mentions(MentionQuery(brand="Apple", text="crumble with"))) == 1


async def test_too_few_labels_of_one_answer_judge_nothing() -> None:
    made = world()
    await teach(made, LEAST_OF_EACH - 1)

    (fruit,) = await seen(made, "apple crumble with cinnamon")

    assert fruit.relevance is None


async def test_a_mention_that_meets_a_rule_is_never_set_apart() -> None:
    made = world()
    await teach(made)
    (fruit,) = await seen(made, "apple crumble with cinnamon")

    assert is_irrelevant(fruit)
    assert not is_irrelevant(msgspec.structs.replace(fruit, rules=("vip",)))


async def test_switched_off_nothing_is_judged_and_switched_on_again_all_is_known() -> None:
    made = world()
    await teach(made)
    watched = made.watcher.brands["Apple"]

    watched.plan = replace(watched.plan, learns=Learns(relevance=False))
    (off,) = await seen(made, "apple crumble with cinnamon")
    await made.tick()
    watched.plan = replace(watched.plan, learns=Learns())
    (on,) = await seen(made, "apple crumble with honey cinnamon")

    assert off.relevance is None
    assert on.relevance is not None


async def test_adapted_negativity_is_shown_and_the_detectors_count_stays() -> None:
    plain, made = world(), world()
    await teach(made, kind="sentiment")
    await teach(plain, kind="sentiment")
    watched = plain.watcher.brands["Apple"]
    watched.plan = replace(watched.plan, learns=Learns(sentiment=False))

    adapted = await seen(made, "apple laptop battery", "apple tree in the garden")
    as_it_was = await seen(plain, "apple laptop battery", "apple tree in the garden")
    await made.tick()
    await plain.tick()

    assert [one.negativity for one in adapted] == [one.negativity for one in as_it_was]
    assert [one.adapted for one in as_it_was] == [None, None]
    assert adapted[0].adapted is not None and adapted[1].adapted is not None
    assert adapted[0].adapted > 0.5 > adapted[1].adapted
    counts = [sum(b.negative for b in w.watcher.brands["Apple"].counting.open.values()) for w in (made, plain)]
    assert counts[0] == counts[1]


async def test_own_models_say_the_same_after_a_restart() -> None:
    made = world()
    await teach(made)
    at = await made.tick()
    await Checkpoints(made.store, made.watcher, NEVER_KILLS).save(at)
    again = world(store=made.store)
    again.clock.set(at)
    again.numbers = 10_000
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, at, lambda part: None)

    (found,) = await seen(again, "apple crumble with cinnamon")
    made.clock.set(after(hours=2))
    (live,) = await seen(made, "apple crumble with cinnamon")

    assert found.relevance == live.relevance is not None
