"""Plain text from what the web sends: markup removed, characters made safe. Takes time linear in its input."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

MARKUP_LIMIT = 200_000
"""Characters of markup that are looked at."""

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"}
    | {"td", "th", "tr", "ul"}
)
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "head", "title"})
_TAG = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])")
_END = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


def from_markup(markup: str, limit: int) -> str:
    """Return the words that a browser would show of HTML, blocks on their own lines, at most `limit` characters."""
    text = unescape("".join(_visible(markup[:MARKUP_LIMIT])))
    lines = _LINES.sub("\n", _SPACES.sub(" ", text)).strip()
    return clean(lines, limit)


def clean(text: str, limit: int) -> str:
    """Return NFC text of at most `limit` characters, lone surrogates and NULs replaced."""
    text = text[:limit].replace("\0", "\ufffd")
    if text.isascii():
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFC", text)[:limit]


def _visible(markup: str) -> list[str]:
    """Return the visible pieces. Split at `<`, never searched twice: broken markup cannot make it slow."""
    first, *pieces = markup.split("<")
    shown = [first]
    until = ""
    for piece in pieces:
        if until:
            until, rest = _skip(piece, until)
            if not until:
                shown.append(rest)
            continue
        if piece.startswith("!--"):
            until, rest = _skip(piece[3:], "-->")
            shown.append(rest)
            continue
        until, seen = _piece(piece)
        shown.append(seen)
    return shown


def _piece(piece: str) -> tuple[str, str]:
    """Return what has to come before anything is shown again (if anything), and what the piece shows."""
    tag = _TAG.match(piece)
    end = _END.match(piece) or re.match(r"[^>]*+>", piece)
    inside, after = (piece[: end.end() - 1], piece[end.end() :]) if end else (piece, "")
    if tag is None:
        # `<3` and `a < b` are words; `<!DOCTYPE` and `<?xml` are not.
        return "", after if piece[:1] in ("!", "?", "/") and end else "<" + piece
    name = tag[1].lower()
    if name in _SILENT and not inside.startswith("/") and not inside.endswith("/"):
        return f"/{name}", ""
    return "", ("\n" if name in _BLOCKS else "") + after


def _skip(piece: str, until: str) -> tuple[str, str]:
    if until == "-->":
        _, found, after = piece.partition("-->")
        return ("", after) if found else (until, "")
    if piece[: len(until)].lower() == until:
        return "", piece.partition(">")[2]
    return until, ""
