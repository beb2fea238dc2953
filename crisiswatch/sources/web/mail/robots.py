"""Asks a site's robots.txt whether we may read a page that was made for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from crisiswatch.errors import SourceRejected
from crisiswatch.ports import Fetcher
from crisiswatch.sources.web.answers import require_success

AGENT = "crisiswatch"
SIZE_LIMIT = 500_000
ASKED_EVERY = timedelta(days=1)


async def require_permission(fetcher: Fetcher, url: str, asked: datetime | None, now: datetime) -> datetime:
    """Return when robots.txt was asked last: `asked`, or now if that was long ago.

    Raises SourceRejected where it forbids us `url`, and what the fetcher raises. A missing robots.txt permits all.
    """
    if asked is not None and now - asked < ASKED_EVERY:
        return asked
    parts = urlsplit(url)
    response = await fetcher.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt")
    if not 400 <= response.status < 500 or response.status == 429:
        require_success(response, now)
        if not is_permitted(response.body, url):
            raise SourceRejected(f"{parts.hostname} does not want programs there (robots.txt)", "blocked")
    return now


def is_permitted(robots: bytes, url: str) -> bool:
    """Tell whether a robots.txt lets us read `url`."""
    rules = RobotFileParser()
    rules.parse(robots[:SIZE_LIMIT].decode("utf-8", "replace").splitlines())
    return rules.can_fetch(AGENT, url)
