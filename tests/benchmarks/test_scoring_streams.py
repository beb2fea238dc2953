"""Streams in files, scored row by row by the shipped detector."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import detection
from benchmarks.crisisbench.streams import TIERS, make_stream
from crisiswatch.app.data import calibration
from crisiswatch.core.judging import Thresholds, to_judgement
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR

START = datetime(2026, 1, 5, tzinfo=UTC)


def write_stream(file: Path, rows: list[tuple[datetime, float, float, float, int]]) -> None:
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["time", "stories", "negative", "copies", "observed"])
        writer.writerows([time.strftime("%Y-%m-%dT%H:%M:%SZ"), *numbers] for time, *numbers in rows)


def rows_of(seed: int, buckets: int) -> list[tuple[datetime, float, float, float, int]]:
    stream = make_stream(TIERS["standard"], seed)
    columns = (stream.stories, stream.negative, stream.copies, stream.covered)
    part = slice(stream.crises[0].onset - buckets + 60, stream.crises[0].onset + 60)
    return [
        (START + index * timedelta(minutes=5), *row[:3], int(row[3]))
        for index, row in enumerate(zip(*(column[part].tolist() for column in columns), strict=True))
    ]


def test_scores_files_row_by_row_with_the_shipped_detector(tmp_path: Path) -> None:
    rows = rows_of(1, 900)
    (tmp_path / "in").mkdir()
    write_stream(tmp_path / "in" / "acme.csv", rows)

    code = detection.main(["--streams", str(tmp_path / "in"), "--scores", str(tmp_path / "new" / "out")])

    with (tmp_path / "new" / "out" / "acme.csv").open(newline="") as text:
        found = list(csv.DictReader(text))
    table = calibration()
    detector, thresholds = CrisisLR(calibration=table), Thresholds.for_budget(table.bars, 0.1, 0.02)
    expected = []
    for time, stories, negative, copies, observed in rows:
        count = Count(time, stories, negative, copies, float(observed))
        expected.append(to_judgement(detector.score_open([count]), thresholds, None))
        detector.learn_one(count)
    assert code == 0
    assert list(found[0]) == ["time", "score", "threshold_0.5", "threshold_0.1", "threshold_0.02"]
    assert [row["time"] for row in found] == [row[0].strftime("%Y-%m-%dT%H:%M:%SZ") for row in rows]
    assert [float(row["score"]) for row in found] == pytest.approx([each.score for each in expected], abs=1e-6)
    assert float(found[-1]["threshold_0.02"]) == pytest.approx(expected[-1].critical_at, abs=1e-6)
    assert max(float(row["score"]) for row in found) > 0
    for row in found:
        assert float(row["threshold_0.5"]) < float(row["threshold_0.1"]) == 1.0 < float(row["threshold_0.02"])


def test_a_score_does_not_depend_on_rows_after_it(tmp_path: Path) -> None:
    rows = rows_of(2, 400)
    for folder, some in (("whole", rows), ("part", rows[:300])):
        (tmp_path / folder).mkdir()
        write_stream(tmp_path / folder / "a.csv", some)
        detection.main(["--streams", str(tmp_path / folder), "--scores", str(tmp_path / f"{folder}-scores")])

    whole, part = ((tmp_path / f"{name}-scores" / "a.csv").read_text().splitlines() for name in ("whole", "part"))

    assert whole[:301] == part


def test_rows_out_of_order_are_refused_with_their_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(2, 70)
    write_stream(tmp_path / "a.csv", [*rows[:10], rows[3]])

    code = detection.main(["--streams", str(tmp_path), "--scores", str(tmp_path / "out")])

    assert code == 2
    assert "a.csv:12" in capsys.readouterr().err


def test_other_bucket_lengths_are_scored_too(tmp_path: Path) -> None:
    write_stream(tmp_path / "a.csv", [(START + index * timedelta(hours=1), 20, 3, 20, 1) for index in range(60)])

    code = detection.main(["--streams", str(tmp_path), "--scores", str(tmp_path / "out"), "--bucket", "1h"])

    assert code == 0
    assert len((tmp_path / "out" / "a.csv").read_text().splitlines()) == 61
