"""`doctor`, `completion`, `config diff`, `config explain` and `digest`: what they find and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import answering, config, fill, run
from test_cli_stored import two_incidents

from crisiswatch.cli.terminal import Exit


def test_doctor_names_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    file = config(tmp_path, "server: {listen: '127.0.0.1:9'}")
    fill(tmp_path, two_incidents)

    closed = {"SMTP_URL": "smtp://127.0.0.1:9"}
    text, record = run("doctor", "-c", file, **closed), run("doctor", "--json", "-c", file, **closed)

    found = {one["what"]: one["ok"] for one in record.json["findings"]}
    assert found == {
        "configuration": True, "receivers": True, "disk": True, "database": True, "sources": False, "messages": True,
        "daemon": False, "receiver team": False,
    }  # fmt: skip
    assert (text.code, record.code) == (Exit.FINDINGS, Exit.FINDINGS)
    assert "→ crisiswatch source test press" in text.out
    assert "→ start it: crisiswatch run" in text.out


def test_doctor_without_a_database_says_how_to_get_one(tmp_path: Path) -> None:
    with answering(b"{}") as server:
        file = config(tmp_path, f"server: {{listen: '127.0.0.1:{server.server_port}'}}", told="")
        found = {one["what"]: one for one in run("doctor", "--json", "-c", file).json["findings"]}

    assert (found["database"]["ok"], found["receivers"]["ok"], found["daemon"]["ok"]) == (False, False, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    found = run("completion", shell)

    assert found.code == Exit.OK
    assert "_CRISISWATCH_COMPLETE" in found.out


def test_a_diff_says_what_would_change_and_shows_no_secret(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old = config(tmp_path / "old", "defaults: {bucket: 5m}")
    new = config(tmp_path / "new", "defaults: {bucket: 10m}")

    changed, same = (
        run("config", "diff", old, new, SMTP_URL="smtps://user:canary@mail.example"),
        run("config", "diff", old, old),
    )

    assert (changed.code, same.code, same.out) == (Exit.FINDINGS, Exit.OK, "")
    assert '~ defaults.bucket: "5m" → "10m"' in changed.out
    assert "canary" not in changed.out


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("server.public_url", "alerts link there"), ("brands.kind", "one of: brand, product"),
        ("defaults.bucket", "default:"), ("receivers.signing_secret", "/slack/actions"), ("brands[0].rules", "keys:"),
    ],
)  # fmt: skip
def test_a_key_is_explained(key: str, part: str) -> None:
    found = run("config", "explain", key)

    assert found.code == Exit.OK
    assert part in found.out


def test_an_unknown_key_names_those_that_are_known_there() -> None:
    found = run("config", "explain", "server.pubic_url")

    assert found.code == Exit.USAGE
    assert "public_url" in found.err


def test_the_digest_says_what_was_wrong_and_what_was_not_seen(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    found = run("digest", "--since", "3650d", "-c", file)

    assert found.code == Exit.OK
    for part in ("is crisiswatch running?", "STILL OPEN", "INC-1", "TO BE JUDGED", "press: not seen for"):
        assert part in found.out, part
    assert run("digest", "--since", "soon", "-c", file).code == Exit.USAGE


def test_doctor_asks_receivers_that_can_be_asked(tmp_path: Path) -> None:
    file = config(
        tmp_path,
        told="receivers: [{name: nobody, type: email, to: [a@example.org], smtp: 'smtp://127.0.0.1:9'},\n"
        "  {name: hook, type: webhook, url: 'http://127.0.0.1:9/'}]\n"
        "routes: {receivers: [nobody, hook]}",
    )
    fill(tmp_path, two_incidents)

    found = {one["what"]: one for one in run("doctor", "--json", "-c", file).json["findings"]}

    assert [what for what in found if what.startswith("receiver ")] == ["receiver nobody"]
    assert found["receiver nobody"]["ok"] is False
    assert found["receiver nobody"]["do"] == "then crisiswatch notify test nobody"
