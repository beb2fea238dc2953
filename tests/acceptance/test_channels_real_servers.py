"""E-mail and webhooks against real servers on this machine, and against what goes wrong there."""

from __future__ import annotations

import asyncio
import base64
import email
import hmac
import json
import sys
from datetime import timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

sys.path.append(str(Path(__file__).parents[1] / "channels"))

from builders_channels import LINKS, NOW, PNG, FakeClock, channel, message, send
from http_server import Fault, HttpServer, Reply, Request
from smtp_server import DROP, HANG, ScriptedSmtp

from crisiswatch.channels import exchanging
from crisiswatch.channels.email import sending
from crisiswatch.core.outbox import Outcome

pytestmark = pytest.mark.acceptance

SECRET = "whsec_" + base64.b64encode(b"a key for tests").decode()


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def shorten_deadlines(patch: pytest.MonkeyPatch) -> None:
    """Give up soon, where nothing else ends an attempt; whatever is answered has its usual time."""
    for module in (exchanging, sending):
        patch.setattr(module, "DEADLINE", timedelta(seconds=2))


class Inbox:
    """What aiosmtpd received."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Any]] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=policy.default)))
        return "250 kept"


@pytest.fixture
async def inbox() -> Any:
    box = Inbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()


def mail_options(port: int, *to: str) -> dict[str, Any]:
    return {"to": to or ("oncall@example.org",), "smtp": f"smtp://127.0.0.1:{port}"}


async def test_a_mail_arrives_whole(inbox):
    attempt = await send("email", mail_options(inbox.port, "a@example.org", "b@example.org"))

    to, mail = inbox.mails[0]
    picture = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert attempt.outcome is Outcome.DELIVERED
    assert attempt.reference == "<INC-2031.1.pr-team@cw.example.org>"
    assert to == ["a@example.org", "b@example.org"]
    assert mail.get_all("Message-ID") == [attempt.reference]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in mail.get_body(("html",)).get_content()
    assert picture.get_content() == PNG
    assert all(link in mail.get_body(("plain",)).get_content() for link in LINKS)


async def test_a_thread_of_mails_keeps_its_subject_and_its_root(inbox):
    one = channel("email", mail_options(inbox.port))
    root = await one.send(message(), None)
    await one.send(message(kind="updated", number=2), root.reference)
    await one.send(message(kind="closed", number=3), root.reference)

    mails = [mail for _, mail in inbox.mails]
    assert {mail["Subject"].removeprefix("Re: ") for mail in mails} == {message().thread_subject}
    assert [mail["References"] for mail in mails] == [None, root.reference, root.reference]
    assert len({mail["Message-ID"] for mail in mails}) == 3


async def test_a_hostile_message_reaches_only_the_configured_address(inbox):
    evil = "x\r\nBcc: everybody@evil.example\r\n\r\n.\r\nMAIL FROM:<a@evil.example>\r\n"

    await send(
        "email", mail_options(inbox.port), headline=evil, thread_subject=evil, state=evil, brand=evil, kind="raised"
    )

    assert [to for to, _ in inbox.mails] == [["oncall@example.org"]]
    assert inbox.mails[0][1]["Bcc"] is None


@pytest.mark.parametrize(
    ("script", "outcome", "arrived"),
    [
        ({}, Outcome.DELIVERED, 1),
        ({"CONNECT": "421 busy"}, Outcome.REFUSED, 0),
        ({"CONNECT": DROP}, Outcome.REFUSED, 0),
        ({"MAIL": "451 later"}, Outcome.REFUSED, 0),
        ({"MAIL": "553 no"}, Outcome.REJECTED, 0),
        ({"MAIL": DROP}, Outcome.REFUSED, 0),
        ({"MAIL": HANG}, Outcome.REFUSED, 0),
        ({"RCPT oncall@example.org": "450 grey"}, Outcome.REFUSED, 0),
        ({"RCPT oncall@example.org": "550 nobody"}, Outcome.REJECTED, 0),
        ({"END": "450 full"}, Outcome.REFUSED, 0),
        ({"END": "550 spam"}, Outcome.REJECTED, 0),
        ({"END": DROP}, Outcome.UNKNOWN, 1),
        ({"END": HANG}, Outcome.UNKNOWN, 1),
        ({"END": "what?"}, Outcome.UNKNOWN, 1),
        ({"CONNECT": "what?"}, Outcome.REFUSED, 0),
        ({"QUIT": DROP}, Outcome.DELIVERED, 1),
        ({"QUIT": HANG}, Outcome.DELIVERED, 1),
    ],
)
async def test_where_an_smtp_exchange_breaks_decides_the_outcome(script, outcome, arrived, monkeypatch):
    if HANG in script.values():
        shorten_deadlines(monkeypatch)
    async with ScriptedSmtp(script) as server:
        attempt = await send("email", mail_options(server.port))

    assert attempt.outcome is outcome
    assert len(server.mails) == arrived


async def test_a_closed_port_is_a_refusal():
    async with ScriptedSmtp({}) as server:
        port = server.port

    assert (await send("email", mail_options(port))).outcome is Outcome.REFUSED


async def test_an_address_that_is_refused_for_now_is_tried_again_alone():
    async with ScriptedSmtp({"RCPT b@example.org": "450 grey"}) as server:
        one = channel("email", mail_options(server.port, "a@example.org", "b@example.org"))
        first = await one.send(message(), None)
        del server.script["RCPT b@example.org"]
        second = await one.send(message(), None)

    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.DELIVERED)
    assert [to for to, _ in server.mails] == [["a@example.org"], ["b@example.org"]]


async def test_an_address_that_does_not_exist_does_not_keep_the_others_waiting():
    async with ScriptedSmtp({"RCPT b@example.org": "550 nobody"}) as server:
        attempt = await send("email", mail_options(server.port, "a@example.org", "b@example.org"))

    assert attempt.outcome is Outcome.DELIVERED
    assert attempt.detail == "1 of 2 addresses accepted; refused: 550"


async def test_a_server_that_repeats_the_password_does_not_get_it_into_the_detail():
    script = {"EHLO": "250 AUTH PLAIN", "AUTH": "235 fine", "MAIL": "553 hunter2 is not welcome, robot"}
    async with ScriptedSmtp(script) as server:
        attempt = await send("email", {"to": ["a@example.org"], "smtp": f"smtp://127.0.0.1:{server.port}"})
        with_login = await send(
            "email", {"to": ["a@example.org"], "smtp": f"smtp://robot:hunter2@127.0.0.1:{server.port}"}
        )

    assert "hunter2" in attempt.detail
    assert with_login.outcome is Outcome.REJECTED
    assert "hunter2" not in with_login.detail


async def test_without_starttls_nothing_is_sent():
    async with ScriptedSmtp({}) as server:
        attempt = await send("email", {"to": ["a@example.org"], "smtp": f"smtp://127.0.0.1:{server.port}?starttls"})

    assert attempt.outcome is Outcome.REJECTED
    assert server.mails == []


def is_signed(request: Request, key: bytes) -> bool:
    """Verify as the Standard Webhooks specification says, from the request alone."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    wanted = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    given = [part.partition(",") for part in request.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(value, wanted) for version, _, value in given)


