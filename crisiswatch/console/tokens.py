"""Bearer tokens: made once, kept as a hash, compared in constant time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

from crisiswatch.console.doors import Token

_TOKEN_BYTES = 32
"""256 bits: guessing is hopeless, so a plain SHA-256 is as good as a slow hash."""


def new_token() -> str:
    """Return a fresh token; show it once, keep only its hash."""
    return f"cw_{secrets.token_urlsafe(_TOKEN_BYTES)}"


def hash_token(token: str) -> str:
    """Return what the config keeps of a token: `sha256:` and 64 hex digits."""
    return "sha256:" + sha256(token.strip().encode("utf-8", "surrogatepass")).hexdigest()


def find_token(presented: str, tokens: Iterable[Token]) -> Token | None:
    """Return the token that was presented, if it is known; takes as long for a near miss as for a far one."""
    digest = hash_token(presented).encode()
    found = None
    for token in tokens:
        if compare_digest(digest, token.hash.lower().encode()):
            found = token
    return found
