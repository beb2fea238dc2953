"""kill -9 in the middle of a backup, a restore, an erasure or a clean-up: what is there is whole, and gets finished."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from harness.configs import configured, write
from harness.daemon import Daemon, command
from harness.kill_places import OF_THE_DATABASE
from harness.ports import ROOT, clean_environment
from harness.stores import damage, stored_mentions

from crisiswatch.app.building import catalogues
from crisiswatch.app.keys import author_key
from crisiswatch.core.correcting import Lesson, Lessons
from crisiswatch.core.enriching import author_hash
from crisiswatch.core.incidents import Evidence, Post
from crisiswatch.core.queries import Retention
from crisiswatch.engine.label_learning import Learnt
from crisiswatch.ports import Store
from crisiswatch.settings import load
from crisiswatch.store import create
from crisiswatch.store.backup import BEFORE_RESTORE, check
from tests.store.store_builders import NOON, a_batch, a_decision, a_mention, an_incident

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

T = TypeVar("T")

KILLED_BY = -signal.SIGKILL
HERS, OTHERS = 2_500, 1_500
"""Mentions: of one author, more than are wiped in one transaction; and of others."""

SECRET = "my own true name is Zenobia"
BRANDS = [{"name": "Acme", "match": ["acme"]}]
LEARNT = "learnt/Acme"


@dataclass(frozen=True, slots=True)
class Kept:
    """A daemon's folder with a full database. `cursor` tells one state of it from the next."""

    config: Path
    database: Path
    hers: tuple[bytes, ...]

    def ask(self, question: Callable[[Store], Awaitable[T]]) -> T:
        """Open the store as a daemon does and ask it something."""

        async def run() -> T:
            store = create(f"sqlite:///{self.database}")
            await store.open()
            try:
                return await question(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def run(self, *words: str, armed: str | None = None) -> int:
        """Run a command with the configuration; return how it ended."""
        return command(*words, "-c", str(self.config), cwd=self.config.parent, armed=armed).returncode

    @property
    def cursor(self) -> str | None:
        """Return which state of the database this is."""
        return self.ask(lambda store: store.cursor("press"))

    def bytes_on_disk(self) -> bytes:
        """Return what stands in the database and in its log."""
        files = (self.database.with_name(self.database.name + suffix) for suffix in ("", "-wal"))
        return b"".join(file.read_bytes() for file in files if file.exists())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    config = write(tmp_path, configured(tmp_path, {}, BRANDS))
    hashed = author_hash("press", "", "ann", author_key(load(config, {}, catalogues()), config), "1")
    hers = [a_mention(f"h{n}", author=hashed, text=f"{SECRET} {n} " + "x" * 900) for n in range(HERS)]
    others = [a_mention(f"o{n}", text=f"acme {n} " + "y" * 900) for n in range(OTHERS)]
    found = Kept(config, tmp_path / "crisiswatch.db", tuple(mention.uid for mention in hers))
    quoted = tuple(Post(one.uid, one.external_id, "https://p.example/1", NOON) for one in (hers[0], hers[-1]))
    seen = Evidence(NOON, NOON, 1, 1, 1.0, 0.0, 0.0, 0.0, 0.5, 0.1, posts=quoted)
    learnt = Learnt(lessons=Lessons(by_mention={hers[0].uid: Lesson(0.5, True), others[0].uid: Lesson(0.5, True)}))

    async def fill(store: Store) -> None:
        await store.commit_batch(a_batch(*hers, *others, cursor="one"))
        await store.commit_decision(a_decision(an_incident(evidence=seen)))
        await store.save_checkpoint(LEARNT, NOON, msgspec.msgpack.encode(learnt))

    found.ask(fill)
    return found


def go_on_to_two(kept: Kept) -> None:
    """Let a process write that dies with its log full: what it committed stands in the log alone."""
    program = (
        "import asyncio, os\nfrom crisiswatch.store import create\n"
        "from tests.store.store_builders import a_batch, a_mention\n"
        "async def run():\n"
        f"    store = create('sqlite:///{kept.database}')\n    await store.open()\n"
        "    await store.commit_batch(a_batch(a_mention('two'), cursor='two'))\n    os.kill(os.getpid(), 9)\n"
        "asyncio.run(run())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=clean_environment(), check=False, timeout=240)
    assert ended.returncode == KILLED_BY


def sound(path: Path) -> bool:
    return asyncio.run(check(path)) == ()


@pytest.mark.parametrize("place", ["backup.midway:kill:2", "backup.before_rename:kill"])
def test_a_backup_that_was_interrupted_leaves_no_file_that_looks_whole_and_the_next_one_is(
    kept: Kept, tmp_path: Path, place: str
) -> None:
    killed = kept.run("db", "backup", str(tmp_path / "monday.db"), armed=place)

    assert (killed, (tmp_path / "monday.db").exists()) == (KILLED_BY, False)
    assert (tmp_path / "monday.db.part").stat().st_mode & 0o077 == 0
    if place.startswith("backup.midway"):
        assert kept.run("db", "restore", "--force", str(tmp_path / "monday.db.part")) == 1, "it is refused"
    assert kept.run("db", "backup", str(tmp_path / "monday.db")) == 0
    assert sound(tmp_path / "monday.db")
    assert sorted(file.name for file in tmp_path.glob("monday*")) == ["monday.db"]
    assert (kept.cursor, damage(kept.database)) == ("one", [])


RESTORED = {"restore.midway:kill:2": "two", "restore.before_swap:kill": "two", "restore.after_swap:kill": "one"}
"""Which database stands there after a kill: the newer one that was to be replaced, or the one of the backup."""


@pytest.mark.parametrize(("place", "there"), RESTORED.items())
def test_a_restore_that_was_interrupted_leaves_the_old_database_or_the_new_one_whole(
    kept: Kept, tmp_path: Path, place: str, there: str
) -> None:
    assert kept.run("db", "backup", str(tmp_path / "monday.db")) == 0
    go_on_to_two(kept)
    killed = kept.run("db", "restore", "--force", str(tmp_path / "monday.db"), armed=place)

    before = kept.database.with_name(kept.database.name + BEFORE_RESTORE)
    assert (killed, kept.cursor, sound(kept.database)) == (KILLED_BY, there, True)
    assert before.exists() is (there == "one"), "what was not replaced has no second name"
    assert len(stored_mentions(kept.config)) == HERS + OTHERS + (there == "two")
    assert kept.run("db", "restore", "--force", str(tmp_path / "monday.db")) == 0
    assert (kept.cursor, sound(kept.database), sound(before)) == ("one", True, True)


def test_a_restore_keeps_what_stood_in_the_log_of_the_database_that_it_replaces(kept: Kept, tmp_path: Path) -> None:
    assert kept.run("db", "backup", str(tmp_path / "monday.db")) == 0
    go_on_to_two(kept)

    assert kept.run("db", "restore", "--force", str(tmp_path / "monday.db")) == 0
    before = kept.database.with_name(kept.database.name + BEFORE_RESTORE)
    assert kept.cursor == "one"
    with closing(sqlite3.connect(before)) as connection:
        assert connection.execute("SELECT cursor FROM cursors").fetchall() == [("two",)]


def test_what_nobody_can_read_any_more_is_replaced_and_kept_all_the_same(kept: Kept, tmp_path: Path) -> None:
    assert kept.run("db", "backup", str(tmp_path / "monday.db")) == 0
    kept.database.write_bytes(b"ruined" * 5_000)

    assert kept.run("db", "restore", "--force", str(tmp_path / "monday.db")) == 0
    assert kept.cursor == "one"
    assert kept.database.with_name(kept.database.name + BEFORE_RESTORE).read_bytes() == b"ruined" * 5_000


async def left_of_her(store: Store) -> tuple[int, int, int]:
    """Return her mentions that are not wiped, links to them in incidents, and lessons from them."""
    incident = await store.incident(1)
    assert incident is not None
    assert incident.evidence is not None
    links = sum(post.permalink is not None for post in incident.evidence.posts)
    learnt = msgspec.msgpack.decode((await store.load_checkpoints([LEARNT]))[LEARNT][1], type=Learnt)
    uids = [a_mention(f"h{n}").uid for n in range(HERS)]
    known = await store.mentions_by_uid(uids)
    not_wiped = sum(bool(mention.text) for mention in known.values())
    return not_wiped, links, len(learnt.lessons.by_mention) - 1


@pytest.mark.parametrize("place", ["erase.midway", "erase.before_lessons"])
def test_an_erasure_that_was_interrupted_is_finished_by_the_next_start_of_the_daemon(kept: Kept, place: str) -> None:
    killed = kept.run("erase", "--yes", "--author", "press:ann", armed=f"{place}:kill")
    before = kept.ask(left_of_her)
    with Daemon(kept.config) as daemon:
        daemon.start()
        assert daemon.stop() == 0

    assert killed == KILLED_BY
    assert before != (0, 0, 0)
    assert kept.ask(left_of_her) == (0, 0, 0)
    assert SECRET.encode() not in kept.bytes_on_disk()
    assert len(stored_mentions(kept.config)) == HERS + OTHERS, "what was counted stays counted"


def test_an_erasure_that_was_interrupted_is_finished_by_the_next_one(kept: Kept) -> None:
    assert kept.run("erase", "--yes", "--author", "press:ann", armed="erase.midway:kill") == KILLED_BY
    assert kept.run("erase", "--yes", "--author", "press:bob") == 3, "nothing by that one"

    assert kept.ask(left_of_her) == (0, 0, 0)
    assert SECRET.encode() not in kept.bytes_on_disk()


@pytest.mark.parametrize("place", ["purge.midway", "purge.before_scrub"])
async def test_what_was_wiped_by_age_before_a_kill_is_in_no_file_once_the_store_is_opened_again(
    kept_empty: Path, place: str
) -> None:
    folder = ROOT / "tests" / "store"
    environment = clean_environment(PYTHONPATH=os.pathsep.join((str(ROOT), str(folder))))
    store = create(f"sqlite:///{kept_empty}")
    await store.open()
    await store.commit_batch(a_batch(*(a_mention(str(n), text=f"{SECRET} {n}") for n in range(50))))
    await store.close()
    program = [sys.executable, str(folder / "store_purger.py"), f"sqlite:///{kept_empty}", f"{place}:kill"]
    killed = await asyncio.to_thread(subprocess.run, program, env=environment, check=False, timeout=240)
    left = _bytes(kept_empty)
    await store.open()

    assert killed.returncode == KILLED_BY
    assert SECRET.encode() in left, "there was something to remove"
    assert SECRET.encode() not in _bytes(kept_empty)
    await store.purge(Retention(), NOON + timedelta(days=800))
    await store.close()
    assert damage(kept_empty) == []


@pytest.fixture
def kept_empty(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def _bytes(path: Path) -> bytes:
    files = (path.with_name(path.name + suffix) for suffix in ("", "-wal"))
    return b"".join(file.read_bytes() for file in files if file.exists())


def test_every_place_of_the_database_is_killed_at_here_or_among_the_migrations() -> None:
    here = {"backup.midway", "backup.before_rename", "erase.midway", "erase.before_lessons", "purge.midway"}
    restored = {place.partition(":")[0] for place in RESTORED}

    assert {*here, *restored, "purge.before_scrub", "migration.after_step"} == {*OF_THE_DATABASE}
