"""Slack with pictures and buttons, against a server that checks both: private files, limits, Socket Mode."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from builders_channels import PNG, FakeClock, channel, message
from http_server import Fault, Reply
from slack_server import APP_TOKEN, TOKEN, FakeSlack
from test_slack_presses import SECRET, body_of, payload, signed
from websockets.asyncio.server import ServerConnection, serve

from crisiswatch.channels.slack import pictures
from crisiswatch.core.abilities import Answerable
from crisiswatch.core.hushing import Press
from crisiswatch.core.outbox import Outcome
from crisiswatch.engine.listening import Listener
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def slack() -> Any:
    fake = FakeSlack()
    async with fake.server:
        yield fake


def bot(slack: FakeSlack, clock: FakeClock | None = None, **options: Any) -> Any:
    whole = {"token": TOKEN, "channel": "#pr-alerts", "base_url": f"{slack.server.url}/api/", **options}
    tools = {"slack_blocks": slack_blocks, "slack_buttons": slack_buttons, "clock": clock or FakeClock()}
    return channel("slack", whole, **tools)


def pictures_of(post: dict[str, Any]) -> list[str]:
    return [block["slack_file"]["id"] for block in post["blocks"] if block["type"] == "image"]


async def test_the_text_comes_first_and_its_picture_is_a_private_file(slack):
    attempt = await bot(slack).send(message(), None)

    assert attempt.outcome is Outcome.DELIVERED
    assert slack.calls == [
        "chat.postMessage", "files.getUploadURLExternal", "F000000000", "files.completeUploadExternal", "chat.update",
    ]  # fmt: skip
    assert slack.files == {"F000000000": PNG}
    [card] = slack.cards()
    kinds = [block["type"] for block in card["blocks"]]
    assert kinds.index("image") + 1 == kinds.index("actions")
    assert "public" not in json.dumps(card)


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.HANG, Reply(500, b"{}"), Reply(429, b'{"ok":false,"error":"ratelimited"}'),
              Reply(200, b'{"ok":false,"error":"missing_scope"}')]
)  # fmt: skip
async def test_a_picture_that_fails_never_fails_the_alert(slack, fault, monkeypatch):
    monkeypatch.setattr(pictures, "UPLOAD_WITHIN", timedelta(seconds=1))
    slack.file_faults = [fault]

    attempt = await bot(slack).send(message(), None)

    assert attempt.outcome is Outcome.DELIVERED
    assert pictures_of(slack.cards()[0]) == []


async def test_a_bot_that_may_not_upload_is_not_asked_again(slack):
    slack.errors["files.getUploadURLExternal"] = ["missing_scope"]
    one = bot(slack)

    await one.send(message(), None)
    await one.send(message(incident="INC-2032"), None)

    assert slack.calls.count("files.getUploadURLExternal") == 1


async def test_a_card_whose_file_is_not_ready_keeps_its_blocks(slack):
    one = bot(slack)
    first = await one.send(message(), None)
    slack.shown.clear()

    again = await one.send(message(kind="updated", number=2), first.reference)

    assert again.outcome is Outcome.DELIVERED
    assert pictures_of(slack.cards()[0]) == []
    assert any(block["type"] == "actions" for block in slack.cards()[0]["blocks"])


async def test_edits_draw_a_new_picture_every_ten_minutes(slack):
    clock = FakeClock()
    one = bot(slack, clock)
    first = await one.send(message(), None)
    for number in range(2, 14):
        clock.at += timedelta(minutes=1)
        await one.send(message(kind="updated", number=number), first.reference)

    assert len(slack.files) == 2
    assert pictures_of(slack.cards()[0]) == ["F000000001"]


async def test_an_edit_for_which_nothing_can_be_drawn_keeps_the_picture_of_the_card(slack):
    one = bot(slack)
    first = await one.send(message(), None)
    await one.send(message(incident="INC-2032", picture=None), None)

    edited = await one.send(message(kind="updated", number=2, picture=None, is_over=True), first.reference)

    assert edited.outcome is Outcome.DELIVERED
    assert [pictures_of(card) for card in slack.cards()] == [["F000000000"], []]
    assert len(slack.files) == 1


async def test_bytes_go_to_slack_alone(slack):
    asked = {"ok": True, "file_id": "F1", "upload_url": "http://169.254.169.254/x"}
    slack.faults = [
        Reply(200, b'{"ok":true,"channel":"C0PRALERTS","ts":"1.1"}'),
        Reply(200, json.dumps(asked).encode()),
    ]

    await bot(slack).send(message(), None)

    assert slack.calls == ["chat.postMessage", "files.getUploadURLExternal"]


async def test_a_press_is_read_by_the_channel_that_holds_the_secret(slack):
    one = bot(slack, signing_secret=SECRET)
    body = body_of(payload())

    pressed = one.pressed(signed(body), body, one._tools.clock.now())

    assert (pressed.incident, pressed.given.by) == (7, "maria")
    with pytest.raises(SourceRejected):
        bot(slack).pressed(signed(body), body, one._tools.clock.now())


async def test_cards_of_a_reachable_app_have_buttons_that_act(slack):
    await bot(slack, signing_secret=SECRET).send(message(), None)
    await bot(slack).send(message(incident="INC-2032"), None)

    live, linked = (next(b for b in card["blocks"] if b["type"] == "actions") for card in slack.cards())
    assert [element["action_id"] for element in live["elements"]] == [
        "acknowledge", "verdict", "open", "silence", "close",
    ]  # fmt: skip
    assert all("url" in element for element in linked["elements"])
    assert live["block_id"] == "answer:pr-team", "by which a press says whose card it was"


@asynccontextmanager
async def socket(slack: FakeSlack, *frames: Any, then_close: bool = False):
    """Stand for Slack's end of the socket: send frames, remember what is acknowledged."""
    acked: list[str] = []
    done = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "hello"}))
        for number, frame in enumerate(frames):
            await connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
            if isinstance(frame, dict) and "envelope_id" in frame:
                slack.acknowledged.append(json.loads(await connection.recv()))
                acked.append(slack.acknowledged[-1]["envelope_id"])
            if number == len(frames) - 1:
                done.set()
        if not then_close:
            await connection.wait_closed()

    async with serve(talk, "127.0.0.1", 0) as server:
        slack.socket_url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/link"
        yield acked, done


