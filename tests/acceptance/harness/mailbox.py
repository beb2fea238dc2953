"""A real SMTP server that keeps what it is sent."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from harness.ports import free_port


class Mailbox:
    """Accepts every mail; they are found by the address they came to."""

    def __init__(self) -> None:
        self.port = free_port()
        self._mails: list[tuple[str, EmailMessage]] = []
        self._broken: dict[str, str] = {}

    def breaks(self, address: str, how: str | None) -> None:
        """Let mail to that address fail from now on: `refused`, `rejected` or `unknown`; None mends it."""
        self._broken = {**self._broken, address: how or ""}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep a mail; the name is aiosmtpd's."""
        how = next((self._broken[to] for to in envelope.rcpt_tos if self._broken.get(to)), "")
        if how == "unknown":
            server.transport.abort()
        if how:
            return "550 never" if how == "rejected" else "451 later"
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        self._mails += [(address, mail) for address in envelope.rcpt_tos]
        return "250 kept"

    @property
    def url(self) -> str:
        """Return the server as a receiver's `smtp` option names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Return what came to that address, oldest first."""
        return [mail for to, mail in list(self._mails) if to == address]


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """Run a mailbox in a thread of its own."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def part(mail: EmailMessage, kind: str) -> str:
    """Return the text of a mail's `plain` or `html` part."""
    body = mail.get_body((kind,))
    assert isinstance(body, EmailMessage), f"the mail has no {kind} part"
    return str(body.get_content())
