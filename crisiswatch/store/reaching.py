"""Places in a store's work at which a test may end the process; who opens the store says what happens there."""

from __future__ import annotations

from collections.abc import Callable

Reach = Callable[[str], None]
"""Is told the name of each place that is come by."""


def go_on(place: str) -> None:
    """Do nothing: the process lives on."""
