"""Browser login: a token becomes a session cookie."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crisiswatch.console import inert, sessions
from crisiswatch.console.access import Gate
from crisiswatch.console.display import Display
from crisiswatch.console.doors import Doors, Token
from crisiswatch.console.throttle import Throttle
from crisiswatch.console.tokens import find_token

_SUBJECT = "login"

_log = structlog.get_logger(__name__)


class Login:
    """Serves `/login` and `/logout`."""

    def __init__(self, doors: Doors, display: Display, gate: Gate) -> None:
        self._doors = doors
        self._display = display
        self._gate = gate
        self._throttle = Throttle(doors.limits.logins_per_minute, timedelta(minutes=1))

    async def form(self, request: Request) -> Response:
        """Show the form."""
        target = inert.safe_path(request.query_params.get("next", "/"))
        if self._gate.identify(request) is not None:
            return RedirectResponse(target, HTTPStatus.SEE_OTHER)
        return self._form(target)

    async def submit(self, request: Request) -> Response:
        """Begin a session for whoever knows a token that may read."""
        form = await self._gate.read_form(request, _SUBJECT)
        self._count_try(request)
        target = inert.safe_path(form.get("next", "/"))
        token = find_token(form.get("token", ""), self._doors.tokens)
        if token is None or not token.scopes:
            _log.warning("login_refused", client=_client(request))
            return self._form(target, "This token is not known.", HTTPStatus.FORBIDDEN)
        return self._begin(request, token, target)

    async def leave(self, request: Request) -> Response:
        """End the session of this browser."""
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        is_secure = request.url.scheme == "https"
        name = sessions.cookie_name(request.url.scheme)
        answer.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="strict")
        return answer

    def _begin(self, request: Request, token: Token, target: str) -> Response:
        limits = self._doors.limits
        session = sessions.begin(token, self._doors.clock.now(), limits.session)
        answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            sessions.cookie_name(request.url.scheme),
            sessions.sign(session, token, self._doors.session_key),
            max_age=int(limits.session.total_seconds()),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    def _count_try(self, request: Request) -> None:
        wait = self._throttle.wait(_client(request), self._doors.clock.now())
        if wait is not None:
            seconds = str(max(1, round(wait.total_seconds())))
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "too many logins", {"Retry-After": seconds})

    def _form(self, target: str, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
        values = {
            "target": target,
            "error": error,
            "form_token": sessions.form_token(_SUBJECT, self._doors.session_key),
        }
        return self._display.page("login.html", values, status)


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"
