"""Waits until an IMAP server says that something has changed in the open folder: the IDLE command (RFC 2177)."""

from __future__ import annotations

import imaplib
import select
import ssl
from datetime import timedelta

TAG = b"IDLE1"
"""Our own: the client's tags are a letter each of its commands, and digits."""

LINES = 1_000
"""Lines that a server may send around one command."""


def idle(imap: imaplib.IMAP4, longest: timedelta) -> None:
    """Return when the server says anything, or after `longest`. Raises what the client raises.

    What it said is for who asks next: a search in the same session finds the letters that were announced.
    """
    imap.send(TAG + b" IDLE\r\n")
    _until(imap, b"+")
    if not _has_more(imap):
        select.select([imap.sock], [], [], longest.total_seconds())
    imap.send(b"DONE\r\n")
    answer = _until(imap, TAG)
    if answer.split()[1:2] != [b"OK"]:
        raise imap.error(f"IDLE was refused: {answer[:200]!r}")


def _until(imap: imaplib.IMAP4, start: bytes) -> bytes:
    """Return the next line that begins so; a refusal ends the waiting for a continuation."""
    for _ in range(LINES):
        line = imap.readline()
        if not line:
            raise imap.abort("the connection was closed while waiting")
        if line.startswith(start):
            return bytes(line)
        if line.startswith(TAG):
            raise imap.error(f"IDLE was refused: {bytes(line)[:200]!r}")
    raise imap.abort(f"more than {LINES} lines around one command")


def _has_more(imap: imaplib.IMAP4) -> bool:
    """Tell whether something came already with the last line: what lies in buffers wakes no `select`."""
    wait = imap.sock.gettimeout()
    imap.sock.settimeout(0)
    try:
        return bool(imap.file.peek(1))  # type: ignore[union-attr]  # a BufferedReader, whatever the stub says
    except ssl.SSLWantReadError:
        return False
    finally:
        imap.sock.settimeout(wait)
