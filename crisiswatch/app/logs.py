"""Logs: events with values as keys, as text or JSON on stderr, with secrets and control characters taken out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

LONGEST = 500
"""Characters of one value; a stranger's text must not fill the log."""

NOISY = ("apprise", "httpx", "httpcore", "urllib3", "asyncio", "sse_starlette", "uvicorn", "websockets")

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|hooks\.slack\.com/services/[\w/]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=[Bb]earer )[\w.~+/=-]+"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(format_: str, level: str) -> None:
    """Set up logging for the whole process. `format_` is text or json."""
    renderer: Any = structlog.processors.JSONRenderer() if format_ == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the event with secrets, control characters and overlong values taken out."""
    return {key: _clean(value) if isinstance(value, str) else value for key, value in event.items()}


def _clean(value: str) -> str:
    shown = _SECRETS.sub("•••", value)
    shown = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", shown)
    limit = LONGEST if "Traceback" not in shown else LONGEST * 20
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
