"""Measure folding: texts per second, and the share of words that every disguise leaves comparable.

    python -m benchmarks.normalising --json [--data DIR] [--seed N]

A word counts as seen through if its folded form is that of the plain word. Digits for letters and stretched letters
are not folded by design: "10" is not "lo", and "cool" is not "col"; the negativity model reads these itself.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.perturbing import PERTURBATIONS
from crisiswatch.text.normalising import fold, fold_with_places
from crisiswatch.text.stop_words import stop_words

TEXTS, WORDS = 4_000, 16


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.normalising")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, help="folder of *.tsv files with texts")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(random.Random(options.seed), options.data), indent=2) + "\n")


def measure(rng: random.Random, data: Path | None) -> dict[str, object]:
    """Return speed of plain and of disguised texts, the share seen through, and whether places agree with `fold`."""
    texts = _read(data) if data else _invent(rng)
    disguised = {name: [change(text) for text in texts] for name, change in PERTURBATIONS.items()}
    return {
        "per_second": round(_speed(texts)),
        "per_second_disguised": {name: round(_speed(changed)) for name, changed in disguised.items()},
        "seen_through": {name: _seen_through(texts, changed) for name, changed in disguised.items()},
        "places_agree": all(fold_with_places(text)[0] == fold(text) for text in texts[:500]),
        "texts": len(texts),
    }


def _read(folder: Path) -> list[str]:
    lines = (line for path in sorted(folder.glob("*.tsv")) for line in path.read_text("utf-8").splitlines())
    return [line.split("\t", 1)[1] for line in lines if "\t" in line][:TEXTS]


def _invent(rng: random.Random) -> list[str]:
    words = [word for word in sorted(stop_words()) if word.isascii() and word.isalpha()]
    return [" ".join(rng.choices(words, k=WORDS)) for _ in range(TEXTS)]


def _seen_through(texts: Sequence[str], disguised: Sequence[str]) -> float:
    pairs = [
        pair
        for plain, changed in zip(texts, disguised, strict=True)
        for pair in zip(fold(plain).split(), fold(changed).split(), strict=False)
    ]
    return round(sum(plain == changed for plain, changed in pairs) / max(len(pairs), 1), 4)


def _speed(texts: Sequence[str]) -> float:
    """Return texts per second of processor time, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for text in texts:
            fold(text)
        best = min(best, time.process_time() - start)
    return len(texts) / best


if __name__ == "__main__":
    main()
