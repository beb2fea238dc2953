from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import postgres_server
import pytest

from crisiswatch.ports import Store
from crisiswatch.store import create


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    bin = postgres_server.programs()
    if bin is None:
        pytest.skip("no PostgreSQL server is installed under /usr/lib/postgresql")
    with postgres_server.running_server(bin) as address:
        yield address


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.acceptance)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return f"{request.getfixturevalue('postgres')}/template1"


@pytest.fixture
async def store(store_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    url = await _own_database(store_url, request) if store_url.startswith("postgresql") else store_url
    store = create(url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def _own_database(url: str, request: pytest.FixtureRequest) -> str:
    name = f"t{abs(hash(request.node.nodeid))}"
    connection = await asyncpg.connect(url.replace("/template1", "/postgres"))
    try:
        # A language whose order of strings is not Python's: the store must not depend on it.
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
    finally:
        await connection.close()
    return url.replace("/template1", f"/{name}")
