"""`notify preview`, `route` and `types`: what would be sent to whom and why, without sending anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_running import config, fill, run
from test_cli_stored import two_incidents

from crisiswatch.cli.terminal import Exit

RECEIVERS = {
    "mail": '{name: mail, type: email, to: [t@corp.example], smtp: "${SMTP_URL}"}',
    "chat": "{name: chat, type: slack, channel: '#pr', token: '${CHAT}', signing_secret: '${SECRET}'}",
    "hook": "{name: hook, type: webhook, url: '${HOOK}', secret: '${SECRET}'}",
    "pager": "{name: pager, type: pagerduty, routing_key: '${PAGER}'}",
    "am": "{name: am, type: alertmanager, url: 'http://127.0.0.1:9093', labels: {team: pr}}",
}
TOLD = "\n".join(
    [
        "receivers:", *(f"  - {line}" for line in RECEIVERS.values()),
        "routes:", "  receiver: mail", "  routes:",
        "    - {match: 'severity=\"critical\"', receivers: [pager, chat], continue: true}",
        "    - {match: 'incident_type=~\"safety|legal\"', receiver: hook}",
        "    - {match: 'brand=\"Globex\"', receiver: am}",
    ]
)  # fmt: skip


SECRETS = {
    "CHAT": "xoxb-canary",
    "SECRET": "canary-secret",
    "HOOK": "https://canary.example/x",
    "PAGER": "canary0canary0canary0canary0cana",
}


def whole(folder: Path) -> Path:
    return config(folder, "server: {public_url: 'https://cw.example'}", told=TOLD)


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_preview_is_what_the_channel_would_send_without_its_secrets(name: str, tmp_path: Path) -> None:
    found = run("notify", "preview", name, "-c", whole(tmp_path), **SECRETS)

    assert found.code == Exit.OK
    assert "Acme: 12× normal mentions, 65% negative" in found.out
    assert "canary" not in found.out + found.err
    assert "on a locked phone: Critical: Acme" in found.err
    if name != "mail":
        json.loads(found.out)


def test_a_preview_of_a_mail_can_be_opened_in_a_browser(tmp_path: Path) -> None:
    found = run("notify", "preview", "mail", "--out", tmp_path / "out", "-c", whole(tmp_path))

    assert {file.name for file in (tmp_path / "out").iterdir()} == {"mail.txt", "mail.html", "mail.png"}
    assert "https://cw.example/a/" in found.out
    assert (tmp_path / "out/mail.png").read_bytes().startswith(b"\x89PNG")


def test_a_preview_of_a_stored_incident_tells_of_it(tmp_path: Path) -> None:
    file = whole(tmp_path)
    fill(tmp_path, two_incidents)

    found = run("notify", "preview", "mail", "--incident", "INC-1", "--kind", "closed", "-c", file)

    assert found.code == Exit.OK
    assert "INC-1" in found.out
    assert run("notify", "preview", "mail", "--incident", "INC-99", "-c", file).code == Exit.NOTHING


@pytest.mark.parametrize("arguments", [["nobody"], ["mail", "--kind", "shouted"], ["mail", "--incident", "x"]])
def test_what_cannot_be_previewed_is_a_usage_error(arguments: list[str], tmp_path: Path) -> None:
    assert run("notify", "preview", *arguments, "-c", whole(tmp_path)).code == Exit.USAGE


def test_a_route_says_who_is_told_and_which_conditions_failed(tmp_path: Path) -> None:
    file = whole(tmp_path)

    text = run("notify", "route", "severity=critical", "incident_type=legal", "brand=Acme", "-c", file).out
    record = run("notify", "route", "severity=warning", "--json", "-c", file).json

    assert "told: pager, chat, hook" in text
    assert 'brand="Globex"' not in text
    assert record["receivers"] == ["mail"]
    assert [asked["missed"] for asked in record["asked"]][1:] == [
        ['severity="critical"'], ['incident_type=~"safety|legal"'], ['brand="Globex"'],
    ]  # fmt: skip


def test_a_route_of_a_stored_incident_uses_its_labels(tmp_path: Path) -> None:
    file = whole(tmp_path)
    fill(tmp_path, two_incidents)

    record = run("notify", "route", "INC-1", "--json", "-c", file).json

    assert (record["labels"]["brand"], record["labels"]["severity"]) == ("Acme", "warning")
    assert run("notify", "route", "INC-99", "-c", file).code == Exit.NOTHING
    assert run("notify", "route", "colour=red", "-c", file).code == Exit.USAGE


def test_types_is_a_table_of_what_each_way_can_do() -> None:
    table, rows = run("notify", "types").out, run("notify", "types", "--json").json

    assert [row["type"] for row in rows] == ["slack", "email", "webhook", "pagerduty", "alertmanager", "apprise"]
    assert all(
        set(way) >= {"edit", "thread", "picture", "answer", "end", "once"} for row in rows for way in row["ways"]
    )
    for way in ("slack bot", "slack webhook", "by dedup_key", "endsAt", "by References"):
        assert way in table
