"""What a mention does besides telling something: it asks, it wants something done, it praises.

Questions are told by their mark in any script, or by how they begin in English, Spanish and French; requests and
praise by phrases of these three languages. A text in another language is read in all three. A mention may have several
marks or none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files

from crisiswatch.text.incident_types import LANGUAGES, strongest
from crisiswatch.text.matching import Index

_PRAISE = "positive_viral"
_SAYS_SO = 4.0
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_ASKS = re.compile(r"[?？؟¿⁇]")


class Mark(StrEnum):
    """What a mention does; the values are those of the API."""

    QUESTION = "question"
    REQUEST = "request"
    PRAISE = "praise"


def marks(texts: Sequence[str], languages: Sequence[str | None]) -> list[frozenset[str]]:
    """Return the marks of each text; praise beside a grave complaint is irony, and no praise."""
    told = _index().match(texts)
    types = strongest(texts, languages)
    return [
        _marks(text, keys, language, best)
        for text, keys, language, best in zip(texts, told, languages, types, strict=True)
    ]


def _marks(text: str, keys: frozenset[str], language: str | None, best: Mapping[str, float]) -> frozenset[str]:
    said = (key.split("/") for key in keys)
    found = {mark for mark, spoken in said if language not in LANGUAGES or spoken == language}
    if _ASKS.search(text) and _ASKS.search(_ADDRESS.sub(" ", text)):
        found.add(Mark.QUESTION)
    complaint = max((weight for type_, weight in best.items() if type_ != _PRAISE), default=0.0)
    if best.get(_PRAISE, 0.0) >= _SAYS_SO > complaint:
        found.add(Mark.PRAISE)
    return frozenset(found)


@cache
def _index() -> Index:
    lists = json.loads(files(__package__).joinpath("data/marks.json").read_text("utf-8"))
    return Index({f"{mark}/{spoken}": said.split(" | ") for mark in lists for spoken, said in lists[mark].items()})
