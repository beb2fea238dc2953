from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from rendering_builders import NOW, context, message
from rendering_hostile import any_text, unhurried

from crisiswatch.core.incidents import Condition
from crisiswatch.core.messages import Fact, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.plain import WIDTH, plain, preview

GOLDEN = Path(__file__).with_name("golden")
OPENED = message()
OVER = {"condition": Condition.CLOSED, "closed_at": NOW, "severity": Severity.CALM}


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_full_alert_reads_as_agreed(language: str) -> None:
    told = plain(message(told=context(language=language)))

    assert told == (GOLDEN / f"opened_{language}.txt").read_text(encoding="utf-8")


def test_an_all_clear_reads_as_agreed() -> None:
    assert plain(message(Kind.CLOSED, **OVER)) == (GOLDEN / "closed_en.txt").read_text(encoding="utf-8")


def test_every_address_is_in_the_text() -> None:
    told = plain(message())

    for url in ("https://cw.example.org/i/INC-2031", "https://m.example/1", "https://wiki.example/playbooks/"):
        assert url in told


def test_an_all_clear_needs_no_acknowledgement() -> None:
    assert "#acknowledge" in plain(message())
    assert "#acknowledge" not in plain(message(Kind.CLOSED, **OVER))


@unhurried
@given(any_text)
def test_lines_are_narrow_whatever_was_written(text: str) -> None:
    parts = {"facts": (Fact(text, text),), "quotes": (Quote(text, text, text, text),), "why": (text,)}
    hostile = replace(OPENED, headline=text, state=text, owner=text, steps=(text,), **parts)

    lines = plain(hostile).splitlines()

    assert [line for line in lines if len(line) > WIDTH and "://" not in line] == []


@unhurried
@given(any_text, any_text)
def test_a_preview_fits_a_phone(headline: str, name: str) -> None:
    line = preview(replace(OPENED, headline=headline, incident=name, preview=""))

    assert len(line) <= 80
    assert "\n" not in line


def test_a_preview_names_the_incident_when_there_is_room() -> None:
    over = replace(message(), preview="")

    assert preview(over) == "Acme: 12× normal mentions, 64% negative. INC-2031"


@pytest.mark.parametrize("kind", Kind)
def test_a_test_says_so_in_every_line_that_is_seen_first(kind: Kind) -> None:
    told = message(kind)

    shown = [preview(told).startswith("[TEST]"), told.thread_subject.startswith("[TEST]"), "[TEST]" in plain(told)]
    assert shown == [kind is Kind.TEST] * 3
