from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_fakes import NOW, tools

from crisiswatch.core.models import Batch, Coverage
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.sources.importing import replay
from crisiswatch.sources.importing.replay import KIND


def line(number: int, at: datetime = NOW, **changes) -> bytes:
    mention = {"external_id": str(number), "published_at": at.isoformat(), "text": f"post {number}"}
    return json.dumps(mention | changes).encode() + b"\n"


def source(path: Path, **options):
    return KIND.build("file", KIND.options(path=path, **options), tools())


def ids(batch: Batch) -> list[str]:
    return [mention.external_id for mention in batch.mentions]


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


async def drain(reader, now: datetime, cursor: str | None = None) -> tuple[list[str], str | None]:
    """Fetch while there is more, as a poller does."""
    found: list[str] = []
    while True:
        batch = await reader.fetch(cursor, now)
        found, cursor = found + ids(batch), batch.cursor
        if not batch.more:
            return found, cursor


async def test_hands_out_what_is_due_and_waits_with_the_rest(tmp_path):
    path = write(tmp_path / "m.jsonl", line(1), line(2, NOW + timedelta(minutes=5)), line(3, NOW + timedelta(hours=1)))
    reader = source(path)

    first = await reader.fetch(None, NOW + timedelta(minutes=1))
    second = await reader.fetch(first.cursor, NOW + timedelta(minutes=5))
    third = await reader.fetch(second.cursor, NOW + timedelta(minutes=6))

    assert (ids(first), ids(second), ids(third)) == (["1"], [], ["2"])


async def test_what_was_observed_late_comes_late_and_what_does_not_say_is_observed_when_published(tmp_path):
    late = NOW + timedelta(minutes=9)
    path = write(tmp_path / "m.jsonl", line(1), line(2, observed_at=late.isoformat()))
    reader = source(path)

    first = await reader.fetch(None, late)
    second = await reader.fetch(first.cursor, late + timedelta(seconds=1))

    assert [mention.observed_at for mention in first.mentions] == [NOW]
    assert [mention.observed_at for mention in second.mentions] == [late]


async def test_a_fetch_is_bounded_and_says_that_there_is_more(tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "PAGE", 2)
    path = write(tmp_path / "m.jsonl", *(line(n) for n in range(5)))
    reader = source(path)

    first = await reader.fetch(None, NOW + timedelta(hours=1))
    everything, _ = await drain(reader, NOW + timedelta(hours=1))

    assert (ids(first), first.more) == (["0", "1"], True)
    assert everything == ["0", "1", "2", "3", "4"]


async def test_goes_on_where_the_cursor_stands_after_a_restart(tmp_path):
    path = write(tmp_path / "m.jsonl", line(1), line(2, NOW + timedelta(hours=1)))
    before = await source(path).fetch(None, NOW + timedelta(minutes=1))

    after = await source(path).fetch(before.cursor, NOW + timedelta(hours=2))

    assert ids(after) == ["2"]


async def test_the_same_cursor_brings_the_same_page(tmp_path):
    reader = source(write(tmp_path / "m.jsonl", line(1), line(2)))

    assert await reader.fetch(None, NOW + timedelta(1)) == await reader.fetch(None, NOW + timedelta(1))


async def test_follows_a_growing_file_and_waits_for_the_end_of_a_line(tmp_path):
    path = write(tmp_path / "m.jsonl", line(1), line(2)[:20])
    reader = source(path, follow=True)
    first = await reader.fetch(None, NOW + timedelta(1))
    with path.open("ab") as file:
        file.write(line(2)[20:] + line(3))

    second = await reader.fetch(first.cursor, NOW + timedelta(1))

    assert (ids(first), first.skipped) == (["1"], 0)
    assert ids(second) == ["2", "3"]


async def test_the_last_line_of_a_finished_file_needs_no_line_end(tmp_path):
    reader = source(write(tmp_path / "m.jsonl", line(1), line(2).rstrip()))

    assert ids(await reader.fetch(None, NOW + timedelta(1))) == ["1", "2"]


async def test_starts_again_in_a_file_that_was_replaced_or_cut(tmp_path):
    path = write(tmp_path / "m.jsonl", line(1), line(2))
    reader = source(path, follow=True)
    first = await reader.fetch(None, NOW + timedelta(1))
    write(path, line(3))

    cut = await reader.fetch(first.cursor, NOW + timedelta(1))
    write(tmp_path / "new", line(4), line(5)).replace(path)
    replaced = await reader.fetch(cut.cursor, NOW + timedelta(1))

    assert (ids(cut), ids(replaced)) == (["3"], ["4", "5"])
    assert "replaced or cut" in cut.warnings[0]