def envelope(id_: str, **changes: Any) -> dict[str, Any]:
    return {"envelope_id": id_, "type": "interactive", "payload": payload(**changes)}


async def test_socket_mode_hears_presses_and_acknowledges_each(slack):
    heard: list[Press] = []

    async def take(pressed: Press) -> bool:
        heard.append(pressed)
        return True

    frames = [
        envelope("1"), "{not json", b"\x00", envelope("2", action="open"), {"type": "events_api", "envelope_id": "3"},
        envelope("4", action="verdict", value="INC-9:campaign"), {"type": "disconnect", "reason": "refresh"},
    ]  # fmt: skip
    async with socket(slack, *frames) as (acked, _):
        await bot(slack, app_token=APP_TOKEN).listen(take)

    assert acked == ["1", "2", "3", "4"]
    assert [(pressed.incident, pressed.given.deed.value) for pressed in heard] == [(7, "ack"), (9, "verdict")]


async def test_presses_from_elsewhere_are_acknowledged_to_slack_and_ignored(slack):
    heard: list[Press] = []

    async def take(pressed: Press) -> bool:
        heard.append(pressed)
        return True

    async with socket(slack, envelope("1"), {"type": "disconnect"}) as (acked, _):
        await bot(slack, app_token=APP_TOKEN, team_id="T0OURS0001").listen(take)

    assert (acked, heard) == (["1"], [])


async def test_a_socket_with_the_wrong_token_is_given_up_and_a_broken_one_is_not(slack):
    async def take(pressed: Press) -> bool:
        raise AssertionError("nothing was pressed")

    with pytest.raises(SourceRejected, match="invalid_auth"):
        await bot(slack, app_token="xapp-other").listen(take)
    slack.socket_url = "ws://127.0.0.1:9/"
    with pytest.raises(SourceUnavailable):
        await bot(slack, app_token=APP_TOKEN).listen(take)
    slack.socket_url = "http://127.0.0.1/"
    with pytest.raises(SourceUnavailable):
        await bot(slack, app_token=APP_TOKEN).listen(take)


async def test_the_daemons_ear_comes_back_after_slack_closes_the_socket(slack):
    heard: asyncio.Queue[Press] = asyncio.Queue()
    one = bot(slack, app_token=APP_TOKEN)
    assert isinstance(one, Answerable)
    listener = Listener(FakeClock(), heard.put)
    listener.use({"team": one})
    async with socket(slack, envelope("1"), then_close=True):
        running = asyncio.ensure_future(listener.run())
        first, second = await heard.get(), await heard.get()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert first == second
    assert slack.calls.count("apps.connections.open") >= 2
