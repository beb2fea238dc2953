"""What the model has learnt, as the scorer holds it; and how that becomes a file and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crisiswatch.errors import BadInput
from crisiswatch.text.linear.alphabet import ALIKE_FROM, ALIKE_TO, POINTS, Alphabet
from crisiswatch.text.linear.featurising import Reader
from crisiswatch.text.linear.lexical import FEATURES, build_lexicon
from crisiswatch.text.linear.packing import pack, unpack

MODEL = "linear-3"
LANGUAGES = ("", "en", "ar", "de", "es", "fr", "hi", "it", "pt")
"""The languages that were learnt, by number; 0 is any other, or none known."""

LATIN_HINDI = len(LANGUAGES)
"""The number under which Hindi in Latin letters is calibrated; it is read as any Hindi."""

ENGLISH, OTHERS = "english", "others"
"""The two tables: which one scores a text is decided by its language, both do where that is not known."""


@dataclass(frozen=True, slots=True)
class Table:
    """One linear model with two outputs: how much more negative, and how much more positive, than neutral.

    `sparse` holds a pair of small integers per bucket (times `scale`); `mean`, `deviation` standardise the dense
    features that `dense` weighs. `calibration` is a factor and two summands under a uniform prior.
    """

    sparse: NDArray[np.int8]
    scale: float
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    dense: NDArray[np.float64]
    bias: NDArray[np.float64]
    calibration: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything in the file. Outputs are multiplied by `factors`, then `offsets` added, by number of the language.

    Both have a row for each of LANGUAGES, and one for LATIN_HINDI.
    """

    reader: Reader
    tables: Mapping[str, Table]
    factors: NDArray[np.float64]
    offsets: NDArray[np.float64]


def to_bytes(weights: Weights) -> bytes:
    """Return the weights as a file."""
    alphabet, lexicon = weights.reader.alphabet, weights.reader.lexicon
    moved = alphabet.plain - np.arange(POINTS, dtype=np.uint32)
    arrays: dict[str, NDArray[Any]] = {
        "plain": moved,
        "flags": alphabet.flags,
        "alike": alphabet.alike,
        "leet": alphabet.leet,
        "familiar": np.packbits(weights.reader.familiar),
        "lexicon.keys": lexicon.keys,
        "lexicon.weights": lexicon.weights,
        "lexicon.roles": lexicon.roles,
        "factors": weights.factors,
        "offsets": weights.offsets,
    }
    for name, table in weights.tables.items():
        arrays |= {f"{name}.{part}": getattr(table, part) for part in _PARTS}
        arrays[f"{name}.scale"] = np.array([table.scale])
    return pack(MODEL, arrays)


def from_bytes(data: bytes) -> Weights:
    """Return the weights in a file. Raises BadInput, with the place."""
    arrays = unpack(data, MODEL)
    _check(arrays)
    plain = arrays["plain"] + np.arange(POINTS, dtype=np.uint32)
    alphabet = Alphabet(plain, arrays["flags"], arrays["alike"], arrays["leet"])
    familiar = np.unpackbits(arrays["familiar"]).astype(np.bool_)
    lexicon = build_lexicon(arrays["lexicon.keys"], arrays["lexicon.weights"], arrays["lexicon.roles"])
    tables = {name: _table(name, arrays) for name in (ENGLISH, OTHERS)}
    return Weights(Reader(alphabet, familiar, lexicon), tables, arrays["factors"], arrays["offsets"])


def _table(name: str, arrays: Mapping[str, NDArray[Any]]) -> Table:
    parts = {part: arrays[f"{name}.{part}"] for part in _PARTS}
    return Table(scale=float(arrays[f"{name}.scale"][0]), **parts)


def _check(arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, (type_, shape) in _EXPECTED.items():
        if name not in arrays:
            raise BadInput(f"weights: array {name!r} is missing")
        found = arrays[name]
        if found.dtype != type_ or len(found.shape) != len(shape) or not _fits(found.shape, shape):
            raise BadInput(f"weights: array {name!r}: {found.dtype}{found.shape}, expected {type_.__name__}{shape}")
    entries = {len(arrays[f"lexicon.{part}"]) for part in ("keys", "weights", "roles")}
    if len(entries) != 1:
        raise BadInput("weights: the arrays of the lexicon differ in length")


def _fits(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """Compare shapes; −1 stands for a power of two, −2 for any length."""
    return all(
        size == wanted or (wanted == -1 and size & (size - 1) == 0 and size > 0) or wanted == -2
        for size, wanted in zip(found, expected, strict=True)
    )


_PARTS: Mapping[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "sparse": (np.int8, (2, -1)),
    "mean": (np.float64, (FEATURES,)),
    "deviation": (np.float64, (FEATURES,)),
    "dense": (np.float64, (FEATURES, 2)),
    "bias": (np.float64, (2,)),
    "calibration": (np.float64, (3,)),
}
_EXPECTED: Mapping[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "plain": (np.uint32, (POINTS,)),
    "flags": (np.uint8, (POINTS,)),
    "alike": (np.uint32, (ALIKE_TO - ALIKE_FROM,)),
    "leet": (np.uint32, (128,)),
    "familiar": (np.uint8, (-1,)),
    "lexicon.keys": (np.uint32, (-2,)),
    "lexicon.weights": (np.float32, (-2,)),
    "lexicon.roles": (np.uint8, (-2,)),
    "factors": (np.float64, (LATIN_HINDI + 1,)),
    "offsets": (np.float64, (LATIN_HINDI + 1, 2)),
    **{f"{name}.{part}": expected for name in (ENGLISH, OTHERS) for part, expected in _PARTS.items()},
    **{f"{name}.scale": (np.float64, (1,)) for name in (ENGLISH, OTHERS)},
}
