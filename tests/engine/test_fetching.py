from __future__ import annotations

import asyncio
import os
import ssl
import subprocess

import pytest
from fetching_server import Server, fetching, ok, reason_or_body, redirect, replying, serving

from crisiswatch.engine.addresses import resolve_host
from crisiswatch.engine.fetching import shown
from crisiswatch.errors import SourceUnavailable, UnsafeAddress


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
        result = await reason_or_body(fetcher, f"https://{host}:{server.port}/")

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
