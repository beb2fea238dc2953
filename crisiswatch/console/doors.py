"""What the console may ask of the rest of the daemon: every value and callable that `app.py` hands in."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from crisiswatch.core.answering import Answer
from crisiswatch.core.hushing import Press
from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.messages import Message, Picture
from crisiswatch.core.models import Batch, Severity
from crisiswatch.core.routing import Matcher
from crisiswatch.core.series import Series
from crisiswatch.errors import SourceRejected
from crisiswatch.ports import Clock, Hook, Store


class Scope(IntEnum):
    """What a token allows. Ordered: who may act may read, and an admin may do both."""

    READ = 1
    ACT = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as the config keeps it: `hash` is what `tokens.hash_token` returns, never the token."""

    name: str
    hash: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the process is alive, whether it does its work, and sentences that say why not."""

    is_live: bool
    is_ready: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrandStatus:
    """How one brand is watched now; `learnt` of the history that a baseline `needs` is there."""

    name: str
    kind: str = "brand"
    is_blind: bool = False
    missing: tuple[str, ...] = ()
    learnt: timedelta = timedelta()
    needs: timedelta = timedelta()

    @property
    def is_learning(self) -> bool:
        """Tell whether the baseline still lacks history."""
        return self.learnt < self.needs


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source does; `problem` is a sentence, empty while it is healthy. Pushed sources have no next poll."""

    name: str
    type: str
    problem: str = ""
    last_success_at: datetime | None = None
    last_item_at: datetime | None = None
    next_poll_at: datetime | None = None

    @property
    def is_healthy(self) -> bool:
        """Tell whether the last poll worked."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Status:
    """What is watched: brands and sources in the order of the config."""

    brands: tuple[BrandStatus, ...] = ()
    sources: tuple[SourceStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """An incident changed. `sequence` grows by one with every change since the process started."""

    sequence: int
    incident: str
    change: Change
    severity: Severity


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask for. Sizes are in bytes."""

    headers: int = 8 * 1024
    body: int = 64 * 1024
    hook_body: int = 1024 * 1024
    read: timedelta = timedelta(seconds=10)
    connections: int = 100
    streams: int = 50
    logins_per_minute: int = 5
    links_per_minute: int = 10
    hooks_per_second: int = 100
    session: timedelta = timedelta(hours=12)
    heartbeat: timedelta = timedelta(seconds=15)


def _nobody_listens(headers: Mapping[str, str], body: bytes, now: datetime) -> Press | None:
    raise SourceRejected("no channel with buttons is configured", "auth")


async def _nobody_presses(press: Press) -> None:
    """Do nothing: no channel has buttons."""


async def _nothing_held() -> int:
    """Hold nothing back."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything behind the console.

    `metrics` is the registry as Prometheus text. `ingest` takes a hook's name and its batch. `reload` says whether
    the new config is in force, and why not. `picture` takes an incident and `light` or `dark`; `series` gives the
    points of the same chart. `answer` records what somebody did to the incident of that number, None if there is none.
    `pressed` reads a signed press of a button in a channel, `press` does it. `holding_changed` has what is held back
    looked at again.
    `marks` says what texts do (question, request, praise). `mention_labels` gives all labels of mentions, oldest first;
    `label` records new ones and says how many were new, and how many of mentions that are not stored.
    `subscribe` starts a stream of changes that ends with the daemon. `link_keys` are those of signed links, the newest
    first. Sessions survive a restart only with a `session_key` that does.
    """

    store: Store
    clock: Clock
    metrics: Callable[[], bytes]
    health: Callable[[], Health]
    status: Callable[[], Status]
    reload: Callable[[], Awaitable[tuple[bool, str]]]
    ingest: Callable[[str, Batch], Awaitable[None]]
    headline: Callable[[Incident], str]
    message: Callable[[Incident], Awaitable[Message]]
    picture: Callable[[Incident, str], Awaitable[Picture | None]]
    series: Callable[[Incident], Awaitable[Series | None]]
    subscribe: Callable[[], AsyncIterator[IncidentChange]]
    answer: Callable[[int, Answer], Awaitable[Incident | None]]
    mention_labels: Callable[[], Awaitable[Sequence[LabelFrame]]]
    marks: Callable[[Sequence[str], Sequence[str | None]], Sequence[frozenset[str]]]
    label: Callable[[Sequence[LabelFrame]], Awaitable[tuple[int, int]]]
    pressed: Callable[[Mapping[str, str], bytes, datetime], Press | None] = _nobody_listens
    press: Callable[[Press], Awaitable[None]] = _nobody_presses
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    read_matchers: Callable[[str], tuple[Matcher, ...]] = field(default=lambda text: ())
    labels: Callable[[Incident], Mapping[str, str]] = field(default=lambda incident: {"brand": incident.brand})
    holding_changed: Callable[[], Awaitable[int]] = _nothing_held
    tokens: tuple[Token, ...] = ()
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = Limits()
    link_keys: tuple[bytes, ...] = field(default=(), repr=False)
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
