"""Prometheus Alertmanager: an alert per incident by its API v2, said again before it would expire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator

from crisiswatch.channels.exchanging import is_http_address
from crisiswatch.channels.relaying.posting import Poster
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.plugins import ChannelTools, Kind, Options, Way
from crisiswatch.ports import Abilities, Channel

EXPIRES_AFTER = timedelta(minutes=5)
"""How long Alertmanager believes an alert that is not said again; the daemon says it again every minute."""

TEXT_LIMIT = 4_000

NAMES = {
    "crisis": "BrandCrisis",
    "positive": "BrandAttention",
    "blind": "BrandNotSeen",
    "source": "BrandSourceSilent",
    "self": "CrisiswatchTrouble",
}
"""The `alertname` of each family of incidents."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(("alertname", "brand", "severity", "incident"))


class AlertmanagerOptions(Options):
    """Where Alertmanager is. Its own routes, silences and receivers then apply."""

    url: SecretStr = Field(description="Address without a path, such as http://127.0.0.1:9093; may hold a password.")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further headers, for example Authorization."
    )
    labels: dict[str, str] = Field(default_factory=dict, description="Labels added to every alert, to route by.")

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if not text.startswith("${") and not is_http_address(text):
            raise ValueError("must be an address that starts with http:// or https:// and names a host")
        return url

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            text = value.get_secret_value()
            if not _HEADER.fullmatch(name) or not (text.isascii() and text.isprintable()):
                raise ValueError("a header needs a plain name and a value of printable ASCII")
        return headers

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        for name, value in labels.items():
            if not _LABEL.fullmatch(name) or not value:
                raise ValueError(f"{name!r} is no label with a value: letters, digits and _, no digit first")
            if name in _OURS:
                raise ValueError(f"the label {name} is set by crisiswatch")
        return labels


class Alertmanager:
    """Posts alerts. The same labels are the same alert, so an unclear attempt is simply made again."""

    abilities = Abilities(edits=True, can_ask=True)

    def __init__(self, name: str, options: AlertmanagerOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._poster = Poster()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Post the incident as it is now: firing for some minutes more, or ended."""
        now = self._tools.clock.now()
        base = self._options.url.get_secret_value().rstrip("/")
        headers = {name: value.get_secret_value() for name, value in self._options.headers.items()}
        documents = alerts(message, self._options.labels, now)
        attempt = await self._poster.post(f"{base}/api/v2/alerts", documents, headers)
        if attempt.outcome is not Outcome.DELIVERED:
            return attempt
        return Attempt(attempt.outcome, attempt.detail, message.incident)

    async def renew(self, message: Message) -> Attempt:
        """Post it again before it expires."""
        return await self.send(message, None)

    async def find(self, message: Message) -> Attempt | None:
        """Say that it may be sent again: its labels make it one alert."""
        return Attempt(Outcome.REFUSED, "sent again under the same labels")

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


def alerts(message: Message, labels: dict[str, str], now: datetime) -> list[dict[str, Any]]:
    """Return the alert at the incident's severity, and the end of the one at any other severity that it had."""
    is_over = message.is_over or message.kind == NotificationKind.CLOSED
    is_raised = message.kind in (NotificationKind.RAISED, NotificationKind.REOPENED)
    found = [_alert(message, message.severity, labels, now if is_over else now + EXPIRES_AFTER, now)]
    if is_over or is_raised:
        others = [one for one in (Severity.WARNING, Severity.CRITICAL) if one is not message.severity]
        found += [_alert(message, one, labels, now, now) for one in others]
    return found


def _alert(
    message: Message, severity: Severity, labels: dict[str, str], ends_at: datetime, now: datetime
) -> dict[str, Any]:
    told = [line for line in (message.since, message.state, message.silenced) if line]
    text = "\n".join([*told, *(f"{fact.label}: {fact.value}" for fact in message.facts)])
    name = NAMES.get(message.family.partition(":")[0], NAMES["crisis"])
    return {
        "labels": {
            **labels,
            "alertname": name,
            "brand": message.brand or "crisiswatch",
            "severity": "none" if message.is_test else severity.name.lower(),
            "incident": message.incident,
        },
        "annotations": {"summary": message.headline[:TEXT_LIMIT], "description": text[:TEXT_LIMIT]},
        "startsAt": _rfc3339(min(message.opened_at, now)),
        "endsAt": _rfc3339(ends_at),
        **({"generatorURL": message.url} if message.url else {}),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _build(name: str, options: AlertmanagerOptions, tools: ChannelTools) -> Channel:
    return Alertmanager(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="alertmanager",
    summary="an alert per incident by the API v2, renewed every minute and ended; its routes and silences apply",
    options=AlertmanagerOptions,
    build=_build,
    example={"url": "http://127.0.0.1:9093", "labels": {"team": "pr"}},
    ways=(Way("alertmanager", "by labels", "no", "no", "no", "endsAt", "by labels"),),
)
