"""The page of the packaged playbooks."""

from __future__ import annotations

from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.core.playbooks import Playbook
from crisiswatch.settings import show_duration
from crisiswatch.text.incident_types import TYPES, UNCLEAR
from docs.generating.markdown import page, table

INTRODUCTION = """\
These come with crisiswatch and apply without configuration. An incident gets the playbook of its incident type, and
`general` where no other applies. [Playbooks](../how-to/playbooks.md): how to replace these, and write your own."""


def write() -> str:
    """Return the page."""
    books = load_playbooks(playbooks_folder())
    overview = [
        (f"[{book.name}](#{book.name})", ", ".join(book.incident_types), book.owner, show_duration(book.deadline))
        for book in books
    ]
    head = table(("playbook", "incident types", "owner", "first public word within"), overview)
    return page("Playbooks", INTRODUCTION, head, *(_section(book) for book in books), _types(books))


def _section(book: Playbook) -> str:
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(book.steps["en"], 1))
    parts = [f"## {book.name}", f"**{book.title['en']}.** {book.when}", steps]
    if "en" in book.holding_statement:
        parts.append(f"> {book.holding_statement['en']}")
    facts = f"Owner: {book.owner}. First public word within {show_duration(book.deadline)}."
    parts.append(f"{facts} Languages: {', '.join(book.steps)}.")
    return "\n\n".join(parts)


def _types(books: tuple[Playbook, ...]) -> str:
    covered = {type_: book.name for book in books for type_ in book.incident_types}
    rows = [(f"`{type_}`", covered.get(type_, "general")) for type_ in (*TYPES, UNCLEAR)]
    return "## Incident types\n\nEvery type that crisiswatch can name, and the playbook it gets.\n\n" + table(
        ("type", "playbook"), rows
    )
