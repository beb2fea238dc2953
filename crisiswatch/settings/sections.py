"""The sections of the file that stand alone: defaults, store, server, playbooks, heartbeat."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from crisiswatch.core.queries import Retention
from crisiswatch.settings.faults import fault
from crisiswatch.settings.values import Duration, Endpoint, Name, Network, is_loopback

Quote = Literal["never", "short", "full"]


class Section(BaseModel):
    """Base of every part of the file: unknown keys are errors, values never show in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_by_alias=True)


class Budget(Section):
    """False alarms per brand and week that the team will bear."""

    warning: float = Field(default=0.1, gt=0, allow_inf_nan=False, description="Incidents that reach warning.")
    critical: float = Field(default=0.02, gt=0, allow_inf_nan=False, description="Incidents that reach critical.")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.critical > self.warning:
            message = f"critical ({self.critical:g}) is above warning ({self.warning:g})"
            raise fault("budget", message, "critical alarms are a part of all alarms")
        return self


def _bucket(value: timedelta) -> timedelta:
    if value > timedelta(hours=1) or timedelta(hours=1) % value or value < timedelta(minutes=1):
        raise fault("bucket", "{} does not divide an hour into whole minutes", "write 1m, 2m, 5m, 10m, 15m or 1h")
    if value % timedelta(minutes=1):
        raise fault("bucket", "{} does not divide an hour into whole minutes", "write 1m, 2m, 5m, 10m, 15m or 1h")
    return value


class Defaults(Section):
    """What holds for every brand and source that says nothing else."""

    bucket: Annotated[Duration, AfterValidator(_bucket)] = Field(
        default=timedelta(minutes=5), description="Length of the stretches in which mentions are counted."
    )
    false_alarms_per_week: Budget = Field(
        default=Budget(), description="False alarms to bear per brand and week; lower means fewer and later alerts."
    )
    quote_in_channels: Quote = Field(default="short", description="How much of a mention may be quoted in a channel.")
    redact_quotes: bool = Field(
        default=True,
        description="Take e-mail addresses, telephone, card, account and identity numbers out of what is quoted.",
    )


class DatabaseUrl(SecretStr):
    """A database address; it shows itself unless it holds a password."""

    def _display(self) -> str:
        return super()._display() if has_password(self.get_secret_value()) else self.get_secret_value()


def has_password(url: str) -> bool:
    """Say whether a database address holds, or may hold, credentials."""
    return "@" in url or "password" in url.lower()


def _database(value: DatabaseUrl) -> DatabaseUrl:
    url = value.get_secret_value()
    if not url.startswith(("sqlite:///", "postgresql://")) and url not in ("memory:", "sqlite://"):
        raise fault("store-url", "this is no address of a database", "write sqlite:///crisiswatch.db or postgresql://…")
    return value


Days = Annotated[int, Field(ge=1, le=36_500)]


class Storage(Section):
    """Where things are kept, and for how long."""

    url: Annotated[DatabaseUrl, AfterValidator(_database)] = Field(
        default=DatabaseUrl("sqlite:///crisiswatch.db"), description="sqlite:///FILE or postgresql://…"
    )
    mention_text_days: Days = Field(default=30, description="Days until text and title of a mention are wiped.")
    author_name_days: int = Field(
        default=7, ge=0, le=7, description="Days until display names of authors are wiped, 7 at most."
    )
    incident_days: Days | None = Field(default=400, description="Days until incidents are wiped; null keeps them.")
    observation_days: Days = Field(default=400, description="Days until the counts behind baselines are wiped.")
    delivered_days: Days = Field(default=30, description="Days until delivered notifications are wiped.")

    @property
    def retention(self) -> Retention:
        """Return the limits as the store takes them."""
        return Retention(
            mention_text=timedelta(days=self.mention_text_days),
            author_name=timedelta(days=self.author_name_days),
            incidents=None if self.incident_days is None else timedelta(days=self.incident_days),
            delivered=timedelta(days=self.delivered_days),
            observations=timedelta(days=self.observation_days),
        )


