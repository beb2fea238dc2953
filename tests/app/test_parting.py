"""Whoever is removed may say farewell at its old address; who took its name is not disturbed by that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crisiswatch.app.parting import Partings
from crisiswatch.core.models import Batch
from crisiswatch.errors import SourceRejected

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


class Told:
    """A source with an agreement, which greets whoever names it."""

    def __init__(self, name: str, agreement: str) -> None:
        self.name = name
        self.agreement = agreement

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        return Batch()

    async def leave(self) -> None:
        """Have nobody to tell."""

    async def close(self) -> None:
        """Hold nothing."""

    def receive(self, headers: Any, body: bytes, now: datetime) -> Batch:
        return Batch(cursor=self.agreement)

    def greet(self, query: Any) -> str:
        if query["topic"] != self.agreement:
            raise SourceRejected("a stranger")
        return f"yes, {self.agreement}"


def test_what_goes_on_under_any_object_is_not_left():
    assert Partings().use([Told("press", "a")], [Told("press", "a")]) == ()


def test_who_is_removed_leaves_and_answers_for_it_after_further_reloads():
    partings, gone = Partings(), Told("press", "a")

    assert partings.use([gone], []) == (gone,)
    assert partings.use([], []) == ()

    hook = partings.hooks({})["press"]
    assert hook.greet({"topic": "a"}) == "yes, a"
    with pytest.raises(SourceRejected, match="not a source any more"):
        hook.receive({}, b"", NOW)


def test_who_took_the_name_is_heard_first_and_gets_what_is_delivered():
    partings, new = Partings(), Told("press", "b")
    partings.use([Told("press", "a")], [new])

    hook = partings.hooks({"press": new})["press"]

    assert (hook.greet({"topic": "b"}), hook.greet({"topic": "a"})) == ("yes, b", "yes, a")
    assert hook.receive({}, b"", NOW).cursor == "b"
    with pytest.raises(SourceRejected):
        hook.greet({"topic": "c"})


def test_who_comes_back_has_not_left():
    partings = Partings()
    partings.use([Told("press", "a")], [])
    partings.use([], [Told("press", "a")])

    assert partings.hooks({}) == {}
