"""An SMTP server that follows a script: what it answers to each command, and where it falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType

HANG, DROP = "hang", "drop"
"""Instead of an answer: say nothing more, or close the connection."""


class ScriptedSmtp:
    """Answers `script[command]`, else as if all were well. `mails` are the bodies that came whole.

    The commands are CONNECT, EHLO, MAIL, `RCPT address`, DATA and END (the final dot).
    """

    def __init__(self, script: Mapping[str, str]) -> None:
        self.script = dict(script)
        self.mails: list[tuple[list[str], bytes]] = []
        self._stopped = asyncio.Event()
        self._handlers: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> ScriptedSmtp:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.close()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to: list[str] = []
        if not await self._say(writer, "CONNECT", "220 ready"):
            return
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if word == "RCPT":
                address = line.partition("<")[2].rstrip(">")
                word = f"RCPT {address}"
                if self.script.get(word, "250").startswith("250"):
                    to.append(address)
            if not await self._say(writer, word, {"DATA": "354 go", "QUIT": "221 bye"}.get(word, "250 fine")):
                return
            if word == "DATA" and self.script.get("DATA", "354").startswith("354"):
                body = await reader.readuntil(b"\r\n.\r\n")
                if self.script.get("END", "250")[:3] not in ("450", "550"):
                    self.mails.append((to, body))
                if not await self._say(writer, "END", "250 kept"):
                    return

    async def _say(self, writer: asyncio.StreamWriter, word: str, usual: str) -> bool:
        answer = self.script.get(word, usual)
        if answer == HANG:
            await self._stopped.wait()
        if answer in (HANG, DROP):
            return False
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return True
