"""HTTP out: only to addresses that are public (or allowed), within limits of size and time."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn

import httpx

from crisiswatch import __version__
from crisiswatch.engine.addresses import AddressPolicy, Resolve, is_literal, resolve_host
from crisiswatch.engine.sockets import OpenSocket, SocketLimits, open_socket
from crisiswatch.errors import SourceUnavailable, TooLarge, UnsafeAddress
from crisiswatch.ports import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT_ACROSS_ORIGINS = frozenset({"accept", "accept-language", "if-modified-since", "if-none-match"})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bytes on the wire, bytes decoded, time for the whole exchange with its redirects, and how many of those.

    `file` is the time for a large file, `sockets` are the limits of WebSockets.
    """

    wire: int = 2_000_000
    decoded: int = 5_000_000
    deadline: timedelta = timedelta(seconds=30)
    redirects: int = 3
    file: timedelta = timedelta(seconds=110)
    sockets: SocketLimits = field(default_factory=SocketLimits)


class HttpFetcher:
    """A `Fetcher` that resolves each host once and connects to that very address.

    With a `proxy` the names are resolved there, and keeping it out of private networks is the proxy's task.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        allow: Sequence[str] = (),
        limits: FetchLimits = FetchLimits(),
        proxy: str | None = None,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._agent = f"crisiswatch/{__version__}" + (f" (+{contact})" if contact else "")
        verify = tls or ssl.create_default_context()
        # A kept connection would be found again by its address, under another host's certificate.
        single_use = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        plain = httpx.AsyncHTTPTransport(verify=verify, limits=single_use, proxy=proxy, trust_env=False)
        self._transport = _PinningTransport(plain, AddressPolicy(allow), None if proxy else resolve or resolve_host)
        self._tls = verify
        self._has_proxy = proxy is not None

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Return the answer, whatever its status, after at most the permitted redirects.

        Raises SourceUnavailable, UnsafeAddress or TooLarge.
        """
        try:
            async with asyncio.timeout(self._limits.deadline.total_seconds()):
                request = self._request(method, url, headers or {}, body)
                return await self._follow(request)
        except TimeoutError as error:
            seconds = self._limits.deadline.total_seconds()
            raise SourceUnavailable(f"{shown(url)}: not finished within {seconds:g} s", "timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
            _reraise(url, error)

    @asynccontextmanager
    async def open_file(self, url: str, *, limit: int) -> AsyncGenerator[tuple[Response, AsyncIterator[bytes]], None]:
        """Open a file of up to `limit` bytes, within the time for large ones. Raises what the port says."""
        try:
            async with asyncio.timeout(self._limits.file.total_seconds()):
                answer = await self._transport.handle_async_request(self._request("GET", url, {}, None))
                try:
                    names = {name.lower(): value for name, value in answer.headers.items()}
                    yield Response(answer.status_code, names, b"", url), _capped(answer.aiter_raw(), limit)
                finally:
                    await answer.aclose()
        except TimeoutError as error:
            seconds = self._limits.file.total_seconds()
            raise SourceUnavailable(f"{shown(url)}: not read within {seconds:g} s", "timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            _reraise(url, error)

    @asynccontextmanager
    async def open_socket(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[OpenSocket, None]:
        """Open a WebSocket, under the same rules for addresses as `fetch`; not through a proxy."""
        if self._has_proxy or not url.lower().startswith(("ws://", "wss://")):
            raise UnsafeAddress(f"{shown(url)}: not a ws(s) URL, or a proxy stands before it")
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise UnsafeAddress(f"{shown(url)}: not a usable URL") from error
        addresses = await self._transport.addresses(parsed)
        given = dict(headers or {}) | {"User-Agent": self._agent}
        async with open_socket(url, shown(url), addresses, given, (self._tls, self._limits.sockets)) as line:
            yield line

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> httpx.Request:
        ours = {"User-Agent": self._agent, "Accept-Encoding": "gzip", "Connection": "close"}
        given = {name: value for name, value in headers.items() if name.title() not in ours}
        return httpx.Request(method, url, headers={"Accept": "*/*"} | given | ours, content=body)

    async def _follow(self, request: httpx.Request) -> Response:
        for _ in range(self._limits.redirects + 1):
            answer = await self._transport.handle_async_request(request)
            try:
                target = answer.headers.get("location")
                if answer.status_code not in _REDIRECTS or not target:
                    body = await read_body(answer.aiter_raw(), answer.headers, self._limits)
                    names = {name.lower(): value for name, value in answer.headers.items()}
                    return Response(answer.status_code, names, body, str(request.url))
            finally:
                await answer.aclose()
            request = self._redirected(request, answer.status_code, target)
        raise SourceUnavailable(f"{shown(str(request.url))}: more than {self._limits.redirects} redirects")

    def _redirected(self, request: httpx.Request, status: int, target: str) -> httpx.Request:
        url = request.url.join(target)
        if request.url.scheme == "https" and url.scheme != "https":
            raise UnsafeAddress(f"{shown(str(request.url))}: redirects from https to {url.scheme}")
        is_same = (url.scheme, url.host, url.port) == (request.url.scheme, request.url.host, request.url.port)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("host", "content-length") and (is_same or name in _KEPT_ACROSS_ORIGINS)
        }
        repeats = status in (307, 308) or request.method in ("GET", "HEAD")
        method, body = (request.method, request.content) if repeats else ("GET", b"")
        return self._request(method, str(url), headers, body or None)


class _PinningTransport(httpx.AsyncBaseTransport):
    """Replaces the host by the address it resolved to, once; Host and TLS keep the name."""

    def __init__(self, plain: httpx.AsyncBaseTransport, policy: AddressPolicy, resolve: Resolve | None) -> None:
        self._plain = plain
        self._policy = policy
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer with its body still to be read; every address of the host must be permitted."""
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise UnsafeAddress(f"{shown(str(request.url))}: not an http(s) URL")
        failure: httpx.ConnectError | None = None
        for address in await self.addresses(request.url):
            try:
                return await self._plain.handle_async_request(_pinned(request, address))
            except httpx.ConnectError as error:
                failure = error
        raise failure or httpx.ConnectError("no address")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._plain.aclose()

    async def addresses(self, url: httpx.URL) -> Sequence[str]:
        """Return where the host may be contacted. Raises UnsafeAddress if any of its addresses is not permitted."""
        if self._resolve is None and not is_literal(url.host):
            return (url.host,)
        port = url.port or (443 if url.scheme in ("https", "wss") else 80)
        # As it is sent: of an international name, the system's own encoding may be that of another host.
        host = url.raw_host.decode("ascii")
        addresses = (url.host,) if is_literal(url.host) else await (self._resolve or resolve_host)(host, port)
        for address in addresses:
            if not self._policy.permits(address):
                raise UnsafeAddress(f"{url.host} is {address}, which is not public and not in `allow`")
        return addresses[:4]


async def read_body(chunks: AsyncIterator[bytes], headers: Mapping[str, str], limits: FetchLimits) -> bytes:
    """Return the decoded body. Raises TooLarge at the first byte too many, SourceUnavailable if it is broken."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.wire:
        raise TooLarge(f"a body of {int(declared)} bytes, above {limits.wire}")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceUnavailable("a content coding that was not asked for", "parse")
    decoder = _Gunzip(limits.decoded) if coding.endswith("gzip") else _Verbatim(limits.decoded)
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limits.wire:
            raise TooLarge(f"a body above {limits.wire} bytes")
        decoder.feed(chunk)
    return decoder.finish()


async def _capped(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    received = 0
    async for piece in pieces:
        received += len(piece)
        if received > limit:
            raise TooLarge(f"a file above {limit} bytes")
        yield piece


class _Verbatim:
    """Collects a body that is not encoded."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes. Raises TooLarge."""
        self._body += chunk
        if len(self._body) > self._limit:
            raise TooLarge(f"a decoded body above {self._limit} bytes")

    def finish(self) -> bytes:
        """Return the whole."""
        return bytes(self._body)


class _Gunzip(_Verbatim):
    """Decompresses in steps that never go beyond the limit by more than one byte."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._stream = zlib.decompressobj(wbits=31)
        self._has_begun = False

    def feed(self, chunk: bytes) -> None:
        """Decompress the next bytes; several gzip members may follow each other."""
        while chunk:
            if self._stream.eof:
                self._stream = zlib.decompressobj(wbits=31)
            self._has_begun = True
            try:
                plain = self._stream.decompress(chunk, self._limit - len(self._body) + 1)
            except zlib.error as error:
                raise SourceUnavailable("a gzip body that is broken", "parse") from error
            super().feed(plain)
            chunk = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> bytes:
        """Return the whole; a stream without its end was cut."""
        if self._has_begun and not self._stream.eof:
            raise SourceUnavailable("a gzip body that was cut", "parse")
        return super().finish()


def shown(url: str) -> str:
    """Return a URL for messages: without user, password, query and fragment, which may hold secrets."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.split("?")[0].split("#")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"[:200]


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    extensions = {**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")}
    url = request.url.copy_with(host=address)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


def _reraise(url: str, error: Exception) -> NoReturn:
    if isinstance(error, (httpx.InvalidURL, UnicodeError)):
        raise UnsafeAddress(f"{shown(url)}: not a usable URL") from error
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        raise SourceUnavailable(f"{shown(url)}: TLS failed: {cause}"[:300], "tls") from error
    if isinstance(error, httpx.ConnectError):
        raise SourceUnavailable(f"{shown(url)}: connection refused or unreachable", "refused") from error
    raise SourceUnavailable(f"{shown(url)}: {type(error).__name__}: {error}"[:300], "parse") from error
