from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from source_fakes import NOW, tools

from crisiswatch.core.models import Via
from crisiswatch.errors import BadInput, WorkFailed
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.mail import imap
from crisiswatch.sources.web.mail.imap import STEP, ImapCursor, ImapOptions, visit
from crisiswatch.sources.web.mail.mailbox import Folder, Listed, quoted, written

GIVEN = {"host": "imap.example.org", "user": "press", "password": "canary"}


class FakeMailbox:
    """A folder: UIDs to letters, all of which arrived at `NOW` unless `arrived` says otherwise."""

    def __init__(self, *uids: int, validity: int = 1, size: int = 100) -> None:
        self.stored = {uid: b"From: a@x.example\r\nMessage-ID: <%d@x>\r\n\r\nhot" % uid for uid in uids}
        self.validity = validity
        self.next_uid: int | None = max(uids, default=0) + 1
        self.size = size
        self.arrived: dict[int, datetime] = {}
        self.is_open = False

    def open(self) -> Folder:
        self.is_open = True
        return Folder(self.validity, self.next_uid)

    def uids(self, after: int, since: date | None) -> list[int]:
        found = [uid for uid in self.stored if since is None or self.arrived.get(uid, NOW).date() >= since]
        return sorted(uid for uid in found if uid > after)

    def sizes(self, uids) -> list[Listed]:
        return [Listed(uid, self.size, self.arrived.get(uid, NOW)) for uid in uids if uid in self.stored]

    def letters(self, uids) -> dict[int, bytes]:
        return {uid: self.stored[uid] for uid in uids if uid in self.stored}

    def close(self) -> None:
        self.is_open = False


def walk(mailbox: FakeMailbox, known: ImapCursor | None) -> tuple[list[int], ImapCursor]:
    read: list[int] = []
    while True:
        step = visit(mailbox, known, NOW - timedelta(days=1))
        read += [listed.uid for listed, _ in step.letters]
        known = step.cursor
        if not step.more:
            return read, known


def test_every_letter_is_read_once_in_steps_and_the_connection_is_closed():
    mailbox = FakeMailbox(*range(1, 2 * STEP + 6))

    read, cursor = walk(mailbox, ImapCursor(1))

    assert read == list(range(1, 2 * STEP + 6))
    assert (cursor.uid, mailbox.is_open) == (2 * STEP + 5, False)


def test_large_letters_make_smaller_steps_but_never_none():
    mailbox = FakeMailbox(*range(1, 30), size=5_000_000)

    first = visit(mailbox, ImapCursor(1), NOW)
    read, _ = walk(mailbox, ImapCursor(1))

    assert [listed.uid for listed, _ in first.letters] == list(range(1, 9))
    assert read == list(range(1, 30))


@pytest.mark.parametrize("is_told", [True, False])
def test_letters_before_the_look_back_are_done_with(is_told):
    mailbox = FakeMailbox(1, 2, 3)
    mailbox.arrived = {1: datetime(2020, 1, 1, tzinfo=UTC), 3: datetime(2020, 1, 1, tzinfo=UTC)}
    if not is_told:
        mailbox.next_uid = None

    read, cursor = walk(mailbox, None)

    assert (read, cursor.uid) == ([2], 3)


def test_after_a_change_of_uidvalidity_the_days_since_the_last_look_are_read_again():
    mailbox = FakeMailbox(1, 2, 3, validity=2)
    mailbox.arrived = {1: NOW - timedelta(days=9)}

    step = visit(mailbox, ImapCursor(1, uid=70, until=NOW), NOW)

    assert [listed.uid for listed, _ in step.letters] == [2, 3]
    assert step.was_renumbered


def test_a_step_whose_letters_are_all_gone_goes_on():
    mailbox = FakeMailbox(1, 2)
    mailbox.uids = lambda after, since: [uid for uid in (1, 2, 7) if uid > after]
    mailbox.stored.clear()

    assert walk(mailbox, ImapCursor(1)) == ([], ImapCursor(1, uid=7))


class _Breaking:
    async def call(self, function, raw, *arguments):
        if b"<2@x>" in raw:
            raise WorkFailed("made to break")
        return function(raw, *arguments)


async def test_a_letter_that_breaks_the_reader_is_counted_and_the_others_are_read():
    breaking = SourceTools(tools().fetcher, _Breaking())
    reader = imap.ImapSource("press", ImapOptions(**GIVEN), breaking, lambda door: FakeMailbox(1, 2, 3))

    batch = await reader.fetch('{"validity":1,"until":"2026-11-18T09:59:00Z"}', NOW)

    assert [mention.external_id for mention in batch.mentions] == ["1@x", "3@x"]
    assert (batch.skipped, batch.mentions[0].via, batch.mentions[0].source) == (1, Via.POLL, "press")
    assert "letter 2" in batch.warnings[0]


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await imap.build("press", ImapOptions(**GIVEN), tools()).fetch("{", NOW)


def test_folders_and_days_are_written_as_the_protocol_wants_them():
    assert quoted('Presse/Entwürfe & "x"') == '"Presse/Entw&APw-rfe &- \\"x\\""'
    assert quoted("台北") == '"&U,BTFw-"'
    assert written(date(2026, 3, 2)) == "02-Mar-2026"


@pytest.mark.parametrize("change", [{"host": "a b"}, {"host": "a\r\nb"}, {"port": 0}, {"user": ""}, {"kind": "news"}])
def test_wrong_mailboxes_are_refused(change):
    with pytest.raises(ValidationError):
        ImapOptions(**(GIVEN | change))


def test_the_password_is_not_shown():
    reader = imap.build("press", ImapOptions(**GIVEN), tools())

    assert "canary" not in repr(reader._options) + repr(reader._door)
