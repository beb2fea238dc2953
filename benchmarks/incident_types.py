"""Measure incident types: macro-F1 over 19 types of single posts and of bursts, by language.

    python -m benchmarks.incident_types --json [--data DIR] [--seed N] [--half held_out|building]

The posts were written for this project, thirty a type and language, from the definitions of the types. `held_out`
measures: it was written before the word lists and is never used to improve them; `building` is for improving them.
A burst is what the daemon sees of an incident: ten posts of one type among six of other types and of none, and the
behaviour that the type's definition names. "unclear" is a wrong answer about a post or burst that has a type, and a
type is a wrong answer about one that has none. `--data` takes other `*.tsv` files (`type<TAB>text`; a two-letter last
part of the name is the language) and measures their posts alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.staging import BEHAVIOURS
from crisiswatch.core.steps import Behaviour
from crisiswatch.text.incident_types import LANGUAGES, TYPES, UNCLEAR, incident_type

POSTS = Path(__file__).parent / "incident_posts"
BURSTS, OWN, OTHER = 20, 10, 6
Answers = list[tuple[str, str, float]]
"""What it is, what was answered, and with which probability."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.incident_types")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, help="folder of *.tsv files with posts of known type")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", choices=("held_out", "building"), default="held_out")
    options = parser.parse_args(arguments)
    told = measure_files(options.data) if options.data else measure(random.Random(options.seed), options.half)
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


def measure(rng: random.Random, half: str) -> dict[str, object]:
    """Return macro-F1, precision and recall of bursts and of single posts, over all languages and by language."""
    halves = {language: read(POSTS / f"{half}_{language}.txt") for language in LANGUAGES}
    posts = {language: _posts(language, types) for language, types in halves.items()}
    bursts = {language: _bursts(rng, language, types) for language, types in halves.items()}
    found = [answer for answers in bursts.values() for answer in answers]
    alone = [answer for answers in posts.values() for answer in answers]
    return {
        "half": half,
        "per_second": round(_speed([text for types in halves.values() for texts in types.values() for text in texts])),
        **scores(found),
        "calibration_error": _calibration_error(found),
        "languages": {language: {**scores(bursts[language]), "posts": scores(posts[language])} for language in halves},
        "posts": scores(alone),
        "types": {type_: {"bursts": f1(found, type_), "posts": f1(alone, type_)} for type_ in TYPES},
    }


def measure_files(folder: Path) -> dict[str, object]:
    """Return what `measure` says of single posts, of the files in a folder."""
    told: dict[str, object] = {}
    for path in sorted(folder.glob("*.tsv")):
        language = path.stem.rpartition("_")[2]
        lines = (line.split("\t", 1) for line in path.read_text("utf-8").splitlines() if "\t" in line)
        hint = language if len(language) == 2 else None
        told[path.stem] = scores([_answer(type_, [text], hint, Behaviour()) for type_, text in lines])
    return told


def read(path: Path) -> dict[str, list[str]]:
    """Return the posts of a file by type: one a line, under `== type`."""
    posts: dict[str, list[str]] = {}
    type_ = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("== "):
            type_ = line.removeprefix("== ")
        elif line:
            posts.setdefault(type_, []).append(line)
    return posts


def scores(answers: Answers) -> dict[str, float]:
    """Return macro-F1, precision and recall over the types that occur, and how often nothing was the answer."""
    types = [type_ for type_ in TYPES if any(true == type_ for true, _, _ in answers)]
    right = Counter(true for true, found, _ in answers if true == found)
    wanted, given = Counter(true for true, _, _ in answers), Counter(found for _, found, _ in answers)
    return {
        "macro_f1": _mean([f1(answers, type_) for type_ in types]),
        "precision": _mean([right[type_] / max(given[type_], 1) for type_ in types]),
        "recall": _mean([right[type_] / wanted[type_] for type_ in types]),
        "unclear": round(given[UNCLEAR] / max(len(answers), 1), 4),
    }


def f1(answers: Answers, type_: str) -> float:
    """Return the F1 of one type."""
    right = sum(true == found == type_ for true, found, _ in answers)
    told = sum((true == type_) + (found == type_) for true, found, _ in answers)
    return round(2 * right / told, 4) if told else 0.0


def _posts(language: str, types: Mapping[str, Sequence[str]]) -> Answers:
    return [_answer(type_, [text], language, Behaviour()) for type_, texts in types.items() for text in texts]


def _bursts(rng: random.Random, language: str, types: Mapping[str, Sequence[str]]) -> Answers:
    """Return the answers about bursts of every type and of none; half of the other posts are of no type."""
    answers = []
    for type_, own in types.items():
        others = [text for name, texts in types.items() if name not in (type_, UNCLEAR) for text in texts]
        for _ in range(BURSTS):
            texts = rng.sample(own, OWN) + rng.sample(types[UNCLEAR], OTHER // 2) + rng.sample(others, OTHER // 2)
            answers.append(_answer(type_, texts, language, BEHAVIOURS[type_]))
    return answers


def _answer(type_: str, texts: Sequence[str], language: str | None, behaviour: Behaviour) -> tuple[str, str, float]:
    guess = incident_type(texts, [language] * len(texts), behaviour)
    return type_, guess.type, guess.probability


def _calibration_error(answers: Answers) -> float:
    """Return the mean distance, over tenths of probability, between how sure the answers were and how often right."""
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for true, found, probability in answers:
        if found != UNCLEAR:
            tenths.setdefault(min(9, int(10 * probability)), []).append((probability, true == found))
    told = sum(len(tenth) for tenth in tenths.values())
    gaps = (abs(sum(p for p, _ in tenth) - sum(hit for _, hit in tenth)) for tenth in tenths.values())
    return round(sum(gaps) / max(told, 1), 4)


def _speed(texts: Sequence[str]) -> float:
    """Return texts per second of processor time, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        incident_type(texts, ["en"] * len(texts))
        best = min(best, time.process_time() - start)
    return len(texts) / best


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / max(len(values), 1), 4)


if __name__ == "__main__":
    main()
