"""Takes persons and secrets out of what a source answered, so that it can be kept as an example."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote, urlsplit

from crisiswatch.text.redacting import redact

PERSONAL = re.compile(
    r"^(author|user|owner|account|creator|poster|sender|from|by)$"
    r"|user_?name|display_?name|author|screen_?name|full_?name|^(acct|handle|nick|nickname|did|email|avatar.*)$",
    re.IGNORECASE,
)
"""Keys whose text, wherever it stands below them, is a person's."""

SECRET = re.compile(r"token|secret|password|jwt|api_?key|authorization|cookie|session", re.IGNORECASE)

_HANDLE = re.compile(r"(?<![\w/])@[\w.-]{2,}(?:@[\w.-]+)?")
_LEAST = 3
"""Shorter names would be found in the middle of words; the keys of JSON know them all the same."""


def private_words(authors: Iterable[str | None], secrets: Iterable[str]) -> dict[str, str]:
    """Return what is to be replaced, by what: names, handles and addresses of authors, and secrets; longest first."""
    found: dict[str, str] = {}
    for number, author in enumerate(dict.fromkeys(filter(None, authors)), 1):
        handle = unquote(urlsplit(author).path.rpartition("/")[2] or urlsplit(author).query.rpartition("=")[2])
        for name in (author, handle, handle.removeprefix("@")):
            if len(name) >= _LEAST:
                found.setdefault(name, f"person-{number}")
    found |= dict.fromkeys(filter(None, secrets), "SECRET")
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def anonymise(text: str, private: Mapping[str, str]) -> str:
    """Return an answer, JSON or not, without them; JSON stays JSON."""
    try:
        document = json.loads(text)
    except ValueError:
        return _plain(text, private)
    return json.dumps(_without(document, private), ensure_ascii=False, indent=1)


def _without(value: object, private: Mapping[str, str], key: str = "", is_personal: bool = False) -> object:
    is_personal = is_personal or bool(PERSONAL.search(key))
    if isinstance(value, dict):
        return {name: _without(inner, private, str(name), is_personal) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, private, key, is_personal) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    if SECRET.search(key):
        return "SECRET"
    return private.get(value, "person") if is_personal else _plain(value, private)


def _plain(text: str, private: Mapping[str, str]) -> str:
    for word, stand_in in private.items():
        for written in {word, quote(word, safe="")}:
            text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", stand_in, text)
    return redact(_HANDLE.sub("@person", text))
