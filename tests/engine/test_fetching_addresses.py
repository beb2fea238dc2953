"""Which addresses are contacted: public ones, looked up once, and what the operator allows."""

from __future__ import annotations

import httpx
import pytest
from fetching_server import fetching, ok, replying, serving
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.engine.addresses import AddressPolicy
from crisiswatch.errors import SourceUnavailable, UnsafeAddress

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "5f00::1", "localhost", "", "1", "0x7f.1", "8.8.8.8:80",
    "10.255.255.255", "100.100.100.200", "169.254.0.1", "169.254.170.2", "172.20.10.1", "192.0.0.170",
    "192.168.255.255", "198.19.255.255", "224.0.0.251", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "2002:a9fe:a9fe::", "2001:0:7f00:1::", "fd00:ec2::254", "ff05::2",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_refuses_what_is_not_a_public_address(address):
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "100.128.0.1", "192.0.1.1", "2606:4700::1111"])
def test_permits_public_addresses(address):
    assert AddressPolicy().permits(address)


def test_permits_what_the_operator_allows_and_nothing_beside_it():
    policy = AddressPolicy(("10.1.0.0/16", "fd00::/8"))

    assert policy.permits("10.1.2.3")
    assert policy.permits("fd00::1")
    assert not policy.permits("10.2.0.1")
    assert not policy.permits("::ffff:10.1.2.3")


@given(st.ip_addresses(v=6, network="::/3"))
def test_no_address_outside_global_unicast_is_public(ip):
    assert not AddressPolicy().permits(str(ip))


async def test_resolves_once_so_that_a_rebinding_name_cannot_switch():
    asked = []

    async def resolve(host: str, port: int):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    async with serving(replying(ok(b"x"))) as server, fetching(resolve=resolve) as fetcher:
        await fetcher.fetch(server.url(host="rebind.example"))

    assert asked == ["rebind.example"]


async def test_one_private_address_among_several_is_enough_to_refuse():
    async def resolve(host: str, port: int):
        return ("127.0.0.1", "10.0.0.1")

    async with serving(replying(ok(b"x"))) as server, fetching(resolve=resolve) as fetcher:
        with pytest.raises(UnsafeAddress, match=r"10\.0\.0\.1"):
            await fetcher.fetch(server.url(host="mixed.example"))

    assert server.requests == []


async def test_tries_the_next_address_when_the_first_refuses():
    async def resolve(host: str, port: int):
        return ("127.0.0.2", "127.0.0.1")

    async with serving(replying(ok(b"second"))) as server, fetching(resolve=resolve) as fetcher:
        response = await fetcher.fetch(server.url(host="two.example"))

    assert response.body == b"second"


SPELLINGS = [
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]",
    "LOCALHOST", "localhost.", "127.0.1", "0x7f.0x0.0x0.0x1", "017700000001", "0", "0.0.0.0", "[::]",
    "[0:0:0:0:0:0:0:1]", "127。0。0。1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost",
]  # fmt: skip


def test_eighty_addresses_that_are_not_to_be_contacted_are_known():
    assert len({*NOT_PUBLIC, *SPELLINGS}) >= 80


@pytest.mark.parametrize("written", ["intern.müller.example", "intern.xn--mller-kva.example", "straße.example"])
async def test_an_international_name_is_looked_up_as_it_is_sent_and_checked_like_any_other(written):
    asked = []

    async def resolve(host: str, port: int):
        asked.append(host)
        return ("10.0.0.1",)

    async with fetching(resolve=resolve) as fetcher:
        with pytest.raises(UnsafeAddress, match=r"10\.0\.0\.1"):
            await fetcher.fetch(f"http://{written}/feed")

    assert asked == [httpx.URL(f"http://{written}/").raw_host.decode()]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_refuses_this_machine_in_every_spelling(host):
    async with serving(replying(ok(b"secret"))) as server, fetching(allow=()) as fetcher:
        with pytest.raises((UnsafeAddress, SourceUnavailable)) as caught:
            await fetcher.fetch(server.url(host=host))

    assert server.requests == []
    assert caught.value.reason in ("ssrf_blocked", "dns")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//x", "", "http://", "x"]
)
async def test_refuses_what_is_not_http(url):
    async with fetching() as fetcher:
        with pytest.raises(UnsafeAddress):
            await fetcher.fetch(url)


async def test_names_are_left_to_a_proxy_but_literal_addresses_are_still_checked():
    async with serving(replying(ok(b"by proxy"))) as proxy, fetching(allow=(), proxy=proxy.url("")) as fetcher:
        response = await fetcher.fetch("http://news.invalid/feed")
        with pytest.raises(UnsafeAddress):
            await fetcher.fetch("http://169.254.169.254/")

    assert response.body == b"by proxy"
    assert proxy.requests[0].startswith(b"GET http://news.invalid/feed ")
