"""Reads letters (RFC 5322 with MIME), as mailboxes and newsgroups hold them. Runs in an isolated worker.

Everything in a letter was written by strangers: nothing is fetched, attachments are not looked at, unknown
characters are replaced, and what is cut off in the middle is read up to there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256

import msgspec

from crisiswatch.core.models import TEXT_LIMIT
from crisiswatch.sources.web.plain_text import MARKUP_LIMIT, clean, from_markup
from crisiswatch.sources.web.stretches import plausible

LINE_LIMIT = 500
HEADER_LIMIT = 20_000
PARTS_LIMIT = 200

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,400})>")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter: its identity, who wrote it, what it says.

    `id` is the Message-ID without brackets, or a hash where there is none; `markup` is the first HTML part as it came;
    `address` is in lower case; `parent` is the letter that this one answers; `vouched` names the domains that the
    operator's own server found to have signed it (DKIM).
    """

    id: str
    subject: str
    text: str
    markup: str = ""
    address: str = ""
    name: str = ""
    sent_at: datetime | None = None
    parent: str | None = None
    language: str | None = None
    vouched: tuple[str, ...] = ()


def parse_letter(raw: bytes, authserv: str = "") -> Letter:
    """Return the letter in `raw`; `authserv` is the name under which the operator's own server states its checks."""
    message = message_from_bytes(raw)
    plain, markup = _bodies(message)
    name, address = _sender(message)
    return Letter(
        id=_identity(message, raw),
        subject=header(message, "Subject"),
        text=without_quotes(plain or from_markup(markup, TEXT_LIMIT)),
        markup=markup,
        address=address,
        name=name,
        sent_at=_sent_at(message),
        parent=_parent(message),
        language=header(message, "Content-Language")[:35].partition(",")[0].strip() or None,
        vouched=_vouched(message, authserv.lower()) if authserv else (),
    )


def header(message: Message, name: str) -> str:
    """Return a header as one line of text, encoded words decoded; empty where there is none."""
    return decoded(str(message.get(name) or ""))


def decoded(value: str) -> str:
    """Return a header's value as one line of text, its encoded words (RFC 2047) decoded as well as can be."""
    value = value[:HEADER_LIMIT]
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    words = "".join(
        piece if isinstance(piece, str) else as_text(piece, None if charset in (None, "unknown-8bit") else charset)
        for piece, charset in pieces
    )
    return clean(" ".join(words.split()), LINE_LIMIT)


def as_text(raw: bytes, charset: str | None) -> str:
    """Return bytes as text in the charset they claim, or else in UTF-8 or Latin-1: never an error."""
    for candidate in (charset, "utf-8"):
        try:
            return raw.decode(candidate or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    if charset is None:
        return raw.decode("latin-1")
    try:
        return raw.decode(charset, "replace")
    except (LookupError, UnicodeError, ValueError):
        return raw.decode("latin-1")


def without_quotes(text: str) -> str:
    """Return what the writer wrote: without quoted lines and signature, unless nothing else is there."""
    own = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    kept = _SIGNATURE.split("\n".join(own), maxsplit=1)[0].strip()
    return clean(kept or text.strip(), TEXT_LIMIT)


def _bodies(message: Message) -> tuple[str, str]:
    """Return the first plain and the first HTML text that are no attachments."""
    plain = markup = ""
    for part in _texts(message):
        kind = part.get_content_subtype()
        if kind == "plain" and not plain:
            plain = _content(part).strip()
        elif kind == "html" and not markup:
            markup = _content(part)[:MARKUP_LIMIT]
    return plain, markup


def _texts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= PARTS_LIMIT:
            return
        is_attached = str(part.get("Content-Disposition") or "").strip().lower().startswith("attachment")
        if part.get_content_maintype() == "text" and not is_attached:
            yield part


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = part.get_content_charset()
    except (LookupError, UnicodeError, ValueError):
        charset = None
    return as_text(payload, charset).replace("\r\n", "\n")


def _sender(message: Message) -> tuple[str, str]:
    """Return name and address of the first author."""
    value = str(message.get("From") or "")[:HEADER_LIMIT]
    for name, address in getaddresses([value]):
        if address:
            return decoded(name), clean(address.strip().lower(), LINE_LIMIT)
    return decoded(value), ""


def _identity(message: Message, raw: bytes) -> str:
    found = _MESSAGE_ID.search(str(message.get("Message-ID") or "")[:HEADER_LIMIT])
    if found is not None:
        return clean(found[1], LINE_LIMIT)
    own = "\0".join(str(message.get(name) or "") for name in ("From", "Date", "Subject"))
    made_of = own.encode("utf-8", "replace") + raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2][:10_000]
    return "sha256:" + sha256(made_of).hexdigest()


def _parent(message: Message) -> str | None:
    """Return the letter that is answered: In-Reply-To, or else the last of the References."""
    answered = _MESSAGE_ID.findall(str(message.get("In-Reply-To") or "")[:HEADER_LIMIT])
    threads = _MESSAGE_ID.findall(str(message.get("References") or "")[-HEADER_LIMIT:])
    found = answered[:1] or threads[-1:]
    return clean(found[0], LINE_LIMIT) if found else None


def _sent_at(message: Message) -> datetime | None:
    return read_date(str(message.get("Date") or ""))


def read_date(value: str) -> datetime | None:
    """Return the time in a Date header; one without an offset is UTC, one that nobody can have meant is None."""
    try:
        moment = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return plausible(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def _vouched(message: Message, authserv: str) -> tuple[str, ...]:
    """Return the domains whose DKIM signature the operator's own server accepted.

    Servers put their result on top; whatever stands below may have been written by the sender.
    """
    results = message.get_all("Authentication-Results") or []
    top = " ".join(str(results[0])[:HEADER_LIMIT].split()).lower() if results else ""
    server, _, checks = re.sub(r"\([^()]*\)", "", top).partition(";")
    if server.split()[:1] != [authserv]:
        return ()
    passed = [check for check in checks.split(";") if re.match(r"\s*dkim=pass\b", check)]
    return tuple(found[1] for check in passed if (found := re.search(r"\bheader\.[di]=@?([\w.-]+)", check)))