async def test_an_event_arrives_signed():
    async with HttpServer(lambda _: Reply(204)) as server:
        attempt = await send("webhook", {"url": f"{server.url}/in", "secret": SECRET, "headers": {"X-Team": "pr"}})

    request = server.requests[0]
    assert attempt.outcome is Outcome.DELIVERED
    assert is_signed(request, b"a key for tests")
    assert not is_signed(Request(request.path, request.headers, request.body + b" "), b"a key for tests")
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["idempotency-key"] == request.headers["webhook-id"] == message().key
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert request.headers["x-team"] == "pr"
    assert json.loads(request.body)["id"] == message().key


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(500, b"down"), Outcome.REFUSED),
        (Reply(502), Outcome.UNKNOWN),
        (Reply(404, b"?"), Outcome.REJECTED),
        (Fault.GARBAGE, Outcome.UNKNOWN),
        (Fault.HANG, Outcome.UNKNOWN),
        (Fault.DRIP, Outcome.UNKNOWN),
        (Fault.RESET, Outcome.UNKNOWN),
        (Fault.ENDLESS_BODY, Outcome.REFUSED),
        (Reply(200, b"short", {"Content-Length": "900000000"}), Outcome.DELIVERED),
    ],
)
async def test_what_a_webhook_answers_decides_the_outcome(answer, outcome, monkeypatch):
    if answer in (Fault.HANG, Fault.DRIP):
        shorten_deadlines(monkeypatch)
    async with HttpServer(lambda _: answer) as server:
        attempt = await send("webhook", {"url": f"{server.url}/hunter2"})

    assert attempt.outcome is outcome
    assert len(server.requests) == 1
    assert "hunter2" not in attempt.detail


async def test_a_busy_webhook_names_the_time_to_come_back():
    async with HttpServer(lambda _: Reply(429, b"", {"Retry-After": "Sun, 01 Mar 2026 14:01:00 GMT"})) as server:
        attempt = await send("webhook", {"url": server.url})

    assert (attempt.outcome, attempt.retry_after) == (Outcome.REFUSED, timedelta(minutes=1))


async def test_a_redirect_is_not_followed():
    async with HttpServer(lambda _: Reply(302, b"", {"Location": "/internal"})) as server:
        attempt = await send("webhook", {"url": f"{server.url}/in"})

    assert attempt.outcome is Outcome.REJECTED
    assert [request.path for request in server.requests] == ["/in"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://no-such-host.invalid/"])
async def test_nobody_there_is_a_refusal(url):
    async with HttpServer(lambda _: Reply()) as server:
        port = int(server.url.rsplit(":", 1)[1])

    assert (await send("webhook", {"url": url.format(port=port)})).outcome is Outcome.REFUSED


async def test_a_repeat_after_silence_is_the_same_to_the_last_byte():
    answers: list[Reply | Fault] = [Fault.RESET, Reply(200)]
    async with HttpServer(lambda _: answers.pop(0)) as server:
        one = channel("webhook", {"url": server.url})
        await one.send(message(), None)
        await one.send(message(headline="Acme: rendered anew"), None)
        await one.close()

    assert server.requests[0].body == server.requests[1].body
    assert server.requests[0].headers["idempotency-key"] == server.requests[1].headers["idempotency-key"]


async def test_a_repeat_after_a_refusal_says_what_is_true_now():
    answers = [Reply(503), Reply(200)]
    async with HttpServer(lambda _: answers.pop(0)) as server:
        one = channel("webhook", {"url": server.url})
        await one.send(message(), None)
        await one.send(message(headline="Acme: rendered anew"), None)
        await one.close()

    assert b"rendered anew" in server.requests[1].body


async def test_a_clock_of_another_year_signs_with_its_own_time():
    clock = FakeClock(NOW + timedelta(days=400))
    async with HttpServer(lambda _: Reply(200)) as server:
        one = channel("webhook", {"url": server.url, "secret": "plain text"}, clock=clock)
        await one.send(message(), None)
        await one.close()

    assert is_signed(server.requests[0], b"plain text")
    assert server.requests[0].headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
