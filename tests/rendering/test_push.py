"""The line on a locked phone: five questions in eighty characters."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from rendering_builders import NOW, context, evidence, incident, message, notification, playbook
from rendering_hostile import any_text, unhurried

from crisiswatch.channels.slack.payload import card, reply
from crisiswatch.core.incidents import Condition
from crisiswatch.core.models import Notice, Severity
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.message import compose
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.rendering.words import LANGUAGES


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Critical: Acme 64% negative since 14:20, “battery recall”. Do: Product safety"),
        ("es", "Crítico: Acme desde 14:20, «battery recall». Guía: Seguridad del producto"),
        (
            "fr",
            "Critique\u00a0: Acme depuis 14:20, «\u00a0battery recall\u00a0». Agir\u00a0: Product safety",
        ),
    ],
)
def test_the_card_says_brand_how_bad_since_when_about_what_and_what_to_do(language: str, told: str) -> None:
    said = message(told=context(language=language, time_zone=ZoneInfo("Europe/Madrid")))

    assert card(said, slack_blocks(said))["text"] == told
    assert reply(said)["text"] == told


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.RAISED, Kind.REPEATED, Kind.ESCALATED, Kind.REOPENED, Kind.TEST])
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_five_stand_in_eighty_characters_however_long_each_is(kind: Kind, language: str) -> None:
    words = LANGUAGES[language]
    long = {
        "brand": "Banco Santander Consumer Finance",
        "evidence": evidence(drivers=("customer service silent for weeks",), since=NOW - timedelta(days=3)),
    }

    line = message(kind, context(language=language), **long).preview

    assert len(line) <= 80
    wanted = [words.severities[Severity.CRITICAL], "Banco Santander", "19 ", "custom", words.pushes.todo[:4]]
    assert [part for part in wanted if part not in line] == []


def test_a_reminder_says_that_nobody_has_answered() -> None:
    assert message(Kind.ESCALATED).preview.startswith("Critical, no answer: Acme since 13:20, “battery recall”")
    assert message(Kind.REPEATED).preview.startswith("Critical, still open: Acme since 13:20, “battery recall”")


def test_without_words_it_says_what_it_looks_like_or_what_was_noticed() -> None:
    terms = Notice("new_terms", "words", 1.2, 9, 40, ("recall",))

    assert ", “product defect”. Do" in message(evidence=evidence(drivers=())).preview
    assert ", “recall”. Do" in message(evidence=evidence(drivers=(), notices=(terms,))).preview


def test_without_a_playbook_the_facts_are_to_be_confirmed() -> None:
    told = compose(notification(), incident(), None, (), None, context())

    assert told.preview.endswith(". Do: confirm the facts")


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": Condition.CLOSED, "closed_at": NOW},
        {"family": "blind"},
        {"family": "source:press"},
        {"evidence": None},
    ],
)
def test_where_the_headline_says_it_better_the_headline_is_shown(changes: dict[str, object]) -> None:
    said = message(**changes)

    assert said.preview == ""
    assert card(said, [])["text"].startswith(said.headline)


@unhurried
@given(any_text, any_text, any_text)
def test_the_line_stays_one_short_line_whatever_strangers_wrote(brand: str, term: str, title: str) -> None:
    hostile = playbook(title={"en": title or "x"})
    about = incident(brand=brand, evidence=evidence(drivers=(term,)))

    line = compose(notification(), about, hostile, (), None, context()).preview

    assert len(line) <= 80
    assert not set("<>\n\r\u202e\u200b") & set(line)
