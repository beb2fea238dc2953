"""Inserts that know what to do about a row that is there already; as text for the driver where it is bulk."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECTS: dict[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": asyncpg.dialect(),  # type: ignore[no-untyped-call] # SQLAlchemy has no types for it
}
_Insert = sqlite.Insert | postgresql.Insert


def insert_text(connection: AsyncConnection, columns: tuple[sa.Column[Any], ...]) -> str:
    """Return, as text for the driver, the insert of those columns that leaves rows alone that are there already.

    Rows of a bulk insert then need no more preparation than being tuples.
    """
    return _insert_text(connection.dialect.name, columns)


def insert_new(connection: AsyncConnection, table: sa.Table) -> _Insert:
    """Return the insert that leaves rows alone that are there already."""
    return _insert_new(connection.dialect.name, table)


def upsert(connection: AsyncConnection, table: sa.Table) -> _Insert:
    """Return the insert that replaces the row with the same primary key."""
    return _upsert(connection.dialect.name, table)


@cache
def _insert_text(dialect: str, columns: tuple[sa.Column[Any], ...]) -> str:
    values: dict[str, sa.BindParameter[Any]] = {column.name: sa.bindparam(column.name) for column in columns}
    insert = _insert(dialect, columns[0].table).values(values).on_conflict_do_nothing()
    return str(insert.compile(dialect=_DIALECTS[dialect]))


@cache
def _insert_new(dialect: str, table: sa.Table) -> _Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, table: sa.Table) -> _Insert:
    insert = _insert(dialect, table)
    values = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def _insert(dialect: str, table: sa.Table) -> _Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
