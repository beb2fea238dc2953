"""Incident types: what each sounds like in three languages, and the honest answer when nothing stands out."""

import pytest

from crisiswatch.text.incident_types import LANGUAGES, TYPES, _read, incident_type

SOUNDS = [
    ("outage", "en", ["the app is down", "can't log in since an hour", "error 503 again, service unavailable"]),
    ("product_defect", "en", ["arrived defective", "the hinge broke after a week", "faulty unit, poor quality"]),
    ("safety", "en", ["my battery caught fire", "two people injured", "smoke came out of it"]),
    ("data_breach", "en", ["they got hacked", "data breach with passwords", "customer data leaked"]),
    (
        "executive_misconduct",
        "en",
        ["ceo accused of fraud", "the ceo should step down", "ceo resigns after misconduct"],
    ),
    ("employee_misbehaviour", "en", ["rude staff", "employee filmed shouting", "your driver yelled at us"]),
    ("values_backlash", "en", ["that ad is tone deaf", "such an offensive ad", "racist campaign, apologise"]),
    ("boycott", "en", ["boycott them", "never buying from you", "stop buying this"]),
    ("misinformation", "en", ["fake screenshot", "is it true? looks like a hoax", "this rumour was debunked"]),
    ("coordinated_attack", "en", ["these are bot accounts", "troll farm", "a smear campaign by bots"]),
    ("impersonation", "en", ["fake giveaway", "someone is pretending to be them", "phishing link, scam"]),
    ("service_pile_on", "en", ["still waiting for a refund", "no reply from customer service", "on hold for hours"]),
    ("labour_dispute", "en", ["workers on strike", "mass layoffs", "the union protests unpaid wages"]),
    ("legal", "en", ["class action lawsuit", "fined by the court", "under investigation"]),
    ("financial", "en", ["going bankrupt", "shares plunge", "profit warning for investors"]),
    ("policy_change", "en", ["another price hike", "shrinkflation", "new terms of service"]),
    ("third_party", "en", ["cut ties with that influencer", "your partner", "your supplier again"]),
    ("external_tragedy", "en", ["earthquake today", "thoughts and prayers", "victims of the wildfire"]),
    ("positive_viral", "en", ["love this", "amazing, well done", "best ever"]),
    ("safety", "es", ["la batería explotó", "hay dos heridos", "salía humo"]),
    ("outage", "es", ["la app se ha caído", "no funciona", "no puedo entrar"]),
    ("boycott", "fr", ["boycott total", "je n'achèterai plus", "boycottez-les"]),
    ("data_breach", "fr", ["fuite de données", "ils ont été piratés, quel piratage", "mes mots de passe"]),
]


@pytest.mark.parametrize(("expected", "language", "texts"), SOUNDS)
def test_a_type_is_recognised_by_its_words(expected, language, texts):
    assert incident_type(texts, [language] * len(texts))[0] == expected


def test_the_reason_names_the_words_as_they_were_written():
    found, reason = incident_type(["smoke from the battery", "battery exploded", "smoke"], ["en"] * 3)

    assert found == "safety"
    assert reason == "“battery”, “smoke”, “exploded”"


@pytest.mark.parametrize(
    "texts", [[], ["hello"], ["the parade is at noon"] * 9, [*["nothing here"] * 30, "fire", "smoke"]]
)
def test_unclear_is_an_answer(texts):
    assert incident_type(texts, ["en"] * len(texts))[0] == "unclear"


def test_a_draw_is_unclear_and_says_between_what():
    found, reason = incident_type(["boycott", "lawsuit"] * 3, ["en"] * 6)

    assert found == "unclear"
    assert "boycott and legal" in reason


def test_words_of_another_language_do_not_count():
    assert incident_type(["paro", "paro"], ["en", "en"])[0] == "unclear"


def test_a_text_of_unknown_language_is_read_in_all():
    assert incident_type(["la batería explotó", "heridos"], [None, "ca"])[0] == "safety"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_clues_for_every_type(language):
    assert {clue.type for clue in _read(language)} == set(TYPES)


def test_there_are_nineteen_types():
    assert len(TYPES) == 19
