"""The reminder before an acknowledgement runs out, and the silence that every card offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

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


@pytest.mark.parametrize(
    ("buttons", "leads_to", "needs_links"),
    [
        (lambda told: slack_blocks(told)[2], "https://cw.example.org/a/silence.token", True),
        (slack_buttons, None, False),
    ],
    ids=["links", "buttons"],
)
def test_a_card_offers_a_silence_until_it_is_over_by_signed_page_or_by_form(
    buttons: Callable[[Message], dict[str, Any]], leads_to: str | None, needs_links: bool
) -> None:
    shown = {one["action_id"]: one.get("url") for one in buttons(message(told=SIGNED))["elements"]}
    unsigned = {one["action_id"] for one in buttons(message())["elements"]}
    closed = message(Kind.UPDATED, SIGNED, condition=Condition.CLOSED, closed_at=NOW)

    assert shown["silence"] == leads_to
    assert ("silence" not in unsigned) is needs_links
    assert "silence" not in {one["action_id"] for one in buttons(closed)["elements"]}
