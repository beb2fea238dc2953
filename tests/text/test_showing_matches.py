"""The words that a query found, as a reason shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.text.matching import is_match
from crisiswatch.text.parsing import parse
from crisiswatch.text.showing import MOST_LETTERS, show

PORCH = "flames inside Rosa's PORCH today, 12:22, everybody saw the flames"


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("(flames OR smoke) NEAR/6 (porch OR balcony)", PORCH, "flames … porch"),
        ("porch NEAR/6 flames", PORCH, "flames … porch"),
        ("caught NEAR/2 fire", "it CAUGHT  fire", "caught fire"),
        ("caught NEAR/2 fire", "it caught-fire", "caught fire"),
        ("flames", PORCH, "flames"),
        ('"caught fire"', "It caught\nfire!", "caught fire"),
        ("explos* OR flames", PORCH, "flames"),
        ("flames AND today", PORCH, "flames … today"),
        ("flames NOT water", PORCH, "flames"),
        ("a NEAR/2 b NEAR/3 c", "c x b a d e f c", "c … b a"),
        ("flames NEAR/2 porch", PORCH, ""),
        ("*", PORCH, ""),
        ("nothing", PORCH, ""),
        ("/fla(me|nk)s/", PORCH, "flames"),
        ("incendie NEAR/3 usine", "INCENDIE à l’Usine", "incendie … usine"),
    ],
)
def test_what_is_shown_are_the_words_that_met_the_condition(query, text, shown):
    assert show(query, text) == shown


def test_of_many_places_the_closest_ones_are_shown():
    text = "battery here, long ago, battery and the fire"

    assert show("battery NEAR/6 fire", text) == "battery … fire"
    assert show("battery NEAR/6 fire", "battery x x x fire battery") == "fire battery"


def test_long_words_are_cut_and_both_stay_visible():
    shown = show("fla* NEAR/3 por*", f"fla{'m' * 300} near por{'c' * 300}")

    assert len(shown) <= MOST_LETTERS
    assert shown.startswith("flamm")
    assert "… … porcc" in shown


def test_a_long_phrase_is_cut():
    text = "the most dangerous battery that anybody has ever bought"

    assert show(f'"{text}"', text) == "the most dangerous battery that anybody…"


def test_a_text_that_repeats_the_words_does_not_stall():
    text = "battery fire " * 1_500

    assert show("battery NEAR/20 fire NEAR/20 battery NEAR/20 fire", text).startswith("battery fire")


@given(st.lists(st.sampled_from(["a", "b", "c,", "d"]), max_size=12), st.integers(1, 4))
def test_a_match_shows_both_words_and_no_match_nothing(words, distance):
    text, query = " ".join(words), f"a NEAR/{distance} b"

    shown = show(query, text)

    assert bool(shown) == is_match(parse(query), text)
    assert set(shown.split()) <= {"a", "b", "…"}
    assert not shown or {"a", "b"} <= set(shown.split())
