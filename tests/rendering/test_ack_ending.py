"""The reminder before an acknowledgement runs out, and the silence that every card offers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rendering_builders import NOW, context, message

from crisiswatch.core.incidents import Condition, Response
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons

SIGNED = context(sign=lambda deed: f"{deed.value}.token")
TAKEN = {"response": Response.ACKED, "acked_by": "Maria", "acked_at": NOW - timedelta(hours=4)}
ENDING = {**TAKEN, "ack_ending": True, "ack_expires_at": NOW + timedelta(minutes=15)}


def actions(told: Message) -> list[str]:
    (block,) = [block for block in slack_blocks(told) if block["type"] == "actions"]
    return [button["action_id"] for button in block["elements"]]


@pytest.mark.parametrize(
    ("language", "headline", "until"),
    [
        ("en", "Acknowledgement ends soon. Acme", "until 14:15\u00a0UTC unless somebody acknowledges it again"),
        ("es", "La confirmación caduca. Acme", "hasta las 14:15\u00a0UTC salvo"),
        ("fr", "La prise en charge expire. Acme", "jusqu'à 14:15\u00a0UTC sauf"),
    ],
)
def test_the_reminder_says_until_when_and_who(language: str, headline: str, until: str) -> None:
    told = message(Kind.ACK_ENDING, context(language=language), **ENDING)

    assert told.headline.startswith(headline)
    assert until in told.state
    assert "Maria" in told.state


def test_what_runs_out_can_be_acknowledged_again_and_what_holds_cannot() -> None:
    assert "acknowledge" in actions(message(Kind.ACK_ENDING, SIGNED, **ENDING))
    assert "acknowledge" not in actions(message(Kind.UPDATED, SIGNED, **TAKEN))
    assert "Acknowledge: https://cw.example.org/a/ack.token" in plain(message(Kind.ACK_ENDING, SIGNED, **ENDING))


@pytest.mark.parametrize("buttons", [lambda told: slack_blocks(told)[2], slack_buttons])
def test_a_card_offers_the_signed_page_of_a_silence_until_it_is_over(buttons: object) -> None:
    assert callable(buttons)

    shown = {one["action_id"]: one.get("url") for one in buttons(message(told=SIGNED))["elements"]}
    unsigned = {one["action_id"] for one in buttons(message())["elements"]}
    closed = message(Kind.UPDATED, SIGNED, condition=Condition.CLOSED, closed_at=NOW)

    assert shown["silence"] == "https://cw.example.org/a/silence.token"
    assert "silence" not in unsigned
    assert "silence" not in {one["action_id"] for one in buttons(closed)["elements"]}
