"""Logs: secrets, control characters and overlong values never reach them."""

from __future__ import annotations

import json

import pytest
import structlog

from crisiswatch.app.logs import LONGEST, configure, redact


def cleaned(value: object) -> object:
    return redact(None, "info", {"value": value})["value"]


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("token xoxb-123-abc-DEF failed", "xoxb-123"),
        ("POST https://hooks.slack.com/services/T0/B0/xyz", "T0/B0/xyz"),
        ("smtp://user:pa55@mail.example", "pa55"),
        ("Authorization: Bearer cw_abc.def", "cw_abc"),
    ],
)
def test_secrets_are_taken_out(value: str, secret: str) -> None:
    assert secret not in str(cleaned(value))
    assert "•••" in str(cleaned(value))


def test_characters_that_steer_terminals_are_spelt_out() -> None:
    assert cleaned("a\x1b[2J\u202eb\u2028c") == "a\\u001b[2J\\u202eb\\u2028c"


def test_long_values_are_cut_and_tracebacks_less_so() -> None:
    text, traceback = str(cleaned("x" * 5000)), str(cleaned("Traceback\n" + "x" * 5000))

    assert (len(text), text[-1]) == (LONGEST, "…")
    assert len(traceback) > LONGEST


def test_other_values_stay_as_they_are() -> None:
    assert cleaned(7) == 7
    assert cleaned("ordinary text, https://news.example/1") == "ordinary text, https://news.example/1"


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        configure("json", "info")
        structlog.get_logger().warning("source_failed", source="press", error="a\nb")
        structlog.get_logger().debug("not said")
    finally:
        structlog.reset_defaults()

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line) | {"event": "source_failed", "level": "warning", "source": "press"} == json.loads(line)
