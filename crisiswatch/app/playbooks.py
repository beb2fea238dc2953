"""Reads playbooks from YAML files."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from crisiswatch.core.playbooks import Playbook
from crisiswatch.errors import ConfigError, Problem
from crisiswatch.settings import parse_duration


def _duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError("write a duration such as 30m")
    return parse_duration(value)


class PlaybookFile(BaseModel):
    """One playbook as a file holds it; texts are by language (`en` is needed), the name is the file's."""

    model_config = ConfigDict(extra="forbid")

    title: dict[str, str] = Field(min_length=1)
    owner: str = Field(min_length=1)
    incident_types: list[str] = []
    when: str
    steps: dict[str, Annotated[list[str], Field(min_length=1, max_length=10)]]
    deadline: Annotated[timedelta, BeforeValidator(_duration)]
    holding_statement: dict[str, str] = {}
    pages: bool = True
    url: str | None = None


def load_playbooks(*folders: Path) -> tuple[Playbook, ...]:
    """Return the playbooks of the folders; a later folder replaces those of the same name.

    Raises ConfigError that names file and key.
    """
    found: dict[str, Playbook] = {}
    problems: list[Problem] = []
    for folder in folders:
        for file in sorted(folder.glob("*.y*ml")):
            if file.is_symlink() and not file.resolve().is_relative_to(folder.resolve()):
                problems.append(Problem("playbook", "leads out of its folder", file=str(file), line=1, column=1))
                continue
            try:
                found[file.stem] = _read(file.stem, file.read_text("utf-8"))
            except (YAMLError, UnicodeDecodeError) as error:
                problems.append(_syntax(file, error))
            except ValidationError as error:
                problems += [_problem(file, detail["loc"], detail["msg"]) for detail in error.errors()]
    if problems:
        raise ConfigError(tuple(problems))
    return tuple(found.values())


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Playbook:
    """Return the playbook that a text holds; the same text is read once, though each reload asks for it."""
    data = YAML(typ="safe", pure=True).load(text)
    book = PlaybookFile.model_validate(data)
    return Playbook(
        name=name,
        title=book.title,
        owner=book.owner,
        incident_types=tuple(book.incident_types),
        when=book.when,
        steps={language: tuple(steps) for language, steps in book.steps.items()},
        deadline=book.deadline,
        holding_statement=book.holding_statement,
        pages=book.pages,
        url=book.url,
    )


def _syntax(file: Path, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem("yaml", getattr(error, "problem", None) or str(error), file=str(file), line=line, column=column)


def _problem(file: Path, where: tuple[int | str, ...], message: str) -> Problem:
    path = ".".join(map(str, where))
    return Problem("playbook", message, where=path, file=str(file), line=1, column=1)
