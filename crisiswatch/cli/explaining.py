"""`explain`: why it fired, or why it did not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from crisiswatch.cli.incidents import number_of
from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(explain)


def explain(
    incident: Annotated[str | None, typer.Argument(help="An incident, such as INC-7.", show_default=False)] = None,
    config: Config = None,
    brand: Annotated[str | None, typer.Option(help="A brand, with --at.")] = None,
    at: Annotated[str | None, typer.Option(help="A moment, such as 2026-11-22T13:20Z.")] = None,
    as_json: Json = False,
) -> None:
    """List every gate with value, limit and pass or fail: of an incident, or of a moment when nothing fired.

    crisiswatch explain --brand Acme --at 2026-11-22T13:20Z
    """
    import asyncio

    from crisiswatch.app.explaining import explain_moment, find_incident
    from crisiswatch.errors import BadInput, StoreUnusable

    settings, _ = settings_of(config)
    try:
        if incident is not None:
            found = asyncio.run(find_incident(settings, number_of(incident)))
            if found is None:
                fail(Exit.NOTHING, f"there is no {incident}")
            brand, moment = found.brand, found.detected_at or found.opened_at
        else:
            if brand is None or at is None:
                fail(Exit.USAGE, "give an incident, or --brand and --at")
            moment = _moment(at)
        if brand not in {entry.name for entry in settings.brands}:
            fail(Exit.USAGE, f"no brand is called {brand!r}; known: {', '.join(b.name for b in settings.brands)}")
        gates, alerts = asyncio.run(explain_moment(settings, brand, moment))
    except (BadInput, StoreUnusable) as error:
        fail(Exit.FINDINGS, str(error))
    if as_json:
        rows = [{"gate": g.name, "value": g.value, "limit": g.limit, "passed": g.is_open} for g in gates]
        give_json({"schema_version": 1, "brand": brand, "at": moment.isoformat(), "alerts": alerts, "gates": rows})
        return
    say(f"{brand} at {moment:%Y-%m-%d %H:%M:%S} UTC")
    give_table(
        ("gate", "value", "limit", ""), [(g.name, g.value, g.limit, "✓ pass" if g.is_open else "✖ stop") for g in gates]
    )
    give("An alert goes out." if alerts else "No alert goes out.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(Exit.USAGE, f"{text!r} is no time; write 2026-11-22T13:20Z")
    if moment.tzinfo is None:
        fail(Exit.USAGE, f"{text!r} has no offset from UTC; write 2026-11-22T13:20Z")
    return moment.astimezone(UTC)
