from __future__ import annotations

from crisiswatch.text.words import MOST_WORDS, words


def test_stop_words_numbers_addresses_and_the_brand_are_left_out() -> None:
    found = words("@acme the Acme kettle of 2026 https://evil.example/recall BOILS", exclude=("Acme", "acme corp"))

    assert list(found.values()) == ["kettle", "boils"]


def test_a_word_has_the_same_hash_however_it_is_written() -> None:
    assert words("RÉCALL") == words("recall")


def test_a_text_without_end_gives_few_words() -> None:
    assert len(words(" ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x" for n in range(5_000)))) == MOST_WORDS
    assert words("a" * 20_000) == {}
