"""Measure keyword and query matching: texts per second, recall and precision by language.

    python -m benchmarks.matching --json [--data DIR] [--seed N]

Names are invented. Each is put into sentences of its language as people write names (cases, accents, disguises,
possessives, tags), and beside look-alikes that it must not match. `--data` takes `*.tsv` files (`label<TAB>text`)
as the texts in which names are sought for speed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crisiswatch.text.matching import Index
from crisiswatch.text.stop_words import stop_words

KEYWORDS, QUERIES, TEXTS = 5_000, 2_000, 6_000
SENTENCES: Mapping[str, Sequence[str]] = {
    "en": [
        "I bought the new {} yesterday and it works",
        "why does {} never answer my mails?",
        "{}: the worst queue in town",
    ],
    "es": [
        "ayer compré el nuevo {} y funciona",
        "¿por qué {} nunca contesta a mis correos?",
        "{}: la peor cola de la ciudad",
    ],
    "fr": [
        "j'ai acheté le nouveau {} hier et il marche",
        "pourquoi {} ne répond jamais ?",
        "{} : la pire file de la ville",
    ],
    "de": [
        "gestern habe ich das neue {} gekauft",
        "warum antwortet {} nie auf meine Mails?",
        "{}: die schlimmste Schlange",
    ],
    "ru": ["вчера я купил новый {} и он работает", "почему {} никогда не отвечает?", "{}: худшая очередь в городе"],
    "ar": ["اشتريت {} الجديد أمس وهو يعمل", "لماذا {} لا يرد على رسائلي؟", "{} أسوأ طابور في المدينة"],
    "zh": ["我昨天买了新的{}很好用", "为什么{}从来不回复我的邮件？", "{}是全城最慢的"],
    "th": ["เมื่อวานฉันซื้อ{}ใหม่", "ทำไม{}ไม่เคยตอบเลย", "{}แย่ที่สุด"],
}
DISGUISES: Sequence[Callable[[str], str]] = (
    str,
    str.upper,
    str.title,
    lambda name: name + "'s",
    lambda name: "#" + name,
    lambda name: "@" + name,
    lambda name: name[:2] + "\u200b" + name[2:],
    lambda name: name.replace("a", "а", 1).replace("o", "о", 1),
    lambda name: "".join(chr(0xFEE0 + ord(letter)) for letter in name),
    lambda name: name[0] + "\u0301" + name[1:],
    lambda name: f"&#{ord(name[0])};{name[1:]}",
    lambda name: f"“{name}”",
)
DECOYS: Sequence[Callable[[str], str]] = (
    lambda name: name + "ology",
    lambda name: "un" + name,
    lambda name: name[:-1] + "qq",
    lambda name: name + "_fans",
    lambda name: name[::-1] + "x",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.matching")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, help="folder of *.tsv files with texts")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(random.Random(options.seed), options.data), indent=2) + "\n")


def measure(rng: random.Random, data: Path | None) -> dict[str, object]:
    """Return speed of plain keywords and of boolean queries, and what was found of what."""
    names = _names(rng, KEYWORDS)
    texts = _read(data) if data else _invent(rng, names)
    languages = {language: _quality(rng, language, names[:400]) for language in SENTENCES}
    return {
        "per_second": round(_speed(Index({name: [name] for name in names}), texts)),
        "boolean_per_second": round(_speed(Index(_boolean(rng, names, texts)), texts)),
        "recall": _mean([found["recall"] for found in languages.values()]),
        "precision": _mean([found["precision"] for found in languages.values()]),
        "languages": languages,
        "keywords": KEYWORDS,
        "queries": QUERIES,
        "texts": len(texts),
    }


def _names(rng: random.Random, number: int) -> list[str]:
    syllables = [first + second for first in "bcdfgklmnprstvz" for second in "aeiou"]
    found: dict[str, None] = {}
    while len(found) < number:
        found["".join(rng.choices(syllables, k=rng.choice((3, 3, 4)))) + rng.choice(("", "x", "n", "s"))] = None
    return list(found)


def _read(folder: Path) -> list[str]:
    lines = (line for path in sorted(folder.glob("*.tsv")) for line in path.read_text("utf-8").splitlines())
    return [line.split("\t", 1)[1] for line in lines if "\t" in line][:TEXTS]


def _invent(rng: random.Random, names: Sequence[str]) -> list[str]:
    """Return posts of about a hundred characters, a third with one of the names."""
    latin = [word for word in sorted(stop_words()) if word.isascii()]
    return [
        " ".join([*rng.choices(latin, k=18), *(rng.choices(names, k=1) if rng.random() < 1 / 3 else ())])
        for _ in range(TEXTS)
    ]


def _boolean(rng: random.Random, names: Sequence[str], texts: Sequence[str]) -> dict[str, list[str]]:
    common = sorted({word for text in texts for word in text.lower().split() if word.isascii() and word.isalpha()})
    telling = [word for word in common if word not in ("and", "or", "not")]
    words = [*names, *rng.sample(telling, min(len(telling), 2_000))]
    pick = [rng.sample(words, 5) for _ in range(QUERIES)]
    return {str(n): [f"({a} OR {b} OR {c}) AND {d} NOT {e}"] for n, (a, b, c, d, e) in enumerate(pick)}


def _speed(index: Index, texts: Sequence[str]) -> float:
    """Return texts per second of processor time, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        index.match(texts)
        best = min(best, time.process_time() - start)
    return len(texts) / best


def _quality(rng: random.Random, language: str, names: Sequence[str]) -> dict[str, float]:
    index = Index({name: [name] for name in names})
    found = wrong = wanted = 0
    for name in names:
        sentence = rng.choice(SENTENCES[language])
        for disguise in DISGUISES:
            keys = index.match([sentence.format(disguise(name))])[0]
            wanted, found, wrong = wanted + 1, found + (name in keys), wrong + len(keys - {name})
        decoys = index.match([sentence.format(decoy(name)) for decoy in DECOYS])
        wrong += sum(len(keys) for keys in decoys)
    return {"recall": round(found / wanted, 4), "precision": round(found / max(found + wrong, 1), 4)}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


if __name__ == "__main__":
    main()
