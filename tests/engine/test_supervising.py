"""systemd's protocol and the pulse behind it."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.supervising import STUCK_AFTER, Notifier, Progress, Pulse
from tests.builders import NOON, after


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest) -> Iterator[tuple[str, socket.socket]]:
    """A socket as systemd opens it, and how it is named in the environment."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        address = str(Path(folder) / "notify") if request.param == "path" else f"@{Path(folder).name}"
        door.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        door.settimeout(5)
        yield address, door


def test_systemd_is_told(systemd: tuple[str, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    address, door = systemd
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    Notifier.from_environment().tell("READY=1", "STATUS=watching")

    assert door.recv(100) == b"READY=1\nSTATUS=watching"


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    Notifier.from_environment().tell("READY=1")


def test_a_loop_is_stuck_once_it_has_not_moved_for_a_minute() -> None:
    pulse = Pulse()
    pulse.beat("ticks", NOON)
    pulse.beat("polls", after(seconds=30))

    assert pulse.stuck(NOON + STUCK_AFTER) == []
    assert pulse.stuck(after(seconds=61)) == ["ticks"]
    assert pulse.stuck(after(minutes=5)) == ["polls", "ticks"]


def test_a_beat_unsticks_a_loop() -> None:
    pulse = Pulse()
    pulse.beat("ticks", NOON)
    pulse.beat("ticks", after(minutes=9))

    assert pulse.stuck(after(minutes=9, seconds=30)) == []


def test_a_long_start_says_how_far_it_is_and_asks_systemd_for_time(systemd: tuple[str, socket.socket]) -> None:
    address, door = systemd
    clock = DrivenClock(NOON)
    progress = Progress(clock, Notifier(address))

    with capture_logs() as said:
        for seconds, part in ((1, 0.05), (5, 0.25), (6, 0.3), (10, 0.5)):
            clock.set(after(seconds=seconds))
            progress(part)

    assert [(line["percent"], line["seconds_left"]) for line in said] == [(25, 15), (50, 10)]
    assert door.recv(200) == b"STATUS=reading what was stored: 25%\nEXTEND_TIMEOUT_USEC=300000000"


def test_a_start_that_is_over_in_a_moment_says_nothing() -> None:
    clock = DrivenClock(NOON)
    progress = Progress(clock, Notifier(None))

    with capture_logs() as said:
        clock.set(after(seconds=4))
        progress(1.0)

    assert said == []
