"""Labels teach at the next tick: live, after a restart and in a replay alike; and only what is shown changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from crisiswatch.core.correcting import LEAST_LABELS
from crisiswatch.core.label_frames import ForgetFrame, LabelFrame
from crisiswatch.core.models import Batch
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.sharing import Correction
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.label_learning import Learnt, drop_erased
from tests.builders import mention
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


async def test_what_was_forgotten_corrects_no_more_and_later_labels_teach_anew() -> None:
    world, labels = await taught()
    at = await world.tick()
    await world.watcher.take_frame(ForgetFrame(at=at, brand="Acme"))

    await world.tick()
    forgotten = world.watcher.brands["Acme"].counting.correction
    later = await labelled(world, await world.tick())
    for label in later:
        await world.watcher.take_frame(label)
    await world.tick()

    assert forgotten == Correction()
    assert len(labels) == LEAST_LABELS
    assert world.watcher.brands["Acme"].counting.correction.labels == LEAST_LABELS


async def test_what_was_forgotten_while_the_daemon_stood_is_not_learnt_again_at_the_start() -> None:
    world, _ = await taught()
    at = await world.tick()
    await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(at)
    await world.store.commit_frame(ForgetFrame(at=at, brand="Acme"))
    again = engine(store=world.store)
    again.clock.set(at + timedelta(seconds=1))
    await again.watcher.load_incidents()
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)

    await again.tick()

    assert again.watcher.brands["Acme"].counting.correction == Correction()
    assert not again.watcher.learning.learnt["Acme"].lessons.by_mention


async def test_erasing_a_mention_drops_what_its_label_taught() -> None:
    world, labels = await taught()
    link = "https://press.example/1"
    told = mention(external_id="one", text="bad acme", published_at=world.clock.now(), permalink=link)
    await world.ingest("press", Batch(mentions=(told,)))
    at = await world.tick()
    await world.watcher.take_frame(LabelFrame(at=at, uid=told.uid, brand="Acme", label="negative"))
    await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(await world.tick())

    erased = await world.store.erase(permalink=link)
    dropped = await drop_erased(world.store, "Acme")

    saved = (await world.store.load_checkpoints(["learnt/Acme"])).get("learnt/Acme")
    assert saved is not None
    kept = msgspec.msgpack.decode(saved[1], type=Learnt)
    assert (erased, dropped) == (1, 1)
    assert set(kept.lessons.by_mention) == {label.uid for label in labels}
