"""Measure near-duplicate sketches: texts per second, recall and precision of the rule "same story".

    python -m benchmarks.stories --json [--data DIR] [--seed N]

Copies are made as people make them: reposts with one word changed, a link or a remark added, the end cut off.
Pairs that are no copies: posts about the same brand (three in four), and posts that share a phrase of five words
and nothing else (one in four; `template_merged` is the share of these that the rule takes for one story).
`--data` takes `*.tsv` files (`label<TAB>text`) as originals.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.perturbing import PERTURBATIONS
from crisiswatch.text.stop_words import stop_words
from crisiswatch.text.stories import is_same, sketch

PAIRS = 4_000
PHRASE, REST = 5, 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.stories")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, help="folder of *.tsv files with texts")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(random.Random(options.seed), options.data), indent=2) + "\n")


def measure(rng: random.Random, data: Path | None) -> dict[str, object]:
    """Return speed, recall by kind of copy, and precision over as many pairs that are no copies."""
    posts = _read(data) if data else _invent(rng)
    words = [word for post in posts for word in post.split()]
    kinds = {
        kind: _share_same([(post, change(rng, post, words)) for post in posts]) for kind, change in _COPIES.items()
    }
    recall = sum(kinds.values()) / len(kinds)
    others = [
        (f"Acme {first}", f"Acme {second}") for first, second in zip(posts, rng.sample(posts, len(posts)), strict=True)
    ]
    unrelated = _share_same([(first, second) for first, second in others if first != second])
    template = _share_same([_template(rng, words) for _ in range(PAIRS // 4)])
    wrong = 0.75 * unrelated + 0.25 * template
    return {
        "per_second": round(_speed(posts)),
        "recall": round(recall, 4),
        "precision": round(recall / (recall + wrong), 4),
        "recall_by_kind": {kind: round(share, 4) for kind, share in kinds.items()},
        "recall_by_disguise": {
            name: round(_share_same([(post, change(post)) for post in posts]), 4)
            for name, change in PERTURBATIONS.items()
        },
        "unrelated_merged": round(unrelated, 5),
        "template_merged": round(template, 4),
        "pairs": len(posts),
    }


def _read(folder: Path) -> list[str]:
    lines = (line for path in sorted(folder.glob("*.tsv")) for line in path.read_text("utf-8").splitlines())
    posts = dict.fromkeys(line.split("\t", 1)[1] for line in lines if "\t" in line)
    return [post for post in posts if len(post.split()) >= 8][:PAIRS]


def _invent(rng: random.Random) -> list[str]:
    """Return posts whose words are as unevenly frequent as in speech."""
    vocabulary = [*sorted(stop_words()), *("".join(rng.choices("bcdeilmnoprstu", k=6)) for _ in range(8_000))]
    rng.shuffle(vocabulary)
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    return [" ".join(rng.choices(vocabulary, weights, k=rng.randrange(8, 28))) for _ in range(PAIRS)]


def _repost(rng: random.Random, post: str, words: Sequence[str]) -> str:
    changed = post.split()
    changed[rng.randrange(len(changed))] = rng.choice(words)
    return f"RT @{rng.choice(('ana', 'bob'))}: " + " ".join(changed)


def _with_link(rng: random.Random, post: str, words: Sequence[str]) -> str:
    return f"{post} https://t.example/{rng.randrange(10**6)}"


def _with_remark(rng: random.Random, post: str, words: Sequence[str]) -> str:
    return f"{rng.choice(words)} {rng.choice(words)}: {post}"


def _cut(rng: random.Random, post: str, words: Sequence[str]) -> str:
    kept = post.split()
    return " ".join(kept[: max(6, len(kept) - 3)]) + "…"


_COPIES: Mapping[str, Callable[[random.Random, str, Sequence[str]], str]] = {
    "repost_one_word_changed": _repost,
    "link_added": _with_link,
    "remark_added": _with_remark,
    "end_cut_off": _cut,
}


def _template(rng: random.Random, words: Sequence[str]) -> tuple[str, str]:
    phrase = rng.choices(words, k=PHRASE)
    first, second = (
        " ".join([*rng.choices(words, k=REST // 2), *phrase, *rng.choices(words, k=REST // 2)]) for _ in "ab"
    )
    return first, second


def _share_same(pairs: Sequence[tuple[str, str]]) -> float:
    firsts, seconds = sketch([first for first, _ in pairs]), sketch([second for _, second in pairs])
    return sum(map(is_same, firsts, seconds)) / len(pairs)


def _speed(posts: Sequence[str]) -> float:
    """Return texts per second of processor time, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        sketch(posts)
        best = min(best, time.process_time() - start)
    return len(posts) / best


if __name__ == "__main__":
    main()
