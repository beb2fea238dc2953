"""Answers to incidents from the command line: through the running daemon; directly, if none runs."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from crisiswatch.app.asking import reading, writing
from crisiswatch.core.answering import Answer, Deed, answer
from crisiswatch.core.deciding import record
from crisiswatch.core.incidents import Incident
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.routing import plan_notifications
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import SourceUnavailable, StoreUnusable
from crisiswatch.settings import Settings

TOKEN_VARIABLE = "CRISISWATCH_TOKEN"
"""The environment variable with the token for a daemon that wants one."""

ASK_FOR = 10.0


async def give(settings: Settings, number: int, given: Answer, environ: Mapping[str, str]) -> str | None:
    """Do it, and return what to tell; None if there is no such incident.

    Raises SourceUnavailable where a daemon has the database and cannot be asked.
    """
    async with reading(settings) as store:
        if await store.incident(number) is None:
            return None
    try:
        return await _directly(settings, number, given)
    except StoreUnusable:
        return await _ask_daemon(settings, number, given, environ)


async def _directly(settings: Settings, number: int, given: Answer) -> str:
    async with writing(settings) as store:
        incident = await store.incident(number)
        assert incident is not None, "incidents with a number are kept for longer than this takes"
        now = SystemClock().now()
        transition = answer(incident, given, Timers(), now)
        # Cards are edited by the next daemon; an end is owed to whoever heard of the beginning.
        told, owed = plan_notifications(transition, (), frozenset(), now)
        decision = record(incident, told, transition.events, owed)
        after = await store.commit_decision(decision) if decision is not None else incident
        return _told(after, given)


async def _ask_daemon(settings: Settings, number: int, given: Answer, environ: Mapping[str, str]) -> str | None:
    url = f"http://{settings.server.listen}/api/v1/incidents/INC-{number}/{given.deed.value}"
    headers = {"Authorization": f"Bearer {environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE in environ else {}
    sent = {"by": given.by, "note": given.note, **({"verdict": given.verdict.value} if given.verdict else {})}
    try:
        async with httpx.AsyncClient(timeout=ASK_FOR) as client:
            reply = await client.post(url, json=sent, headers=headers)
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"the daemon has the database and does not answer at {url}: {error}") from error
    if reply.status_code == httpx.codes.NOT_FOUND:
        return None
    if reply.is_error:
        raise SourceUnavailable(f"{url}: {reply.status_code} {reply.text[:200]}; is {TOKEN_VARIABLE} set?")
    return _said(f"INC-{number}", given)


def _told(incident: Incident, given: Answer) -> str:
    if given.deed is Deed.CLOSE and incident.closed_by != given.by:
        return f"{incident.name} was over already"
    return _said(incident.name, given)


def _said(name: str, given: Answer) -> str:
    if given.deed is Deed.VERDICT and given.verdict is not None:
        return f"{name}: {given.verdict.value}, says {given.by}"
    return f"{name}: closed by {given.by}" if given.deed is Deed.CLOSE else f"{name}: {given.by} is on it"
