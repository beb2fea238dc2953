from __future__ import annotations

import asyncio
import gzip
import os
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.engine.addresses import AddressPolicy, resolve_host
from crisiswatch.engine.fetching import FetchLimits, HttpFetcher, read_body, shown
from crisiswatch.errors import SourceUnavailable, TooLarge, UnsafeAddress

LOOPBACK = ("127.0.0.0/8",)

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "5f00::1", "localhost", "", "1", "0x7f.1", "8.8.8.8:80",
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


class Server:
    """A server on a real socket that records requests and answers with the bytes it was given."""

    def __init__(self, answer: Callable[[Server, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self.requests: list[bytes] = []
        self.port = 0
        self.reader = asyncio.StreamReader()
        self._answer = answer

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.reader = reader
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(self, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(answer)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


@asynccontextmanager
async def fetching(**options) -> AsyncIterator[HttpFetcher]:
    fetcher = HttpFetcher(**({"allow": LOOPBACK} | options))
    yield fetcher
    await fetcher.close()


def replying(*parts: bytes):
    async def answer(_: Server, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body))


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_returns_status_lower_case_headers_and_body():
    async with serving(replying(ok(b"news", b'ETag: "7"'))) as server, fetching() as fetcher:
        response = await fetcher.fetch(server.url())

    assert (response.status, response.headers["etag"], response.body) == (200, '"7"', b"news")


async def test_returns_an_error_status_as_an_answer():
    async with serving(replying(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as server, fetching() as fetcher:
        response = await fetcher.fetch(server.url())

    assert response.status == 503


async def test_says_who_asks_and_keeps_the_host_name_while_the_address_is_pinned():
    async def resolve(host: str, port: int):
        return ("127.0.0.1",)

    async with (
        serving(replying(ok(b""))) as server,
        fetching(resolve=resolve, contact="mailto:ops@example.org") as fetcher,
    ):
        await fetcher.fetch(server.url(host="news.example"), headers={"User-Agent": "someone else"})

    request = server.requests[0].lower()
    assert b"host: news.example:%d" % server.port in request
    assert b"(+mailto:ops@example.org)" in request
    assert b"someone else" not in request


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


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
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


async def test_follows_redirects_and_says_where_they_ended():
    async def answer(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"here") if b"GET /new" in server.requests[-1] else redirect("/new", 301))

    async with serving(answer) as server, fetching() as fetcher:
        response = await fetcher.fetch(server.url("/old"))

    assert (response.body, response.url) == (b"here", server.url("/new"))


async def test_gives_up_after_three_redirects():
    async def answer(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect(f"/{len(server.requests)}"))

    async with serving(answer) as server, fetching() as fetcher:
        with pytest.raises(SourceUnavailable, match="redirects"):
            await fetcher.fetch(server.url())

    assert len(server.requests) == 4


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/"])
async def test_refuses_a_redirect_to_a_private_address(target):
    async with serving(replying(redirect(target))) as server, fetching() as fetcher:
        with pytest.raises(UnsafeAddress):
            await fetcher.fetch(server.url())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "ftp://news.example/"])
async def test_refuses_a_redirect_to_another_scheme(target):
    async with serving(replying(redirect(target))) as server, fetching() as fetcher:
        with pytest.raises(UnsafeAddress):
            await fetcher.fetch(server.url())


async def test_credentials_do_not_cross_origins():
    async with (
        serving(replying(ok(b"other"))) as other,
        serving(replying(redirect(other.url()))) as server,
        fetching() as fetcher,
    ):
        await fetcher.fetch(server.url(), headers={"Authorization": "Bearer canary", "X-Key": "canary"})

    assert b"canary" in server.requests[0]
    assert b"canary" not in other.requests[0]


async def test_a_post_becomes_a_get_after_a_302():
    async def answer(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"") if len(server.requests) == 2 else redirect("/done"))

    async with serving(answer) as server, fetching() as fetcher:
        await fetcher.fetch(server.url(), method="POST", body=b"")

    assert [request.split()[0] for request in server.requests] == [b"POST", b"GET"]


async def test_a_gzip_body_is_decoded():
    packed = gzip.compress(b"news" * 100) + gzip.compress(b"!")

    async with serving(replying(ok(packed, b"Content-Encoding: gzip"))) as server, fetching() as fetcher:
        response = await fetcher.fetch(server.url())

    assert response.body == b"news" * 100 + b"!"


async def test_a_gzip_bomb_is_too_large_long_before_it_unfolds():
    bomb = gzip.compress(bytes(200_000_000), 9)

    async with serving(replying(ok(bomb, b"Content-Encoding: gzip"))) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="5000000"):
            await fetcher.fetch(server.url())

    assert len(bomb) < 2_000_000


async def test_decoding_never_holds_more_than_one_byte_above_the_limit(monkeypatch):
    asked = []
    real = zlib.decompressobj

    class Spy:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits=wbits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            asked.append(limit)
            return self._real.decompress(data, limit)

        def __getattr__(self, name: str):
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Spy)

    with pytest.raises(TooLarge):
        await read_body(chunks(gzip.compress(bytes(100_000))), {"content-encoding": "gzip"}, FetchLimits(decoded=1_000))

    assert asked == [1_001]


