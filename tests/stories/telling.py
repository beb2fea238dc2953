"""Made-up posts for stories: ordinary days, and what goes wrong in them. The same seed tells the same story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday, midnight."""

Line = dict[str, Any]

_BAD = ("terrible", "awful", "horrible", "worst", "dangerous", "disgusting", "useless", "furious", "angry", "failed",
        "disappointed", "unacceptable", "hate", "disaster", "pathetic", "nightmare")  # fmt: skip
_GOOD = ("great", "love", "excellent", "happy", "wonderful", "best", "amazing", "perfect", "nice", "pleased",
         "delighted", "fantastic", "brilliant", "enjoyed", "superb")  # fmt: skip
_PLAIN = ("kettle", "kitchen", "morning", "tuesday", "water", "blue", "model", "second", "table", "window", "neighbour",
          "manual", "cable", "lid", "handle", "tea", "cup", "counter", "display", "timer", "shelf", "receipt", "parcel",
          "store", "city", "cousin", "litre", "button", "base", "steel", "glass", "filter", "spout", "weekend", "train",
          "office", "garden", "radio", "ticket", "street", "corner", "paper", "pencil", "basket", "carpet",
          "lamp")  # fmt: skip


class Teller:
    """Writes posts; every post is in other words, and counts from 1 in its id."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)
        self._number = 0

    def posts(
        self, begin: float, end: float, *, hourly: float = 30, bad: float = 0.12, good: float = 0.3,
        brand: str = "Norvik", source: str = "forum",
    ) -> Iterator[Line]:  # fmt: skip
        """Yield posts between two hours of the story, the parts `bad` and `good` of them with feeling."""
        hour = begin + self._random.expovariate(hourly)
        while hour < end:
            feeling = self._random.random()
            mood = _BAD if feeling < bad else _GOOD if feeling < bad + good else ()
            yield self.post(hour, self._words(brand, mood), source)
            hour += self._random.expovariate(hourly)

    def copies(self, begin: float, end: float, count: int, text: str, source: str = "forum") -> Iterator[Line]:
        """Yield the same text again and again, evenly spread."""
        for number in range(count):
            yield self.post(begin + (end - begin) * number / count, text, source)

    def post(self, hour: float, text: str, source: str = "forum", **fields: Any) -> Line:
        """Return one post, observed five seconds after it was written."""
        self._number += 1
        written = moment(hour)
        return {
            "external_id": f"p{self._number}",
            "published_at": stamp(written),
            "observed_at": stamp(written + timedelta(seconds=5)),
            "source": source,
            "language": "en",
            "text": text,
            "author": f"https://forum.example/@{self._random.randrange(4000)}",
            "permalink": f"https://forum.example/{self._number}",
            **fields,
        }

    def _words(self, brand: str, mood: tuple[str, ...]) -> str:
        words = [*self._random.sample(_PLAIN, 9), *self._random.sample(mood, 3 if mood else 0)]
        self._random.shuffle(words)
        return f"{brand} {' '.join(words)}"


def coverage(source: str, begin: float, end: float) -> Iterator[Line]:
    """Yield a line for every five minutes in which a source was asked and answered."""
    steps = round((end - begin) * 12)
    for number in range(steps):
        start, stop = (moment(begin + (number + n) / 12) for n in (0, 1))
        yield {"frame": "coverage", "source": source, "start": stamp(start), "end": stamp(stop)}


def moment(hour: float) -> datetime:
    """Return an hour of the story, to the second."""
    return START + timedelta(seconds=round(hour * 3600))


def stamp(time: datetime) -> str:
    """Return a time as the import format wants it."""
    return time.isoformat().replace("+00:00", "Z")


def known_at(line: Line) -> str:
    """Return when a line became known: lines stand in that order."""
    return str(line.get("observed_at") or line.get("at") or line["end"])
