"""Reads request bodies within a size and a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from crisiswatch.errors import BadInput, TooLarge

_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_FIELDS = 20


async def read_body(request: Request, limit: int, within: timedelta) -> bytes:
    """Return the whole body. Raises TooLarge, or a 408 for a client that dawdles."""
    if _declared(request) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(within.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise TooLarge(f"the body is larger than {limit} bytes")
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the body took too long", {"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise BadInput("the client went away before the body was complete") from error
    return bytes(body)


async def read_form(request: Request, limit: int, within: timedelta) -> dict[str, str]:
    """Return the fields of a form sent by a page of this console; the last one wins. Raises BadInput, TooLarge."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise BadInput(f"forms are sent as {_FORM_TYPE}")
    body = await read_body(request, limit, within)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FORM_FIELDS))
    except (UnicodeError, ValueError) as error:
        raise BadInput("the form cannot be read") from error


def _declared(request: Request) -> int:
    try:
        return int(request.headers.get("content-length", "0"))
    except ValueError as error:
        raise BadInput("Content-Length is not a number") from error
