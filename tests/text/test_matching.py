"""The index: the same answers as asking each query alone, for far fewer evaluations."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.text import matching
from crisiswatch.text.matching import Index, is_match, parse
from crisiswatch.text.terms import Term

WORDS = [
    "acme",
    "globex",
    "fire",
    "battery",
    "the",
    "late",
    "#fail",
    "@acme",
    "acme.com",
    "苹果",
    "explo*",
    '"big fire"',
    "c++",
]
TEXT_WORDS = [
    "acme", "globex,", "fire", "battery", "the", "late", "#fail", "@acme", "acme.com",
    "苹果", "exploded", "big", "c++", "acmes"
]  # fmt: skip


def random_query(rng: random.Random, depth: int = 3) -> str:
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(WORDS)
    left, right = random_query(rng, depth - 1), random_query(rng, depth - 1)
    form = rng.choice(["({} OR {})", "({} AND {})", "({} NOT {})", "({} {})"])
    return form.format(left, right)


@pytest.mark.parametrize("seed", range(40))
def test_the_index_answers_as_each_query_alone_would(seed):
    rng = random.Random(seed)
    queries = {str(number): [random_query(rng)] for number in range(30)}
    texts = [" ".join(rng.choices(TEXT_WORDS, k=rng.randrange(8))) for _ in range(20)]
    expected = [frozenset(key for key, (query,) in queries.items() if is_match(parse(query), text)) for text in texts]

    assert Index(queries).match(texts) == expected


def test_a_list_of_queries_matches_where_any_of_them_does():
    index = Index({"acme": ['acme OR "acme corp"', '"recall" NEAR/5 battery'], "all": ["*"], "none": []})

    assert index.match(["recall the battery", "calm"]) == [frozenset({"acme", "all"}), frozenset({"all"})]


def test_an_index_of_nothing_matches_nothing():
    assert Index({}).match(["acme", ""]) == [frozenset(), frozenset()]


def test_only_queries_whose_rarest_term_occurs_are_evaluated(monkeypatch):
    evaluated = []
    monkeypatch.setattr(Term, "is_in", lambda term, folded: evaluated.append(term.text) or term.text in folded)
    index = Index({str(number): [f"the AND zebra{number}"] for number in range(1_000)})

    matches = index.match(["the quick brown fox and the zebra7"])

    assert matches == [frozenset({"7"})]
    assert len(evaluated) <= 4


def test_evaluating_near_walks_each_list_of_hits_once(monkeypatch):
    searches = []
    real = matching.bisect_right
    monkeypatch.setattr(matching, "bisect_right", lambda *args: searches.append(1) or real(*args))

    assert not is_match(parse("a1 NEAR/1 b1"), "a1 x b1 x " * 4_000)
    assert len(searches) <= 2 * 8_000


EVIL = [
    "a" * 20_000, "a " * 10_000, "((((" * 5_000, "&" * 20_000, "&#" * 10_000, "&#0" * 6_600, "&#" + "9" * 19_000,
    "\u0301" * 20_000, "e\u0301\u0323" * 6_600, "\u0e48\u0e38" * 10_000, "\ufdfa" * 20_000, "\ud800" * 20_000,
    "\u202e" * 20_000,
    "\u200b" * 20_000, "а" * 19_999 + "a", "aа" * 10_000, "@" * 20_000, "#" * 20_000, "a@a." * 5_000, "http://" * 2_800,
    "👨\u200d" * 6_600, "手" * 20_000, "ab-" * 6_600, "a.b" * 6_600, "acme " * 4_000, "fire battery " * 1_500,
    '"' * 20_000,
    "\x00" * 20_000, "0" * 20_000, "acm" * 6_600, "!" * 20_000, "\n" * 20_000,
]  # fmt: skip
QUERIES = {
    "a": ["acme AND fire"],
    "b": ["fire NEAR/5 battery"],
    "c": ['"acme acme acme fire"'],
    "d": ["a* NOT b*"],
    "e": ["acme.com"],
}
TERMS_OF_QUERIES = 8


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_an_evil_text_costs_one_pass_and_at_most_one_look_for_each_term(text, monkeypatch):
    looks, hits = [], []
    is_in, find = Term.is_in, Term.hits
    monkeypatch.setattr(Term, "is_in", lambda term, folded: looks.append(term) or is_in(term, folded))
    monkeypatch.setattr(
        Term, "hits", lambda term, folded: iter([hits.append(term) or hit for hit in find(term, folded)])
    )

    Index(QUERIES).match([text])

    assert len(looks) <= TERMS_OF_QUERIES
    assert len(hits) <= len(text.split())


@given(st.lists(st.text(st.characters()), max_size=5))
def test_matching_is_total(texts):
    index = Index({"a": ["acme OR fire NEAR/2 b"], "b": ["* NOT x"]})

    assert len(index.match(texts)) == len(texts)
