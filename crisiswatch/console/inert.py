"""Makes strangers' text and links harmless to look at; escaping for HTML comes after and is Jinja's work."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
"""Controls, and the characters that reorder or hide text around them."""

_LINK_LIMIT = 2048


def show(text: str) -> str:
    """Return the text with control and reordering characters as visible escapes (`\\u202e`)."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\u2028", "\n").replace("\u2029", "\n"))


def safe_link(url: str | None) -> str | None:
    """Return the link if it is plain http or https to a host and shows where it leads, else None."""
    if not url or len(url) > _LINK_LIMIT or not url.isprintable() or _HIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return url if is_plain and "\\" not in url else None


def link_host(url: str) -> str:
    """Return the host that a safe link leads to; look-alike letters show as their ASCII form."""
    host = urlsplit(url).hostname or ""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()


def safe_path(path: str) -> str:
    """Return the path if it stays on this site, else `/`."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local and "\\" not in path else "/"
