"""The line of a silence: who, until when in the reader's zone and language, and why, wherever an incident is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from rendering_builders import NOW, incident, notification, playbook

from crisiswatch.core.incidents import Change, Condition, Event
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.overlays import Silenced
from crisiswatch.core.retelling import Reaction, Retelling
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.many import compose_many
from crisiswatch.rendering.message import Context, compose
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.report import markdown
from crisiswatch.rendering.slack_blocks import slack_blocks

UNTIL = NOW + timedelta(hours=1)
MARK = Silenced("S-1", "maria", UNTIL, "known outage")


def told(language: str = "en", zone: str = "UTC", mark: Silenced = MARK, **changes: object) -> Message:
    context = Context(NOW, time_zone=ZoneInfo(zone), language=language, draw=None)
    return compose(notification(), incident(silenced=mark, **changes), playbook(), (), None, context)


@pytest.mark.parametrize(
    ("language", "begins"),
    [("en", "Silenced by maria until "), ("es", "Silenciado por maria hasta las "), ("fr", "Mis en silence par maria")],
)
def test_it_says_who_until_when_and_why_in_the_readers_language_and_zone(language: str, begins: str) -> None:
    there = UNTIL.astimezone(ZoneInfo("Europe/Madrid"))

    line = told(language, "Europe/Madrid").silenced

    assert line.startswith(begins)
    assert f"{there:%H:%M} Madrid ({UNTIL:%H:%M}\u00a0UTC)" in line
    assert line.endswith("known outage")


def test_it_stands_on_the_card_in_the_mail_and_in_plain_text() -> None:
    message = told()

    line = message.silenced
    assert line in json.dumps(slack_blocks(message), ensure_ascii=False)
    assert line in unescape(email_html(message))
    assert line in " ".join(plain(message).split("\n"))


def test_a_hand_over_says_it_of_every_incident() -> None:
    context = Context(NOW, draw=None)

    message = compose_many(notification(kind=NotificationKind.HANDOVER), [incident(silenced=MARK)], context)

    assert "Silenced by maria" in message.facts[0].value


@pytest.mark.parametrize(
    ("mark", "changes"),
    [(replace(MARK, until=NOW), {}), (MARK, {"condition": Condition.CLOSED, "closed_at": NOW})],
)
def test_a_silence_that_is_over_stands_nowhere(mark: Silenced, changes: dict[str, object]) -> None:
    message = told(mark=mark, **changes)

    assert message.silenced == ""
    assert "Silenced" not in json.dumps(slack_blocks(message))


def test_a_reason_links_and_calls_nobody() -> None:
    hostile = told(mark=replace(MARK, reason="<!channel> see https://evil.example/x {who}")).silenced

    assert "<!" not in hostile and "https://" not in hostile and "{who}" in hostile


def test_the_timeline_of_a_report_says_who_until_when_and_why() -> None:
    events = (Event(NOW, Change.SILENCED, Severity.WARNING, "maria", "until 2026-03-04 14:00 UTC: known outage (S-1)"),)
    reaction = Reaction(NOW, None, None, None, None)

    text = markdown(Retelling(incident(), events, (), None, None, reaction, (), NOW))

    assert "| silenced (warning) | maria | until 2026-03-04 14:00 UTC: known outage (S-1) |" in text.replace("\\", "")
