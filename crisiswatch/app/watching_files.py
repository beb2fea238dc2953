"""Tells when configuration files change: the folder is watched, since editors and ConfigMaps replace files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

from watchfiles import awatch

from crisiswatch.settings import config_files


async def config_changes(path: Path, known: bytes) -> AsyncIterator[None]:
    """Yield whenever the content of the configuration has changed.

    `known` is the fingerprint taken before the configuration was read: a change between then and now counts too.
    """
    async for _ in _occasions(path.parent):
        content = fingerprint(path)
        if content != known:
            known = content
            yield


async def _occasions(folder: Path) -> AsyncIterator[None]:
    """Yield at once, whenever the kernel tells of a change, and every 15 s whatever it tells."""
    yield
    async for _ in awatch(folder, recursive=False, rust_timeout=15_000, yield_on_timeout=True):
        yield


def fingerprint(path: Path) -> bytes:
    """Return a hash of all files; a missing one counts as empty, since it may be in the middle of a replacement."""
    digest = sha256()
    for file in config_files(path):
        try:
            digest.update(file.read_bytes())
        except OSError:
            continue
    return digest.digest()
