"""The command line: one module a group of commands; heavy imports happen inside the commands."""

from __future__ import annotations

import typer

from crisiswatch.cli import (
    backfilling,
    backtesting,
    configuring,
    demo,
    digesting,
    examining,
    explaining,
    exporting,
    incidents,
    keeping,
    labelling,
    mentions,
    notifying,
    running,
    silencing,
    sources,
)
from crisiswatch.cli.failing import Commands

EXIT_CODES = (
    "Exit codes: 0 ok · 1 findings or check failed · 2 usage · 3 nothing matched · 4 partial · 5 timeout · "
    "78 cannot start because of the config · 130 Ctrl-C · 143 SIGTERM."
)

app = typer.Typer(
    name="crisiswatch",
    cls=Commands,
    help="Watches what is said about a brand and tells the right people when something is going wrong.\n\n"
    "Try it: crisiswatch demo\n\nStart: crisiswatch init && crisiswatch check && crisiswatch run",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # drawing boxes costs more time than everything else that --help does
)

for module in (
    running,
    demo,
    configuring,
    sources,
    backfilling,
    mentions,
    labelling,
    backtesting,
    notifying,
    incidents,
    silencing,
    explaining,
    digesting,
    keeping,
    exporting,
    examining,
):
    module.register(app)


def main() -> None:
    """Run the command line."""
    app()
