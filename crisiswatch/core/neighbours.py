"""Is it only us? What competitors and the sector go through at the same tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

UNREST_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another brand at the same tick; its score is relative to its own threshold."""

    brand: str
    score: float


def sentences(neighbours: Sequence[Neighbour]) -> tuple[str, ...]:
    """Return who else is in trouble; if nobody is, that it is only us. Nothing where there are no neighbours."""
    if not neighbours:
        return ()
    restless = sorted((n for n in neighbours if n.score >= UNREST_FROM), key=lambda n: (-n.score, n.brand))
    if not restless:
        return (f"Quiet at {', '.join(neighbour.brand for neighbour in neighbours)}: it is only us.",)
    return tuple(f"{n.brand} is above its usual too (score {n.score:.1f})." for n in restless)
