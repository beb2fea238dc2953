"""Whether a message would get through is asked of real servers, without sending one."""

from __future__ import annotations

from typing import Any

import pytest
from builders_channels import channel
from http_server import Fault, Reply
from slack_server import CHANNEL, TOKEN, FakeSlack
from smtp_server import DROP, ScriptedSmtp

from crisiswatch.core.abilities import Checkable
from crisiswatch.core.outbox import Outcome

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def slack() -> Any:
    fake = FakeSlack()
    async with fake.server:
        yield fake


def bot(slack: FakeSlack, **options: Any) -> Any:
    return channel("slack", {"token": TOKEN, "channel": CHANNEL, "base_url": f"{slack.server.url}/api/", **options})


async def test_a_bot_that_may_write_posts_nothing_to_find_out(slack: FakeSlack) -> None:
    one = bot(slack)

    attempt = await one.check()

    assert isinstance(one, Checkable)
    assert (attempt.outcome, slack.posts) == (Outcome.DELIVERED, [])
    assert slack.calls == ["auth.test", "conversations.info"]


@pytest.mark.parametrize(
    ("state", "said"), [({"is_archived": True}, "is_archived"), ({"is_member": False}, "not_in_channel")]
)
async def test_a_channel_that_is_closed_to_the_bot_is_refused(
    slack: FakeSlack, state: dict[str, bool], said: str
) -> None:
    slack.channel |= state

    attempt = await bot(slack).check()

    assert (attempt.outcome, attempt.detail) == (Outcome.REJECTED, said)


async def test_a_revoked_token_is_refused_and_a_gone_channel_too(slack: FakeSlack) -> None:
    revoked = await bot(slack, token="xoxb-other").check()
    gone = await bot(slack, channel="C0GONE0000").check()

    assert [revoked.detail, gone.detail] == ["invalid_auth", "channel_not_found"]
    assert {revoked.outcome, gone.outcome} == {Outcome.REJECTED}


async def test_what_the_bot_may_not_ask_or_does_not_know_yet_is_no_refusal(slack: FakeSlack) -> None:
    slack.errors["conversations.info"] = ["missing_scope"]

    checks = [await bot(slack).check(), await bot(slack, channel="#pr-alerts").check()]

    assert [attempt.outcome for attempt in checks] == [Outcome.DELIVERED, Outcome.DELIVERED]


@pytest.mark.parametrize("fault", [Fault.RESET, Reply(500, b"<html>"), Reply(429, b'{"ok":false,"error":"x"}')])
async def test_trouble_of_slacks_own_is_no_refusal(slack: FakeSlack, fault: Any) -> None:
    slack.faults = [fault]

    assert (await bot(slack).check()).outcome in (Outcome.REFUSED, Outcome.UNKNOWN)


def mail(port: int) -> Any:
    return channel("email", {"to": ["oncall@example.org"], "smtp": f"smtp://127.0.0.1:{port}"})


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ({}, Outcome.DELIVERED),
        ({"CONNECT": "554 go away"}, Outcome.REJECTED),
        ({"CONNECT": "421 too busy"}, Outcome.REFUSED),
        ({"NOOP": "421 shutting down"}, Outcome.REFUSED),
        ({"CONNECT": DROP}, Outcome.REFUSED),
        ({"QUIT": DROP}, Outcome.DELIVERED),
    ],
)
async def test_a_mail_server_is_asked_without_a_mail(script: dict[str, str], outcome: Outcome) -> None:
    async with ScriptedSmtp(script) as server:
        one = mail(server.port)
        attempt = await one.check()

    assert isinstance(one, Checkable)
    assert (attempt.outcome, server.mails) == (outcome, [])


async def test_a_mail_server_that_is_not_there_may_come_back() -> None:
    async with ScriptedSmtp({}) as server:
        port = server.port

    assert (await mail(port).check()).outcome is Outcome.REFUSED
