"""Language: by script where that decides, unknown where nothing does, the same whatever else is in the batch."""

import pytest

from crisiswatch.text import language
from crisiswatch.text.language import detect

SENTENCES = {
    "en": "the battery of my new phone does not last a whole day",
    "es": "la batería de mi teléfono nuevo no dura ni un día entero",
    "fr": "la batterie de mon nouveau téléphone ne tient pas une journée",
    "de": "der Akku von meinem neuen Telefon hält keinen ganzen Tag durch",
    "it": "la batteria del mio nuovo telefono non dura nemmeno un giorno",
    "pt": "a bateria do meu novo telefone não dura nem um dia inteiro",
    "ru": "батарея моего нового телефона не держит даже один день",
    "ar": "بطارية هاتفي الجديد لا تدوم حتى يوما واحدا",
    "zh": "我的新手机电池一天都撑不住",
    "ja": "新しい電話の電池が一日も持たない",
    "ko": "새 전화기 배터리가 하루도 못 간다",
    "th": "แบตเตอรี่โทรศัพท์ใหม่ของฉันอยู่ได้ไม่ถึงวัน",
    "el": "η μπαταρία του νέου μου τηλεφώνου δεν κρατάει",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items())
def test_a_plain_sentence_is_recognised(language, sentence):
    assert detect([sentence]) == [language]


@pytest.mark.parametrize(
    "text", ["", "ok", "lol nice", "😡😡😡", "http://example.org/a/long/path", "@someone #something", "12345 678"]
)
def test_what_cannot_be_told_stays_unknown(text):
    assert detect([text]) == [None]


def test_the_answer_does_not_depend_on_the_rest_of_the_batch():
    sentences = list(SENTENCES.values()) * 30

    assert detect(sentences) == [detect([sentence])[0] for sentence in SENTENCES.values()] * 30


def test_handles_links_and_shouting_do_not_matter():
    assert detect(["@acme_support https://t.example/x " + SENTENCES["es"].upper()]) == ["es"]


@pytest.mark.parametrize(
    "text",
    ["bhai ye app kaam nahi kar raha hai", "Kya hai", "Battery bahut kharab hai yaar 😡", "kyun band hai? koi batao"],
)
def test_hindi_in_latin_letters_is_recognised(text):
    assert detect([text]) == ["hi"]


def test_a_word_or_two_of_hindi_do_not_make_a_long_text_hindi():
    text = "they said accha and bhai to us, and then the battery of my new phone did not last for a whole day again"

    assert detect([text]) == ["en"]


def test_the_largest_table_of_the_model_is_held_once():
    moves, rows, outputs = language._automaton()

    assert not any(part.flags.owndata for part in (moves, rows, outputs))
