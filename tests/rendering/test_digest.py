"""The digest: alive or not, warnings in one line, and quiet only where it could be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from rendering_hostile import any_text, unhurried

from crisiswatch.core.digesting import Digest, digest, with_voices
from crisiswatch.core.hearing import Aspect, Said, Voice
from crisiswatch.core.incidents import Condition, Incident, Verdict
from crisiswatch.core.models import Coverage, Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.sharing import Share
from crisiswatch.rendering.digest import compose_brief, digest_text
from crisiswatch.rendering.message import Context
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.reader import reader
from tests.builders import NOON, after, evidence, incident

ENGLISH = reader("en", UTC, NOON)
DAY = (after(days=-1), NOON)
WHOLE = ([Coverage("press", after(days=-2), NOON)], ["press"])


def made(*incidents: Incident, seen: Any = WHOLE, span: tuple[datetime, datetime] = DAY) -> Digest:
    return digest(span, {"Acme": (200, Share(0.15, 0.12, 0.18)), "Globex": (0, None)}, incidents, seen, [])


def numbered(count: int, **changes: Any) -> list[Incident]:
    over = {"condition": Condition.CLOSED, "closed_at": after(hours=-1), "opened_at": after(hours=-3), **changes}
    return [incident(id=f"{n:026}", number=n, **over) for n in range(1, count + 1)]


def test_a_quiet_day_says_that_it_is_alive_and_that_everything_was_seen() -> None:
    text = digest_text(made(), ENGLISH)

    assert "crisiswatch is watching" in text
    assert "Nothing was wrong, and every source was seen." in text
    assert "Acme: 200 mentions, 15% negative" in text


def test_a_share_that_is_hardly_known_is_told_with_its_interval() -> None:
    told = digest(DAY, {"Acme": (20, Share(0.15, 0.04, 0.3))}, [], WHOLE, [])

    assert "Acme: 20 mentions, 15% negative (between 4% and 30%)" in digest_text(told, ENGLISH)
    assert "(entre 4 % y 30 %)" in digest_text(told, reader("es", UTC, NOON)).replace("\xa0", " ")
    assert "(entre 4 % et 30 %)" in digest_text(told, reader("fr", UTC, NOON)).replace("\u202f", " ").replace(
        "\xa0", " "
    )


def test_silence_is_not_calm() -> None:
    gone = digest_text(made(seen=([Coverage("press", after(days=-2), after(hours=-5))], ["press"])), ENGLISH)

    assert "NOTHING WAS SEEN since Wed 04 Mar 07:00 UTC: is crisiswatch running?" in gone
    assert "Nothing was wrong, in what could be seen." in gone
    assert "press: not seen for 5 h (21%)" in gone


def test_warnings_are_one_line_and_criticals_are_told_one_by_one() -> None:
    warnings = numbered(7, peak_severity=Severity.WARNING)
    critical = [replace(one, id=f"c{one.id}", number=one.number + 20, peak_severity=Severity.CRITICAL,
                        evidence=evidence(drivers=("smoke",))) for one in numbered(2)]  # fmt: skip

    text = digest_text(made(*warnings, *critical), ENGLISH)

    assert "  warning   7: INC-1, INC-2, INC-3, INC-4, INC-5 and 2 more" in text
    assert text.count("critical  INC-2") == 2
    assert "smoke" in text


def test_what_is_open_names_who_is_on_it_and_what_is_judged_waits_no_more() -> None:
    taken = incident(acked_by="maria")
    judged = replace(taken, id="02", number=8, acked_by=None, verdict=Verdict.FALSE)

    text = digest_text(made(taken, judged), ENGLISH)

    assert "INC-7  Acme, since Wed 04 Mar 12:00 UTC: maria is on it" not in text
    told = digest_text(
        made(replace(taken, opened_at=after(hours=-2)), replace(judged, opened_at=after(hours=-1))), ENGLISH
    )
    assert "INC-7  Acme, since Wed 04 Mar 10:00 UTC: maria is on it" in told
    assert "INC-8  Acme, since Wed 04 Mar 11:00 UTC: nobody has acknowledged it" in told
    assert "TO BE JUDGED\n  INC-7:" in told


def test_what_was_over_before_is_left_out() -> None:
    [old] = numbered(1, closed_at=after(days=-3), opened_at=after(days=-4))

    assert "INC-1" not in digest_text(made(old), ENGLISH)


def test_a_week_is_called_so() -> None:
    assert digest_text(made(span=(NOON - timedelta(days=7), NOON)), ENGLISH).startswith("7 days, ")


@unhurried
@given(any_text)
def test_any_name_stays_on_its_line(text: str) -> None:
    hostile = replace(
        incident(opened_at=after(hours=-1), evidence=evidence(drivers=(text,))), brand=text, acked_by=text
    )

    lines = digest_text(made(hostile), ENGLISH).splitlines()

    assert not {category(c) for line in lines for c in line} & {"Cc", "Cf", "Zl", "Zp"}
    assert len(lines) < 30


FULL = (
    *numbered(7, peak_severity=Severity.WARNING),
    incident(id="c", number=20, opened_at=after(hours=-3), evidence=evidence(drivers=("smoke",)), peak_ratio=4.2),
)
OWED = Notification("brief-morning", "pr-team", NotificationKind.BRIEF, 1, Severity.WATCH, NOON, after(hours=12))
PARTLY = ([Coverage("press", after(days=-2), after(hours=-5))], ["press"])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", ("Resumen del día", "200 menciones, 15 % negativas", "NO SE VIO NADA", "Sin ver",
                "Por juzgar")),
        ("fr", ("Résumé du jour", "200 mentions, 15 % négatives", "RIEN N'A ÉTÉ VU", "Pas vu",
                "À juger")),
    ],
)  # fmt: skip
def test_a_digest_speaks_the_language_of_its_reader(language: str, said: tuple[str, ...]) -> None:
    context = Context(now=NOON, language=language, time_zone=ZoneInfo("Europe/Madrid"))

    told = compose_brief(OWED, made(*FULL, seen=PARTLY), context)

    shown = " ".join(plain(told).replace("\u00a0", " ").replace("\u202f", " ").split())
    assert told.language == language
    assert [part for part in said if part.lower() not in shown.lower()] == []
    assert "CET" in shown


ENGLISH_WORDS = ("seen", "wrong", "mentions", "still", "nobody", "waiting", "verdict ", "critical", "warning", "daily",
                 "running", "since", "source", "negative", "and")  # fmt: skip


@pytest.mark.parametrize("seen", [WHOLE, PARTLY, ([], ["press"])])
@pytest.mark.parametrize("incidents", [(), FULL])
def test_no_english_is_left_in_a_spanish_digest(seen: Any, incidents: tuple[Incident, ...]) -> None:
    text = digest_text(made(*incidents, seen=seen), reader("es", UTC, NOON))

    words = set(text.replace("incident verdict", "").lower().split())
    assert words & set(ENGLISH_WORDS) == set()


def test_times_are_those_of_the_reader() -> None:
    madrid = reader("en", ZoneInfo("Europe/Madrid"), NOON)

    assert "newest data is of Wed 04 Mar 13:00 CET" in digest_text(made(), madrid)


VOICES = (
    Voice("Product", (
        Said(Aspect.CRITICISM, 34, ("smoke", "battery"), "it smokes"),
        Said(Aspect.QUESTION, 1, (), "is <!channel> [safe](http://evil.example)?"),
    )),
    Voice("", (Said(Aspect.PRAISE, 5, (), ""),)),
)  # fmt: skip
SAID = with_voices(made(), {"Acme": VOICES}, {"Acme": ("Globex", "gone"), "Globex": ()})


def test_the_brief_tells_each_department_what_people_say() -> None:
    text = digest_text(SAID, ENGLISH)

    assert "WHAT PEOPLE SAY OF ACME\n  Product: 34 criticise (smoke, battery); 1 asks (" in text
    assert "  nobody named: 5 praise\n" in text
    assert "WHAT PEOPLE SAY OF GLOBEX" not in text


def test_competitors_stand_beside_the_brand() -> None:
    assert "Acme: 200 mentions, 15% negative\n  beside: Globex 0 mentions\n" in digest_text(SAID, ENGLISH)


def test_what_strangers_wrote_in_a_brief_is_inert() -> None:
    for shown in (digest_text(SAID, ENGLISH), plain(compose_brief(OWED, SAID, Context(now=NOON)))):
        assert "http://evil" not in shown


def test_a_brief_as_a_message_has_a_fact_for_each_department_after_what_must_be_known() -> None:
    told = compose_brief(OWED, SAID, Context(now=NOON, language="fr"))

    labels = [fact.label for fact in told.facts]
    assert labels[-2:] == ["Product", "sans responsable"]
    assert told.facts[-2].value.startswith("34 critiquent (smoke, battery); 1 demande (")


def test_where_several_brands_are_talked_of_each_is_named() -> None:
    several = with_voices(made(), {"Acme": VOICES[:1], "Globex": VOICES[:1]}, {})

    labels = [fact.label for fact in compose_brief(OWED, several, Context(now=NOON)).facts]

    assert labels[-2:] == ["Acme, Product", "Globex, Product"]


def watched(**changes: Any) -> Incident:
    praise = {"incident_type": "positive_viral", "share": 0.05, "drivers": ("teapot",), **changes.pop("evidence", {})}
    whole = {"severity": Severity.WATCH, "peak_severity": Severity.WATCH, "opened_at": after(hours=-1), **changes}
    return incident(evidence=evidence(**praise), **whole)


def test_praise_is_good_news_and_nobodys_trouble() -> None:
    text = digest_text(made(watched(peak_ratio=5.0)), ENGLISH)

    assert "  good news  INC-7  Wed 04 Mar 11:00 UTC, teapot, peak 5× normal" in text
    assert "watched" not in text


@pytest.mark.parametrize(
    "changes",
    [{"evidence": {"incident_type": "outage"}}, {"evidence": {"share": 0.5}}, {"family": "blind"},
     {"peak_severity": Severity.WARNING}],
)  # fmt: skip
def test_what_is_negative_or_was_told_is_no_good_news(changes: dict[str, Any]) -> None:
    assert "good news" not in digest_text(made(watched(**changes)), ENGLISH)
