"""Where the console may listen, and under which host names it answers."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from crisiswatch.console.doors import Token
from crisiswatch.errors import ConfigError, Problem


def check_binding(host: str, tokens: Sequence[Token]) -> None:
    """Raise ConfigError if the address can be reached from elsewhere and nobody would be asked who they are."""
    if tokens or is_loopback(host):
        return
    raise ConfigError(
        (
            Problem(
                code="server.open_to_all",
                message=f"server.listen {host!r} can be reached from other machines and server.tokens is empty; "
                "allowed without tokens: 127.0.0.1, ::1, localhost",
                where="server.listen",
                hint="add a token to server.tokens, or listen on 127.0.0.1",
            ),
        )
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine alone. Other names are never trusted to."""
    name = host.strip().lower().removeprefix("[").removesuffix("]")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """Return the host of a Host header or URL authority, without port and brackets, lower case; "" if malformed."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def answers_to(header: str, public_url: str | None) -> bool:
    """Tell whether a Host header names this machine, or the host of the public URL."""
    name = host_name(header)
    if not name:
        return False
    return is_loopback(name) or (public_url is not None and name == urlsplit(public_url).hostname)
