"""The story of an incident afterwards: stretches, response times, counts and gaps can be recounted by hand."""

from __future__ import annotations

from datetime import timedelta

from crisiswatch.core.counting import Counting, count
from crisiswatch.core.incidents import Change, Condition, Event
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import Coverage, Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.retelling import BEFORE, Labelled, draw, gaps, known_from, labelled, peak, react, stretch, told
from tests.builders import NOON, after, evidence, incident, observation

FIVE = timedelta(minutes=5)
HALVES = (0.0,) * 8 + (1.0,) * 8


def row(id: int, kind: NotificationKind, about: str = "01" + "A" * 24, minute: float | None = 3) -> OutboxRow:
    owed = Notification(about, "team", kind, id, Severity.WARNING, NOON, after(hours=1))
    state = DeliveryState.DEAD if minute is None else DeliveryState.DELIVERED
    return OutboxRow(id, owed, state, settled_at=None if minute is None else after(minutes=minute))


def test_the_stretch_holds_the_calm_before_and_ends_after_the_end() -> None:
    closed = incident(evidence=evidence(), condition=Condition.CLOSED, closed_at=after(hours=2))

    assert stretch(closed, after(hours=9)) == (after(minutes=-40) - BEFORE, after(hours=3))
    assert stretch(incident(evidence=evidence()), NOON)[1] == NOON
    assert stretch(incident(), after(days=30))[1] == NOON - BEFORE + timedelta(days=3)


def test_response_times_count_from_the_beginning_of_the_trouble() -> None:
    closed = incident(evidence=evidence(), detected_at=NOON, closed_at=after(hours=1))
    acked = Event(after(minutes=10), Change.ACKED, Severity.WARNING, "maria")

    found = react(closed, [acked], [row(2, NotificationKind.RAISED, minute=9), row(1, NotificationKind.OPENED)])

    minutes = {name: getattr(found, name) for name in ("detected", "told", "acknowledged", "closed")}
    assert {name: took / timedelta(minutes=1) for name, took in minutes.items()} == {
        "detected": 40, "told": 43, "acknowledged": 50, "closed": 100,
    }  # fmt: skip


def test_what_did_not_happen_has_no_time() -> None:
    found = react(incident(), [], [row(1, NotificationKind.OPENED, minute=None)])

    assert (found.detected, found.told, found.acknowledged, found.closed) == (None, None, None, None)


def test_messages_are_those_of_the_incident_without_edits_oldest_first() -> None:
    rows = [
        row(4, NotificationKind.CLOSED), row(3, NotificationKind.UPDATED), row(2, NotificationKind.OPENED, "other"),
        row(1, NotificationKind.OPENED),
    ]  # fmt: skip

    assert [one.id for one in told(rows, "01" + "A" * 24)] == [1, 4]


def test_a_copy_counts_once_in_its_bucket_and_other_brands_not_at_all() -> None:
    copied, later = (1, 2, 3, 4, 5), (1, 2, 3, 8, 9)
    seen = [
        observation(observed_at=after(minutes=1), sketch=copied),
        observation(observed_at=after(minutes=1), brand="Globex"),
        observation(observed_at=after(minutes=3), sketch=(6,), negativity=0.1),
        observation(observed_at=after(minutes=6), sketch=later),
        observation(observed_at=after(minutes=7)),
        observation(observed_at=after(hours=9)),
    ]

    series = draw(incident(evidence=evidence()), seen, FIVE, (NOON, after(minutes=10)), HALVES)

    assert series is not None
    assert [(point.stories, point.share) for point in series.points] == [(2, 0.5), (1, 1.0)]
    assert [point.expected for point in series.points] == [10 / 8, 10 / 8]
    highest = peak(series)
    assert highest is not None
    assert highest.start == NOON


def test_a_report_counts_what_alerts_count() -> None:
    """The buckets of the report are those that counting closed, whatever was late, copied, irrelevant or imported."""
    weights = tuple(place / 16 for place in range(16))
    seen = [
        observation(observed_at=after(hours=-20), sketch=(1, 2, 3)),
        observation(observed_at=after(minutes=1), sketch=(1, 2, 3)),
        observation(observed_at=after(minutes=2), negativity=0.3),
        observation(observed_at=after(minutes=3), relevance=0.01),
        observation(observed_at=after(minutes=4), live=False),
        observation(observed_at=after(minutes=6), event_time=after(minutes=-50), bucket_time=after(minutes=3)),
        observation(observed_at=after(minutes=7), negativity=None),
    ]
    state = Counting("Acme", FIVE, FIVE, ("press",), weights, closed_until=after(hours=-21))

    series = draw(incident(evidence=evidence()), seen, FIVE, (NOON, after(minutes=10)), weights)
    closed = count(state, seen, after(minutes=20)).closed

    assert series is not None
    found = [(point.stories, round((point.share or 0) * point.stories, 9)) for point in series.points]
    assert found == [(b.stories, round(b.negative, 9)) for b in closed if NOON <= b.start < after(minutes=10)]
    assert found == [(2, 4 / 16 + 14 / 16), (1, 0.0)]


def test_a_report_needs_the_days_in_which_a_story_may_have_begun() -> None:
    assert known_from((NOON, after(hours=1))) == after(hours=-48)


def test_without_evidence_or_mentions_there_is_no_chart_or_no_peak() -> None:
    quiet = draw(incident(evidence=evidence()), [], FIVE, (NOON, after(minutes=10)), HALVES)

    assert draw(incident(), [], FIVE, (NOON, after(hours=1)), HALVES) is None
    assert peak(quiet) is None
    assert peak(None) is None


def test_gaps_are_what_no_piece_of_coverage_reaches() -> None:
    pieces = [
        Coverage("press", after(minutes=-30), after(minutes=10)),
        Coverage("press", after(minutes=12), after(minutes=20)),
        Coverage("press", after(minutes=50), after(hours=3)),
        Coverage("other", NOON, after(hours=3)),
    ]

    found = gaps(pieces, ["press", "gone"], (NOON, after(hours=1)))

    assert [(gap.source, gap.start, gap.end) for gap in found] == [
        ("press", after(minutes=20), after(minutes=50)), ("gone", NOON, after(hours=1)),
    ]  # fmt: skip


def test_labels_are_counted_for_the_mentions_of_the_incident_alone() -> None:
    def label(uid: bytes, word: str, by: str, brand: str = "Acme") -> LabelFrame:
        return LabelFrame(at=NOON, uid=uid, brand=brand, label=word, by=by)

    given = [
        label(b"1", "negative", "ana"), label(b"2", "negative", "ben"), label(b"1", "irrelevant", "ana"),
        label(b"3", "negative", "ana"), label(b"1", "positive", "ana", "Globex"),
    ]  # fmt: skip

    assert labelled(given, "Acme", {b"1", b"2"}) == (
        Labelled("negative", 2, ("ana", "ben")), Labelled("irrelevant", 1, ("ana",)),
    )  # fmt: skip
    assert labelled([], "Acme", {b"1"}) == ()
