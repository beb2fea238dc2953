"""What an app of Meta delivers to us: whether it may, whether it is signed, and what changed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from crisiswatch.errors import BadInput, SourceRejected
from crisiswatch.sources.web.answers import decode_json

CHANGES_LIMIT = 1_000


class Deliveries:
    """The secrets of one app: its own, and the word that it was given for the subscription."""

    def __init__(self, app_secret: SecretStr | None, verify_token: SecretStr | None) -> None:
        if (app_secret is None) != (verify_token is None):
            raise ValueError("app_secret and verify_token are given together")
        self._secret = app_secret.get_secret_value() if app_secret else ""
        self._verify_token = verify_token.get_secret_value() if verify_token else ""

    def require_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise SourceRejected unless `X-Hub-Signature-256` was made with the app's secret."""
        given = next((value for name, value in headers.items() if name.lower() == "x-hub-signature-256"), "")
        expected = "sha256=" + hmac.new(self._secret.encode(), body, sha256).hexdigest()
        if not self._secret or not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
            raise SourceRejected("the signature is missing or does not match", "auth")

    def greet(self, query: Mapping[str, str]) -> str:
        """Return what a subscription wants to hear. Raises SourceRejected unless it knows the verify token."""
        given = query.get("hub.verify_token", "")
        is_ours = hmac.compare_digest(given.encode(errors="replace"), self._verify_token.encode())
        if not self._verify_token or not is_ours or query.get("hub.mode") != "subscribe":
            raise SourceRejected("the verify token is missing or does not match", "auth")
        return query.get("hub.challenge", "")[:500]


def changes(body: bytes, field: str) -> Sequence[Mapping[str, Any]]:
    """Return the values of a delivery's changes of one field. Raises BadInput."""
    document = decode_json(body)
    entries = document.get("entry") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise BadInput("a delivery without entries")
    lists = [entry.get("changes") for entry in entries if isinstance(entry, dict)]
    found = [change for changed in lists if isinstance(changed, list) for change in changed if isinstance(change, dict)]
    values = [change.get("value") for change in found if change.get("field") == field]
    return [value for value in values if isinstance(value, dict)][:CHANGES_LIMIT]
