"""One attempt to hand a mail to an SMTP server, and what its end means."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

from crisiswatch.channels.email.composing import compose, one_line
from crisiswatch.channels.email.options import EmailOptions, Server, parse_server
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Abilities

if TYPE_CHECKING:
    from aiosmtplib import SMTP

DEADLINE = timedelta(seconds=30)
CONNECT_DEADLINE = timedelta(seconds=10)
GOODBYE_DEADLINE = timedelta(seconds=1)
CHECK_EVERY = timedelta(hours=1)
DETAIL_LIMIT = 200
PARTLY_SENT_KEPT = 256


@dataclass(slots=True)
class _Progress:
    """How far one attempt got; what it means when the line goes dead."""

    told: set[str]
    refused: dict[str, int] = field(default_factory=dict)
    is_data_sent: bool = False

    @property
    def unfinished(self) -> Outcome:
        """Return what it means when no usable answer comes now."""
        return Outcome.UNKNOWN if self.is_data_sent else Outcome.REFUSED


class Email:
    """Sends each notification as a mail of its incident's thread. SMTP cannot be asked what arrived."""

    abilities = Abilities(threads=True, pictures=True, is_single=True)
    check_every = CHECK_EVERY

    def __init__(self, name: str, options: EmailOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._server = parse_server(options.smtp.get_secret_value())
        self._told: dict[str, set[str]] = {}

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Send to all addresses; one that is refused for now is tried again alone by the next attempt."""
        progress = _Progress(self._told.pop(message.key, set()))
        attempt = await self._attempt(message, progress)
        if progress.told and attempt.outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
            self._told[message.key] = progress.told
        while len(self._told) > PARTLY_SENT_KEPT:
            del self._told[next(iter(self._told))]
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        """Return None: SMTP cannot be asked; a repeat has the same Message-ID."""
        return None

    async def check(self) -> Attempt:
        """Log in and say NOOP: whether the server would take a mail, without one."""
        from aiosmtplib import SMTPException, SMTPResponseException

        client = _client(self._server, self._tools.host)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                await client.connect(timeout=CONNECT_DEADLINE.total_seconds())
                await client.noop()
            await _say_goodbye(client)
        except SMTPResponseException as error:
            return classify(error.code, self._redacted(error.message), Outcome.UNKNOWN)
        except (OSError, TimeoutError) as error:
            return Attempt(Outcome.REFUSED, self._redacted(f"{type(error).__name__}: {error}"))
        except SMTPException as error:
            return Attempt(Outcome.REJECTED, self._redacted(error.message))
        finally:
            client.close()
        return Attempt(Outcome.DELIVERED, "the server answers")

    async def close(self) -> None:
        """Do nothing: every attempt has its own connection."""

    async def _attempt(self, message: Message, progress: _Progress) -> Attempt:
        from aiosmtplib import SMTPException, SMTPResponseException

        mail = compose(message, self._options, self._tools)
        client = _client(self._server, self._tools.host)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                await self._exchange(client, mail, progress)
            attempt = settle(progress, str(mail["Message-ID"]))
            await _say_goodbye(client)
        except SMTPResponseException as error:
            attempt = classify(error.code, self._redacted(error.message), progress.unfinished)
        except (OSError, TimeoutError) as error:
            attempt = Attempt(progress.unfinished, self._redacted(f"{type(error).__name__}: {error}"))
        except SMTPException as error:
            # Neither the line nor an answer failed: the server lacks TLS or a login that the options ask for.
            attempt = Attempt(Outcome.REJECTED, self._redacted(error.message))
        finally:
            client.close()
        return attempt

    async def _exchange(self, client: SMTP, mail: EmailMessage, progress: _Progress) -> None:
        from aiosmtplib import SMTPRecipientRefused

        accepted = []
        await client.connect(timeout=CONNECT_DEADLINE.total_seconds())
        await client.mail(str(mail["From"]))
        for address in (a for a in self._options.to if a not in progress.told):
            try:
                await client.rcpt(address)
                accepted.append(address)
            except SMTPRecipientRefused as error:
                progress.refused[address] = error.code
        if accepted:
            progress.is_data_sent = True
            await client.data(mail.as_bytes())
            progress.told.update(accepted)

    def _redacted(self, text: str) -> str:
        for secret in (self._server.password, self._server.user):
            if secret:
                text = text.replace(secret, "[redacted]")
        return one_line(text, DETAIL_LIMIT)


async def _say_goodbye(client: SMTP) -> None:
    from aiosmtplib import SMTPException

    # The mail is accepted: whatever happens to the farewell changes nothing.
    with suppress(SMTPException, OSError, TimeoutError):
        await client.quit(timeout=GOODBYE_DEADLINE.total_seconds())


def settle(progress: _Progress, reference: str) -> Attempt:
    """Return what an exchange that ran to its end came to: refused for now, for ever, or delivered."""
    codes = ", ".join(str(code) for code in sorted(set(progress.refused.values())))
    told, total = len(progress.told), len(progress.told) + len(progress.refused)
    detail = f"{told} of {total} addresses accepted" + (f"; refused: {codes}" if codes else "")
    if any(code < 500 for code in progress.refused.values()):
        return Attempt(Outcome.REFUSED, detail)
    return Attempt(Outcome.DELIVERED, detail, reference) if told else Attempt(Outcome.REJECTED, detail)


def classify(code: int, text: str, otherwise: Outcome) -> Attempt:
    """Return what an SMTP error code means: 4xx may pass, 5xx stays, anything else is no usable answer."""
    outcome = {4: Outcome.REFUSED, 5: Outcome.REJECTED}.get(code // 100, otherwise)
    return Attempt(outcome, f"SMTP {code} {text}"[:DETAIL_LIMIT])


def _client(server: Server, host: str) -> SMTP:
    from aiosmtplib import SMTP

    return SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password if server.user else None,
        use_tls=server.tls == "implicit",
        start_tls=server.tls == "starttls",
        local_hostname=host,
        timeout=DEADLINE.total_seconds(),
    )
