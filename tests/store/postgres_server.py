"""A PostgreSQL server of our own, on a loopback port, that leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.harness.ports import free_port
from tests.acceptance.harness.showing import show

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=40")


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def running_server(bin: Path) -> Iterator[str]:
    """Start a server and yield its address without a database name; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="crisiswatch-pg-") as folder:
        home, data = Path(folder), Path(folder) / "data"
        if os.getuid() == 0:
            shutil.chown(home, "postgres")  # the server refuses to run as root
        _run(bin / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        port = free_port()
        options = f"-p {port} -k {home} -h 127.0.0.1 " + " ".join(f"-c {option}" for option in _FAST)
        _run(bin / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-t", "240", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run(bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
            show(home / "log")


def _run(*command: object) -> None:
    words: Sequence[str] = [str(word) for word in command]
    if os.getuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")
