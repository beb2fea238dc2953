"""Regular expressions of operators, run by RE2: in time linear in the text, whatever the expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from crisiswatch.text.normalising import fold

LONGEST_PATTERN = 512
MOST_PATTERNS = 200
"""Regular expressions in one index: unlike words, each is asked of every text."""

_MEMORY = 2 << 20
_ABSENT = ("(?=", "(?!", "(?<=", "(?<!", "(?>", "(?P=")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, asked of the folded text: lower case, no accents, single spaces."""

    source: str

    def hits(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield the span of each place that matches, from left to right."""
        for match in _compiled(self.source).finditer(folded):
            if match.end() > match.start():
                yield match.span()

    def is_in(self, folded: str) -> bool:
        """Tell whether a folded text matches anywhere."""
        return _compiled(self.source).search(folded) is not None


def compile_pattern(source: str) -> Pattern:
    """Return the pattern, its accented and wide letters folded like the texts. Raises ValueError: what to do."""
    if len(source) > LONGEST_PATTERN:
        raise ValueError(f"a regular expression has at most {LONGEST_PATTERN} characters, this one {len(source)}")
    absent = next((piece for piece in _ABSENT if piece in source.replace("\\\\", "")), None)
    if absent:
        raise ValueError(f"{absent} is not supported: no look-around; use NOT or NEAR outside the expression")
    pattern = Pattern("".join(letter if letter.isascii() else fold(letter) or letter for letter in source))
    try:
        matches_nothing_at_all = _compiled(pattern.source).search("") is not None
    except re2.error as error:
        raise ValueError(f"this regular expression cannot be read: {_told(error)}") from error
    if matches_nothing_at_all:
        raise ValueError("this regular expression matches the empty text, and so nearly every text")
    return pattern


def _told(error: re2.error) -> str:
    detail = error.args[0] if error.args else ""
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)


@cache
def _compiled(source: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    return re2.compile(source, options)
