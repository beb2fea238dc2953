"""What a server says of its limits: how much is left, until when, and when to come back; on the server's own clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=1)

_PREFIXES = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one answer says: requests left of a limit until it begins anew; None where it does not say."""

    limit: int | None = None
    remaining: int | None = None
    resets_in: timedelta | None = None


def allowance(headers: Mapping[str, str], now: datetime) -> Allowance:
    """Return what the headers of an answer say of its limit; nonsense is nothing said."""
    for prefix in _PREFIXES:
        remaining = _number(headers.get(f"{prefix}remaining", ""))
        if remaining is not None:
            limit = _number(headers.get(f"{prefix}limit", ""))
            wait = wait_of(headers.get(f"{prefix}reset", ""), server_time(headers, now))
            return Allowance(limit, remaining, None if wait is None else bounded(wait))
    return Allowance()


def server_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return the server's clock where it sends a Date, else ours: times that it names are on its clock."""
    return _http_date(headers.get("date", "")) or now


def wait_of(value: str, now: datetime) -> timedelta | None:
    """Return the wait that a header's value names: seconds, the second of the epoch, an HTTP date or an ISO time."""
    value = value.strip()
    whole, _, part = value.partition(".")  # some count tenths of seconds
    if whole.isascii() and whole.isdecimal() and len(whole) < 12 and (not part or part.isdecimal()):
        number = int(whole) + (1 if part.strip("0") else 0)
        # Some send seconds to wait, some the second of the epoch at which to come back.
        return timedelta(seconds=number - now.timestamp() if number > 1_000_000_000 else number)
    moment = _http_date(value) or _iso_date(value)
    return moment - now if moment is not None else None


def bounded(wait: timedelta) -> timedelta:
    """Return a wait between nothing and a day: whatever is asked, a person should hear of it by then."""
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _number(value: str) -> int | None:
    """Return the first number of `100`, `99.0` or `100, 100;window=60`."""
    digits = value.strip().split(",")[0].split(";")[0].split(".")[0].strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 12 else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _iso_date(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
