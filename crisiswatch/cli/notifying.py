"""`notify`: which channels there are, who would be told what, and a test message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of

if TYPE_CHECKING:
    from crisiswatch.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Channels: what they can do, who would be told what, and a test message.", no_args_is_help=True
    )
    group.command("test")(test)
    group.command("types")(types)
    group.command("preview")(preview)
    group.command("route")(route)
    app.add_typer(group, name="notify", rich_help_panel="Set up")


def types(as_json: Json = False) -> None:
    """List the kinds of receivers and what each can do."""
    from dataclasses import asdict

    from crisiswatch.channels import CATALOGUE

    if as_json:
        give_json(
            [{"type": kind.name, "summary": kind.summary, "ways": list(map(asdict, kind.ways))} for kind in CATALOGUE]
        )
        return
    columns = ("name", "edit", "thread", "picture", "answer", "end", "once")
    rows = [tuple(getattr(way, column) for column in columns) for kind in CATALOGUE for way in kind.ways]
    give_table(("", "edits", "threads", "picture", "answers", "tells the end by", "never twice"), rows)


def preview(
    receiver: Annotated[str, typer.Argument(help="A receiver.")],
    config: Config = None,
    incident: Annotated[str | None, typer.Option(help="An incident; an example, if none is named.")] = None,
    kind: Annotated[str, typer.Option(help="opened, raised, updated, repeated, escalated, closed …")] = "opened",
    out: Annotated[Path | None, typer.Option(help="Write its parts into this folder too.", show_default=False)] = None,
) -> None:
    """Print what a receiver would get, without sending it.

    crisiswatch notify preview on-call --incident INC-7
    """
    import asyncio

    from crisiswatch.app.previewing import preview_for
    from crisiswatch.cli.incidents import number_of
    from crisiswatch.core.outbox import NotificationKind

    settings, _ = settings_of(config)
    known = [entry.name for entry in settings.receivers]
    if receiver not in known:
        fail(Exit.USAGE, f"no such receiver; known: {', '.join(known) or 'none'}")
    if kind not in set(NotificationKind):
        fail(Exit.USAGE, f"{kind!r} is no kind of message; known: {', '.join(NotificationKind)}")
    number = number_of(incident) if incident else None
    found = asyncio.run(preview_for(settings, receiver, number, NotificationKind(kind)))
    if found is None:
        fail(Exit.NOTHING, f"there is no {incident}")
    say(f"{found.receiver} ({found.type}), on a locked phone: {found.line}")
    give(found.text)
    if out is not None:
        parts = {"text": found.text.encode(), "html": (found.html or "").encode(), "png": found.picture}
        _write(out, receiver, parts)


def _write(out: Path, receiver: str, parts: dict[str, bytes | None]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in receiver)
    for ending, content in parts.items():
        if content:
            file = out / f"{name}.{ending.replace('text', 'txt')}"
            file.write_bytes(content)
            say(f"wrote {file}")


def route(
    about: Annotated[list[str], typer.Argument(metavar="INC-7 | LABEL=VALUE…", help="An incident, or labels.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say who would be told of an incident, and why: every route that was asked.

    crisiswatch notify route INC-7

    crisiswatch notify route brand=Acme severity=critical incident_type=safety
    """
    from crisiswatch.app.tracing import explain_route, route_lines

    settings, _ = settings_of(config)
    explained = explain_route(settings, _labels(about, settings))
    if as_json:
        give_json(explained)
    else:
        give("\n".join(route_lines(explained)))


def _labels(about: list[str], settings: Settings) -> dict[str, str]:
    import asyncio

    from crisiswatch.app.tracing import labels_of
    from crisiswatch.cli.incidents import number_of
    from crisiswatch.core.route_tracing import LABELS

    if len(about) == 1 and "=" not in about[0]:
        found = asyncio.run(labels_of(settings, number_of(about[0])))
        return found if found is not None else fail(Exit.NOTHING, f"there is no {about[0]}")
    pairs = {name: value for name, _, value in (word.partition("=") for word in about)}
    wrong = [name for name in pairs if name not in LABELS]
    if wrong:
        fail(Exit.USAGE, f"no label: {', '.join(wrong)}; known: {', '.join(LABELS)}")
    return pairs


def test(
    receiver: Annotated[str | None, typer.Argument(help="A receiver; all, if none is named.")] = None,
    config: Config = None,
) -> None:
    """Send a message marked [TEST] and say whether it was accepted.

    crisiswatch notify test on-call
    """
    import asyncio

    from crisiswatch.app.telling import send_test
    from crisiswatch.core.outbox import Outcome

    settings, _ = settings_of(config, needs_secrets=True)
    names = [entry.name for entry in settings.receivers if receiver in (None, entry.name)]
    if not names:
        known = ", ".join(entry.name for entry in settings.receivers) or "none"
        fail(Exit.NOTHING if receiver is None else Exit.USAGE, f"no such receiver; known: {known}")
    accepted = 0
    for name in names:
        attempt = asyncio.run(send_test(settings, name))
        accepted += attempt.outcome is Outcome.DELIVERED
        say(f"{name}: {attempt.outcome.value}" + (f" ({attempt.detail})" if attempt.detail else ""))
    if accepted < len(names):
        raise typer.Exit(Exit.PARTIAL if accepted else Exit.FINDINGS)
