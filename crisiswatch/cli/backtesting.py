"""`backtest` and `replay`: what would have happened on recorded mentions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisiswatch.cli.terminal import (
    Config,
    Exit,
    Report,
    fail,
    give,
    give_json,
    give_rich,
    progress,
    say,
    settings_of,
)

if TYPE_CHECKING:
    from crisiswatch.app.tuning import Tuned
    from crisiswatch.core.tuning import Tuning

Input = Annotated[Path, typer.Option("--input", help="Mentions as JSON lines or CSV.", show_default=False)]
Format = Annotated[Report | None, typer.Option("--format", help="How to print it; text if not given.")]

SWEPT = "false_alarms_per_week"
"""The only key that a sweep varies: the unit of tuning."""

MOST_BUDGETS = 20


class Notify(StrEnum):
    """Where a replay's messages go."""

    NONE = "none"
    STDOUT = "stdout"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Tune")(backtest)
    app.command(rich_help_panel="Tune")(replay)


def backtest(  # noqa: PLR0913 - a command takes what people type
    *,
    input_: Input,
    config: Config = None,
    format_: Format = None,
    sweep: Annotated[
        str, typer.Option(metavar=f"{SWEPT}=B,B…", help="What other budgets would have led to; b means b and b/5.")
    ] = "",
    against: Annotated[
        Path | None, typer.Option(help="Another configuration: which incidents appear, vanish, move.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="CSV of known stretches: start,end,brand,label (real, false, campaign, unsure).")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Also write the report here: .html, .json or .txt.")] = None,
) -> None:
    """Say which alerts a file of mentions would have caused, and how many per week.

    crisiswatch backtest -c crisiswatch.yml --input mentions.jsonl

    crisiswatch backtest -c crisiswatch.yml --input mentions.jsonl --sweep false_alarms_per_week=0.02,0.1,0.5
    """
    import asyncio

    from crisiswatch.app.tuning import Wishes, tune
    from crisiswatch.app.verdicts import read_verdicts

    shape = _shape_of(output)
    budgets = _budgets(sweep) if sweep else ()
    settings, _ = settings_of(config)
    wishes = Wishes(
        budgets=budgets,
        against=settings_of(against)[0] if against is not None else None,
        windows=read_verdicts(labels) if labels is not None else (),
        has_pictures=Report.HTML in (format_, shape),
    )
    with progress("backtest") as shown:
        found = asyncio.run(tune(settings, input_, wishes, shown))
    _say_what_is_odd(found.tuning, input_)
    _give(found, format_ or Report.TEXT)
    if output is not None and shape is not None:
        output.write_text(_told(found, shape), "utf-8")
        say(f"written: {output}")


def replay(
    input_: Input,
    config: Config = None,
    format_: Format = None,
    speed: Annotated[float, typer.Option(help="How many times faster than it happened; 0 is as fast as possible.")] = 0,
    notify: Annotated[Notify, typer.Option(help="stdout prints each message as its receiver gets it.")] = Notify.NONE,
) -> None:
    """Play a file of mentions to the real daemon on a fresh store, its clock driven by the file.

    crisiswatch replay -c crisiswatch.yml --input mentions.jsonl --speed 600 --notify stdout
    """
    import asyncio

    from crisiswatch.app.replaying import replay as run
    from crisiswatch.app.tuning import plainly
    from crisiswatch.rendering.backtest.terminal import backtest_text

    if format_ is Report.HTML:
        fail(Exit.USAGE, "replay prints text or json; backtest --output report.html draws a page")
    settings, _ = settings_of(config)
    with progress("replay") as shown:
        told = None if notify is Notify.NONE else say if format_ is Report.JSON else give
        found = asyncio.run(run(settings, input_, shown, speed, told))
    for reason in found.reasons:
        say(f"{input_}: {reason}: skipped")
    if format_ is Report.JSON:
        give_json(found.result)
    else:
        give_rich(backtest_text(plainly(found)))


def _budgets(sweep: str) -> tuple[float, ...]:
    """Return the budgets of `false_alarms_per_week=0.02,0.1`; end the command where it says something else."""
    key, _, values = sweep.partition("=")
    if key.strip() != SWEPT or not values:
        fail(Exit.USAGE, f"--sweep '{sweep}': write --sweep {SWEPT}=0.02,0.1,0.5")
    try:
        budgets = tuple(float(value) for value in values.split(","))
    except ValueError:
        fail(Exit.USAGE, f"--sweep '{sweep}': false alarms per week are numbers, such as 0.1")
    if not all(0.001 <= budget <= 100 for budget in budgets):
        fail(Exit.USAGE, f"--sweep '{sweep}': false alarms per week lie between 0.001 and 100")
    if len(set(budgets)) > MOST_BUDGETS:
        fail(Exit.USAGE, f"--sweep: at most {MOST_BUDGETS} budgets at once")
    return budgets


def _shape_of(output: Path | None) -> Report | None:
    if output is None:
        return None
    shapes = {".html": Report.HTML, ".htm": Report.HTML, ".json": Report.JSON, ".txt": Report.TEXT}
    if output.suffix.lower() not in shapes:
        fail(Exit.USAGE, f"--output {output}: its ending says what to write: .html, .json or .txt")
    return shapes[output.suffix.lower()]


def _say_what_is_odd(tuning: Tuning, input_: Path) -> None:
    """Name the lines that were skipped, and say how many verdicts had nothing to do with the recording."""
    for reason in tuning.reasons:
        say(f"{input_}: {reason}: skipped")
    if tuning.unused_verdicts:
        say(f"--labels: {tuning.unused_verdicts} not used: on brands that are not watched, or outside the recording")


def _give(found: Tuned, shape: Report) -> None:
    from crisiswatch.rendering.backtest.terminal import backtest_text

    if shape is Report.TEXT:
        give_rich(backtest_text(found.tuning))
    else:
        give(_told(found, shape).removesuffix("\n"))


def _told(found: Tuned, shape: Report) -> str:
    """Return the report as the text of a file."""
    import json
    from io import StringIO

    from rich.console import Console

    from crisiswatch.cli.terminal import PLAIN_WIDTH
    from crisiswatch.core.tuning import to_object
    from crisiswatch.rendering.backtest.terminal import backtest_text

    if shape is Report.HTML:
        return found.page()
    if shape is Report.JSON:
        return json.dumps(to_object(found.tuning), indent=2, ensure_ascii=False) + "\n"
    out = StringIO()
    Console(file=out, width=PLAIN_WIDTH, no_color=True, highlight=False).print(backtest_text(found.tuning))
    return out.getvalue()
