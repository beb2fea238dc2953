from __future__ import annotations

import pytest

from crisiswatch.errors import ConfigError
from crisiswatch.store import create
from crisiswatch.store.memory import MemoryStore
from crisiswatch.store.sql.store import SqlStore
from crisiswatch.store.sql.urls import parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///relative.db", "sqlite+pysqlite:///relative.db"),
        ("sqlite:////var/lib/store.db", "sqlite+pysqlite:////var/lib/store.db"),
        ("postgresql://u:p%40@h:5433/d", "postgresql+asyncpg://u:p%40@h:5433/d"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
    ],
)
def test_takes_addresses_as_operators_write_them(url: str, expected: str) -> None:
    assert parse_url(url).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize("url", ["", "store.db", "mysql://u:SEKRET@h/d", "sqlite://", "sqlite:///:memory:", "http://["])
def test_refuses_other_addresses_without_repeating_them(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        create(url)

    assert caught.value.problems[0].where == "store.url"
    assert "SEKRET" not in str(caught.value)


def test_an_address_decides_which_store_it_is() -> None:
    assert isinstance(create("memory:"), MemoryStore)
    assert isinstance(create("sqlite:///x.db"), SqlStore)
    assert isinstance(create("postgresql://h/d"), SqlStore)
