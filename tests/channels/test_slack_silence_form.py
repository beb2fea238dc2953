"""The form that silences: shown to who pressed, within Slack's limits, and read again as it was filled in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from builders_channels import channel
from hypothesis import given
from slack_server import APP_TOKEN, TOKEN, FakeSlack, fault_in_view
from test_slack_pictures_and_buttons import bot, socket
from test_slack_presses import json_values, payload

from crisiswatch.channels.slack.presses import CARD_OF, Origin, press_of
from crisiswatch.core.hushing import HOURS, Foreseen, Press, SilenceSent, SilenceWanted, Unfit
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome
from crisiswatch.errors import SourceRejected
from crisiswatch.rendering.slack_form import slack_form
from tests.builders import incident

TRIGGER = "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
WANTED = SilenceWanted(7, TRIGGER, "es", "pr-team", "U0123456789")
ANYWHERE = Origin()


def pressed(value: str = "INC-7:es", **changes: Any) -> dict[str, Any]:
    press = payload("silence", value, **{"trigger_id": TRIGGER, **changes})
    press["actions"][0]["block_id"] = f"{CARD_OF}pr-team"
    return press


def filled(view: dict[str, Any], hours: Any = "4", reason: Any = "we know, fixed at noon") -> dict[str, Any]:
    """Return what Slack sends when a person fills the view in."""
    values = {
        "hours": {"hours": {"type": "static_select", "selected_option": {"value": hours}}},
        "reason": {"reason": {"type": "plain_text_input", "value": reason}},
    }
    user = {"id": "U0123456789", "name": "maria"}
    return {"type": "view_submission", "user": user, "view": {**view, "state": {"values": values}}}


def shown(hidden: int = 1, language: str = "en", **changes: Any) -> dict[str, Any]:
    about = replace(incident(), **changes)
    others = tuple(replace(about, id=str(n), number=n + 1) for n in range(hidden))
    return slack_form(Foreseen(about, others, language, "pr-team"))


def text_of(view: dict[str, Any]) -> str:
    return str(view["blocks"][0]["text"]["text"])


def test_the_button_asks_for_the_form_and_names_who_may_show_it() -> None:
    assert press_of(pressed(), ANYWHERE) == WANTED


@pytest.mark.parametrize(
    "sent",
    [pressed("INC-0:es"), pressed("7"), pressed(trigger_id=None), pressed(trigger_id=""), pressed(trigger_id="a b"),
     pressed(trigger_id=["x"])],
)  # fmt: skip
def test_a_press_without_incident_or_trigger_asks_for_nothing(sent: dict[str, Any]) -> None:
    assert press_of(sent, ANYWHERE) is None


def test_an_unheard_of_language_is_english() -> None:
    found = press_of(pressed("INC-7:<!channel>"), ANYWHERE)

    assert isinstance(found, SilenceWanted)
    assert found.language == "en"


@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize("hidden", [0, 1, 9])
@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.CRITICAL])
def test_slack_takes_the_form(language: str, hidden: int, severity: Severity) -> None:
    view = shown(hidden, language, severity=severity, brand="Acme" * 60)

    assert not fault_in_view(view)
    assert len(json.dumps(view)) < 6_000


def test_the_form_says_how_many_it_would_hold_back_and_what_passes() -> None:
    assert "Holds back no open incident now." in text_of(shown(0))
    assert "Holds back 1 open incident now: INC-1." in text_of(shown(1, severity=Severity.WARNING))
    assert "worse than warning is told all the same" in text_of(shown(1, severity=Severity.WARNING))
    assert "Retiene ahora 9 incidentes abiertos: INC-1, INC-2, INC-3, INC-4 y INC-5 …" in text_of(shown(9, "es"))
    assert "worse than" not in text_of(shown(1, severity=Severity.CRITICAL))


@pytest.mark.parametrize("hours", HOURS)
def test_what_was_filled_in_is_read_with_the_name_of_who_sent_it(hours: int) -> None:
    found = press_of(filled(shown(), str(hours), "  known\noutage  "), ANYWHERE)

    assert isinstance(found, SilenceSent)
    assert (found.incident, found.by, found.hours) == (7, "maria", hours)
    assert (found.receiver, found.person) == ("pr-team", "U0123456789")
    assert found.reason == "known outage (in Slack, U0123456789)"
    assert found.otherwise["errors"] == {"reason": "It could not be kept, so nothing is silenced. Please try again."}


@pytest.mark.parametrize("reason", ["", "  ", None, "\u200b\n\u2028"])
def test_a_form_without_a_reason_says_so_in_its_own_language(reason: Any) -> None:
    found = press_of(filled(shown(1, "fr"), reason=reason), ANYWHERE)

    assert isinstance(found, Unfit)
    assert found.reply["response_action"] == "errors"
    assert "motif" in json.dumps(found.reply)


@pytest.mark.parametrize(
    "sent",
    [filled({}), filled({**shown(), "callback_id": "other"}), filled(shown(), "3"), filled(shown(), "-1"),
     filled(shown(), None), filled({**shown(), "private_metadata": "{"}),
     filled({**shown(), "private_metadata": '{"incident":"INC-x","receiver":"r","lacking":"a","failed":"b"}'}),
     {"type": "view_submission", "view": shown()}, {"type": "view_closed", "view": shown()}],
)  # fmt: skip
def test_other_forms_and_hours_that_were_not_offered_ask_for_nothing(sent: dict[str, Any]) -> None:
    assert press_of(sent, ANYWHERE) is None


def test_nobody_from_elsewhere_sees_or_sends_the_form() -> None:
    for sent in (pressed(), filled(shown())):
        with pytest.raises(SourceRejected):
            press_of(sent, Origin("T0OURS0001"))


@given(state=json_values, kept=json_values)
def test_any_form_is_a_silence_a_refusal_or_nothing(state: Any, kept: Any) -> None:
    for values in (state, {"values": state}, {"values": {"hours": state, "reason": kept}}):
        view = {"callback_id": "silence", "private_metadata": json.dumps(kept), "state": values}
        sent = {"type": "view_submission", "user": {"id": "U0123456789"}, "view": view}
        assert press_of(sent, ANYWHERE) is None


@pytest.fixture
async def slack() -> Any:
    fake = FakeSlack()
    async with fake.server:
        yield fake


@pytest.mark.acceptance
async def test_the_form_is_opened_once_for_a_trigger(slack: FakeSlack) -> None:
    one = bot(slack, app_token=APP_TOKEN)
    one._tools = replace(one._tools, slack_form=slack_form)
    foreseen = Foreseen(incident(), (incident(),), "en")

    first, again = await one.ask(WANTED, foreseen), await one.ask(WANTED, foreseen)

    assert (first.outcome, again.outcome, again.detail) == (
        Outcome.DELIVERED, Outcome.REJECTED, "exchanged_trigger_id",
    )  # fmt: skip
    assert [view["callback_id"] for view in slack.views] == ["silence"]


@pytest.mark.acceptance
async def test_a_receiver_without_a_form_asks_nothing() -> None:
    one: Any = channel("slack", {"token": TOKEN, "channel": "#pr-alerts", "app_token": APP_TOKEN})

    assert (await one.ask(WANTED, Foreseen(incident(), (), "en"))).outcome is Outcome.REJECTED


@pytest.mark.acceptance
async def test_over_socket_mode_a_form_closes_only_when_it_was_kept(slack: FakeSlack) -> None:
    heard: list[Press] = []
    kept = iter((True, False))

    async def take(press: Press) -> bool:
        heard.append(press)
        return next(kept) if isinstance(press, SilenceSent) else True

    sent = [pressed(), filled(shown()), filled(shown()), filled(shown(), reason=" ")]
    frames = [{"envelope_id": str(n), "type": "interactive", "payload": one} for n, one in enumerate(sent)]
    async with socket(slack, *frames, {"type": "disconnect"}) as (acked, _):
        await bot(slack, app_token=APP_TOKEN).listen(take)

    assert [type(press).__name__ for press in heard] == ["SilenceWanted", "SilenceSent", "SilenceSent"]
    assert acked == ["0", "1", "2", "3"]
    replies = [reply.get("payload") for reply in slack.acknowledged]
    assert replies[:2] == [None, None]
    assert "could not be kept" in json.dumps(replies[2])
    assert "needs a reason" in json.dumps(replies[3])
