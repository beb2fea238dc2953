from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_fakes import NOW, tools

from crisiswatch.core.models import Via
from crisiswatch.errors import BadInput, SourceRejected, TooLarge
from crisiswatch.sources.importing.suites import Suite, parse_suite
from crisiswatch.sources.importing.webhook import ITEM_LIMIT, KIND

FIXTURES = Path(__file__).parents[1] / "fixtures"
SUITES: tuple[Suite, ...] = ("brandwatch", "meltwater", "talkwalker", "sprinklr")
EXAMPLES = {"brandwatch": "mentions.json", "meltwater": "hook_delivery.json", "talkwalker": "stream_chunks.jsonl"}


def example(suite: str) -> bytes:
    return (FIXTURES / suite / EXAMPLES[suite]).read_bytes()


def hook(suite: str, **options):
    return KIND.build("suite", KIND.options(**{"secret": "s3cret", "format": suite, **options}), tools())


@pytest.mark.parametrize(
    ("suite", "identity", "published", "reach"),
    [
        ("brandwatch", "r-1", datetime(2026, 11, 18, 9, 1, tzinfo=UTC), 12_000),
        ("meltwater", "d-1", datetime(2026, 11, 18, 8, 58, tzinfo=UTC), None),
        ("talkwalker", "https://news.example/norvik-recall", datetime(2026, 11, 21, 8, 38, tzinfo=UTC), 9_000),
    ],
)
def test_reads_the_example_delivery(suite, identity, published, reach):
    (mention,), reasons = parse_suite(example(suite), suite, "suite")

    assert (mention.external_id, mention.title, mention.language) == (identity, "Norvik recalls K2", "en")
    assert mention.permalink == "https://news.example/norvik-recall"
    assert (mention.source, mention.via, mention.reach, reasons) == ("suite", Via.PUSH, reach, ())
    assert mention.published_at == published


def test_reads_what_is_remembered_of_sprinklr():
    message = {
        "universalMessageId": "m-1", "snCreatedTime": 1_795_252_000_000, "message": "lid melted", "language": "en",
        "permalink": "https://social.example/1", "senderProfile": {"snId": "9", "followers": 12},
    }  # fmt: skip

    (mention,), _ = parse_suite(json.dumps({"data": [message]}).encode(), "sprinklr", "suite")

    assert (mention.external_id, mention.text, mention.author, mention.reach) == ("m-1", "lid melted", "9", 12)


def test_both_spellings_of_meltwater_are_read():
    document = {"id": "d", "publishedDate": "2026-11-18T08:58:00", "content": {"openingText": "hot"},
                "enrichments": {"languageCode": "en"}}  # fmt: skip

    (mention,), _ = parse_suite(json.dumps([document]).encode(), "meltwater", "suite")

    assert (mention.text, mention.language) == ("hot", "en")
    assert mention.published_at == datetime(2026, 11, 18, 8, 58, tzinfo=UTC)


@pytest.mark.parametrize("suite", SUITES)
def test_an_item_that_cannot_be_read_is_counted_and_the_others_are_taken(suite):
    good = {"id": "1", "url": "https://a.example/1", "date": "2026-11-18T09:00:00Z", "published": 1_795_252_000_000,
            "published_date": "2026-11-18T09:00:00Z", "createdTime": 1_795_252_000, "title": "t", "text": "t",
            "content": {"title": "t"} if suite == "meltwater" else "t"}  # fmt: skip

    mentions, reasons = parse_suite(json.dumps([7, {}, good, good | {"id": {}}, None]).encode(), suite, "suite")

    assert len(mentions) >= 1
    assert len(mentions) + len(reasons) == 5


BASIC = "Basic " + b64encode(b"suite:s3cret").decode()


@pytest.mark.parametrize("value", ["Bearer s3cret", "bearer  s3cret", BASIC])
def test_a_suite_may_send_the_secret_itself(value):
    batch = hook("meltwater").receive({"Authorization": value}, example("meltwater"), NOW)

    assert len(batch.mentions) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer guess"}, {"authorization": "s3cret"}, {"authorization": "Basic ???"},
     {"authorization": "Basic czNjcmV0"}, {"authorization": "Bearer é\udc80"}, {"authorization": "Bearer "}],
)  # fmt: skip
def test_who_does_not_know_the_secret_is_refused(headers):
    with pytest.raises(SourceRejected):
        hook("meltwater").receive(headers, example("meltwater"), NOW)


def test_without_a_format_the_secret_itself_is_not_enough():
    with pytest.raises(SourceRejected):
        hook("crisiswatch").receive({"Authorization": "Bearer s3cret"}, b"[]", NOW)


def test_too_many_items_are_refused():
    with pytest.raises(TooLarge):
        hook("sprinklr").receive({"Authorization": "Bearer s3cret"}, b"[" + b"0," * ITEM_LIMIT + b"0]", NOW)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("body", [b"", b"5", b"<html>", b'{"a": ', b"[" * 99, b"{}\n<"])
def test_what_is_no_delivery_is_bad_input(suite, body):
    with pytest.raises(BadInput):
        parse_suite(body, suite, "suite")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["data", "title", "id"]), inner),
    max_leaves=4,
)
_keys = st.sampled_from(
    ["id", "url", "date", "published", "published_date", "createdTime", "title", "content", "source", "data", "author",
     "chunk_result", "source_type", "reach", "senderProfile", "message", "results", "documents"]
)  # fmt: skip


@given(st.sampled_from(SUITES), st.lists(st.dictionaries(_keys, _values, max_size=5), max_size=2))
def test_any_items_are_read_or_counted(suite, items):
    mentions, reasons = parse_suite(json.dumps(items).encode(), suite, "suite")

    assert len(mentions) + len(reasons) <= len(items)
