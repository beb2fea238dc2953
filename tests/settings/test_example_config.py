"""The example configuration, and the smallest one, mean what the documentation says."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from config_writing import SMALLEST, codes, loaded
from fake_catalogues import CATALOGUES, ENVIRON
from pydantic import SecretStr

from crisiswatch.settings import Absent, Catalogues, Settings, check, config_hash, load, render

EXAMPLE = Path(__file__).parents[2] / "config" / "crisiswatch.example.yml"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example, with its webhook secret and its playbooks where this machine has them."""
    (tmp_path / "hook").write_text("hook-secret\n")
    (tmp_path / "hook").chmod(0o600)
    (tmp_path / "playbooks").mkdir()
    path = tmp_path / "crisiswatch.yml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("/run/secrets/hook", "hook"), encoding="utf-8")
    return path


@pytest.fixture
def settings(example: Path) -> Settings:
    return load(example, ENVIRON, CATALOGUES)


def test_the_example_has_nothing_to_complain_about(example: Path) -> None:
    assert render(check(example, ENVIRON, CATALOGUES), {}) == ""


def test_the_example_passes_where_its_secrets_are_absent() -> None:
    problems = check(EXAMPLE, {}, CATALOGUES, absent=Absent.IS_WARNING)

    assert {told.code for told in problems} <= {"missing-variable", "missing-file", "missing-folder"}
    assert all(told.is_warning for told in problems)


def test_the_example_loads_for_a_backtest_where_its_secrets_are_absent() -> None:
    settings = load(EXAMPLE, {}, CATALOGUES, absent=Absent.IS_WARNING)

    assert [entry.name for entry in settings.receivers] == ["pr-team", "on-call", "product"]


def test_the_example_passes_with_the_real_plug_ins() -> None:
    try:
        sources = import_module("crisiswatch.sources").CATALOGUE
        channels = import_module("crisiswatch.channels").CATALOGUE
        check_query = import_module("crisiswatch.text.matching").check_query
    except (ImportError, AttributeError) as error:
        pytest.skip(f"a catalogue is not there yet: {error}")

    problems = check(EXAMPLE, {}, Catalogues(sources, channels, check_query), absent=Absent.IS_WARNING)

    assert [told for told in problems if not told.is_warning] == []


def test_sources_keep_their_own_keys_and_the_options_of_their_kind(settings: Settings) -> None:
    press, fediverse, inbox = settings.sources

    assert (press.name, press.type, press.every, press.lateness) == (
        "press",
        "rss",
        timedelta(minutes=5),
        timedelta(minutes=15),
    )
    assert press.quote == "short"
    assert fediverse.lateness == timedelta(minutes=10)
    assert fediverse.options.model_dump() == {"instance": "mastodon.social", "tags": ("acme",), "limit": 40}
    assert inbox.options.model_dump() == {"secret": SecretStr("hook-secret")}


def test_brands_name_their_sources(settings: Settings) -> None:
    assert [brand.sources for brand in settings.brands] == [("press", "fediverse", "inbox")] * 2


def test_a_brand_budget_replaces_only_what_it_names(settings: Settings) -> None:
    acme, globex = (brand.false_alarms_per_week for brand in settings.brands)

    assert (acme.warning, acme.critical) == (0.1, 0.01)
    assert (globex.warning, globex.critical) == (0.1, 0.02)


def test_rules_and_planned_events_are_typed(settings: Settings) -> None:
    acme = settings.brands[0]

    assert [rule.severity for rule in acme.rules] == ["critical", "warning"]
    assert acme.rules[1].authors == ("https://news.example/",)
    assert acme.planned_events[0].end - acme.planned_events[0].start == timedelta(hours=36)
    assert acme.planned_events[0].start.utcoffset() == timedelta(hours=1)


def test_receivers_and_routes_are_typed(settings: Settings) -> None:
    critical, defects = settings.routes.routes

    assert [entry.time_zone for entry in settings.receivers] == ["Europe/Madrid", "UTC", "UTC"]
    assert settings.routes.told == ("pr-team",)
    assert critical.told == ("on-call", "pr-team")
    assert critical.escalation == "crisis-default"
    assert [(m.label, m.operator, m.value) for m in defects.match.all] == [
        ("incident_type", "=~", "product_defect|safety")
    ]
    assert defects.is_continued


def test_the_rest_of_the_example_is_typed(settings: Settings, example: Path) -> None:
    assert str(settings.mutes[0].times[0]) == "22:00-07:00"
    assert settings.playbooks_folder == example.parent / "playbooks/"
    assert settings.store.retention.mention_text == timedelta(days=30)
    assert settings.store.retention.author_name == timedelta(days=7)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 9119)
    assert settings.heartbeat is None


def test_the_hash_is_the_same_with_and_without_the_secrets(example: Path) -> None:
    with_secrets = load(example, ENVIRON, CATALOGUES)
    without = load(example, {}, CATALOGUES, absent=Absent.IS_WARNING)

    assert config_hash(with_secrets) == config_hash(without)


def test_the_smallest_config_needs_no_receivers(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALLEST)

    assert settings.brands[0].sources == ("rss",)
    assert settings.receivers == ()
    assert codes(tmp_path, SMALLEST) == ["no-receivers"]


def test_a_config_for_backtests_needs_neither_sources_nor_receivers(tmp_path: Path) -> None:
    text = 'version: 1\nbrands: [{name: Acme, match: "*"}]\n'

    assert loaded(tmp_path, text).sources == ()
    assert codes(tmp_path, text) == ["no-receivers", "no-sources"]


def test_without_routes_everybody_is_told(tmp_path: Path) -> None:
    text = SMALLEST + 'receivers: [{name: a, type: apprise, url: "${NTFY_URL}"}, {name: b, type: apprise, url: x}]\n'

    assert loaded(tmp_path, text).routes.told == ("a", "b")


def test_brands_mix_names_and_sources_of_their_own(tmp_path: Path) -> None:
    text = """\
version: 1
sources:
  - {name: press, type: rss, url: "https://news.example/a"}
  - {name: wire, type: rss, url: "https://news.example/b"}
brands:
  - name: Acme
    match: acme
    sources: [wire, {type: rss, url: "https://news.example/c", quote_in_channels: never}]
  - {name: Globex, match: globex}
"""
    settings = loaded(tmp_path, text)

    assert [entry.name for entry in settings.sources] == ["press", "wire", "rss"]
    assert [entry.quote for entry in settings.sources] == ["short", "short", "never"]
    assert [brand.sources for brand in settings.brands] == [("wire", "rss"), ("press", "wire")]


@pytest.mark.parametrize(("said", "expected"), [("0.5", (0.5, 0.1)), ("{warning: 2}", (2, 0.02)), ("1", (1, 0.2))])
def test_a_budget_is_a_number_or_a_mapping(tmp_path: Path, said: str, expected: tuple[float, float]) -> None:
    budget = loaded(tmp_path, SMALLEST + f"defaults: {{false_alarms_per_week: {said}}}\n").brands[0]

    assert (budget.false_alarms_per_week.warning, budget.false_alarms_per_week.critical) == expected
