"""Forty deliveries to `/slack/actions` as an attacker, a broken proxy or Slack would send them, read by a real bot."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from crisiswatch.channels import CATALOGUE
from crisiswatch.channels.slack.bot import SlackBot
from crisiswatch.core.answering import Deed
from crisiswatch.plugins import ChannelTools
from tests.console.console_fakes import NOW, World, client

SECRET = "canary-signing-secret"
NOW_STAMP = str(int(NOW.timestamp()))


def body_of(person: str = "U0123456789", value: str = "INC-7", type_: str = "block_actions") -> bytes:
    action = {"action_id": "acknowledge", "type": "button", "value": value}
    press = {"type": type_, "user": {"id": person, "name": "maria"}, "actions": [action]}
    return urlencode({"payload": json.dumps(press)}).encode()


GOOD = body_of()
DIALOG = body_of(type_="view_submission")
NOT_UTF8 = b"payload=" + b"\xff\xfe\x80"


def signature(body: bytes = GOOD, stamp: str = NOW_STAMP, secret: str = SECRET, version: str = "v0") -> str:
    mac = hmac.new(secret.encode(), f"{version}:{stamp}:".encode() + body, "sha256").hexdigest()
    return f"{version}={mac}"


def headers(stamp: str | bytes = NOW_STAMP, signed: str | bytes | None = None) -> dict[str, str | bytes]:
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature() if signed is None else signed,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def at(seconds: int) -> dict[str, str | bytes]:
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    return headers(stamp, signature(stamp=stamp))


def without(name: str) -> dict[str, str | bytes]:
    return {key: value for key, value in headers().items() if key != name}


Vector = tuple[Mapping[str, str | bytes], bytes, int]
VECTORS: dict[str, Vector] = {
    "as Slack sends it": (headers(), GOOD, 200),
    "299 s late": (at(-299), GOOD, 200),
    "300 s late": (at(-300), GOOD, 200),
    "301 s late": (at(-301), GOOD, 401),
    "299 s early": (at(299), GOOD, 200),
    "301 s early": (at(301), GOOD, 401),
    "a day late": (at(-86_400), GOOD, 401),
    "no timestamp": (without("X-Slack-Request-Timestamp"), GOOD, 401),
    "no signature": (without("X-Slack-Signature"), GOOD, 401),
    "neither": ({}, GOOD, 401),
    "empty timestamp": (headers(""), GOOD, 401),
    "a word as timestamp": (headers("soon", signature(stamp="soon")), GOOD, 401),
    "a negative timestamp": (headers("-1", signature(stamp="-1")), GOOD, 401),
    "a fraction as timestamp": (headers(f"{NOW_STAMP}.0", signature(stamp=f"{NOW_STAMP}.0")), GOOD, 401),
    "an exponent as timestamp": (headers("1e9", signature(stamp="1e9")), GOOD, 401),
    "400 digits": (headers("9" * 400, signature(stamp="9" * 400)), GOOD, 401),
    "digits of another script": (headers(("٣" * 10).encode(), signature(stamp="٣" * 10)), GOOD, 401),
    "a timestamp that is not UTF-8": (headers(b"\xff\xfe"), GOOD, 401),
    "zero": (headers("0", signature(stamp="0")), GOOD, 401),
    "empty signature": (headers(signed=""), GOOD, 401),
    "version alone": (headers(signed="v0="), GOOD, 401),
    "another version": (headers(signed=signature(version="v1")), GOOD, 401),
    "no version": (headers(signed=signature().removeprefix("v0=")), GOOD, 401),
    "capitals": (headers(signed=signature().upper()), GOOD, 401),
    "cut short": (headers(signed=signature()[:-1]), GOOD, 401),
    "one letter more": (headers(signed=signature() + "0"), GOOD, 401),
    "a signature that is not UTF-8": (headers(signed=b"v0=\xff\xfe"), GOOD, 401),
    "another secret": (headers(signed=signature(secret="guess")), GOOD, 401),
    "an empty secret": (headers(signed=signature(secret="")), GOOD, 401),
    "another timestamp than was signed": (headers(str(int(NOW_STAMP) + 1)), GOOD, 401),
    "another body than was signed": (headers(), GOOD + b"&x=1", 401),
    "another incident than was signed": (headers(), body_of(value="INC-8"), 401),
    "another person than was signed": (headers(), body_of(person="U0000000EVE"), 401),
    "no body": (headers(), b"", 401),
    "a body that is not UTF-8, unsigned": (headers(), NOT_UTF8, 401),
    "a body that is not UTF-8, signed": (headers(signed=signature(NOT_UTF8)), NOT_UTF8, 400),
    "no payload, signed": (headers(signed=signature(b"a=1")), b"a=1", 400),
    "JSON in place of a form, signed": (headers(signed=signature(b"{}")), b"{}", 400),
    "deep JSON, signed": (headers(signed=signature(b"payload=" + b"[" * 9_000)), b"payload=" + b"[" * 9_000, 400),
    "a dialog, signed": (headers(signed=signature(DIALOG)), DIALOG, 200),
}  # fmt: skip
ACTING = {name for name, (_, body, status) in VECTORS.items() if status == 200 and body == GOOD}


def console() -> tuple[World, object]:
    world = World()
    tools = ChannelTools(
        isolator=None,
        plain=str,
        email_html=str,
        slack_blocks=lambda message: [],
        host="h",
        clock=world.clock,  # type: ignore[arg-type]
    )
    kind = CATALOGUE["slack"]
    options = {"token": "xoxb-1", "channel": "#x", "signing_secret": SECRET}
    bot = kind.build("pr", kind.options.model_validate(options), tools)
    assert isinstance(bot, SlackBot)
    return world, client(world.doors(pressed=bot.pressed))


@pytest.mark.parametrize("name", VECTORS)
async def test_a_delivery_counts_only_as_slack_signed_it(name: str) -> None:
    sent, body, status = VECTORS[name]
    world, visitor = console()

    answer: Any = await visitor.post("/slack/actions", content=body, headers=sent)  # type: ignore[attr-defined]

    assert answer.status_code == status
    assert [given.deed for _, given in world.answered] == ([Deed.ACKNOWLEDGE] if name in ACTING else [])
    assert SECRET not in answer.text


async def test_the_same_delivery_thrice_acts_once() -> None:
    world, visitor = console()

    statuses = [
        (await visitor.post("/slack/actions", content=GOOD, headers=headers())).status_code  # type: ignore[attr-defined]
        for _ in range(3)
    ]

    assert (statuses, len(world.answered)) == ([200, 401, 401], 1)


def test_there_are_more_vectors_than_asked_for() -> None:
    assert len(VECTORS) >= 25
    assert len(ACTING) == 4
