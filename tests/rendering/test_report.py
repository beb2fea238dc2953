"""The post-incident report: it says everything, in Markdown, HTML and values, and what strangers wrote stays text."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

from hypothesis import given
from rendering_builders import NOW, SINCE, evidence, incident, series
from rendering_hostile import any_text, unhurried

from crisiswatch.core.incidents import Change, Condition, Event, Incident, Post, Verdict
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.retelling import Gap, Labelled, Retelling, peak, react
from crisiswatch.rendering.report import html, markdown, response_record, sections

ENDED = {
    "condition": Condition.CLOSED, "closed_at": NOW, "closed_by": "Ana", "detected_at": SINCE + timedelta(minutes=2),
    "verdict": Verdict.REAL, "verdict_by": "Maria", "verdict_at": NOW,
}  # fmt: skip


def retelling(about: Incident, note: str = "step 1", who: str = "Maria") -> Retelling:
    events = (
        Event(SINCE, Change.OPENED, Severity.WARNING),
        Event(NOW, Change.ACKED, Severity.CRITICAL, by=who, note=note),
    )
    owed = Notification("01K", "pr-team", NotificationKind.OPENED, 1, Severity.CRITICAL, SINCE, NOW)
    messages = (OutboxRow(1, owed, DeliveryState.DELIVERED, settled_at=NOW, detail=note),)
    gaps = (Gap("press", SINCE, NOW),)
    drawn = series()
    return Retelling(
        about,
        events,
        messages,
        drawn,
        peak(drawn),
        react(about, events, messages),
        gaps,
        NOW,
        (Labelled("negative", 12, ("Ana", who)),),
    )


def test_a_report_says_what_happened_who_reacted_when_and_what_was_not_seen() -> None:
    told = markdown(retelling(incident(**ENDED))).replace("\\", "").replace("\u00a0", " ")

    for part in (
        "# INC-2031: Acme, critical", "Closed 2026-11-22 14:00 UTC by Ana", "Verdict: real crisis, says Maria",
        "| Detected | 2 min |", "| Acknowledged | 40 min |", "battery recall, smoke", "<https://m.example/1>",
        "| 2026-11-22 14:00 UTC | acked (critical) | Maria | step 1 |", "pr-team | opened | delivered",
        "| press | 2026-11-22 13:20 UTC | 2026-11-22 14:00 UTC | 40 min |", "Line chart: mentions of Acme",
        "| negative | 12 | Ana, Maria |",
    ):  # fmt: skip
        assert part in told, part


def test_the_page_holds_its_chart_and_fetches_nothing() -> None:
    page = html(retelling(incident(**ENDED)))

    assert "<svg" in page
    assert not re.search(r"<(?:img|script|link|iframe|object)\b|url\(|@import|\ssrc=", page)
    assert 'href="https://m.example/1"' in page


def test_an_open_incident_says_what_is_still_missing() -> None:
    told = markdown(retelling(incident()))

    assert "Not closed yet" in told
    assert "Nobody has judged it yet" in told
    assert "| Closed | never |" in told


def test_response_times_are_seconds_or_null() -> None:
    found = retelling(incident())

    assert response_record(found.incident, found.reaction) == {
        "incident": "INC-2031", "began": SINCE.isoformat(), "detected_after_seconds": None,
        "told_after_seconds": 2400.0, "acknowledged_after_seconds": 2400.0, "closed_after_seconds": None,
    }  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        assert all((value or "").startswith("https://") for name, value in attrs if name == "href")


def _tags(page: str) -> list[str]:
    parser = _Tags()
    parser.feed(re.sub(r"(?s)<svg.*?</svg>", "", page))
    return parser.found


@unhurried
@given(any_text)
def test_any_text_of_strangers_and_people_stays_text(text: str) -> None:
    first = Post(b"1", text, text, SINCE)
    hostile = incident(
        brand=text, rule=text, closed_by=text, verdict_by=text, evidence=evidence(drivers=(text,), first=first),
        **{name: value for name, value in ENDED.items() if not name.endswith("_by")},
    )  # fmt: skip
    calm = incident(**ENDED, rule="x")

    page, told = html(retelling(hostile, note=text, who=text)), markdown(retelling(hostile, note=text, who=text))

    assert set(_tags(page)) <= set(_tags(html(retelling(calm))))
    # A cell never ends its row, and nothing opens a link or a tag but what we made.
    assert all(line.startswith(("|", "#")) or "|" not in line.replace("\\|", "") for line in told.splitlines())
    assert not re.search(r"(?<!\\)<(?!https?://)", told)
    assert not re.search(r"(?<!\\)\]\(", told)
    assert sections(retelling(hostile, note=text, who=text))
