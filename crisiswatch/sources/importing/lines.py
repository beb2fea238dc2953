"""Reads lines of the import format, JSONL or CSV: what is readable becomes a value, what is not a reason."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import msgspec

from crisiswatch.core.models import Coverage, Frame, Mention, Via
from crisiswatch.errors import BadInput
from crisiswatch.sources.importing.frames import read_frame
from crisiswatch.sources.importing.records import ForeignMention, to_mention

LINE_LIMIT = 1_000_000
"""Bytes of one line; a longer one is skipped."""

DEPTH_LIMIT = 32
"""Levels of nesting in one line."""

REASON_LIMIT = 200

Format = Literal["jsonl", "csv"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that could not be read; lines count from 1."""

    line_number: int
    reason: str


Item = Mention | Coverage | Frame | Skipped

_mentions = msgspec.json.Decoder(ForeignMention)


def read_lines(lines: Iterable[bytes], format: Format, first_line: int = 1) -> Iterator[Item]:
    """Yield what each line holds, lazily and in order; a bad line is a `Skipped` and never stops the others.

    `first_line` is the number of the first of `lines` (in CSV that is the header, wherever it is read from).
    """
    return _read_jsonl(lines, first_line) if format == "jsonl" else _read_csv(lines, first_line)


def bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of a line above `LINE_LIMIT` only a start that is still above it."""
    while line := file.readline(LINE_LIMIT + 1):
        rest = line
        while not rest.endswith(b"\n") and len(rest) > LINE_LIMIT:
            rest = file.readline(LINE_LIMIT + 1)
        yield line


def read_mention(line: bytes, source: str = "replay", via: Via = Via.IMPORT) -> Mention:
    """Return the mention in one JSON object. Raises BadInput."""
    check_depth(line)
    try:
        foreign = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadInput(_reason(error)) from error
    return to_mention(foreign, source, via)


def check_depth(document: bytes) -> None:
    """Raise BadInput if a JSON document is nested deeper than `DEPTH_LIMIT`."""
    if document.count(b"[") + document.count(b"{") <= DEPTH_LIMIT:
        return
    depth = 0
    # Strings are cut out first: brackets inside them are text. An escaped quote must not end one.
    for piece in document.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]:
        for byte in piece:
            depth += (byte in b"[{") - (byte in b"]}")
            if depth > DEPTH_LIMIT:
                raise BadInput(f"nested deeper than {DEPTH_LIMIT} levels")


def _read_jsonl(lines: Iterable[bytes], first_line: int) -> Iterator[Item]:
    for number, line in enumerate(lines, first_line):
        stripped = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if not stripped:
            continue
        try:
            yield _read_json_line(stripped)
        except BadInput as error:
            yield Skipped(number, _reason(error))


def _read_json_line(line: bytes) -> Item:
    if len(line) > LINE_LIMIT:
        raise BadInput(f"longer than {LINE_LIMIT} bytes")
    if b'"frame"' in line and _is_frame(line):
        return read_frame(line)
    return read_mention(line)


class _Probe(msgspec.Struct):
    frame: str | None = None


def _is_frame(line: bytes) -> bool:
    check_depth(line)
    try:
        return msgspec.json.decode(line, type=_Probe).frame is not None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _decode(line: bytes) -> ForeignMention:
    try:
        return _mentions.decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # msgspec refuses half of a surrogate pair; the standard library lets it through, to be replaced.
        if b"\\ud" not in line and b"\\uD" not in line:
            raise
        return msgspec.convert(json.loads(line), ForeignMention)


def _read_csv(lines: Iterable[bytes], first_line: int) -> Iterator[Item]:
    counted = _Counted(lines, first_line)
    rows = csv.reader(counted.text())
    header: _Header | None = None
    while True:
        counted.start_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Skipped(counted.row, _reason(error))
            continue
        if not any(row):
            continue
        if header is None:
            header = _Header(row)
            continue
        try:
            yield header.read(row)
        except (BadInput, ValueError, RecursionError) as error:
            yield Skipped(counted.row, _reason(error))


class _Counted:
    """Decodes lines for the csv module, and knows on which line a row began."""

    def __init__(self, lines: Iterable[bytes], first_line: int) -> None:
        self._lines = iter(lines)
        self._number = first_line - 1
        self.row = first_line

    def start_row(self) -> None:
        self.row = self._number + 1

    def text(self) -> Iterator[str]:
        for line in self._lines:
            self._number += 1
            if len(line) > LINE_LIMIT:
                # A bare quote makes no row: the reader meets a row of one over-long cell instead.
                yield "\ufffd\n"
                continue
            start = line.removeprefix(b"\xef\xbb\xbf") if self._number == 1 else line
            yield start.decode("utf-8", "surrogateescape")


_REACTIONS = ("likes", "reposts", "replies", "views", "rating")
_TIMES = ("published_at", "observed_at")


class _Header:
    """What the columns mean, worked out once; `likes` and `engagement.likes` are the same column."""

    def __init__(self, names: list[str]) -> None:
        self.names = [name.strip().lower() for name in names]
        keys = [name.removeprefix("engagement.") for name in self.names]
        self._reactions = [(i, key) for i, key in enumerate(keys) if key in _REACTIONS]
        self._plain = [(i, name) for i, name in enumerate(self.names) if keys[i] not in _REACTIONS]

    def read(self, row: list[str]) -> Mention:
        """Return the mention in a row. Raises BadInput or ValueError."""
        if len(row) != len(self.names):
            raise BadInput(f"{len(row)} cells under {len(self.names)} headers")
        try:
            "".join(row).encode()
        except UnicodeEncodeError as error:
            raise BadInput("not UTF-8") from error
        return to_mention(msgspec.convert(self._record(row), ForeignMention, strict=False), "replay", Via.IMPORT)

    def _record(self, row: list[str]) -> dict[str, object]:
        record: dict[str, object] = {name: row[i] for i, name in self._plain if row[i]}
        for key in _TIMES:
            if str(record.get(key, "")).lstrip("+-").replace(".", "").isdigit():
                raise BadInput(f"{key} is a number, not an RFC 3339 time")
        if "engagement" in record:
            document = str(record["engagement"]).encode()
            check_depth(document)
            record["engagement"] = msgspec.json.decode(document)
        elif reactions := {key: row[i] for i, key in self._reactions if row[i]}:
            record["engagement"] = reactions
        if "brands" in record:
            record["brands"] = [brand.strip() for brand in str(record["brands"]).split(";") if brand.strip()]
        return record


def _reason(error: Exception) -> str:
    """Return the error as one printable line: it may repeat what a stranger wrote."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(error))[:REASON_LIMIT]
