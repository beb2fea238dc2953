"""Links by which a receiver may answer, and what people have answered."""

from __future__ import annotations

import pytest
from rendering_builders import (
    NOW,
    context,
    incident,
    message,
    notification,
)

from crisiswatch.core.incidents import Condition, Response, Verdict
from crisiswatch.core.messages import Links
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import compose
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.rendering.words import LANGUAGES


def test_who_acknowledged_is_told() -> None:
    told = message(response=Response.ACKED, acked_by="Maria", acked_at=NOW)

    assert told.state == "Acknowledged by Maria at 14:00\u00a0UTC; opened 13:22\u00a0UTC"


def test_links_to_the_incident_only_where_there_is_a_page() -> None:
    unnumbered = compose(notification(), incident(number=None), None, (), None, context())

    assert message().url == "https://cw.example.org/i/INC-2031"
    assert message(told=context(public_url=None)).url is None
    assert message(told=context(public_url="ftp://cw.example.org")).url is None
    assert unnumbered.url is None


def test_receivers_get_links_of_their_own_and_pages_none() -> None:
    signed = message(told=context(sign=lambda deed: f"{deed.value}.token"))

    assert signed.links == Links(
        *(f"https://cw.example.org/a/{deed}.token" for deed in ("ack", "verdict", "close", "silence"))
    )
    assert message().links is None
    assert message(told=context(sign=lambda deed: "x", public_url=None)).links is None


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_who_judged_and_who_closed_stands_in_the_state(language: str) -> None:
    over = {"condition": Condition.CLOSED, "closed_at": NOW, "closed_by": "Ana"}
    judged = {"verdict": Verdict.FALSE, "verdict_by": "María", "verdict_at": NOW}

    told = message(Kind.UPDATED, context(language=language), **over, **judged)

    assert "Ana" in told.state
    assert "María" in told.state
    assert LANGUAGES[language].verdicts["false"] in told.state
    assert told.is_over


def test_a_card_of_a_closed_incident_stays_closed_when_it_is_judged() -> None:
    over = {"condition": Condition.CLOSED, "closed_at": NOW}

    told = message(Kind.UPDATED, verdict=Verdict.REAL, verdict_by="ana", verdict_at=NOW, **over)

    assert told.headline.startswith("Closed: ")
    assert slack_blocks(told)[0]["text"]["text"].startswith("✅")
    assert "Acknowledge" not in plain(told)


def test_every_way_of_telling_carries_the_signed_links() -> None:
    told = message(told=context(sign=lambda deed: f"{deed.value}.token"))

    for link in ("/a/ack.token", "/a/verdict.token", "/a/close.token"):
        assert f"https://cw.example.org{link}" in plain(told)
        assert f"https://cw.example.org{link}" in email_html(told)
