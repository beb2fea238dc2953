"""What some plug-ins can do beyond their kind: hear an answer, say again what is forgotten, name a limit, greet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from crisiswatch.core.hushing import Foreseen, Press, SilenceWanted
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt
from crisiswatch.core.throttling import Limit


@runtime_checkable
class Answerable(Protocol):
    """A channel on whose messages people can press buttons."""

    name: str
    listens: bool
    """Whether `listen` has a connection to open."""

    def pressed(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Press | None:
        """Return what a signed delivery says; None where it asks for nothing.

        Raises SourceRejected for a wrong signature, BadInput for what cannot be read. Who pressed is not judged yet.
        """
        ...

    def admits(self, person: str) -> bool:
        """Tell whether that person may answer on this receiver's messages."""
        ...

    async def listen(self, take: Callable[[Press], Awaitable[bool]]) -> None:
        """Hand over what is pressed, on a connection of our own; return when it ends.

        `take` says whether it was done. Raises TransientError or PermanentError.
        """
        ...


@runtime_checkable
class Asking(Protocol):
    """A channel that can ask who pressed a button for more."""

    async def ask(self, wanted: SilenceWanted, foreseen: Foreseen) -> Attempt:
        """Show a form in which hours and reason of a silence are asked for, and what it would hold back."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A channel that can say whether a message would get through, without sending one."""

    name: str
    check_every: timedelta

    async def check(self) -> Attempt:
        """Return DELIVERED if it would, else why not; never raises for a failure of the other side."""
        ...


@runtime_checkable
class Renewing(Protocol):
    """A channel that forgets an incident which is not said again."""

    name: str

    async def renew(self, message: Message) -> Attempt:
        """Say again that the incident is open; never raises for a failure of the other side."""
        ...


@runtime_checkable
class Limited(Protocol):
    """Options of a channel whose service states how many messages it takes."""

    @property
    def limit(self) -> Limit | None:
        """Return what it states; None: nothing that we know of."""
        ...


@runtime_checkable
class Greeter(Protocol):
    """A hook whose sender asks once, before it delivers, whether it is welcome."""

    def greet(self, query: Mapping[str, str]) -> str:
        """Return the words that the sender wants to hear. Raises SourceRejected for a stranger."""
        ...