async def test_a_body_of_50_mb_is_refused_by_its_declared_length():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"

    async with serving(replying(head)) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="50000000"):
            await fetcher.fetch(server.url())


async def test_a_body_of_50_mb_without_a_length_is_refused_at_the_limit():
    sent = []

    async def answer(_: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(50):
            writer.write(bytes(1_000_000))
            await writer.drain()
            sent.append(1_000_000)

    async with serving(answer) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="2000000"):
            await fetcher.fetch(server.url())

    assert sum(sent) < 50_000_000


async def test_a_drip_is_cut_off_by_the_total_deadline():
    async def answer(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1_000):
            writer.write(b"x")
            await writer.drain()
            if await server_saw_the_end(server, within=0.02):
                return

    async with (
        serving(answer) as server,
        fetching(limits=FetchLimits(deadline=timedelta(seconds=0.3))) as fetcher,
    ):
        with pytest.raises(SourceUnavailable, match="not finished") as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "timeout"


async def test_a_server_that_never_answers_times_out():
    async def answer(server: Server, _: asyncio.StreamWriter) -> None:
        await server.reader.read()

    async with (
        serving(answer) as server,
        fetching(limits=FetchLimits(deadline=timedelta(seconds=0.2))) as fetcher,
    ):
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "timeout"


async def test_a_refused_connection_is_said_to_be_refused():
    async with serving(replying(b"")) as server:
        url = server.url()
    async with fetching() as fetcher:
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(url)

    assert caught.value.reason == "refused"


BROKEN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"",
    b"no http at all\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ok(gzip.compress(b"news" * 1000)[:-9], b"Content-Encoding: gzip"),
    ok(b"not gzip", b"Content-Encoding: gzip"),
    ok(b"?", b"Content-Encoding: br"),
]


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_answer_is_unavailable_not_empty(answer):
    async with serving(replying(answer)) as server, fetching() as fetcher:
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "parse"


async def test_an_unknown_name_is_a_dns_failure():
    with pytest.raises(SourceUnavailable) as caught:
        await resolve_host("no-such-host.invalid", 443)

    assert caught.value.reason == "dns"


async def test_errors_do_not_show_what_may_be_secret():
    async with fetching(allow=()) as fetcher:
        with pytest.raises(UnsafeAddress) as caught:
            await fetcher.fetch("ftp://user:canary@127.0.0.1/feed?token=canary#canary")

    assert "canary" not in str(caught.value)
    assert shown("https://u:p@h.example/a?b#c") == "https://h.example/a"


async def test_names_are_left_to_a_proxy_but_literal_addresses_are_still_checked():
    async with serving(replying(ok(b"by proxy"))) as proxy, fetching(allow=(), proxy=proxy.url("")) as fetcher:
        response = await fetcher.fetch("http://news.invalid/feed")
        with pytest.raises(UnsafeAddress):
            await fetcher.fetch("http://169.254.169.254/")

    assert response.body == b"by proxy"
    assert proxy.requests[0].startswith(b"GET http://news.invalid/feed ")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "chain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", chain, "-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example"],
        check=True, capture_output=True, env=os.environ,
    )  # fmt: skip
    return key, chain


@pytest.mark.parametrize(("host", "is_served"), [("news.example", True), ("other.example", False)])
async def test_tls_checks_the_name_while_the_address_is_pinned(certificate, host, is_served):
    key, chain = certificate
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(chain, key)
    names = []
    server_side.sni_callback = lambda _, name, __: names.append(name)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server side of a refused handshake

    async def resolve(_: str, port: int):
        return ("127.0.0.1",)

    async with (
        serving(replying(ok(b"secure")), server_side) as server,
        fetching(resolve=resolve, tls=ssl.create_default_context(cafile=chain)) as fetcher,
    ):
        result = await _reason_or_body(fetcher, f"https://{host}:{server.port}/")

    assert result == (b"secure" if is_served else "tls")
    assert names == [host]


async def test_never_goes_from_https_to_http(certificate):
    key, chain = certificate
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(chain, key)

    async def resolve(_: str, port: int):
        return ("127.0.0.1",)

    async with (
        serving(replying(redirect("http://news.example/plain")), server_side) as server,
        fetching(resolve=resolve, tls=ssl.create_default_context(cafile=chain)) as fetcher,
    ):
        with pytest.raises(UnsafeAddress, match="from https to http"):
            await fetcher.fetch(f"https://news.example:{server.port}/")


async def server_saw_the_end(server: Server, within: float) -> bool:
    """Tell whether the client hung up; a drip is paced by waiting for that."""
    try:
        return await asyncio.wait_for(server.reader.read(1), within) == b""
    except TimeoutError:
        return False


async def _reason_or_body(fetcher: HttpFetcher, url: str) -> bytes | str:
    try:
        return (await fetcher.fetch(url)).body
    except SourceUnavailable as error:
        return error.reason


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
