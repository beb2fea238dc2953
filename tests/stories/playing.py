"""Plays a story and writes down what happened, one line per event.

`python tests/stories/playing.py NAME …` prints what their expected.txt should hold; with `--keep` first it is written,
to be read in the diff before it is committed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from telling import Line, known_at

from crisiswatch.app.building import catalogues
from crisiswatch.app.replaying import Played, backtest, replay
from crisiswatch.settings import Absent, load

HERE = Path(__file__).parent
STORIES = sorted(folder.parent.name for folder in HERE.glob("*/crisiswatch.yml"))


@dataclass(frozen=True)
class Ending:
    """What came out of a story: its events as text, and the object that `--format json` prints, as it is printed."""

    text: str
    object: str


def write(name: str, file: Path) -> None:
    """Write the posts of a story, in the order in which they became known."""
    lines = sorted(_tell(name), key=known_at)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


@cache
def by_backtest(name: str) -> Ending:
    """Play a story as `crisiswatch backtest` does; once, whoever asks."""
    with tempfile.TemporaryDirectory() as folder:
        posts = Path(folder) / "mentions.jsonl"
        write(name, posts)
        return _ending(asyncio.run(backtest(_settings(name), posts, _nobody)))


def by_replay(name: str, file: Path) -> Ending:
    """Play a story as `crisiswatch replay` does."""
    return _ending(asyncio.run(replay(_settings(name), file, _nobody)))


def _tell(name: str) -> Iterator[Line]:
    spec = importlib.util.spec_from_file_location(f"story_{name}", HERE / name / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines: Iterator[Line] = module.tell()
    return lines


def _settings(name: str) -> Any:
    return load(HERE / name / "crisiswatch.yml", {}, catalogues(), absent=Absent.IS_WARNING)


def _ending(played: Played) -> Ending:
    lines = [line for incident in played.incidents for line in _lines(played, incident)]
    text = "".join(f"{line}\n" for _, line in sorted(lines, key=lambda pair: pair[0]))
    return Ending(text, json.dumps(played.result, indent=2))


def _lines(played: Played, incident: Any) -> Iterator[tuple[Any, str]]:
    for position, event in enumerate(played.history[incident.id]):
        told = [row.notification for row in played.owed if row.notification.incident == incident.id]
        at_once = [f"{n.receiver}: {n.kind.value}" for n in told if n.not_before == event.at]
        what = f"{incident.name} {incident.brand}/{incident.family} {event.change.value} {event.severity.name.lower()}"
        told_text = ", ".join(at_once) or "nobody"
        yield (event.at, incident.number, position), f"{event.at:%a %H:%M:%S} {what} → {told_text}"


def _nobody(part: float) -> None:
    """Show no progress."""


def _main(arguments: list[str]) -> None:
    is_kept, names = "--keep" in arguments, [name for name in arguments if name != "--keep"]
    for name in names or STORIES:
        text = by_backtest(name).text
        sys.stdout.write(f"--- {name}\n{text}")
        if is_kept:
            (HERE / name / "expected.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    _main(sys.argv[1:])
