"""The address of a store, as the operator writes it and as SQLAlchemy takes it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import exc

from crisiswatch.errors import ConfigError, Problem

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def parse_url(url: str) -> sa.URL:
    """Return the address of a database.

    Raises ConfigError; the message never repeats the url, which may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise _refused("is not a url") from error
    scheme = parsed.drivername.split("+")[0]
    if scheme not in _DRIVERS:
        raise _refused(f"has the unknown scheme {scheme!r}")
    if scheme == "sqlite" and (parsed.database in (None, "", ":memory:") or parsed.host or parsed.query):
        raise _refused("must name a file and nothing else")
    return _with_driver_options(parsed.set(drivername=_DRIVERS[scheme]))


def _with_driver_options(url: sa.URL) -> sa.URL:
    # `sslmode` is what PostgreSQL's own programs call it; the driver takes the same values under `ssl`.
    if "sslmode" not in url.query:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})


def _refused(fault: str) -> ConfigError:
    hint = "known: sqlite:///path.db, postgresql://user@host/name, memory:"
    return ConfigError((Problem(code="store_url", message=f"the url {fault}; {hint}", where="store.url", hint=hint),))
