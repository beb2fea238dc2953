"""The gate before sending: mutes, silences, inhibitions, and what always passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from builders import NOON, after, incident

from crisiswatch.core.inhibiting import Inhibition, Known
from crisiswatch.core.models import Severity
from crisiswatch.core.muting import Mute, muting
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.routing import Matcher
from crisiswatch.core.silences import ActiveSilence, Asked, Silence, make_silence
from crisiswatch.core.suppressing import Hold, Rules, hold
from crisiswatch.errors import BadInput

ACME = {"brand": "Acme", "severity": "warning", "family": "crisis"}
EVERY_DAY = frozenset(range(7))


def owed(kind: NotificationKind = NotificationKind.OPENED, severity: Severity = Severity.WARNING) -> Notification:
    return Notification("01A", "team", kind, 1, severity, NOON, after(hours=6))


def is_(label: str, value: str) -> Matcher:
    return Matcher(label, lambda text: text == value, f'{label}="{value}"')


def silence(*matchers: Matcher, **changes: Any) -> ActiveSilence:
    fields: dict[str, Any] = {
        "id": "S-1", "matchers": "", "starts": NOON, "ends": after(hours=2), "by": "maria", "reason": "known outage",
        "created_at": NOON,
    }  # fmt: skip
    return ActiveSilence(Silence(**{**fields, **changes}), matchers)


def held(notification: Notification, rules: Rules, now: datetime = NOON, *, told: bool = False) -> Hold | None:
    return hold(notification, ACME, rules, now, has_been_told=told)


def test_a_silence_holds_what_it_matches_until_it_ends_and_says_who_and_why() -> None:
    rules = Rules(silences=[silence(is_("brand", "Acme"))])

    found = held(owed(), rules)

    assert found is not None
    assert (found.text, found.until) == ("silenced: S-1 by maria: known outage", after(hours=2))
    assert held(owed(), rules, after(hours=2)) is None


@pytest.mark.parametrize(
    "other",
    [
        silence(is_("brand", "Globex")),
        silence(is_("brand", "Acme"), is_("family", "blind")),
        silence(expired_at=NOON),
        silence(starts=after(minutes=1)),
        silence(most=Severity.WATCH),
    ],
)
def test_a_silence_of_something_else_or_not_in_force_holds_nothing(other: ActiveSilence) -> None:
    assert held(owed(), Rules(silences=[other])) is None


def test_until_it_escalates_ends_with_the_severity_it_was_made_for() -> None:
    rules = Rules(silences=[silence(most=Severity.WARNING)])

    assert held(owed(), rules) is not None
    assert held(owed(NotificationKind.RAISED, Severity.CRITICAL), rules) is None


@pytest.mark.parametrize(
    ("kind", "severity", "passes"),
    [
        (NotificationKind.CLOSED, Severity.WARNING, True),
        (NotificationKind.UPDATED, Severity.WARNING, True),
        (NotificationKind.RAISED, Severity.CRITICAL, True),
        (NotificationKind.RAISED, Severity.WARNING, False),
        (NotificationKind.REOPENED, Severity.CRITICAL, False),
        (NotificationKind.REPEATED, Severity.CRITICAL, False),
    ],
)
def test_who_heard_of_it_hears_of_its_end_and_of_its_becoming_critical(
    kind: NotificationKind, severity: Severity, passes: bool
) -> None:
    rules = Rules(silences=[silence()])

    assert (held(owed(kind, severity), rules, told=True) is None) is passes
    assert held(owed(kind, severity), rules, told=False) is not None


@pytest.mark.parametrize("kind", [NotificationKind.TEST, NotificationKind.DIGEST, NotificationKind.HANDOVER])
def test_what_was_asked_for_is_never_held_back(kind: NotificationKind) -> None:
    assert held(owed(kind), Rules(silences=[silence()])) is None


def test_an_end_of_what_a_silence_hid_is_not_told_later() -> None:
    found = held(owed(NotificationKind.CLOSED), Rules(silences=[silence()]))

    assert found is not None
    assert found.is_final


def test_a_mute_comes_before_a_silence_and_says_its_name() -> None:
    night = Mute("noon", time(11), time(14), ZoneInfo("UTC"), EVERY_DAY, frozenset({Severity.WARNING}))

    found = held(owed(), Rules(mutes=(night,), silences=[silence()]))

    assert found is not None
    assert (found.text, found.until, found.is_final) == ("muted: noon", after(hours=2), False)


CRISIS_EXPLAINS = Inhibition("crisis", (is_("severity", "critical"),), (is_("family", "crisis"),))


def known(**labels: str) -> Known:
    return Known("01B", "INC-8", {"brand": "Acme", "severity": "critical", **labels})


def test_a_known_incident_holds_back_what_follows_from_it() -> None:
    found = held(owed(), Rules(inhibitions=(CRISIS_EXPLAINS,), known=[known()]))

    assert found is not None
    assert (found.reason, found.detail) == ("inhibited", "crisis, by INC-8")


@pytest.mark.parametrize(
    "other", [known(brand="Globex"), known(severity="warning"), Known("01A", "INC-7", {**ACME, "severity": "critical"})]
)
def test_another_brand_a_milder_one_and_itself_hold_nothing_back(other: Known) -> None:
    assert held(owed(), Rules(inhibitions=(CRISIS_EXPLAINS,), known=[other])) is None


def test_what_meets_both_sides_is_not_held_back_by_its_like() -> None:
    rules = Rules(inhibitions=(CRISIS_EXPLAINS,), known=[known(family="crisis")])

    assert hold(owed(), {**ACME, "severity": "critical"}, rules, NOON, has_been_told=False) is None


def asked(**changes: Any) -> Asked:
    fields: dict[str, Any] = {
        "text": 'brand="Acme"', "matchers": (is_("brand", "Acme"),), "ends": after(hours=2), "by": "maria",
        "reason": "known outage",
    }  # fmt: skip
    return Asked(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"reason": " "}, {"by": ""}, {"ends": NOON}, {"ends": after(days=31)}, {"matchers": (), "text": ""}],
)
def test_a_silence_without_reason_author_near_end_or_matchers_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        make_silence(asked(**changes), [], NOON)


def test_the_preview_names_what_would_be_hidden_and_the_silence_goes_as_far_as_that() -> None:
    mine, critical = incident(), incident(id="01C", severity=Severity.CRITICAL)
    labelled = [(mine, ACME), (critical, {**ACME, "brand": "Globex"})]

    made = make_silence(asked(until_it_escalates=True), labelled, NOON)

    assert (made.hidden, made.silence.most) == ((mine,), Severity.WARNING)
    assert make_silence(asked(matchers=(), is_meant=True), labelled, NOON).silence.most is Severity.CRITICAL


def transitions(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return the hours of a year at which the clocks of a zone change."""
    start = datetime(year, 1, 1, tzinfo=ZoneInfo("UTC"))
    hours = [start + timedelta(hours=n) for n in range(24 * 366)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hour for hour, before, now in zip(hours[1:], offsets, offsets[1:], strict=False) if before != now]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("year", range(2024, 2031))
def test_no_change_of_clocks_anywhere_makes_a_mute_end_in_the_past_or_last_longer_than_a_day(
    year: int, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """A soak has every zone, each run one in 24, others in every year."""
    every = 1 if request.config.getoption("--soak") else 24
    seen = changes = 0
    for name in sorted(available_timezones())[year % every :: every]:
        zone = ZoneInfo(name)
        for change in transitions(zone, year):
            changes += 1
            for start, end in ((time(22), time(7)), (time(1, 30), time(2, 30)), (time(0, 30), time(3, 15))):
                mute = Mute("m", start, end, zone, EVERY_DAY, frozenset({Severity.WARNING}))
                for minutes in range(-240, 241, 20):
                    now = change + timedelta(minutes=minutes)
                    found = muting(owed(), (mute,), now)
                    assert found is None or now < found[1] <= now + timedelta(hours=25)
                    seen += found is not None
    record_property("number", f"changes of clocks in {year}: {changes}, {seen} moments within a mute")
    assert seen > 100
