"""IDLE on a real Dovecot: a letter is told of as it comes, a line that breaks loses nothing."""

from __future__ import annotations

import asyncio
import imaplib
from contextlib import aclosing

import pytest
from harness.cutting import relay
from harness.dovecot import DOVECOT, PASSWORD, USER, Dovecot, running
from harness.letters import letter
from harness.reading import ids, real_tools

from crisiswatch.core.models import Via
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Streaming
from crisiswatch.sources.web.mail import imap

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed (Debian: dovecot-imapd)"),
]

PATIENCE = 100.0
"""Less than the line waits without a word: a test that gets its letter got it by IDLE."""


@pytest.fixture
def dovecot():
    with running() as server:
        yield server


@pytest.fixture
async def tools():
    async with real_tools() as given:
        yield given


def source(server: Dovecot, tools: SourceTools, **options: object) -> imap.IdleImap:
    given = {"host": "localhost", "port": server.plain, "encryption": "none", "user": USER, "password": PASSWORD}
    made = imap.build("press", imap.ImapOptions.model_validate(given | {"push": "idle"} | options), tools)
    assert isinstance(made, imap.IdleImap)
    return made


async def next_letters(batches):
    """Return the ids of the next batch that has letters, and the batch."""
    async with asyncio.timeout(PATIENCE):
        async for batch in batches:
            if batch.mentions:
                return ids(batch), batch
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("encryption", ["none", "starttls", "tls"])
async def test_a_letter_is_told_of_as_it_comes(dovecot, tools, encryption, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.cert))
    dovecot.deliver(letter(1))
    reader = source(dovecot, tools, encryption=encryption, port=dovecot.tls if encryption == "tls" else dovecot.plain)

    async with aclosing(reader.stream(None, SystemClock())) as batches:
        before, history = await next_letters(batches)
        waiting = asyncio.ensure_future(next_letters(batches))
        await asyncio.to_thread(dovecot.deliver, letter(2))
        came, news = await waiting
        waiting = asyncio.ensure_future(next_letters(batches))
        await asyncio.to_thread(dovecot.deliver, letter(3), letter(4))
        later, _ = await waiting
        if len(later) == 1:
            later += (await next_letters(batches))[0]

    assert (before, came, later) == (["1"], ["2"], ["3", "4"])
    assert (history.mentions[0].via, news.mentions[0].via) == (Via.BACKFILL, Via.STREAM)
    assert news.coverage[0].start < news.coverage[0].end


async def test_a_stream_goes_on_where_it_was_and_reads_what_came_meanwhile(dovecot, tools):
    reader = source(dovecot, tools)
    dovecot.deliver(letter(1))
    async with aclosing(reader.stream(None, SystemClock())) as batches:
        _, first = await next_letters(batches)
    dovecot.deliver(letter(2))

    async with aclosing(reader.stream(first.cursor, SystemClock())) as batches:
        came, _ = await next_letters(batches)

    assert came == ["2"]


async def test_a_line_that_breaks_while_it_waits_is_an_error_at_once(dovecot, tools):
    async with relay(dovecot.plain) as wire:
        reader = source(dovecot, tools, port=wire.port)
        async with aclosing(reader.stream(None, SystemClock())) as batches:
            await anext(batches)
            waiting = asyncio.ensure_future(anext(batches))
            wire.limit = 0
            await asyncio.to_thread(dovecot.deliver, letter(1))

            with pytest.raises(SourceUnavailable):
                await asyncio.wait_for(waiting, PATIENCE)


async def test_who_gives_up_waiting_does_not_wait_for_the_server(dovecot, tools):
    reader = source(dovecot, tools)
    async with aclosing(reader.stream(None, SystemClock())) as batches:
        await anext(batches)
        waiting = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0)
        waiting.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, PATIENCE)


async def test_without_push_there_is_no_second_line(dovecot, tools):
    options = imap.ImapOptions(host="localhost", user="u", password="p")

    assert not isinstance(imap.build("press", options, tools), Streaming)
    assert isinstance(source(dovecot, tools), Streaming)


async def test_a_server_that_cannot_tell_is_for_a_person(dovecot, tools, monkeypatch):
    monkeypatch.setattr(imaplib.IMAP4, "capability", lambda self: ("OK", [b"IMAP4rev1 UIDPLUS"]))
    reader = source(dovecot, tools)

    with pytest.raises(SourceRejected, match="no IDLE"):
        async with aclosing(reader.stream(None, SystemClock())) as batches:
            await anext(batches)
            await anext(batches)
