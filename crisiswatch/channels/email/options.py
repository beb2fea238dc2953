"""The options of e-mail: whom to write to, and through which server."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from crisiswatch.plugins import Options

Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}$", max_length=254)
]


class EmailOptions(Options):
    """Whom to write to and through which server."""

    to: tuple[Address, ...] = Field(min_length=1, max_length=50, description="Addresses; each gets the same mail.")
    smtp: SecretStr = Field(
        description="smtp://user:password@host:587?starttls or smtps://user:password@host. "
        "A password needs TLS unless the host is this machine or ?starttls=never says so."
    )
    sender: Address | None = Field(default=None, alias="from", description="Default: crisiswatch@ and the host name.")
    reply_to: Address | None = Field(default=None, description="Where answers go.")

    @field_validator("smtp")
    @classmethod
    def _is_server(cls, smtp: SecretStr) -> SecretStr:
        parse_server(smtp.get_secret_value())
        return smtp


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server and how to speak to it."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str | None = None
    password: str = field(default="", repr=False)


def parse_server(url: str) -> Server:
    """Return the server in an SMTP URL. Raises ValueError, which never repeats the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise ValueError("cannot be read as an SMTP address") from error
    if parts.scheme not in ("smtp", "smtps") or not host or not url.isprintable() or " " in url:
        raise ValueError("must look like smtp://user:password@host:587?starttls or smtps://user:password@host")
    tls = _tls(parts)
    if parts.username and tls == "none" and parts.query != "starttls=never" and not _is_this_machine(host):
        raise ValueError("would send the password unprotected: add ?starttls, or use smtps://")
    default = {"none": 25, "starttls": 587, "implicit": 465}[tls]
    user = unquote(parts.username) if parts.username else None
    return Server(host, port or default, tls, user, unquote(parts.password or ""))


def _tls(parts: SplitResult) -> Literal["none", "starttls", "implicit"]:
    if parts.query not in ("", "starttls", "starttls=", "starttls=always", "starttls=never"):
        raise ValueError("knows one option after the question mark: starttls")
    if parts.scheme == "smtps":
        return "implicit"
    return "none" if parts.query in ("", "starttls=never") else "starttls"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
