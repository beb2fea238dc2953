"""Who asks, what they may do, and whether a request that acts was really meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crisiswatch.console import sessions
from crisiswatch.console.bodies import read_form
from crisiswatch.console.display import Display
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.tokens import find_token

Endpoint = Callable[[Request], Awaitable[Response]]

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="crisiswatch"'}


class Proof(Enum):
    """How a client showed who it is. `NONE_ASKED`: no tokens are configured, so only this machine is served."""

    NONE_ASKED = "open"
    BEARER = "bearer"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks; `subject` is what their form tokens are bound to."""

    name: str
    scopes: frozenset[Scope]
    proof: Proof
    subject: str

    def may(self, scope: Scope) -> bool:
        """Tell whether a scope is held; a higher one includes the lower."""
        return any(held >= scope for held in self.scopes)


class Gate:
    """Stands before endpoints. `api` answers strangers with 401, `page` shows them the login, `action` is for POST."""

    def __init__(self, doors: Doors, display: Display) -> None:
        self._doors = doors
        self._display = display

    def api(self, scope: Scope, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint for clients that hold the scope."""

        async def guarded(request: Request) -> Response:
            self.require(request, scope)
            return await endpoint(request)

        return guarded

    def page(self, scope: Scope, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint for people that hold the scope; browsers are led to the login."""

        async def guarded(request: Request) -> Response:
            if self.identify(request) is None and "text/html" in request.headers.get("accept", ""):
                return self._to_login(request)
            self.require(request, scope)
            return await endpoint(request)

        return guarded

    def action(self, scope: Scope, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint for clients that hold the scope and meant to act."""

        async def guarded(request: Request) -> Response:
            principal = self.require(request, scope)
            if _is_browser(request, principal):
                await self.read_form(request, principal.subject)
            return await endpoint(request)

        return guarded

    def identify(self, request: Request) -> Principal | None:
        """Return who asks; a wrong bearer token is nobody, whatever cookie comes with it."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return self._by_bearer(authorization)
        if not self._doors.tokens:
            return Principal("this machine", frozenset(Scope), Proof.NONE_ASKED, "open")
        return self._by_cookie(request, self._doors.clock.now())

    def require(self, request: Request, scope: Scope) -> Principal:
        """Return who asks, or raise 401 for strangers and 403 for those without the scope."""
        principal = self.identify(request)
        if principal is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "a bearer token or a login is needed", _CHALLENGE)
        if not principal.may(scope):
            raise HTTPException(HTTPStatus.FORBIDDEN, f"the scope '{scope.name.lower()}' is needed")
        return principal

    async def read_form(self, request: Request, subject: str) -> dict[str, str]:
        """Return the fields of a form, or raise 403 where it did not come from one of our pages."""
        self._require_same_origin(request)
        form = await read_form(request, self._doors.limits.body, self._doors.limits.read)
        if not sessions.is_form_token(form.get("form_token", ""), subject, self._doors.session_key):
            raise HTTPException(HTTPStatus.FORBIDDEN, "the form is out of date; load the page again")
        return form

    def _by_bearer(self, authorization: str) -> Principal | None:
        scheme, _, presented = authorization.partition(" ")
        token = find_token(presented, self._doors.tokens) if scheme.lower() == "bearer" else None
        return Principal(token.name, token.scopes, Proof.BEARER, "") if token else None

    def _by_cookie(self, request: Request, now: datetime) -> Principal | None:
        cookie = request.cookies.get(sessions.cookie_name(request.url.scheme), "")
        verified = sessions.verify(cookie, self._doors.tokens, self._doors.session_key, now)
        if verified is None:
            return None
        session, token = verified
        return Principal(token.name, token.scopes, Proof.SESSION, session.id)

    def _require_same_origin(self, request: Request) -> None:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            is_ours = site in ("same-origin", "none")
        else:
            is_ours = _origin(request.headers.get("origin", "")) in self._origins(request)
        if not is_ours:
            raise HTTPException(HTTPStatus.FORBIDDEN, "the request came from another site")

    def _origins(self, request: Request) -> set[tuple[str, str]]:
        own = (request.url.scheme, request.headers.get("host", "").lower())
        public = _origin(self._doors.public_url) if self._doors.public_url else own
        return {own, public}

    def _to_login(self, request: Request) -> Response:
        """Answer a browser without a session.

        SameSite=Strict keeps the cookie back when a link in chat or web mail is followed; the page that loads itself
        again sends it, because that second request is ours.
        """
        if request.headers.get("sec-fetch-site") == "cross-site":
            return self._display.page("bounce.html", {})
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(target, safe='')}", HTTPStatus.SEE_OTHER)


def _is_browser(request: Request, principal: Principal) -> bool:
    """Tell whether somebody else's page may have sent the request in the name of its user.

    Browsers put Origin on every POST to another site. A request without it and without a session comes from a
    program, which needs no form.
    """
    if principal.proof is Proof.BEARER:
        return False
    is_program = "origin" not in request.headers and "sec-fetch-site" not in request.headers
    return not (is_program and principal.proof is Proof.NONE_ASKED)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ("", "")
    return (parts.scheme.lower(), parts.netloc.lower())
