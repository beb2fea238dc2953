"""Which labels hold, and which mention to ask about next."""

from datetime import UTC, datetime

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.labelling import changes, most_uncertain, standing
from crisiswatch.core.models import Mention
from crisiswatch.core.queries import StoredMention

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def stored(name, negativity, sketch=(), text="some words"):
    return StoredMention(Mention(source="forum", external_id=name, text=text), "Acme", NOON, negativity, sketch)


def label(name, word, brand="Acme"):
    return LabelFrame(at=NOON, uid=Mention(source="forum", external_id=name, text="").uid, brand=brand, label=word)


def asked(mentions, labels=(), limit=10):
    return [found.mention.external_id for found in most_uncertain(mentions, labels, limit)]


def test_the_least_certain_come_first_and_unscored_ones_last():
    assert asked([stored("sure", 0.9), stored("none", None), stored("even", 0.52), stored("low", 0.3)]) == [
        "even", "low", "sure", "none",
    ]  # fmt: skip


def test_labelled_mentions_are_not_asked_about_again():
    assert asked([stored("a", 0.5), stored("b", 0.6)], [label("a", "negative")]) == ["b"]


def test_a_label_for_another_brand_is_no_label_for_this_one():
    assert asked([stored("a", 0.5)], [label("a", "negative", brand="Other")]) == ["a"]


def test_one_of_each_story_is_asked_about():
    copies = [
        stored("a", 0.5, (1, 2, 3, 4, 5)),
        stored("b", 0.51, (1, 2, 3, 9, 10)),
        stored("c", 0.52, (17, 18, 19, 20, 21)),
    ]

    assert asked(copies) == ["a", "c"]


def test_a_copy_of_a_labelled_mention_is_not_asked_about():
    copies = [stored("a", 0.5, (1, 2, 3, 4, 5)), stored("b", 0.51, (1, 2, 3, 9, 10))]

    assert asked(copies, [label("a", "neutral")]) == []


def test_wiped_texts_cannot_be_labelled():
    assert asked([stored("a", 0.5, text="")]) == []


def test_no_more_than_asked_for():
    assert len(asked([stored(str(n), n / 100) for n in range(50)], limit=7)) == 7


def test_the_last_label_stands_and_relevance_stands_beside_sentiment():
    given = [label("a", "negative"), label("a", "irrelevant"), label("a", "positive")]

    assert {one.label for one in standing(given).values()} == {"irrelevant", "positive"}


def test_what_stands_already_changes_nothing():
    known = [label("a", "negative")]

    assert changes([label("a", "negative"), label("b", "neutral"), label("b", "neutral")], known) == [
        label("b", "neutral")
    ]
    assert changes([label("a", "positive")], known) == [label("a", "positive")]
