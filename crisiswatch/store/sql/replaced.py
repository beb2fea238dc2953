"""What a restore keeps of the database whose place it took."""

from __future__ import annotations

from pathlib import Path

BEFORE_RESTORE = ".before-restore"
"""What the name of the database that a restore replaced ends with."""


def forget_unreplaced(path: Path) -> None:
    """Take a database's second name away, which a restore gave it that was interrupted before it took its place."""
    kept = path.with_name(path.name + BEFORE_RESTORE)
    if path.exists() and kept.exists() and kept.samefile(path):
        kept.unlink()
