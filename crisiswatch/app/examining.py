"""Whether an installation is well: what was looked at, what was found, what to do."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from crisiswatch.app.answering import TOKEN_VARIABLE
from crisiswatch.app.asking import reading
from crisiswatch.app.spending import spending_of, spent_of_cap
from crisiswatch.app.telling import check_receivers
from crisiswatch.core.outbox import DeliveryState, Outcome
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import StoreUnusable
from crisiswatch.ports import Store
from crisiswatch.settings import Settings

ROOM = 256 * 1024 * 1024
"""Free bytes below which a disk is about to be full."""

FRESH = timedelta(minutes=30)
ASK_FOR = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `do` says what to do where it is wrong."""

    what: str
    is_ok: bool
    found: str
    do: str = ""


async def examine(settings: Settings, config: Path, environ: Mapping[str, str]) -> list[Finding]:
    """Return what was found, in the order in which things depend on each other."""
    return [
        Finding("configuration", True, str(config)),
        _told(settings),
        *await _channels(settings),
        _disk(settings, config),
        *await _store(settings),
        await _daemon(settings, environ),
    ]


def _told(settings: Settings) -> Finding:
    named = ", ".join(entry.name for entry in settings.receivers)
    is_ok = bool(settings.receivers and (settings.routes.told or settings.routes.routes))
    return Finding(
        "receivers", is_ok, named or "nobody is told", "add receivers and routes; then crisiswatch notify test"
    )


async def _channels(settings: Settings) -> list[Finding]:
    """Say of every receiver that can be asked whether a message would get through."""
    return [
        Finding(
            f"receiver {name}", said.outcome is Outcome.DELIVERED, said.detail, f"then crisiswatch notify test {name}"
        )
        for name, said in (await check_receivers(settings)).items()
    ]


def _disk(settings: Settings, config: Path) -> Finding:
    url = settings.store.url.get_secret_value()
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else config
    folder = next((one for one in (file.parent, *file.parents) if one.is_dir()), Path.cwd())
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free >= ROOM, f"{free / 2**30:.1f} GiB free in {folder}", "make room, or shorten store.*_days"
    )


async def _store(settings: Settings) -> list[Finding]:
    now = SystemClock().now()
    try:
        async with reading(settings) as store:
            size = await store.size()
            coverage = await store.coverage(now - timedelta(days=7), now)
            spent = [finding async for finding in _spending(settings, store, now)]
            dead = await store.outbox((DeliveryState.DEAD,), limit=1000)
    except StoreUnusable as error:
        return [Finding("database", False, str(error), "start crisiswatch run once, or crisiswatch db restore")]
    newest = {entry.name: max((p.end for p in coverage if p.source == entry.name), default=None)
              for entry in settings.sources}  # fmt: skip
    silent = [name for name, end in newest.items() if end is None or now - end > FRESH]
    seen = f"all {len(newest)} seen lately" if not silent else f"not seen lately: {', '.join(silent)}"
    return [
        Finding("database", True, f"{size / 2**20:.1f} MiB"),
        Finding("sources", not silent, seen, f"crisiswatch source test {silent[0] if silent else ''}"),
        *spent,
        Finding("messages", not dead, f"{len(dead)} given up" if dead else "none given up", "crisiswatch outbox list"),
    ]


async def _daemon(settings: Settings, environ: Mapping[str, str]) -> Finding:
    url = f"http://{settings.server.listen}/-/ready"
    headers = {"Authorization": f"Bearer {environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE in environ else {}
    try:
        async with httpx.AsyncClient(timeout=ASK_FOR, trust_env=False) as client:
            answer = await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        return Finding("daemon", False, f"no answer at {url} ({type(error).__name__})", "start it: crisiswatch run")
    is_ok = answer.status_code == httpx.codes.OK
    return Finding("daemon", is_ok, f"{url} says {answer.status_code}", "look at its log: journalctl -u crisiswatch")


async def _spending(settings: Settings, store: Store, now: datetime) -> AsyncIterator[Finding]:
    """Say of every paid source how near its cap it is; while it has stopped, it sees nothing."""
    for entry in settings.sources:
        paid = await spending_of(entry, store, now)
        if paid is not None:
            found = spent_of_cap(entry.name, paid)
            yield Finding("spending", paid.stops_until is None, found, "raise its cap, or wait: until then it is blind")
