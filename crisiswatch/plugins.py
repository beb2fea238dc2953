"""What a plug-in is: a kind with options, an example and a way to build it; and catalogues of kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from crisiswatch.core.hushing import Foreseen
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch
from crisiswatch.core.stretches import Stretch
from crisiswatch.ports import Clock, Fetcher, Isolator, Source

P = TypeVar("P")


class Options(BaseModel):
    """Base of every plug-in's options: unknown keys are errors and values never show in errors."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Access:
    """What an operator must know before choosing a source: the honest row of `source types`.

    `access` is free, key, review, paid or closed; `tested` is real server, emulated, fixture only or none.
    `route` names the way that works when there is no code.
    """

    network: str
    access: str
    cost: str
    look_back: str
    delay: str
    tested: str
    route: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """What one way of telling can do, in words: a row of `notify types`.

    `once` says what keeps a message from being seen twice after an unclear failure; what is not there is "no".
    """

    name: str
    edit: str
    thread: str
    picture: str
    answer: str
    end: str
    once: str


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """One plug-in: its type name (`type:` in the config), options model, builder and an example that must validate.

    `build(name, options, tools)` receives the name the operator gave, validated options and the tools of its family.
    """

    name: str
    summary: str
    options: type[Options]
    build: Callable[[str, Any, Any], P]
    example: Mapping[str, object]
    access: Access | None = field(default=None)
    ways: tuple[Way, ...] = ()


class Catalogue(Generic[P]):
    """The kinds of one family, by type name, in the order in which they were listed."""

    def __init__(self, family: str, *kinds: Kind[P]) -> None:
        self.family = family
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind[P]]:
        return iter(self._kinds.values())

    def __contains__(self, type_: str) -> bool:
        return type_ in self._kinds

    def __getitem__(self, type_: str) -> Kind[P]:
        return self._kinds[type_]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the known type names."""
        return tuple(self._kinds)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests a source allows in a stretch of time; `name` tells budgets of one credential apart."""

    requests: int
    per: timedelta
    name: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """One page of history: what it holds, and the part of the stretch (0..1) that is read with it.

    Where the batch `says_coverage`, that is what was seen; else all of the stretch was, once its last page is read.
    """

    batch: Batch
    part: float
    says_coverage: bool = False


@runtime_checkable
class Backfilling(Source, Protocol):
    """A source that can also be asked for a stretch of the past. `budget` is the source's own; None: it has none."""

    budget: Budget | None

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch, newest first where there is a choice; `more` until all is read.

        The cursor is of this stretch alone. Raises as `fetch` does; SourceRejected if this past is out of reach.
        """
        ...


@runtime_checkable
class Budgeting(Source, Protocol):
    """A source whose requests come under different budgets of one credential."""

    def budget_for(self, url: str) -> Budget | None:
        """Return the budget that a request comes under; None: the server says when it is too much."""
        ...


@dataclass(frozen=True, slots=True)
class Spending:
    """What a paid source has spent, in its own units, of the cap that is nearest; `stops_until` while it is reached."""

    spent: float
    cap: float
    stops_until: datetime | None = None


@runtime_checkable
class Paid(Source, Protocol):
    """A source that costs money, and stops at a cap."""

    def spending(self, cursor: str | None, now: datetime) -> Spending:
        """Return what was spent by the stored cursor. Raises BadInput for one that cannot be read."""
        ...


@runtime_checkable
class Investigating(Source, Protocol):
    """A source that counts by itself, and reads the posts behind the counts only when there is reason to."""

    def investigate(self, cursor: str | None, brand: str, now: datetime) -> Batch | None:
        """Return the batch whose cursor lets the next fetches read posts; None where there is nothing to begin.

        Asks nothing, costs nothing: what is read then stays under the source's own spending cap.
        """
        ...


@runtime_checkable
class Leaving(Source, Protocol):
    """A source that has agreed with somebody to be told, and takes that back when the operator removes it.

    `agreement` says what, and where we are reached for it: a source in whose place one with the same stands stays.
    """

    agreement: str

    async def leave(self) -> None:
        """Take back what was agreed, before `close`. Raises TransientError or PermanentError."""
        ...


@dataclass(frozen=True, slots=True)
class SourceTools:
    """What a source is built with. `public_url` is where others reach our HTTP server; None: nobody can call us."""

    fetcher: Fetcher
    isolator: Isolator
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelTools:
    """What a channel is built with: renderers as values, and the host name for Message-IDs.

    `isolator` is the channel's own; one that calls it closes it with itself.
    """

    isolator: Isolator
    plain: Callable[[Message], str]
    email_html: Callable[[Message], str]
    slack_blocks: Callable[[Message], Sequence[Mapping[str, Any]]]
    host: str
    clock: Clock
    slack_buttons: Callable[[Message], Mapping[str, Any] | None] = lambda message: None
    slack_form: Callable[[Foreseen], Mapping[str, Any]] | None = None
