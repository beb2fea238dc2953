"""`imap`: letters in a mailbox: alert services, a press inbox, notifications that networks send by e-mail.

*Access*: your own mailbox, with an app password or an OAuth access token. *Cost*: one login a poll.
*Limits*: 50 letters or 8 MB a step, 1 MB of each letter; attachments are not looked at. *Look-back*: whatever the
folder still holds; the first poll reads `look_back`. *Delay*: the poll's interval, seconds with `push: idle`, and the
sender's own: alerts may be hours late. *Cannot see*: letters that were moved or deleted before the poll. *Quality*:
complete for the folder; what an alert service leaves out is its own secret. Nothing is marked as read, moved or
deleted. Letters of Google Alerts become one mention a page; their layout was taken from descriptions and never seen
live. After a change of UIDVALIDITY the last days are read again; letters that are known already count once, by their
Message-ID.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, SecretStr

from crisiswatch.core.models import Batch, Mention, Quality, Via
from crisiswatch.core.models import Kind as MentionKind
from crisiswatch.errors import WorkFailed, WorkTimedOut
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Clock, Hook, Source
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mail.alerts import parse_mail
from crisiswatch.sources.web.mail.mailbox import LETTER_LIMIT, Door, Encryption, Folder, Listed, Login, Mailbox
from crisiswatch.sources.web.stretches import coverage, via
from crisiswatch.sources.web.walking import read_duration

STEP = 50
STEP_BYTES = 8_000_000
"""Letters, and bytes of letters, that one step reads at most."""

REREAD = timedelta(days=2)
"""How far before the last look letters are read again when the folder was renumbered."""

REPORTED = 3

IDLE_FOR = timedelta(minutes=2)
"""Servers and routers drop a silent line without a word after ten minutes or more: it is used long before."""

T = TypeVar("T")

_PORTS: dict[Encryption, int] = {"tls": 993, "starttls": 143, "none": 143}

Duration = Annotated[timedelta, BeforeValidator(read_duration)]


class ImapOptions(Options):
    """Which mailbox, and what its letters are."""

    model_config = ConfigDict(defer_build=True)

    host: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$", description="Name of the server.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Its port; by default that of `encryption`.")
    encryption: Encryption = Field(default="tls", description="How the connection is protected.")
    user: str = Field(min_length=1, max_length=320, description="Who logs in.")
    password: SecretStr = Field(min_length=1, description="Password or app password; for xoauth2 the access token.")
    login: Login = Field(default="password", description="How to log in.")
    folder: str = Field(default="INBOX", min_length=1, max_length=500, description="Folder that is read.")
    kind: MentionKind = Field(default="email", description="What a letter counts as: review, for review notifications.")
    senders: tuple[str, ...] = Field(
        default=(), max_length=200, description="Addresses or domains whose letters count; none named: all."
    )
    authserv: str = Field(
        default="",
        max_length=253,
        description="Name of your server in Authentication-Results; then alerts and `senders` need a DKIM pass.",
    )
    look_back: Duration = Field(default=timedelta(days=1), description="How far the first poll reaches back.")
    push: Literal["none", "idle"] = Field(
        default="none", description="idle: a second connection on which the server tells of new letters."
    )


class ImapCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The folder's UIDVALIDITY, the highest UID read, until when all were read, and from which day on it is read."""

    validity: int
    uid: int = 0
    until: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one visit to the folder brought: letters with their arrival, the cursor after it, whether there are more."""

    letters: tuple[tuple[Listed, bytes], ...]
    cursor: ImapCursor
    more: bool
    was_renumbered: bool


class ImapSource:
    """A `Source` that reads the letters above the highest UID it knows."""

    def __init__(
        self, name: str, options: ImapOptions, tools: SourceTools, mailbox: Callable[[Door], Mailbox] = Mailbox
    ) -> None:
        self.name = name
        self._mailbox = mailbox
        self._options = options
        self._tools = tools
        self._door = Door(
            host=options.host,
            port=options.port or _PORTS[options.encryption],
            encryption=options.encryption,
            user=options.user,
            secret=options.password.get_secret_value(),
            login=options.login,
            folder=options.folder,
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        mailbox = self._mailbox(self._door)
        step = await _blocking(mailbox, partial(visit, mailbox, known, now - self._options.look_back))
        return await self._batch(known, step, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _batch(self, known: ImapCursor | None, step: Step, now: datetime) -> Batch:
        until = known.until if known else None
        mentions, reasons = await self._read(step.letters, until, now)
        cursor_after = step.cursor if step.more else msgspec.structs.replace(step.cursor, until=now, since=None)
        renumbered = ("the folder was renumbered (UIDVALIDITY): the last days are read again",)
        return Batch(
            mentions=mentions,
            coverage=() if step.more else coverage(self.name, until, now, Quality.COMPLETE),
            cursor=msgspec.json.encode(cursor_after).decode(),
            more=step.more,
            cost=1.0,
            skipped=len(reasons),
            warnings=(*(renumbered if step.was_renumbered else ()), *reasons[:REPORTED]),
        )

    async def _read(
        self, letters: Sequence[tuple[Listed, bytes]], until: datetime | None, now: datetime
    ) -> tuple[tuple[Mention, ...], list[str]]:
        options = self._options
        mentions: list[Mention] = []
        reasons: list[str] = []
        for listed, raw in letters:
            try:
                found = await self._tools.isolator.call(
                    parse_mail, raw, options.kind, options.authserv, list(options.senders)
                )
            except (WorkFailed, WorkTimedOut) as error:
                # One letter made to break the reader must not stop all that come after it.
                reasons.append(f"letter {listed.uid} cannot be read: {error}"[:200])
                continue
            mentions += [self._own(mention, listed, until, now) for mention in found]
        return tuple(mentions), reasons

    def _own(self, mention: Mention, listed: Listed, until: datetime | None, now: datetime) -> Mention:
        arrived = listed.arrived or mention.published_at
        return msgspec.structs.replace(
            mention, source=self.name, indexed_at=listed.arrived, via=via(arrived, until, now)
        )


class IdleImap(ImapSource):
    """A mailbox that is polled, and `Streaming`: on a line of its own the server tells of letters as they come."""

    async def stream(self, cursor: str | None, clock: Clock) -> AsyncGenerator[Batch, None]:
        """Yield what is sent, as it comes."""
        known = _parse_cursor(cursor)
        line = self._mailbox(self._door)
        try:
            folder = await _blocking(line, line.open)
            while True:
                now = clock.now()
                step = await _blocking(line, partial(look, line, folder, known, now - self._options.look_back))
                batch = await self._batch(known, step, now)
                yield msgspec.structs.replace(batch, mentions=tuple(map(_as_streamed, batch.mentions)))
                known = _parse_cursor(batch.cursor)
                if not batch.more:
                    await _blocking(line, partial(line.wait, IDLE_FOR))
        finally:
            line.abort()
            await asyncio.to_thread(line.close)


def _as_streamed(mention: Mention) -> Mention:
    return msgspec.structs.replace(mention, via=Via.STREAM) if mention.via is Via.POLL else mention


async def _blocking(mailbox: Mailbox, act: Callable[[], T]) -> T:
    """Return what `act` returns in a thread; who gives up waiting cuts the connection, so that the thread ends."""
    try:
        return await asyncio.to_thread(act)
    except asyncio.CancelledError:
        mailbox.abort()
        raise


def visit(mailbox: Mailbox, known: ImapCursor | None, look_back: datetime) -> Step:
    """Return the next letters, on a new connection. Blocks; raises SourceUnavailable or SourceRejected."""
    try:
        return look(mailbox, mailbox.open(), known, look_back)
    finally:
        mailbox.close()


def look(mailbox: Mailbox, folder: Folder, known: ImapCursor | None, look_back: datetime) -> Step:
    """Return the next letters of the folder that is open. Blocks; raises as `visit` does."""
    start = _start(folder.validity, known, look_back)
    top = _top(mailbox, folder, start)
    uids = mailbox.uids(start.uid, (start.since - timedelta(days=1)).date() if start.since else None)
    step = mailbox.sizes(uids[:STEP]) if uids else []
    taken = _within(step)
    found = mailbox.letters([listed.uid for listed in taken]) if taken else {}
    done = _done(start.uid, uids, step, taken)
    more = bool(uids) and done < uids[-1]
    return Step(
        letters=tuple((listed, found[listed.uid]) for listed in taken if listed.uid in found),
        cursor=msgspec.structs.replace(start, uid=done if more else max(done, top)),
        more=more,
        was_renumbered=known is not None and known.validity != folder.validity,
    )


def _start(validity: int, known: ImapCursor | None, look_back: datetime) -> ImapCursor:
    """Return where to begin: after the known letters, or at a day where the numbers mean nothing (any more)."""
    if known is None:
        return ImapCursor(validity, since=look_back)
    if known.validity == validity:
        return known
    since = (known.until - REREAD) if known.until else known.since or look_back
    return ImapCursor(validity, until=known.until, since=since)


def _top(mailbox: Mailbox, folder: Folder, start: ImapCursor) -> int:
    """Return the highest UID that is there already, while reading by day: older letters must not come up later."""
    if start.since is None:
        return 0
    if folder.next_uid is not None:
        return folder.next_uid - 1
    return max(mailbox.uids(start.uid, None), default=0)


def _within(step: Sequence[Listed]) -> list[Listed]:
    """Return as many of the letters as fit into one step; at least one."""
    taken: list[Listed] = []
    room = STEP_BYTES
    for listed in step:
        room -= min(listed.size, LETTER_LIMIT)
        if taken and room < 0:
            break
        taken.append(listed)
    return taken


def _done(before: int, uids: Sequence[int], step: Sequence[Listed], taken: Sequence[Listed]) -> int:
    """Return the highest UID that is done with: letters that were deleted meanwhile are done with, too."""
    if len(taken) < len(step):
        return taken[-1].uid
    return max((before, *uids[:STEP]))


def _parse_cursor(cursor: str | None) -> ImapCursor | None:
    return stored(cursor, ImapCursor)


def build(name: str, options: ImapOptions, tools: SourceTools) -> ImapSource:
    """Return the source that the operator called `name`."""
    return IdleImap(name, options, tools) if options.push == "idle" else ImapSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="imap",
    summary="Letters in a mailbox: Google Alerts, a press inbox, notifications by e-mail.",
    options=ImapOptions,
    build=build,
    example={"host": "imap.example.org", "user": "alerts@example.org", "password": "${IMAP_PASSWORD}"},
    access=Access(
        network="E-mail (IMAP)",
        access="free",
        cost="none",
        look_back="what the folder holds",
        delay="the poll's interval, seconds with push; alerts up to hours",
        tested="real server",
    ),
)
