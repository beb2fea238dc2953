"""Verdicts on the past from a CSV file: which stretches were a crisis, and which were not."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from crisiswatch.core.verdicts import Verdict, Window
from crisiswatch.errors import BadInput

COLUMNS = ("start", "end", "brand", "label")


def read_verdicts(path: Path) -> tuple[Window, ...]:
    """Return the verdicts of a CSV file with the columns start, end, brand and label. Raises BadInput with the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise BadInput(f"{path}:1: no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
            return tuple(_window(row, f"{path}:{rows.line_num}") for row in rows)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: not a CSV file in UTF-8") from error


def _window(row: dict[str, str | None], where: str) -> Window:
    try:
        label = Verdict((row["label"] or "").strip())
    except ValueError:
        known = ", ".join(verdict.value for verdict in Verdict)
        raise BadInput(f"{where}: label '{row['label']}' is not one of {known}") from None
    start, end = _moment(row["start"], where), _moment(row["end"], where)
    if end < start:
        raise BadInput(f"{where}: end lies before start")
    return Window((row["brand"] or "").strip(), start, end, label)


def _moment(text: str | None, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise BadInput(f"{where}: '{text}' is not a time; write 2026-03-02T09:00:00Z") from None
    if moment.tzinfo is None:
        raise BadInput(f"{where}: '{text}' has no time zone; write 2026-03-02T09:00:00Z")
    return moment
