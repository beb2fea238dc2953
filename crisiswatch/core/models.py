"""The values that travel along the walk of a mention, from source to severity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import blake2b
from typing import Literal

import msgspec

from crisiswatch.core.label_frames import ForgetFrame, LabelFrame

TEXT_LIMIT = 20_000
"""Characters of text that are kept of one mention."""

HISTOGRAM_BINS = 16
"""Bins of the negativity histogram; bin i holds probabilities in [i/16, (i+1)/16)."""

Kind = Literal["post", "comment", "review", "article", "video", "email"]


class Severity(IntEnum):
    """How bad it looks. Ordered: `severity >= Severity.WARNING` is a claim."""

    CALM = 0
    WATCH = 1
    WARNING = 2
    CRITICAL = 3


class Via(StrEnum):
    """How a mention reached us. Only `BACKFILL` is kept out of live scores."""

    POLL = "poll"
    STREAM = "stream"
    PUSH = "push"
    IMPORT = "import"
    BACKFILL = "backfill"


class Quality(StrEnum):
    """How well a stretch of a source was seen."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Engagement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Reactions to a mention; None means unknown, which is not 0. `rating` of a review counts its stars, 1 to 5."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None
    rating: float | None = None


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One public item. Unique by `(source, instance, external_id)`; ids are strings.

    `author` is a profile URL or a handle until `enrich` replaces it by a keyed hash; `author_name` is shown to people
    and wiped early. The engine stamps `observed_at`. To `brands`, if any, no query is applied: the sender matched them.
    """

    source: str
    external_id: str
    text: str
    instance: str = ""
    kind: Kind = "post"
    title: str | None = None
    language: str | None = None
    author: str | None = None
    author_name: str | None = None
    author_followers: int | None = None
    permalink: str | None = None
    published_at: datetime | None = None
    indexed_at: datetime | None = None
    observed_at: datetime | None = None
    engagement: Engagement | None = None
    reach: int | None = None
    parent_id: str | None = None
    via: Via = Via.POLL
    brands: tuple[str, ...] = ()

    @property
    def uid(self) -> bytes:
        """Return 16 bytes that are equal for equal `(source, instance, external_id)`."""
        key = "\0".join((self.source, self.instance, self.external_id))
        return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Coverage(msgspec.Struct, frozen=True):
    """A stretch of time of one source that was really seen: [start, end)."""

    source: str
    start: datetime
    end: datetime
    quality: Quality = Quality.COMPLETE


class MetricPoint(msgspec.Struct, frozen=True):
    """One value of a metric series: counts that are not mentions. `is_mood`: less is worse, as of a tone."""

    source: str
    series: str
    brand: str
    start: datetime
    length: timedelta
    value: float
    is_mood: bool = False
    observed_at: datetime | None = None


class Tombstone(msgspec.Struct, frozen=True):
    """The source says that an item, or everything of an author, was deleted."""

    source: str
    instance: str = ""
    external_id: str | None = None
    author: str | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one fetch brought. `cursor` is stored in the same transaction as the mentions.

    `more` asks to be called again at once; `cost` is in the source's units (requests, posts read); `warnings` are for
    the log; `skipped` counts unreadable items. `lane` tells a source's cursors apart: "" is its poll, else its stream.
    """

    mentions: tuple[Mention, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    metrics: tuple[MetricPoint, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    cursor: str | None = None
    more: bool = False
    cost: float = 0.0
    skipped: int = 0
    warnings: tuple[str, ...] = ()
    lane: str = ""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What stage 1 says of one mention that matches one brand; all that stage 2 sees of it.

    `negativity` is the calibrated uniform-prior probability of being negative towards the brand, None if it could
    not be scored; `adapted` the same by the brand's own model, for what people see; `relevance` that of being about it.
    `sketch` is the bottom-k sketch by which near-duplicates are found. `author` is the keyed hash. `rules` names the
    operator's rules that the mention meets. Not `live`: backfilled, never in live scores.
    """

    uid: bytes
    brand: str
    source: str
    language: str
    event_time: datetime
    observed_at: datetime
    bucket_time: datetime
    negativity: float | None = None
    sketch: tuple[int, ...] = ()
    author: str | None = None
    followers: int | None = None
    reach: int | None = None
    engagement: int | None = None
    rules: tuple[str, ...] = ()
    live: bool = True
    adapted: float | None = None
    relevance: float | None = None


class MentionFrame(msgspec.Struct, frozen=True, kw_only=True, tag="mentions"):
    """Mentions of one source, observed together, with what came along."""

    source: str
    observed_at: datetime
    batch: Batch


class MetricFrame(msgspec.Struct, frozen=True, kw_only=True, tag="metrics"):
    """Points of metric series, as they were first observed."""

    at: datetime
    points: tuple[MetricPoint, ...]


class PlannedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which a brand expects attention: the bar is raised, and the alert says so."""

    brand: str
    name: str
    start: datetime
    end: datetime


class PlannedEventFrame(msgspec.Struct, frozen=True, kw_only=True, tag="planned_event"):
    """A planned event became known."""

    at: datetime
    event: PlannedEvent


class ConfigFrame(msgspec.Struct, frozen=True, kw_only=True, tag="config"):
    """A configuration took effect."""

    at: datetime
    config_hash: str


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, tag="heartbeat"):
    """The clock reached a tick of the grid."""

    now: datetime


Frame = MentionFrame | MetricFrame | LabelFrame | ForgetFrame | PlannedEventFrame | ConfigFrame | Heartbeat


@dataclass(frozen=True, slots=True)
class Count:
    """What a detector sees of one bucket of one series.

    `stories` (near-duplicates counted once), `negative` of them (a weighted count, may be fractional), `copies`
    (everything), `covered` (share of the usual volume whose sources were seen, 0..1).
    """

    start: datetime
    stories: float
    negative: float
    copies: float
    covered: float = 1.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is usual for one bucket: stories, their relative spread beyond Poisson, and the negative share."""

    stories: float
    spread: float
    share: float

    def bounds(self, stories: float) -> tuple[float, float]:
        """Return the range in which about 95 of 100 quiet counts fall when `stories` are expected."""
        deviation = 2.0 * (stories + (self.spread * stories) ** 2) ** 0.5
        return max(0.0, stories - deviation), stories + deviation


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector says of the open buckets of one series, before thresholds.

    `raw` is the evidence in nats, `since` the start of the stretch with most of it (None: no evidence). `expectation`
    is of the newest bucket, were it whole and covered; `learnt` is how much time was learnt. `raw` says what happened;
    `recent`, the evidence of the last two hours alone, and `over`, the evidence of an end, say what goes on.
    """

    raw: float
    since: datetime | None
    expectation: Expectation
    learnt: timedelta
    recent: float = 0.0
    over: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One detector on one series: 1.0 is the alert threshold, `critical_at` the threshold of `critical`."""

    detector: str
    series: str
    score: float
    critical_at: float
    reading: Reading
    calibrated: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """What an uncalibrated detector says of the last hour: worth watching from a score of 1.0 on, never more.

    `value` of the `series` stands against the `usual` one; of new words they are the stories with the first of `terms`
    and those read. `uid` is the first post of the story that is meant.
    """

    detector: str
    series: str
    score: float
    value: float
    usual: float
    terms: tuple[str, ...] = ()
    uid: bytes | None = None
