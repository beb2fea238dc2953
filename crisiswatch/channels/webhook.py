"""Webhook: each notification as a signed CloudEvent, posted to one address."""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, field_validator

from crisiswatch.channels.exchanging import Exchange, is_http_address, retry_after, start_of_body
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.plugins import ChannelTools, Kind, Options, Way
from crisiswatch.ports import Abilities, Channel

if TYPE_CHECKING:
    import httpx

BODIES_KEPT = 256
LINKS = ("acknowledge", "verdict", "close", "silence")

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(
    ("host", "content-type", "content-length", "transfer-encoding", "connection", "accept-encoding", "idempotency-key")
)


class WebhookOptions(Options):
    """Where to post. The other side must honour `Idempotency-Key` (or `webhook-id`) to see each event once."""

    url: SecretStr = Field(description="http(s) address; may hold a token, so it is never shown.")
    secret: SecretStr | None = Field(
        default=None, description="Signing key: `whsec_` and base64, or any text, whose UTF-8 bytes are the key."
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further headers, for example Authorization."
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: SecretStr) -> SecretStr:
        if not is_http_address(url.get_secret_value()):
            raise ValueError("must be an address that starts with http:// or https:// and names a host")
        return url

    @field_validator("secret")
    @classmethod
    def _is_key(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not signing_key(secret.get_secret_value()):
            raise ValueError("is empty")
        return secret

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            text = value.get_secret_value()
            if not _HEADER_NAME.fullmatch(name) or not (text.isascii() and text.isprintable()):
                raise ValueError("a header needs a plain name and a value of printable ASCII")
            if name.lower() in _OURS or name.lower().startswith("webhook-"):
                raise ValueError(f"the header {name} is set by crisiswatch")
        return headers


class Webhook:
    """Posts CloudEvents. It cannot be asked what arrived: a repeat carries the same key and the same body."""

    abilities = Abilities()

    def __init__(self, name: str, options: WebhookOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._exchange = Exchange()
        self._unsettled: dict[str, bytes] = {}

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Post the event once; the status decides, a body is only looked for after an error."""
        body = self._unsettled.get(message.key) or cloud_event(message, self._tools.host)
        url = self._options.url.get_secret_value()
        attempt = await self._exchange.post(url, self._headers(message.key, body), body, self._read)
        self._remember(message.key, body, attempt.outcome)
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        """Return None: a webhook cannot be asked."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        now = self._tools.clock.now()
        secret = self._options.secret
        return {
            **{name: value.get_secret_value() for name, value in self._options.headers.items()},
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            **({"webhook-signature": signature(secret.get_secret_value(), key, now, body)} if secret else {}),
        }

    async def _read(self, response: httpx.Response) -> Attempt:
        start = await start_of_body(response) if response.status_code >= 500 else b""
        return classify(response.status_code, response.headers, start, self._tools.clock.now())

    def _remember(self, key: str, body: bytes, outcome: Outcome) -> None:
        """Keep the bytes of an attempt without an answer, so that its repeat is the same to the last byte."""
        self._unsettled.pop(key, None)
        if outcome is Outcome.UNKNOWN:
            self._unsettled[key] = body
        while len(self._unsettled) > BODIES_KEPT:
            del self._unsettled[next(iter(self._unsettled))]


def cloud_event(message: Message, host: str) -> bytes:
    """Return the message as CloudEvents 1.0 JSON: the same bytes for the same message."""
    event = {
        "specversion": "1.0",
        "id": message.key,
        "source": f"urn:crisiswatch:{host}",
        "type": f"dev.crisiswatch.incident.{message.kind}.v1",
        "subject": message.incident,
        "time": _rfc3339(message.sent_at),
        "datacontenttype": "application/json",
        "data": _data(message),
    }
    return json.dumps(event, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _data(message: Message) -> dict[str, Any]:
    plain = (
        "incident", "kind", "number", "receiver", "brand", "headline", "state", "silenced", "since", "playbook",
        "owner", "playbook_reason", "steps", "holding_statement", "why", "data_health", "url", "language", "is_test",
        "is_acked", "is_over", "family",
    )  # fmt: skip
    return {
        **{name: getattr(message, name) for name in plain},
        "severity": message.severity.name.lower(),
        "opened_at": _rfc3339(message.opened_at),
        "facts": [{"label": fact.label, "value": fact.value} for fact in message.facts],
        "quotes": [
            {"who": quote.who, "when": quote.when, "text": quote.text, "url": quote.url, "language": quote.language}
            for quote in message.quotes
        ],
        "picture_alt": message.picture.alt if message.picture else None,
        "links": {name: getattr(message.links, name) for name in LINKS} if message.links else None,
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def signing_key(secret: str) -> bytes:
    """Return the key in a secret: decoded after `whsec_`, its UTF-8 bytes otherwise.

    Raises ValueError where base64 was announced and is not there.
    """
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise ValueError("what follows whsec_ is not base64") from error


def signature(secret: str, key: str, at: datetime, body: bytes) -> str:
    """Return the Standard Webhooks signature of one attempt."""
    signed = f"{key}.{int(at.timestamp())}.".encode() + body
    return "v1," + b64encode(hmac.digest(signing_key(secret), signed, "sha256")).decode()


def classify(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Attempt:
    """Return what an answer says of the delivery; a bare 5xx may come from a proxy after the event was passed on."""
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return Attempt(Outcome.DELIVERED, detail)
    if status in (408, 425, 429, 503) or (status >= 500 and body):
        return Attempt(Outcome.REFUSED, detail, retry_after=retry_after(headers.get("retry-after", ""), now))
    if status >= 500:
        return Attempt(Outcome.UNKNOWN, f"{detail} without a body")
    if 300 <= status < 400:
        return Attempt(Outcome.REJECTED, f"{detail}: redirects are not followed")
    return Attempt(Outcome.REJECTED, detail)


def _build(name: str, options: WebhookOptions, tools: ChannelTools) -> Channel:
    return Webhook(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="webhook",
    summary="a signed CloudEvent per notification; seen once if the other side honours Idempotency-Key",
    options=WebhookOptions,
    build=_build,
    example={
        "url": "https://hooks.example.org/crisiswatch",
        "secret": "whsec_Y3Jpc2lzd2F0Y2ggZXhhbXBsZSBrZXk=",
        "headers": {"Authorization": "Bearer example"},
    },
    ways=(Way("webhook", "no", "no", "no", "signed links, in the data", "event", "by Idempotency-Key"),),
)
