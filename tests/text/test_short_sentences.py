"""Short sentences in eight languages: what the shipped model must not get wrong often."""

from collections import defaultdict
from pathlib import Path

import pytest
from linear_model import shipped

PROBES = Path(__file__).parents[2] / "benchmarks" / "probes.tsv"
LABELS = ("negative", "neutral", "positive")
FLOORS = {"negation": 0.95, "headlines": 0.8, "hi": 0.9, "hi_latin": 0.9, "ar": 0.8, "complaints": 0.8}


def read():
    groups = defaultdict(list)
    for line in PROBES.read_text("utf-8").splitlines():
        group, language, label, text = line.split("\t")
        groups[group].append((language, label, text))
    return groups


@pytest.mark.parametrize(("group", "floor"), FLOORS.items())
def test_the_likeliest_class_is_mostly_right(group, floor):
    languages, labels, texts = zip(*read()[group], strict=True)

    found = shipped().probabilities(texts, languages).argmax(axis=1)

    right = sum(LABELS[place] == label for place, label in zip(found, labels, strict=True))
    assert right >= floor * len(labels)


@pytest.mark.parametrize(
    ("language", "turned", "plain"),
    [
        ("de", "gar nicht schlecht, der Laden", "richtig schlecht, der Laden"),
        ("fr", "pas mal du tout, ce magasin", "très mauvais, ce magasin"),
        ("es", "no está nada mal la tienda", "está muy mal la tienda"),
        ("it", "niente male il negozio", "molto male il negozio"),
        ("pt", "nada mal a loja", "muito mal a loja"),
        ("en", "not bad at all, that shop", "really bad, that shop"),
    ],
)
def test_not_bad_is_less_negative_than_bad(language, turned, plain):
    kind, harsh = shipped().score([turned, plain], [language] * 2)

    assert kind < 0.5
    assert kind < harsh
