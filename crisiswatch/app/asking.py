"""Asking and changing a store from the command line."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from crisiswatch import store as stores
from crisiswatch.app.erasing import Asked
from crisiswatch.app.erasing import erase as erase_all
from crisiswatch.app.keys import author_key
from crisiswatch.core.enriching import author_hash, whole_text
from crisiswatch.core.queries import MentionQuery, StoredMention
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.ports import Store
from crisiswatch.settings import Settings
from crisiswatch.text.marking import marks
from crisiswatch.text.matching import Index
from crisiswatch.text.normalising import display

SHOWN = 100

TOKEN_VARIABLE = "CRISISWATCH_TOKEN"
"""The environment variable with the token for a daemon that wants one."""

ASK_FOR = 10.0

PREVIEWED = 10_000
"""Stored mentions that the preview of a query looks at."""


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Store]:
    """Open the store beside a running daemon, to read only."""
    store = stores.create(settings.store.url.get_secret_value(), stores.Opening.READ_ONLY)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def writing(settings: Settings, failpoints: Failpoints | None = None) -> AsyncIterator[Store]:
    """Open the store alone. Raises StoreUnusable while a daemon has it, or if there is none: none is made here."""
    async with reading(settings):
        pass
    reach = (failpoints or Failpoints(None)).reach
    store = stores.create(settings.store.url.get_secret_value(), reach=reach)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def ask_daemon(
    settings: Settings, call: tuple[str, str], body: dict[str, object] | None, environ: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return what the running daemon answers to `call` (method and path); None if it knows no such thing.

    Raises BadInput where it refuses, SourceUnavailable where it does not answer.
    """
    method, path = call
    url = f"http://{settings.server.listen}{path}"
    headers = {"Authorization": f"Bearer {environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE in environ else {}
    try:
        async with httpx.AsyncClient(timeout=ASK_FOR, trust_env=False) as client:
            answer = await client.request(method, url, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"the daemon has the database and does not answer at {url}: {error}") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT):
        raise BadInput(str(answer.json().get("detail", answer.text))[:300])
    if answer.is_error:
        raise SourceUnavailable(f"{url}: {answer.status_code} {answer.text[:200]}; is {TOKEN_VARIABLE} set?")
    found: dict[str, Any] = answer.json()
    return found


async def preview(settings: Settings, query: MentionQuery, match: str) -> tuple[list[dict[str, object]], int, int]:
    """Return the mentions that a query in the query language matches, how many they are, and of how many.

    Looks at the newest `PREVIEWED` that `query` asks for, which are mentions of brands already. Raises QueryError.
    """
    index = Index({"": [match]})
    async with reading(settings) as store:
        found = await store.mentions(replace(query, limit=PREVIEWED))
    keys = index.match([whole_text(stored.mention) for stored in found])
    hits = [stored for stored, matched in zip(found, keys, strict=True) if matched]
    return _rows(hits[: query.limit]), len(hits), len(found)


async def list_mentions(settings: Settings, query: MentionQuery) -> list[dict[str, object]]:
    """Return stored mentions as rows."""
    async with reading(settings) as store:
        return _rows(await store.mentions(query))


def _rows(found: Sequence[StoredMention]) -> list[dict[str, object]]:
    marked = marks([row.mention.text for row in found], [row.mention.language for row in found])
    return [
        {
            "event_time": stored.event_time.isoformat(),
            "brand": stored.brand,
            "source": stored.mention.source,
            "language": stored.mention.language,
            "negativity": None if stored.negativity is None else round(stored.negativity, 3),
            "adapted": None if stored.adapted is None else round(stored.adapted, 3),
            "relevance": None if stored.relevance is None else round(stored.relevance, 3),
            "marks": sorted(told),
            "permalink": stored.mention.permalink,
            "external_id": stored.mention.external_id,
            "text": display(stored.mention.title or stored.mention.text).replace("\n", " ")[:SHOWN],
        }
        for stored, told in zip(found, marked, strict=True)
    ]


async def erase(settings: Settings, config: Path, author: str | None, url: str | None) -> int:
    """Wipe an author (`SOURCE:AUTHOR`, `SOURCE@INSTANCE:AUTHOR`) or a link; return how many mentions were wiped."""
    failpoints = Failpoints.of(os.environ)
    asked = Asked(permalink=url)
    if author is not None:
        source, _, name = author.partition(":")
        source, _, instance = source.partition("@")
        asked = Asked(author=author_hash(source, instance, name, author_key(settings, config), "1"))
    brands = [brand.name for brand in settings.brands]
    async with writing(settings, failpoints) as store:
        return await erase_all(store, brands, asked, SystemClock().now(), failpoints)
