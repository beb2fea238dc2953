"""The nntp source against a real INN: steps, crossposts, renumbering, logins, cut connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from harness.cutting import relay
from harness.inn import PASSWORD, USER, Inn, missing, running
from harness.reading import drain, ids, real_tools

from crisiswatch.core.models import Quality, Via
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.mail import nntp

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GROUPS = ("comp.kettles", "alt.kettles")

pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(bool(missing()), reason=missing())]


@pytest.fixture
def inn():
    with running(*GROUPS) as server:
        yield server


@pytest.fixture
async def tools():
    async with real_tools() as given:
        yield given


def source(port: int, tools: SourceTools, **options: object) -> nntp.NntpSource:
    given = {"host": "127.0.0.1", "port": port, "encryption": "none", "groups": GROUPS}
    return nntp.build("usenet", nntp.NntpOptions.model_validate(given | options), tools)


def article(number: int, groups: str = GROUPS[0], body: str = "My lid melted.\r\n..a dotted line") -> bytes:
    headers = f"From: Kay <kay@nowhere.invalid>\r\nNewsgroups: {groups}\r\nSubject: lid {number}\r\n"
    return f"{headers}Message-ID: <{number}@nowhere.invalid>\r\n\r\n{body}".encode()


async def test_articles_come_once_and_a_crosspost_counts_once(inn, tools):
    inn.post(article(1))
    reader = source(inn.port, tools)

    first = await reader.fetch(None, NOW)
    inn.post(article(2, ",".join(GROUPS)), article(3, GROUPS[1]))
    second = await reader.fetch(first.cursor, NOW + MINUTE)
    third = await reader.fetch(second.cursor, NOW + 2 * MINUTE)

    assert (ids(first), ids(second), ids(third)) == (["1"], ["2", "3"], [])
    assert (first.mentions[0].via, second.mentions[0].via) == (Via.BACKFILL, Via.POLL)
    assert second.coverage[0].quality is Quality.COMPLETE
    assert first.mentions[0].text == "My lid melted.\n..a dotted line"
    assert (first.mentions[0].author, first.mentions[0].author_name) == ("kay@nowhere.invalid", "Kay")


async def test_a_burst_is_read_step_by_step_without_a_hole(inn, tools):
    reader = source(inn.port, tools)
    first = await reader.fetch(None, NOW)
    inn.post(*(article(number) for number in range(120)))

    batches = await drain(reader, first.cursor, NOW + MINUTE)

    assert ids(*batches) == [str(number) for number in range(120)]
    assert [len(batch.coverage) for batch in batches] == [0, 1]


@pytest.mark.parametrize("later", [2, 8])
async def test_after_the_server_was_rebuilt_its_articles_are_read_again(inn, tools, later):
    inn.post(*(article(number) for number in range(5)))
    reader = source(inn.port, tools)
    first = await reader.fetch(None, NOW)
    inn.stop()
    inn.rebuild()
    inn.start()
    inn.post(*(article(100 + number) for number in range(later)))

    second = await reader.fetch(first.cursor, NOW + MINUTE)
    third = await reader.fetch(second.cursor, NOW + 2 * MINUTE)

    assert ids(second) == [str(100 + number) for number in range(later)]
    assert ids(third) == []
    assert "new numbers" in second.warnings[0]


async def test_articles_that_the_spool_lost_do_not_stop_the_others(inn, tools):
    reader = source(inn.port, tools)
    first = await reader.fetch(None, NOW)
    inn.post(*(article(number) for number in range(4)))
    inn.lose(GROUPS[0], 2, 3)

    second = await reader.fetch(first.cursor, NOW + MINUTE)

    assert ids(second) == ["0", "3"]


async def test_an_article_that_is_too_large_is_left_out_and_counted(inn, tools):
    inn.post(article(1, body="x" * 70 + "\r\n"), article(2, body=("y" * 70 + "\r\n") * 8_000), article(3))

    batch = await source(inn.port, tools).fetch(None, NOW)

    assert (ids(batch), batch.skipped) == (["1", "3"], 1)


async def test_a_group_that_is_not_there_is_for_a_person(inn, tools):
    with pytest.raises(SourceRejected) as caught:
        await source(inn.port, tools, groups=["comp.nothing"]).fetch(None, NOW)

    assert caught.value.reason == "not_found"


async def test_starttls_asks_for_a_certificate_that_this_machine_trusts(inn, tools, monkeypatch):
    inn.post(article(1))
    reader = source(inn.port, tools, host="localhost", encryption="starttls")

    with pytest.raises(SourceUnavailable) as caught:
        await reader.fetch(None, NOW)
    monkeypatch.setenv("SSL_CERT_FILE", str(inn.cert))
    trusted = await reader.fetch(None, NOW)

    assert caught.value.reason == "tls"
    assert ids(trusted) == ["1"]


async def test_an_account_is_logged_in_and_a_wrong_one_refused(tools):
    with running(*GROUPS, asks_password=True) as server:
        server.post(article(1))

        batch = await source(server.port, tools, user=USER, password=PASSWORD).fetch(None, NOW)
        with pytest.raises(SourceRejected) as wrong:
            await source(server.port, tools, user=USER, password="canary").fetch(None, NOW)
        with pytest.raises(SourceRejected) as nobody:
            await source(server.port, tools).fetch(None, NOW)

    assert ids(batch) == ["1"]
    assert (wrong.value.reason, nobody.value.reason) == ("auth", "auth")
    assert "canary" not in str(wrong.value)


async def test_a_server_that_is_away_is_tried_again_later(inn: Inn, tools):
    reader = source(inn.port, tools)
    first = await reader.fetch(None, NOW)
    inn.post(article(1))
    inn.stop()

    with pytest.raises(SourceUnavailable):
        await reader.fetch(first.cursor, NOW + MINUTE)
    inn.start()
    back = await reader.fetch(first.cursor, NOW + 2 * MINUTE)

    assert ids(back) == ["1"]
    assert back.coverage[0].start == NOW


async def test_a_connection_cut_anywhere_loses_nothing(inn, tools):
    async with relay(inn.port) as wire:
        reader = source(wire.port, tools)
        first = await reader.fetch(None, NOW)
        inn.post(*(article(number) for number in range(4)))
        whole = await reader.fetch(first.cursor, NOW + MINUTE)
        failed = 0
        for limit in range(0, wire.passed, 101):
            wire.limit = limit
            try:
                cut = await reader.fetch(first.cursor, NOW + MINUTE)
            except SourceUnavailable:
                failed += 1
            else:
                assert ids(cut) == ids(whole)

    assert ids(whole) == ["0", "1", "2", "3"]
    assert failed > 10
