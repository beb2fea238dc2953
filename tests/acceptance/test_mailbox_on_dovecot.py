"""The imap source against a real Dovecot, run as an ordinary user: pages, TLS, renumbering, cut connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from harness.cutting import relay
from harness.dovecot import DOVECOT, PASSWORD, USER, Dovecot, running
from harness.letters import letter
from harness.reading import drain, ids, real_tools

from crisiswatch.core.models import Via
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.mail import imap

ALERT = (Path(__file__).parents[1] / "fixtures" / "mail" / "google_alert.eml").read_bytes()
MINUTE = timedelta(minutes=1)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed (Debian: dovecot-imapd)"),
]


@pytest.fixture
def dovecot():
    with running() as server:
        yield server


@pytest.fixture
async def tools():
    async with real_tools() as given:
        yield given


@pytest.fixture
def now() -> datetime:
    """Return the real time: Dovecot stamps arrivals with it."""
    return SystemClock().now()


def source(server: Dovecot, tools: SourceTools, **options: object) -> imap.ImapSource:
    given = {"host": "127.0.0.1", "port": server.plain, "encryption": "none", "user": USER, "password": PASSWORD}
    return imap.build("press", imap.ImapOptions.model_validate(given | options), tools)


async def test_letters_come_once_and_stay_unread(dovecot, tools, now):
    dovecot.deliver(letter(1), letter(2))
    reader = source(dovecot, tools)

    first = await reader.fetch(None, now)
    dovecot.deliver(letter(3), ALERT)
    second = await reader.fetch(first.cursor, now + MINUTE)
    third = await reader.fetch(second.cursor, now + 2 * MINUTE)
    with dovecot.client() as client:
        client.select("INBOX", readonly=True)
        seen = client.search(None, "SEEN")[1]

    assert (ids(first), ids(third)) == (["1", "2"], [])
    assert [mention.external_id for mention in second.mentions] == [
        "3@example.org",
        "https://news.example/norvik-recall",
    ]
    assert {mention.via for mention in first.mentions} == {Via.BACKFILL}
    assert {mention.via for mention in second.mentions} == {Via.POLL}
    assert (second.coverage[0].start, second.coverage[0].end) == (now, now + MINUTE)
    assert first.mentions[0].title == "Letter 1: Wasserkocher schmilzt, größte Gefahr"
    assert seen == [b""]


async def test_a_full_folder_is_read_step_by_step_without_a_hole(dovecot, tools, now):
    reader = source(dovecot, tools)
    first = await reader.fetch(None, now)
    dovecot.deliver(*(letter(number) for number in range(120)))

    batches = await drain(reader, first.cursor, now + MINUTE)

    assert ids(*batches) == [str(number) for number in range(120)]
    assert [len(batch.coverage) for batch in batches] == [0, 0, 1]


async def test_letters_from_before_the_look_back_never_come_up(dovecot, tools, now):
    with dovecot.client() as client:
        client.append("INBOX", None, datetime(2020, 1, 1, tzinfo=UTC), letter(1))
    reader = source(dovecot, tools)

    first = await reader.fetch(None, now)
    dovecot.deliver(letter(2))
    second = await reader.fetch(first.cursor, now + MINUTE)

    assert (ids(first), ids(second)) == ([], ["2"])


async def test_a_folder_that_was_made_anew_is_read_again_and_its_letters_keep_their_ids(dovecot, tools, now):
    with dovecot.client() as client:
        client.create("Alerts")
    dovecot.deliver(letter(1), letter(2), folder="Alerts")
    reader = source(dovecot, tools, folder="Alerts")
    first = await reader.fetch(None, now)
    with dovecot.client() as client:
        client.delete("Alerts")
        client.create("Alerts")
    dovecot.deliver(letter(2), letter(3), folder="Alerts")

    second = await reader.fetch(first.cursor, now + MINUTE)
    third = await reader.fetch(second.cursor, now + 2 * MINUTE)

    assert (ids(first), ids(second), ids(third)) == (["1", "2"], ["2", "3"], [])
    assert "renumbered" in second.warnings[0]
    assert first.mentions[1].uid == second.mentions[0].uid


async def test_a_huge_letter_is_cut_and_the_text_before_its_attachment_is_read(dovecot, tools, now):
    message = EmailMessage()
    message["From"], message["Message-ID"], message["Subject"] = "a@example.org", "<big@example.org>", "big"
    message.set_content("the text of a huge letter")
    message.add_attachment(b"\0" * 3_000_000, maintype="application", subtype="octet-stream")
    dovecot.deliver(message.as_bytes(), letter(2))

    batch = await source(dovecot, tools).fetch(None, now)

    assert [mention.text for mention in batch.mentions] == ["the text of a huge letter", "my kettle melted"]


async def test_letters_deleted_meanwhile_do_not_stop_the_others(dovecot, tools, now):
    reader = source(dovecot, tools)
    first = await reader.fetch(None, now)
    dovecot.deliver(*(letter(number) for number in range(4)))
    with dovecot.client() as client:
        client.select("INBOX")
        client.store("2:3", "+FLAGS", "\\Deleted")
        client.expunge()

    batches = await drain(reader, first.cursor, now + MINUTE)

    assert ids(*batches) == ["0", "3"]


@pytest.mark.parametrize("encryption", ["tls", "starttls"])
async def test_a_certificate_must_be_one_that_this_machine_trusts(dovecot, tools, now, encryption, monkeypatch):
    dovecot.deliver(letter(1))
    port = dovecot.tls if encryption == "tls" else dovecot.plain
    reader = source(dovecot, tools, host="localhost", port=port, encryption=encryption)

    with pytest.raises(SourceUnavailable) as caught:
        await reader.fetch(None, now)
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.cert))
    trusted = await reader.fetch(None, now)

    assert caught.value.reason == "tls"
    assert ids(trusted) == ["1"]


async def test_a_wrong_password_and_a_missing_folder_are_for_a_person(dovecot, tools, now):
    with pytest.raises(SourceRejected) as wrong:
        await source(dovecot, tools, password="guess-canary").fetch(None, now)
    with pytest.raises(SourceRejected) as missing:
        await source(dovecot, tools, folder="Nobody's").fetch(None, now)

    assert (wrong.value.reason, missing.value.reason) == ("auth", "not_found")
    assert "canary" not in str(wrong.value)


async def test_a_server_that_is_away_is_tried_again_later(dovecot, tools, now):
    dovecot.deliver(letter(1))
    reader = source(dovecot, tools)
    first = await reader.fetch(None, now)
    dovecot.stop()

    with pytest.raises(SourceUnavailable):
        await reader.fetch(first.cursor, now + MINUTE)
    dovecot.start()
    dovecot.deliver(letter(2))
    back = await reader.fetch(first.cursor, now + 2 * MINUTE)

    assert ids(back) == ["2"]
    assert back.coverage[0].start == now


async def test_a_connection_cut_anywhere_loses_nothing(dovecot, tools, now):
    async with relay(dovecot.plain) as wire:
        reader = source(dovecot, tools, port=wire.port)
        first = await reader.fetch(None, now)
        dovecot.deliver(*(letter(number) for number in range(5)))
        whole = await reader.fetch(first.cursor, now + MINUTE)
        failed = 0
        for limit in range(0, wire.passed, 97):
            wire.limit = limit
            try:
                cut = await reader.fetch(first.cursor, now + MINUTE)
            except SourceUnavailable:
                failed += 1
            else:
                assert ids(cut) == ids(whole)

    assert ids(whole) == ["0", "1", "2", "3", "4"]
    assert failed > 10
