from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from source_fakes import NOW, tools

from crisiswatch.errors import BadInput, WorkFailed
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.mail import nntp
from crisiswatch.sources.web.mail.newsserver import Group, Listed, parse_overview
from crisiswatch.sources.web.mail.nntp import FIRST, REREAD, STEP, NntpOptions, Place, parse_article, visit
from crisiswatch.sources.web.stretches import mark

SESSION = (Path(__file__).parents[1] / "fixtures" / "mail" / "nntp_session.txt").read_text().splitlines()
GIVEN = {"host": "news.example.org", "groups": ["comp.kettles"]}


class FakeServer:
    """A group whose articles have these numbers and, unless `prefix` changes, Message-IDs made of them."""

    def __init__(self, *numbers: int, prefix: str = "a", size: int = 100) -> None:
        self.numbers = sorted(numbers)
        self.prefix = prefix
        self.size = size

    async def group(self, name: str) -> Group:
        if not self.numbers:
            return Group(0, 0, 0)
        return Group(len(self.numbers), self.numbers[0], self.numbers[-1])

    async def message_id(self, number: int) -> str | None:
        return f"<{self.prefix}{number}>" if number in self.numbers else None

    async def overview(self, low: int, high: int) -> list[Listed]:
        return [Listed(n, f"<{self.prefix}{n}>", self.size) for n in self.numbers if low <= n <= high]

    async def article(self, number: int) -> bytes | None:
        return b"Message-ID: <%d@x>\r\n\r\nhot" % number


async def walk(server: FakeServer, place: Place | None) -> tuple[list[int], Place]:
    read: list[int] = []
    while True:
        step = await visit(server, "comp.kettles", place)
        read += [listed.number for listed, _ in step.articles]
        place = step.place
        if not step.more:
            return read, place


async def test_the_first_poll_reads_the_last_articles_in_one_step():
    read, place = await walk(FakeServer(*range(1, 1_001)), None)

    assert read == list(range(1_001 - FIRST, 1_001))
    assert place == Place(1_000, mark("<a1000>"))


async def test_every_article_above_the_highest_number_is_read_once_holes_or_not():
    numbers = [n for n in range(1, 5 * STEP) if n % 3]

    read, place = await walk(FakeServer(*numbers), Place(7))

    assert read == [n for n in numbers if n > 7]
    assert place.number == numbers[-1]


@pytest.mark.parametrize("place", [Place(900), Place(40, mark("<a40>"))])
async def test_new_numbers_are_noticed_by_a_lower_end_or_by_another_article(place):
    step = await visit(FakeServer(*range(1, 51), prefix="b"), "comp.kettles", place)

    assert [listed.number for listed, _ in step.articles] == list(range(1, 51))
    assert "new numbers" in step.warnings[0]
    assert not step.has_gap


async def test_after_new_numbers_no_more_than_the_last_articles_are_read_again():
    read, _ = await walk(FakeServer(*range(1, 901), prefix="b"), Place(40, mark("<a40>")))

    assert read == list(range(901 - REREAD, 901))


async def test_an_empty_group_is_no_new_numbering():
    step = await visit(FakeServer(), "comp.kettles", Place(40, "x"))

    assert (step.articles, step.place, step.warnings) == ((), Place(40, "x"), ())


async def test_articles_that_expired_unread_are_a_gap():
    step = await visit(FakeServer(60, 61), "comp.kettles", Place(40))

    assert step.has_gap
    assert "expired" in step.warnings[0]


async def test_binaries_are_left_out_and_counted():
    step = await visit(FakeServer(1, 2, size=9_000_000), "comp.kettles", Place(0))

    assert (step.articles, step.left_out, step.place.number) == ((), 2, 2)


class _Breaking:
    async def call(self, function, raw):
        if b"<2@x>" in raw:
            raise WorkFailed("made to break")
        return function(raw)


async def test_an_article_that_breaks_the_reader_is_counted_and_the_others_are_read():
    reader = nntp.build("usenet", NntpOptions(**GIVEN), SourceTools(tools().fetcher, _Breaking()))
    step = await visit(FakeServer(1, 2, 3), "comp.kettles", Place(0))

    batch = await reader._batch(nntp.NntpCursor(until=NOW), {"comp.kettles": step}, NOW)

    assert [mention.external_id for mention in batch.mentions] == ["1@x", "3@x"]
    assert batch.skipped == 1


def test_the_overview_of_the_example_session_is_read():
    line = next(line for line in SESSION if line.startswith("10911\t"))

    assert parse_overview(line.encode() + b"\r\n") == Listed(10911, "<abc123@news.example>", 1822)


def test_control_messages_are_no_mentions():
    assert parse_article(b"From: a@x\r\nControl: cancel <1@x>\r\nSubject: cmsg\r\n\r\ntext") == ()
    assert len(parse_article(b"From: a@x\r\n\r\nControl: of the kettle")) == 1


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await nntp.build("usenet", NntpOptions(**GIVEN), tools()).fetch("{", NOW)


@pytest.mark.parametrize(
    "change",
    [{"groups": []}, {"groups": ["a b"]}, {"groups": ["a\r\nQUIT"]}, {"groups": ["comp.*"]}, {"user": "a"},
     {"password": "x"}, {"user": "a b", "password": "x"}, {"host": "a/b"}],
)  # fmt: skip
def test_wrong_servers_are_refused(change):
    with pytest.raises(ValidationError):
        NntpOptions(**(GIVEN | change))


@given(st.binary(max_size=200) | st.text(alphabet="\t<a@b>0123 ", max_size=60).map(str.encode))
def test_any_line_of_an_overview_is_read_or_none(line):
    found = parse_overview(line)

    assert found is None or found.number >= 0
