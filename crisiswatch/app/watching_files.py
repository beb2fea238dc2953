"""Tells when configuration files change: their folders are watched, since editors and ConfigMaps replace files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from watchfiles import awatch

from crisiswatch.ports import Clock
from crisiswatch.settings import config_files

QUIET = timedelta(seconds=0.3)
"""A change is told once the content has stayed as it is for so long.

A file that is written in place is empty for a moment, and then half of it is there: such a half may well be a valid
configuration, of fewer brands.
"""


async def config_changes(path: Path, known: bytes, clock: Clock) -> AsyncIterator[None]:
    """Yield whenever the content of the configuration has changed.

    `known` is the fingerprint taken before the configuration was read: a change between then and now counts too.
    """
    async for _ in _occasions(path.parent):
        if fingerprint(path) == known:
            continue
        content = await _settled(path, clock)
        if content != known:
            known = content
            yield


async def _settled(path: Path, clock: Clock) -> bytes:
    """Return the fingerprint of the content, once nobody is writing it any more."""
    content = fingerprint(path)
    while True:
        await clock.sleep(QUIET)
        later = fingerprint(path)
        if later == content:
            return content
        content = later


async def _occasions(folder: Path) -> AsyncIterator[None]:
    """Yield at once, whenever the kernel tells of a change, and every 15 s whatever it tells."""
    while True:
        yield
        watched = _folders(folder)
        async for _ in awatch(*watched, recursive=False, rust_timeout=15_000, yield_on_timeout=True):
            if _folders(folder) != watched:
                break
            yield


def _folders(folder: Path) -> list[Path]:
    """Return the folders that hold configuration files: `conf.d` where there is one."""
    extra = folder / "conf.d"
    return [folder, extra] if extra.is_dir() else [folder]


def fingerprint(path: Path) -> bytes:
    """Return a hash of all files; a missing one counts as empty, since it may be in the middle of a replacement."""
    digest = sha256()
    for file in config_files(path):
        try:
            digest.update(file.read_bytes())
        except OSError:
            continue
    return digest.digest()
