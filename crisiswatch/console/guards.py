"""ASGI middleware that every request passes: headers out, header size in, host names."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crisiswatch.console.binding import answers_to, is_loopback
from crisiswatch.console.problems import problem

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the security headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with its headers."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


class HeaderLimit:
    """Refuses requests whose target and headers together are above the limit."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 431."""
        if scope["type"] == "http" and self._size(scope) > self._limit:
            detail = f"the request line and headers are larger than {self._limit} bytes"
            answer = problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    @staticmethod
    def _size(scope: Scope) -> int:
        target = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
        return target + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


class HostGuard:
    """Refuses foreign host names, so that a web page cannot reach a loopback console under a name of its own.

    A console that asks for no token is guarded always, one with tokens where it was reached over loopback.
    """

    def __init__(self, app: ASGIApp, public_url: str | None, *, has_tokens: bool) -> None:
        self._app = app
        self._public_url = public_url
        self._has_tokens = has_tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and self._is_guarded(scope):
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or not answers_to(hosts[0], self._public_url):
                detail = "unknown host name; use localhost, 127.0.0.1 or [::1], or set server.public_url"
                await problem(HTTPStatus.MISDIRECTED_REQUEST, detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_guarded(self, scope: Scope) -> bool:
        if not self._has_tokens:
            return True
        server = scope.get("server")
        return server is not None and is_loopback(str(server[0]))
