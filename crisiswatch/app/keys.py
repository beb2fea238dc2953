"""The secrets of an installation: made once, kept beside its database, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from crisiswatch.errors import StoreUnusable
from crisiswatch.settings import Settings

LINK_KEYS = 2
"""Keys that verify links: the one that signs, and the one before it."""

_KEY_BYTES = 32


def author_key(settings: Settings, config: Path) -> bytes:
    """Return the key with which authors are pseudonymised; make it if there is none yet."""
    return bytes.fromhex(_kept(settings, config, ".author-key").strip())


def link_keys(settings: Settings, config: Path) -> tuple[bytes, ...]:
    """Return the keys of signed links, the newest first; make one if there is none yet.

    The file has a key a line; who puts a new one on top retires the last but one. Raises StoreUnusable.
    """
    lines = _kept(settings, config, ".link-keys").split()
    try:
        keys = tuple(bytes.fromhex(line) for line in lines[:LINK_KEYS])
    except ValueError as error:
        raise StoreUnusable("the file with the keys of links holds something else than hexadecimal digits") from error
    if not keys or any(len(key) < _KEY_BYTES for key in keys):
        raise StoreUnusable(f"the file with the keys of links needs lines of {_KEY_BYTES * 2} hexadecimal digits")
    return keys


def _kept(settings: Settings, config: Path, suffix: str) -> str:
    file = _beside_store(settings, config, suffix)
    try:
        return file.read_text("ascii")
    except FileNotFoundError:
        text = secrets.token_hex(_KEY_BYTES) + "\n"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)
        return text


def _beside_store(settings: Settings, config: Path, suffix: str) -> Path:
    url = settings.store.url.get_secret_value()
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///") + suffix)
    return config.with_suffix(suffix)
