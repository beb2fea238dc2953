"""Recording a source: one fetch as an example to keep, persons and secrets taken out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import msgspec
from pydantic import BaseModel, SecretStr

from crisiswatch import sources
from crisiswatch.core.models import Mention
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import FOREIGN, WorkerIsolator
from crisiswatch.errors import SourceRejected
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Fetcher, Response, Socket, Source
from crisiswatch.settings import Settings
from crisiswatch.text.anonymising import anonymise, private_words

LONGEST_SECRETLESS = 3
"""A secret of so few characters would be found everywhere; it is no secret."""


@dataclass(slots=True)
class Recorder:
    """A fetcher that remembers what it was asked, without headers and bodies: these hold credentials."""

    inner: Fetcher
    heard: list[tuple[str, Response]] = field(default_factory=list)

    async def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """Fetch, and remember the answer."""
        response = await self.inner.fetch(url, method=method, headers=headers, body=body)
        self.heard.append((f"{method} {url}", response))
        return response

    def open_file(self, url: str, *, limit: int) -> AbstractAsyncContextManager[tuple[Response, AsyncIterator[bytes]]]:
        """Open a file; it is too large to be remembered."""
        return self.inner.open_file(url, limit=limit)

    def open_socket(self, url: str, *, headers: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Socket]:
        """Open a line; what it sends is not remembered."""
        return self.inner.open_socket(url, headers=headers)


async def record_source(settings: Settings, name: str) -> str:
    """Return one fetch as JSON: the exchanges as they were, and the mentions that came of them, both anonymised.

    Raises what the source raises, and SourceRejected for one that cannot be asked.
    """
    entry = next(entry for entry in settings.sources if entry.name == name)
    fetcher = HttpFetcher(allow=settings.egress.allow, contact=settings.egress.contact)
    isolator = WorkerIsolator(FOREIGN)
    recorder = Recorder(fetcher)
    source = sources.CATALOGUE[entry.type].build(entry.name, entry.options, SourceTools(recorder, isolator))
    if not isinstance(source, Source):
        raise SourceRejected(f"{entry.type} cannot be asked: it is delivered to us")
    try:
        batch = await source.fetch(None, SystemClock().now())
    finally:
        await source.close()
        await isolator.close()
        await fetcher.close()
    authors = [who for mention in batch.mentions for who in (mention.author, mention.author_name)]
    private = private_words(authors, _secrets(entry.options))
    document = {
        "type": entry.type,
        "exchanges": [
            {
                "request": anonymise(asked, private),
                "status": response.status,
                "content_type": response.headers.get("content-type", ""),
                "body": anonymise(response.body.decode("utf-8", "replace"), private),
            }
            for asked, response in recorder.heard
        ],
        "mentions": [_anonymous(mention, private) for mention in batch.mentions],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _anonymous(mention: Mention, private: Mapping[str, str]) -> object:
    return json.loads(anonymise(msgspec.json.encode(mention).decode(), private))


def _secrets(value: object) -> Iterator[str]:
    """Yield every secret in options, however deep."""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        if len(secret) > LONGEST_SECRETLESS:
            yield secret
            yield from (part for part in secret.split() if len(part) > 2 * LONGEST_SECRETLESS)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(inner)
