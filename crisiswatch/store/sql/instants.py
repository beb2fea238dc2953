"""Moments as whole microseconds since 1970 in UTC: exact, ordered, and the same on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Return the microseconds from 1970 to an aware `moment`; a naive one raises TypeError."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """Return the moment, aware, UTC, that is `micros` microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=micros)


class Instant(sa.TypeDecorator[datetime]):
    """A column of moments, kept as a 64-bit integer."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """Return what is stored for a moment."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment that was stored."""
        return None if value is None else from_micros(value)
