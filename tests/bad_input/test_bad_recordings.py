"""Recordings of anything at all: each line is read, or skipped with its number and a reason."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisiswatch.app.building import catalogues
from crisiswatch.app.reading import recorded, scan
from crisiswatch.app.replaying import backtest
from crisiswatch.core.models import Mention
from crisiswatch.errors import BadInput
from crisiswatch.settings import load

GOOD = {"external_id": "1", "published_at": "2026-03-04T12:00:00Z", "text": "acme is fine"}

REFUSED = {
    "not JSON": "this is not JSON",
    "cut": json.dumps(GOOD)[:-9],
    "a list": json.dumps([GOOD]),
    "no id": json.dumps({**GOOD, "external_id": None}),
    "no time": json.dumps({**GOOD, "published_at": None}),
    "no text": json.dumps({**GOOD, "text": None}),
    "year 0": json.dumps({**GOOD, "published_at": "0000-01-01T00:00:00Z"}),
    "year 1": json.dumps({**GOOD, "published_at": "0001-01-01T00:00:00Z"}),
    "year 9999": json.dumps({**GOOD, "published_at": "9999-12-31T23:59:59Z"}),
    "the epoch": json.dumps({**GOOD, "published_at": "1970-01-01T00:00:00Z"}),
    "no zone": json.dumps({**GOOD, "published_at": "2026-03-04T12:00:00"}),
    "a number for a time": json.dumps({**GOOD, "published_at": 1772625600}),
    "observed in the year 9999": json.dumps({**GOOD, "observed_at": "9999-12-31T23:59:59Z"}),
    "NaN": json.dumps({**GOOD, "reach": math.nan}),
    "infinite": json.dumps({**GOOD, "engagement": {"rating": math.inf}}),
    "astronomical": json.dumps({**GOOD, "reach": 10**400}),
    "a word for a number": json.dumps({**GOOD, "reach": "many"}),
    "too deep": '{"external_id": ' + "[" * 5000,
    "too long": json.dumps({**GOOD, "text": "x" * 1_100_000}),
    "an unknown kind": json.dumps({**GOOD, "kind": "rumour"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_line_is_skipped_with_its_number_and_harms_no_other(case: str, tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    file.write_text("\n".join([json.dumps(GOOD), REFUSED[case], json.dumps({**GOOD, "external_id": "2"})]), "utf-8")

    extent, reasons = scan(file)

    assert (extent.mentions, extent.skipped, len(reasons)) == (2, 1, 1)
    assert reasons[0].startswith("line 2: ")
    assert reasons[0].isprintable()
    assert len(reasons[0]) < 300


ODD = {
    "unknown keys": {**GOOD, "mood": {"deep": [1, 2, {"a": None}]}},
    "a negative reach": {**GOOD, "reach": -5, "author_followers": -1, "engagement": {"likes": -3}},
    "every optional key null": {
        **GOOD,
        **dict.fromkeys(("source", "title", "author", "reach", "engagement", "brands")),
    },
    "half a surrogate": {**GOOD, "text": "acme \ud83d"},
    "control characters": {**GOOD, "text": "acme \x00\x1b[2J\u202e"},
    "an id that is a number": {**GOOD, "external_id": 17},
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_line_is_read(case: str, tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    file.write_text(json.dumps(ODD[case]), "utf-8")

    [mention] = recorded(file)

    assert isinstance(mention, Mention)
    assert mention.reach is None or mention.reach >= 0
    assert mention.author_followers is None or mention.author_followers >= 0
    mention.text.encode("utf-8")


PIECES = [b'{"a":', b'"', b"\n", b"\xff", b"null", b"[", b"}", json.dumps(GOOD).encode() + b"\n"]
FILES = st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)


@given(content=FILES, suffix=st.sampled_from([".jsonl", ".csv"]))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_file_is_a_traceback(content: bytes, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"m{suffix}"
    file.write_bytes(content)

    try:
        extent, _ = scan(file)
    except BadInput as error:
        assert str(file) in str(error)
    else:
        assert extent.mentions <= len(list(recorded(file)))


def test_a_backtest_of_hostile_lines_ends_with_a_result(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    lines = [*(json.dumps({**line, "external_id": str(n)}) for n, line in enumerate(ODD.values())), *REFUSED.values()]
    file.write_text("\n".join(lines), "utf-8")
    config = tmp_path / "c.yml"
    config.write_text("version: 1\nbrands: [{name: Acme, match: [acme]}]\n")

    played = asyncio.run(backtest(load(config, {}, catalogues()), file, lambda part: None))

    assert played.result["coverage"]["mentions"] == len(ODD)
    assert played.result["coverage"]["skipped_lines"] == len(REFUSED)
    assert "NaN" not in json.dumps(played.result)
