from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from store_builders import a_batch, a_mention, damage, file_of, files_in

from crisiswatch.core.queries import MentionQuery
from crisiswatch.errors import StoreUnusable
from crisiswatch.ports import Store
from crisiswatch.store import create
from crisiswatch.store.backup import BEFORE_RESTORE, backup, check, restore


@pytest.fixture
async def live(sqlite_path: Path) -> AsyncIterator[Store]:
    store = create(f"sqlite:///{sqlite_path}")
    await store.open()
    await store.commit_batch(a_batch(a_mention("1"), cursor="one"))
    yield store
    await store.close()


async def cursor_in(path: Path) -> str | None:
    store = create(f"sqlite:///{path}")
    await store.open()
    try:
        return await store.cursor("press")
    finally:
        await store.close()


async def test_backs_up_a_store_that_is_in_use(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    await backup(sqlite_path, tmp_path / "copy.db")
    await live.commit_batch(a_batch(a_mention("2"), cursor="two"))

    assert await check(tmp_path / "copy.db") == ()
    assert await cursor_in(tmp_path / "copy.db") == "one"
    assert not (tmp_path / "copy.db.part").exists()


async def test_a_backup_is_one_file_that_only_its_owner_reads(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    await backup(sqlite_path, folder / "copy.db")

    assert files_in(folder) == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600


async def test_a_backup_never_replaces_a_file(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreUnusable, match="exists already"):
        await backup(sqlite_path, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no such database"):
        await backup(tmp_path / "nothing.db", tmp_path / "copy.db")

    assert not files_in(tmp_path)


async def test_restores_and_keeps_what_it_replaces(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    await backup(sqlite_path, tmp_path / "copy.db")
    await live.commit_batch(a_batch(a_mention("2"), cursor="two"))
    await live.close()
    await restore(tmp_path / "copy.db", sqlite_path)

    assert await cursor_in(sqlite_path) == "one"
    assert await cursor_in(sqlite_path.with_name(sqlite_path.name + BEFORE_RESTORE)) == "two"


async def test_restores_where_there_was_nothing(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    await backup(sqlite_path, tmp_path / "copy.db")
    await restore(tmp_path / "copy.db", tmp_path / "new.db")

    assert await cursor_in(tmp_path / "new.db") == "one"


async def test_a_store_in_use_is_not_overwritten(live: Store, sqlite_path: Path, tmp_path: Path) -> None:
    await backup(sqlite_path, tmp_path / "copy.db")
    with pytest.raises(StoreUnusable, match="in use by process"):
        await restore(tmp_path / "copy.db", sqlite_path)

    assert len(await live.mentions(MentionQuery())) == 1


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 300])
async def test_nothing_is_restored_from_a_damaged_backup(
    live: Store, sqlite_path: Path, tmp_path: Path, content: bytes
) -> None:
    file_of(tmp_path / "copy.db", content)
    await live.close()
    with pytest.raises(StoreUnusable, match="nothing was restored"):
        await restore(tmp_path / "copy.db", sqlite_path)

    assert await cursor_in(sqlite_path) == "one"


async def test_check_names_what_is_wrong(live: Store, sqlite_path: Path) -> None:
    await live.commit_batch(a_batch(*(a_mention(str(n), text="x" * 900) for n in range(200))))
    await live.close()
    damage(sqlite_path)

    assert await check(sqlite_path)
