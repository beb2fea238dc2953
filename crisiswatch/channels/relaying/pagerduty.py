"""PagerDuty: trigger, acknowledge and resolve by the Events API v2, one alert per incident."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from pydantic import Field, SecretStr, field_validator
from pydantic.json_schema import SkipJsonSchema

from crisiswatch.channels.exchanging import is_http_address
from crisiswatch.channels.relaying.posting import Poster
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.plugins import ChannelTools, Kind, Options, Way
from crisiswatch.ports import Abilities, Channel

KEY_LIMIT, SUMMARY_LIMIT, TEXT_LIMIT = 255, 1024, 4_000
ROUTING_KEY_LENGTH = 32

TRIGGER, ACKNOWLEDGE, RESOLVE = "trigger", "acknowledge", "resolve"

_SEVERITIES = {
    Severity.CALM: "info",
    Severity.WATCH: "info",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "critical",
}


class PagerDutyOptions(Options):
    """The integration key of a service with an *Events API v2* integration."""

    routing_key: SecretStr = Field(description="Integration key, 32 characters; never shown.")
    url: SkipJsonSchema[str] = "https://events.pagerduty.com/v2/enqueue"

    @field_validator("routing_key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if not text.startswith("${") and not (len(text) == ROUTING_KEY_LENGTH and text.isascii() and text.isalnum()):
            raise ValueError(f"must be the {ROUTING_KEY_LENGTH} letters and digits of an Events API v2 integration")
        return key

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if not is_http_address(url):
            raise ValueError("must be an address that starts with https:// and names a host")
        return url


class PagerDuty:
    """Sends events. `dedup_key` makes a repeated event the same one, so an unclear attempt is simply made again."""

    abilities = Abilities(edits=True, buttons=True, can_ask=True)

    def __init__(self, name: str, options: PagerDutyOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._host = tools.host
        self._poster = Poster()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Send the event that the message amounts to; new figures alone are no event, for they would reopen it."""
        action = action_of(message)
        reference = f"{dedup_key(message, self._host)}#{action}"
        if action is None or (previous == reference and message.kind == NotificationKind.UPDATED):
            return Attempt(Outcome.DELIVERED, "nothing new for PagerDuty", previous)
        document = event(message, action, self._options.routing_key.get_secret_value(), self._host)
        attempt = await self._poster.post(self._options.url, document, {})
        if attempt.outcome is not Outcome.DELIVERED:
            return attempt
        return Attempt(attempt.outcome, attempt.detail, reference)

    async def find(self, message: Message) -> Attempt | None:
        """Say that it may be sent again: the key makes it one event."""
        return Attempt(Outcome.REFUSED, "sent again under the same key")

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


def action_of(message: Message) -> str | None:
    """Return what PagerDuty is told, None where nothing that it knows changed."""
    if message.kind == NotificationKind.CLOSED or (message.is_over and message.kind == NotificationKind.UPDATED):
        return RESOLVE
    if message.kind == NotificationKind.UPDATED:
        return ACKNOWLEDGE if message.is_acked else None
    return TRIGGER


def dedup_key(message: Message, host: str) -> str:
    """Return the key of the incident's alert; a test has its own."""
    name = f"test-{message.key}" if message.is_test else message.incident
    return f"crisiswatch/{host[:180]}/{name}"[:KEY_LIMIT]


def event(message: Message, action: str, routing_key: str, host: str) -> dict[str, Any]:
    """Return the document of an event; only a trigger carries what happened."""
    base = {"routing_key": routing_key, "event_action": action, "dedup_key": dedup_key(message, host)}
    if action != TRIGGER:
        return base
    details = {_cut(fact.label): _cut(fact.value) for fact in message.facts}
    return {
        **base,
        "client": "crisiswatch",
        **({"client_url": message.url} if message.url else {}),
        "links": [{"href": message.url, "text": message.incident}] if message.url else [],
        "payload": {
            "summary": f"{message.headline} ({message.incident})"[:SUMMARY_LIMIT],
            "source": host,
            "severity": "info" if message.is_test else _SEVERITIES[message.severity],
            "timestamp": message.sent_at.astimezone(UTC).isoformat(),
            "component": _cut(message.brand) or "crisiswatch",
            "group": "crisiswatch",
            "class": message.family,
            "custom_details": {
                **details,
                "since": _cut(message.since),
                "state": _cut(message.state),
                **({"silenced": _cut(message.silenced)} if message.silenced else {}),
                "playbook": _cut(message.playbook),
                "owner": _cut(message.owner),
                "next": [_cut(step) for step in message.steps],
                "why": [_cut(reason) for reason in message.why],
                "data": _cut(message.data_health),
            },
        },
    }


def _cut(text: str) -> str:
    """Return the text within its limit: PagerDuty refuses an event above 512 KB whole."""
    return text[:TEXT_LIMIT]


def _build(name: str, options: PagerDutyOptions, tools: ChannelTools) -> Channel:
    return PagerDuty(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="pagerduty",
    summary="one alert per incident by the Events API v2: triggered, acknowledged and resolved, never twice",
    options=PagerDutyOptions,
    build=_build,
    example={"routing_key": "R0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPL"},
    ways=(Way("pagerduty", "by dedup_key", "no", "no", "acknowledged there too", "resolve", "by dedup_key"),),
)
