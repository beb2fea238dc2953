"""From settings to what the dispatcher knows: channels, what holds messages back, fallbacks, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crisiswatch.app import converting
from crisiswatch.core.abilities import Limited
from crisiswatch.core.incidents import Incident
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.routing import labels
from crisiswatch.core.storm import StormLimit
from crisiswatch.core.throttling import Limit
from crisiswatch.engine.delivering import Outward
from crisiswatch.engine.holding import HoldingRules
from crisiswatch.ports import Channel
from crisiswatch.settings import Settings

BURST = 4
"""Messages that go at once to a receiver with a limit of the operator's own."""


def outward(settings: Settings, channels: Mapping[str, Channel], playbooks: Sequence[Playbook]) -> Outward:
    """Return where messages go, and what the configuration says about holding them back."""
    kinds = {brand.name: brand.kind for brand in settings.brands}
    owners = {book.name: book.owner for book in playbooks}

    def labels_of(incident: Incident) -> Mapping[str, str]:
        return labels(incident, kinds.get(incident.brand, "self"), owners.get(incident.playbook, ""))

    holding = HoldingRules(
        inhibitions=converting.inhibitions(settings),
        storm=StormLimit(settings.storm.pings, settings.storm.criticals),
        labels=labels_of,
        read=converting.matchers,
        sector_events=settings.sector_events,
    )
    fallbacks = {entry.name: entry.fallback for entry in settings.receivers if entry.fallback}
    return Outward(
        channels,
        converting.mutes(settings),
        holding,
        fallbacks,
        {name: limit for name, limit in limits(settings).items() if name in channels},
    )


def limits(settings: Settings) -> Mapping[str, Limit]:
    """Return how much each receiver takes: as the operator says, else as its service states; the rest has no limit."""
    found: dict[str, Limit] = {}
    for entry in settings.receivers:
        stated = entry.options.limit if isinstance(entry.options, Limited) else None
        if entry.per_second is not None:
            found[entry.name] = Limit(entry.per_second, stated.burst if stated else BURST)
        elif stated is not None:
            found[entry.name] = stated
    return found
