"""A JSON source on given answers, and pages for it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from source_fakes import NOW, tools

from crisiswatch.sources.web.http_json import KIND

FIELDS = {
    "external_id": "to_string(uid)", "published_at": "when", "text": "body.html", "permalink": "lnk",
    "author": "who.nick", "engagement.likes": "stats.up",
}  # fmt: skip
OPTIONS = {"url": "https://x.example/api/items?after={since}", "items": "items", "fields": FIELDS, "next": "page.next"}
MINUTES = timedelta(minutes=5)


def source(*answers, **options):
    return KIND.build("api", KIND.options(**(OPTIONS | options)), tools(*answers))


def page(*numbers: int, following: object = None, at: datetime = NOW) -> bytes:
    items = [{"uid": n, "when": at.isoformat(), "body": {"html": f"<p>item {n}</p>"}} for n in numbers]
    return json.dumps({"page": {"next": following}, "items": items}).encode()


def ids(batch) -> list[str]:
    return [mention.external_id for mention in batch.mentions]


async def walk(reader, cursor=None, now=NOW):
    """Fetch until there is no more; return the batches."""
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches
