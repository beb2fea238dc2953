"""`notify test`: one message, to servers that really listen."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cli_running import answering, config, run

from crisiswatch.cli.terminal import Exit

pytestmark = pytest.mark.acceptance

SECRET = "whsec_" + b64encode(b"only tests know this key").decode()


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 kept"


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """Run an SMTP server on a free port; give it and its URL."""
    kept = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield kept, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def receivers(*lines: str) -> str:
    names = [line.split("name: ")[1].split(",")[0] for line in lines]
    return "\n".join(["receivers:", *(f"  - {line}" for line in lines), f"routes: {{receivers: [{', '.join(names)}]}}"])


MAIL = '{name: team, type: email, to: [team@corp.example], smtp: "${SMTP_URL}"}'


def test_a_test_mail_arrives_marked_as_a_test(tmp_path: Path) -> None:
    with mailbox() as (kept, url):
        found = run("notify", "test", "team", "-c", config(tmp_path, told=receivers(MAIL)), SMTP_URL=url)

    [mail] = [message_from_bytes(content, policy=policy.default) for content in kept.mails]
    assert (found.code, found.err.split(" (")[0].strip()) == (Exit.OK, "team: delivered")
    assert "[TEST]" in mail["subject"]
    assert mail["to"] == "team@corp.example"
    assert mail["message-id"]


def test_a_test_event_arrives_signed(tmp_path: Path) -> None:
    with answering(status=204) as server:
        hook = f'{{name: hook, type: webhook, url: "{server.url}/in", secret: "${{HOOK}}"}}'
        found = run("notify", "test", "hook", "-c", config(tmp_path, told=receivers(hook)), HOOK=SECRET)

    [(path, headers, body)] = server.came
    assert (found.code, path) == (Exit.OK, "/in"), found.err
    assert headers["webhook-signature"].startswith("v1,")
    assert json.loads(body)["specversion"] == "1.0"


def test_every_receiver_is_tried_and_a_part_that_failed_is_told(tmp_path: Path) -> None:
    with answering(status=204) as server, answering(status=500) as broken:
        lines = [f'{{name: {name}, type: webhook, url: "{url}/", secret: "${{HOOK}}"}}'
                 for name, url in (("good", server.url), ("bad", broken.url))]  # fmt: skip
        found = run("notify", "test", "-c", config(tmp_path, told=receivers(*lines)), HOOK=SECRET)

    assert found.code == Exit.PARTIAL
    assert "good: delivered" in found.err
    assert "bad: unknown (HTTP 500" in found.err


def test_a_server_that_is_not_there_is_a_finding_not_a_traceback(tmp_path: Path) -> None:
    with mailbox() as (_, url):
        pass
    found = run("notify", "test", "-c", config(tmp_path, told=receivers(MAIL)), SMTP_URL=url)

    assert found.code == Exit.FINDINGS
    assert "team: refused" in found.err


def test_an_unknown_receiver_is_answered_with_those_that_are_known(tmp_path: Path) -> None:
    found = run("notify", "test", "taem", "-c", config(tmp_path))

    assert (found.code, "known: team" in found.err) == (Exit.USAGE, True)


def test_without_receivers_there_is_nothing_to_test(tmp_path: Path) -> None:
    assert run("notify", "test", "-c", config(tmp_path, told="")).code == Exit.NOTHING
