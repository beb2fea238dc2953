from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_fakes import FILES

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import (
    TEXT_LIMIT,
    ConfigFrame,
    Coverage,
    Engagement,
    Heartbeat,
    Mention,
    PlannedEventFrame,
    Quality,
    Via,
)
from crisiswatch.sources.importing import Skipped, bounded_lines, read_lines
from crisiswatch.sources.importing.lines import LINE_LIMIT

GOOD = {"external_id": "1", "published_at": "2026-11-18T08:58:00Z", "text": "norvik lid"}


def line(**changes) -> bytes:
    return json.dumps(GOOD | changes).encode() + b"\n"


def read_one(document: bytes):
    (item,) = read_lines([document], "jsonl")
    return item


def test_reads_the_example_lines():
    with (FILES / "replay.jsonl").open("rb") as file:
        mentions = list(read_lines(file, "jsonl"))

    assert [(m.source, m.external_id, m.text) for m in mentions] == [
        ("replay", "1", "Norvik recalls K2"),
        ("replay", "2", "norvik lid"),
    ]
    assert mentions[0].published_at == datetime(2026, 11, 18, 8, 58, tzinfo=UTC)
    assert mentions[0].observed_at is None
    assert mentions[0].via is Via.IMPORT


def test_reads_every_key_of_the_format():
    mention = read_one(
        line(
            source="x", instance="eu", kind="review", title="T", language="de", author="https://a.example/u",
            author_followers=7, permalink="https://a.example/1", observed_at="2026-11-18T10:00:00+01:00",
            engagement={"likes": 0, "reposts": 1, "replies": None, "views": 3, "rating": 4.5}, reach=9, parent_id="p",
            via="backfill", brands=["Acme"],
        )
    )  # fmt: skip

    assert mention == Mention(
        source="x", external_id="1", text="norvik lid", instance="eu", kind="review", title="T", language="de",
        author="https://a.example/u", author_followers=7, permalink="https://a.example/1",
        published_at=datetime(2026, 11, 18, 8, 58, tzinfo=UTC), observed_at=datetime(2026, 11, 18, 9, tzinfo=UTC),
        engagement=Engagement(likes=0, reposts=1, views=3, rating=4.5), reach=9, parent_id="p", via=Via.BACKFILL,
        brands=("Acme",),
    )  # fmt: skip


def test_null_is_the_same_as_absent_and_unknown_keys_are_ignored():
    optional = (
        "source instance kind title language author author_followers permalink observed_at engagement reach parent_id "
        "via brands"
    )

    assert read_one(line(**dict.fromkeys(optional.split()), colour="red", deep={"a": [1]})) == read_one(line())


def test_a_number_as_an_id_becomes_its_digits():
    assert read_one(line(external_id=12345678901234567890)).external_id == "12345678901234567890"


