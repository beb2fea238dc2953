"""The words that say nothing: in nine languages, folded."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from crisiswatch.text.normalising import fold


@cache
def stop_words() -> frozenset[str]:
    """Return the stop words of all languages together, folded."""
    lists = json.loads(files(__package__).joinpath("data/stop_words.json").read_text("utf-8"))
    return frozenset(word for words in lists.values() for word in fold(words).split())
