"""What only PostgreSQL can fail at."""

from __future__ import annotations

import socket

import pytest

from crisiswatch.errors import StoreBusy, StoreUnusable
from crisiswatch.store import create


async def test_a_server_that_is_not_there_is_worth_another_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        store = create(f"postgresql://u:SEKRET@127.0.0.1:{taken.getsockname()[1]}/d")

        with pytest.raises(StoreBusy) as caught:
            await store.open()
    assert "SEKRET" not in str(caught.value)


@pytest.mark.acceptance
async def test_a_database_that_does_not_exist_is_not(postgres: str) -> None:
    with pytest.raises(StoreUnusable, match="does not exist"):
        await create(f"{postgres}/nothing").open()
