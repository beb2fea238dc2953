"""Dense features: what words of the lexicon say where they stand."""

import numpy as np
import pytest
from linear_model import shipped

from crisiswatch.text.linear.featurising import featurise
from crisiswatch.text.linear.weights import LANGUAGES

(GOOD, BAD) = (11, 12)


def dense(text, language="en"):
    return featurise([text], np.array([LANGUAGES.index(language)]), shipped().reader).dense[0]


def bad(text, language="en"):
    return dense(text, language)[BAD]


def good(text, language="en"):
    return dense(text, language)[GOOD]


def test_negation_turns_a_word_around():
    assert bad("the food was terrible") > 0
    assert bad("the food was not terrible") == 0
    assert good("the food was not terrible") > 0


def test_negation_reaches_neither_far_nor_over_a_mark_nor_into_another_text():
    far = "never did i at any time in this place find it terrible"

    assert bad(far) > 0
    assert bad("never, terrible") > 0
    both = featurise(["it was not", "terrible"], np.array([1, 1]), shipped().reader).dense
    assert both[1][BAD] == bad("terrible")


def test_capitals_and_boosters_strengthen_and_dampeners_weaken():
    assert bad("it is TERRIBLE") > bad("it is terrible")
    assert bad("it is very terrible") > bad("it is terrible") > bad("it is slightly terrible")


def test_what_follows_but_counts_more():
    text = dense("good but terrible")

    assert text[BAD] > bad("terrible")
    assert text[GOOD] < good("good")


@pytest.mark.parametrize(("word", "language"), [("nul", "fr"), ("बेकार", "hi"), ("سيئ", "ar"), ("schlecht", "de")])
def test_a_lexicon_speaks_in_its_own_language_only(word, language):
    assert bad(word, language) > 0
    assert bad(word, "en") == 0


def test_a_starred_curse_is_the_curse():
    assert bad("what the f*ck") > 0
    assert bad("sh*t") > 0


def test_capitals_count_only_where_others_are_small():
    assert dense("WHY is this so")[1] > 0
    assert dense("WHY IS THIS SO")[1] == 0
