from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_fakes import FIXTURES, NOW, FakeLines, QuietLine, StillClock

from crisiswatch.core.models import Coverage, Tombstone, Via
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Streaming
from crisiswatch.sources.web import bluesky
from crisiswatch.sources.web.bluesky import FRAMES_AT_MOST, KIND
from crisiswatch.sources.web.jetstream import Frames, parse_frames

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
URI = f"at://{DID}/app.bsky.feed.post/3l3qo2vuowo2b"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def lines_of(name: str) -> list[bytes]:
    return (FIXTURES / "bluesky" / name).read_bytes().splitlines()


def frame(key: str = "a", at: datetime = NOW, operation: str = "create", **record: object) -> bytes:
    said = {"text": f"norvik {key}", "createdAt": at.isoformat(), "langs": ["en"], **record}
    commit = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": key}
    commit |= {"record": said} if operation != "delete" else {}
    micros = (at - EPOCH) // timedelta(microseconds=1)
    return json.dumps({"did": DID, "time_us": micros, "kind": "commit", "commit": commit}).encode()


def source(*lines, **options):
    fetcher = FakeLines(*lines)
    return KIND.build("sky", KIND.options(**options), SourceTools(fetcher, None)), fetcher


async def taken(stream) -> list:
    batches = []
    with pytest.raises(SourceUnavailable):
        while True:
            batches.append(await anext(stream))
    return batches


def test_a_post_of_the_first_format_is_read_whole():
    frames = parse_frames(lines_of("jetstream_v1.jsonl")[:1], NOW)
    (mention,) = frames.mentions

    assert (mention.external_id, mention.language) == (URI, "en")
    assert mention.text == "Norvik kettles are melting, avoid #norvik"
    assert mention.author == f"https://bsky.app/profile/{DID}"
    assert mention.permalink == f"https://bsky.app/profile/{DID}/post/3l3qo2vuowo2b"
    assert mention.published_at == datetime(2026, 11, 18, 9, 12, 2, 102_000, tzinfo=UTC)
    assert mention.via is Via.STREAM


def test_edits_deletions_and_deleted_accounts_are_told():
    frames = parse_frames(lines_of("jetstream_v1.jsonl"), NOW)

    assert [mention.text[-9:] for mention in frames.mentions] == ["d #norvik", " (edited)"]
    assert frames.tombstones == (
        Tombstone(source="", external_id=URI),
        Tombstone(source="", author=f"https://bsky.app/profile/{DID}"),
    )
    assert frames.skipped == 0


def test_the_second_format_says_the_same():
    first = parse_frames(lines_of("jetstream_v1.jsonl")[:1], NOW)
    second = parse_frames(lines_of("jetstream_v2.jsonl")[:3], NOW)

    (one,), (other,) = first.mentions, second.mentions
    assert other == msgspec.structs.replace(one, indexed_at=other.indexed_at)
    assert other.indexed_at == datetime(2026, 11, 18, 9, 12, 2, 329_308, tzinfo=UTC)
    assert second.tombstones == (Tombstone(source="", external_id=URI),)
    assert second.notes == ("the stream says OutdatedCursor: resumed from seq 12001",)


def test_an_error_in_the_stream_ends_it():
    with pytest.raises(SourceUnavailable, match="ConsumerTooSlow"):
        parse_frames(lines_of("jetstream_v2.jsonl"), NOW)


def test_a_claimed_time_is_believed_backwards_only():
    future = frame("f", createdAt=(NOW + timedelta(days=1)).isoformat())
    archive = frame("o", createdAt="2019-05-01T00:00:00Z")
    future_post, old_post = parse_frames([future, archive], NOW).mentions

    assert (future_post.published_at, future_post.via) == (NOW, Via.STREAM)
    assert (old_post.published_at.year, old_post.via) == (2019, Via.BACKFILL)


def test_what_is_caught_up_after_hours_is_history():
    old, new = parse_frames([frame("o", NOW - timedelta(hours=2)), frame("n")], NOW).mentions

    assert (old.via, new.via) == (Via.BACKFILL, Via.STREAM)


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b'{"did": 1, "time_us": 2}', b"\xff\xfe", b'{"did":"d","time_us":"x"}',
     frame(text=5), frame(createdAt=7), b'{"$type":"message","payload":{"$type":"x#commit","time":"never"}}'],
)  # fmt: skip
def test_a_frame_that_cannot_be_read_is_counted_and_the_rest_is_read(broken):
    frames = parse_frames([broken, frame()], NOW)

    assert (len(frames.mentions), frames.skipped) == (1, 1)


