from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from rendering_builders import NOW, context, evidence, incident, message

from crisiswatch.core.incidents import Condition, Incident, Reason
from crisiswatch.core.locating import Located
from crisiswatch.core.models import Notice
from crisiswatch.core.neighbours import Neighbour, Standing
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.rendering.beside import located, neighbours, noticed
from crisiswatch.rendering.evidence import facts
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.reader import reader

ENGLISH = reader("en", UTC, NOW)
SPIKE = Notice("volume_spike", "stories", 1.3, 130, 30)
STORY = Notice("story_velocity", "largest_copies", 1.6, 230, 4, (), b"1")
WORDS = Notice("new_terms", "words", 2.0, 12, 40, ("recall", "smoke"))
RIVER = Notice("HalfSpaceTrees", "negative_share", 1.1, 0.41, 0.12)
FORUM = Located("forum", 84, 12.0, 0.7, 0.12, 22.0, 1.0)
PRESS = Located("press", 10, 11.0, 0.1, 0.12, 0.1, 1.0)


def quiet(brand: str, standing: Standing = Standing.QUIET) -> Neighbour:
    return Neighbour(brand, "competitor", standing, 0.1, 0.12, 0.12)


def test_every_kind_of_notice_is_told_beside_what_is_usual() -> None:
    told = [noticed(evidence(notices=(each,)), ENGLISH) for each in (SPIKE, STORY, WORDS, RIVER)]

    assert told == [
        "130 posts in an hour, about 30 are usual",
        "one story came 230 times in an hour, others at most about 4 times",
        "new since last week: “recall” and “smoke”, in 12 of 40 posts of an hour",
        "HalfSpaceTrees: negative share at 41%, usually about 12%",
    ]


def test_the_source_it_is_in_is_named_and_the_rest_only_if_it_was_seen() -> None:
    forum = "forum: 84 posts, about 12 are usual, 70% negative (usually 12%)"

    assert located(evidence(located=(FORUM, PRESS)), ENGLISH) == (
        f"{forum}; the rise is only in forum; as usual: press (10 posts, about 11 are usual)"
    )
    assert located(evidence(located=(FORUM, replace(PRESS, covered=0.2))), ENGLISH) == forum
    assert located(evidence(located=(FORUM, replace(FORUM, source="press"))), ENGLISH).endswith(
        "in every source at once"
    )
    assert located(evidence(located=(PRESS,)), ENGLISH) == ""


def test_a_source_that_raised_the_alert_is_named_though_its_counts_alone_would_not_say_so() -> None:
    faint = replace(FORUM, nats=2.0)

    assert located(evidence(located=(faint, PRESS)), ENGLISH) == ""
    assert located(evidence(located=(faint, PRESS), alone=FORUM.source), ENGLISH).startswith(f"{FORUM.source}:")


@pytest.mark.parametrize(
    "other",
    [
        Located("forum", 6, 3.0, 0.5, 0.12, 1.6, 1.0),  # a third of the posts, half of them negative
        Located("forum", 4, 1.0, 1.0, 0.12, 0.0, 1.0),  # too few to weigh, yet all of them negative
        Located("forum", 30, 12.0, 0.12, 0.12, 0.9, 1.0),  # no worse than usual, and far more
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_only_is_never_said_beside_numbers_that_say_otherwise(other: Located, language: str) -> None:
    told_to = reader(language, UTC, NOW)
    mastodon = Located("mastodon", 11, 5.0, 0.64, 0.12, 6.3, 1.0)

    told = located(evidence(located=(mastodon, other)), told_to)

    assert told_to.words.facts.located_only.partition("{name}")[0] not in told
    assert told.count("forum") == 1, "what it brought stands there all the same"
    assert told_to.count(other.stories) in told.partition("forum")[2]


def test_what_was_not_seen_is_neither_usual_nor_unclear() -> None:
    unseen = replace(PRESS, covered=0.2, stories=40)

    assert "press" not in located(evidence(located=(FORUM, unseen)), ENGLISH)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ((quiet("Globex"), quiet("Initech")), "It is only Acme: Globex as usual and Initech as usual."),
        (
            (Neighbour("Globex", "competitor", Standing.RESTLESS, 1.24, 0.6, 0.12), quiet("Initech")),
            "Not only Acme: Globex is unusual too (score 1.24, 60% negative, usually 12%) and Initech as usual.",
        ),
        (
            (quiet("Globex"), quiet("Hooli", Standing.BLIND)),
            "It is only Acme: Globex as usual and Hooli cannot be seen now.",
        ),
        ((quiet("Umbra", Standing.YOUNG),), "Umbra is still being learnt."),
        ((), ""),
    ],
)
def test_whether_it_is_only_us_is_answered(others: tuple[Neighbour, ...], told: str) -> None:
    assert neighbours(incident(), evidence(neighbours=others), ENGLISH) == told


