"""The report of a backtest: coverage first, strangers' text inert, nothing from outside, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from crisiswatch.core.comparing import compare
from crisiswatch.core.incidents import Incident, Post
from crisiswatch.core.models import Mention, Severity
from crisiswatch.core.reporting import Input, report, summarise
from crisiswatch.core.series import Point, Series
from crisiswatch.core.tuning import Against, Budgeted, Tuning, grades_of
from crisiswatch.core.verdicts import Verdict, Window
from crisiswatch.rendering.backtest.page import Pictures, backtest_page
from crisiswatch.rendering.backtest.terminal import backtest_text
from tests.builders import NOON, after, evidence, incident, mention

HOSTILE = (
    "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)> [bold red]https://evil.example\x1b[2J\u202e"
)
POST = Post(b"p" * 16, "1", "https://forum.example/1", after(hours=29))
END = after(days=21)


def alarm(hour: float, number: int, severity: Severity = Severity.WARNING, **changes: object) -> Incident:
    fields = {
        "id": f"01{number:024}",
        "number": number,
        "opened_at": after(hours=hour),
        "detected_at": after(hours=hour) if severity > Severity.WATCH else None,
        "closed_at": after(hours=hour + 3),
        "peak_severity": severity,
        "severity": severity,
        "peak_score": 1.4,
        "peak_ratio": 4.2,
        "evidence": evidence(drivers=("battery", "smoke"), first=POST, posts=(POST,)),
    }
    return incident(**{**fields, **changes})


INCIDENTS = (alarm(30, 1, Severity.CRITICAL), alarm(200, 2), alarm(300, 3, Severity.WATCH))
WINDOWS = (Window("Acme", after(hours=29), after(hours=32), Verdict.REAL),
           Window("Acme", after(hours=199), after(hours=202), Verdict.FALSE))  # fmt: skip


def tuning(incidents: tuple[Incident, ...] = INCIDENTS, text: str = "smoke", **changes: object) -> Tuning:
    seen = Input(NOON, END, 12_345, 2, 0.992, True)
    told = report(seen, incidents, {POST.uid: post(text)}, "abc", "crisis_lr/2")
    base = Tuning(told, incidents, (f"line 7: {text}",), {"opened": 2}, frozenset({"Acme"}), WINDOWS)
    return replace(base, **changes)


def swept() -> Tuning:
    strict, now = INCIDENTS[:1], INCIDENTS
    rows = [row(0.02, strict), row(0.1, now)]
    other = Against(
        tuning((alarm(30.5, 1), alarm(400, 2))).report, compare(now, (alarm(30.5, 1), alarm(400, 2)), END), None
    )
    return tuning(sweep=tuple(rows), against=other)


def row(budget: float, incidents: tuple[Incident, ...]) -> Budgeted:
    return Budgeted(
        warning=budget,
        critical=budget / 5,
        is_current=budget == 0.1,
        incidents=incidents,
        summary=summarise(incidents, END - NOON),
        comparison=compare(INCIDENTS[:2], incidents, END),
        grades=grades_of(incidents, WINDOWS),
    )


def post(text: str) -> Mention:
    return mention(text=text, permalink="https://forum.example/1", published_at=after(hours=29))


def pictures(text: str = "smoke") -> Pictures:
    points = tuple(Point(after(hours=n), 10 + n % 3, 10, 5, 15, 0.2, 0.0 if n == 40 else 1.0) for n in range(500))
    series = Series("Acme", timedelta(hours=1), points, 0.17, after(hours=29))
    close = {found.id: replace(series, points=points[25:60]) for found in INCIDENTS}
    return Pictures({"Acme": series}, close, {POST.uid: post(text)}, {"Acme": (0.1, 0.02)})


def shown(found: Tuning) -> str:
    out = StringIO()
    Console(width=110, file=out, no_color=True).print(backtest_text(found))
    return out.getvalue()


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, the ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_coverage_comes_before_alerts_and_the_bound_after_them() -> None:
    text = shown(tuning())

    order = ["Backtest", "12,345 mentions, 99.2%", "2 lines skipped", "Warm-up", "Alerts it would", "INC-1", "INC-2",
             "1 critical + 1 warning in 3.0 weeks = 0.67 a week", "1 more stayed", "below", "Next"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "INC-3" not in text


def test_a_severity_is_a_sign_and_a_word_not_a_colour_alone() -> None:
    text = shown(tuning())

    assert "✖ critical" in text
    assert "⚠ warning" in text


def test_verdicts_stand_beside_alerts_and_shares_need_enough_of_them() -> None:
    text = " ".join(shown(tuning()).split())

    assert "Known crises caught: 1 of 1, 1 h 00 after their start" in text
    assert "1 real, 1 false (n = 2; a percentage needs 20)" in text


def test_the_sweep_marks_the_budget_of_now_and_says_what_changes() -> None:
    text = " ".join(shown(swept()).split())

    assert "0.1 ◀ now" in text
    assert "−1" in text
    assert "0.02 would drop 1 false alarm and still catch 1 of 1." in text


def test_another_configuration_shows_what_appears_vanishes_and_moves() -> None:
    text = " ".join(shown(swept()).split())

    assert "critical → warning, 30 min later" in text
    assert text.index("Only with the new one") < text.index("Only with the old one") < text.index("Moved or changed")


def test_no_alert_is_no_praise() -> None:
    text = shown(tuning((), windows=()))

    assert "No alert. This says as much as the data" in text
    assert "below 1.00 a week" in text


def test_what_strangers_wrote_steers_neither_terminal_nor_markup() -> None:
    hostile = alarm(30, 1, evidence=evidence(drivers=(HOSTILE,), first=POST, posts=(POST,)))

    text = shown(tuning((hostile,)))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "https://evil" not in text


def test_what_strangers_wrote_is_escaped_on_the_page() -> None:
    hostile = alarm(30, 1, evidence=evidence(drivers=(HOSTILE,), type_reason=HOSTILE, incident_type="safety",
                                             first=POST, posts=(POST,)))  # fmt: skip

    page = backtest_page(tuning((hostile,), HOSTILE), pictures(HOSTILE))

    seen = Seen(page)
    assert "alert(1)" in page
    assert {"script", "img", "iframe", "link", "object"} & set(seen.tags) == set()
    assert [name for name, _ in seen.attributes if name.startswith("on") or name == "style"] == []
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_page_fetches_nothing_and_says_so_to_the_browser() -> None:
    page = backtest_page(swept(), pictures())

    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert "@import" not in style
    assert "url(" not in style
    assert {value for name, value in Seen(page).attributes if name in ("src", "srcset", "action")} == set()
    links = {value for name, value in Seen(page).attributes if name == "href"}
    assert links == {"#INC-1", "#INC-2", "https://forum.example/1"}


def test_ids_are_given_once_and_every_picture_has_a_title_and_a_table() -> None:
    page = backtest_page(swept(), pictures())

    ids = [value for name, value in Seen(page).attributes if name == "id"]
    assert sorted(ids) == sorted(set(ids))
    assert page.count("<svg") == page.count("<desc>") == page.count('role="img"') == 4
    assert page.count("The chart as a table") == 2


def test_the_page_is_the_same_every_time() -> None:
    assert backtest_page(swept(), pictures()) == backtest_page(swept(), pictures())


@pytest.mark.parametrize("found", [tuning((), windows=()), tuning(windows=()), swept()])
def test_the_page_can_be_made_without_pictures(found: Tuning) -> None:
    page = backtest_page(found, Pictures())

    assert page.rstrip().endswith("</html>")
    assert "How good is the data?" in page
