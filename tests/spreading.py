"""How tests are spread over workers: what takes minutes is begun first, and what shares much stays together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling

FIRST = (
    "tests/acceptance/test_replay_equals_backtest.py",
    "tests/acceptance/test_demo.py",
    "tests/stories/test_played_stories.py",
    "tests/acceptance/test_kill_and_restart.py",
    "tests/acceptance/test_wheel.py",
    "tests/acceptance/test_told_stories_by_the_daemon.py",
    "tests/acceptance/",
    "tests/docs/test_doc_commands.py",
    "tests/app/test_app_tuning.py",
    "tests/stories/",
    "tests/laws/",
    "tests/benchmarks/",
)
"""Files that take long, those that take longest first: begun last, one of them would run on alone."""

BY_PARAMETER = ("tests/stories/test_played_stories.py", "tests/acceptance/test_told_stories_by_the_daemon.py")
"""Files whose parameters take long and share nothing: they are spread by what stands first in the brackets."""


def begun_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests in the order in which they are begun; the order within a file stays."""
    return sorted(items, key=lambda item: _place(item.nodeid))


class Spreading(LoadFileScheduling):  # type: ignore[misc]  # xdist is untyped here
    """Gives all tests of a file to one worker, or all tests of a parameter."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """Return the name of what is run by one worker."""
    file, _, name = nodeid.partition("::")
    if file not in BY_PARAMETER or "[" not in name:
        return file
    return f"{file}[{name.partition('[')[2].rstrip(']').partition('-')[0]}]"


def _place(nodeid: str) -> int:
    return next((place for place, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))
