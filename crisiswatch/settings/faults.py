"""Errors that a field's type raises while pydantic validates it, with a code, a hint and a place of their own."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic_core import PydanticCustomError


def fault(code: str, message: str, hint: str = "", at: str = "") -> PydanticCustomError:
    """Return an error to raise in a validator; `at` names the key of a mapping that is to blame."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint, "at": at})


def suggestion(value: str, known: Iterable[str]) -> str:
    """Return "did you mean …" for the nearest known word, or the list of all, or nothing where there are many."""
    names = sorted(set(known))
    by_folded = {name.casefold(): name for name in names}
    near = get_close_matches(value.casefold(), by_folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_folded[near[0]]}'?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 15 else ""
