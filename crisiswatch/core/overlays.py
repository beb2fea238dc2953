"""What stands over an incident and is not of its own trouble: an event of several brands, a silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crisiswatch.core.models import Severity


@dataclass(frozen=True, slots=True)
class SectorEvent:
    """What an incident has in common with those of other brands; `root` is the id of the first, `name` its INC-n.

    `follows`: it was the third or later, and whoever was told of the root is not told of it as well. `others` are the
    other brands in the order in which they joined; the root alone has them.
    """

    root: str
    name: str
    follows: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silenced:
    """The silence that stands over an incident: whose it is, until when (exclusive) and why.

    `most` is the highest severity that it holds back.
    """

    id: str
    by: str
    until: datetime
    reason: str
    most: Severity = Severity.CRITICAL
