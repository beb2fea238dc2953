"""Asks an IMAP server, with the standard library's blocking client: a thread of its own waits for the answers.

The folder is opened read-only and letters are fetched with `BODY.PEEK[]`: nothing is marked, moved or deleted.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from crisiswatch.errors import CrisiswatchError, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.mail.idling import idle
from crisiswatch.sources.web.mail.letters import read_date

Encryption = Literal["tls", "starttls", "none"]
Login = Literal["password", "xoauth2"]

LETTER_LIMIT = 1_000_000
"""Bytes of a letter that are fetched: text stands before attachments."""

ANSWER_LIMIT = 4_000_000
"""Bytes of one literal that are accepted at all."""

WAIT = timedelta(seconds=20)
"""How long one answer may take."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')
_TRY_LATER = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a mailbox is and how it opens. `secret` is a password, or an access token for xoauth2."""

    host: str
    port: int
    encryption: Encryption
    user: str
    secret: str = field(repr=False)
    login: Login = "password"
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Listed:
    """A letter as the server lists it: bytes, and when it arrived."""

    uid: int
    size: int
    arrived: datetime | None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: the number that changes when UIDs mean something else, and the UID that the next letter gets."""

    validity: int
    next_uid: int | None


class Mailbox:
    """One connection to one folder. Every method raises SourceUnavailable or SourceRejected."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._imap: imaplib.IMAP4 | None = None

    def open(self) -> Folder:
        """Connect, log in, open the folder read-only; return what the server says of it."""
        with self._failing():
            imap = self._connect()
            self._log_in(imap)
            answer, said = imap.select(quoted(self._door.folder), readonly=True)
            if answer != "OK":
                raise SourceRejected(f"{self._door.host}: no folder {self._door.folder!r}: {_said(said)}", "not_found")
            validity, following = _number(imap, "UIDVALIDITY"), _number(imap, "UIDNEXT")
        if validity is None:
            raise SourceUnavailable(f"{self._door.host}: the folder has no UIDVALIDITY", "parse")
        return Folder(validity, following)

    def uids(self, after: int, since: date | None) -> list[int]:
        """Return the UIDs above `after` of letters that arrived from the day `since` on, lowest first."""
        terms = [f"UID {after + 1}:*"] + ([f"SINCE {written(since)}"] if since else [])
        found = self._uid("SEARCH", *terms)
        numbers = {int(word) for line in found if isinstance(line, bytes) for word in line.split() if word.isdigit()}
        # `n:*` always includes the last letter, however low its number.
        return sorted(number for number in numbers if number > after)

    def sizes(self, uids: Sequence[int]) -> list[Listed]:
        """Return what the server says of these letters, by UID; those that are gone are missing."""
        listed = {}
        for item in self._uid("FETCH", _set(uids), "(UID RFC822.SIZE INTERNALDATE)"):
            line = item if isinstance(item, bytes) else b"".join(part for part in item or () if part)
            uid, size, arrived = _UID.search(line), _SIZE.search(line), _ARRIVED.search(line)
            if uid and size:
                moment = read_date(arrived[1].decode("ascii", "replace").replace("-", " ", 2)) if arrived else None
                listed[int(uid[1])] = Listed(int(uid[1]), int(size[1]), moment)
        return [listed[uid] for uid in sorted(listed)]

    def letters(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the first `LETTER_LIMIT` bytes of these letters; those that are gone are missing."""
        found: dict[int, bytes] = {}
        items = self._uid("FETCH", _set(uids), f"(UID BODY.PEEK[]<0.{LETTER_LIMIT}>)")
        for position, item in enumerate(items):
            if not isinstance(item, tuple):
                continue
            following = items[position + 1] if position + 1 < len(items) else b""
            # The UID stands before the letter, or after it where the server answers in its own order.
            uid = _UID.search(item[0]) or (_UID.search(following) if isinstance(following, bytes) else None)
            if uid:
                found[int(uid[1])] = item[1]
        return found

    def wait(self, longest: timedelta) -> None:
        """Return when the server says that the open folder has changed, or after `longest`."""
        with self._failing():
            if self._imap is None:
                raise SourceUnavailable(f"{self._door.host}: the connection was closed")
            _, said = self._imap.capability()
            if b"IDLE" not in b" ".join(part for part in said if part).upper().split():
                raise SourceRejected(f"{self._door.host} cannot tell of new letters (no IDLE): leave out `push`")
            idle(self._imap, longest)

    def close(self) -> None:
        """Say goodbye, if there is still somebody to hear it."""
        imap, self._imap = self._imap, None
        if imap is not None:
            with suppress(imaplib.IMAP4.error, OSError, ValueError):
                imap.logout()
            with suppress(OSError, ValueError):
                imap.shutdown()

    def abort(self) -> None:
        """Cut the connection, from another thread: whoever waits for an answer gets an error at once."""
        imap = self._imap
        if imap is not None:
            with suppress(OSError, AttributeError):
                imap.sock.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> imaplib.IMAP4:
        door, wait = self._door, WAIT.total_seconds()
        if door.encryption == "tls":
            tls = ssl.create_default_context()
            self._imap = _BoundedTls(door.host, door.port, ssl_context=tls, timeout=wait)
            return self._imap
        self._imap = _Bounded(door.host, door.port, timeout=wait)
        if door.encryption == "starttls":
            self._imap.starttls(ssl.create_default_context())
        return self._imap

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        door = self._door
        try:
            if door.login == "xoauth2":
                imap.authenticate("XOAUTH2", lambda _: f"user={door.user}\1auth=Bearer {door.secret}\1\1".encode())
            elif "AUTH=PLAIN" in imap.capabilities:
                imap.authenticate("PLAIN", lambda _: f"\0{door.user}\0{door.secret}".encode())
            else:
                imap.login(door.user, door.secret)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if _TRY_LATER.search(str(error)):
                raise SourceUnavailable(f"{door.host}: {error}"[:300], "unavailable") from error
            raise SourceRejected(f"{door.host} refuses the login of {door.user}: {error}"[:300], "auth") from error

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        with self._failing():
            if self._imap is None:
                raise SourceUnavailable(f"{self._door.host}: the connection was closed")
            answer, found = self._imap.uid(command, *arguments)
            if answer != "OK":
                raise SourceUnavailable(f"{self._door.host}: {command} was refused: {_said(found)}"[:300])
        return [item for item in found if item is not None]

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn what the client raises into errors that the engine knows."""
        host = self._door.host
        try:
            yield
        except CrisiswatchError:
            raise
        except ssl.SSLError as error:
            raise SourceUnavailable(f"{host}: TLS failed: {error}"[:300], "tls") from error
        except socket.gaierror as error:
            raise SourceUnavailable(f"{host}: cannot be resolved", "dns") from error
        except TimeoutError as error:
            raise SourceUnavailable(f"{host}: no answer within {WAIT.total_seconds():g} s", "timeout") from error
        except OSError as error:
            raise SourceUnavailable(f"{host}: {error}"[:300], "refused") from error
        except (imaplib.IMAP4.error, ValueError, AttributeError) as error:
            # A connection that was cut off leaves the client with half-open files and half-read lines.
            raise SourceUnavailable(f"{host}: {error}"[:300], "parse") from error


class _Bounded(imaplib.IMAP4):
    """A client that believes no server that announces a huge literal."""

    def read(self, size: int) -> bytes:
        if size > ANSWER_LIMIT:
            raise self.abort(f"a literal of {size} bytes, above {ANSWER_LIMIT}")
        return super().read(size)


class _BoundedTls(imaplib.IMAP4_SSL):
    """The same over TLS."""

    def read(self, size: int) -> bytes:
        if size > ANSWER_LIMIT:
            raise self.abort(f"a literal of {size} bytes, above {ANSWER_LIMIT}")
        return super().read(size)


def quoted(folder: str) -> str:
    """Return a folder's name as the protocol wants it: in modified UTF-7 and in quotes."""
    encoded = re.sub(r"[^\x20-\x7e]+|&", _modified, folder)
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(day: date) -> str:
    """Return a day as the protocol writes it, in English whatever the locale."""
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def _modified(match: re.Match[str]) -> str:
    if match[0] == "&":
        return "&-"
    packed = b64encode(match[0].encode("utf-16-be", "replace")).decode().rstrip("=").replace("/", ",")
    return f"&{packed}-"


def _number(imap: imaplib.IMAP4, code: str) -> int | None:
    """Return the number in a response code of the last answer."""
    _, values = imap.response(code)
    value = values[-1] if values else None
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


def _set(uids: Sequence[int]) -> str:
    return ",".join(str(uid) for uid in uids)


def _said(answer: Sequence[Any]) -> str:
    return " ".join(part.decode("utf-8", "replace") for part in answer if isinstance(part, bytes))[:200]
