"""Streams as CSV files, and the shipped detector's scores of them.

A row whose numbers are no counts (not a number, negative, more negative stories than stories) counts as a bucket that
was not seen, and is named. What cannot be read at all, or is out of order, is an error with its line.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
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
FIRST_YEAR, LAST_YEAR = 1900, 9000
NAMED = 3
"""Rows of a file that are named one by one when they hold no counts; of the others it is said how many they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `time` as it was written, the bucket that it means, and what is wrong with its numbers."""

    time: str
    count: Count
    problem: str = ""


def score_files(streams: Path, scores: Path, bucket: timedelta, warn: Callable[[str], object]) -> int:
    """Write the scores of every `*.csv` in `streams` into `scores`, under the same name; return how many files.

    `warn` is told of rows that hold no counts. Raises BadInput.
    """
    files = sorted(streams.glob("*.csv"))
    if not files:
        raise BadInput(f"{streams}: no *.csv files")
    budgets = sorted(calibration().bars, reverse=True)
    for file in files:
        rows = read_rows(file, bucket)
        lines = [",".join(("time", "score", *(f"threshold_{budget}" for budget in budgets))), *_score(rows, bucket)]
        _write(scores / file.name, lines)
        problems = [row.problem for row in rows if row.problem]
        for problem in problems[:NAMED]:
            warn(problem)
        if len(problems) > NAMED:
            warn(f"{file}: and {len(problems) - NAMED} more rows like these")
    return len(files)


def read_rows(file: Path, bucket: timedelta) -> list[Row]:
    """Return the rows of a file; they must be in order of time, on the grid of `bucket`. Raises BadInput."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            return list(_read(csv.DictReader(text), file, bucket))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file}: {error}") from error


def _read(reader: csv.DictReader[str], file: Path, bucket: timedelta) -> Iterator[Row]:
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in HEADER if name not in reader.fieldnames]
    if missing:
        raise BadInput(f"{file}: no column {', '.join(missing)}; needed: {', '.join(HEADER)}")
    last: datetime | None = None
    for cells in reader:
        row = _row([cells[name] or "" for name in HEADER], f"{file}:{reader.line_num}")
        step = row.count.start - last if last else bucket
        if step < bucket or step % bucket or step > LONGEST_HOLE:
            raise BadInput(f"{file}:{reader.line_num}: {row.time} does not follow; rows are {bucket} apart")
        last = row.count.start
        yield row


def _write(file: Path, lines: Sequence[str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise BadInput(f"{file}: {error}") from error


def _score(rows: Sequence[Row], bucket: timedelta) -> Iterator[str]:
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


def _row(cells: Sequence[str], where: str) -> Row:
    """Return what the cells mean, in the order of HEADER; an empty number is not a number."""
    time, *texts = cells
    try:
        start = datetime.fromisoformat(time.strip())
        numbers = [float(text) if text.strip() else math.nan for text in texts]
    except ValueError as error:
        raise BadInput(f"{where}: {error}") from error
    if not FIRST_YEAR < start.year < LAST_YEAR:
        raise BadInput(f"{where}: {time}: years {FIRST_YEAR} to {LAST_YEAR} are read")
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    stories, negative, copies, observed = numbers
    if all(0 <= number < 1e12 for number in numbers) and negative <= 1.001 * stories:  # sums may be rounded
        return Row(time, Count(start, stories, negative, copies, min(1.0, observed)))
    shown = ", ".join(f"{name} {text.strip() or 'empty'}" for name, text in zip(HEADER[1:], texts, strict=True))
    problem = "" if observed == 0 else f"{where}: no counts, taken as not seen: {shown}"
    return Row(time, Count(start, math.nan, 0.0, 0.0, 0.0), problem)
