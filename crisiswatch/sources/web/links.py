"""Links as people should see them: without trackers, and the page instead of the redirect that leads to it."""

from __future__ import annotations

import re
from collections.abc import Set
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

LINK_LIMIT = 2_048
ID_LIMIT = 500

_TRACKERS = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id")
_GOOGLE = re.compile(r"(www\.)?google(\.com?)?(\.[a-z]{2,3})?")


def without_trackers(link: str, noise: Set[str] = frozenset()) -> str | None:
    """Return the link without tracking parameters and those named in `noise`; None if it cannot be read."""
    try:
        parts = urlsplit(link)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    kept = [(name, value) for name, value in pairs if name not in noise and not _TRACKERS.fullmatch(name)]
    return link if len(kept) == len(pairs) else urlunsplit(parts._replace(query=urlencode(kept)))


def behind_google(link: str) -> str | None:
    """Return the page behind a redirect of Google's (`google.com/url?url=…`); None if the link is none."""
    try:
        parts = urlsplit(link)
        if parts.path != "/url" or not _GOOGLE.fullmatch(parts.hostname or ""):
            return None
        query = parse_qs(parts.query)
    except ValueError:
        return None
    target = (query.get("url") or query.get("q") or [""])[0]
    return target if target.lower().startswith(("http://", "https://")) and len(target) <= LINK_LIMIT else None


def identity(link: str) -> str:
    """Return an id made of a link: the link itself, or its hash where it is over-long."""
    return link if len(link) <= ID_LIMIT else "sha256:" + sha256(link.encode("utf-8", "surrogatepass")).hexdigest()
