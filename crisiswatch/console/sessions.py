"""Browser sessions: a signed cookie that names a token, and the form token that goes with it."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from crisiswatch.console.doors import Token

_COOKIE = "crisiswatch"
_COOKIE_LIMIT = 1024


class Session(msgspec.Struct, frozen=True):
    """Who logged in, until when; `id` makes two sessions of one token different."""

    token: str
    id: str
    expires: int


def cookie_name(scheme: str) -> str:
    """Return the name of the session cookie; browsers guard the `__Host-` prefix, and accept it over https alone."""
    return f"__Host-{_COOKIE}" if scheme == "https" else _COOKIE


def begin(token: Token, now: datetime, length: timedelta) -> Session:
    """Return a new session of a token."""
    return Session(token=token.name, id=secrets.token_urlsafe(16), expires=int((now + length).timestamp()))


def sign(session: Session, token: Token, key: bytes) -> str:
    """Return the cookie's value. The token's hash is under the signature: a replaced token ends its sessions."""
    payload = urlsafe_b64encode(msgspec.json.encode(session)).decode()
    return f"{payload}.{_mac(key, 'session', payload, token.hash)}"


def verify(cookie: str, tokens: Iterable[Token], key: bytes, now: datetime) -> tuple[Session, Token] | None:
    """Return the session of a cookie and its token, or None where it is forged, over, or its token gone."""
    payload, _, mac = cookie.partition(".")
    if len(cookie) > _COOKIE_LIMIT:
        return None
    try:
        session = msgspec.json.decode(urlsafe_b64decode(payload.encode()), type=Session)
        over = datetime.fromtimestamp(session.expires, UTC) <= now
    except (msgspec.MsgspecError, Base64Error, UnicodeError, ValueError, OverflowError, OSError):
        return None
    token = next((token for token in tokens if token.name == session.token), None)
    if token is None or over:
        return None
    is_genuine = hmac.compare_digest(mac.encode(), _mac(key, "session", payload, token.hash).encode())
    return (session, token) if is_genuine else None


def form_token(subject: str, key: bytes) -> str:
    """Return the token that forms carry: only a page of this console can know it."""
    return _mac(key, "form", subject)


def is_form_token(presented: str, subject: str, key: bytes) -> bool:
    """Tell whether a form carries the right token."""
    return hmac.compare_digest(presented.encode("utf-8", "surrogatepass"), form_token(subject, key).encode())


def _mac(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\0".join(parts).encode(), sha256).hexdigest()
