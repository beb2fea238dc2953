"""Which language a text is written in: by script where that decides, by a naive Bayes model otherwise.

Hindi in Latin letters is told by its commonest words.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    States = NDArray[np.int32]

_LANGUAGES = """
af am an ar as az be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr ga gl gu he hi hr ht hu hy id is it
ja jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt ne nl nn no oc or pa pl ps pt qu ro ru rw se si sk sl
sq sr sv sw ta te th tl tr ug uk ur vi vo wa xh zh zu
"""
LANGUAGES = frozenset(_LANGUAGES.split())
"""What can be answered."""

_HINDI_WORDS = """
aapka aapke aapki aap abhi accha achha acha aisa aise apna apne apni bahut bahot bohot boht bhai bhi bhot gaya gayi
gaye hai hain hoga hogi hota hoti hua hui hume humko humein isko iska iske iski kab kahan kaise karna karne karo
karta karte karti kisi kiska kiya koi kuch kuchh kyu kyun kyunki kya kyonki lekin liye mein mera mere meri mujhe
muje nahi nahin nai nhi phir rahe rahi raha rha rhe rhi sabse tera tere teri tha thi toh tujhe tumhare tumhari
unka unke unki uska uske uski usko wahi wala wale wali wapas woh yaar yahan yeh yahi ye zyada
"""
_HINDI_IN_LATIN = frozenset(_HINDI_WORDS.split())
"""Common Hindi (and Urdu) words as people type them in Latin letters, which few other languages have."""

_SHORT_WORDS = "ab aur ek he hi ho hu hum hun ja jo ka kar ke ki ko kr main me na ne par se tu tum wo"
_ALSO_HINDI = frozenset(_SHORT_WORDS.split())
"""Common ones that other languages have too: two of them say as much as one of the others."""

_LEAST_HINDI, _LEAST_SHARE_OF_HINDI = 4, 0.3
"""Points of a text, one for a word that is also Hindi and two for a word that is Hindi alone; and points a word."""
_LEAST_LETTERS = 12
_LEAST_CONFIDENCE = 0.2
_BYTES_READ = 320
_TEXTS_AT_ONCE = 256
_NOT_PROSE = re.compile(r"(?:https?:/|www\.)\S+|[@#]\w+|\bhttps?\b")
_SCRIPTS = tuple(
    (re.compile(f"[{letters}]"), language)
    for letters, language in (
        ("\uac00-\ud7a3", "ko"), ("\u3041-\u30ff", "ja"), ("\u0e01-\u0e5b", "th"), ("\u0370-\u03ff", "el"),
        ("\u05d0-\u05ea", "he"), ("\u0531-\u0587", "hy"), ("\u10a0-\u10ff", "ka"), ("\u0b80-\u0bff", "ta"),
        ("\u0c00-\u0c7f", "te"), ("\u0c80-\u0cff", "kn"), ("\u0d00-\u0d7f", "ml"), ("\u0a80-\u0aff", "gu"),
        ("\u0a00-\u0a7f", "pa"), ("\u0e80-\u0eff", "lo"), ("\u1780-\u17ff", "km"), ("\u0d80-\u0dff", "si"),
        ("\u1200-\u137f", "am"), ("\u4e00-\u9fff", "zh"),
    )
)  # fmt: skip
_ANY_SCRIPT = re.compile("[" + "".join(script.pattern[1:-1] for script, _ in _SCRIPTS) + "]")
_LEAST_OF_SCRIPT = 2
_ENOUGH_FOR_COLUMNS = 16
_LEAST_SHARE_OF_SCRIPT = 0.3


def detect(texts: Sequence[str]) -> list[str | None]:
    """Return the two-letter code of each text's language, None where it cannot be told (short, mixed, no letters)."""
    prose = [_prose(text[:1_000]) for text in texts]
    found = [_by_script(text) or _by_words(text) for text in prose]
    open_ = [number for number, text in enumerate(prose) if found[number] is None and _letters(text) >= _LEAST_LETTERS]
    for start in range(0, len(open_), _TEXTS_AT_ONCE):
        numbers = open_[start : start + _TEXTS_AT_ONCE]
        for number, language in zip(numbers, _by_model([prose[number] for number in numbers]), strict=True):
            found[number] = language
    return found


def _prose(text: str) -> str:
    """Return the text without links, handles and tags, its spaces single."""
    if "@" in text or "#" in text or "http" in text or "www." in text:
        text = _NOT_PROSE.sub(" ", text)
    return " ".join(text.split())


def _letters(text: str) -> int:
    return len(text) - text.count(" ") if text.isascii() else sum(map(str.isalpha, text))


def _by_script(text: str) -> str | None:
    """Return the language that alone uses the text's script; kana come before ideographs, for Japanese."""
    if text.isascii() or not _ANY_SCRIPT.search(text):
        return None
    letters = _letters(text)
    for script, language in _SCRIPTS:
        found = len(script.findall(text))
        if found >= _LEAST_OF_SCRIPT and found >= _LEAST_SHARE_OF_SCRIPT * letters:
            return language
    return None


