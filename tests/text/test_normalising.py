"""Folding: every disguise of a name is the name; nothing in a text can crash, hide or stall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.text.matching import Index
from crisiswatch.text.normalising import display, fold, fold_with_places

any_text = st.text(st.characters())
BRAND = "acmecorp"
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u202e\u202a\u2066\u2069\u200e\u061c\ufe0f\u115f\U000e0041\x00"
)
MARKS = "\u0301\u0308\u0327\u0336\u0338\u20dd\u0489\u0323\u030a\u0332"
LOOK_ALIKES = {"a": "аαɑ", "c": "сϲᴄ", "m": "мᴍ", "e": "еεᴇ", "o": "оοօ", "r": "гʀ", "p": "рρ"}


def variants() -> list[str]:
    """Return ways to write the brand so that a plain comparison misses it."""
    found = [BRAND[:place] + sign + BRAND[place:] for sign in INVISIBLE for place in (1, 4)]
    found += [BRAND[:place] + mark + BRAND[place:] for mark in MARKS for place in (1, 5)]
    found += [BRAND.replace(plain, other, 1) for plain, others in LOOK_ALIKES.items() for other in others]
    for start in (0xFF41, 0x1D41A, 0x1D44E, 0x1D4D0, 0x1D504 + 26, 0x1D552, 0x1D5BA, 0x1D670, 0x24D0, 0x24B6, 0x1F170):
        found.append("".join(chr(start + ord(letter) - ord("a")) for letter in BRAND))
    found += [f"&#{ord(BRAND[0])};{BRAND[1:]}", f"&#x{ord(BRAND[0]):X};{BRAND[1:]}", "acme&shy;corp", "acme&#8203;corp"]
    found += [
        "ACMECORP",
        "AcmeCorp",
        "àçmêcörp",
        "@acmecorp",
        "#acmecorp",
        "(acmecorp)",
        "acmecorp's",
        "我爱acmecorp手机",
    ]
    found += ["аcmеcоrp", "ΑCMECΟRP", "ᴀᴄᴍᴇᴄᴏʀᴘ", "ａcmecorp", "acmecorp…", "“acmecorp”"]
    return found


def test_there_are_at_least_a_hundred_disguises():
    assert len(set(variants())) >= 100


@pytest.mark.parametrize("variant", variants(), ids=ascii)
def test_every_disguise_of_a_brand_is_found(variant):
    index = Index({"brand": [BRAND]})

    assert index.match([f"why is {variant} down"]) == [frozenset({"brand"})]


def test_a_name_written_wholly_in_another_script_is_found():
    index = Index({"brand": ["acme"]})

    assert index.match(["АСМЕ", "асме is down"]) == [frozenset({"brand"})] * 2


@pytest.mark.parametrize("text", ["acmecorporation", "macmecorp", "acme corp", "cmecorp", "acmecorp2"])
def test_another_word_is_not_the_brand(text):
    assert Index({"brand": [BRAND]}).match([text]) == [frozenset()]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("हिन्दी", "हिन्दी"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("か\u3099", "が"),
        ("и\u0306", "й"),
        ("привет Acme", "привет acme"),
        ("Straße  \t\n x", "strasse x"),
        ("İstanbul", "istanbul"),
        ("٣٤ ４２", "34 42"),
        ("&amp;lt; R&D &copy=1", "&lt; r&d &copy=1"),
    ],
)
def test_meaning_survives_folding(text, folded):
    assert fold(text) == folded


@given(any_text)
def test_folding_is_total_and_leaves_nothing_invisible(text):
    folded = fold(text)

    assert folded.encode("utf-8").decode("utf-8") == folded
    assert folded == " ".join(folded.split())


@given(st.text(st.characters(exclude_characters="&＆﹠")))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(st.sampled_from("aÄß é&#65;\u200b\u0301ａсe\n ﷺ手가😀\ud800")))
def test_places_point_at_what_a_folded_letter_stands_for(text):
    folded, places = fold_with_places(text)

    assert folded == fold(text)
    assert len(places) == len(folded)
    assert all(0 <= start < end <= len(text) for start, end in places)


@given(any_text)
def test_display_shows_no_control_or_bidirectional_character(text):
    shown = display(text)

    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\ufeff\x00\x1b\r\ud800"
    )


def test_display_keeps_what_emoji_and_persian_need_and_names_the_rest():
    shown = display("👩\u200d👧 می\u200cخواهم a\u202eb\u200dc\n")

    assert shown == "👩\u200d👧 می\u200cخواهم a\\u202eb\\u200dc\n"


@pytest.mark.parametrize("point", range(0, 0x110000, 0x1357))
def test_every_part_of_unicode_can_be_folded(point):
    assert isinstance(fold("a" + "".join(map(chr, range(point, min(point + 64, 0x110000)))) + "b"), str)


def test_marks_piled_on_a_letter_are_normalised_in_pieces_so_that_sorting_stays_linear(monkeypatch):
    from crisiswatch.text import normalising

    pieces = []
    real = normalising.unicodedata.normalize

    class Counting:
        category, digit, name = (
            normalising.unicodedata.category,
            normalising.unicodedata.digit,
            normalising.unicodedata.name,
        )

        @staticmethod
        def normalize(form, text):
            pieces.append(len(text))
            return real(form, text)

    monkeypatch.setattr(normalising, "unicodedata", Counting)
    fold("e" + "\u0e48\u0e38" * 10_000)

    assert max(pieces) <= 512
    assert sum(pieces) <= 3 * 20_002
