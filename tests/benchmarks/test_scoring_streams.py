"""Streams in files, scored row by row by the shipped detector."""

import csv
from datetime import UTC, datetime, timedelta, timezone
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


HEADER = "time,stories,negative,copies,observed"


def plain(count: int = 20) -> list[str]:
    return [f"{START + index * timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ},10,2.25,12,1" for index in range(count)]


def score(folder: Path, rows: list[str], header: str = HEADER, newline: str = "\n") -> tuple[int, str]:
    """Return the exit code and what was written for a stream of these rows."""
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(newline.join([header, *rows, ""]).encode())
    code = detection.main(["--streams", str(folder), "--scores", str(folder / "out")])
    file = folder / "out" / "a.csv"
    return code, file.read_text() if file.exists() else ""


def test_columns_may_come_in_any_order_with_any_line_ends_and_a_mark_at_the_beginning(tmp_path: Path) -> None:
    mirrored = [",".join(reversed(row.split(","))) for row in plain()]

    found = {
        score(tmp_path / "plain", plain()),
        score(tmp_path / "crlf", plain(), newline="\r\n"),
        score(tmp_path / "marked", plain(), header="\ufeff" + HEADER),
        score(tmp_path / "spaced", plain(), header=" Time, Stories, Negative, Copies, Observed"),
        score(tmp_path / "mirrored", mirrored, header="observed,copies,negative,stories,time"),
        score(tmp_path / "wider", [f"{row},x" for row in plain()], header=HEADER + ",remark"),
        score(tmp_path / "blank", [*plain()[:5], "", *plain()[5:]]),
    }

    assert [code for code, _ in found] == [0]


@pytest.mark.parametrize(
    "numbers", ["nan,2,12,1", "10,nan,12,1", "10,-2,12,1", "3,9,12,1", "inf,2,12,1", ",,,1", "10,2", "10,2,12,nan"]
)
def test_numbers_that_are_no_counts_are_a_bucket_not_seen_and_are_named(
    numbers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = plain()
    time = rows[8].split(",")[0]

    code, bad = score(tmp_path / "bad", [*rows[:8], f"{time},{numbers}", *rows[9:]])
    said = capsys.readouterr().err
    _, unseen = score(tmp_path / "unseen", [*rows[:8], f"{time},,,,0", *rows[9:]])

    assert code == 0
    assert bad == unseen
    assert bad.splitlines()[9].startswith(f"{time},0.000000,")
    assert "a.csv:10: no counts" in said
    assert capsys.readouterr().err == ""


def test_of_many_rows_without_counts_the_first_are_named_and_the_others_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = score(tmp_path / "in", [row.replace(",10,", ",-1,") for row in plain(500)])

    said = capsys.readouterr().err.splitlines()
    assert code == 0
    assert len(said) == 4
    assert "497 more" in said[-1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-01-05T00:15:00Z,10,2,12,1", "does not follow"),  # backwards
        ("2026-01-05T00:35:00Z,10,2,12,1", "does not follow"),  # the same again
        ("2026-01-05T00:41:00Z,10,2,12,1", "does not follow"),  # between two buckets
        ("2029-01-05T00:40:00Z,10,2,12,1", "does not follow"),  # years later
        ("9999-12-31T23:55:00Z,10,2,12,1", "years"),
        ("0001-01-01T00:00:00+10:00,10,2,12,1", "years"),
        ("1767571200,10,2,12,1", "isoformat"),
        ("2026-01-05T00:40:00Z,ten,2,12,1", "ten"),
    ],
)
def test_a_row_that_cannot_be_read_or_placed_is_an_error_with_its_line(
    row: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = plain()

    code, written = score(tmp_path / "in", [*rows[:8], row])

    error = capsys.readouterr().err
    assert (code, written) == (2, "")
    assert "a.csv:10: " in error
    assert said in error


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", HEADER.encode() + b"\n" + b"x" * 200_000], ids=len)
def test_a_file_that_is_no_table_is_an_error_with_its_name(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    code = detection.main(["--streams", str(tmp_path), "--scores", str(tmp_path / "out")])

    assert code == 2
    assert "a.csv" in capsys.readouterr().err


def test_rows_that_are_missing_are_buckets_not_seen(tmp_path: Path) -> None:
    rows = plain(40)
    unseen = [f"{row.split(',')[0]},0,0,0,0" for row in rows[10:20]]

    _, left_out = score(tmp_path / "out", [*rows[:10], *rows[20:]])
    _, told = score(tmp_path / "told", [*rows[:10], *unseen, *rows[20:]])

    assert left_out.splitlines()[11:] == told.splitlines()[21:]


def test_local_times_on_both_sides_of_a_change_of_the_clock_follow_each_other(tmp_path: Path) -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    moments = [change + (index - 10) * timedelta(minutes=5) for index in range(20)]
    zones = [timezone(timedelta(hours=1 if moment < change else 2)) for moment in moments]
    local = [moment.astimezone(zone).isoformat() for moment, zone in zip(moments, zones, strict=True)]
    rows = [f"{time},10,2,12,1" for time in local]

    code, written = score(tmp_path / "in", rows)

    assert code == 0
    assert [line.split(",")[0] for line in written.splitlines()[1:]] == local
