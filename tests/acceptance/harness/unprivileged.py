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

STOP = 60.0
"""Seconds that a server has to end in order."""


def ordinary_user(instead_of_root: str = "nobody") -> pwd.struct_passwd:
    """Return who runs the servers: the one who runs the tests, or another in place of root."""
    return pwd.getpwnam(instead_of_root) if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextmanager
def own_folder(user: pwd.struct_passwd) -> Iterator[Path]:
    """Give a fresh folder, with a short path, that belongs to the user."""
    folder = Path(tempfile.mkdtemp(prefix="cw-"))
    try:
        hand_over(user, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hand_over(user: pwd.struct_passwd, *paths: Path) -> None:
    """Give files to the user."""
    for path in paths:
        if os.getuid() == 0:
            os.chown(path, user.pw_uid, user.pw_gid)


def start(user: pwd.struct_passwd, command: list[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a server as the user; what it says goes to the end of `log`."""
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


def certify(folder: Path) -> None:
    """Write `cert.pem` and `key.pem` for a server that calls itself localhost."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)
