"""`incident`: list, show, acknowledge, judge, close, report, export."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of

if TYPE_CHECKING:
    from crisiswatch.core.answering import Answer

Name = Annotated[str, typer.Argument(help="An incident, such as INC-7.")]
By = Annotated[str, typer.Option(help="Who says so.", envvar="USER")]
Why = Annotated[str, typer.Option("--why", "-m", help="Why; kept in the history.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Incidents: list, show, acknowledge, judge, close, report.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("ack")(ack)
    group.command("verdict")(verdict)
    group.command("verdicts")(verdicts)
    group.command("close")(close)
    group.command("report")(report)
    group.command("export")(export)
    app.add_typer(group, name="incident", rich_help_panel="Look")


def list_(
    config: Config = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    as_json: Json = False,
) -> None:
    """List incidents, newest first."""
    import asyncio

    from crisiswatch.app.incidents import list_incidents

    settings, _ = settings_of(config)
    rows = asyncio.run(list_incidents(settings, is_open=is_open))
    if as_json:
        give_json(rows)
    elif not rows:
        fail(Exit.NOTHING, "no incident")
    else:
        columns = ("id", "brand", "severity", "condition", "response", "opened_at", "score")
        give_table(columns, [tuple(str(row[column]) for column in columns) for row in rows])


def show(name: Name, config: Config = None, as_json: Json = False) -> None:
    """Show one incident as its alert tells it, with its history."""
    import asyncio

    from crisiswatch.app.incidents import show_incident

    number = number_of(name)
    settings, _ = settings_of(config)
    found = asyncio.run(show_incident(settings, number))
    if found is None:
        fail(Exit.NOTHING, f"there is no {name}")
    record, text = found
    if as_json:
        give_json(record)
    else:
        give(text)


def ack(name: Name, config: Config = None, by: By = "somebody", why: Why = "") -> None:
    """Say that somebody is on it: repeats and escalation stop.

    crisiswatch incident ack INC-7 --by maria
    """
    from crisiswatch.core.answering import Answer, Deed

    _answer(name, config, Answer(Deed.ACKNOWLEDGE, by, note=why))


def verdict(
    name: Name,
    judged: Annotated[str, typer.Argument(metavar="VERDICT", help="real, false, campaign or unsure.")],
    config: Config = None,
    by: By = "somebody",
    why: Why = "",
) -> None:
    """Say what it was. `false` and `campaign` also stop repeats and escalation.

    crisiswatch incident verdict INC-7 false --by maria -m "a joke that went round"
    """
    from crisiswatch.core.answering import Answer, Deed
    from crisiswatch.core.incidents import Verdict

    if judged not in set(Verdict):
        fail(Exit.USAGE, f"{judged!r} is no verdict; known: {', '.join(Verdict)}")
    _answer(name, config, Answer(Deed.VERDICT, by, Verdict(judged), why))


def close(name: Name, config: Config = None, by: By = "somebody", why: Why = "") -> None:
    """Close it: whoever was told of it is told of the end. It re-opens after 30 minutes if it goes on, or gets worse.

    crisiswatch incident close INC-7 --by maria -m "answered, quiet since noon"
    """
    from crisiswatch.core.answering import Answer, Deed

    _answer(name, config, Answer(Deed.CLOSE, by, note=why))


def verdicts(config: Config = None, as_json: Json = False) -> None:
    """List how often each rule was right, by the verdicts of people."""
    import asyncio

    from crisiswatch.app.incidents import list_verdicts

    settings, _ = settings_of(config)
    rows = asyncio.run(list_verdicts(settings))
    if as_json:
        give_json({"schema_version": 1, "verdicts": rows})
    elif not rows:
        fail(Exit.NOTHING, "no incident has a verdict")
    else:
        columns = ("brand", "rule", "judged", "real", "false", "campaign", "unsure")
        shares = [f"{row['real']} of {row['judged']}" if row["judged"] else "-" for row in rows]
        table = [(*(str(row[column]) for column in columns), share) for row, share in zip(rows, shares, strict=True)]
        give_table((*columns, "were real"), table)


def report(
    name: Name,
    config: Config = None,
    form: Annotated[str, typer.Option("--format", help="md, html or json.")] = "md",
    out: Annotated[Path | None, typer.Option(help="Write it into this file instead.", show_default=False)] = None,
) -> None:
    """Tell the whole incident afterwards: figures, response times, timeline, messages, what was blind.

    crisiswatch incident report INC-7 --format html --out inc-7.html
    """
    import asyncio
    import json

    from crisiswatch.app.retelling import WRITERS, report_record, retell

    if form not in (*WRITERS, "json"):
        fail(Exit.USAGE, f"{form!r} is no format; known: {', '.join(WRITERS)}, json")
    number = number_of(name)
    settings, _ = settings_of(config)
    found = asyncio.run(retell(settings, number))
    if found is None:
        fail(Exit.NOTHING, f"there is no {name}")
    text = json.dumps(report_record(found), indent=2, ensure_ascii=False) if form == "json" else WRITERS[form](found)
    if out is None:
        give(text.rstrip("\n"))
    else:
        out.write_text(text, "utf-8")
        say(f"wrote {out}")


def export(
    config: Config = None,
    form: Annotated[str, typer.Option("--format", help="json or csv.")] = "json",
) -> None:
    """Print every incident with who answered it and its verdict, oldest first.

    crisiswatch incident export --format csv > incidents.csv
    """
    import asyncio

    from crisiswatch.app.retelling import as_csv
    from crisiswatch.app.retelling import export as rows_of

    if form not in ("json", "csv"):
        fail(Exit.USAGE, f"{form!r} is no format; known: json, csv")
    settings, _ = settings_of(config)
    rows = asyncio.run(rows_of(settings))
    if form == "csv":
        give(as_csv(rows).rstrip("\r\n"))
    else:
        give_json({"schema_version": 1, "incidents": rows})


def _answer(name: str, config: Path | None, given: Answer) -> None:
    import asyncio

    from crisiswatch.app.answering import give as give_answer
    from crisiswatch.errors import CrisiswatchError

    number = number_of(name)
    settings, _ = settings_of(config)
    try:
        told = asyncio.run(give_answer(settings, number, given, os.environ))
    except CrisiswatchError as error:
        fail(Exit.FINDINGS, str(error))
    if told is None:
        fail(Exit.NOTHING, f"there is no {name}")
    say(told)


def number_of(name: str) -> int:
    """Return the number in `INC-7`, `inc-7` or `7`; end with a usage error for anything else."""
    digits = name.upper().removeprefix("INC-")
    if not digits.isascii() or not digits.isdigit():
        fail(Exit.USAGE, f"{name!r} is no incident; write INC-7")
    return int(digits)
