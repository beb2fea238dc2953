"""Channels that stay on this machine: messages as text, or as mail files, for replays and the demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crisiswatch.channels.email.composing import compose
from crisiswatch.channels.email.options import EmailOptions
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Abilities
from crisiswatch.rendering.plain import plain


class Printed:
    """Accepts every message and gives its text to `told`."""

    abilities = Abilities(can_ask=True)

    def __init__(self, name: str, told: Callable[[str], None]) -> None:
        self.name = name
        self._told = told
        self._keys: set[str] = set()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Hand over the text."""
        self._keys.add(message.key)
        self._told(plain(message))
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        """Say whether the message was handed over."""
        return Attempt(Outcome.DELIVERED if message.key in self._keys else Outcome.REFUSED)

    async def close(self) -> None:
        """Have nothing to release."""


class Filed(Printed):
    """Writes each message as the mail its receiver would get, and gives its text to `told`."""

    def __init__(self, name: str, told: Callable[[str], None], options: EmailOptions, tools: ChannelTools) -> None:
        super().__init__(name, told)
        self._options = options
        self._tools = tools
        self.folder = Path()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Write the mail, then hand over the text."""
        file = self.folder / f"{message.incident}.{message.number}.eml"
        file.write_bytes(compose(message, self._options, self._tools).as_bytes())
        if message.kind != NotificationKind.UPDATED:
            self._told(f"— mail to {self.name}, written to {file} —\n")
        return await super().send(message, previous)
