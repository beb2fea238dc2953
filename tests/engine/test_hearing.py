"""The brief of a day: what people praise, criticise, ask and want, by department, with the real text tools."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from engine_fakes import engine, mention

from crisiswatch import text
from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.core.digesting import Digest, digest
from crisiswatch.core.hearing import Aspect, Heard, Voice, voices
from crisiswatch.core.models import Batch
from crisiswatch.core.queries import Retention
from crisiswatch.engine.briefing import with_what_was_said
from crisiswatch.engine.hearing import Hearing, heard_between
from tests.builders import NOON, after

BOOKS = load_playbooks(playbooks_folder())
TOOLS = text.tools(("Acme",))
COMPLAINTS = [
    "my acme kettle exploded and burned my hand",
    "the acme kettle caught fire, smoke everywhere",
    "acme kettle exploded again, flames in the kitchen",
    "burned by the acme kettle, the battery exploded",
]
OUTAGE = [
    "acme app is down again, cannot log in",
    "is the acme app down? cannot log in since nine",
    "acme servers are down, nothing works, outage all morning",
    "cannot log in, the acme app is down for everybody",
]
PRAISE = [
    "i love the new acme teapot, brilliant work",
    "what a brilliant teapot, thank you acme, i love it",
    "the acme teapot is brilliant, best teapot ever, love it",
    "love love love this acme teapot, well done, brilliant",
]
ORDINARY = [f"saw an acme shop in street {number} today" for number in range(40)]


def heard(*texts: str, negativity: float = 0.05, copies: int = 1) -> list[Heard]:
    return [Heard(one, "en", negativity, copies, one[:20]) for one in texts]


def everything() -> list[Heard]:
    return [
        *heard(*COMPLAINTS, negativity=0.95),
        *heard(*OUTAGE, negativity=0.9),
        *heard(*PRAISE),
        *heard(*ORDINARY),
    ]


def by_department(found: tuple[Voice, ...]) -> dict[str, dict[Aspect, Any]]:
    return {voice.department: {said.aspect: said for said in voice.said} for voice in found}


def test_each_department_hears_what_is_said_to_it_and_about_what() -> None:
    found = by_department(voices(everything(), TOOLS, BOOKS))

    assert {name: {aspect: said.stories for aspect, said in own.items()} for name, own in found.items()} == {
        "Safety": {Aspect.CRITICISM: 4},
        "Engineering": {Aspect.CRITICISM: 4},
        "Marketing": {Aspect.PRAISE: 3},
    }


def test_terms_are_what_its_stories_say_more_than_the_others_do() -> None:
    towns = ["paris", "lyon", "rome", "bonn", "bern", "oslo", "cork", "york", "bath", "kiel"]
    exploded = heard(*(f"my acme kettle exploded in {town}" for town in towns), negativity=0.95)

    ((said,),) = (voice.said for voice in voices([*exploded, *heard(*ORDINARY)], TOOLS, BOOKS))

    assert said.terms == ("kettle exploded",)


def test_what_nobody_praises_or_asks_is_not_told() -> None:
    assert voices(heard(*ORDINARY), TOOLS, BOOKS) == ()
    assert voices([], TOOLS, BOOKS) == ()


def test_two_stories_are_no_topic_and_three_are() -> None:
    two, three = (voices(heard(*COMPLAINTS[:count], negativity=0.95), TOOLS, BOOKS) for count in (2, 3))

    assert (two, [said.stories for voice in three for said in voice.said]) == ((), [3])


def test_questions_and_requests_are_told_apart() -> None:
    asked = heard(
        "does acme ship to spain?",
        "does acme have a shop in lyon?",
        "what time does acme open?",
        "please bring back the acme blue mug",
        "acme please add a dark mode to the site",
        "please acme open a shop in lyon",
    )

    told = {said.aspect: said.stories for voice in voices(asked, TOOLS, BOOKS) for said in voice.said}

    assert told[Aspect.QUESTION] == 3
    assert told[Aspect.REQUEST] == 3
    assert Aspect.CRITICISM not in told


def test_the_story_that_was_told_most_is_the_one_quoted() -> None:
    stories = [*heard(*COMPLAINTS[:3], negativity=0.95), *heard(COMPLAINTS[3], negativity=0.95, copies=50)]

    ((said,),) = (voice.said for voice in voices(stories, TOOLS, BOOKS))

    assert said.excerpt == COMPLAINTS[3][:20]


async def told(**hearing: Any) -> tuple[Any, Hearing]:
    """Return an engine that saw the complaints, each three times, and one of them from before."""
    made = engine()
    posts = [
        mention(external_id=f"{n}-{copy}", text=f"bad {one}", language="en", published_at=after(minutes=-30 - n))
        for n, one in enumerate(COMPLAINTS)
        for copy in range(3)
    ]
    await made.ingest("press", Batch(mentions=tuple(posts)))
    return made, Hearing(tools={"Acme": TOOLS}, playbooks=BOOKS, **hearing)


async def test_each_story_is_heard_once_and_only_in_its_stretch() -> None:
    made, hearing = await told(excerpt=lambda one: one.text[:9])

    now = await heard_between(made.store, hearing, (after(days=-1), after(days=1)))
    before = await heard_between(made.store, hearing, (after(days=-3), after(days=-2)))

    counts = [said.stories for voice in now["Acme"] for said in voice.said]
    assert counts
    assert max(counts) <= len(COMPLAINTS)
    assert before == {"Acme": ()}


def empty(days: int) -> Digest:
    return digest((after(days=-days), after(minutes=1)), {"Acme": (4, None), "Globex": (9, None)}, [], ([], []), [])


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (7, False)])
async def test_a_week_says_how_it_stands_and_leaves_out_what_each_day_said(days: int, is_told: bool) -> None:
    made, hearing = await told(competitors={"Acme": ("Globex",)})

    found = await with_what_was_said(made.store, hearing, empty(days))

    assert bool(found.brands[0].voices) is is_told
    assert [seen.competitors for seen in found.brands] == [("Globex",), ()]


async def test_what_was_wiped_says_nothing() -> None:
    made, hearing = await told()
    made.clock.set(NOON + timedelta(days=40))
    await made.store.purge(Retention(), made.clock.now())

    assert await heard_between(made.store, hearing, (after(days=-1), after(days=1))) == {"Acme": ()}
