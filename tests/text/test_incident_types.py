"""Incident types: what each sounds like in three languages, and the honest answer when nothing stands out."""

import pytest

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.steps import Behaviour
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
    assert incident_type(texts, [language] * len(texts)).type == expected


def test_the_reason_names_the_words_as_they_were_written():
    guess = incident_type(["Smoke from the battery", "battery EXPLODED", "smoke"], ["en"] * 3)

    assert guess.type == "safety"
    assert "“exploded”" in guess.reason
    assert "“smoke … battery”" in guess.reason


def test_the_reason_does_not_say_a_word_twice():
    guess = incident_type(["flames, battery"] * 3, ["en"] * 3)

    assert guess.reason == "“flames battery”"


def test_the_reason_shows_only_the_words_that_stand_near_each_other():
    guess = incident_type(["the ceo was today accused of it"] * 3, ["en"] * 3)

    assert guess.reason.startswith("“ceo … accused”")


def test_the_reason_stays_short_whatever_stands_between_the_words():
    text = "battery of rosa's porch today, 12:22, and again battery inside flames, battery, battery everywhere"

    guess = incident_type([text] * 3, ["en"] * 3)

    assert guess.reason.startswith("“flames battery”")
    assert "porch" not in guess.reason


@pytest.mark.parametrize(
    "texts", [[], ["hello"], ["the parade is at noon"] * 9, [*["nothing here"] * 30, "caught fire", "smoke"]]
)
def test_unclear_is_an_answer(texts):
    assert incident_type(texts, ["en"] * len(texts)).type == "unclear"


def test_one_telling_text_among_many_is_no_type():
    assert incident_type(["boycott them", "nice weather", "at noon"], ["en"] * 3).type == "unclear"


def test_a_draw_is_unclear_and_says_between_what():
    guess = incident_type(["boycott", "lawsuit"] * 3, ["en"] * 6)

    assert guess.type == "unclear"
    assert "boycott and legal" in guess.reason


def test_more_telling_texts_make_it_surer():
    few = incident_type(["boycott them"] * 3 + ["at noon"] * 5, ["en"] * 8)
    many = incident_type(["boycott them"] * 7 + ["at noon"], ["en"] * 8)

    assert few.type == many.type == "boycott"
    assert 0.5 <= few.probability < many.probability < 1.0


def test_words_of_another_language_do_not_count():
    assert incident_type(["huelga", "huelga"], ["en", "en"]).type == "unclear"


def test_a_text_of_unknown_language_is_read_in_all():
    assert incident_type(["la batería explotó", "heridos"], [None, "ca"]).type == "safety"


def test_copies_in_step_are_a_coordinated_attack_whatever_they_say():
    texts = ["they are the enemy, leave them"] * 6
    staged = Behaviour(Authenticity(copied=0.9, regular=0.6, pairs=9, new_authors=0.95))

    assert incident_type(texts, ["en"] * 6, staged).type == "coordinated_attack"


@pytest.mark.parametrize("seen", [Authenticity(), Authenticity(copied=0.9), Authenticity(regular=1.0, pairs=9)])
def test_copies_alone_or_unknown_behaviour_are_no_attack(seen):
    assert incident_type(["look at this"] * 6, ["en"] * 6, Behaviour(seen)).type == "unclear"


def test_news_raise_what_begins_in_the_news():
    texts = ["a lawsuit again", "boycott them"]

    alone = incident_type(texts * 2, ["en"] * 4)
    news = incident_type(texts * 2, ["en"] * 4, Behaviour(kinds={"article": 1.0}))

    assert alone.type == "unclear"
    assert news.type == "legal"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_clues_for_every_type(language):
    assert {clue.type for clue in _read(language)} == set(TYPES)


def test_there_are_nineteen_types():
    assert len(TYPES) == 19