ROOT = SectorEvent("01", "INC-7", others=("Initech", "Umbra"))


@pytest.mark.parametrize(
    ("language", "root", "member"),
    [
        (
            "en",
            "Also in trouble: Initech, Umbra: it looks like the whole sector, not one brand.",
            "Part of a sector event, told with INC-7.",
        ),
        (
            "es",
            "También tienen problemas: Initech, Umbra. Parece todo el sector y no una sola marca.",
            "Parte de un suceso de todo el sector, avisado con INC-7.",
        ),
        (
            "fr",
            "Aussi en difficulté\u00a0: Initech, Umbra. C'est, semble-t-il, tout le secteur et non une seule marque.",
            "Fait partie d'un événement de tout le secteur, annoncé avec INC-7.",
        ),
    ],
)
def test_a_sector_event_is_told_in_a_line_of_its_own(language: str, root: str, member: str) -> None:
    follower = replace(ROOT, others=())

    assert fact_of("sector", incident(sector=ROOT), language) == root
    assert fact_of("sector", incident(sector=follower), language) == member
    assert fact_of("sector", incident(), language) is None


def test_a_sector_event_that_is_over_is_told_as_past() -> None:
    over = incident(sector=ROOT, condition=Condition.CLOSED, closed_at=NOW)

    assert fact_of("sector", over) == "In trouble at the same time: Initech, Umbra."


def test_of_many_brands_a_few_are_named() -> None:
    many = incident(sector=replace(ROOT, others=tuple(f"Brand{n}" for n in range(9))))

    assert "Brand5 and 3 more: it looks" in (fact_of("sector", many) or "")


def test_a_sector_event_is_not_called_ours_alone_and_names_nobody_twice() -> None:
    seen = evidence(neighbours=(quiet("Globex"), quiet("Initech")))

    assert neighbours(incident(sector=ROOT), seen, ENGLISH) == "Globex as usual."
    assert neighbours(incident(sector=ROOT), evidence(neighbours=(quiet("Initech"),)), ENGLISH) == ""


def fact_of(name: str, told: Incident, language: str = "en") -> str | None:
    """Return the value of the fact with that label."""
    words = reader(language, UTC, NOW)
    label = getattr(words.words.labels, name)
    return next((fact.value for fact in facts(told, words) if fact.label == label), None)


@pytest.mark.parametrize(("language", "told"), [("en", "spreading"), ("es", "se difunde"), ("fr", "se propage")])
def test_the_headline_of_what_was_only_noticed_says_what_it_was(language: str, told: str) -> None:
    about = {"evidence": evidence(notices=(STORY,), is_noticed=True), "score": 0.1}
    other = {"evidence": evidence(notices=(WORDS,), is_noticed=True), "score": 0.1}

    assert told in message(told=context(language=language), **about).headline
    assert "recall" in message(told=context(language=language), **other).headline


@pytest.mark.parametrize(
    ("language", "name"), [("en", "volume spike"), ("es", "pico de volumen"), ("fr", "pic de volume")]
)
def test_why_names_the_detector_and_says_that_it_never_alerts_alone(language: str, name: str) -> None:
    about = incident(reasons=(Reason("notice:volume_spike", 1.3, 1.0, True),), evidence=evidence(notices=(SPIKE,)))

    told = plain(message(told=context(language=language), reasons=about.reasons, evidence=about.evidence))

    assert name in " ".join(told.split())
    assert "notice:" not in told
