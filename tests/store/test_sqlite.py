"""What only SQLite promises: pragmas, the lock, refusals, and nothing left of what was erased."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from store_builders import NOON, a_batch, a_mention, damage, file_of, minutes

from crisiswatch.core.models import Tombstone
from crisiswatch.core.queries import MentionQuery, Retention
from crisiswatch.errors import StoreBusy, StoreUnusable
from crisiswatch.store.opening import Opening
from crisiswatch.store.sql.database import translating
from crisiswatch.store.sql.mounts import network_file_system
from crisiswatch.store.sql.sqlite import SqliteDatabase
from crisiswatch.store.sql.store import SqlStore


@pytest.fixture
async def database(sqlite_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(sqlite_path)
    await database.open()
    yield database
    await database.close()


async def pragma(connection: object, name: str) -> object:
    return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()  # type: ignore[attr-defined] # either kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("busy_timeout", 5000),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("auto_vacuum", 2),
        ("query_only", 0),
    ],
)
async def test_the_writer_has_its_pragmas(database: SqliteDatabase, name: str, value: object) -> None:
    assert await database.write(lambda connection: pragma(connection, name)) == value


@pytest.mark.parametrize(("name", "value"), [("query_only", 1), ("trusted_schema", 0), ("busy_timeout", 5000)])
async def test_a_reader_has_its_pragmas(database: SqliteDatabase, name: str, value: object) -> None:
    assert await database.read(lambda connection: pragma(connection, name)) == value


async def test_a_throw_away_replay_does_not_wait_for_the_disk(sqlite_path: Path) -> None:
    database = SqliteDatabase(sqlite_path, Opening.THROW_AWAY)
    await database.open()
    synchronous = await database.write(lambda connection: pragma(connection, "synchronous"))
    await database.close()

    assert synchronous == 0


async def test_a_transaction_has_the_write_lock_from_its_start(database: SqliteDatabase) -> None:
    async def try_another(_: object) -> None:
        with closing(sqlite3.connect(database.path, timeout=0)) as rival:
            rival.execute("BEGIN IMMEDIATE")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await database.write(try_another)


async def test_a_failed_transaction_leaves_nothing(database: SqliteDatabase) -> None:
    async def fail(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("INSERT INTO counters VALUES ('x', 1)")
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert await database.read(lambda connection: connection.scalar(sa.text("SELECT count(*) FROM counters"))) == 0


async def test_a_hundred_that_read_and_write_at_once_are_all_served(database: SqliteDatabase) -> None:
    async def count_up(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(
            "INSERT INTO counters VALUES ('x', 1) ON CONFLICT DO UPDATE SET value = value + 1"
        )

    def count(connection: AsyncConnection) -> Awaitable[int | None]:
        return connection.scalar(sa.text("SELECT max(value) FROM counters"))

    await asyncio.gather(*(work for _ in range(100) for work in (database.write(count_up), database.read(count))))

    assert await database.read(count) == 100


async def test_rows_outlive_the_connection_that_read_them(database: SqliteDatabase) -> None:
    rows = await database.read(lambda connection: connection.execute(sa.text("SELECT 1 AS a UNION SELECT 2")))

    assert [row.a for row in rows] == [1, 2]


async def test_work_that_waits_for_something_else_is_refused(database: SqliteDatabase) -> None:
    with pytest.raises(RuntimeError, match="its own connection alone"):
        await database.write(lambda connection: asyncio.sleep(0))


async def test_a_second_opener_is_refused_and_told_who_has_it(sqlite_path: Path) -> None:
    first, second = SqlStore(f"sqlite:///{sqlite_path}"), SqlStore(f"sqlite:///{sqlite_path}")
    await first.open()
    with pytest.raises(StoreUnusable, match=f"in use by process {os.getpid()}$"):
        await second.open()
    await first.commit_batch(a_batch(a_mention()))
    await first.close()

    await second.open()
    assert len(await second.mentions(MentionQuery())) == 1
    await second.close()


async def test_a_store_that_is_not_open_says_so(sqlite_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="not open"):
        await SqlStore(f"sqlite:///{sqlite_path}").cursor("press")


async def test_a_newer_schema_is_refused_and_left_alone(sqlite_path: Path) -> None:
    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    await store.close()
    with closing(sqlite3.connect(sqlite_path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreUnusable, match="schema version 9999; this program knows versions up to 0004"):
        await store.open()
    with closing(sqlite3.connect(sqlite_path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


async def test_a_refused_store_gives_its_lock_back(sqlite_path: Path) -> None:
    file_of(sqlite_path, b"this is no database" * 100)
    for _ in range(2):
        with pytest.raises(StoreUnusable, match="not a database"):
            await SqlStore(f"sqlite:///{sqlite_path}").open()
    Path.unlink(sqlite_path)

    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    await store.close()


async def test_a_damaged_database_is_refused_at_the_start(sqlite_path: Path) -> None:
    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    await store.commit_batch(a_batch(*(a_mention(str(n), text="x" * 900) for n in range(200))))
    await store.close()
    damage(sqlite_path)

    with pytest.raises(StoreUnusable, match=r"corrupt|malformed"):
        await store.open()


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="missing: no such folder"):
        await SqlStore(f"sqlite:///{tmp_path / 'missing' / 'store.db'}").open()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/crisiswatch", None),
        ("/mnt/share/data", "nfs4"),
        ("/mnt/shared", None),
        ("/mnt/share/local/deep", None),
        ("/mnt/with space/x", "cifs"),
        ("/mnt/ana", "fuse.sshfs"),
    ],
)
def test_knows_a_network_file_system_by_its_mount(path: str, expected: str | None) -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\n"
        "server:/x /mnt/share nfs4 rw 0 0\n"
        "/dev/vdb /mnt/share/local xfs rw 0 0\n"
        "//server/y /mnt/with\\040space cifs rw 0 0\n"
        "/dev/vdc /mnt/ana ext4 rw 0 0\n"
        "server: /mnt/ana fuse.sshfs rw 0 0\n"
        "damaged line\n"
    )

    assert network_file_system(Path(path), mounts) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
        ("SQLITE_FULL", StoreBusy),
        ("SQLITE_IOERR_FSYNC", StoreUnusable),
        ("SQLITE_READONLY_DBMOVED", StoreUnusable),
        ("SQLITE_CORRUPT", StoreUnusable),
        ("SQLITE_ERROR", sa.exc.OperationalError),
    ],
)
def test_sorts_failures_by_whether_they_may_pass(name: str, expected: type[Exception]) -> None:
    cause = sqlite3.OperationalError("the driver's words")
    cause.sqlite_errorname = name

    with pytest.raises(expected, match="the driver's words"), translating():
        raise sa.exc.OperationalError("SELECT 1", {}, cause)


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_nothing_of_an_erased_text_is_left_on_the_disk(sqlite_path: Path) -> None:
    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    secret, long = "SEKRET-short", "SEKRET-long " * 1_500
    for n in range(300):
        mine = a_mention(f"mine {n}", text=long if n % 50 == 0 else f"{secret} {n}", title=secret, author="SEKRET-a",
                         author_name="SEKRET-n", permalink=f"https://SEKRET.example/{n}")  # fmt: skip
        others = [a_mention(f"{n}.{k}", text="harmless" * (k + 1), author=f"h{k}") for k in range(9)]
        await store.commit_batch(a_batch(mine, *others, at=NOON + minutes(n)))
    before = bytes_on_disk(sqlite_path).count(b"SEKRET")
    erased = await store.erase(author="SEKRET-a")
    after = bytes_on_disk(sqlite_path).count(b"SEKRET")
    await store.close()

    assert (erased, after) == (300, 0)
    assert before > 1_000
    assert bytes_on_disk(sqlite_path).count(b"SEKRET") == 0


async def test_text_wiped_again_and_again_leaves_no_trace(sqlite_path: Path) -> None:
    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    sizes = [40, 700, 90, 3_000, 20, 1_500]
    texts = [f"SEKRET {n:05} " * (sizes[n % 6] // 13 + 1) for n in range(1_200)]
    mentions = [a_mention(str(n), text=text, author=f"a{n * 7 % 11}") for n, text in enumerate(texts)]
    for n in range(0, 1_200, 12):
        await store.commit_batch(a_batch(*mentions[n : n + 12], at=NOON + minutes(n)))
    for n in range(10):
        await store.erase(author=f"a{n}")
        await store.commit_batch(a_batch(tombstones=(Tombstone("press", author=f"a{n}"),)))
    left = {item.mention.text for item in await store.mentions(MentionQuery(limit=5_000))} - {""}
    await store.purge(Retention(), NOON + minutes(60 * 24 * 60))
    after = bytes_on_disk(sqlite_path).count(b"SEKRET")
    await store.close()

    assert len(left) == pytest.approx(1_200 / 11, abs=1)
    assert after == 0


async def test_free_space_is_given_back(sqlite_path: Path) -> None:
    store = SqlStore(f"sqlite:///{sqlite_path}")
    await store.open()
    await store.commit_batch(a_batch(*(a_mention(str(n), text="x" * 18_000, author="a") for n in range(300))))
    before = await store.size()
    await store.erase(author="a")
    after = await store.size()
    await store.close()

    assert before > 5_000_000
    assert after < 1_000_000


async def test_the_tables_are_what_the_migrations_make(database: SqliteDatabase) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from crisiswatch.store.sql.schema import metadata

    def differences(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await database.write(lambda connection: connection.run_sync(differences)) == []
