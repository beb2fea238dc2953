"""`init`, `check` and `config`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Findings, fail, give, give_json, say, settings_of

MINIMAL = """\
# yaml-language-server: $schema=./crisiswatch.schema.json
version: 1
brands:
  - name: {brand}
    match: [{query}]
    sources:
      - {{name: news, type: rss, url: "https://www.example.com/feed.xml", every: 5m}}
# Who is told. Uncomment and set SMTP_URL, e.g. smtp://user:password@mail.example.com:587
# receivers:
#   - {{name: on-call, type: email, to: [oncall@example.com], smtp: "${{SMTP_URL}}"}}
# routes: {{receiver: on-call}}
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Set up")(init)
    app.command(rich_help_panel="Set up")(check)
    group = typer.Typer(help="Show, compare and explain the configuration.", no_args_is_help=True)
    group.command("show")(show)
    group.command("schema")(schema)
    group.command("diff")(diff)
    group.command("explain")(explain)
    group.command("migrate")(migrate)
    app.add_typer(group, name="config", rich_help_panel="Set up")


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path(),
    brand: Annotated[str, typer.Option(help="What to watch.")] = "Acme",
    full: Annotated[bool, typer.Option("--full", help="Write every section, as the example has it.")] = False,
) -> None:
    """Write a first configuration and its schema.

    crisiswatch init --brand Norvik
    """
    import json

    from crisiswatch.app.building import catalogues
    from crisiswatch.app.data import example_config
    from crisiswatch.settings import schema as make_schema

    target = folder / "crisiswatch.yml"
    if target.exists():
        fail(Exit.FINDINGS, f"{target} is there already; it was not changed")
    folder.mkdir(parents=True, exist_ok=True)
    name = json.dumps(brand, ensure_ascii=False)
    query = json.dumps('"' + brand.replace('"', " ") + '"', ensure_ascii=False)
    text = example_config().read_text("utf-8") if full else MINIMAL.format(brand=name, query=query)
    target.write_text(text, "utf-8")
    (folder / "crisiswatch.schema.json").write_text(json.dumps(make_schema(catalogues()), indent=1), "utf-8")
    say(f"wrote {target}\nnext: edit it, then crisiswatch check -c {target}, then crisiswatch run -c {target}")
    say(f"to begin with two weeks of history: crisiswatch backfill -c {target}, before run")


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Configuration files.", show_default=False)] = None,
    config: Config = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    format_: Annotated[Findings, typer.Option("--format", help="How to print them.")] = Findings.TEXT,
) -> None:
    """Say everything that is wrong with a configuration: file, line, column, and what to write.

    crisiswatch check crisiswatch.yml
    """
    from crisiswatch.app.building import catalogues
    from crisiswatch.app.playbooks import load_playbooks
    from crisiswatch.app.second_opinions import second_opinion
    from crisiswatch.errors import ConfigError, Problem
    from crisiswatch.settings import Absent, find_config, load, read_texts, render
    from crisiswatch.settings import check as check_settings

    known = catalogues()
    failed = False
    found: list[Problem] = []
    for path in files or [find_config(config, os.environ)]:
        problems = check_settings(path, os.environ, known, absent=Absent.IS_WARNING)
        if not any(not problem.is_warning for problem in problems):
            try:
                settings = load(path, os.environ, known, absent=Absent.IS_WARNING)
                load_playbooks(*([settings.playbooks_folder] if settings.playbooks_folder else []))
                second_opinion(settings)
            except ConfigError as error:
                problems = (*problems, *error.problems)
        failed |= any(strict or not problem.is_warning for problem in problems)
        found += problems
        if format_ is Findings.TEXT:
            give(render(problems, read_texts(path, known)) if problems else f"{path}: ok")
    if format_ is Findings.JSON:
        give_json({"schema_version": 1, "problems": [_record(problem) for problem in found]})
    raise typer.Exit(Exit.FINDINGS if failed else Exit.OK)


def show(config: Config = None) -> None:
    """Print the configuration in force, defaults filled in and secrets hidden."""
    from crisiswatch.settings import show as show_settings

    settings, _ = settings_of(config)
    give(show_settings(settings))


def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    from crisiswatch.app.building import catalogues
    from crisiswatch.settings import schema as make_schema

    give_json(make_schema(catalogues()))


def diff(
    old: Annotated[Path, typer.Argument(help="A configuration.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Say what would change: ~ changed, + new, - gone. Exit code 1 if anything would. Secrets stay hidden.

    crisiswatch config diff /etc/crisiswatch/crisiswatch.yml new.yml
    """
    from crisiswatch.settings import diff as diff_settings

    changes = diff_settings(settings_of(old)[0], settings_of(new)[0])
    for line in changes:
        give(line)
    if not changes:
        say("nothing would change")
    raise typer.Exit(Exit.FINDINGS if changes else Exit.OK)


def explain(key: Annotated[str, typer.Argument(help="A key, such as brands.rules.severity.")]) -> None:
    """Say what a key means, what it may hold, and what it is by default.

    crisiswatch config explain server.public_url
    """
    from crisiswatch.app.building import catalogues
    from crisiswatch.app.keywords import explain_key
    from crisiswatch.settings import schema as make_schema

    found = explain_key(make_schema(catalogues()), key)
    if found.lines:
        give("\n".join(found.lines))
    else:
        fail(Exit.USAGE, f"no key {key!r}; known there: {', '.join(found.known)}")


def migrate(
    config: Config = None,
    write: Annotated[bool, typer.Option("--write", help="Write it; the old file is kept as FILE.bak.")] = False,
) -> None:
    """Show what the newest version of the format changes in a configuration. Exit code 1 if anything would change.

    crisiswatch config migrate

    crisiswatch config migrate --write
    """
    from difflib import unified_diff

    from crisiswatch.errors import ConfigError
    from crisiswatch.settings import find_config, migrated, read_text, render, rewrite

    try:
        path = find_config(config, os.environ)
        old = read_text(path)
        new = migrated(old, str(path))
    except ConfigError as error:
        fail(Exit.CONFIG, render(error.problems, {}))
    if old == new:
        say(f"{path} is of the newest version; nothing to change")
        return
    give(
        "".join(
            unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), str(path), str(path))
        ).rstrip("\n")
    )
    if not write:
        raise typer.Exit(Exit.FINDINGS)
    try:
        say(f"wrote {path}; the old one is {rewrite(path, new)}")
    except FileExistsError as error:
        fail(Exit.FINDINGS, f"{error.filename} is there already: move it away; nothing was changed")


def _record(problem: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(problem)  # type: ignore[call-overload,no-any-return]  # a Problem, imported lazily
