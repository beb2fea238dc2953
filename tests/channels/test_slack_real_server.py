"""Slack against a real server that keeps messages as Slack does, and against what goes wrong there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from builders_channels import channel, message, send
from http_server import Fault, HttpServer, Reply
from slack_server import CHANNEL, TOKEN, FakeSlack

from crisiswatch.channels import exchanging
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.ports import Channel

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def slack() -> Any:
    fake = FakeSlack()
    async with fake.server:
        yield fake


def bot(slack: FakeSlack, **changes: Any) -> Channel:
    options = {
        "token": TOKEN,
        "channel": "#pr-alerts",
        "base_url": f"{slack.server.url}/api/",
        "mention": ["U0123456789"],
    }
    return channel("slack", options, **changes)


async def test_an_incident_is_one_card_with_a_thread(slack):
    one = bot(slack)
    root = await one.send(message(severity=Severity.WARNING), None)
    await one.send(message(kind="updated", number=2, severity=Severity.WARNING), root.reference)
    await one.send(message(kind="raised", number=3), root.reference)
    await one.send(message(kind="repeated", number=4), root.reference)
    last = await one.send(message(kind="closed", number=5, headline="Acme: closed"), root.reference)

    assert root.reference == last.reference == f"{CHANNEL}:{slack.posts[0]['ts']}"
    assert len(slack.cards()) == 1
    assert slack.cards()[0]["text"] == "Acme: closed (INC-2031·5)"
    assert [(reply["thread_ts"], reply["reply_broadcast"]) for reply in slack.replies()] == [
        (slack.posts[0]["ts"], True),
        (slack.posts[0]["ts"], False),
        (slack.posts[0]["ts"], False),
    ]
    assert all(post["unfurl_links"] is post["unfurl_media"] is post["link_names"] is False for post in slack.posts)


async def test_people_are_called_once_when_it_becomes_critical(slack):
    one = bot(slack)
    root = await one.send(message(severity=Severity.WARNING), None)
    await one.send(message(kind="raised", number=2), root.reference)
    await one.send(message(kind="repeated", number=3), root.reference)

    called = ["<@U0123456789>" in json.dumps(post) for post in slack.posts]
    assert called == [False, True, False]


@pytest.mark.parametrize("kind", ["opened", "raised", "repeated", "closed"])
async def test_a_post_whose_answer_was_lost_is_found_even_after_a_restart(slack, kind):
    root = None if kind == "opened" else (await bot(slack).send(message(key="root"), None)).reference
    # Closing edits the card before it replies, and the edit is answered.
    slack.after_accepting = [Fault.RESET]
    if kind == "closed":
        slack.after_accepting.insert(0, Reply(200, b'{"ok":true,"channel":"C0PRALERTS","ts":"1.1"}'))
    later = message(kind=kind, number=2)

    attempt = await bot(slack).send(later, root)
    found = await bot(slack).find(later)

    assert attempt.outcome is Outcome.UNKNOWN
    assert found == Attempt(Outcome.DELIVERED, "found", f"{CHANNEL}:{slack.posts[0]['ts']}")


@pytest.mark.parametrize("kind", ["opened", "raised", "repeated", "closed"])
async def test_a_post_that_never_arrived_is_not_found(slack, kind):
    root = None if kind == "opened" else (await bot(slack).send(message(key="root"), None)).reference
    slack.errors = {"chat.postMessage": ["internal_error"]}
    later = message(kind=kind, number=2)

    attempt = await bot(slack).send(later, root)
    found = await bot(slack).find(later)

    assert attempt.outcome is Outcome.REFUSED
    assert found is not None
    assert found.outcome is Outcome.REFUSED


async def test_the_search_reads_all_pages(slack):
    one = bot(slack)
    await one.send(message(key="wanted"), None)
    for number in range(5):
        await one.send(message(key=f"other{number}", incident=f"INC-{number}"), None)
    slack.page_size = 2

    found = await one.find(message(key="wanted"))

    assert found is not None
    assert found.outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    "body",
    [b'{"ok":true,"messages":null}', b'{"ok":true,"messages":["x",{"ts":1}],"response_metadata":"?"}', b'{"ok":true}'],
)
async def test_a_strange_history_finds_nothing_and_breaks_nothing(slack, body):
    slack.faults = [Reply(200, body), Reply(200, body)]

    found = await bot(slack).find(message())

    assert found is not None
    assert found.outcome is Outcome.REFUSED


async def test_a_search_without_the_right_to_read_says_that_it_cannot_be_asked(slack):
    slack.errors = {"conversations.history": ["missing_scope"]}

    assert await bot(slack).find(message()) is None


async def test_a_search_that_slack_puts_off_leaves_it_unknown(slack):
    slack.errors = {"conversations.history": ["ratelimited"]}

    found = await bot(slack).find(message())

    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


async def test_a_lost_answer_to_an_edit_is_simply_repeated(slack):
    one = bot(slack)
    root = await one.send(message(), None)
    slack.after_accepting = [Fault.RESET]

    first = await one.send(message(kind="updated", number=2), root.reference)
    second = await one.send(message(kind="updated", number=2), root.reference)

    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.DELIVERED)
    assert len(slack.posts) == 1


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_is_gone_is_posted_anew(slack, error):
    one = bot(slack)
    root = await one.send(message(), None)
    slack.errors = {"chat.update": [error]}

    attempt = await one.send(message(kind="updated", number=2), root.reference)

    assert attempt.outcome is Outcome.DELIVERED
    assert attempt.reference == f"{CHANNEL}:{slack.posts[1]['ts']}"


async def test_a_reply_counts_although_the_card_could_not_be_edited(slack):
    one = bot(slack)
    root = await one.send(message(), None)
    slack.errors = {"chat.update": ["internal_error"]}

    attempt = await one.send(message(kind="raised", number=2), root.reference)

    assert attempt.outcome is Outcome.DELIVERED
    assert "internal_error" in attempt.detail
    assert attempt.reference == root.reference


async def test_blocks_beyond_the_limits_go_out_as_plain_text(slack):
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    one = bot(slack, slack_blocks=lambda _: long, plain=lambda _: "<!channel> " + "y" * 5000)

    attempt = await one.send(message(), None)

    assert attempt.outcome is Outcome.DELIVERED
    assert slack.posts[0]["blocks"] == []
    assert slack.posts[0]["text"].startswith("&lt;!channel&gt; y")
    assert slack.calls == ["chat.postMessage", "chat.postMessage"]


async def test_plain_text_is_tried_once(slack):
    slack.errors = {"chat.postMessage": ["invalid_blocks", "invalid_blocks", "invalid_blocks"]}

    attempt = await bot(slack).send(message(), None)

    assert attempt.outcome is Outcome.REJECTED
    assert len(slack.calls) == 2


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.HANG, Outcome.UNKNOWN),
        (Fault.DRIP, Outcome.UNKNOWN),
        (Fault.RESET, Outcome.UNKNOWN),
        (Fault.GARBAGE, Outcome.UNKNOWN),
        (Reply(200, b"<html>sign in</html>"), Outcome.UNKNOWN),
        (Reply(200, b"ok"), Outcome.UNKNOWN),
        (Reply(302, b"", {"Location": "/elsewhere"}), Outcome.REJECTED),
        (Reply(500, b"oops"), Outcome.REFUSED),
        (Reply(200, b'{"ok":false,"error":"account_inactive"}'), Outcome.REJECTED),
    ],
)
async def test_what_slack_answers_decides_the_outcome(slack, fault, outcome, monkeypatch):
    if fault in (Fault.HANG, Fault.DRIP):  # nothing else ends these; the others have their usual time
        monkeypatch.setattr(exchanging, "DEADLINE", timedelta(seconds=2))
    slack.faults = [fault]

    attempt = await bot(slack).send(message(), None)

    assert attempt.outcome is outcome
    assert len(slack.calls) == 1
    assert TOKEN not in attempt.detail


async def test_slack_says_how_long_to_wait(slack):
    slack.faults = [Reply(429, b'{"ok":false,"error":"ratelimited"}', {"Retry-After": "30"})]

    attempt = await bot(slack).send(message(), None)

    assert (attempt.outcome, attempt.retry_after) == (Outcome.REFUSED, timedelta(seconds=30))


async def test_a_slack_webhook_gets_a_new_message_for_each_state():
    async with HttpServer(lambda _: Reply(200, b"ok")) as server:
        one = channel("slack", {"webhook_url": f"{server.url}/services/hunter2"})
        attempts = [
            await one.send(message(kind=kind, number=n + 1), None) for n, kind in enumerate(("opened", "closed"))
        ]
        await one.close()

    assert [attempt.outcome for attempt in attempts] == [Outcome.DELIVERED] * 2
    assert [json.loads(request.body)["text"][-12:] for request in server.requests] == ["(INC-2031·1)", "(INC-2031·2)"]
    assert not one.abilities.edits
    assert await one.find(message()) is None


async def test_a_slack_webhook_that_dislikes_blocks_gets_plain_text():
    answers = [Reply(400, b"invalid_blocks"), Reply(200, b"ok")]
    async with HttpServer(lambda _: answers.pop(0)) as server:
        attempt = await send("slack", {"webhook_url": server.url})

    assert attempt.outcome is Outcome.DELIVERED
    assert json.loads(server.requests[1].body)["blocks"] == []


async def test_what_is_over_is_edited_and_never_posted_anew(slack):
    one = bot(slack)
    first = await one.send(message(), None)
    slack.posts.clear()

    gone = await one.send(message(kind="updated", number=2, is_over=True), first.reference)
    unknown = await one.send(message(kind="updated", number=3, is_over=True), None)

    assert [gone.outcome, unknown.outcome] == [Outcome.DELIVERED, Outcome.DELIVERED]
    assert slack.posts == []