def _by_words(text: str) -> str | None:
    """Return Hindi where it is typed in Latin letters, which the model never learnt."""
    words = text.lower().split()
    met = _HINDI_IN_LATIN.intersection(words)
    if not met:
        return None
    points = 2 * len(met) + len(_ALSO_HINDI.intersection(words))
    return "hi" if points >= max(_LEAST_HINDI, _LEAST_SHARE_OF_HINDI * len(words)) else None


@dataclass(frozen=True, slots=True)
class _Model:
    """What is used of the loaded model: it is the largest thing that the daemon holds, so all of it is there once.

    `weights` has a row a feature: in one piece it is four times faster to take. The next state stands in `moves` at
    `rows[state] + byte`; `outputs` names the feature that a state tells of, or -1.
    """

    languages: Sequence[str]
    prior: NDArray[np.float32]
    weights: NDArray[np.float32]
    moves: array[int]
    rows: array[int]
    outputs: array[int]


@cache
def _model() -> _Model:
    """Return the model (loaded in about a second), restricted to the languages that it has of ours."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(LANGUAGES.intersection(model.labels))
    return _Model(
        languages=tuple(model.nb_classes),
        prior=model.nb_pc,
        weights=np.ascontiguousarray(model.nb_ptc, dtype=np.float32),
        moves=model.tk_nextmove,
        rows=array("i", [row << 8 for row in model.tk_row]),
        outputs=array("i", model.tk_output),
    )


@cache
def _automaton() -> tuple[States, States, States]:
    """Return moves, rows and outputs as numpy sees them, in the very same memory."""
    import numpy as np

    model = _model()
    moves, rows, outputs = (np.frombuffer(part, dtype=np.int32) for part in (model.moves, model.rows, model.outputs))
    return moves, rows, outputs


def _by_model(texts: Sequence[str]) -> list[str | None]:
    """Classify many texts at once, walking the model's automaton through all of them byte by byte."""
    import numpy as np

    model = _model()
    encoded = [(text.lower() if text.isupper() else text).encode("utf-8", "replace")[:_BYTES_READ] for text in texts]
    documents, features, counts = _visits(encoded) if len(encoded) >= _ENOUGH_FOR_COLUMNS else _visits_of_few(encoded)
    scores = np.zeros((len(texts), len(model.prior)), dtype=np.float32)
    bounds = np.searchsorted(documents, np.arange(len(texts) + 1)).tolist()
    weights = np.log1p(counts.astype(np.float32))
    for text, (start, end) in enumerate(pairwise(bounds)):
        if start < end:  # one text at a time, so that a score cannot depend on the texts beside it
            table = model.weights.take(features[start:end], axis=0)
            scores[text] = np.einsum("i,ij->j", weights[start:end], table) + model.prior
    lengths = np.array([max(len(text), 1) for text in encoded], dtype=np.float32)
    scores /= np.sqrt(lengths)[:, None]  # keeps the softmax calibrated across lengths
    best = scores.argmax(axis=1)
    total = np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
    return [
        model.languages[winner] if 1.0 / mass >= _LEAST_CONFIDENCE else None
        for winner, mass in zip(best.tolist(), total.tolist(), strict=True)
    ]


def _visits_of_few(encoded: Sequence[bytes]) -> tuple[Numbers, Numbers, Numbers]:
    """Return what `_visits` returns, walking text by text: columns do not pay for a handful of texts."""
    import numpy as np

    model = _model()
    moves, rows, outputs = model.moves, model.rows, model.outputs
    found: list[tuple[int, int, int]] = []
    for document, text in enumerate(encoded):
        state, met = 0, Counter[int]()
        for letter in text:
            state = moves[rows[state] + letter]
            if outputs[state] >= 0:
                met[outputs[state]] += 1
        found += [(document, feature, met[feature]) for feature in sorted(met)]
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _visits(encoded: Sequence[bytes]) -> tuple[Numbers, Numbers, Numbers]:
    """Return (text, feature, times), sorted by text, for every feature of the model that was met."""
    import numpy as np

    moves, rows, outputs = _automaton()
    width = max(map(len, encoded), default=0)
    letters = np.frombuffer(b"".join(text.ljust(width, b"\0") for text in encoded), dtype=np.uint8)
    columns = np.ascontiguousarray(letters.reshape(len(encoded), width).T)
    lengths = np.array([len(text) for text in encoded])
    state = np.zeros(len(encoded), dtype=np.int32)
    features = np.empty(columns.shape, dtype=np.int32)
    for position in range(width):
        state = moves[rows[state] + columns[position]]
        features[position] = outputs[state]
    places, documents = np.nonzero((features >= 0) & (np.arange(width)[:, None] < lengths))
    unique, counts = np.unique((documents << 32) | features[places, documents], return_counts=True)
    return unique >> 32, unique & 0xFFFFFFFF, counts
