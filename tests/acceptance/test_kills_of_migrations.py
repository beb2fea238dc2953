"""kill -9 between the steps of a migration, on SQLite and PostgreSQL: it is as before, and the next start goes on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from harness.ports import ROOT, clean_environment
from sqlalchemy.ext.asyncio import create_async_engine

from crisiswatch.engine.failpoints import ARMED_BY
from crisiswatch.store import create
from crisiswatch.store.reaching import go_on
from crisiswatch.store.sql.schema import cursors
from crisiswatch.store.sql.urls import parse_url
from tests.store import postgres_server
from tests.store.store_builders import NOON

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

T = TypeVar("T")

FIRST = "0001"
OPENER = (
    "import asyncio, os, sys\n"
    "from crisiswatch.engine.failpoints import Failpoints\nfrom crisiswatch.store import create\n"
    "asyncio.run(create(sys.argv[1], reach=Failpoints.of(os.environ).reach).open())\n"
)


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection, "reach": go_on})
    config.set_main_option("script_location", "crisiswatch.store:migrations")
    return config


NEWER = [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions() if step.revision != FIRST]
"""Versions after the first, the newest first."""


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database of the first version that holds something."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
        _on(url, _make_old)
        yield url
        return
    bin = postgres_server.programs()
    if bin is None:
        pytest.skip("no PostgreSQL server is installed under /usr/lib/postgresql")
    with postgres_server.running_server(bin) as address:
        url = f"{address}/postgres"
        _on(url, _make_old)
        yield url


def _make_old(connection: sa.Connection) -> None:
    alembic.upgrade(_config(connection), FIRST)
    rows = [{"source": f"s{number}", "cursor": str(number), "at": NOON} for number in range(500)]
    connection.execute(cursors.insert(), rows)


def _state(connection: sa.Connection) -> tuple[str, bool, int]:
    """Return the version, whether a column of a later version is there, and how many rows are."""
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    columns = {column["name"] for column in sa.inspect(connection).get_columns("outbox")}
    return version, "held" in columns, connection.scalar(sa.select(sa.func.count()).select_from(cursors)) or 0


def _on(url: str, work: Callable[[sa.Connection], T]) -> T:
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(address)
        with engine.begin() as connection:
            found = work(connection)
        engine.dispose()
        return found

    async def run() -> T:
        asynchronous = create_async_engine(address)
        async with asynchronous.begin() as connection:
            done = await connection.run_sync(work)
        await asynchronous.dispose()
        return done

    return asyncio.run(run())


async def _open_and_close(url: str) -> str | None:
    store = create(url)
    await store.open()
    try:
        return await store.cursor("s499")
    finally:
        await store.close()


def test_a_migration_that_was_killed_after_any_of_its_steps_is_as_if_it_had_not_begun_and_then_goes(old: str) -> None:
    for step in range(1, len(NEWER) + 1):
        environment = clean_environment(**{ARMED_BY: f"migration.after_step:kill:{step}"})
        killed = subprocess.run(
            [sys.executable, "-c", OPENER, old], cwd=ROOT, env=environment, check=False, timeout=240
        )

        assert killed.returncode == -signal.SIGKILL
        assert _on(old, _state) == (FIRST, False, 500), f"after step {step}"

    assert asyncio.run(_open_and_close(old)) == "499"
    assert _on(old, _state) == (NEWER[0], True, 500)
