"""Small catalogues of invented kinds, and an environment that has what the files of these tests refer to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from crisiswatch.plugins import Catalogue, Kind, Options
from crisiswatch.settings import Catalogues

CANARY = "canary-7f3a91c2d4"
SMTP_URL = f"smtp://robot:{CANARY}@mail.example.org:587?starttls"
ENVIRON: Mapping[str, str] = {
    "SLACK_TOKEN": f"xoxb-{CANARY}",
    "SMTP_URL": SMTP_URL,
    "NTFY_URL": f"ntfys://{CANARY}@ntfy.example.org/topic",
    "FEED_KEY": CANARY,
}


class Rss(Options):
    url: str = Field(description="Address of the feed.")
    headers: dict[str, SecretStr] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_web(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is not an http address")
        return value


class Mastodon(Options):
    instance: str
    tags: tuple[str, ...] = Field(min_length=1)
    limit: int = Field(default=40, ge=1, le=80)


class Webhook(Options):
    secret: SecretStr


class Slack(Options):
    channel: str = ""
    token: SecretStr | None = None
    webhook_url: SecretStr | None = None

    @model_validator(mode="after")
    def _has_one_way(self) -> "Slack":
        if (self.token is None) == (self.webhook_url is None):
            raise ValueError("exactly one of token and webhook_url is needed")
        return self


class Email(Options):
    to: tuple[str, ...] = Field(min_length=1)
    smtp: SecretStr
    sender: str | None = Field(default=None, alias="from")

    @field_validator("smtp")
    @classmethod
    def _is_server(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("smtp", "smtps"):
            # A careless plug-in: it quotes what it refuses.
            raise ValueError(f"cannot send through {parts.netloc or value.get_secret_value()}")
        return value


class Apprise(Options):
    url: SecretStr


def kind(name: str, options: type[Options], example: Mapping[str, object]) -> Kind[Any]:
    return Kind(name, f"Fake {name}.", options, lambda _name, given, _tools: given, example)


SOURCES: Catalogue[Any] = Catalogue(
    "source",
    kind("rss", Rss, {"url": "https://news.example/feed.xml"}),
    kind("mastodon", Mastodon, {"instance": "mastodon.social", "tags": ["acme"]}),
    kind("webhook", Webhook, {"secret": "s"}),
)
CHANNELS: Catalogue[Any] = Catalogue(
    "channel",
    kind("slack", Slack, {"channel": "#pr", "token": "t"}),
    kind("email", Email, {"to": ["a@example.org"], "smtp": "smtp://mail.example.org"}),
    kind("apprise", Apprise, {"url": "ntfys://ntfy.sh/topic"}),
)


def check_query(query: str) -> str | None:
    """Refuse what is not closed: enough of a query language for these tests."""
    if query.count('"') % 2:
        return "a phrase is not closed"
    return "a parenthesis is not closed" if query.count("(") != query.count(")") else None


CATALOGUES = Catalogues(SOURCES, CHANNELS, check_query)
