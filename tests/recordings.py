"""Recordings: six weeks of two brands in the import format, with everything in them that the daemon must endure.

The truth comes with the file: which brand had a crisis and when, which source was out, what was a flood of one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from random import Random

import msgspec

from crisiswatch.app.scenarios.plots import ORDINARY_LANGUAGES, ORDINARY_MOODS
from crisiswatch.app.scenarios.posting import Poster, Stream
from crisiswatch.app.scenarios.timing import Rate, Stretch, usual
from crisiswatch.app.scenarios.writing import Mood
from crisiswatch.core.models import Mention

BRANDS = ("Norvik", "Tallis")

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""

END = START + timedelta(weeks=6)

_SHARE, _MOST = 0.22, 13.0
"""Of each brand: a part of the usual rate that gives about nine mentions an hour."""

_POLL = timedelta(minutes=5)
"""What is new on the source that has the outage becomes known at a poll, together with what the poll covered; of the
other sources the recording does not say when they were seen, which means always."""


CONFIG = """\
version: 1
brands:
  - {name: Norvik, match: [norvik]}
  - {name: Tallis, match: [tallis]}
"""
"""Enough to look for both brands in a recording."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """A stretch in which something is wrong with a brand."""

    brand: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which a source was not seen; what was written meanwhile arrives at once when it is over."""

    source: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Flood:
    """A stretch in which one text was repeated many times."""

    brand: str
    start: datetime
    end: datetime
    copies: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned event; the brand draws more attention than usual, and it is known before."""

    brand: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Truth:
    """What a recording holds besides the everyday; `mentions` and `broken` count lines."""

    crises: tuple[Crisis, ...]
    outage: Outage
    flood: Flood
    planned: Planned
    mentions: int
    broken: int


def at(day: int, hour: float) -> datetime:
    """Return an hour of a day of the recording; days count from 0."""
    return START + timedelta(days=day, hours=hour)


SUDDEN = Crisis("Norvik", at(22, 11), at(22, 17))
SUDDEN_TOO = Crisis("Tallis", at(29, 15), at(29, 20))
RAMP = Crisis("Norvik", at(33, 6), at(33, 18))
SHARE_RISE = Crisis("Tallis", at(38, 9), at(38, 21))
"""Not more is written than usual, but most of it is negative."""

OUTAGE = Outage("mastodon", at(25, 9), at(25, 12))
FLOOD = Flood("Norvik", at(27, 14), at(27, 14) + timedelta(minutes=20), 600)
PLANNED = Planned("Tallis", at(35, 10), at(35, 16))

BROKEN = (
    b"not json at all",
    b"{",
    b"[]",
    b'"just a text"',
    b'{"external_id": "b1", "text": "no time"}',
    b'{"external_id": "b2", "published_at": "yesterday", "text": "Norvik"}',
    b'{"external_id": "", "published_at": "2026-01-20T10:00:00Z", "text": "Norvik"}',
    b'{"external_id": "b3", "published_at": "1970-01-01T00:00:00Z", "text": "Norvik"}',
    b'{"external_id": "b4", "published_at": "2026-01-20T10:00:00Z", "text": 42}',
    b'{"frame": "coverage", "source": "news"}',
)


def record(path: Path, seed: int) -> Truth:
    """Write a recording and return the truth about it; the same seed writes the same bytes."""
    random = Random(seed)
    mentions = [_polled(mention) for mention in _mentions(Poster(random))]
    lines = [(mention.observed_at or END, _line(mention)) for mention in mentions]
    lines += [*_coverage(), _planned()]
    lines.sort(key=itemgetter(0))
    written = [line for _, line in lines]
    for position, broken in zip(
        sorted(random.sample(range(len(written)), len(BROKEN)), reverse=True), BROKEN, strict=True
    ):
        written.insert(position, broken)
    path.write_bytes(b"\n".join(written) + b"\n")
    crises = (SUDDEN, SUDDEN_TOO, RAMP, SHARE_RISE)
    return Truth(crises, OUTAGE, FLOOD, PLANNED, len(mentions), len(BROKEN))


def _mentions(poster: Poster) -> Iterator[Mention]:
    """Yield every mention of the recording, stream after stream."""
    for brand in BRANDS:
        for stretch in _ordinary_stretches(brand):
            yield from poster.write(Stream(brand, stretch, usual(_SHARE), _MOST, ORDINARY_MOODS, ORDINARY_LANGUAGES))
    for crisis in (SUDDEN, SUDDEN_TOO):
        yield from poster.write(_trouble(crisis, lambda moment: 70.0, 70.0))
    yield from poster.write(
        _trouble(RAMP, lambda moment: 60.0 * ((moment - RAMP.start) / (RAMP.end - RAMP.start)), 60.0)
    )
    souring = ((Mood.NEGATIVE, 0.62), (Mood.NEUTRAL, 0.28), (Mood.POSITIVE, 0.10))
    sour = Stretch(SHARE_RISE.start, SHARE_RISE.end)
    yield from poster.write(Stream(SHARE_RISE.brand, sour, usual(_SHARE), _MOST, souring, ORDINARY_LANGUAGES))
    planned = Stretch(PLANNED.start, PLANNED.end)
    launch = ((Mood.LAUNCH, 0.9), (Mood.NEGATIVE, 0.1))
    yield from poster.write(Stream(PLANNED.brand, planned, lambda moment: 40.0, 40.0, launch, ORDINARY_LANGUAGES))
    yield from _flood(poster)


def _ordinary_stretches(brand: str) -> Iterable[Stretch]:
    """Return when a brand's everyday goes on: always, but for the rise, which replaces it."""
    if brand != SHARE_RISE.brand:
        return (Stretch(START, END),)
    return Stretch(START, SHARE_RISE.start), Stretch(SHARE_RISE.end, END)


