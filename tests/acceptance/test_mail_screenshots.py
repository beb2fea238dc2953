"""The mail in a real browser: phone and desktop, light and dark."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from harness.browsing import ARGUMENTS, CHROMIUM, WAIT

from crisiswatch.core.incidents import Condition, Evidence, Incident, Source
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.series import Point, Series
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import Context, compose

pytestmark = pytest.mark.acceptance

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LOOKS = [(width, theme) for width in (390, 1280) for theme in ("light", "dark")]
LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 6

LOW_CONTRAST = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const light = c => { const f = c.slice(0, 3).map(v => { v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const behind = e => { for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${walk.currentNode.data.trim()}`); }
  return found; }"""


def _series() -> Series:
    start, length = NOW - timedelta(hours=24), timedelta(minutes=5)
    calm = [Point(start + i * length, 15.0 + i % 7, 18.0, 10.0, 27.0, 0.17) for i in range(280)]
    loud = [Point(start + (280 + i) * length, 30.0 * (i + 1), 18.0, 10.0, 27.0, 0.6) for i in range(8)]
    return Series("Acme", length, (*calm, *loud), 0.17, NOW - timedelta(minutes=40))


def _message(text: str) -> Message:
    evidence = Evidence(
        at=NOW,
        since=NOW - timedelta(minutes=40),
        stories=1412,
        copies=3020,
        negative=904.0,
        expected=118.0,
        lower=90.0,
        upper=151.0,
        share=0.64,
        usual_share=0.17,
        authors=187,
        top_share=0.09,
        drivers=("battery recall", "smoke", "customer service silent"),
        sources=(Source("mastodon", 650), Source("bluesky", 438), Source("news", 254), Source("reddit", 70)),
        languages=(Source("es", 1002), Source("en", 339)),
        incident_type="product_defect",
        type_reason="“smoke”, “battery”",
        doubling=timedelta(minutes=12),
    )
    incident = Incident(
        id="01K",
        brand="Acme",
        family="crisis",
        condition=Condition.ACTIVE,
        severity=Severity.CRITICAL,
        opened_at=NOW - timedelta(minutes=38),
        updated_at=NOW,
        number=2031,
        score=2.43,
        evidence=evidence,
        playbook_reason="“smoke”, “battery”",
    )
    owed = Notification("01K", "pr-team", NotificationKind.OPENED, 1, Severity.CRITICAL, NOW, NOW)
    steps = ("Confirm the facts with Product.", "Pause scheduled posts and ads.", "Publish the statement.")
    playbook = Playbook(
        "product_safety", {"en": "Product safety"}, "Product on-call", (), "", {"en": steps}, timedelta(minutes=45)
    )
    quotes = [Quote(f"@{text[:60]}", "Mastodon, 13:14 UTC", text, "https://m.example/" + "1" * 200, "es")] * 3
    context = Context(NOW, "https://cw.example.org", ZoneInfo("Europe/Madrid"), budget=0.1)
    return compose(owed, incident, playbook, quotes, _series(), context)


def _html(message: Message) -> str:
    png = base64.b64encode(message.picture.draw_png()).decode() if message.picture else ""
    return email_html(message).replace("cid:chart", f"data:image/png;base64,{png}")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=WAIT)
        yield running
        running.close()


def _open(browser, html: str, width: int, theme: str):
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=theme, device_scale_factor=1.5)
    page.set_default_timeout(WAIT)
    page.set_content(html)
    return page


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("text", ["Mi Acme empezó a echar humo mientras cargaba", LONG_WORD])
def test_nothing_overflows_sideways(browser, tmp_path: Path, width: int, theme: str, text: str) -> None:
    page = _open(browser, _html(_message(text)), width, theme)

    page.screenshot(path=str(tmp_path / f"mail-{width}-{theme}.png"), full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_text_stands_out_from_its_background(browser, width: int, theme: str) -> None:
    page = _open(browser, _html(_message("Mi Acme echa humo")), width, theme)

    assert page.evaluate(LOW_CONTRAST) == []
    page.close()


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("kind", ["opened", "closed"])
def test_every_badge_can_be_read(browser, severity: Severity, kind: str) -> None:
    page = _open(browser, _html(replace(_message("Mi Acme echa humo"), severity=severity, kind=kind)), 390, "light")

    assert page.evaluate(LOW_CONTRAST) == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_what_matters_without_scrolling(browser, theme: str) -> None:
    page = _open(browser, _html(_message("Mi Acme echa humo")), 390, theme)

    wanted = ["Acme: 12× normal mentions, 64% negative", "Since 14:20", "battery recall", "Pause scheduled", "Owner:"]
    bottoms = {text: page.get_by_text(text).filter(visible=True).first.bounding_box() for text in wanted}
    assert all(box and box["y"] + box["height"] <= 844 for box in bottoms.values()), bottoms
    page.close()


def test_a_thumb_can_hit_every_link(browser) -> None:
    page = _open(browser, _html(_message("Mi Acme echa humo")), 390, "light")

    boxes = [link.bounding_box() for link in page.locator("a").all()]
    assert len(boxes) >= 5
    assert all(box and box["height"] >= 44 for box in boxes), boxes
    page.close()


def test_dark_mode_is_really_dark(browser) -> None:
    page = _open(browser, _html(_message("Mi Acme echa humo")), 390, "dark")

    assert page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(22, 24, 29)"
    page.close()
