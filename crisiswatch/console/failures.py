"""What a client sees when something fails: problem details for programs, a page for people."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console.display import Display
from crisiswatch.console.guards import SECURITY_HEADERS
from crisiswatch.console.parameters import WrongParameters
from crisiswatch.console.problems import problem, status_of, title_of
from crisiswatch.errors import CrisiswatchError

_FOR_PROGRAMS = ("/api/", "/hooks/", "/slack/", "/-/", "/metrics", "/events", "/static/")


class Failures:
    """The exception handlers of the application."""

    def __init__(self, display: Display) -> None:
        self._display = display

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer an error that an endpoint raised with a status of its own."""
        assert isinstance(error, HTTPException)
        answer = self._answer(request, error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer

    async def wrong_parameters(self, request: Request, error: Exception) -> Response:
        """Answer a query string that cannot be used."""
        assert isinstance(error, WrongParameters)
        return problem(error.status, str(error), errors=error.errors)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Answer an error of the daemon; only those that the client can mend are spelt out."""
        assert isinstance(error, CrisiswatchError)
        status = status_of(error)
        detail = str(error) if status < HTTPStatus.INTERNAL_SERVER_ERROR else _EXCUSES.get(status, "")
        answer = self._answer(request, status, detail)
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = "5"
        return answer

    async def unexpected(self, request: Request, error: Exception) -> Response:
        """Answer a fault of our own; the server logs it. This handler stands outside the middleware."""
        answer = self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, _EXCUSES[HTTPStatus.INTERNAL_SERVER_ERROR])
        answer.headers.update(SECURITY_HEADERS)
        return answer

    def _answer(self, request: Request, status: int, detail: str) -> Response:
        path = request.url.path
        is_person = "text/html" in request.headers.get("accept", "") and not path.startswith(_FOR_PROGRAMS)
        if is_person:
            return self._display.page("failure.html", {"title": title_of(status), "detail": detail}, status)
        return problem(status, detail)


_EXCUSES = {
    HTTPStatus.SERVICE_UNAVAILABLE: "the daemon is busy; try again in a moment",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the daemon could not do this; its log says why",
}
