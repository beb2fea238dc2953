"""What the configuration is checked against besides itself: plug-ins, and the query language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crisiswatch.plugins import Catalogue


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The known kinds of sources and channels; `check_query` says what is wrong with a query, None if nothing is.

    `check_detector` says what is wrong with a detector (class, options, `above`): under which key, and a sentence.
    """

    sources: Catalogue[Any]
    channels: Catalogue[Any]
    check_query: Callable[[str], str | None] | None = None
    check_detector: Callable[[str, Mapping[str, Any], float | None], tuple[str, str] | None] | None = None
