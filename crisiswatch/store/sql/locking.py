"""The lock that keeps a second process away from a SQLite file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from crisiswatch.errors import StoreUnusable


class FileLock:
    """An exclusive lock on a file beside the database; the kernel frees it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock and write our process id into it. Raises StoreUnusable that names the holder."""
        file = self._path.open("a+", encoding="ascii", errors="replace")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            file.close()
            raise StoreUnusable(f"{self._path}: the database is in use by process {holder}") from error
        except OSError as error:
            file.close()
            raise StoreUnusable(f"{self._path}: cannot be locked: {error.strerror}") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes lock two files."""
        if self._file is not None:
            self._file.close()
            self._file = None


def lock_of(path: Path) -> FileLock:
    """Return the lock of the database at `path`."""
    return FileLock(path.with_name(path.name + ".lock"))
