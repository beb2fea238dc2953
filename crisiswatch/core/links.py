"""Signed links: a receiver may do one deed to one incident, for a while, without a login."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from crisiswatch.core.answering import Deed

LIVES = timedelta(hours=72)
"""How long a link works."""

VERSION = 1
TOKEN_LIMIT = 512


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What a link allows: `deed` on the incident with that ULID, to whoever got it as `receiver`, until `expires`.

    `nonce` makes the links of two messages different. `expires` is in seconds since 1970.
    """

    version: int
    deed: Deed
    incident: str
    receiver: str
    expires: int
    nonce: str


def sign(link: Link, keys: Sequence[bytes]) -> str:
    """Return the token of a link, signed with the first key; safe in a path."""
    payload = urlsafe_b64encode(msgspec.msgpack.encode(link)).decode().rstrip("=")
    signed = f"{_key_id(keys[0])}.{payload}"
    return f"{signed}.{_mac(keys[0], signed)}"


def verify(token: str, keys: Sequence[bytes], now: datetime) -> Link | None:
    """Return what a token allows, None where it is forged, over, or signed with a key that is gone."""
    signed, _, mac = token.rpartition(".")
    key_id, _, payload = signed.partition(".")
    key = next((key for key in keys if _key_id(key) == key_id), None)
    if len(token) > TOKEN_LIMIT or not token.isascii() or key is None:
        return None
    if not hmac.compare_digest(mac.encode(), _mac(key, signed).encode()):
        return None
    try:
        link = msgspec.msgpack.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Link)
        is_over = datetime.fromtimestamp(link.expires, UTC) <= now
    except (msgspec.MsgspecError, Base64Error, ValueError, OverflowError, OSError):
        return None
    return None if is_over or link.version != VERSION else link


def _key_id(key: bytes) -> str:
    return sha256(b"crisiswatch link key\0" + key).hexdigest()[:8]


def _mac(key: bytes, signed: str) -> str:
    # Compared as text: base64 and hexadecimal of other letters that mean the same bytes are no match.
    return hmac.new(key, b"link\0" + signed.encode(), sha256).hexdigest()
