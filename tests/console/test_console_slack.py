"""`/slack/actions`: signed presses act once, whatever else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.hushing import Press, SilenceSent, SilenceWanted, Unfit
from crisiswatch.errors import BadInput, SourceRejected, StoreBusy
from tests.console.console_fakes import World, client

PRESS = Pressed(7, Answer(Deed.ACKNOWLEDGE, "maria", None, "in Slack, U1"))


def reading(*results: Pressed | Exception | None) -> Any:
    left = list(results)

    def pressed(headers: Mapping[str, str], body: bytes, now: datetime) -> Pressed | None:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return pressed


async def press(visitor: Any, signature: str = "v0=1") -> int:
    answer = await visitor.post("/slack/actions", content=b"payload=x", headers={"X-Slack-Signature": signature})
    return int(answer.status_code)


async def test_a_signed_press_acts_and_is_answered_at_once() -> None:
    world = World()

    status = await press(client(world.doors(pressed=reading(PRESS))))

    assert (status, world.answered) == (200, [(7, PRESS.given)])


async def test_the_same_delivery_a_second_time_is_refused() -> None:
    world = World()
    visitor = client(world.doors(pressed=reading(PRESS)))

    first = [await press(visitor), await press(visitor), await press(visitor, "v0=2")]
    world.clock.time += timedelta(minutes=11)
    later = await press(visitor)

    assert (first, later, len(world.answered)) == ([200, 401, 200], 200, 3)


@pytest.mark.parametrize(
    ("error", "status"), [(SourceRejected("the signature does not match", "auth"), 401), (BadInput("no payload"), 400)]
)
async def test_what_is_not_signed_or_readable_does_nothing(error: Exception, status: int) -> None:
    world = World()

    assert await press(client(world.doors(pressed=reading(error)))) == status
    assert world.answered == []


async def test_a_refused_delivery_does_not_use_up_a_signature() -> None:
    world = World()
    visitor = client(world.doors(pressed=reading(SourceRejected("no", "auth"), PRESS)))

    assert [await press(visitor), await press(visitor)] == [401, 200]


async def test_a_button_that_only_opens_a_link_is_answered_and_does_nothing() -> None:
    world = World()

    assert await press(client(world.doors(pressed=reading(None)))) == 200
    assert world.answered == []


async def test_without_buttons_nobody_is_heard_and_get_is_not_served() -> None:
    visitor = client(World().doors())

    assert await press(visitor) == 401
    assert (await visitor.get("/slack/actions")).status_code == 405
    assert (await visitor.post("/slack/actions", content=b"x" * 70_000)).status_code == 413


SENT = SilenceSent(7, "maria", 4, "known", {"response_action": "errors", "errors": {"reason": "Try again."}})


class Taking:
    """What is done with presses that are no answers; `error` is raised instead."""

    def __init__(self, error: Exception | None = None) -> None:
        self.taken: list[Press] = []
        self.error = error

    async def press(self, press: Press) -> None:
        if self.error:
            raise self.error
        self.taken.append(press)


async def post(taking: Taking, found: Press) -> Any:
    visitor = client(World().doors(pressed=reading(found), press=taking.press))
    return await visitor.post("/slack/actions", content=b"payload=x", headers={"X-Slack-Signature": "v0=1"})


async def test_a_silence_that_is_wanted_or_sent_is_taken_and_answered_with_nothing() -> None:
    taking = Taking()
    wanted = SilenceWanted(7, "1.2.a", "en", "pr-team")

    answers = [await post(taking, wanted), await post(taking, SENT)]

    assert taking.taken == [wanted, SENT]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b""), (200, b"")]


async def test_a_silence_that_was_not_kept_leaves_the_form_open_and_says_so() -> None:
    answer = await post(Taking(StoreBusy("the database is busy")), SENT)

    assert (answer.status_code, answer.json()) == (200, SENT.otherwise)


async def test_a_form_that_lacks_something_is_answered_in_its_own_words() -> None:
    taking = Taking()

    answer = await post(taking, Unfit({"response_action": "errors", "errors": {"reason": "Why?"}}))

    assert (taking.taken, answer.json()["errors"]) == ([], {"reason": "Why?"})
