"""The incident: one trouble of one brand, from the first evidence to its final end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.growing import Forecast
from crisiswatch.core.locating import Located
from crisiswatch.core.models import Notice, Severity
from crisiswatch.core.neighbours import Neighbour
from crisiswatch.core.overlays import SectorEvent, Silenced
from crisiswatch.core.sharing import Estimate, Rates

PRAISE = "positive_viral"
"""The incident type of attention that does a brand good."""

SYNTHETIC = "~heartbeat"
"""The brand, source and receiver of the made-up mentions that prove that the whole way works; nobody sees them."""


class Condition(StrEnum):
    """What the evidence says. At most one incident per fingerprint is not `FINAL`."""

    PENDING = "pending"
    ACTIVE = "active"
    EASING = "easing"
    CLOSED = "closed"
    FINAL = "final"


class Response(StrEnum):
    """What people did."""

    UNACKED = "unacked"
    ACKED = "acked"


class Change(StrEnum):
    """What happened to an incident; the kind of its event row."""

    NONE = "none"
    PENDED = "pended"
    DROPPED = "dropped"
    OPENED = "opened"
    RAISED = "raised"
    LOWERED = "lowered"
    UPDATED = "updated"
    EASED = "eased"
    RESUMED = "resumed"
    CLOSED = "closed"
    REOPENED = "reopened"
    FINALISED = "finalised"
    WENT_STALE = "went_stale"
    RECOVERED = "recovered"
    ACKED = "acked"
    ACK_ENDING = "ack_ending"
    ACK_EXPIRED = "ack_expired"
    COMMENTED = "commented"
    ESCALATED = "escalated"
    JUDGED = "judged"
    FLAPPED = "flapped"
    STEADIED = "steadied"
    JOINED = "joined"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"


class Verdict(StrEnum):
    """What an incident was, in the eyes of a person."""

    REAL = "real"
    FALSE = "false"
    CAMPAIGN = "campaign"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Post:
    """A mention as evidence: enough to find it, never its text (that stays with the mention)."""

    uid: bytes
    external_id: str
    permalink: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """How much of the evidence came from one source."""

    name: str
    stories: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an incident at one moment; every number can be recounted from the mentions in [since, at).

    `expected` stories are usual for that stretch, in [`lower`, `upper`]; shares are 0..1; `authors` is None when a
    source gives no authors. `negative` is the detector's count; the shares are estimates, and `estimate` says how
    they were come by; `irrelevant` mentions were judged not to be about the brand and are in no other number.
    `doubling` is the doubling time while growing, `forecast` what the next hour brings, and `branching` how many
    reposts a post brings. `missing` names sources not seen. `type_probability` is how sure the type is, 0..1;
    `authenticity` what speaks for or against a campaign; `marks` how many of the stories read ask, want something
    done, or praise, as shares 0..1. `neighbours` are competitors and the industry at the same moment, `located` the
    sources judged one by one; `stories_read` had been counted when the texts were read last. `notices` are what
    uncalibrated detectors say; if `is_noticed`, nothing else does. `alone` is the source whose score is the highest.
    """

    at: datetime
    since: datetime
    stories: int
    copies: int
    negative: float
    expected: float
    lower: float
    upper: float
    share: float
    usual_share: float
    authors: int | None = None
    top_share: float | None = None
    drivers: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    languages: tuple[Source, ...] = ()
    posts: tuple[Post, ...] = ()
    first: Post | None = None
    incident_type: str = "unclear"
    type_reason: str = ""
    type_probability: float | None = None
    authenticity: Authenticity | None = None
    marks: tuple[tuple[str, float], ...] = ()
    covered: float = 1.0
    missing: tuple[str, ...] = ()
    doubling: timedelta | None = None
    warmup: float = 1.0
    planned_event: str | None = None
    neighbours: tuple[Neighbour, ...] = ()
    located: tuple[Located, ...] = ()
    stories_read: int = 0
    notices: tuple[Notice, ...] = ()
    is_noticed: bool = False
    forecast: Forecast | None = None
    branching: float | None = None
    estimate: Estimate | None = None
    irrelevant: int = 0
    alone: str | None = None

    @property
    def ratio(self) -> float:
        """Return how many times the usual number of stories were seen."""
        return self.stories / max(self.expected, 0.5)

    @property
    def rates(self) -> Rates:
        """Return what corrects shares by the detector's count, such as those of single buckets."""
        return self.estimate.rates if self.estimate else Rates()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the severity is what it is: a stable code, the value, its limit and whether it was met.

    `text` says it in words where code and numbers do not.
    """

    code: str
    value: float
    limit: float
    is_met: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of one brand. `fingerprint` is brand and family; `number` is given by the store when it opens.

    `severity` is the highest confirmed since it opened or re-opened, `peak_severity` the highest ever; `above` counts
    ticks in a row at `pending_severity`, which is being confirmed. `quiet_since` is when the score last fell below
    the easing limit. `told` counts messages per receiver; `announced`: who was told believes that it is open. `turns`
    are the changes of condition that flapping is judged by. `version` is the compare-and-swap counter.
    `ack_ending`: people were reminded that the acknowledgement runs out.
    `closed_by` names the person who closed it; then it stays closed until `held_until` unless its severity rises.
    `remembers`: it eased while the score still remembered it, and until that is over only what is new counts;
    `forgotten_since` is when the score last fell below the easing limit then. `sector` is the event of several brands
    that it is in.
    `silenced` is what was last noted of silences; ask `silence_at` for what holds it back.
    `pages` is False where its playbook says that nobody must be woken for it.
    """

    id: str
    brand: str
    family: str
    condition: Condition
    severity: Severity
    opened_at: datetime
    updated_at: datetime
    number: int | None = None
    response: Response = Response.UNACKED
    peak_severity: Severity = Severity.CALM
    pending_severity: Severity = Severity.CALM
    above: int = 0
    detected_at: datetime | None = None
    quiet_since: datetime | None = None
    eased_at: datetime | None = None
    closed_at: datetime | None = None
    stale_since: datetime | None = None
    score: float = 0.0
    peak_score: float = 0.0
    peak_ratio: float = 0.0
    rule: str | None = None
    reasons: tuple[Reason, ...] = ()
    evidence: Evidence | None = None
    playbook: str = ""
    playbook_reason: str = ""
    flaps: int = 0
    reopened: int = 0
    acked_by: str | None = None
    acked_at: datetime | None = None
    ack_expires_at: datetime | None = None
    next_step_at: datetime | None = None
    step: int = 0
    told: dict[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None
    verdict_by: str | None = None
    verdict_at: datetime | None = None
    closed_by: str | None = None
    held_until: datetime | None = None
    announced: bool = True
    turns: tuple[datetime, ...] = ()
    flapping_since: datetime | None = None
    ack_ending: bool = False
    remembers: bool = False
    forgotten_since: datetime | None = None
    sector: SectorEvent | None = None
    silenced: Silenced | None = None
    pages: bool = True
    version: int = 0

    @property
    def fingerprint(self) -> str:
        """Return the identity under which at most one incident is not final."""
        return f"{self.brand}/{self.family}"

    @property
    def name(self) -> str:
        """Return the name people use, `INC-7`."""
        return f"INC-{self.number}" if self.number else "INC-pending"

    @property
    def is_synthetic(self) -> bool:
        """Tell whether it is made up: it gets no number, and no list shows it."""
        return self.brand == SYNTHETIC

    @property
    def is_good_news(self) -> bool:
        """Tell whether it is attention by praise that was never more than watched, no more negative than usual."""
        evidence = self.evidence
        is_praise = evidence is not None and evidence.incident_type == PRAISE and evidence.share <= evidence.usual_share
        return is_praise and self.family == "crisis" and self.peak_severity <= Severity.WATCH

    @property
    def is_open(self) -> bool:
        """Tell whether people are, or may have to be, busy with it."""
        return self.condition in (Condition.ACTIVE, Condition.EASING)

    def silence_at(self, now: datetime) -> Silenced | None:
        """Return the silence that holds it back then; None where that has ended, or holds back only what is milder."""
        mark = self.silenced
        is_held = mark is not None and self.is_open and now < mark.until and self.severity <= mark.most
        return mark if is_held else None


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the incident's history: what changed, when, by whom."""

    at: datetime
    change: Change
    severity: Severity
    by: str = ""
    note: str = ""
