"""Streams as CSV files, and the shipped detector's scores of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisiswatch.app.data import calibration
from crisiswatch.core.judging import Thresholds, to_judgement
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.errors import BadInput

HEADER = ("time", "stories", "negative", "copies", "observed")
LONGEST_HOLE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `time` as it was written, and the bucket that it means."""

    time: str
    count: Count


def score_files(streams: Path, scores: Path, bucket: timedelta) -> int:
    """Write the scores of every `*.csv` in `streams` into `scores`, under the same name; return how many files."""
    files = sorted(streams.glob("*.csv"))
    if not files:
        raise BadInput(f"{streams}: no *.csv files")
    scores.mkdir(parents=True, exist_ok=True)
    budgets = sorted(calibration().bars, reverse=True)
    for file in files:
        lines = [",".join(("time", "score", *(f"threshold_{budget}" for budget in budgets)))]
        lines.extend(_score(read_rows(file, bucket), bucket))
        (scores / file.name).write_text("\n".join(lines) + "\n", "utf-8")
    return len(files)


def read_rows(file: Path, bucket: timedelta) -> Iterator[Row]:
    """Yield the rows of a file; they must be in order of time, on the grid of `bucket`."""
    last: datetime | None = None
    with file.open(newline="", encoding="utf-8-sig") as text:
        reader = csv.DictReader(text)
        missing = [name for name in HEADER if name not in (reader.fieldnames or ())]
        if missing:
            raise BadInput(f"{file}: no column {', '.join(missing)}; needed: {', '.join(HEADER)}")
        for cells in reader:
            row = _row(cells, f"{file}:{reader.line_num}")
            step = row.count.start - last if last else bucket
            if step < bucket or step % bucket or step > LONGEST_HOLE:
                raise BadInput(f"{file}:{reader.line_num}: {row.time} does not follow; rows are {bucket} apart")
            last = row.count.start
            yield row


def _score(rows: Iterator[Row], bucket: timedelta) -> Iterator[str]:
    """Yield one line per row; buckets that the file leaves out are learnt as not observed."""
    table = calibration()
    detector = CrisisLR(bucket, None, table)
    thresholds = [Thresholds.for_budget(table.bars, 0.1, budget) for budget in sorted(table.bars, reverse=True)]
    due: datetime | None = None
    for row in rows:
        while due is not None and due < row.count.start:
            detector.learn_one(Count(due, 0, 0, 0, 0.0))
            due += bucket
        judgements = [to_judgement(detector.score_open((row.count,)), each, None) for each in thresholds]
        detector.learn_one(row.count)
        due = row.count.start + bucket
        cuts = ",".join(f"{judgement.critical_at:.6f}" for judgement in judgements)
        yield f"{row.time},{judgements[0].score:.6f},{cuts}"


def _row(cells: dict[str, str], where: str) -> Row:
    try:
        start = datetime.fromisoformat(cells["time"])
        numbers = [float(cells[name]) for name in HEADER[1:]]
    except (TypeError, ValueError) as error:
        raise BadInput(f"{where}: {error}") from error
    if not all(0 <= number < 1e12 for number in numbers):
        raise BadInput(f"{where}: numbers must be 0 or more")
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    stories, negative, copies, observed = numbers
    return Row(cells["time"], Count(start, stories, negative, copies, min(1.0, observed)))
