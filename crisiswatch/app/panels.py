"""Asks a Prometheus every query of the dashboards: which panels would stay empty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

VARIABLES = {
    "$__rate_interval": "5m",
    "$__interval": "1m",
    "$__range": "1d",
    "${datasource}": "prometheus",
    "$brand": ".*",
    "$source": ".*",
    "$candidate": "1.0",
}
"""What a person who opens a dashboard and chooses nothing sees."""

ANSWER_WITHIN = 30.0
"""Seconds."""


class Answer(StrEnum):
    """What Prometheus says to a query."""

    SHOWS = "shows"
    EMPTY = "empty"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Panel:
    """One query of one panel, and what came of it; `detail` is the error of one that is refused."""

    dashboard: str
    panel: str
    query: str
    answer: Answer
    detail: str = ""


def check_panels(folder: Path, prometheus: str) -> Sequence[Panel]:
    """Return what Prometheus at that address says to every query of the dashboards in `folder`, in their order.

    Raises httpx.HTTPError or ValueError if it cannot be reached, or is no Prometheus.
    """
    with httpx.Client(base_url=prometheus, timeout=ANSWER_WITHIN) as client:
        return [_asked(client, *query) for query in queries(folder)]


def queries(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name of the dashboard, the title of the panel and the query, as the files have them."""
    for file in sorted(folder.glob("*.json")):
        dashboard = json.loads(file.read_text("utf-8"))
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield dashboard["uid"], panel["title"], target["expr"]


def filled(query: str) -> str:
    """Return a query with the variables of Grafana replaced."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def _asked(client: httpx.Client, dashboard: str, panel: str, query: str) -> Panel:
    response = client.post("/api/v1/query", data={"query": filled(query)})
    found = response.json()
    if not isinstance(found, Mapping) or "status" not in found:
        raise ValueError("this is no Prometheus")
    if found["status"] != "success":
        return Panel(dashboard, panel, query, Answer.REFUSED, str(found.get("error", ""))[:300])
    result: Any = found["data"]["result"]
    return Panel(dashboard, panel, query, Answer.SHOWS if result else Answer.EMPTY)
