"""The real Alertmanager: it shows an incident while it is renewed, tells of it, and tells of its end."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.ports import free_port

sys.path.append(str(Path(__file__).parent.parent / "channels"))

from builders_channels import FakeClock, channel, message
from http_server import HttpServer, Reply

from crisiswatch.core.outbox import Outcome

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
CONFIG = """\
route: {{receiver: hook, group_by: [incident], group_wait: 100ms, group_interval: 1s}}
receivers: [{{name: hook, webhook_configs: [{{url: "{url}", send_resolved: true}}]}}]
"""

pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(PROGRAM is None, reason="no prometheus-alertmanager here")]


@pytest.fixture
async def told() -> AsyncIterator[HttpServer]:
    async with HttpServer(lambda request: Reply(200)) as server:
        yield server


@pytest.fixture
async def url(tmp_path: Path, told: HttpServer) -> AsyncIterator[str]:
    assert PROGRAM is not None
    (tmp_path / "am.yml").write_text(CONFIG.format(url=told.url))
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        PROGRAM, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}", f"--web.listen-address={address}",
        "--cluster.listen-address=",
    )  # fmt: skip
    try:
        await until(lambda: ready(f"http://{address}"))
        yield f"http://{address}"
    finally:
        process.terminate()
        await process.wait()


async def ready(address: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{address}/-/ready")).status_code == 200
    except httpx.HTTPError:
        return False


async def until(holds: Any) -> None:
    async with asyncio.timeout(120):
        while not await holds():  # noqa: ASYNC110  # another process: nothing of ours can be waited for
            await asyncio.sleep(0.05)


async def shown(address: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(trust_env=False) as client:
        found: list[dict[str, Any]] = (await client.get(f"{address}/api/v2/alerts")).json()
        return found


def statuses(told: HttpServer) -> list[str]:
    return [json.loads(request.body)["status"] for request in told.requests if request.path != "broken"]


async def test_alertmanager_shows_an_incident_and_tells_of_its_end(url: str, told: HttpServer) -> None:
    now = datetime.now(UTC)  # noqa: TID251  # Alertmanager has a clock of its own
    clock = FakeClock(now)
    one: Any = channel("alertmanager", {"url": url, "labels": {"team": "pr"}}, clock=clock)
    opened = now - timedelta(minutes=2)

    first = await one.send(message(opened_at=opened), None)
    alerts = await shown(url)

    async def is_told(status: str) -> bool:
        return status in statuses(told)

    await until(lambda: is_told("firing"))
    clock.at += timedelta(minutes=1)
    renewed = await one.renew(message(kind="updated", opened_at=opened))
    [again] = await shown(url)
    clock.at = datetime.now(UTC)  # noqa: TID251
    over = await one.send(message(kind="closed", is_over=True, opened_at=opened), first.reference)
    await until(lambda: is_told("resolved"))

    assert [first.outcome, renewed.outcome, over.outcome] == [Outcome.DELIVERED] * 3
    assert [alert["labels"]["incident"] for alert in alerts] == ["INC-2031"]
    assert alerts[0]["labels"]["team"] == "pr"
    assert alerts[0]["annotations"]["summary"] == message().headline
    assert again["endsAt"] > alerts[0]["endsAt"]
    assert again["fingerprint"] == alerts[0]["fingerprint"]
    assert await shown(url) == []
    await one.close()


async def test_hostile_text_arrives_as_text(url: str, told: HttpServer) -> None:
    hostile = 'A{{ .ExternalURL }}<!channel> "quoted" \u202e \x00 \ud800'
    now = datetime.now(UTC)  # noqa: TID251
    one: Any = channel("alertmanager", {"url": url}, clock=FakeClock(now))

    attempt = await one.send(message(headline=hostile, brand="Ácme {{1}}", opened_at=now), None)

    [alert] = await shown(url)
    assert attempt.outcome is Outcome.DELIVERED
    assert "{{ .ExternalURL }}<!channel>" in alert["annotations"]["summary"]
    assert alert["labels"]["brand"] == "Ácme {{1}}"
    await one.close()