def test_other_collections_and_events_say_nothing():
    like = json.loads(frame())
    like["commit"]["collection"] = "app.bsky.feed.like"
    suspended = {"did": DID, "time_us": 1, "kind": "account", "account": {"active": False, "status": "deactivated"}}
    frames = parse_frames([json.dumps(like).encode(), json.dumps(suspended).encode()], NOW)

    assert (frames.mentions, frames.tombstones, frames.skipped) == ((), (), 0)


@given(st.lists(st.binary(max_size=80) | st.sampled_from([frame(), *lines_of("jetstream_v1.jsonl")]), max_size=4))
def test_any_frames_are_read_or_counted(frames):
    try:
        assert isinstance(parse_frames(frames, NOW), Frames)
    except SourceUnavailable:
        return


async def test_the_first_connection_begins_now_and_the_next_goes_on_ten_seconds_earlier():
    reader, lines = source([frame("a")], [frame("a"), frame("b", NOW + timedelta(seconds=1))])

    (first,) = await taken(reader.stream(None, StillClock()))
    (second,) = await taken(reader.stream(first.cursor, StillClock(NOW + timedelta(seconds=2))))

    assert lines.urls[0] == "wss://jetstream2.us-east.bsky.network/subscribe?wantedCollections=app.bsky.feed.post"
    rewound = int((NOW - timedelta(seconds=10)).timestamp() * 1_000_000)
    assert lines.urls[1] == f"{lines.urls[0]}&cursor={rewound}"
    assert [mention.external_id[-1] for mention in second.mentions] == ["a", "b"]


async def test_the_second_format_is_asked_for_by_its_own_names():
    reader, lines = source([frame()], wire="v2", server="wss://j.example/")

    await taken(reader.stream(None, StillClock()))

    assert lines.urls == [
        "wss://j.example/xrpc/network.bsky.jetstream.subscribeEvents"
        "?kinds=commit&kinds=account&collections=app.bsky.feed.post"
    ]


async def test_coverage_is_what_the_stream_showed_and_has_no_holes():
    seconds = [NOW + timedelta(seconds=n) for n in range(0, 40)]
    reader, _ = source(
        [frame(str(n), at) for n, at in enumerate(seconds[:25])], [frame(str(n), at) for n, at in enumerate(seconds)]
    )

    first = await taken(reader.stream(None, StillClock(seconds[-1])))
    second = await taken(reader.stream(first[-1].cursor, StillClock(seconds[-1])))

    stretches = [piece for batch in (*first, *second) for piece in batch.coverage]
    assert stretches == [Coverage("sky", seconds[0], seconds[24]), Coverage("sky", seconds[24], seconds[39])]


async def test_a_server_that_begins_later_than_asked_leaves_a_gap_and_says_so():
    later = NOW + timedelta(hours=40)
    reader, _ = source([frame("a")], [frame("b", later), frame("c", later + timedelta(seconds=30))])
    (first,) = await taken(reader.stream(None, StillClock()))

    (second,) = await taken(reader.stream(first.cursor, StillClock(later + timedelta(seconds=30))))

    assert second.coverage == (Coverage("sky", later, later + timedelta(seconds=30)),)
    assert "was missed" in second.warnings[0]


async def test_a_cursor_that_is_too_old_starts_now_and_says_what_was_missed():
    refusal = SourceRejected('answered 400: {"error":"CursorTooOld"}')
    later = NOW + timedelta(hours=40)
    reader, lines = source([frame("a")], refusal, [frame("b", later)])
    (first,) = await taken(reader.stream(None, StillClock()))

    (second,) = await taken(reader.stream(first.cursor, StillClock(later)))

    assert "cursor=" not in lines.urls[2]
    assert "was missed" in second.warnings[0]


async def test_other_refusals_are_errors():
    reader, _ = source(SourceRejected("401", "auth"))

    with pytest.raises(SourceRejected):
        await anext(reader.stream(None, StillClock()))


async def test_a_flood_comes_in_batches_of_a_thousand():
    reader, _ = source([frame(str(n)) for n in range(2_500)])

    sizes = [len(batch.mentions) for batch in await taken(reader.stream(None, StillClock()))]

    assert sizes == [FRAMES_AT_MOST, FRAMES_AT_MOST, 500]


async def test_on_a_quiet_server_a_post_does_not_wait_for_the_next_one(monkeypatch):
    monkeypatch.setattr(bluesky, "BATCH_FOR", timedelta(milliseconds=1))
    reader, _ = source(QuietLine([frame("a")]))

    async with asyncio.timeout(60):
        batch = await anext(reader.stream(None, StillClock()))

    assert [mention.external_id[-2:] for mention in batch.mentions] == ["/a"]


async def test_a_broken_cursor_is_bad_input():
    reader, _ = source()

    with pytest.raises(BadInput):
        await anext(reader.stream("{", StillClock()))


def test_it_is_known_as_a_source_that_streams():
    assert isinstance(source()[0], Streaming)
