"""Strangers' text made inert: nothing in it can mention, link, hide, run or break a layout."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

QUOTE_LIMIT = 280
"""Characters of one mention that are shown."""

URL_LIMIT = 1000
"""Longer addresses are not linked: no channel shows them whole."""

_LONGEST_STACK = 3  # more combining marks on one letter paint over the lines above and below
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SCHEME = re.compile(r"(?i)(h)tt(ps?)://")
_OTHER_SCHEME = re.compile(r"(?i)\b(ftp|file|data|javascript|vbscript|mailto|tel|slack|tg|discord|intent)(:)(?=\S)")
_DOTTED = re.compile(r"(?<![\w.-])[\w-]++(?:\.[\w-]++)++")  # possessive: no text makes it slow
_PING = re.compile(r"(?i)@(?=everyone|here|channel|all\b)")
_SPACES = re.compile(r" [ \u00a0\u202f]*|[\u00a0\u202f]{2,}")
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "＜": "‹", "＞": "›", "﹤": "‹", "﹥": "›"})


def inert(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return a stranger's `text` on one line, at most `limit` characters, unable to link or mention anybody."""
    line = _SCHEME.sub(r"\1xx\2://", one_line(text, limit * 2))
    line = _OTHER_SCHEME.sub(r"\1[:]", line)
    return shorten(_DOTTED.sub(_break_dots, line), limit)


def one_line(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return an operator's or our own `text` on one line: no controls, no markup, addresses as they are."""
    # Cut first, with room for what is taken out: the patterns must not see megabytes.
    line = _SPACES.sub(" ", "".join(_visible(text[: limit * 8]))).strip()
    return shorten(_PING.sub("＠", line.translate(_LOOKALIKES)), limit)


def shorten(text: str, limit: int) -> str:
    """Return `text` cut at a word, with an ellipsis, so that it has at most `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip(" ,;:") + "…"


def safe_url(url: str | None) -> str | None:
    """Return `url` if it is an http(s) address that can be linked as it stands, otherwise None."""
    if not url or len(url) > URL_LIMIT or not url.isascii() or re.search(r"[\x00-\x20\x7f<>\"'`\\|^{}]", url):
        return None
    return url if host_of(url) else None


def host_of(url: str) -> str | None:
    """Return the host that `url` leads to, the only honest label of a stranger's link; None if it has none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    # User information before the host is how an address pretends to be another one.
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc:
        return None
    return host


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    stack = 0
    for character in text:
        stack = stack + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if stack <= _LONGEST_STACK:
            shown.append(_shown(character))
    return shown


def _shown(character: str) -> str:
    if character in _BIDI:
        return f"[U+{ord(character):04X}]"
    category = unicodedata.category(character)
    if character in "\u00a0\u202f":
        return character  # they hold numbers and units together
    if character.isspace() or category in ("Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf"):
        return ""
    if category == "Cs" or ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF:
        return "\ufffd"
    return character


def _break_dots(match: re.Match[str]) -> str:
    """Return dotted words with visible dots where a program could take them for the name of a host."""
    labels, before, after = match[0].split("."), match.string[: match.start()], match.string[match.end() :]
    is_in_address = before.endswith("://") or after[:1] in ("/", ":", "?", "#") or labels[0].lower() == "www"
    is_named = labels[-1].isalpha() and 2 <= len(labels[-1]) <= 24 and all(len(label) > 1 for label in labels)
    return "[.]".join(labels) if is_in_address or is_named else match[0]
