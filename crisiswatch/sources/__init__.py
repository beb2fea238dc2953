"""Where mentions come from: one kind of source a module, in two groups.

`importing` speaks crisiswatch's own format (files, webhooks); `web` holds the sources that are asked over a network.
The modules are loaded when the catalogue is first asked for: a worker that reads feeds needs a parser, not all sources.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crisiswatch.plugins import Catalogue
    from crisiswatch.ports import Hook, Source

    CATALOGUE: Catalogue[Source | Hook]

_MODULES = (
    "web.rss",
    "web.mastodon",
    "web.bluesky",
    "web.hackernews",
    "web.discourse",
    "web.stackexchange",
    "web.mail.imap",
    "web.mail.nntp",
    "web.mail.mailman",
    "web.telegram",
    "web.app_store",
    "web.meta.facebook",
    "web.meta.instagram",
    "web.meta.threads",
    "web.youtube",
    "web.wikipedia",
    "web.gdelt",
    "web.gdelt_ngrams",
    "web.x",
    "web.http_json",
    "web.kafka",
    "importing.webhook",
    "importing.replay",
)
"""Each has a `KIND`."""


def __getattr__(name: str) -> Catalogue[Source | Hook]:
    if name != "CATALOGUE":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _catalogue()


@cache
def _catalogue() -> Catalogue[Source | Hook]:
    from crisiswatch.plugins import Catalogue

    return Catalogue("source", *(import_module(f"{__name__}.{module}").KIND for module in _MODULES))
