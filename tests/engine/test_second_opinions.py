"""A second model's answers are labels: recorded, learnt for the share alone, and never in the place of a person's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crisiswatch.core.correcting import LEAST_LABELS
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.labelling import changes, most_uncertain, standing
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.second_opinions import SecondOpinion, SecondOpinions, sample
from tests.builders import NOON, after
from tests.engine.engine_fakes import Engine, engine


def are_bad(texts: Sequence[str]) -> list[bool]:
    return ["bad" in text for text in texts]


def asking(world: Engine, size: int = LEAST_LABELS) -> SecondOpinions:
    opinions = SecondOpinions(world.store, world.ingest, world.watcher, world.clock)
    opinions.plan = SecondOpinion("tiny", are_bad, size, timedelta(hours=6))
    return opinions


async def test_answers_correct_the_share_and_teach_no_model() -> None:
    world = engine()
    await world.see(150, "bad acme")
    await world.see(150, "fine acme")
    await world.tick()

    given = await asking(world).ask()
    await world.tick()

    learnt = world.watcher.learning.learnt["Acme"]
    assert given == LEAST_LABELS
    assert world.watcher.brands["Acme"].counting.correction.by_model == LEAST_LABELS
    assert learnt.sentiment.examples == []


async def test_a_replay_sees_the_answers_as_labels() -> None:
    world = engine()
    await world.see(5)
    await world.tick()

    await asking(world).ask()

    frames = [frame for frame in await world.store.frames(NOON, after(hours=1)) if isinstance(frame, LabelFrame)]
    assert [(frame.by, frame.label) for frame in frames] == [("model:tiny", "negative")] * 5


async def test_a_persons_label_stands_before_a_models_whichever_came_first() -> None:
    world = engine()
    await world.see(1)
    at = await world.tick()
    (stored,) = await world.store.mentions(MentionQuery())
    person = LabelFrame(at=at, uid=stored.mention.uid, brand="Acme", label="positive", by="maria")
    machine = LabelFrame(at=at, uid=stored.mention.uid, brand="Acme", label="negative", by="model:tiny")

    for order in ([person, machine], [machine, person]):
        assert [label.by for label in standing(order).values()] == ["maria"]
    assert changes([machine], [person]) == []
    assert changes([person], [machine]) == [person]
    assert most_uncertain([stored], [machine], 5) == [stored]
    assert most_uncertain([stored], [person], 5) == []


async def test_a_sample_is_fair_to_what_mentions_say() -> None:
    world = engine()
    await world.see(300, "bad acme")
    await world.see(300, "fine acme")

    chosen = sample(await world.store.mentions(MentionQuery(limit=1000)), 200)

    assert 70 <= sum("bad" in stored.mention.text for stored in chosen) <= 130


async def test_without_a_model_nobody_is_asked() -> None:
    world = engine()
    await world.see(3)
    opinions = asking(world)
    opinions.plan = None

    assert await opinions.ask() == 0
