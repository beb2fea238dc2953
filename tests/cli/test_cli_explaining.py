"""`explain`: every gate of an incident's moment, and of moments when nothing fired."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from cli_running import config, fill, run

from crisiswatch.cli.terminal import Exit
from crisiswatch.core.models import Severity
from crisiswatch.ports import Store
from tests.store.store_builders import NOON, a_batch, a_decision, a_mention, an_incident

LATER = NOON + timedelta(minutes=20)


async def a_quiet_day(store: Store) -> None:
    mentions = [a_mention(str(number), text=f"My Acme kettle, day {number}") for number in range(3)]
    await store.commit_batch(a_batch(*mentions, brands=("Acme",)))
    told = an_incident("01A", brand="Acme", detected_at=LATER, peak_severity=Severity.WARNING)
    await store.commit_decision(a_decision(told))


def explained(folder: Path, *arguments: str) -> dict[str, object]:
    fill(folder, a_quiet_day)
    found = run("explain", *arguments, "-c", str(config(folder)), "--json")
    assert found.code == Exit.OK, found.err
    told: dict[str, object] = json.loads(found.out)
    return told


def test_a_moment_when_nothing_fired_has_every_gate_with_value_limit_and_outcome(tmp_path: Path) -> None:
    told = explained(tmp_path, "--brand", "Acme", "--at", LATER.isoformat())

    assert (told["brand"], told["alerts"], told["schema_version"]) == ("Acme", False, 1)
    gates = told["gates"]
    assert isinstance(gates, list)
    assert len(gates) >= 4
    assert all(set(gate) == {"gate", "value", "limit", "passed"} for gate in gates)
    assert {gate["passed"] for gate in gates} == {True, False}, "one stops the alert, and is named"


def test_an_incident_is_explained_at_the_moment_it_was_detected(tmp_path: Path) -> None:
    told = explained(tmp_path, "INC-1")

    assert (told["brand"], told["at"]) == ("Acme", LATER.isoformat())


def test_a_moment_is_told_in_utc_whatever_its_offset(tmp_path: Path) -> None:
    local = LATER.astimezone(timezone(timedelta(hours=5))).isoformat()

    fill(tmp_path, a_quiet_day)
    found = run("explain", "--brand", "Acme", "--at", local, "-c", str(config(tmp_path)))

    assert f"{LATER:%H:%M:%S} UTC" in found.out + found.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), Exit.USAGE, "--brand and --at"),
        (("--brand", "Acme", "--at", "noon"), Exit.USAGE, "no time"),
        (("--brand", "Acme", "--at", "2026-11-22T13:20"), Exit.USAGE, "offset"),
        (("--brand", "Nobody", "--at", "2026-11-22T13:20Z"), Exit.USAGE, "Acme"),
        (("INC-7",), Exit.NOTHING, "INC-7"),
    ],
)
def test_what_cannot_be_explained_is_said(arguments: tuple[str, ...], code: Exit, said: str, tmp_path: Path) -> None:
    fill(tmp_path, a_quiet_day)

    found = run("explain", *arguments, "-c", str(config(tmp_path)))

    assert found.code == code
    assert said in found.out + found.err
