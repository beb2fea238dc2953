"""The dashboards as tests see them: their queries with the variables filled in, and what a Prometheus answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from harness.ports import free_port
from harness.waiting import PATIENCE

GRAFANA = Path(__file__).parents[2] / "grafana"
FOLDER = GRAFANA / "dashboards"
RULES = GRAFANA / "rules" / "crisiswatch.rules.yml"

VARIABLES = {
    "$__rate_interval": "1m",
    "$__interval": "1m",
    "${datasource}": "prometheus",
    "$brand": ".*",
    "$source": ".*",
    "$candidate": "1.0",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query of one panel, as written in the dashboard."""

    dashboard: str
    panel: str
    expr: str

    def __str__(self) -> str:
        return f"{self.dashboard} / {self.panel}: {self.expr}"


def dashboards() -> list[dict[str, Any]]:
    """Return the committed dashboards."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))]


def queries() -> Iterator[Query]:
    """Yield every query of every panel."""
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield Query(dashboard["uid"], panel["title"], target["expr"])


def filled(expr: str) -> str:
    """Return the query with Grafana's variables replaced, as Grafana would send it."""
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def fitted(expr: str) -> str:
    """Return the query for a Prometheus that knows a few seconds: no offsets, subqueries of a minute."""
    return re.sub(r"\[\w+:\w+\]", "[1m:1s]", re.sub(r" offset \w+", "", expr))


def answers(prometheus_url: str) -> Mapping[Query, list[float] | str]:
    """Return what Prometheus answers to every query: values, or the error as text."""
    with httpx.Client(base_url=prometheus_url, timeout=60, trust_env=False) as client:
        return {query: _ask(client, fitted(filled(query.expr))) for query in queries()}


def check_panels(prometheus_url: str) -> list[str]:
    """Return a sentence for every panel that stays empty or is refused; none if all of them show something."""
    problems = []
    for query, answer in answers(prometheus_url).items():
        if isinstance(answer, str):
            problems.append(f"{query} is refused: {answer}")
        elif not answer:
            problems.append(f"{query} returns nothing")
    return problems


def _ask(client: httpx.Client, expr: str) -> list[float] | str:
    answer = client.post("/api/v1/query", data={"query": expr}).json()
    if answer["status"] != "success":
        return str(answer["error"])
    return [float(series["value"][1]) for series in answer["data"]["result"]]


@asynccontextmanager
async def running_prometheus(config: str, folder: Path) -> AsyncIterator[str]:
    """Run Debian's Prometheus on a free loopback port; give its address once it is ready."""
    file = folder / "prometheus.yml"
    file.write_text(config, encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--log.level=error",
    )
    try:
        await _ready(url, process)
        yield url
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE * 20)


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(PATIENCE * 30), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while process.returncode is None:
            try:
                if (await client.get("/-/ready")).status_code == 200:
                    return
            except (httpx.ConnectError, httpx.TimeoutException):
                pass  # it is not listening yet: the same question again is the answer
            await asyncio.sleep(0.1)
    raise AssertionError("prometheus ended before it was ready")
