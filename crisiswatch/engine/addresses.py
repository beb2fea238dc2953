"""Which addresses may be contacted, and how the name of a host is resolved."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from crisiswatch.errors import SourceUnavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_NOT_GLOBAL = tuple(map(ip_network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16")))
"""What Python calls global (in some versions) and is not: carrier NAT, protocol assignments, relays, Teredo, 6to4."""

_UNICAST = ip_network("2000::/3")
"""All public IPv6 addresses; outside are loopback, v4-mapped, NAT64, unique local, link-local and multicast."""


class AddressPolicy:
    """Says which addresses may be contacted: public ones, and those in the networks that are allowed (CIDRs)."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allowed = tuple(ip_network(network, strict=False) for network in allow)

    def permits(self, address: str) -> bool:
        """Tell whether an address, as text, may be contacted."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._allowed) or _is_public(ip)


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as the system sees it. Raises SourceUnavailable."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceUnavailable(f"{host}: cannot be resolved", "dns") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_literal(host: str) -> bool:
    """Tell whether a host is written as an address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if any(ip in network for network in _NOT_GLOBAL) or ip.is_multicast or ip.is_reserved:
        return False
    return ip.is_global and (ip.version == 4 or ip in _UNICAST)
