"""What every test shares: the folder with the builders is importable; the options of long runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import randbelow
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from spreading import Spreading, begun_first  # stands in that folder

EXAMPLES, EXAMPLES_OF_A_SOAK = 60, 12_500
"""How many made-up inputs a law is tried on that names no number of its own."""

# An example is never timed, nor how long it takes to make one up: on a busy machine every step takes long now and then.
settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES
)
settings.register_profile("soak", settings.get_profile("unhurried"), max_examples=EXAMPLES_OF_A_SOAK)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how laws are tried, before the tests are read."""
    settings.load_profile("soak" if config.getoption("--soak") else "unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long suites be asked for, and a run be repeated."""
    group = parser.getgroup("crisiswatch")
    group.addoption("--soak", action="store_true", help="run the long suites: more seeds")
    group.addoption(
        "--meta-seed",
        type=int,
        default=randbelow(1_000_000),
        help="choose the random seeds of made-up worlds as the run did that printed this number",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    items[:] = begun_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread tests over workers by file, and some by their parameter; another way that is asked for stays."""
    return Spreading(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_report_header(config: pytest.Config) -> str:
    """Print the number from which all random seeds of this run follow, so that a failing run can be repeated."""
    return f"crisiswatch: --meta-seed={config.getoption('--meta-seed')}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured: `record_property("number", "…")`."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    told = [text for report in reports for name, text in getattr(report, "user_properties", ()) if name == "number"]
    if told:
        terminalreporter.section("numbers")
        terminalreporter.write("".join(f"{line}\n" for line in dict.fromkeys(told)))


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what a command run in this process set up: its log would go to a terminal that is closed by then."""
    yield
    structlog.reset_defaults()