def _trouble(crisis: Crisis, rate: Rate, most: float) -> Stream:
    return Stream(
        crisis.brand,
        Stretch(crisis.start, crisis.end),
        rate,
        most,
        ((Mood.CRISIS, 1.0),),
        ORDINARY_LANGUAGES,
        copies=0.15,
        newcomers=True,
    )


def _flood(poster: Poster) -> Iterator[Mention]:
    """Yield the copies of one negative text, evenly spread over the flood."""
    hour = Stretch(FLOOD.start, FLOOD.start + timedelta(hours=1))
    stream = Stream(
        FLOOD.brand, hour, lambda moment: 3600.0, 3600.0, ((Mood.NEGATIVE, 1.0),), (("en", 1.0),),
        sources=(("mastodon", 1.0),), newcomers=True,
    )  # fmt: skip
    writers = poster.write(stream)
    text = next(writers).text
    for number, mention in enumerate(_first(writers, FLOOD.copies)):
        moment = FLOOD.start + (FLOOD.end - FLOOD.start) * number / FLOOD.copies
        moment = moment.replace(microsecond=0)
        yield msgspec.structs.replace(
            mention, text=text, observed_at=moment, published_at=moment - timedelta(seconds=5), parent_id=None
        )


def _first(mentions: Iterator[Mention], count: int) -> Iterator[Mention]:
    for _, mention in zip(range(count), mentions, strict=False):
        yield mention


def _polled(mention: Mention) -> Mention:
    """Return the mention as it became known: at the next poll, which comes late for what was written in the outage."""
    observed_at = mention.observed_at
    assert observed_at is not None, "written with it"
    if mention.source != OUTAGE.source:
        return mention
    if OUTAGE.start <= observed_at < OUTAGE.end:
        return msgspec.structs.replace(mention, observed_at=OUTAGE.end + _POLL)
    return msgspec.structs.replace(mention, observed_at=observed_at + (START - observed_at) % _POLL)


def _coverage() -> Iterator[tuple[datetime, bytes]]:
    """Yield a line for each poll; there was none in the outage."""
    for number in range((END - START) // _POLL):
        start = START + number * _POLL
        if not OUTAGE.start <= start < OUTAGE.end:
            frame = {"frame": "coverage", "source": OUTAGE.source, "start": start, "end": start + _POLL}
            yield start + _POLL, msgspec.json.encode(frame)


def _planned() -> tuple[datetime, bytes]:
    known_at = PLANNED.start - timedelta(days=1)
    frame = {
        "frame": "planned_event",
        "brand": PLANNED.brand,
        "name": "launch",
        "start": PLANNED.start,
        "end": PLANNED.end,
        "at": known_at,
    }
    return known_at, msgspec.json.encode(frame)


def _line(mention: Mention) -> bytes:
    author = {"id": mention.author, "name": mention.author_name, "followers": mention.author_followers}
    fields = {name: value for name, value in msgspec.structs.asdict(mention).items() if value not in (None, "", ())}
    return msgspec.json.encode({**fields, "author": author, "via": "import"})
