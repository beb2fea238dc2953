"""Ctrl-C in the middle of a backtest: the real process says how far it came and ends with 130."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.ports import INTERRUPTED

pytestmark = pytest.mark.acceptance

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_ctrl_c_tells_which_part_was_judged(tmp_path: Path) -> None:
    config, mentions = tmp_path / "c.yml", tmp_path / "m.jsonl"
    config.write_text("version: 1\nbrands: [{name: Acme, match: [acme]}]\n")
    lines = (
        {"external_id": f"{n}", "published_at": (START + timedelta(minutes=n)).isoformat(), "text": f"acme {n}"}
        for n in range(40_000)
    )
    mentions.write_text("\n".join(map(json.dumps, lines)))
    command = [
        *INTERRUPTED,
        sys.executable,
        "-m",
        "crisiswatch",
        "backtest",
        "-c",
        config,
        "--input",
        mentions,
    ]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # progress: the run is under way
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)

    assert first.startswith("backtest: ")
    assert (process.returncode, out) == (130, "")
    assert "stopped: 2026-03-02 00:00 .. 2026-03-" in err
    assert "of the recording (to 2026-03-29 18:39)" in err
    assert "Traceback" not in err
