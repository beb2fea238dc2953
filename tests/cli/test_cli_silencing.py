"""`silence` and `outbox retry|discard` without a running daemon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_running import config, fill, run

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.transactions import Decision
from crisiswatch.ports import Store
from tests.builders import incident

SOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def _open_incident(store: Store) -> None:
    await store.commit_decision(Decision(incident(number=None, version=0), 0, (), ()))


async def _dead_letter(store: Store) -> int:
    owed = Notification("01A", "team", NotificationKind.OPENED, 1, Severity.WARNING, SOON, SOON + timedelta(hours=6))
    id = await store.enqueue(owed, SOON)
    [row] = await store.claim("x", SOON, timedelta(minutes=1), 1)
    await store.settle(row, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "404"), SOON)
    return id


def test_a_silence_is_previewed_added_listed_and_expired(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, _open_incident)
    asked = ("silence", "add", 'brand="Acme"', "-c", file, "--for", "2h", "--reason", "known outage")

    seen = run(*asked, "--dry-run")
    added = run(*asked, "--until-it-escalates")
    listed = run("silence", "list", "-c", file, "--json")

    assert (seen.code, seen.out, seen.err.strip()) == (0, "", "hides INC-1")
    assert added.err.strip() == "hides INC-1"
    [row] = listed.json
    assert (row["id"], row["by"], row["reason"], row["holds_back"]) == (
        added.out.strip(), "maria", "known outage", "warning"
    )  # fmt: skip
    assert run("silence", "expire", row["id"], "-c", file, "--by", "jo").code == 0
    assert run("silence", "list", "-c", file).code == 3
    [over] = run("silence", "list", "--all", "-c", file, "--json").json
    assert (over["by"], over["expired_by"]) == ("maria", "jo")
    assert run("silence", "expire", "S-none", "-c", file).code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("brand=Acme", "--reason", "x"),
        ("brand=Acme", "--reason", "x", "--for", "2h", "--until", "2026-03-04T12:00:00Z"),
        ("brand=Acme", "--reason", "x", "--for", "soon"),
        ("brand=Acme", "--reason", "x", "--until", "2026-03-04T12:00:00"),
        ("brand=Acme", "--reason", "x", "--until", "2020-03-04T12:00:00Z"),
        ("brand=Acme", "--reason", "x", "--for", "40d"),
        ("colour=red", "--reason", "x", "--for", "2h"),
        ("", "--reason", "x", "--for", "2h"),
        ("brand=Acme", "--for", "2h"),
    ],
)
def test_a_silence_that_cannot_be_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = config(tmp_path)
    fill(tmp_path, _open_incident)

    assert run("silence", "add", *arguments, "-c", file).code == 2


def test_a_dead_letter_is_sent_again_and_let_go(tmp_path: Path) -> None:
    file = config(tmp_path)
    id = fill(tmp_path, _dead_letter)

    assert run("outbox", "discard", id, "-c", file).code == 0
    assert run("outbox", "retry", id, "-c", file).code == 2
    [row] = run("outbox", "list", "--all", "-c", file, "--json").json
    assert (row["state"], row["detail"]) == ("suppressed", "discarded by maria; 404")
    assert run("outbox", "retry", 99, "-c", file).code == 3


def test_an_incident_says_who_silenced_it_though_no_daemon_runs(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, _open_incident)
    added = run("silence", "add", 'brand="Acme"', "-c", file, "--for", "2h", "--reason", "known outage")

    told, record = run("incident", "show", "INC-1", "-c", file), run("incident", "show", "INC-1", "-c", file, "--json")
    run("silence", "expire", added.out.strip(), "-c", file)
    afterwards = run("incident", "show", "INC-1", "-c", file)

    assert "Silenced by maria until " in told.out
    assert (record.json["silenced_by"], record.json["silenced_reason"]) == ("maria", "known outage")
    assert "Silenced" not in afterwards.out
