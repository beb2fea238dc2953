"""Items, times and options of JSON APIs, without any walk."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_pages import FIELDS, OPTIONS
from pydantic import ValidationError
from source_fakes import FILES, NOW

from crisiswatch.errors import BadInput
from crisiswatch.sources.web.http_json import KIND
from crisiswatch.sources.web.mapping import Page, parse_page, read_moment
from crisiswatch.sources.web.walking import read_duration


@pytest.mark.parametrize(
    ("file", "items", "fields", "text"),
    [
        (
            "lemmy_search.json",
            "comments",
            {"external_id": "comment.ap_id", "text": "comment.content", "published_at": "comment.published"},
            "norvik again",
        ),
        (
            "discourse_posts.json",
            "latest_posts",
            {"external_id": "to_string(id)", "text": "cooked", "published_at": "created_at"},
            "the Norvik lid melted again",
        ),
    ],
)
def test_maps_known_apis(file, items, fields, text):
    page = parse_page((FILES / file).read_bytes(), items, fields, None, "html")

    assert page.mentions[0].text == text
    assert page.mentions[0].published_at is not None


@pytest.mark.parametrize(
    "change",
    [
        {"items": "items["}, {"next": "a..b"}, {"fields": FIELDS | {"colour": "x"}}, {"fields": {"text": "x"}},
        {"fields": FIELDS | {"text": "("}}, {"url": "ftp://x.example"}, {"overlap": "soon"}, {"surprise": 1},
    ],
)  # fmt: skip
def test_wrong_options_are_refused(change):
    with pytest.raises(ValidationError):
        KIND.options(**(OPTIONS | change))


def test_durations_are_read_as_in_the_rest_of_the_configuration():
    assert read_duration("1h30m") == timedelta(minutes=90)
    assert read_duration("2d") == timedelta(days=2)
    assert read_duration("later") == "later"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-18T10:00:00Z", NOW),
        ("2026-11-18T11:00:00+01:00", NOW),
        ("Wed, 18 Nov 2026 10:00:00 GMT", NOW),
        (NOW.timestamp(), NOW),
        (int(NOW.timestamp() * 1000), NOW),
        ("2026-11-18T10:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        (0, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        ("soon", None),
        ([], None),
    ],
)
def test_reads_times_in_the_ways_apis_write_them(value, moment):
    assert read_moment(value) == moment


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["html", "nick", "up"]), inner),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from(["uid", "when", "body", "lnk", "who", "stats"]), _values), max_size=3))
def test_any_items_are_mapped_or_counted(items):
    page = parse_page(json.dumps({"items": items}).encode(), "items", FIELDS, "page.next", "html")

    assert len(page.mentions) + page.skipped == len(items)


@given(st.binary(max_size=100) | st.text(alphabet='{}[]":,items1\\u', max_size=40).map(str.encode))
def test_any_body_is_a_page_or_bad_input(body):
    try:
        assert isinstance(parse_page(body, "items", FIELDS, "page.next", "html"), Page)
    except BadInput:
        return
