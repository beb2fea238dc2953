"""What is done to each text by itself before all are read at once."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from crisiswatch.text.linear.alphabet import LINK, PERSON

LETTERS_READ = 1_000
"""Characters of a text that count."""

_PERSON = re.compile(r"(?<!\w)@\w+")
_LINK = re.compile(r"\bhttps?(?:://\S*|\b)|\bwww\.\S+", re.IGNORECASE)


def plain(text: str) -> str:
    """Return the beginning of a text on one line: entities and styled letters resolved, handles and links replaced."""
    text = text[:LETTERS_READ]
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:LETTERS_READ]
    if "@" in text:
        text = _PERSON.sub(chr(PERSON), text)
    if "/" in text or "http" in text or "HTTP" in text or "www." in text:
        text = _LINK.sub(chr(LINK), text)
    return text.replace("\n", " ")
