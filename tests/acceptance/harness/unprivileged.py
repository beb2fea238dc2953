"""Runs servers as an ordinary user, also where the tests themselves run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STOP = 10.0
"""Seconds that a server has to end in order."""


def ordinary_user() -> pwd.struct_passwd:
    """Return who runs the servers: the one who runs the tests, or `nobody` in place of root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give a fresh folder, with a short path, that belongs to the ordinary user."""
    folder = Path(tempfile.mkdtemp(prefix="cw-"))
    try:
        hand_over(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hand_over(*paths: Path) -> None:
    """Give files to the ordinary user."""
    user = ordinary_user()
    for path in paths:
        if os.getuid() == 0:
            os.chown(path, user.pw_uid, user.pw_gid)


def start(command: list[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a server as the ordinary user; what it says goes to the end of `log`."""
    user = ordinary_user()
    someone = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=log.parent,
            env={"PATH": os.environ.get("PATH", "") + ":/usr/sbin", "HOME": str(log.parent), **environment},
            **someone,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that `start` started."""
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
