"""Loads a configuration: reads, merges, substitutes, validates, and reports every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crisiswatch.errors import ConfigError, Problem
from crisiswatch.settings.assembling import Assembly
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.checks import cross_checks, detector_problems, folder_problems, query_problems
from crisiswatch.settings.environment import overlay
from crisiswatch.settings.masking import masked_by_name, masked_lines, scrubbed
from crisiswatch.settings.merging import merge
from crisiswatch.settings.reading import parse, read_text
from crisiswatch.settings.result import Settings
from crisiswatch.settings.shapes import Shapes, secret_names, shapes
from crisiswatch.settings.substituting import Absent, Substitution
from crisiswatch.settings.tokens import literal_tokens
from crisiswatch.settings.tree import Leaf, Map, Node, Place, problem, quoted, split_lines


def load(
    path: Path, environ: Mapping[str, str], catalogues: Catalogues, *, absent: Absent = Absent.IS_ERROR
) -> Settings:
    """Return the settings of a file. Raises ConfigError with every problem, by file and line.

    With `Absent.IS_WARNING` variables, files and folders that this machine lacks are put up with: references then
    stand for themselves. That is for what neither reads sources nor tells anybody.
    """
    run = _Run(path, environ, catalogues, absent)
    settings = run.settings()
    if settings is None:
        raise ConfigError(run.report())
    return settings


def check(
    path: Path, environ: Mapping[str, str], catalogues: Catalogues, *, absent: Absent = Absent.IS_ERROR
) -> tuple[Problem, ...]:
    """Return everything that is wrong with a file, and warnings of what is unwise, by file and line."""
    run = _Run(path, environ, catalogues, absent)
    run.settings()
    return run.report()


def read_texts(path: Path, catalogues: Catalogues) -> dict[str, str]:
    """Return the texts of the files of a configuration, for `render`, with every secret hidden."""
    texts = {}
    for file in config_files(path):
        try:
            text = read_text(file)
        except ConfigError:
            continue
        texts[str(file)] = "\n".join(_masked(text, str(file), catalogues))
    return texts


def config_files(path: Path) -> tuple[Path, ...]:
    """Return the main file with those of the folder `conf.d` beside it, in the order in which they apply."""
    extra = path.parent / "conf.d"
    try:
        found = sorted(file for file in extra.iterdir() if file.suffix == ".yml" and not file.name.startswith("."))
    except OSError:
        found = []
    return (path, *found)


@dataclass(slots=True)
class _Run:
    """One pass over a configuration."""

    path: Path
    environ: Mapping[str, str]
    catalogues: Catalogues
    absent: Absent
    problems: list[Problem] = field(default_factory=list)

    def settings(self) -> Settings | None:
        written = self._read()
        if written is None:
            return None
        self.problems += literal_tokens(written)
        substitution = Substitution(self.path.parent, self.environ, self.absent)
        replaced = substitution.references(written)
        root, told = overlay(replaced if isinstance(replaced, Map) else written, self.environ)
        known = shapes(root, self.catalogues)
        whole = substitution.twins(root, known)
        self.problems += [*told, *substitution.problems]
        return self._checked(whole if isinstance(whole, Map) else root, known)

    def report(self) -> tuple[Problem, ...]:
        unique = dict.fromkeys(self.problems)
        return tuple(sorted(unique, key=lambda told: (told.file, told.line, told.column, told.code, told.where)))

    def _checked(self, root: Map, known: Shapes) -> Settings | None:
        assembly = Assembly(root, known, self.catalogues, self.path.parent)
        settings = assembly.settings()
        self.problems += [*assembly.problems, *cross_checks(root, known)]
        self.problems += folder_problems(root, self.path.parent, self.absent)
        if self.catalogues.check_query:
            self.problems += query_problems(root, self.catalogues.check_query)
        if self.catalogues.check_detector and settings is not None:
            self.problems += detector_problems(root, settings.brands, self.catalogues.check_detector)
        self.problems = scrubbed(self.problems, root, known)
        return None if any(not told.is_warning for told in self.problems) else settings

    def _read(self) -> Map | None:
        """Return the merged document, None if a file of it cannot be read."""
        documents = list(self._documents())
        if any(document is None for document in documents):
            return None
        main, *extra = (document for document in documents if document is not None)
        for document in extra:
            main = merge(main, document)
        return main

    def _documents(self) -> Iterator[Map | None]:
        for file in config_files(self.path):
            try:
                yield _mapping(parse(read_text(file), str(file)), str(file), is_main=file == self.path)
            except ConfigError as error:
                self.problems += error.problems
                yield None


def _mapping(root: Node | None, file: str, *, is_main: bool) -> Map:
    place = Place(file, 1, 1)
    is_empty = root is None or (isinstance(root, Leaf) and root.value is None)
    if is_empty and is_main:
        raise ConfigError((problem("empty-file", "the file says nothing", place, hint="begin with version: 1"),))
    if is_empty or root is None:
        return Map({}, place)
    if not isinstance(root, Map):
        message = f"{quoted(root)} is not a mapping"
        raise ConfigError((problem("wrong-type", message, root.place, hint="begin with version: 1"),))
    return root


def _masked(text: str, file: str, catalogues: Catalogues) -> Iterable[str]:
    lines = split_lines(text)
    try:
        root = parse(text, file)
    except ConfigError:
        return masked_by_name(lines, secret_names(catalogues))
    return lines if root is None else masked_lines(lines, file, root, shapes(root, catalogues))
