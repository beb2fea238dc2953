"""What the delivery benchmarks owe: made-up incidents with a message to each receiver, and a configuration for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crisiswatch.core.incidents import Change, Condition, Event, Incident
from crisiswatch.core.lifecycle import ulid
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.transactions import Decision


def decided(brand: str, receivers: Sequence[str], now: datetime) -> Decision:
    """Return the opening of a critical incident that tells those receivers. It is final, so that nothing follows."""
    incident = Incident(
        id=ulid(f"{brand}/crisis", now), brand=brand, family="crisis", condition=Condition.FINAL,
        severity=Severity.CRITICAL, peak_severity=Severity.CRITICAL, opened_at=now, updated_at=now,
    )  # fmt: skip
    owed = tuple(
        Notification(incident.id, name, NotificationKind.OPENED, 1, Severity.CRITICAL, now, now + timedelta(hours=24))
        for name in receivers
    )
    return Decision(incident, 0, (Event(now, Change.OPENED, Severity.CRITICAL),), owed)


def write_config(folder: Path, receivers: Sequence[str]) -> Path:
    """Write a configuration with these receivers, each a line of YAML, and no storm limit; return the file."""
    config = folder / "crisiswatch.yml"
    listed = "\n".join(f"  - {receiver}" for receiver in receivers)
    config.write_text(
        "version: 1\nbrands: [{name: Acme, match: [acme]}]\nsources: [{name: inbox, type: webhook, secret: bench}]\n"
        f"receivers:\n{listed}\nstorm: {{pings: 1000000, criticals: 1000000}}\n"
        f"store: {{url: 'sqlite:///{folder}/bench.db'}}\nserver: {{listen: '127.0.0.1:0'}}\n",
        "utf-8",
    )
    return config
