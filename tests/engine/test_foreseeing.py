"""Reading ahead in a recording: the same answers, asked for far less often."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from crisiswatch.core.models import Mention
from crisiswatch.core.steps import TextSteps
from crisiswatch.engine.foreseeing import AHEAD, Foresight, Lookahead


class Counted:
    """Text steps that count how often they are asked; what they say depends on the text alone."""

    model = "counted"

    def __init__(self) -> None:
        self.detected = self.scored = 0

    def language(self, texts: Sequence[str]) -> list[str | None]:
        self.detected += 1
        return ["en" if len(text) % 2 else None for text in texts]

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[float | None]:
        self.scored += 1
        return [len(text) / 100 if language else None for text, language in zip(texts, languages, strict=True)]

    def match(self, texts: Sequence[str]) -> list[frozenset[str]]:
        return [frozenset({"acme"}) if "acme" in text else frozenset() for text in texts]

    @property
    def steps(self) -> TextSteps:
        return TextSteps(
            language=self.language, negativity=self, sketch=lambda texts: [() for _ in texts], queries=self
        )


MENTIONS = [
    Mention(source="press", external_id=str(n), text=("acme " if n % 3 else "other ") + "x" * n, language=lang)
    for n in range(600)
    for lang in [("fr", None)[n % 2]]
]


def played(steps: TextSteps, items: Lookahead) -> list[tuple[str | None, float | None]]:
    """Read the recording as an engine does that holds one item back."""
    found: list[tuple[str | None, float | None]] = []
    held = next(items)
    for after in chain(items, [None]):
        assert isinstance(held, Mention)
        if steps.queries.match([held.text])[0]:
            (language,) = [held.language] if held.language else steps.language([held.text])
            found.append((language, steps.negativity.score([held.text], [language])[0]))
        if after is not None:
            held = after
    return found


def test_answers_are_those_of_the_plain_steps() -> None:
    plain, ahead = Counted(), Counted()
    items = Lookahead(iter(MENTIONS))

    seen = played(Foresight(ahead.steps, items.upcoming).steps, items)

    assert seen == played(plain.steps, Lookahead(iter(MENTIONS)))


def test_the_steps_are_asked_once_for_many_mentions() -> None:
    counted = Counted()
    items = Lookahead(iter(MENTIONS))

    played(Foresight(counted.steps, items.upcoming).steps, items)

    assert counted.scored <= len(MENTIONS) // AHEAD + 2
    assert counted.detected <= 2 * (len(MENTIONS) // AHEAD + 2)
