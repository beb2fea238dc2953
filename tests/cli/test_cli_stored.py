"""Commands on what is stored: `mentions`, `erase`, `outbox`, `incident`, `db`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cli_running import config, fill, run

from crisiswatch.app.keys import author_key
from crisiswatch.cli.terminal import Exit
from crisiswatch.core.enriching import author_hash
from crisiswatch.core.incidents import Condition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Outcome
from crisiswatch.ports import Store
from crisiswatch.settings import Settings, load
from tests.store.store_builders import (
    NOON,
    a_batch,
    a_decision,
    a_mention,
    a_notification,
    an_incident,
    damage,
)

ANN = "https://m.example/@ann"


def settings_in(folder: Path) -> Settings:
    from crisiswatch.app.building import catalogues

    return load(folder / "crisiswatch.yml", {"SMTP_URL": "smtp://mail.example"}, catalogues())


async def two_mentions(store: Store) -> None:
    await store.commit_batch(
        a_batch(
            a_mention("1", text="Smoke from an Acme kettle", permalink="https://m.example/1"),
            a_mention("2", text="evil \x1b[2J \u202e text", published_at=NOON + timedelta(hours=1)),
            brands=("Acme",),
        )
    )


async def two_incidents(store: Store) -> None:
    first = an_incident("01A", brand="Acme", detected_at=NOON, peak_severity=Severity.WARNING, told={"pr-team": 1})
    await store.commit_decision(a_decision(first, a_notification()))
    second = await store.commit_decision(a_decision(an_incident("01B", brand="Other")))
    closed = replace(second, condition=Condition.CLOSED, closed_at=NOON)
    await store.commit_decision(a_decision(replace(closed, version=2), expected_version=second.version))


def test_a_query_is_tried_on_what_is_stored_before_it_goes_into_the_config(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    found = run("query", "smoke NEAR/3 acme OR /kettl[ae]/", "-c", file, "--json")
    nothing = run("query", "flood", "-c", file)
    wrong = run("query", "(smoke", "-c", file)

    assert [row["text"] for row in found.json] == ["Smoke from an Acme kettle"]
    assert "1 of 2 stored mentions match" in found.err
    assert (nothing.code, wrong.code) == (Exit.NOTHING, Exit.USAGE)
    assert "never closed" in wrong.err


def test_mentions_are_found_by_words_newest_first(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    everything, smoke = run("mentions", "--json", "-c", file), run("mentions", "smoke", "--json", "-c", file)

    assert [row["external_id"] for row in everything.json] == ["2", "1"]
    assert [row["external_id"] for row in smoke.json] == ["1"]
    assert set(smoke.json[0]) >= {"event_time", "brand", "source", "negativity", "permalink", "text"}


def test_text_of_strangers_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    found = run("mentions", "-c", file)

    assert "evil" in found.out
    assert not {"\x1b", "\u202e"} & set(found.out)


def test_nothing_found_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    assert run("mentions", "unheard", "-c", file).code == Exit.NOTHING
    assert run("mentions", "--brand", "None", "--json", "-c", file).out == "[]\n"


def test_erasing_an_author_wipes_the_text_and_keeps_the_count(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)
    pseudonym = author_hash("press", "", ANN, author_key(settings_in(tmp_path), file), "1")
    fill(tmp_path, lambda store: store.commit_batch(a_batch(a_mention("3", text="by Ann", author=pseudonym))))

    erased = run("erase", "--author", f"press:{ANN}", "--yes", "-c", file)
    left = run("mentions", "--json", "--limit", 50, "-c", file).json

    assert (erased.code, erased.out) == (Exit.OK, "1\n")
    assert {row["external_id"]: row["text"] for row in left}["3"] == ""
    assert run("erase", "--author", f"press:{ANN}x", "--yes", "-c", file).code == Exit.NOTHING


@pytest.mark.parametrize("arguments", [[], ["--author", "a:b", "--url", "x"], ["--author", "no-source"]])
def test_erase_wants_one_author_or_one_link(arguments: list[str], tmp_path: Path) -> None:
    found = run("erase", *arguments, "--yes", "-c", config(tmp_path))

    assert found.code == Exit.USAGE


def test_incidents_are_listed_newest_first(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    everything, is_open = run("incident", "list", "--json", "-c", file), run("incident", "list", "--open", "-c", file)

    assert {row["id"]: row["brand"] for row in everything.json} == {"INC-1": "Acme", "INC-2": "Other"}
    assert "INC-1" in is_open.out
    assert "INC-2" not in is_open.out


def test_without_incidents_the_list_is_empty(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    assert run("incident", "list", "-c", file).code == Exit.NOTHING
    assert run("incident", "list", "--json", "-c", file).json == []


@pytest.mark.parametrize("name", ["INC-1", "inc-1", "1"])
def test_an_incident_is_shown_with_its_history(name: str, tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    text, record = run("incident", "show", name, "-c", file), run("incident", "show", name, "--json", "-c", file)

    assert "Acme" in text.out
    assert "opened (warning)" in text.out
    assert [event["change"] for event in record.json["events"]] == ["opened"]


def test_acknowledging_without_a_daemon_writes_to_the_store(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    acked = run("incident", "ack", "INC-1", "-c", file)
    shown = run("incident", "show", "INC-1", "--json", "-c", file).json

    assert (acked.code, acked.err) == (Exit.OK, "INC-1: maria is on it\n")
    assert (shown["response"], shown["acked_by"]) == ("acked", "maria")
    assert [event["change"] for event in shown["events"]] == ["opened", "acked"]


def test_a_verdict_is_kept_with_its_name_and_counted(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    judged = run("incident", "verdict", "INC-1", "false", "-m", "a joke", "-c", file)
    shown = run("incident", "show", "INC-1", "--json", "-c", file).json
    counted = run("incident", "verdicts", "--json", "-c", file).json["verdicts"]

    assert (judged.code, judged.err) == (Exit.OK, "INC-1: false, says maria\n")
    assert (shown["verdict"], shown["verdict_by"]) == ("false", "maria")
    assert [(event["change"], event["note"]) for event in shown["events"]][1] == ("judged", "false: a joke")
    assert [(one["judged"], one["false"], one["precision"]) for one in counted] == [(1, 1, 0.0)]
    assert "0 of 1" in run("incident", "verdicts", "-c", file).out


def test_an_unknown_verdict_is_a_usage_error(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    wrong = run("incident", "verdict", "INC-1", "maybe", "-c", file)

    assert (wrong.code, "real, false, campaign, unsure" in wrong.err) == (Exit.USAGE, True)
    assert run("incident", "verdicts", "-c", file).code == Exit.NOTHING


def test_closing_by_hand_owes_the_end_to_whoever_heard_of_the_beginning(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    closed = run("incident", "close", "INC-1", "-m", "answered", "-c", file)
    again = run("incident", "close", "INC-1", "-c", file, "--by", "ana")
    shown = run("incident", "show", "INC-1", "--json", "-c", file).json

    assert (closed.code, closed.err, again.err) == (Exit.OK, "INC-1: closed by maria\n", "INC-1 was over already\n")
    assert (shown["condition"], shown["closed_by"]) == ("closed", "maria")


@pytest.mark.parametrize("command", ["show", "ack", "close"])
def test_an_unknown_incident_is_not_found(command: str, tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    assert run("incident", command, "INC-99", "-c", file).code == Exit.NOTHING


async def owe_and_fail(store: Store) -> None:
    await two_incidents(store)
    [row] = await store.claim("test", NOON, timedelta(minutes=1), 10)
    await store.settle(row, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "no such channel"), NOON)


def test_the_outbox_shows_what_was_given_up_and_why(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, owe_and_fail)

    rows = run("outbox", "list", "--json", "-c", file).json

    assert [(r["receiver"], r["state"], r["detail"]) for r in rows] == [("pr-team", "dead", "no such channel")]
    assert "no such channel" in run("outbox", "list", "-c", file).out


def test_an_empty_outbox_is_good_news(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    found = run("outbox", "list", "-c", file)

    assert (found.code, found.err) == (Exit.OK, "nothing is owed\n")


def test_a_backup_can_be_restored_and_the_old_database_is_kept(tmp_path: Path) -> None:
    file, copy = config(tmp_path), tmp_path / "copy.db"
    fill(tmp_path, two_mentions)
    assert run("db", "backup", copy, "-c", file).code == Exit.OK
    fill(tmp_path, two_incidents)

    without_force = run("db", "restore", copy, "-c", file)
    restored = run("db", "restore", copy, "--force", "-c", file)

    assert (without_force.code, restored.code) == (Exit.FINDINGS, Exit.OK)
    assert run("incident", "list", "--json", "-c", file).json == []
    assert len(run("mentions", "--json", "-c", file).json) == 2
    assert (tmp_path / "crisiswatch.db.before-restore").exists()


def test_check_finds_damage_and_says_when_there_is_none(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    whole = run("db", "check", "-c", file)
    damage(tmp_path / "crisiswatch.db")
    damaged = run("db", "check", "-c", file)

    assert (whole.code, whole.err) == (Exit.OK, "the database is whole\n")
    assert damaged.code == Exit.FINDINGS
    assert damaged.out


def test_backups_of_postgresql_are_left_to_its_own_tools(tmp_path: Path) -> None:
    file = config(tmp_path)
    file.write_text(file.read_text().replace(f"sqlite:///{tmp_path}/crisiswatch.db", "postgresql://localhost/x"))

    found = run("db", "check", "-c", file)

    assert (found.code, "pg_dump" in found.err) == (Exit.USAGE, True)


def test_dashboards_are_written_with_provisioning_and_rules(tmp_path: Path) -> None:
    found = run("dashboards", "export", tmp_path / "grafana")

    assert found.code == Exit.OK
    assert sorted(path.name for path in (tmp_path / "grafana").iterdir()) == ["dashboards", "provisioning", "rules"]
    assert list((tmp_path / "grafana/dashboards").glob("*.json"))
