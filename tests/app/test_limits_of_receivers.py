"""How much a receiver takes: as the operator says, else as its service states."""

from __future__ import annotations

from pathlib import Path

from crisiswatch.app.building import catalogues
from crisiswatch.app.sending import BURST, limits, outward
from crisiswatch.channels.slack.options import PACE
from crisiswatch.core.throttling import Limit
from crisiswatch.errors import ConfigError
from crisiswatch.settings import Settings, load

CONFIG = """\
version: 1
brands: [{{name: Acme, match: [acme]}}]
receivers:
  - {{name: stated, type: slack, channel: "#a", token: xoxb-1}}
  - {{name: own, type: slack, channel: "#b", token: xoxb-1, per_second: 2}}
  - {{name: hook, type: webhook, url: "https://hooks.example.org/x"}}
  - {{name: gentle, type: webhook, url: "https://hooks.example.org/y", per_second: {gentle}}}
"""


def settings(folder: Path, gentle: str = "0.5") -> Settings:
    file = folder / "crisiswatch.yml"
    file.write_text(CONFIG.format(gentle=gentle), "utf-8")
    return load(file, {}, catalogues())


def test_an_operator_may_say_another_pace_or_give_one_where_there_was_none(tmp_path: Path) -> None:
    assert limits(settings(tmp_path)) == {"stated": PACE, "own": Limit(2.0, PACE.burst), "gentle": Limit(0.5, BURST)}


def test_only_receivers_that_have_a_channel_are_waited_for(tmp_path: Path) -> None:
    assert outward(settings(tmp_path), {}, ()).limits == {}, "a recording tells nobody"


def test_a_pace_of_nothing_is_refused(tmp_path: Path) -> None:
    try:
        settings(tmp_path, gentle="0")
    except ConfigError as error:
        assert any("per_second" in problem.where for problem in error.problems)
    else:
        raise AssertionError("a pace of nothing would never end")
