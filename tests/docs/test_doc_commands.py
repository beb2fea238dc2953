"""Every crisiswatch command that a page names exists, and those that are marked to run print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from doc_pages import ROOT, Block, blocks, pages, prose

from crisiswatch.cli import app
from crisiswatch.store import create

SPAN = re.compile(r"`(?:\$ )?(crisiswatch [^`]+)`")
LINE = re.compile(r"(?:^|[;&|(]\s*|\$ |bin/)(crisiswatch (?!/).+)$", re.MULTILINE)
NEEDS_DATABASE = {"how-to/backup-and-restore.md"}

_WORDS = {"…", "FILE", "NAME", "LINK"}


def _commands(page: str) -> Iterator[str]:
    for found in SPAN.findall(prose(page)):
        yield " ".join(found.split())
    for block in blocks(page):
        if block.language in ("console", "bash", "sh"):
            yield from LINE.findall(block.body.replace("\\\n", " "))


def _wrong(command: str) -> str:
    """Return the first word of a command that does not exist."""
    current = typer.main.get_command(app)
    words = command.partition("#")[0].split()[1:]
    for number, word in enumerate(words):
        inner = getattr(current, "commands", None)
        if word.startswith("-"):
            if not _has_option(current, word):
                return word
        elif inner is not None:
            if word in _WORDS:
                return ""
            several = [part for part in re.split(r"[|/]", word) if part]
            if not set(several) <= set(inner):
                return word
            current = inner[several[0]]
            if len(several) > 1:
                return ""
        elif word in ("&&", "|", ";", ">", "2>&1"):
            return _rest(words[number + 1 :])
    return ""


def _rest(words: list[str]) -> str:
    return _wrong(" ".join(words)) if words[:1] == ["crisiswatch"] else ""


def _has_option(command: object, word: str) -> bool:
    name = word.partition("=")[0].rstrip(".,;:")
    known = {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)}  # type: ignore[attr-defined]  # a click command
    return name in known | {"--help", "-h"}


@pytest.mark.parametrize("page", pages())
def test_every_command_of_a_page_exists(page: str) -> None:
    wrong = {command: word for command in _commands(page) if (word := _wrong(command))}

    assert wrong == {}


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert _wrong("crisiswatch incident shut INC-7") == "shut"
    assert _wrong("crisiswatch check --loud") == "--loud"
    assert _wrong("crisiswatch db backup FILE") == ""
    assert _wrong("crisiswatch check && crisiswatch rum") == "rum"


RUNNABLE = [page for page in pages() if any(block.note.startswith("run") for block in blocks(page))]


@pytest.mark.acceptance
@pytest.mark.parametrize("page", RUNNABLE)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path) -> None:
    if page in NEEDS_DATABASE:
        _make_database(tmp_path / "crisiswatch.db")
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).write_text(block.body, "utf-8")
        elif block.note.startswith("run"):
            _run(block, tmp_path)


def _run(block: Block, folder: Path) -> None:
    expected_code = int(block.note.removeprefix("run").removeprefix(": exit ").strip() or 0)
    *before, last = _steps(block.body)
    for command, shown in before:
        _assert_shown(command, shown, _execute(command, folder, 0))
    _assert_shown(last[0], last[1], _execute(last[0], folder, expected_code))


def _steps(body: str) -> list[tuple[str, list[str]]]:
    steps: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif line.strip():
            steps[-1][1].append(line)
    return steps


def _execute(command: str, folder: Path, code: int) -> str:
    (folder / "bin").mkdir(exist_ok=True)
    ours = folder / "bin" / "crisiswatch"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crisiswatch "$@"\n')
    ours.chmod(0o755)
    environment = {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "110",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def _assert_shown(command: str, shown: list[str], output: str) -> None:
    """Every line that the page shows must be in the output; `…` stands for anything."""
    flat = " ".join(output.split())
    for line in shown:
        for part in filter(None, (" ".join(piece.split()) for piece in line.split("…"))):
            assert part in flat, f"{command} does not print {part!r}:\n{output}"


def _make_database(path: Path) -> None:
    import asyncio

    async def make() -> None:
        store = create(f"sqlite:///{path}")
        await store.open()
        await store.close()

    asyncio.run(make())