BAD = {
    "no id": line(external_id=None),
    "empty id": line(external_id="  "),
    "long id": line(external_id="x" * 600),
    "boolean id": line(external_id=True),
    "no text": line(text=None),
    "no time": line(published_at=None),
    "unknown kind": line(kind="tweet"),
    "unknown via": line(via="pigeon"),
    "no offset": line(published_at="2026-11-18T08:58:00"),
    "a day": line(published_at="2026-11-18"),
    "epoch": line(published_at=1763456280),
    "year 1": line(published_at="0001-01-01T00:00:00Z"),
    "year 1 east": line(published_at="0001-01-01T00:00:00+14:00"),
    "year 9999": line(published_at="9999-12-31T23:59:59Z"),
    "year 9999 west": line(published_at="9999-12-31T23:59:59-14:00"),
    "1970": line(published_at="1970-01-01T00:00:00Z"),
    "leap second": line(published_at="2016-12-31T23:59:60Z"),
    "absurd observed": line(observed_at="0001-01-01T00:00:00Z"),
    "text as number": line(text=5),
    "followers as text": line(author_followers="many"),
    "huge number": line(reach=2**70),
    "truncated": line()[:-10] + b"\n",
    "latin-1": '{"external_id": "1", "published_at": "2026-11-18T08:58:00Z", "text": "caf\u00e9"}'.encode("latin-1"),
    "utf-16": line().decode().encode("utf-16"),
    "a list": b"[1, 2]\n",
    "a word": b"norvik\n",
    "a web page": b"<html><body>not found</body></html>\n",
    "deep": line(deep=None).replace(b"null", b"[" * 40 + b"]" * 40),
    "very deep": line(deep=None).replace(b"null", b"[" * 200_000 + b"]" * 200_000),
    "deep behind a string": b'{"a": "\\\\", "b": ' + b"[" * 40 + b"]" * 40 + b"}",
    "long": line(text="x" * LINE_LIMIT),
    "frame of an unknown kind": b'{"frame": "surprise"}',
    "frame without keys": b'{"frame": "coverage"}',
    "coverage that ends before it starts": (
        b'{"frame": "coverage", "source": "x", "start": "2026-11-18T09:00:00Z", "end": "2026-11-18T08:00:00Z"}'
    ),
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_skipped_with_its_number_and_a_reason_and_the_next_one_is_read(document):
    first, second = read_lines([document, line(external_id="2")], "jsonl")

    assert isinstance(first, Skipped)
    assert first.line_number == 1
    assert 0 < len(first.reason) <= 200
    assert second.external_id == "2"


def test_line_numbers_count_empty_lines_too():
    items = list(read_lines([b"\n", b"  \n", b"?\n"], "jsonl"))

    assert [item.line_number for item in items] == [3]


def test_brackets_inside_texts_are_no_depth():
    assert read_one(line(text="[{" * 500 + '\\"[[')).text.startswith("[{[{")


def test_a_text_that_speaks_of_frames_is_a_mention():
    assert read_one(line(text='{"frame": "coverage"}')).text == '{"frame": "coverage"}'
    assert read_one(line(frame=None)).external_id == "1"


def test_text_is_cut_composed_and_freed_of_what_no_database_takes():
    assert len(read_one(line(text="x" * (TEXT_LIMIT + 1))).text) == TEXT_LIMIT
    assert read_one(line(text="cafe\u0301")).text == "caf\u00e9"
    assert read_one(line(text="a\0b")).text == "a\ufffdb"


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_is_kept():
    document = line(text="a").replace(b'"a"', b'"x\\ud83dy"')
    whole = line(text="a").replace(b'"a"', b'"x\\ud83d\\ude00y"')

    assert read_one(document).text == "x\ufffdy"
    assert read_one(whole).text == "x\U0001f600y"


def test_links_that_are_not_http_are_dropped():
    assert read_one(line(permalink="javascript:alert(1)")).permalink is None
    assert read_one(line(permalink="HTTPS://a.example/")).permalink == "HTTPS://a.example/"


def test_a_byte_order_mark_is_not_part_of_the_first_line():
    assert isinstance(read_one(b"\xef\xbb\xbf" + line()), Mention)


def test_reads_frames():
    documents = [
        b'{"frame": "coverage", "source": "x", "start": "2026-11-18T08:00:00Z", "end": "2026-11-18T09:00:00Z"}',
        b'{"frame": "planned_event", "brand": "Acme", "name": "launch", "start": "2026-11-18T08:00:00Z",'
        b' "end": "2026-11-18T09:00:00Z", "at": "2026-11-17T08:00:00Z"}',
        b'{"frame": "label", "at": "2026-11-18T08:00:00Z", "brand": "Acme", "external_id": "1", "label": "negative"}',
        b'{"frame": "config", "at": "2026-11-18T08:00:00Z", "config_hash": "abc"}',
        b'{"frame": "heartbeat", "now": "2026-11-18T08:00:00Z"}',
    ]
    eight, nine = datetime(2026, 11, 18, 8, tzinfo=UTC), datetime(2026, 11, 18, 9, tzinfo=UTC)

    coverage, event, label, config, heartbeat = read_lines(documents, "jsonl")

    assert coverage == Coverage("x", eight, nine, Quality.COMPLETE)
    assert isinstance(event, PlannedEventFrame)
    assert (event.at.day, event.event.name, event.event.start) == (17, "launch", eight)
    assert isinstance(label, LabelFrame)
    assert label.uid == Mention(source="replay", external_id="1", text="").uid
    assert config == ConfigFrame(at=eight, config_hash="abc")
    assert heartbeat == Heartbeat(now=eight)


def test_a_label_may_name_its_mention_by_uid():
    document = b'{"frame":"label","at":"2026-11-18T08:00:00Z","brand":"A","uid":"%s","label":"irrelevant"}' % (
        b"0f" * 16
    )

    assert read_one(document).uid == bytes.fromhex("0f" * 16)


def test_reads_the_example_table():
    with (FILES / "replay.csv").open("rb") as file:
        (mention,) = read_lines(file, "csv")

    assert (mention.external_id, mention.author, mention.text) == ("1", "A", 'Norvik, "K2" recalled')


def test_a_table_has_reactions_brands_and_empty_cells():
    table = (
        b"external_id,published_at,text,likes,engagement.views,brands,title,author_followers\r\n"
        b'1,2026-11-18T08:58:00Z,"two\r\nlines",3,,Acme; Globex,,12\r\n'
    )

    (mention,) = read_lines(io.BytesIO(table), "csv")

    assert mention.text == "two\r\nlines"
    assert mention.engagement == Engagement(likes=3)
    assert (mention.brands, mention.title, mention.author_followers) == (("Acme", "Globex"), None, 12)


@pytest.mark.parametrize(
    "row",
    [
        b"1,2026-11-18T08:58:00Z\n",
        b"1,1763456280,epoch\n",
        b"1,2026-11-18,day\n",
        b",2026-11-18T08:58:00Z,no id\n",
        b"1,2026-11-18T08:58:00Z,caf\xe9\n",
        b"1,2026-11-18T08:58:00Z,a,b,c\n",
        b"1,2026-11-18T08:58:00Z," + b"x" * LINE_LIMIT + b"\n",
        b"1,2026-11-18T08:58:00Z," + b"x" * 200_000 + b"\n",
        b"nul,2026-11-18T08:58:00\0Z,x\n",
    ],
    ids=range(9),
)
def test_a_bad_row_is_skipped_with_its_line_and_the_next_one_is_read(row):
    table = [b"external_id,published_at,text\n", row, b"2,2026-11-18T08:59:00Z,good\n"]

    first, second = read_lines(table, "csv")

    assert isinstance(first, Skipped)
    assert first.line_number == 2
    assert second.external_id == "2"


def test_a_table_that_goes_on_later_takes_its_header_and_its_line_number():
    table = [b"external_id,published_at,text\n", b"7,nonsense,x\n"]

    (item,) = read_lines(table, "csv", first_line=99)

    assert item.line_number == 100


def test_a_file_is_read_in_lines_of_bounded_length():
    file = io.BytesIO(b"a\n" + b"x" * (3 * LINE_LIMIT) + b"\nb\n" + b"y" * (LINE_LIMIT + 1))

    lengths = [len(line) for line in bounded_lines(file)]

    assert lengths == [2, LINE_LIMIT + 1, 2, LINE_LIMIT + 1]


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from(["jsonl", "csv"]))
def test_any_bytes_are_read_or_skipped(lines, format):
    for item in read_lines([b"external_id,published_at,text\n", *lines], format):
        assert isinstance(item, Mention | Skipped)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_keys = st.sampled_from([*Mention.__struct_fields__, "frame", "start", "end", "at", "brand", "name", "label", "uid"])


@given(st.dictionaries(_keys, _values))
def test_any_json_object_is_read_or_skipped(changes):
    document = json.dumps(GOOD | changes).encode()

    (item,) = read_lines([document], "jsonl")

    if isinstance(item, Mention):
        item.text.encode()
        assert item.uid
