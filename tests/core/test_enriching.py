from datetime import timedelta

import pytest
from builders import NOON, after, mention

from crisiswatch.core.enriching import (
    AuthorRule,
    Watchlist,
    author_hash,
    brand_key,
    enrich,
    event_time,
    ignore_key,
    rule_key,
)
from crisiswatch.core.models import Batch, Engagement, Mention, MentionFrame, Via
from crisiswatch.core.steps import TextSteps
from crisiswatch.core.transactions import Enriched


class Words:
    """Queries that are one word each."""

    def match(self, texts: list[str]) -> list[frozenset[str]]:
        return [frozenset(key for key, word in KEYS.items() if word in text.lower()) for text in texts]


KEYS = {brand_key("Acme"): "acme", ignore_key("Acme"): "county", rule_key("Acme", "injury"): "injured"}


class Half:
    model = "half"

    def score(self, texts: list[str], languages: list[str | None]) -> list[float | None]:
        return [0.5 if text.strip() else None for text in texts]


STEPS = TextSteps(
    language=lambda texts: ["en" for _ in texts],
    negativity=Half(),
    sketch=lambda texts: [(hash(text) & 0xFFFF,) for text in texts],
    queries=Words(),
)
WATCHLIST = Watchlist(brands=frozenset({"Acme"}), rules={"Acme": ("injury",)}, author_key=b"k")


def run(*mentions: Mention, watchlist: Watchlist = WATCHLIST) -> Enriched:
    return enrich(MentionFrame(source="press", observed_at=NOON, batch=Batch(mentions=mentions)), STEPS, watchlist)


def test_keeps_only_what_matches_a_brand() -> None:
    found = run(mention(text="Acme is down"), mention(text="lovely weather"), mention(text="Acme County fair"))

    assert [m.text for m in found.mentions] == ["Acme is down"]


def test_a_brand_hears_only_its_sources_by_the_name_of_the_source_or_of_the_mention() -> None:
    def heard(source: str) -> int:
        watchlist = Watchlist(brands=frozenset({"Acme"}), sources={"Acme": frozenset({source})}, author_key=b"k")
        return len(run(mention(source="forum"), watchlist=watchlist).observations)

    assert (heard("press"), heard("forum"), heard("reviews")) == (1, 1, 0)


def test_a_title_counts_as_text() -> None:
    assert run(mention(title="Acme recalls", text="read more")).observations


def test_brands_that_the_sender_matched_need_no_query() -> None:
    (seen,) = run(mention(text="the kettle", brands=("Acme", "Unknown"))).observations

    assert seen.brand == "Acme"


def test_authors_are_hashed_and_differ_between_sources_and_keys() -> None:
    (stored,) = run(mention(author="https://m.example/@ann")).mentions

    assert stored.author == author_hash("press", "", "https://m.example/@ann", b"k", "1")
    assert "ann" not in stored.author
    assert author_hash("a", "", "ann", b"k", "1") != author_hash("b", "", "ann", b"k", "1")
    assert author_hash("a", "", "ann", b"k", "1") != author_hash("a", "", "ann", b"other", "1")


def test_author_rules_see_the_address_before_it_is_hashed() -> None:
    rules = (AuthorRule("Acme", "vip", ("https://news.example/",)),)
    watchlist = Watchlist(brands=frozenset({"Acme"}), author_rules=rules, author_key=b"k")

    (seen,) = run(mention(permalink="https://news.example/1"), watchlist=watchlist).observations

    assert seen.rules == ("vip",)


def test_text_rules_are_named() -> None:
    (seen,) = run(mention(text="Acme: two injured")).observations

    assert seen.rules == ("injury",)


def test_a_declared_language_wins_and_is_cut_to_its_first_part() -> None:
    (seen,) = run(mention(language="es-MX")).observations

    assert seen.language == "es"


def test_leaves_out_languages_that_the_brand_does_not_want() -> None:
    watchlist = Watchlist(brands=frozenset({"Acme"}), languages={"Acme": frozenset({"fr"})}, author_key=b"k")

    assert run(mention(language="de"), watchlist=watchlist).observations == ()


def test_text_is_composed_and_cut() -> None:
    (stored,) = run(mention(text="Acme cafe\u0301" + "x" * 30_000)).mentions

    assert stored.text.startswith("Acme café")
    assert 19_990 < len(stored.text) <= 20_000


def test_a_late_item_belongs_to_the_oldest_time_that_is_open() -> None:
    (seen,) = run(mention(published_at=after(hours=-2))).observations

    assert seen.event_time == after(hours=-2)
    assert seen.bucket_time == NOON - timedelta(minutes=10)


def test_backfill_belongs_to_its_own_time_and_is_not_live() -> None:
    (seen,) = run(mention(published_at=after(hours=-2), via=Via.BACKFILL)).observations

    assert (seen.bucket_time, seen.live) == (after(hours=-2), False)


@pytest.mark.parametrize(
    ("published", "indexed", "expected"),
    [
        (after(days=-7), None, after(days=-7)),
        (after(days=-8), after(hours=-1), after(hours=-1)),
        (after(minutes=2), None, after(minutes=2)),
        (after(minutes=3), None, NOON),
        (None, None, NOON),
    ],
)
def test_the_event_time_is_the_first_that_can_be_believed(published: object, indexed: object, expected: object) -> None:
    assert event_time(mention(published_at=published, indexed_at=indexed), NOON) == expected


def test_unknown_reactions_stay_unknown() -> None:
    (none,) = run(mention(engagement=Engagement(views=9))).observations
    (some,) = run(mention(engagement=Engagement(likes=2, replies=1))).observations

    assert (none.engagement, some.engagement) == (None, 3)


def test_the_stars_of_a_review_count_in_its_negativity_and_those_of_a_post_do_not() -> None:
    rated = [
        mention(text="acme again", external_id=kind, kind=kind, engagement=Engagement(rating=1.0))
        for kind in ("review", "post")
    ]

    review, post = run(*rated).observations

    assert review.negativity is not None
    assert review.negativity > 0.9
    assert post.negativity == 0.5
