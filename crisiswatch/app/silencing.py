"""Silences and dead letters for the command line: through the running daemon, or directly if none runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crisiswatch.app import converting
from crisiswatch.app.asking import ask_daemon, reading, writing
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.app.sending import outward
from crisiswatch.console.silencing import silence_record
from crisiswatch.core.incidents import Incident
from crisiswatch.core.outbox import Attempt, DeliveryState, Outcome
from crisiswatch.core.overlays import Silenced
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silenced import standing
from crisiswatch.core.silences import ActiveSilence, Asked, Silence, make_silence
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import BadInput, StoreUnusable
from crisiswatch.ports import Store
from crisiswatch.settings import Settings


async def list_silences(settings: Settings, *, is_all: bool) -> list[dict[str, object]]:
    """Return silences as rows, oldest first."""
    now = SystemClock().now()
    async with reading(settings) as store:
        found = await store.silences()
    return [_row(silence, now) for silence in found if is_all or not silence.is_over(now)]


async def preview_silence(settings: Settings, asked: Asked) -> list[str]:
    """Return the names of the open incidents that a silence would hide. Raises BadInput for one that cannot be."""
    async with reading(settings) as store:
        return [one.name for one in (await _made(settings, store, asked))[1]]


async def add_silence(settings: Settings, asked: Asked, environ: Mapping[str, str]) -> str:
    """Put a silence into force; return its id."""
    try:
        async with writing(settings) as store:
            silence, _ = await _made(settings, store, asked)
            await store.save_silence(silence)
            await store.let_go(SystemClock().now())
            return silence.id
    except StoreUnusable:
        body: dict[str, object] = {
            "matchers": asked.text,
            "ends": asked.ends.isoformat(),
            "reason": asked.reason,
            "by": asked.by,
            "until_it_escalates": asked.until_it_escalates,
            "force": asked.is_meant,
        }
        answer = await ask_daemon(settings, ("POST", "/api/v1/silences"), body, environ)
        return str((answer or {})["silence"]["id"])


async def expire_silence(settings: Settings, id: str, by: str, environ: Mapping[str, str]) -> bool:
    """End a silence now; False if there is none of that id."""
    try:
        async with writing(settings) as store:
            now = SystemClock().now()
            silence = next((one for one in await store.silences() if one.id == id), None)
            if silence is not None and not silence.is_over(now):
                await store.save_silence(silence.expired(by, now))
                await store.let_go(now)
            return silence is not None
    except StoreUnusable:
        path = f"/api/v1/silences/{id}?{urlencode({'by': by})}"
        return await ask_daemon(settings, ("DELETE", path), None, environ) is not None


async def silenced_now(
    settings: Settings, books: Sequence[Playbook], store: Store, incident: Incident, now: datetime
) -> Silenced | None:
    """Return the silence that holds an incident back now, as the stored silences say; None if none does."""
    labels = outward(settings, {}, books).holding.labels(incident)
    stored = [ActiveSilence(one, converting.matchers(one.matchers)) for one in await store.silences(now)]
    return standing(incident, stored, labels, now)


async def retry_message(settings: Settings, id: int, environ: Mapping[str, str]) -> bool:
    """Send a message again that was given up; False if there is none of that id. Raises BadInput if it was not."""
    try:
        async with writing(settings) as store:
            row = await store.row(id)
            if row is not None and row.state is not DeliveryState.DEAD:
                raise BadInput(f"message {id} is {row.state}, not given up")
            now = SystemClock().now()
            if row is not None:
                await store.settle(row, DeliveryState.PENDING, None, now, now)
            return row is not None
    except StoreUnusable:
        return await ask_daemon(settings, ("POST", f"/api/v1/outbox/{id}/retry"), None, environ) is not None


async def discard_message(settings: Settings, id: int, by: str, environ: Mapping[str, str]) -> bool:
    """Let a message go that was given up; False if there is none of that id. Raises BadInput if it was not."""
    try:
        async with writing(settings) as store:
            row = await store.row(id)
            if row is not None and row.state is not DeliveryState.DEAD:
                raise BadInput(f"message {id} is {row.state}, not given up")
            if row is not None:
                said = Attempt(Outcome.REJECTED, f"discarded by {by}; {row.detail}"[:500])
                await store.settle(row, DeliveryState.SUPPRESSED, said, SystemClock().now())
            return row is not None
    except StoreUnusable:
        return await ask_daemon(settings, ("POST", f"/api/v1/outbox/{id}/discard"), None, environ) is not None


def read_asked(text: str, ends: datetime, by: str, reason: str) -> Asked:
    """Return what a person asks for. Raises BadInput for matchers that cannot be read."""
    return Asked(text, converting.matchers(text), ends, by, reason)


async def _made(settings: Settings, store: Store, asked: Asked) -> tuple[Silence, tuple[Any, ...]]:
    labels = outward(settings, {}, load_playbooks()).holding.labels
    found = await store.incidents(IncidentQuery(is_open=True, limit=1_000))
    made = make_silence(asked, [(one, labels(one)) for one in found], SystemClock().now())
    return made.silence, made.hidden


def _row(silence: Silence, now: datetime) -> dict[str, object]:
    record = silence_record(silence, now)
    return {name: getattr(record, name) for name in record.__struct_fields__} | {
        name: _time(getattr(record, name)) for name in ("starts", "ends", "expired_at")
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
