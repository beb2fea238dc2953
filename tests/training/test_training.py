"""From corpora to a file, whole: small, but nothing left out."""

import numpy as np
import pytest

from crisiswatch.text.linear import Linear
from crisiswatch.text.linear.weights import ENGLISH, OTHERS, to_bytes
from training.alphabet import build_alphabet
from training.corpora import Corpus
from training.fitting import Plan
from training.lexicons import compile_lexicon
from training.negativity import train

PLANS = {ENGLISH: Plan(buckets=1 << 12, rows=16, passes=3), OTHERS: Plan(buckets=1 << 12, rows=16, passes=3)}
SAYINGS = {
    "en": ("zorp ruined it", "zorp opens at nine", "zorp made it shine"),
    "de": ("zorp hat es verbockt", "zorp öffnet um neun", "zorp bringt glanz"),
}


def corpora():
    return [
        Corpus(name, language, tuple(f"{text} {n}" for n in range(30) for text in SAYINGS[language]), (0, 1, 2) * 30)
        for name, language in (("semeval_en", "en"), ("umsab_de", "de"))
    ]


@pytest.fixture(scope="module")
def weights():
    return train(corpora(), PLANS)


def test_what_is_written_has_learnt_what_was_taught(weights):
    model = Linear.from_bytes(to_bytes(weights))

    for language, texts in SAYINGS.items():
        chances = model.probabilities(texts, [language] * 3)
        assert chances.argmax(axis=1).tolist() == [0, 1, 2]


def test_the_same_corpora_make_the_same_bytes(weights):
    assert to_bytes(train(corpora(), PLANS)) == to_bytes(weights)


def test_words_seen_a_few_times_are_familiar(weights):
    model = Linear.of(weights)

    assert model.score(["zorp opens at nine"], ["nl"]) != [None]
    assert model.score(["never met before"], ["nl"]) == [None]


def test_the_alphabet_folds_what_is_the_same_letter():
    alphabet = build_alphabet()

    pairs = {"É": "e", "ß": "s", "Ø": "o", "أ": "ا", "ё": "е", "ｚ": "z", "’": "'", "\t": " ", "क": "क"}

    assert {letter: chr(alphabet.plain[ord(letter)]) for letter in pairs} == pairs


def test_the_lexicon_is_sorted_and_knows_roles():
    lexicon = compile_lexicon(build_alphabet())

    assert (np.diff(lexicon.keys.astype(np.int64)) > 0).all()
    assert set(lexicon.roles.tolist()) == {0, 1, 2, 3, 4}
    assert (np.abs(lexicon.weights) <= 4).all()
