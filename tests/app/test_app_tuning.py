"""A sweep reads the mentions once, and says of each budget what a backtest with that budget says."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.replaying import backtest
from crisiswatch.app.tuning import Tuned, Wishes, tune
from crisiswatch.app.verdicts import read_verdicts
from crisiswatch.core.incidents import Incident
from crisiswatch.core.tuning import to_object
from crisiswatch.core.verdicts import Verdict, Window
from crisiswatch.errors import BadInput, Interrupted
from crisiswatch.settings import Settings, load
from tests.stories.telling import START, Teller, known_at

BUDGETS = (0.02, 2.0)
CONFIG = """\
version: 1
defaults: {{false_alarms_per_week: {budget}}}
brands:
  - name: Acme
    match: [acme]
    rules:
      - {{name: injury, match: injured, severity: warning}}
      - {{name: many, severity: watch, above: {{negative_share: 0.9, within: 20m}}}}
  - {{name: Globex, match: [globex]}}
receivers: [{{name: team, type: email, to: [a@corp.example], smtp: "smtp://127.0.0.1:25"}}]
routes: {{receiver: team}}
"""
RULE = "rules: [{name: cups, match: cup, severity: watch}]"
CRISIS = (START + timedelta(hours=13), START + timedelta(hours=15))


def settings(folder: Path, budget: str = "{warning: 0.1, critical: 0.02}", name: str = "c") -> Settings:
    file = folder / f"{name}.yml"
    file.write_text(CONFIG.format(budget=budget))
    return load(file, {}, catalogues())


@pytest.fixture(scope="module")
def mentions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a day about two brands: a crisis of one, unrest before it, and two hours without a word."""
    teller = Teller(4)
    lines = [*teller.posts(0, 16, hourly=20, brand="acme"), *teller.posts(18, 22, hourly=20, brand="acme")]
    lines += teller.posts(13, 14, hourly=60, bad=0.8, good=0.05, brand="acme")
    lines += teller.posts(5, 6, hourly=24, bad=0.8, brand="acme")
    lines += teller.posts(0, 22, hourly=4, brand="globex")
    lines.append(teller.post(20, "somebody was injured by acme"))
    file = tmp_path_factory.mktemp("recording") / "m.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in sorted(lines, key=known_at)))
    return file


