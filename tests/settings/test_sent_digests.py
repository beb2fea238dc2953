"""The digests that a configuration has sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_writing import WHOLE, codes, loaded

from crisiswatch.app.digesting import brief_options
from crisiswatch.settings import show


def test_a_weekly_digest_is_read_shown_and_planned(tmp_path: Path) -> None:
    text = (
        WHOLE + "digests: [{name: week, receivers: [pr-team], weekday: monday, at: '09:30', time_zone: Europe/Madrid}]"
    )
    settings = loaded(tmp_path, text)

    (planned,) = brief_options(settings).planned

    assert (planned.weekday, str(planned.at), planned.length.days) == (0, "09:30:00", 7)
    assert "digests:" in show(settings)


def test_a_digest_is_daily_and_at_eight_unless_said_otherwise(tmp_path: Path) -> None:
    (planned,) = brief_options(loaded(tmp_path, WHOLE + "digests: [{name: day, receivers: pr-team}]")).planned

    assert (planned.weekday, str(planned.at), planned.length.days) == (None, "08:00:00", 1)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{name: day, receivers: [nobody]}", "unknown-receiver"),
        ("{name: day, receivers: [pr-team]}, {name: day, receivers: [pr-team]}", "duplicate-name"),
        ("{name: day, receivers: [pr-team], weekday: someday}", "weekday"),
    ],
)
def test_what_is_wrong_with_a_digest_is_said(said: str, code: str, tmp_path: Path) -> None:
    assert code in codes(tmp_path, WHOLE + f"digests: [{said}]")
