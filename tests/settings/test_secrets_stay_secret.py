"""Whatever way a secret comes in, it never comes out."""

import traceback
from pathlib import Path

import pytest
from config_writing import WHOLE, loaded, write
from fake_catalogues import CANARY, CATALOGUES, ENVIRON

from crisiswatch.errors import ConfigError
from crisiswatch.settings import Absent, check, config_hash, diff, load, read_texts, render, show

HOLDING = f"""\
version: 1
brands: [{{name: Acme, match: [acme]}}]
sources:
  - {{name: press, type: rss, url: "https://news.example/rss?key=${{FEED_KEY}}", headers: {{X-Key: "${{FEED_KEY}}"}}}}
  - {{name: literal, type: rss, url: "https://news.example/2", headers: {{X-Key: {CANARY}}}}}
  - {{name: hook, type: webhook, secret_file: hook}}
receivers:
  - {{name: chat, type: slack, channel: "${{FEED_KEY}}", token: "${{SLACK_TOKEN}}"}}
  - {{name: mail, type: email, to: [a@example.org], smtp: "${{NONE:-smtp://robot:{CANARY}@mail.example.org}}"}}
  - name: many-lines
    type: apprise
    url: |
      ntfys://{CANARY}@ntfy.example.org/
store: {{url: "postgresql://crisiswatch:{CANARY}@db.example.org/crisiswatch"}}
heartbeat: {{url: "https://ping.example.org/{CANARY}"}}
"""
BREAKAGES = {
    "wrong channel": HOLDING.replace("type: slack", "type: slak"),
    "wrong source key": HOLDING.replace("secret_file", "secrt_file"),
    "wrong receiver key": HOLDING.replace("smtp:", "smpt:"),
    "plug-in refuses": HOLDING.replace("smtp://", "http://"),
    "store": HOLDING.replace("postgresql://", "mysql://"),
    "heartbeat": HOLDING.replace("https://ping", "ping"),
    "source address": HOLDING.replace("https://news.example/rss?key=", ""),
    "not YAML": HOLDING.replace("store: {", "store: ["),
    "tab": HOLDING + "\t",
    "environment": HOLDING,
    "literal twice": HOLDING + f"    - {{token: {CANARY}}}\n",
    "list in place of a secret": HOLDING.replace(f"X-Key: {CANARY}", f"X-Key: [{CANARY}, {{a: {CANARY}}}]"),
    "key in place of a mapping": HOLDING.replace(f"{{X-Key: {CANARY}}}", CANARY),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hook").write_text(f"{CANARY}\n")
    return tmp_path


def test_settings_hold_the_secrets(folder: Path) -> None:
    settings = loaded(folder, HOLDING)

    assert settings.sources[2].options.model_dump()["secret"].get_secret_value() == CANARY
    assert CANARY in settings.store.url.get_secret_value()


def test_a_secret_is_in_nothing_that_is_shown(folder: Path) -> None:
    settings = loaded(folder, HOLDING)
    other = loaded(folder, HOLDING, {**ENVIRON, "FEED_KEY": f"{CANARY}-2", "SLACK_TOKEN": f"{CANARY}-3"})
    changed = loaded(folder, HOLDING.replace("#pr", "#other").replace("name: hook", "name: hook2"))

    outputs = [show(settings), repr(settings), str(settings), config_hash(settings), *diff(settings, other)]
    outputs += [*diff(settings, changed), *map(repr, settings.sources), *map(repr, settings.receivers)]
    outputs += [repr(settings.store), repr(settings.heartbeat), repr(settings.server)]

    assert [output for output in outputs if CANARY in output] == []
    assert diff(settings, other) != ()


@pytest.mark.parametrize("absent", Absent)
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_secret_is_in_no_report(folder: Path, breakage: str, absent: Absent) -> None:
    path = write(folder, BREAKAGES[breakage])
    environ = {**ENVIRON, "CRISISWATCH__HEARTBEAT__URL": CANARY} if breakage == "environment" else ENVIRON

    problems = check(path, environ, CATALOGUES, absent=absent)
    report = render(problems, read_texts(path, CATALOGUES))

    assert any(not told.is_warning for told in problems)
    assert CANARY not in report
    assert CANARY not in repr(problems)


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_secret_is_in_no_traceback(folder: Path, breakage: str) -> None:
    path = write(folder, BREAKAGES[breakage])
    environ = {**ENVIRON, "CRISISWATCH__HEARTBEAT__URL": CANARY}

    with pytest.raises(ConfigError) as raised:
        load(path, environ, CATALOGUES)

    assert CANARY not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "literal",
    [
        "xoxb-1234567890-abcdef",
        "xoxp-1234567890-abcdef",
        "https://hooks.slack.com/services/T0/B0/abcdef",
        "https://discord.com/api/webhooks/1234/abcdefghijklmnopqrstuvwxyz",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAABCDEFGHIJKLMNOP",
    ],
)
def test_a_secret_of_a_known_shape_is_an_error_wherever_it_stands(tmp_path: Path, literal: str) -> None:
    path = write(tmp_path, WHOLE.replace("match: [acme]", f"match: [acme, '{literal}']"))

    (told,) = check(path, ENVIRON, CATALOGUES)

    assert (told.code, told.line, told.is_warning) == ("plain-secret", 3, False)
    assert literal not in render((told,), read_texts(path, CATALOGUES))


def test_the_hash_does_not_depend_on_secrets(folder: Path) -> None:
    other = {name: f"{value}-rotated" for name, value in ENVIRON.items()}

    assert config_hash(loaded(folder, HOLDING)) == config_hash(loaded(folder, HOLDING, other))
