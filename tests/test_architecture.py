"""What every file must keep to, beyond what the linters say."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = sorted(file for folder in ("crisiswatch", "benchmarks", "training") for file in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PACKAGE = [file for file in CODE if file.is_relative_to(ROOT / "crisiswatch")]
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LIMIT, FUNCTION_LIMIT, ARGUMENT_LIMIT = 300, 40, 6
VAGUE = re.compile(r"utils?|helpers?|common|misc|stuff|base")
TEXTS = {".py", ".md", ".yml", ".yaml", ".toml", ".json", ".sh", ".html", ".css", ".js", ".txt", ".cfg", ".service"}
BUILT = {".git", ".venv", "dist", "build", "__pycache__", "node_modules", "demo-out", ".servers"}

MACHINE = re.compile(r"/(?:Users|root|work)/\w|/home/(?!ana\b)\w|[A-Z]:\\Users")
REGISTRY = re.compile(r"(?:pypi|files\.pythonhosted|registry\.npmjs|proxy\.golang|index\.crates)\.(?:org|io)", re.I)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def functions_of(tree: ast.AST) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """Return how long a function is, its docstring and decorators apart."""
    has_docstring = ast.get_docstring(function) is not None
    first = function.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def project_texts() -> Iterator[tuple[Path, str]]:
    for file in ROOT.rglob("*"):
        parts = file.relative_to(ROOT).parts
        if file.suffix in TEXTS and file.is_file() and not any(p in BUILT or p.endswith("_cache") for p in parts):
            yield file, file.read_text("utf-8", "replace")


def test_the_code_is_found_at_all() -> None:
    assert len(PACKAGE) > 150


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text("utf-8")
    tree = ast.parse(text)

    assert len(text.splitlines()) <= FILE_LIMIT
    assert [(f.name, lines_of(f)) for f in functions_of(tree) if lines_of(f) > FUNCTION_LIMIT] == []


def test_files_of_tests_stay_small_too() -> None:
    long = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in TESTS}

    assert len(long) > 150
    assert {name: lines for name, lines in long.items() if lines > FILE_LIMIT} == {}


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_functions_take_few_arguments(file: Path) -> None:
    def given(function: Function) -> int:
        arguments = function.args
        named = [a.arg for a in (*arguments.posonlyargs, *arguments.args) if a.arg not in ("self", "cls")]
        return len(named)

    crowded = [f.name for f in functions_of(ast.parse(file.read_text("utf-8"))) if given(f) > ARGUMENT_LIMIT]

    assert [name for name in crowded if "cli" not in file.parts] == [], "commands take what people type"


@pytest.mark.parametrize("file", PACKAGE, ids=name_of)
def test_everything_public_says_what_it_is(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    named = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    named += [node for node in tree.body if isinstance(node, Function)]

    assert ast.get_docstring(tree)
    assert [node.name for node in named if not node.name.startswith("_") and not ast.get_docstring(node)] == []


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_modules_are_named_after_what_they_do(file: Path) -> None:
    assert [part for part in (*file.relative_to(ROOT).parts[:-1], file.stem) if VAGUE.fullmatch(part)] == []


def test_the_real_time_is_read_in_one_place() -> None:
    reading = re.compile(r"\bdatetime\.(?:now|utcnow|today)\(|\btime\.(?:time|monotonic|sleep)\(|\bdate\.today\(")
    readers = [name_of(file) for file in PACKAGE if reading.search(file.read_text("utf-8"))]

    assert [name for name in readers if name != "crisiswatch/engine/clock.py"] == MEASURING


MEASURING: list[str] = []
"""Modules that may read a monotonic clock, to measure how long something took."""


def test_nothing_is_left_unfinished() -> None:
    found = [name_of(file) for file in CODE if UNFINISHED.search(file.read_text("utf-8"))]

    assert found == []


def test_files_name_no_machine_and_no_registry() -> None:
    own = Path(__file__)
    found = [
        f"{name_of(file)}: {match[0]}"
        for file, text in project_texts()
        if file != own
        for match in (*MACHINE.finditer(text), *REGISTRY.finditer(text))
    ]

    assert found == []


def test_the_example_is_quoted_whole_where_it_is_quoted() -> None:
    example = (ROOT / "config/crisiswatch.example.yml").read_text("utf-8").strip()
    opening = "\n".join(example.splitlines()[:4])
    quoted = [(name_of(file), text) for file, text in project_texts() if file.suffix == ".md" and opening in text]

    assert [name for name, text in quoted if example not in text] == []


def test_no_bare_task_outlives_its_owner() -> None:
    """`asyncio.create_task` without a group hides errors; these wait for their tasks themselves."""
    bare = re.compile(r"asyncio\.create_task\(")
    found = [name_of(file) for file in PACKAGE if bare.search(file.read_text("utf-8"))]

    assert found == ["crisiswatch/app/running.py", "crisiswatch/console/server.py", "crisiswatch/engine/pooling.py"]


def test_errors_are_swallowed_nowhere() -> None:
    swallowed = [
        f"{name_of(file)}:{handler.lineno}"
        for file in PACKAGE
        for handler in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or all(isinstance(step, ast.Pass) for step in handler.body))
    ]

    assert swallowed == []


def test_everything_is_caught_in_the_engine_alone() -> None:
    kept = [
        f"{name_of(file)}:{handler.lineno}"
        for file in PACKAGE
        for handler in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler)
        and isinstance(handler.type, ast.Name)
        and handler.type.id in ("Exception", "BaseException")
        and not any(isinstance(step, ast.Raise) for step in handler.body)
    ]

    assert kept != []
    assert [place for place in kept if not place.startswith("crisiswatch/engine/")] == []


@pytest.mark.parametrize(("contract", "folder"), [("4.", "sources"), ("5.", "channels")])
def test_every_kind_is_in_the_contract_that_keeps_it_from_knowing_the_others(contract: str, folder: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [kept_apart] = [set(each["modules"]) for each in contracts if each["name"].startswith(contract)]

    kinds = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in (ROOT / "crisiswatch" / folder).rglob("*.py")
        if re.search(r"^KIND\b", file.read_text("utf-8"), re.MULTILINE)
    }

    assert len(kinds) > 5
    assert kept_apart == kinds
