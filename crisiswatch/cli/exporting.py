"""`dashboards`: Grafana dashboards, provisioning and Prometheus rules."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Exit, Json, fail, give_json, give_table, say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Grafana dashboards and Prometheus rules.", no_args_is_help=True)
    group.command("export")(export)
    group.command("check")(check)
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


def check(
    prometheus: Annotated[str, typer.Option(help="Address of the Prometheus that scrapes the daemon.")],
    json: Json = False,
) -> None:
    """Ask a Prometheus every query of the dashboards; say which panels stay empty. Exit code 1 if any does.

    A panel about what has not happened yet (no incident, no failed poll) may rightly be empty.

    crisiswatch dashboards check --prometheus http://127.0.0.1:9090
    """
    from dataclasses import asdict

    import httpx

    from crisiswatch.app.data import data_folder
    from crisiswatch.app.panels import Answer, check_panels
    from crisiswatch.rendering.inert import one_line

    try:
        panels = check_panels(data_folder("grafana") / "dashboards", prometheus)
    except httpx.TimeoutException:
        fail(Exit.TIMEOUT, f"{prometheus} does not answer")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        fail(Exit.USAGE, f"{prometheus} cannot be asked: {one_line(str(error), 200)}")
    wrong = [panel for panel in panels if panel.answer is not Answer.SHOWS]
    if json:
        give_json([asdict(panel) for panel in panels])
    elif wrong:
        rows = [(one.dashboard, one.panel, one.answer.value, one_line(one.detail or one.query, 90)) for one in wrong]
        give_table(("dashboard", "panel", "answer", "why"), rows)
    say(f"{len(panels) - len(wrong)} of {len(panels)} queries show something")
    raise typer.Exit(Exit.FINDINGS if wrong else Exit.OK)