@pytest.fixture(scope="module")
def swept(mentions: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    wishes = Wishes(budgets=BUDGETS, windows=(Window("Acme", *CRISIS, Verdict.REAL),), has_pictures=True)
    return asyncio.run(tune(settings(tmp_path_factory.mktemp("config")), mentions, wishes, _nobody))


def outline(incidents: tuple[Incident, ...]) -> list[tuple[object, ...]]:
    """Return what a sweep promises of incidents: everything but words."""
    return [
        (i.number, i.brand, i.family, i.peak_severity, i.opened_at, i.detected_at, i.closed_at, i.peak_score, i.rule)
        for i in incidents
    ]


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_row_says_what_a_backtest_with_that_budget_says(
    budget: float, swept: Tuned, mentions: Path, tmp_path: Path
) -> None:
    alone = asyncio.run(backtest(settings(tmp_path, str(budget)), mentions, _nobody))

    [row] = [row for row in swept.tuning.sweep if row.warning == budget]

    assert outline(row.incidents) == outline(alone.incidents) != []


def test_the_row_as_configured_says_what_the_report_says(swept: Tuned) -> None:
    [row] = [row for row in swept.tuning.sweep if row.is_current]

    assert row.warning is None
    assert outline(row.incidents) == outline(swept.tuning.incidents)
    assert (row.comparison.appeared, row.comparison.vanished, row.comparison.changed) == ((), (), ())


def test_looking_on_changes_nothing(swept: Tuned, mentions: Path, tmp_path: Path) -> None:
    plain = asyncio.run(backtest(settings(tmp_path), mentions, _nobody))

    assert swept.tuning.report == plain.report
    assert swept.tuning.incidents == plain.incidents


def test_a_looser_budget_tells_sooner_and_the_difference_is_named(swept: Tuned) -> None:
    strict, loose = (next(row for row in swept.tuning.sweep if row.warning == budget) for budget in BUDGETS)

    assert loose.alerts[0].detected_at < strict.alerts[0].detected_at
    assert [pair.delay < timedelta(0) for pair in loose.comparison.changed] == [True]
    assert (loose.comparison.appeared, loose.comparison.vanished) == ((), ())


def test_every_row_knows_whether_it_caught_the_crisis(swept: Tuned) -> None:
    assert [(row.grades.crises, row.grades.caught) for row in swept.tuning.sweep if row.grades] == [(1, 1)] * 3


@dataclass(frozen=True)
class Asked:
    """A second sweep, of which more is asked: what came of it, and how far it said it was."""

    tuned: Tuned
    parts: list[float]


@pytest.fixture(scope="module")
def asked(mentions: Path, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    folder, parts = tmp_path_factory.mktemp("asked"), []
    (folder / "new.yml").write_text(CONFIG.format(budget=0.1).replace("[globex]}", f"[globex], {RULE}}}"))
    other = load(folder / "new.yml", {}, catalogues())
    early = Window("Acme", START - timedelta(days=9), START - timedelta(days=8), Verdict.REAL)
    windows = (early, Window("Nobody", *CRISIS, Verdict.REAL), Window("Acme", *CRISIS, Verdict.REAL))
    wishes = Wishes(budgets=(0.1, 0.5), windows=windows, against=other)
    return Asked(asyncio.run(tune(settings(folder), mentions, wishes, parts.append)), parts)


def test_a_budget_that_is_the_configured_one_is_the_current_row(asked: Asked) -> None:
    assert [(row.warning, row.is_current) for row in asked.tuned.tuning.sweep] == [(0.1, True), (0.5, False)]


def test_another_configuration_is_compared_incident_by_incident(asked: Asked) -> None:
    found = asked.tuned

    assert found.tuning.against is not None
    assert {incident.rule for incident in found.tuning.against.comparison.appeared} == {"cups"}
    assert found.tuning.against.comparison.vanished == ()
    assert found.tuning.against.report.config_hash != found.tuning.report.config_hash
    assert asked.parts == sorted(asked.parts)
    assert 0.9 < asked.parts[-1] <= 1


def test_the_object_keeps_its_promised_keys_and_adds_what_was_asked_for(swept: Tuned) -> None:
    found = to_object(swept.tuning)

    assert list(found)[-2:] == ["verdicts", "sweep"]
    assert list(found)[:-2] == list(to_object(replace(swept.tuning, sweep=(), windows=())))
    json.dumps(found)


def test_verdicts_outside_the_recording_or_on_other_brands_are_not_used(asked: Asked) -> None:
    found = asked.tuned.tuning

    assert (found.unused_verdicts, len(found.windows)) == (2, 1)
    assert found.grades is not None
    assert (found.grades.crises, found.grades.caught) == (1, 1)


def test_the_pictures_cover_the_stretch_and_every_alert(swept: Tuned) -> None:
    pictures = swept.pictures

    acme = pictures.stretches["Acme"]
    assert acme.points[0].start == START.replace(hour=0)
    assert acme.points[-1].start >= START + timedelta(hours=20)
    assert sum(p.stories for p in acme.points) > 300
    assert {incident.id for incident in swept.tuning.incidents} <= set(pictures.close_ups)
    assert all(series.points for series in pictures.close_ups.values())


async def test_a_run_that_is_stopped_says_how_far_it_came(mentions: Path, tmp_path: Path) -> None:
    task: asyncio.Task[Tuned] | None = None

    def stop(part: float) -> None:
        if part > 0.5 and task is not None:
            task.cancel()

    async with asyncio.timeout(240):
        task = asyncio.create_task(tune(settings(tmp_path), mentions, Wishes(), stop))
        with pytest.raises(Interrupted, match=r"2026-03-02 00:\d\d \.\. 2026-03-02 11:\d\d UTC was judged, 5\d%"):
            await task


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("start,end,brand\n", "no column label"),
        ("start,end,brand,label\nsoon,2026-03-04T12:00:00Z,Acme,real\n", ":2: 'soon' is not a time"),
        ("start,end,brand,label\n2026-03-04T12:00:00,2026-03-04T12:00:00Z,Acme,real\n", "has no time zone"),
        ("start,end,brand,label\n2026-03-04T12:00:00Z,2026-03-04T13:00:00Z,Acme,bad\n", "not one of real, false"),
        ("start,end,brand,label\n2026-03-04T12:00:00Z,2026-03-04T11:00:00Z,Acme,real\n", "end lies before start"),
    ],
)
def test_a_wrong_line_of_verdicts_is_named(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text(text)

    with pytest.raises(BadInput, match=told):
        read_verdicts(file)


def test_verdicts_are_read_with_their_times(tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text("label,brand,start,end\nfalse, Acme ,2026-03-04T13:00:00+01:00,2026-03-04T14:00:00Z\n")

    [found] = read_verdicts(file)

    assert (found.brand, found.verdict, found.start) == ("Acme", Verdict.FALSE, datetime(2026, 3, 4, 12, tzinfo=UTC))


def _nobody(part: float) -> None:
    """Show no progress."""
