"""Options of the acceptance tests."""

from __future__ import annotations

from secrets import randbelow

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long suites be asked for, and a run be repeated."""
    group = parser.getgroup("crisiswatch")
    group.addoption("--soak", action="store_true", help="run the long suites: more seeds")
    group.addoption("--meta-seed", type=int, default=None, help="choose the seeds of made-up worlds as that run did")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the number from which all random seeds of this run follow, unless one was given."""
    if config.getoption("--meta-seed", None) is None:
        config.option.meta_seed = randbelow(1_000_000)


def pytest_report_header(config: pytest.Config) -> str:
    """Print it, so that a failing run can be repeated."""
    return f"crisiswatch: --meta-seed={config.option.meta_seed}"
