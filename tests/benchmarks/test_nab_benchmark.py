"""The score of NAB, and how its data is read."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks import nab

START = datetime(2026, 1, 5, tzinfo=UTC)


def nab_series(windows: tuple[tuple[int, int], ...], rows: int = 1000) -> nab.Series:
    moments = tuple(START + index * timedelta(minutes=5) for index in range(rows))
    return nab.Series("real/a.csv", moments, (0.0,) * rows, windows)


def test_nab_gives_the_full_score_for_alarms_at_the_beginning_of_windows_alone() -> None:
    series = nab_series(((300, 400), (700, 800)))
    scores = np.zeros(1000)
    scores[[300, 700]] = 5.0

    steps = nab.score_steps(series, scores, nab.PROFILES["standard"])

    assert nab.best_threshold([steps]) == 5.0
    assert steps.at(5.0) == pytest.approx(2.0, abs=0.02)


def test_nab_counts_the_first_alarm_of_a_window_and_every_one_outside() -> None:
    series = nab_series(((300, 400),))
    scores = np.zeros(1000)
    scores[[350, 360, 390]] = 5.0
    scores[[900, 950]] = 5.0
    scores[100] = 9.0

    raw = nab.score_steps(series, scores, nab.PROFILES["standard"]).at(5.0)

    worth = (2 / (1 + math.exp(-5 * 51 / 101)) - 1) / (2 / (1 + math.exp(-5)) - 1)
    assert raw == pytest.approx(worth - 2 * 0.11, abs=0.01)


def test_nab_takes_off_for_a_missed_window() -> None:
    steps = nab.score_steps(nab_series(((300, 400),)), np.zeros(1000), nab.PROFILES["low_fn"])

    assert steps.at(math.inf) == -2.0


def test_nab_reads_its_own_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data" / "real").mkdir(parents=True)
    times = [(datetime(2026, 1, 5) + index * timedelta(minutes=5)).isoformat(" ") for index in range(1200)]  # noqa: DTZ001  # NAB's times have no zone
    lines = [f"{time},{900 if 800 <= index < 805 else 10 + index % 7}" for index, time in enumerate(times)]
    (tmp_path / "data" / "real" / "a.csv").write_text("\n".join(["timestamp,value", *lines]) + "\n")
    windows = {"real/a.csv": [[times[780] + ".000000", times[840] + ".000000"]], "real/absent.csv": []}
    (tmp_path / "labels" / "combined_windows.json").write_text(json.dumps(windows))

    code = nab.main(["--data", str(tmp_path), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(found["all"]) == {"standard", "low_fp", "low_fn"} == set(found["real"])
    assert found["all"]["standard"] > 60
    assert set(found["interval"]) == {"standard", "low_fp", "low_fn"}


def test_nab_without_data_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nab.main(["--data", str(tmp_path)]) == 2
    assert "combined_windows.json" in capsys.readouterr().err
