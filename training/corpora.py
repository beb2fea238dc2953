"""The labelled texts: which files teach which table, and with what weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crisiswatch.text.linear.weights import ENGLISH, OTHERS

LABELS = ("negative", "neutral", "positive")
POSTS = Path(__file__).parent / "posts"
_PLACEHOLDERS = ("[NAME]", "[PERSON]")
_LANGUAGES = {"br": "pt"}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled texts of one origin in one language; `labels` are places in LABELS."""

    name: str
    language: str
    texts: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How a corpus takes part in a table: at most so many of its texts, which together weigh so much."""

    table: str
    corpus: str
    weight: float
    most: int = 1_000_000


SHARES = (
    Share(ENGLISH, "semeval", 47_000),
    Share(ENGLISH, "goemotions", 15_000),
    Share(ENGLISH, "posts_en", 3_000),
    Share(OTHERS, "semeval", 30_000),
    Share(OTHERS, "goemotions", 6_000, most=6_000),
    Share(OTHERS, "xed", 3_000),
    Share(OTHERS, "umsab", 5_000),
    Share(OTHERS, "posts", 2_500),
)
"""The first share of a table whose name begins a corpus' name holds for it."""


def read_corpora(folder: Path) -> list[Corpus]:
    """Return the corpora of a data folder and the project's own posts."""
    outside = [read_corpus(path, path.stem, _language(path.stem)) for path in sorted(folder.glob("*.tsv"))]
    own = [read_corpus(path, f"posts_{path.stem}", path.stem[:2]) for path in sorted(POSTS.glob("*.tsv"))]
    return outside + own


def read_corpus(path: Path, name: str, language: str) -> Corpus:
    """Return the texts of a file with `label<TAB>text` on every line; names that were blotted out become handles."""
    rows = [line.split("\t", 1) for line in path.read_text("utf-8").split("\n") if "\t" in line]
    texts = tuple(_with_handles(text) for _, text in rows)
    return Corpus(name, language, texts, tuple(LABELS.index(label) for label, _ in rows))


def share_of(corpus: Corpus, table: str, shares: Sequence[Share] = SHARES) -> Share | None:
    """Return how a corpus takes part in a table, None if it does not."""
    mine = (share for share in shares if share.table == table and corpus.name.startswith(share.corpus))
    return next(mine, None)


def _language(name: str) -> str:
    last = name.rsplit("_", 1)[-1]
    return _LANGUAGES.get(last, last)


def _with_handles(text: str) -> str:
    for placeholder in _PLACEHOLDERS:
        text = text.replace(placeholder, "@user")
    return text
