"""Answers at the address of a source that was removed, while it takes its leave of those who told it of news."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime

from crisiswatch.core.abilities import Greeter
from crisiswatch.core.models import Batch
from crisiswatch.errors import SourceRejected
from crisiswatch.plugins import Leaving
from crisiswatch.ports import Hook, Source


class Parting:
    """A `Hook` that lets a removed source say that it does leave; all else is for the one that has its name now."""

    def __init__(self, former: Leaving, successor: Hook | None) -> None:
        self.name = former.name
        self.former = former
        self._successor = successor

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch | Awaitable[Batch]:
        """Return what the source of that name makes of a delivery. Raises SourceRejected where there is none."""
        if self._successor is None:
            raise SourceRejected(f"{self.name} is not a source any more", "auth")
        return self._successor.receive(headers, body, now)

    def greet(self, query: Mapping[str, str]) -> str:
        """Return what either of the two has to say. Raises SourceRejected if none knows who asks."""
        if isinstance(self._successor, Greeter):
            try:
                return self._successor.greet(query)
            except SourceRejected:
                return self._farewell(query)
        return self._farewell(query)

    def _farewell(self, query: Mapping[str, str]) -> str:
        return self.former.greet(query) if isinstance(self.former, Greeter) else ""


class Partings:
    """Who takes leave. Whoever was told may ask about it later, after other reloads too."""

    def __init__(self) -> None:
        self._former: dict[str, Leaving] = {}

    def use(self, dropped: Sequence[Source], asked: Sequence[Source]) -> tuple[Leaving, ...]:
        """Return who is to leave: those dropped whose agreement none of the sources asked from now on continues."""
        kept = {source.agreement for source in asked if isinstance(source, Leaving)}
        leaving = tuple(one for one in dropped if isinstance(one, Leaving) and one.agreement not in kept)
        self._former = {name: one for name, one in self._former.items() if one.agreement not in kept}
        self._former |= {one.name: one for one in leaving}
        return leaving

    def hooks(self, configured: Mapping[str, Hook]) -> dict[str, Hook]:
        """Return the hooks at the addresses of those who leave."""
        return {name: Parting(former, configured.get(name)) for name, former in self._former.items()}
