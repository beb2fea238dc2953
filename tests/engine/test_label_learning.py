"""Labels teach at the next tick: live, after a restart and in a replay alike; and only what is shown changes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from crisiswatch.core.correcting import LEAST_LABELS
from crisiswatch.core.models import LabelFrame
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.sharing import Correction
from crisiswatch.engine.checkpointing import Checkpoints
from tests.engine.engine_fakes import NEVER_KILLS, Engine, Tally, engine


async def labelled(world: Engine, at: datetime, number: int = LEAST_LABELS) -> list[LabelFrame]:
    """Return labels of stored mentions, given then: the model is right about every second one that it calls bad."""
    found = await world.store.mentions(MentionQuery(brand="Acme", oldest_first=True, limit=number))
    labels = []
    for place, stored in enumerate(found):
        is_bad = "bad" in stored.mention.text and place % 2 == 0
        label: Literal["negative", "neutral"] = "negative" if is_bad else "neutral"
        labels.append(LabelFrame(at=at, uid=stored.mention.uid, brand="Acme", label=label))
    return labels


async def taught() -> tuple[Engine, list[LabelFrame]]:
    world = engine()
    await world.see(LEAST_LABELS // 2, "bad acme")
    await world.see(LEAST_LABELS // 2, "fine acme")
    at = await world.tick()
    labels = await labelled(world, at)
    for label in labels:
        await world.watcher.take_frame(label)
    return world, labels


async def test_labels_are_learnt_at_the_next_tick_and_not_before() -> None:
    world, labels = await taught()
    counting = world.watcher.brands["Acme"].counting

    await world.watcher.tick(labels[0].at)
    before = counting.correction
    await world.tick()

    assert before == Correction()
    assert counting.correction.labels == LEAST_LABELS
    assert counting.correction.summand < 0


async def test_an_incident_opens_the_same_whatever_the_labels_say() -> None:
    worlds = [(await taught())[0] for _ in range(2)]
    worlds[1].watcher.learning.receive = lambda label: None  # type: ignore[method-assign]  # deaf to labels
    scores = []
    for world in worlds:
        for _ in range(3):
            await world.tick()
        judgement = world.watcher.brands["Acme"].judgement
        scores.append((judgement, [incident.condition for incident in world.watcher.incidents()]))

    assert scores[0] == scores[1]
    assert scores[0][1] == ["active"]


async def test_what_was_learnt_outlives_the_process_and_the_texts() -> None:
    world, _ = await taught()
    at = await world.tick()
    await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(at)
    again = engine(store=world.store)
    again.clock.set(at)

    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)

    assert again.watcher.learning.learnt == world.watcher.learning.learnt
    assert again.watcher.brands["Acme"].counting.correction.labels == LEAST_LABELS


async def test_labels_after_the_last_checkpoint_are_learnt_at_the_restart() -> None:
    world, _ = await taught()
    at = await world.tick()
    again = engine(store=world.store)
    again.clock.set(at)
    await again.watcher.load_incidents()

    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)
    await again.tick()

    learnt = again.watcher.learning.learnt["Acme"]
    assert learnt.lessons.by_mention == world.watcher.learning.learnt["Acme"].lessons.by_mention


async def test_labels_of_wiped_mentions_and_of_other_brands_teach_nothing() -> None:
    world, labels = await taught()
    await world.tick()
    for uid, brand in ((b"\1" * 16, "Acme"), (labels[0].uid, "Globex")):
        world.watcher.note(LabelFrame(at=world.clock.now(), uid=uid, brand=brand, label="negative"))

    await world.tick()

    assert list(world.watcher.learning.learnt) == ["Acme"]
    assert len(world.watcher.learning.learnt["Acme"].lessons.by_mention) == LEAST_LABELS
