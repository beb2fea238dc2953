"""Why it fired, told at one moment: what was true when the severity was set, and what is true now."""

from __future__ import annotations

import pytest
from rendering_builders import context, evidence, message

from crisiswatch.core.incidents import Reason
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Notice, Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain

AT_OPENING = (
    Reason("watch", 1.57, 0.6, True),
    Reason("warning", 1.57, 1.0, True),
    Reason("critical", 1.57, 1.36, True),
)
SPIKE = Notice("volume_spike", "stories", 2.4, 130, 30)


def told(score: float, language: str = "en", kind: NotificationKind = NotificationKind.REPEATED) -> Message:
    return message(kind, context(language=language), score=score, reasons=AT_OPENING, severity=Severity.CRITICAL)


def test_the_first_message_tells_one_score_alone() -> None:
    why = told(1.57, kind=NotificationKind.OPENED).why

    assert why[0].startswith("Score 1.57;")
    assert why[2:5] == (
        "Watch: 1.57, limit 0.6, reached.",
        "Warning: 1.57, limit 1, reached.",
        "Critical: 1.57, limit 1.36, reached.",
    )


def test_a_later_message_tells_the_score_then_and_now() -> None:
    why = told(19.47).why

    assert why[0].startswith("Score 19.47;")
    assert why[2:5] == (
        "Watch: limit 0.6; 1.57 when it became critical, 19.47 now.",
        "Warning: limit 1; 1.57 when it became critical, 19.47 now.",
        "Critical: limit 1.36; 1.57 when it became critical, 19.47 now.",
    )


@pytest.mark.parametrize("score", [1.57, 19.47, 0.31])
@pytest.mark.parametrize(("language", "then", "point"), [("en", "1.57", "."), ("es", "1,57", ","), ("fr", "1,57", ",")])
def test_no_line_shows_an_old_score_as_if_it_were_the_present_one(
    score: float, language: str, then: str, point: str
) -> None:
    said, now = told(score, language), str(score).replace(".", point)

    for text in (plain(said), email_html(said)):
        lines = [line for line in said.why if then in line]
        assert all(now in line for line in lines)
        assert now in text
    assert len([line for line in said.why if now in line]) == 4


@pytest.mark.parametrize(("language", "name"), [("en", "Critical"), ("es", "Crítico"), ("fr", "Critique")])
def test_a_severity_is_called_by_its_name_in_the_readers_language(language: str, name: str) -> None:
    assert told(19.47, language).why[4].startswith(name)


def test_what_was_noticed_then_is_not_told_as_noticed_now() -> None:
    reasons = (Reason("notice:volume_spike", 1.3, 1.0, True),)
    about = {"reasons": reasons, "severity": Severity.WATCH, "score": 0.2}

    same = message(evidence=evidence(notices=(Notice("volume_spike", "stories", 1.3, 130, 30),)), **about)
    moved, gone = (message(evidence=evidence(notices=found), **about) for found in ((SPIKE,), ()))

    assert "Noticed: volume spike, score 1.3 of 1.0. This alone makes a brand watched, never more." in same.why
    for later in (moved, gone):
        assert any(line.startswith("Noticed when it became watch: volume spike, score 1.3") for line in later.why)
