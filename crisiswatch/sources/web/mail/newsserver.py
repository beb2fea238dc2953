"""Asks a news server: the seven commands of NNTP (RFC 3977, 4642, 4643) that reading a newsgroup takes.

The standard library's client blocks, and is gone from Python 3.13 on.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from crisiswatch.errors import SourceRejected, SourceUnavailable

Encryption = Literal["tls", "starttls", "none"]

WAIT = timedelta(seconds=20)
"""How long one line of an answer may take."""

LINE_LIMIT = 256 * 1024
ARTICLE_LIMIT = 500_000
"""Bytes of an article that are kept; its end is read, and thrown away."""

ANSWER_LIMIT = 20_000_000
"""Bytes of one answer that are read at all."""

_NUMBERS = re.compile(r"211 (\d{1,18}) (\d{1,18}) (\d{1,18})\b")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")


@dataclass(frozen=True, slots=True)
class NewsAccount:
    """Where a news server is, and who reads; no user: without logging in."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A newsgroup as the server holds it: how many articles, and the lowest and highest number."""

    count: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as the overview lists it; `size` in bytes, 0 where it is not told."""

    number: int
    message_id: str
    size: int


class NewsServer:
    """One connection. Every method raises SourceUnavailable or SourceRejected."""

    def __init__(self, account: NewsAccount) -> None:
        self._account = account
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect, encrypt, say that we read, and log in where there is an account."""
        account = self._account
        tls = ssl.create_default_context() if account.encryption != "none" else None
        async with self._failing():
            self._reader, self._writer = await asyncio.open_connection(
                account.host, account.port, limit=LINE_LIMIT, ssl=tls if account.encryption == "tls" else None
            )
            self._expect(await self._line(), "200", "201")
            if tls is not None and account.encryption == "starttls":
                self._expect(await self._ask("STARTTLS"), "382")
                await self._writer.start_tls(tls, server_hostname=account.host)
        answer = await self._command("MODE READER")
        if answer[:3] != "480":
            self._expect(answer, "200", "201", "500")
        if account.user:
            await self._log_in()

    async def group(self, name: str) -> Group:
        """Select a newsgroup."""
        answer = self._expect(await self._command(f"GROUP {name}"), "211")
        numbers = _NUMBERS.match(answer)
        if numbers is None:
            raise SourceUnavailable(f"{self._account.host}: {answer[:100]!r} where numbers were expected", "parse")
        return Group(int(numbers[1]), int(numbers[2]), int(numbers[3]))

    async def message_id(self, number: int) -> str | None:
        """Return the Message-ID of an article of the selected group; None if there is none of that number."""
        answer = self._expect(await self._command(f"STAT {number}"), "223", "423", "430")
        found = _MESSAGE_ID.search(answer) if answer.startswith("223") else None
        return found[0] if found else None

    async def overview(self, low: int, high: int) -> list[Listed]:
        """Return the articles with numbers from `low` to `high`, by number."""
        answer = await self._command(f"OVER {low}-{high}")
        if answer[:3] in ("500", "501", "503"):
            answer = await self._command(f"XOVER {low}-{high}")
        if self._expect(answer, "224", "423", "420")[:3] != "224":
            return []
        rows = (parse_overview(line) for line in await self._lines(ANSWER_LIMIT))
        return sorted((row for row in rows if row and low <= row.number <= high), key=lambda row: row.number)

    async def article(self, number: int) -> bytes | None:
        """Return the start of an article of the selected group; None if it is gone."""
        answer = self._expect(await self._command(f"ARTICLE {number}"), "220", "423", "430")
        return b"".join(await self._lines(ARTICLE_LIMIT)) if answer.startswith("220") else None

    async def close(self) -> None:
        """Say goodbye, if there is still somebody to hear it."""
        writer, self._writer, self._reader = self._writer, None, None
        if writer is None:
            return
        with suppress(OSError, RuntimeError):
            writer.write(b"QUIT\r\n")
            writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()

    async def _log_in(self) -> None:
        account = self._account
        answer = await self._command(f"AUTHINFO USER {account.user}")
        if answer.startswith("381"):
            answer = await self._command(f"AUTHINFO PASS {account.password}")
        if not answer.startswith("281"):
            raise SourceRejected(f"{account.host} refuses the login of {account.user}: {answer[:100]}", "auth")

    async def _command(self, command: str) -> str:
        async with self._failing():
            answer = await self._ask(command)
        return answer  # noqa: RET504  # a return inside would leave mypy with a path that returns nothing

    async def _ask(self, command: str) -> str:
        if self._writer is None:
            raise SourceUnavailable(f"{self._account.host}: the connection was closed")
        self._writer.write(command.encode() + b"\r\n")
        await self._writer.drain()
        return await self._line()

    async def _line(self) -> str:
        return (await self._raw_line()).decode("utf-8", "replace").rstrip("\r\n")

    async def _raw_line(self) -> bytes:
        if self._reader is None:
            raise SourceUnavailable(f"{self._account.host}: the connection was closed")
        async with asyncio.timeout(WAIT.total_seconds()):
            line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise SourceUnavailable(f"{self._account.host}: the connection was cut", "unavailable")
        return line

    async def _lines(self, kept: int) -> list[bytes]:
        """Return the lines of an answer up to the lone dot, doubled dots undone; those beyond `kept` bytes are lost."""
        lines: list[bytes] = []
        size = 0
        async with self._failing():
            while (line := await self._raw_line()) not in (b".\r\n", b".\n"):
                size += len(line)
                if size > ANSWER_LIMIT:
                    raise SourceUnavailable(f"{self._account.host}: an answer above {ANSWER_LIMIT} bytes", "parse")
                if size <= kept:
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return lines

    def _expect(self, answer: str, *codes: str) -> str:
        """Return the answer if it has one of the codes; else raise what it means."""
        code, message = answer[:3], f"{self._account.host} answered {answer[:150]!r}"
        if code in codes:
            return answer
        if code in ("480", "481", "482", "483", "502"):
            raise SourceRejected(message, "auth")
        if code == "411":
            raise SourceRejected(message, "not_found")
        raise SourceUnavailable(message, "unavailable" if code[:1] in ("4", "5") else "parse")

    @asynccontextmanager
    async def _failing(self) -> AsyncIterator[None]:
        """Turn what the streams raise into errors that the engine knows."""
        host = self._account.host
        try:
            yield
        except ssl.SSLError as error:
            raise SourceUnavailable(f"{host}: TLS failed: {error}"[:300], "tls") from error
        except TimeoutError as error:
            raise SourceUnavailable(f"{host}: no answer within {WAIT.total_seconds():g} s", "timeout") from error
        except OSError as error:
            raise SourceUnavailable(f"{host}: {error}"[:300], "refused") from error
        except ValueError as error:
            raise SourceUnavailable(f"{host}: a line above {LINE_LIMIT} bytes", "parse") from error


def parse_overview(line: bytes) -> Listed | None:
    """Return the article in a line of an overview; None for a line that is none."""
    fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
    if len(fields) < 5 or not (fields[0].isascii() and fields[0].isdecimal() and len(fields[0]) < 19):
        return None
    found = _MESSAGE_ID.search(fields[4])
    size = fields[6] if len(fields) > 6 else ""
    is_size = size.isascii() and size.isdecimal() and len(size) < 16
    return Listed(int(fields[0]), found[0] if found else "", int(size) if is_size else 0)
