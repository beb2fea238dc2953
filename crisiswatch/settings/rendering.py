"""Shows problems as people read them: place, sentence, the line itself, a caret and a hint."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from crisiswatch.errors import Problem
from crisiswatch.settings.tokens import without_tokens
from crisiswatch.settings.tree import split_lines

_WIDTH = 160
"""Characters of one line that are shown."""


def render(problems: Sequence[Problem], texts: Mapping[str, str]) -> str:
    """Return the report of these problems; `texts` holds the files that they speak of, secrets already hidden."""
    if not problems:
        return ""
    lines = {file: split_lines(text) for file, text in texts.items()}
    shown = [_shown(told, lines.get(told.file, ())) for told in problems]
    return "\n".join((*shown, _summary(problems)))


def _shown(told: Problem, lines: Sequence[str]) -> str:
    place = f"{told.file}:{told.line}:{told.column}" if told.line else told.file
    kind = "warning" if told.is_warning else "error"
    where = f" {told.where}" if told.where else ""
    head = _visible(f"{place}: {kind}[{told.code}]{where}: {told.message}")
    hint = f" {_visible(told.hint)}" if told.hint else ""
    if not 0 < told.line <= len(lines):
        return f"{head}\n      |{hint}" if hint else head
    line, column = _window(lines[told.line - 1], told.column)
    blanks = " " * sum(_cells(character) for character in line[: column - 1])
    return f"{head}\n{told.line:>5} | {_visible(without_tokens(line))}\n      | {blanks}^{hint}"


def _summary(problems: Sequence[Problem]) -> str:
    errors = sum(not told.is_warning for told in problems)
    warnings = len(problems) - errors
    counts = [_count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    files = sorted({told.file for told in problems if told.file})
    where = f" in {_visible(files[0])}" if len(files) == 1 else f" in {len(files)} files" if files else ""
    return f"{', '.join(counts)}{where}.{' The running config was not changed.' if errors else ''}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _window(line: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around a column, and the column in it."""
    if len(line) <= _WIDTH:
        return line, min(column, len(line) + 1)
    start = max(0, min(column - _WIDTH // 2, len(line) - _WIDTH))
    cut = line[start : start + _WIDTH]
    cut = f"…{cut[1:]}" if start else cut
    return (f"{cut[:-1]}…" if start + _WIDTH < len(line) else cut), column - start


def _visible(text: str) -> str:
    """Return text in which nothing moves the cursor, changes direction or hides."""
    return "".join(character if _is_plain(character) else " " if character == "\t" else "\ufffd" for character in text)


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _cells(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