def _hash(value: SecretStr) -> SecretStr:
    digest = value.get_secret_value().removeprefix("sha256:").lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise fault("token-hash", "this is no SHA-256 hash", "write sha256: and 64 hexadecimal digits")
    return SecretStr(f"sha256:{digest}")


class AccessToken(Section):
    """Who may use the HTTP interface, and what for. The token itself is kept nowhere."""

    name: Name = Field(description="Who holds the token.")
    hash: Annotated[SecretStr, AfterValidator(_hash)] = Field(description="sha256: and the hash of the token.")
    scopes: tuple[Literal["read", "act", "admin"], ...] = Field(
        default=("read",), min_length=1, description="What for."
    )


def _public(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_plain = is_web and not parts.username and not parts.query and not parts.fragment and " " not in value
    except ValueError:
        is_plain = False
    if not is_plain:
        raise fault("public-url", "{} is not an http or https address", "write https://crisiswatch.example.org")
    return value.rstrip("/")


class Server(Section):
    """The HTTP interface: pages, API, metrics, incoming webhooks."""

    listen: Endpoint = Field(
        default="127.0.0.1:9119", description="Address and port; beyond loopback only with tokens."
    )
    public_url: Annotated[str, AfterValidator(_public)] | None = Field(
        default=None, description="Where people reach the pages from outside; alerts link there."
    )
    tokens: tuple[AccessToken, ...] = Field(default=(), description="Who may use the interface.")
    trusted_proxies: tuple[Network, ...] = Field(default=(), description="Proxies whose X-Forwarded-For is believed.")

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if not self.tokens and not is_loopback(self.host):
            message = "anybody who reaches {} could read and act: there are no tokens"
            raise fault("open-server", message, "add server.tokens, or listen on 127.0.0.1", at="listen")
        return self

    @property
    def host(self) -> str:
        """Return the host to bind."""
        return self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")

    @property
    def port(self) -> int:
        """Return the port to bind; 0 lets the system choose."""
        return int(self.listen.rpartition(":")[2])


def _contact(value: str) -> str:
    if len(value) > 200 or not value.isascii() or not value.isprintable():
        raise fault("contact", "{} cannot be part of a header", "write an address: ops@example.org or https://…")
    return value


class Egress(Section):
    """What the daemon contacts outside, and how it introduces itself."""

    allow: tuple[Network, ...] = Field(default=(), description="Networks that are not public and may be contacted.")
    contact: Annotated[str, AfterValidator(_contact)] = Field(
        default="", description="Whom operators of other servers may write to; part of the User-Agent."
    )


class Playbooks(Section):
    """Where the operator's own playbooks are; the packaged ones apply without."""

    folder: str | None = Field(default=None, min_length=1, description="A folder, relative to this file.")


class SecondOpinion(Section):
    """A transformer in ONNX, in a folder of this machine, that is asked about samples of mentions."""

    folder: str = Field(min_length=1, description="Holds tokenizer.json, model.onnx and config.json.")
    sample: int = Field(default=200, ge=1, le=2_000, description="Mentions of each brand that it is asked about.")
    every: Duration = Field(default=timedelta(hours=6), description="How often it is asked about what came since.")


def _ping(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("https://", "http://")):
        raise fault("url", "this is no http or https address", "write https://…")
    return value


def _beat(value: timedelta) -> timedelta:
    if value > timedelta(minutes=2):
        raise fault(
            "heartbeat", "{} is too long: the made-up mention must come through within three minutes", "write 1m"
        )
    return value


class Heartbeat(Section):
    """A service outside that raises the alarm when the daemon falls silent."""

    url: Annotated[SecretStr, AfterValidator(_ping)] = Field(description="Address to call while all is well.")
    also: Annotated[SecretStr, AfterValidator(_ping)] | None = Field(
        default=None, description="A second service, independent of the first."
    )
    every: Annotated[Duration, AfterValidator(_beat)] = Field(
        default=timedelta(minutes=1), description="How often, two minutes at most."
    )
