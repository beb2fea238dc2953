from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from facts_of_message import _fact
from hypothesis import given
from rendering_builders import (
    NOW,
    QUOTES,
    SINCE,
    context,
    evidence,
    incident,
    message,
    notification,
    playbook,
    quote,
    series,
)
from rendering_hostile import any_text, any_url, unhurried

from crisiswatch.core.incidents import Condition, Reason, Source
from crisiswatch.core.locating import Located
from crisiswatch.core.messages import Quote
from crisiswatch.core.models import Notice, Severity
from crisiswatch.core.neighbours import Neighbour, Standing
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.message import compose


@pytest.mark.parametrize("family", ["blind", "source:press", "self:queue"])
def test_what_is_not_seen_is_not_counted(family: str) -> None:
    told = message(family=family, evidence=evidence(covered=0.38, missing=("press", "fediverse")))

    assert _fact(told, "Mentions") is None
    assert _fact(told, "No data from") == "press and fediverse"
    assert not any("1,412" in fact.value for fact in told.facts)


@pytest.mark.parametrize(
    ("family", "command"), [("blind", "source test"), ("source:press", "source test"), ("self:queue", "journalctl")]
)
def test_blindness_comes_with_the_command_that_helps(family: str, command: str) -> None:
    told = compose(notification(), incident(family=family), None, (), None, context())

    assert command in told.playbook_reason
    assert "growing" not in told.since


def test_an_operators_rule_is_named_as_a_rule() -> None:
    told = message(rule="injury", score=0.3)

    assert told.headline == "Acme: rule “injury” met, 1,412 mentions"
    assert told.why[0] == "Your rule “injury” was met."


def test_every_number_stands_beside_what_is_usual() -> None:
    told = message()

    assert _fact(told, "Mentions") == (
        "1,412 since 13:20 (40\u00a0min); about 118 are normal (90 to 151); 3,020 with copies and reposts"
    )
    assert _fact(told, "Negative") == "64% (usually 17%)"
    assert _fact(told, "Authors") == "187 authors; the top five wrote 9%"


def test_no_sentence_holds_a_number_that_the_evidence_does_not() -> None:
    unknown = evidence(
        authors=None, top_share=None, drivers=(), sources=(), languages=(), first=None, doubling=None, neighbours=()
    )

    told = message(evidence=unknown)

    assert [fact.label for fact in told.facts] == ["Mentions", "Negative", "Looks like", "Authors", "Playbook"]
    assert _fact(told, "Authors") == "unknown, these sources name no authors"
    assert told.since == "Since 13:20\u00a0UTC, for 40\u00a0min."


def test_without_evidence_nothing_is_claimed() -> None:
    told = message(evidence=None, score=0.0, reasons=())

    assert told.headline == "Acme: something unusual is being said"
    assert [fact.label for fact in told.facts] == ["Playbook"]
    assert (told.why, told.data_health) == ((), "")


def test_a_few_loud_accounts_are_pointed_out() -> None:
    told = message(evidence=evidence(top_share=0.62))

    assert "campaign" in (_fact(told, "Authors") or "")


def test_small_sources_are_summed_up() -> None:
    parts = tuple(Source(name, size) for name, size in zip("abcdef", (50, 20, 10, 10, 5, 5), strict=True))

    assert _fact(message(evidence=evidence(sources=parts)), "Sources") == "a 50%, b 20%, c 10%, d 10%, other 10%"


def test_the_deadline_is_a_clock_time_in_the_readers_zone() -> None:
    told = message(told=context(time_zone=ZoneInfo("Europe/Madrid")))

    assert told.owner == "Product on-call; first public statement before 15:07 (14:07\u00a0UTC)"


def test_a_missed_deadline_is_called_missed() -> None:
    told = message(told=context(now=NOW + timedelta(hours=1)))

    assert told.owner == "Product on-call; the first public statement was due 14:07\u00a0UTC"


def test_at_most_three_steps_in_the_readers_language() -> None:
    many = playbook(steps={"en": ("one", "two", "three", "four"), "es": ("uno",)})

    told = [compose(notification(), incident(), many, (), None, context(language=code)) for code in ("en", "es", "fr")]

    assert [part.steps for part in told] == [("one", "two", "three"), ("uno",), ("one", "two", "three")]


def test_without_a_playbook_people_are_told_to_decide() -> None:
    told = compose(notification(), incident(), None, (), None, context())

    assert told.playbook_reason.startswith("No playbook applies")


