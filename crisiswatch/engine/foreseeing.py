"""Reads the texts of a recording some way ahead, many at a time: one text alone costs as much as thirty together.

The answers are those that the text steps give one by one; only the time differs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from crisiswatch.core.enriching import primary, whole_text
from crisiswatch.core.models import Mention
from crisiswatch.core.steps import TextSteps
from crisiswatch.engine.ingesting import Lens
from crisiswatch.engine.replaying import Recorded

AHEAD = 250

Scored = dict[tuple[str, str | None], float | None]


class Lookahead(Iterator[Recorded]):
    """Gives out the items of a recording, and shows which mentions come next."""

    def __init__(self, items: Iterator[Recorded]) -> None:
        self._items = items
        self._ahead: deque[Recorded] = deque()
        self._given: Recorded | None = None

    def __next__(self) -> Recorded:
        self._given = self._ahead.popleft() if self._ahead else next(self._items)
        return self._given

    def upcoming(self) -> list[Mention]:
        """Return the mention given out last, which its taker may still hold back, and the next ones."""
        self._ahead.extend(islice(self._items, AHEAD - len(self._ahead)))
        return [item for item in (self._given, *self._ahead) if isinstance(item, Mention)]


class Foresight:
    """Text steps that know what comes next. What is read ahead is kept until more has to be read."""

    def __init__(self, steps: TextSteps, upcoming: Callable[[], Sequence[Mention]]) -> None:
        self._plain = steps
        self._upcoming = upcoming
        self._languages: dict[str, str | None] = {}
        self._scores: Scored = {}

    @property
    def steps(self) -> TextSteps:
        """Return the steps to use in place of the plain ones."""
        return replace(self._plain, language=self.language, negativity=self)

    @property
    def model(self) -> str:
        """Return the model that scores."""
        return self._plain.negativity.model

    def language(self, texts: Sequence[str]) -> Sequence[str | None]:
        """Return what the plain step returns."""
        known = self._languages
        if any(text not in known for text in texts):
            ahead = (whole_text(mention) for mention in self._wanted() if not mention.language)
            batch = list(dict.fromkeys((*texts, *ahead)))
            known = self._languages = dict(zip(batch, self._plain.language(batch), strict=True))
        return [known[text] for text in texts]

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> Sequence[float | None]:
        """Return what the plain step returns."""
        asked = list(zip(texts, languages, strict=True))
        known = self._scores
        if any(pair not in known for pair in asked):
            batch = list(dict.fromkeys((*asked, *self._pairs_ahead())))
            scores = self._plain.negativity.score([text for text, _ in batch], [language for _, language in batch])
            known = self._scores = dict(zip(batch, scores, strict=True))
        return [known[pair] for pair in asked]

    def _pairs_ahead(self) -> list[tuple[str, str | None]]:
        wanted = self._wanted()
        unknown = self.language([whole_text(mention) for mention in wanted if not mention.language])
        found = iter(unknown)
        return [(whole_text(each), primary(each.language) if each.language else next(found)) for each in wanted]

    def _wanted(self) -> list[Mention]:
        """Return the upcoming mentions that will be scored: they match something, or are said to."""
        mentions = self._upcoming()
        hits = self._plain.queries.match([whole_text(mention) for mention in mentions])
        return [mention for mention, hit in zip(mentions, hits, strict=True) if hit or mention.brands]


def foresee(lens: Lens, items: Iterator[Recorded]) -> tuple[Lens, Lookahead]:
    """Return a lens that reads ahead in these items, and the items to play."""
    ahead = Lookahead(items)
    return Lens(Foresight(lens.steps, ahead.upcoming).steps, lens.watchlist), ahead
