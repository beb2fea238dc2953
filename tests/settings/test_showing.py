"""Settings are shown as the file would say them, and compared key by key."""

from pathlib import Path

import pytest
from config_writing import SMALLEST, WHOLE, loaded, write
from fake_catalogues import CATALOGUES, ENVIRON
from ruamel.yaml import YAML

from crisiswatch.settings import config_hash, diff, load, show

RICH = (
    WHOLE
    + """\
mutes: [{name: nights, times: ["22:00-00:00"], weekdays: [sat, sunday], time_zone: Europe/Madrid}]
escalations:
  - {name: slow, repeat: null, steps: [{after: 0s, receivers: pr-team}, {after: 1h30m, receivers: [pr-team]}]}
store: {incident_days: null}
heartbeat: {url: "${NTFY_URL:-https://ping.example.org}", every: 90s}
"""
)


def test_shown_settings_are_a_config_again(tmp_path: Path) -> None:
    text = RICH.replace("NTFY_URL", "UNSET")
    first = loaded(tmp_path, text)
    shown = show(first).replace("url: '**********'", 'url: "${UNSET:-https://ping.example.org}"')
    second = load(write(tmp_path, shown), ENVIRON, CATALOGUES)

    assert diff(first, second) == ()
    assert config_hash(first) == config_hash(second)


def test_durations_and_times_are_shown_as_they_are_written(tmp_path: Path) -> None:
    shown = YAML(typ="safe").load(show(loaded(tmp_path, RICH.replace("NTFY_URL", "UNSET"))))

    assert shown["defaults"]["bucket"] == "5m"
    assert [step["after"] for step in shown["escalations"][0]["steps"]] == ["0s", "1h30m"]
    assert shown["mutes"][0]["times"] == ["22:00-24:00"]
    assert shown["mutes"][0]["weekdays"] == ["saturday", "sunday"]
    assert shown["receivers"][0]["token"] == "${SLACK_TOKEN}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/lib/crisiswatch.db", "sqlite:////var/lib/crisiswatch.db"),
        ("postgresql://db.example.org/crisiswatch", "postgresql://db.example.org/crisiswatch"),
        ("postgresql://me:word@db.example.org/crisiswatch", "**********"),
        ("postgresql://db.example.org/crisiswatch?password=word", "**********"),
    ],
)
def test_a_database_address_is_shown_unless_it_holds_credentials(tmp_path: Path, url: str, expected: str) -> None:
    shown = YAML(typ="safe").load(show(loaded(tmp_path, SMALLEST + f'store: {{url: "{url}"}}\n')))

    assert shown["store"]["url"] == expected


def test_a_difference_names_the_key_and_both_values(tmp_path: Path) -> None:
    old = loaded(tmp_path, WHOLE)
    new = loaded(tmp_path, WHOLE.replace("[acme]", "[acme, acmé]") + "defaults: {bucket: 1m}\n")

    assert diff(old, new) == (
        '~ defaults.bucket: "5m" → "1m"',
        '~ brands.Acme.match: ["acme"] → ["acme", "acmé"]',
    )


def test_named_things_are_compared_by_name_not_by_position(tmp_path: Path) -> None:
    first = "  - {name: press,"
    old = loaded(tmp_path, WHOLE)
    new = loaded(tmp_path, WHOLE.replace(first, f'  - {{name: hook, type: webhook, secret: "${{FEED_KEY}}"}}\n{first}'))

    lines, removed = diff(old, new), diff(new, old)

    assert '+ sources.hook.secret: "${FEED_KEY}"' in lines
    assert not [line for line in lines if "sources.press" in line]
    assert [line[1:] for line in lines if line.startswith("+ ")] == [line[1:] for line in removed if line[0] == "-"]


def test_of_a_changed_secret_only_the_change_is_said(tmp_path: Path) -> None:
    old = loaded(tmp_path, WHOLE)
    new = loaded(tmp_path, WHOLE, {**ENVIRON, "SLACK_TOKEN": "another"})

    assert diff(old, new) == ("~ receivers.pr-team.token: changed (hidden)",)


def test_equal_settings_have_no_difference_and_one_hash(tmp_path: Path) -> None:
    plain = loaded(tmp_path, WHOLE)
    rewritten = loaded(tmp_path, "# a comment\n" + WHOLE.replace("match: [acme]", 'match: "acme"'))

    assert diff(plain, rewritten) == ()
    assert config_hash(plain) == config_hash(rewritten)
    assert config_hash(plain) != config_hash(loaded(tmp_path, WHOLE.replace("[acme]", "[acmes]")))


def test_sector_events_are_shown_where_they_are_switched_off(tmp_path: Path) -> None:
    on, off = loaded(tmp_path, WHOLE), loaded(tmp_path, WHOLE + "sector_events: false\n")

    assert (on.sector_events, off.sector_events) == (True, False)
    assert YAML(typ="safe").load(show(off))["sector_events"] is False
    assert config_hash(on) != config_hash(off)
