"""The kinds of value that fields hold: durations, times of day, names, time zones, addresses."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import core_schema

from crisiswatch.settings.faults import fault, suggestion

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?", re.ASCII)
DURATION_PATTERN = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_duration(value: object) -> timedelta:
    """Return the duration that `5m`, `90s`, `1h30m` or `2d` says."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found or not value:
        raise fault("duration", "{} is not a duration", "write 2m, 90s, 1h30m")
    seconds = sum(int(found[unit] or 0) * size for unit, size in _UNITS.items())
    if seconds > 3_650 * 86_400:
        raise fault("duration", "{} is longer than ten years", "write 2m, 90s, 1h30m")
    return timedelta(seconds=seconds)


def show_duration(value: timedelta) -> str:
    """Return a duration as it is written in the file: `1h30m`."""
    left, parts = int(value.total_seconds()), []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise fault("duration", "{} is no time at all", "write 2m, 90s, 1h30m")
    return value


_DURATION_SCHEMA = {
    "type": "string",
    "pattern": DURATION_PATTERN,
    "minLength": 2,
    "examples": ["5m", "90s", "1h30m", "2d"],
}

Delay = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(show_duration),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""A stretch of time that may be zero."""

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    AfterValidator(_positive),
    PlainSerializer(show_duration),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""A stretch of time above zero."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Times of day from `start` until before `end`; an `end` not after `start` is in the next day."""

    start: time
    end: time

    def __str__(self) -> str:
        end = f"{self.end:%H:%M}" if self.end > time(0) else "24:00"
        return f"{self.start:%H:%M}-{end}"


def parse_times(value: object) -> TimeRange:
    """Return the range that `22:00-07:00` says; 24:00 is midnight at the end of the day."""
    if isinstance(value, TimeRange):
        return value
    parts = [_CLOCK.fullmatch(part.strip()) for part in value.split("-")] if isinstance(value, str) else []
    clocks = [(int(part[1]), int(part[2])) for part in parts if part]
    if len(parts) != 2 or len(clocks) != 2 or clocks[0][0] == 24 or clocks[1] > (24, 0):
        raise fault("times", "{} is not a range of times", "write 22:00-07:00")
    if clocks[0] == clocks[1]:
        raise fault("times", "{} begins when it ends", "the whole day is 00:00-24:00")
    (hour, minute), (last_hour, last_minute) = clocks
    return TimeRange(time(hour, minute), time(last_hour % 24, last_minute))


Times = Annotated[
    TimeRange,
    BeforeValidator(parse_times),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$", "examples": ["22:00-07:00"]}
    ),
]


def _weekday(value: object) -> object:
    """Return the full name of a day that may be cut to three letters."""
    text = value.strip().lower() if isinstance(value, str) else ""
    full = [day for day in WEEKDAYS if text in (day, day[:3])]
    if not full:
        raise fault("weekday", "{} is not a day of the week", suggestion(text, WEEKDAYS))
    return full[0]


Weekday = Annotated[str, BeforeValidator(_weekday), WithJsonSchema({"type": "string", "examples": ["monday", "sat"]})]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
    else:
        return value
    ends = {zone.rsplit("/", 1)[-1].casefold(): zone for zone in sorted(known) if "/" in zone}
    near = ends.get(value.replace(" ", "_").casefold())
    hint = f"did you mean '{near}'?" if near else suggestion(value, known)
    raise fault("time-zone", "{} is not a time zone", hint or "write a name such as Europe/Madrid")


TimeZone = Annotated[str, AfterValidator(_time_zone), Field(examples=["Europe/Madrid", "UTC"])]


def _slug(value: str) -> str:
    if _SLUG.fullmatch(value):
        return value
    ascii_only = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    offer = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_only).strip("-._")[:64]
    hint = f"write '{offer}'" if offer else "use letters, digits, '-', '_' and '.'"
    raise fault("name", "{} cannot be part of an address", hint)


Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"})]
"""A name that becomes part of URLs and Message-IDs."""


def _name(value: str) -> str:
    if not value.strip() or value != value.strip() or len(value) > 100:
        raise fault("name", "{} is not a name", "write 1 to 100 characters without spaces around them")
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise fault("name", "a name cannot hold control or invisible characters")
    return value


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100})]


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise fault("language", "{} is not a language code", "write two or three small letters: en, es, fr")
    return value


Language = Annotated[str, AfterValidator(_language), Field(examples=["en", "es", "fr"])]


def _text_of_time(value: object) -> object:
    if isinstance(value, str | datetime):
        return value
    raise fault("time", "{} is not a time", "write 2026-03-01T08:00:00+01:00")


Moment = Annotated[AwareDatetime, BeforeValidator(_text_of_time)]
"""A moment with its offset from UTC."""


class OneOrMany:
    """Marks a list that may be written as its only text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_in_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


def _in_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        wrong = fault("address", "{} is neither an address nor a network", "write 10.0.0.0/8 or 192.0.2.7")
    raise wrong


Network = Annotated[str, AfterValidator(_network), Field(examples=["10.0.0.0/8"])]


def _endpoint(value: str) -> str:
    host, _, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    is_bracketed = host.startswith("[") and host.endswith("]")
    is_host = bool(re.fullmatch(r"[A-Za-z0-9.-]+", host, re.ASCII)) or (is_bracketed and _is_address(bare))
    if not is_host or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65_535:
        raise fault("address", "{} is not an address with a port", "write 127.0.0.1:9119 or [::1]:9119")
    return value


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


Endpoint = Annotated[str, AfterValidator(_endpoint), Field(examples=["127.0.0.1:9119"])]


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a listening host."""
    if host == "localhost":
        return True
    return _is_address(host) and ip_address(host).is_loopback
