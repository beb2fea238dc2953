"""Errors as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from crisiswatch.errors import BadInput, CrisiswatchError, SourceRejected, TooLarge, TransientError


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one parameter."""

    name: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The members of RFC 9457; `type` is left out, which means `about:blank`."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()


def problem(
    status: int,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] = (),
) -> Response:
    """Return the answer that says what went wrong."""
    details = ProblemDetails(title=title_of(status), status=int(status), detail=detail, errors=tuple(errors))
    return Response(msgspec.json.encode(details), status, dict(headers or {}), "application/problem+json")


def title_of(status: int) -> str:
    """Return the standard phrase of a status code."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def status_of(error: CrisiswatchError) -> HTTPStatus:
    """Return the status code that tells a client what to do about an error."""
    match error:
        case SourceRejected():
            return HTTPStatus.UNAUTHORIZED
        case TooLarge():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case BadInput():
            return HTTPStatus.BAD_REQUEST
        case TransientError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR
