"""What a store is opened for."""

from __future__ import annotations

from enum import StrEnum


class Opening(StrEnum):
    """`DURABLE`: alone, and safe against power loss. `THROW_AWAY`: alone, and fast. `READ_ONLY`: beside a daemon."""

    DURABLE = "durable"
    THROW_AWAY = "throw_away"
    READ_ONLY = "read_only"
