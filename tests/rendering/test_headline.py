from __future__ import annotations

from datetime import timedelta

import pytest
from rendering_builders import NOW, evidence, message

from crisiswatch.core.incidents import Condition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind as Kind


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({}, "Acme: 12× normal mentions, 64% negative"),
        ({"share": 0.1}, "Acme: 12× normal mentions"),
        ({"stories": 120}, "Acme: 64% of mentions negative, usually 17%"),
        ({"stories": 9, "expected": 0.2}, "Acme: 9 mentions where almost none are normal, 64% negative"),
        ({"stories": 1, "expected": 0.0}, "Acme: 1 mention where almost none is normal, 64% negative"),
    ],
)
def test_says_first_what_is_unusual(changes: dict[str, float], headline: str) -> None:
    assert message(evidence=evidence(**changes)).headline == headline


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        (Kind.OPENED, "Acme: 12× normal mentions, 64% negative"),
        (Kind.UPDATED, "Acme: 12× normal mentions, 64% negative"),
        (Kind.RAISED, "Now critical. Acme: 12× normal mentions, 64% negative"),
        (Kind.REOPENED, "Again. Acme: 12× normal mentions, 64% negative"),
        (Kind.REPEATED, "Still open. Acme: 12× normal mentions, 64% negative"),
        (Kind.ESCALATED, "Nobody has answered. Acme: 12× normal mentions, 64% negative"),
        (Kind.TEST, "[TEST] Acme: 12× normal mentions, 64% negative"),
    ],
)
def test_says_what_happened(kind: Kind, headline: str) -> None:
    assert message(kind).headline == headline


def test_an_easing_update_says_so() -> None:
    told = message(Kind.UPDATED, condition=Condition.EASING, eased_at=NOW - timedelta(minutes=5))

    assert told.headline.startswith("Easing. ")
    assert told.since == "Since 13:20\u00a0UTC, for 40\u00a0min; easing since 13:55\u00a0UTC."


@pytest.mark.parametrize(
    ("family", "opened", "closed"),
    [
        ("crisis", "Acme: 12× normal mentions, 64% negative", "Closed: Acme, peak 12× normal, lasted 38 min"),
        (
            "positive",
            "Acme: unusual attention, 12× normal mentions, 64% negative",
            "Closed: Acme, peak 12× normal, lasted 38 min",
        ),
        ("blind", "Acme: we cannot see enough to warn you", "Closed: Acme can be seen again after 38 min"),
        ("source:press", "Source press is not answering", "Closed: source press answers again after 38 min"),
        (
            "self:delivery_failing",
            "crisiswatch itself has a problem: delivery failing",
            "Closed: crisiswatch works again after 38 min (delivery failing)",
        ),
    ],
)
def test_every_family_has_its_own_words(family: str, opened: str, closed: str) -> None:
    over = {"condition": Condition.CLOSED, "closed_at": NOW, "severity": Severity.CALM}

    assert message(family=family).headline == opened
    assert message(Kind.CLOSED, family=family, **over).headline.replace("\u00a0", " ") == closed


def test_the_subject_stays_while_the_numbers_change() -> None:
    opened, later = message(), message(Kind.UPDATED, evidence=evidence(stories=3000, share=0.8))

    assert opened.thread_subject == later.thread_subject == "[Critical] Acme: unusual negative attention (INC-2031)"


def test_the_subject_stays_when_it_calms_down() -> None:
    over = {"condition": Condition.CLOSED, "closed_at": NOW, "severity": Severity.CALM}

    assert message(Kind.CLOSED, **over).thread_subject == message().thread_subject
