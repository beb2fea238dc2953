"""Durations, times of day, conditions and addresses are read as people write them."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from config_writing import SMALLEST, codes, loaded
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.routing import labels
from crisiswatch.settings import parse_duration, show_duration
from crisiswatch.settings.matchers import LABELS, Matcher, parse_matchers
from crisiswatch.settings.values import parse_times


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1d1h1m1s", 90_061), ("0m", 0), ("120m", 7200)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "5 m",
        "m",
        "-5m",
        "30m1h",
        "1.5h",
        "PT5M",
        "2 minuets",
        "5M",
        "\u0665m",
        "99999d",
        "5m\n",
        5,
        None,
        True,
        [],
    ],
)
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_duration(value)


@given(st.integers(0, 10**8))
def test_a_duration_survives_being_shown(seconds: int) -> None:
    duration = timedelta(seconds=seconds)

    assert parse_duration(show_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("22:00-07:00", time(22), time(7)),
        ("00:00-24:00", time(0), time(0)),
        ("09:30 - 17:45", time(9, 30), time(17, 45)),
    ],
)
def test_a_range_of_times_is_read_and_shown(text: str, start: time, end: time) -> None:
    times = parse_times(text)

    assert (times.start, times.end) == (start, end)
    assert parse_times(str(times)) == times


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-07", "24:00-07:00", "10:00-24:30", "10:00-10:00", "1:00-2:00", 2200, None]
)
def test_anything_else_is_no_range_of_times(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_times(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ('severity="critical"', (Matcher("severity", "=", "critical"),)),
        ('{brand!="Acme, Inc", kind=person}', (Matcher("brand", "!=", "Acme, Inc"), Matcher("kind", "=", "person"))),
        (r'brand="a\"b"', (Matcher("brand", "=", 'a"b'),)),
        (r'family=~"rss\.\d+"', (Matcher("family", "=~", r"rss\.\d+"),)),
        ('rule!~"vip|press" , owner="legal"', (Matcher("rule", "!~", "vip|press"), Matcher("owner", "=", "legal"))),
    ],
)
def test_conditions_are_read_and_shown(text: str, expected: tuple[Matcher, ...]) -> None:
    matchers = parse_matchers(text)

    assert matchers.all == expected
    assert parse_matchers(str(matchers)) == matchers


@pytest.mark.parametrize(
    "text",
    [
        "severity",
        "severity=",
        '="x"',
        'severity="critical',
        'severity="x" brand="y"',
        'brand=="x"',
        "brand>1",
        'a="b"',
        7,
    ],
)
def test_anything_else_is_no_condition(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_matchers(text)


@given(st.text(max_size=30))
def test_conditions_are_read_or_refused(text: str) -> None:
    try:
        matchers = parse_matchers(text)
    except PydanticCustomError as refused:
        assert refused.type in ("matcher", "pattern")
    else:
        assert parse_matchers(str(matchers)) == matchers


@pytest.mark.parametrize("listen", ["127.0.0.1:9119", "[::1]:0", "localhost:80", "127.8.8.8:1"])
def test_a_loopback_address_needs_no_tokens(tmp_path: Path, listen: str) -> None:
    server = loaded(tmp_path, SMALLEST + f'server: {{listen: "{listen}"}}\n').server

    assert listen == f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"


@pytest.mark.parametrize("listen", ["0.0.0.0:9119", "[::]:9119", "192.0.2.1:1", "crisiswatch.example.org:80"])
def test_any_other_address_needs_tokens(tmp_path: Path, listen: str) -> None:
    open_to_all = SMALLEST + f'server: {{listen: "{listen}"}}\n'
    closed = SMALLEST + f'server: {{listen: "{listen}", tokens: [{{name: ops, hash: "{"a" * 64}", scopes: [read]}}]}}\n'

    assert "open-server" in codes(tmp_path, open_to_all)
    assert loaded(tmp_path, closed).server.tokens[0].hash.get_secret_value() == "sha256:" + "a" * 64


@pytest.mark.parametrize("listen", ["9119", ":9119", "127.0.0.1", "127.0.0.1:70000", "[zz]:1", "a b:1", "http://x:1"])
def test_what_is_no_address_is_refused(tmp_path: Path, listen: str) -> None:
    assert "address" in codes(tmp_path, SMALLEST + f'server: {{listen: "{listen}"}}\n')


@pytest.mark.parametrize("url", ["https://cw.example.org", "http://10.0.0.1:9119/base/"])
def test_a_public_url_loses_its_last_slash(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, SMALLEST + f"server: {{public_url: '{url}'}}\n").server.public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["ftp://x", "javascript:alert(1)", "//x", "https://", "https://u:p@x", "https://x/?a=1", "https://["]
)
def test_any_other_public_url_is_refused(tmp_path: Path, url: str) -> None:
    assert "public-url" in codes(tmp_path, SMALLEST + f"server: {{public_url: '{url}'}}\n")


def test_conditions_speak_of_the_labels_that_routing_gives() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    incident = Incident("id", "Acme", "crisis", Condition.ACTIVE, Severity.WARNING, now, now)

    assert set(LABELS) == set(labels(incident, kind="brand", owner="legal"))


def test_a_mute_of_weekdays_lasts_from_midnight_to_midnight(tmp_path: Path) -> None:
    (mute,) = loaded(tmp_path, SMALLEST + "mutes: [{name: weekend, weekdays: [sat, sunday]}]\n").mutes

    assert [str(times) for times in mute.times] == ["00:00-24:00"]
    assert mute.weekdays == ("saturday", "sunday")


@pytest.mark.parametrize("contact", ["ops@example.org", "https://example.org/bot", ""])
def test_a_contact_is_one_plain_line(tmp_path: Path, contact: str) -> None:
    egress = SMALLEST + f'egress: {{contact: "{contact}", allow: [10.1.2.3/8]}}\n'
    broken = SMALLEST + f'egress: {{contact: "{contact}\\r\\nX: y"}}\n'

    assert loaded(tmp_path, egress).egress.contact == contact
    assert loaded(tmp_path, egress).egress.allow == ("10.0.0.0/8",)
    assert "contact" in codes(tmp_path, broken)
