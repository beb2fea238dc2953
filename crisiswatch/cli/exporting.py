"""`dashboards`: Grafana dashboards, provisioning and Prometheus rules."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Grafana dashboards and Prometheus rules.", no_args_is_help=True)
    group.command("export")(export)
    group.callback()(_group)
    app.add_typer(group, name="dashboards", rich_help_panel="Keep")


def export(folder: Annotated[Path, typer.Argument(help="Where to write.")]) -> None:
    """Write dashboards, provisioning and rules.

    crisiswatch dashboards export grafana/
    """
    from crisiswatch.app.data import data_folder

    source = data_folder("grafana")
    for part in ("dashboards", "provisioning", "rules"):
        shutil.copytree(source / part, folder / part, dirs_exist_ok=True)
    say(f"wrote {folder}: dashboards, provisioning, rules")


def _group() -> None:
    """Keep `export` a command of its own."""
