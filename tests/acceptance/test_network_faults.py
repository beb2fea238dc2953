"""What the network and the services do to messages: each fault ends in time, and means what it means."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from harness.faulty_servers import Certificates, certificates, faulty
from harness.line_faults import CHANNELS, FAULTS, Fault, Way
from harness.sending import DEADLINE, Kept, Sending, built, shorten_deadlines, worker
from harness.stuck_names import stick
from structlog.testing import capture_logs

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Outcome
from crisiswatch.ports import Isolator

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1200)]

SEVERITIES = (Severity.CRITICAL, Severity.WARNING)
IN_TIME = timedelta(seconds=9)
"""What hangs is ended by nothing before ten seconds are over; below that lies what a busy machine adds."""

STATES = {
    Outcome.DELIVERED: DeliveryState.DELIVERED,
    Outcome.REFUSED: DeliveryState.PENDING,
    Outcome.UNKNOWN: DeliveryState.UNKNOWN,
    Outcome.REJECTED: DeliveryState.DEAD,
}


@dataclass(frozen=True)
class Cell:
    """One fault, met by one channel with a message of one severity."""

    fault: Fault
    channel: str
    severity: Severity

    def __str__(self) -> str:
        return f"{self.fault.name} · {self.channel} · {self.severity.name.lower()}"


ALL = tuple(Cell(fault, channel, severity) for fault in FAULTS for severity in SEVERITIES for channel in CHANNELS)


def cells(channel: str, is_soak: bool) -> list[Cell]:
    """Return the cells of a channel: all, or every fourth, so that no fault and no channel is left out."""
    chosen = [cell for number, cell in enumerate(ALL) if is_soak or number % 10 % 4 == number // 10 % 4]
    return [cell for cell in chosen if cell.channel == channel]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
async def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, known: Certificates) -> AsyncIterator[None]:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(known.authority))
    names = stick(monkeypatch, tmp_path)
    yield
    names.let_go()  # before the loop ends, which waits for its threads


@pytest.fixture
async def isolator() -> AsyncIterator[Isolator]:
    one = worker()
    yield Kept(one)
    await one.close()


def test_the_matrix_has_every_fault_for_every_channel_and_the_short_run_meets_each_of_them() -> None:
    chosen = [cell for channel in CHANNELS for cell in cells(channel, is_soak=False)]

    assert (len(FAULTS), len(ALL), len(chosen)) == (24, 240, 60)
    assert {cell.fault.name for cell in chosen} == {fault.name for fault in FAULTS}
    assert {(cell.channel, cell.severity) for cell in chosen} == {(c, s) for c in CHANNELS for s in SEVERITIES}
    assert all(len(fault.means) == len(CHANNELS) for fault in FAULTS)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_fault_ends_in_time_and_means_what_it_means(
    channel: str,
    request: pytest.FixtureRequest,
    known: Certificates,
    isolator: Isolator,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    chosen = cells(channel, request.config.getoption("--soak"))
    slowest, wrong = timedelta(), []
    for cell in chosen:
        with monkeypatch.context() as patch:
            if cell.fault.goes_on:  # all others are given their usual time: on a busy machine a second is soon over
                shorten_deadlines(patch)
            found, took = await attempted(cell, known, isolator)
            if took > IN_TIME:  # once more: what hangs hangs again, a busy machine does not
                found, took = await attempted(cell, known, isolator)
        slowest = max(slowest, took)
        wrong += [f"{cell}: {said}" for said in found]
        wrong += [f"{cell}: took {took.total_seconds():.2f} s"] if took > IN_TIME else []

    took = f"slowest attempt {slowest.total_seconds():.2f} s, deadline {DEADLINE.total_seconds():g}"
    record_property("number", f"network faults, {channel}: {len(chosen)} cells, {len(wrong)} wrong, {took}")
    assert wrong == []


async def attempted(cell: Cell, known: Certificates, isolator: Isolator) -> tuple[list[str], timedelta]:
    """Make one attempt; return what is wrong with how it ended, and how long it took."""
    scheme = "https" if cell.fault.way in (Way.EXPIRED, Way.OTHER_HOST) else "http"
    async with AsyncExitStack() as stack:
        place, server = await stack.enter_async_context(faulty(cell.fault, cell.channel == "email", known))
        sending = Sending([built("team", cell.channel, place, scheme, isolator)])
        stack.push_async_callback(sending.close)
        owed = await sending.owe("team", cell.severity)
        with capture_logs():
            await sending.dispatcher.settle_due()
        tried, row = sending.channels["team"].tried[owed.key], await sending.row(owed)
    meaning, attempt = cell.fault.meaning(cell.channel), tried.attempt
    wrong = []
    if (attempt.outcome, row.state) != (meaning, STATES[meaning]):
        wrong.append(f"{attempt.outcome.value} ({attempt.detail}), {row.state.value}; it is {meaning.value}")
    if cell.channel in ("slack", "webhook", "pagerduty") and attempt.retry_after != cell.fault.wait:
        wrong.append(f"to wait {attempt.retry_after}, not {cell.fault.wait}")
    if "canary" in attempt.detail:
        wrong.append(f"tells a secret: {attempt.detail}")
    if server.served > 1:
        wrong.append(f"asked {server.served} times")
    return wrong, tried.took