def test_an_all_clear_asks_for_nothing() -> None:
    told = message(Kind.CLOSED, condition=Condition.CLOSED, closed_at=NOW, severity=Severity.CALM)

    assert (told.playbook, told.owner, told.steps, told.holding_statement, told.playbook_reason) == ("", "", (), "", "")
    assert told.since == "From 13:20\u00a0UTC to 14:00\u00a0UTC: 40\u00a0min."
    assert _fact(told, "Peak") == "12× the normal mentions"


def test_why_names_the_score_the_threshold_and_the_budget() -> None:
    told = message()

    assert told.why == (
        "Score 2.43; 1.0 is the alert threshold, set for 0.1 false alarms a week.",
        "Judged on the 40\u00a0min from 13:20 to 14:00\u00a0UTC.",
        "Negative share: 0.64, limit 0.4, reached.",
        "Enough was seen.",
        "Negativity is judged by a program, which can be wrong about a single post.",
    )


def test_a_limit_that_was_not_reached_is_told_as_such() -> None:
    told = message(reasons=(Reason("story_velocity", 0.2, 1.0, False),))

    assert "Story velocity: 0.2, limit 1, not reached." in told.why


def test_data_health_tells_what_was_not_seen() -> None:
    told = message(evidence=evidence(covered=0.82, missing=("press",), warmup=3 / 14), stale_since=SINCE)

    assert told.data_health == (
        "No data from press. 82% of the usual volume was seen; counts are compared with that part. "
        "Still learning what is normal: 3 of 14 days. "
        "Not seen well enough since 13:20\u00a0UTC: silence here does not mean calm."
    )
    assert "may not be over" in told.since


def test_a_planned_event_is_named() -> None:
    assert "spring launch" in (_fact(message(evidence=evidence(planned_event="spring launch")), "Planned") or "")


def test_a_late_message_does_not_call_a_trouble_milder_than_it_is() -> None:
    told = compose(notification(severity=Severity.WARNING), incident(), None, (), None, context())

    assert told.severity is Severity.CRITICAL


def test_the_picture_comes_with_the_sentence_that_replaces_it() -> None:
    told = message()

    assert told.picture is not None
    assert told.picture.draw_png() == b"\x89PNG"
    assert told.picture.draw_svg().startswith("<svg")
    assert "240" in told.picture.alt


def test_nothing_is_drawn_before_somebody_asks() -> None:
    drawn: list[str] = []
    told = message(told=context(draw=lambda svg: drawn.append(svg) or b""))

    assert told.picture is not None
    assert drawn == []
    told.picture.draw_png()
    assert len(drawn) == 1


def test_no_picture_without_points_or_a_way_to_draw() -> None:
    bare = compose(notification(), incident(), None, (), replace(series(), points=()), context())

    assert bare.picture is None
    assert message(told=context(draw=None)).picture is None


def test_quotes_are_cut_cleaned_and_at_most_three() -> None:
    told = compose(notification(), incident(), None, [quote(text="x " * 400)] * 5, None, context())

    assert len(told.quotes) == 3
    assert all(len(part.text) <= 280 for part in told.quotes)


@unhurried
@given(attack=any_text, who=any_text, url=any_url)
def test_composes_whatever_strangers_wrote(attack: str, who: str, url: str | None) -> None:
    neighbour = Neighbour(attack, "competitor", Standing.RESTLESS, 0.9, 0.5, 0.2)
    where = Located(who, 30, 4.0, 0.6, 0.1, 9.0, 1.0)
    notices = (
        Notice("new_terms", "words", 1.2, 9, 40, (attack, who)),
        Notice(attack, who, 1.1, 3, 1),
        Notice("story_velocity", "largest_copies", 1.0, 30, 2, (), b"1"),
    )
    hostile = evidence(
        notices=notices,
        is_noticed=True,
        located=(where,),
        drivers=(attack, who),
        neighbours=(neighbour,),
        type_reason=attack,
        missing=(attack,),
        planned_event=attack,
    )
    about = incident(evidence=hostile, acked_by=who, playbook_reason=attack, rule=attack)

    told = compose(notification(), about, playbook(), [Quote(who, attack, who + attack, url, who)], None, context())

    assert len(told.headline) <= 80
    shown = [told.headline, told.state, told.since, told.data_health, told.playbook_reason, *told.why]
    shown += [f.value for f in told.facts] + [q.who + q.when + q.text for q in told.quotes]
    assert not any(set("<>\n\r\u202e\u200b") & set(text) for text in shown)


def test_quotes_keep_their_order() -> None:
    assert [q.who for q in message().quotes] == [q.who for q in QUOTES]
