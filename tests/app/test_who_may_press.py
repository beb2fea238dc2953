"""Who may press the buttons of which card: every person on every receiver, by signed HTTP and by Socket Mode."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from prometheus_client import CollectorRegistry

from crisiswatch.app.building import Application, World
from crisiswatch.app.doors import Behind, Inside
from crisiswatch.channels import CATALOGUE
from crisiswatch.channels.slack.bot import SlackBot
from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.hushing import Press
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.observing import Unobserved
from crisiswatch.errors import SourceRejected
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import ChannelTools
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON

MARIA, JO, EVE = "U0000MARIA", "U000000JO1", "U0000000EVE"
RESPONDERS = {"legal": (MARIA,), "pr": (MARIA, JO), "all-hands": (), "other-app": (MARIA, JO, EVE)}
SECRETS = {"other-app": "of-the-other-app"}
MAY = {
    (MARIA, "legal"), (MARIA, "pr"), (MARIA, "all-hands"), (MARIA, "other-app"),
    (JO, "pr"), (JO, "all-hands"), (JO, "other-app"), (EVE, "all-hands"), (EVE, "other-app"),
}  # fmt: skip
MATRIX = list(product((MARIA, JO, EVE), RESPONDERS, ("acknowledge", "close", "verdict")))


def application() -> Application:
    world = World.recorded(MemoryStore(), DrivenClock(NOON), Metrics(CollectorRegistry()), b"key")
    made = Application(world, Unobserved())
    made.channels = {name: bot(name, world) for name in RESPONDERS}
    return made


def bot(name: str, world: World) -> SlackBot:
    options = {
        "token": "xoxb-1", "channel": "#x", "responders": RESPONDERS[name],
        "signing_secret": SECRETS.get(name, "shared"),
    }  # fmt: skip
    tools = ChannelTools(
        isolator=world.isolator, plain=str, email_html=str, slack_blocks=lambda message: [], host="h", clock=world.clock
    )
    kind = CATALOGUE["slack"]
    built = kind.build(name, kind.options.model_validate(options), tools)
    assert isinstance(built, SlackBot)
    return built


def pressed_on(card: str, person: str, deed: str = "acknowledge") -> bytes:
    value = {"selected_option": {"value": "INC-7:false"}} if deed == "verdict" else {"value": "INC-7"}
    action = {"action_id": deed, "block_id": f"answer:{card}", **value}
    press = {"type": "block_actions", "user": {"id": person, "name": "x"}, "actions": [action]}
    return urlencode({"payload": json.dumps(press)}).encode()


def signed(body: bytes, secret: str) -> dict[str, str]:
    stamp = str(int(NOON.timestamp()))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}"}


def heard_by_http(body: bytes, secret: str) -> Press | None:
    # Of the inside only the application is asked here.
    inside: Any = Inside(application(), lambda: None, CollectorRegistry(), lambda: None, lambda: None, NOON)  # type: ignore[arg-type]
    return Behind(inside).pressed(signed(body, secret), body, NOON + timedelta(seconds=5))


@pytest.mark.parametrize(("person", "card", "deed"), MATRIX)
def test_a_signed_press_counts_if_the_cards_receiver_admits_the_person(person: str, card: str, deed: str) -> None:
    body, secret = pressed_on(card, person, deed), SECRETS.get(card, "shared")

    if (person, card) in MAY:
        found = heard_by_http(body, secret)
        assert found is not None
        assert (found.incident, found.receiver, found.person) == (7, card, person)
    else:
        with pytest.raises(SourceRejected):
            heard_by_http(body, secret)


@pytest.mark.parametrize("card", RESPONDERS)
def test_a_press_signed_by_another_app_than_the_cards_is_refused(card: str) -> None:
    wrong = "shared" if card in SECRETS else SECRETS["other-app"]

    with pytest.raises(SourceRejected):
        heard_by_http(pressed_on(card, MARIA), wrong)


@pytest.mark.parametrize(("person", "card"), sorted({(person, card) for person, card, _ in MATRIX}))
async def test_a_press_that_any_socket_brought_counts_if_the_cards_receiver_admits_the_person(
    person: str, card: str
) -> None:
    one, answered = application(), []

    async def answer(number: int, given: Answer, now: object) -> None:
        answered.append((number, given.by))

    one.watcher.answer = answer  # type: ignore[assignment,method-assign]
    press = Pressed(7, Answer(Deed.CLOSE, "x"), card, person)

    if (person, card) in MAY:
        await one.presses.take(press)
    else:
        with pytest.raises(SourceRejected):
            await one.presses.take(press)
    assert answered == ([(7, "x")] if (person, card) in MAY else [])


@pytest.mark.parametrize("card", ["", "gone", "legal "])
def test_a_card_of_nobody_admits_nobody(card: str) -> None:
    with pytest.raises(SourceRejected):
        application().presses.admit(Pressed(7, Answer(Deed.CLOSE, "x"), card, MARIA))
