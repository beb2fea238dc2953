"""Words of texts as buckets of a small table: what a brand's own models weigh, beside the model that all share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crisiswatch.text.linear.featurising import Reader, featurise

TABLE_BITS = 18
_SHIFT = np.uint32(32 - TABLE_BITS)


def word_buckets(texts: Sequence[str], reader: Reader) -> list[tuple[int, ...]]:
    """Return, for each text, the buckets of its words, word pairs and pairs with one word between; each once."""
    if not texts:
        return []
    features = featurise(texts, np.zeros(len(texts), dtype=np.int64), reader)
    buckets = features.word.hashes >> _SHIFT
    found = []
    for place in range(len(texts)):
        parts = [buckets[kind[place] : kind[place + 1]] for kind in features.word.bounds]
        found.append(tuple(np.unique(np.concatenate(parts)).tolist()))
    return found
