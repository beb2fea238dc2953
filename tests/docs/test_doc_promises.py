"""Facts that the pages state in numbers and lists, held against the code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from doc_pages import table_rows, text_of

from crisiswatch import store as stores
from crisiswatch.app.networks import rows
from crisiswatch.cli import app
from crisiswatch.cli.terminal import Exit
from crisiswatch.console import application
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.core.routing import DEADLINES
from crisiswatch.detectors.crisis_lr.timing import WINDOWS
from crisiswatch.engine.backfilling import BUDGET_SHARE, LIVE_MARGIN
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.plugins import Backfilling, SourceTools
from crisiswatch.settings.sections import Storage
from crisiswatch.sources import CATALOGUE
from crisiswatch.sources.importing.records import ForeignEngagement, ForeignMention
from docs.generating.cli_page import commands

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_privacy_states_the_defaults_of_retention() -> None:
    told = {cells[1].strip("`"): cells[2] for cells in table_rows("explanation/privacy.md", "what") if cells[1] != "–"}
    defaults = {name: str(info.default) for name, info in Storage.model_fields.items() if name.endswith("_days")}

    assert {key: re.sub(r"\D", "", days) for key, days in told.items()} == defaults


def test_incidents_states_the_timers() -> None:
    told = {cells[0]: cells[1] for cells in table_rows("explanation/incidents.md", "timer")}
    timers = Timers()

    assert told["opens"].startswith(f"score ≥ 1 on {'two' if timers.ticks == 2 else timers.ticks} ticks")
    assert f"{timers.ease_after // timedelta(minutes=1)} min" in told["eases"]
    assert f"{timers.close_after // timedelta(hours=1)} h" in told["closes"]
    assert f"{timers.close_at_most // timedelta(hours=1)} h" in told["closes"]
    assert f"{timers.final_after // timedelta(hours=1)} h" in told["final"]
    assert f"{timers.ack_holds_critical // timedelta(hours=1)} h" in told["an acknowledgement holds"]
    assert f"{timers.ack_holds_warning // timedelta(hours=1)} h" in told["an acknowledgement holds"]


def test_the_deadlines_of_messages_are_as_told() -> None:
    assert {severity.name: limit // timedelta(hours=1) for severity, limit in DEADLINES.items()} == {
        "CRITICAL": 24,
        "WARNING": 6,
    }
    for page in ("how-to/email.md", "how-to/webhook-out.md"):
        assert {"24 h", "6 h"} <= set(re.findall(r"\d+ h\b", text_of(page)))


def test_every_exit_code_has_its_row() -> None:
    told = {cells[0] for cells in table_rows("reference/exit-codes.md", "code")}

    assert {f"`{code.value}`" for code in Exit} <= told


def test_every_path_of_the_http_interface_is_told() -> None:
    source = Path(application.__file__).read_text("utf-8")
    paths = set(re.findall(r'Route\(\s*"([^"]+)"', source))
    told = {span for cells in table_rows("reference/http.md", "path") for span in re.findall(r"`([^`]+)`", cells[0])}

    assert {_general(path) for path in paths} == {_general(path) for path in told}


def test_every_key_of_the_import_format_is_told() -> None:
    told = {cells[0].strip("`") for cells in table_rows("reference/import-format.md", "key")}

    assert told == set(ForeignMention.__struct_fields__)
    assert all(f"`{name}`" in text_of("reference/import-format.md") for name in ForeignEngagement.__struct_fields__)


def test_detection_names_every_window() -> None:
    minutes = {str(window // timedelta(minutes=1)) for window in WINDOWS}
    sentence = next(line for line in text_of("explanation/detection.md").splitlines() if "windows of" in line)

    assert minutes <= set(re.findall(r"\d+", sentence))


def test_what_limits_calls_missing_is_missing() -> None:
    told = text_of("explanation/limits.md")
    networks = {row.network for row in rows() if row.tested == "none"}

    assert all(network in told for network in ("LinkedIn", "XING", "TikTok", "Reddit") if network in networks)
    assert "`backfill`" not in told.partition("## Not built yet")[2].partition("##")[0], "it is built"
    assert "crisiswatch backfill" in {name for name, _ in commands(typer.main.get_command(app))}
    assert {name for name in ("rss", "imap", "telegram") if isinstance(_built(name), Backfilling)} == set()
    assert f"{LIVE_MARGIN // timedelta(hours=1)} hours" in text_of("how-to/backfill.md")
    assert f"{BUDGET_SHARE:.0%}".replace("%", " %") in text_of("how-to/backfill.md")


def test_the_sources_that_the_page_says_have_a_past_have_one() -> None:
    told = {cells[0].strip("`") for cells in table_rows("how-to/backfill.md", "source")}

    assert {kind.name for kind in CATALOGUE if isinstance(_built(kind.name), Backfilling)} == told


async def test_what_a_mute_holds_back_is_sent_when_it_ends() -> None:
    store = stores.create("memory:")
    await store.open()
    owed = Notification(
        "I", "on-call", NotificationKind.OPENED, 1, Severity.WARNING, NOON, NOON + DEADLINES[Severity.WARNING]
    )
    await store.enqueue(owed, NOON)
    (row,) = await store.claim("worker", NOON, timedelta(minutes=1), 1)
    morning = NOON + timedelta(hours=9)

    await store.settle(row, row.state, None, NOON, morning)
    early = await store.claim("worker", NOON + timedelta(hours=8), timedelta(minutes=1), 1)
    (sent,) = await store.claim("worker", morning, timedelta(minutes=1), 1)

    assert (early, sent.state) == ([], DeliveryState.PENDING)


@pytest.mark.parametrize("page", ["how-to/webhook-out.md", "how-to/webhook-in.md"])
def test_a_page_about_signatures_shows_no_real_secret(page: str) -> None:
    assert not re.search(r"whsec_[A-Za-z0-9+/]{8,}", text_of(page))


def _built(type_: str) -> object:
    kind = CATALOGUE[type_]
    return kind.build("x", kind.options.model_validate(kind.example), tools())


def tools() -> SourceTools:
    """Return tools that no source uses before it is asked."""
    return SourceTools(HttpFetcher(), WorkerIsolator())


def _general(path: str) -> str:
    """Return a path with `*` in place of what varies."""
    return re.sub(r"\{[^}]*\}|INC-n|NAME|TOKEN", "*", path).replace("INC-*", "*")
