"""Lists of words: weights, roles, and the endings that make one line stand for many forms."""

from training.lexicons import _entries, _read_words
from training.weighing import emoji_weights


def words(text):
    return {word: entry for word, entry in _read_words(text).items() if word not in emoji_weights()}


def test_a_sign_behind_a_word_stands_for_its_endings():
    found = words("endings @ - e en\nendings ~ ar o\n-2 schlecht@ mat~ ay\n2 gut@")

    assert found == {
        **dict.fromkeys(("schlecht", "schlechte", "schlechten", "matar", "mato", "ay"), (-2.0, 0)),
        **dict.fromkeys(("gut", "gute", "guten"), (2.0, 0)),
    }


def test_the_first_line_of_a_word_wins():
    assert words("-3 mal\n-1 mal") == {"mal": (-3.0, 0)}


def test_hindi_knows_english_words_and_its_own_first():
    hindi, english = _entries("hi"), _entries("en")

    assert hindi["terrible"] == english["terrible"]
    assert hindi["bekar"][0] < 0 < hindi["badhiya"][0]
    assert hindi["mast"][0] > 0


def test_every_language_has_words_of_both_signs():
    for language in ("en", "ar", "de", "es", "fr", "hi", "it", "pt"):
        weights = [weight for word, (weight, _) in _entries(language).items() if word not in emoji_weights()]

        assert sum(weight < 0 for weight in weights) > 60, language
        assert sum(weight > 0 for weight in weights) > 40, language


def test_no_form_of_a_list_is_left_with_its_sign():
    for language in ("de", "es", "fr", "it", "pt"):
        assert not [
            word for word in _entries(language) if word[-1] in "@~^%&" and len(word) > 3 and word[:-1].isalpha()
        ]
