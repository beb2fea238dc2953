"""The secret with which authors are pseudonymised: made once for an installation, kept beside its database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from crisiswatch.settings import Settings


def author_key(settings: Settings, config: Path) -> bytes:
    """Return the key of this installation; make it, readable by its owner alone, if there is none yet."""
    file = _beside_store(settings, config)
    try:
        return bytes.fromhex(file.read_text("ascii").strip())
    except FileNotFoundError:
        key = secrets.token_bytes(32)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(key.hex() + "\n")
        return key


def _beside_store(settings: Settings, config: Path) -> Path:
    url = settings.store.url.get_secret_value()
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///") + ".author-key")
    return config.with_suffix(".author-key")
