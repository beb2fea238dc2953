"""`demo`: an alert within a minute, without accounts or network."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Language, give, progress, say


class Scenario(StrEnum):
    """What the demo can show."""

    BATTERY_RECALL = "battery-recall"
    REVIEW_BOMB = "review-bomb"
    CAMPAIGN = "campaign"
    QUIET_WEEK = "quiet-week"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Watch")(demo)


def demo(
    scenario: Annotated[Scenario, typer.Option(help="What happens.")] = Scenario.BATTERY_RECALL,
    seed: Annotated[int, typer.Option(help="Other numbers, other posts.")] = 1,
    speed: Annotated[float, typer.Option(min=1, help="How many times faster than life.")] = 120,
    lang: Annotated[Language, typer.Option(help="In which language.")] = Language.EN,
    port: Annotated[int, typer.Option(help="Where the page is.")] = 9119,
    out: Annotated[Path, typer.Option(help="Where mail is written.")] = Path("demo-out"),
) -> None:
    """Show how an alert comes about, from made-up posts.

    crisiswatch demo --scenario review-bomb --seed 7
    """
    import asyncio
    import signal

    from crisiswatch.app.demonstrating import Demo, Stage
    from crisiswatch.app.logs import configure

    configure("text", "warning")

    async def show() -> None:
        stays: asyncio.Event | None = None
        if sys.stdin.isatty():
            stays = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stays.set)
            say("Ctrl-C ends the demo.")
        with progress("learning") as shown:
            stage = Stage(out, port, speed, say, give, shown)
            await Demo(scenario, seed, lang, stage).run(stays)

    asyncio.run(show())