async def test_reads_a_table_across_fetches(tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "PAGE", 1)
    rows = b'\xef\xbb\xbfexternal_id,published_at,text\n1,2026-11-18T09:00:00Z,"a\nb"\n2,2026-11-18T09:01:00Z,c\nbad\n'
    reader = source(write(tmp_path / "m.csv", rows))

    found, cursor = await drain(reader, NOW)
    batches = [await reader.fetch(None, NOW)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, NOW))

    assert found == ["1", "2"]
    assert batches[-1].warnings == ("line 5: 1 cells under 3 headers",)
    assert json.loads(cursor)["offset"] == len(rows)


async def test_bad_lines_are_counted_with_their_numbers(tmp_path):
    batch = await source(write(tmp_path / "m.jsonl", line(1), b"?\n", line(2), b"{}\n")).fetch(None, NOW + timedelta(1))

    assert (ids(batch), batch.skipped) == (["1", "2"], 2)
    assert [warning[:7] for warning in batch.warnings] == ["line 2:", "line 4:"]


async def test_covers_from_the_first_mention_to_now_while_more_is_to_come(tmp_path):
    path = write(tmp_path / "m.jsonl", line(1, source="press"), line(2, NOW + timedelta(hours=9)))
    reader = source(path)
    hour = timedelta(hours=1)

    first = await reader.fetch(None, NOW + hour)
    second = await reader.fetch(first.cursor, NOW + 2 * hour)

    assert first.coverage == (Coverage("press", NOW, NOW + hour),)
    assert second.coverage == (Coverage("press", NOW + hour, NOW + 2 * hour),)


async def test_a_file_that_has_ended_covers_nothing_any_more(tmp_path):
    reader = source(write(tmp_path / "m.jsonl", line(1), line(2, NOW + timedelta(minutes=1))))

    first = await reader.fetch(None, NOW + timedelta(hours=1))
    second = await reader.fetch(first.cursor, NOW + timedelta(hours=2))

    assert first.coverage == (Coverage("replay", NOW, NOW + timedelta(minutes=1)),)
    assert second.coverage == ()


async def test_coverage_lines_replace_what_would_be_assumed(tmp_path):
    hole = {"frame": "coverage", "source": "replay", "start": NOW.isoformat(), "end": (NOW + timedelta(1)).isoformat()}
    reader = source(write(tmp_path / "m.jsonl", line(1), json.dumps(hole).encode() + b"\n"), follow=True)

    first = await reader.fetch(None, NOW + timedelta(2))
    second = await reader.fetch(first.cursor, NOW + timedelta(3))

    assert first.coverage == (Coverage("replay", NOW, NOW + timedelta(1)),)
    assert second.coverage == ()


async def test_says_that_other_frames_were_passed_over(tmp_path):
    frame = b'{"frame": "heartbeat", "now": "2026-11-18T08:00:00Z"}\n'

    batch = await source(write(tmp_path / "m.jsonl", frame, line(1))).fetch(None, NOW + timedelta(1))

    assert ids(batch) == ["1"]
    assert "1 frame lines" in batch.warnings[0]


async def test_a_missing_file_is_waited_for_only_when_following(tmp_path):
    with pytest.raises(SourceRejected, match="no such file"):
        await source(tmp_path / "none.jsonl").fetch(None, NOW)
    with pytest.raises(SourceUnavailable):
        await source(tmp_path / "none.jsonl", follow=True).fetch(None, NOW)


async def test_a_folder_is_unavailable_and_a_broken_cursor_is_bad_input(tmp_path):
    with pytest.raises(SourceUnavailable):
        await source(tmp_path).fetch(None, NOW)
    with pytest.raises(BadInput):
        await source(write(tmp_path / "m.jsonl", line(1))).fetch("{", NOW)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40
)
@given(
    steps=st.lists(st.integers(0, 90), min_size=1, max_size=12),
    gaps=st.lists(st.integers(0, 60), min_size=1, max_size=15),
    page=st.integers(1, 4),
)
async def test_whatever_the_clock_does_each_line_comes_once_in_order_and_never_early(tmp_path, steps, gaps, page):
    times = [NOW + timedelta(minutes=sum(gaps[: n + 1])) for n in range(len(gaps))]
    reader = source(write(tmp_path / "m.jsonl", *(line(n, at) for n, at in enumerate(times))))
    found: list[str] = []
    cursor, now = None, NOW
    for step in [*steps, 10_000]:
        now += timedelta(minutes=step)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(replay, "PAGE", page)
            more, cursor = await drain(reader, now, cursor)
        found += more
        assert found == [str(n) for n, at in enumerate(times) if at < now]
    assert len(found) == len(times)
