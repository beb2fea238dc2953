"""Requests under one budget for each credential and server, whoever makes them; what was spent survives a kill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

import msgspec
import structlog

from crisiswatch.core.allowances import allowance, bounded, server_time, wait_of
from crisiswatch.core.rationing import RESERVED, Limit, Ration, close, hear, level_of, refuse, take
from crisiswatch.errors import RateLimited
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import Budget
from crisiswatch.ports import Clock, Fetcher, Response, Socket, Store

SHORT = timedelta(seconds=5)
"""A shorter wait is waited; for a longer one the source is asked again later."""

TOO_MANY = 429

log = structlog.get_logger()


@dataclass(slots=True)
class Account:
    """One credential at one server: what is left, and how many requests are taken and not yet made."""

    ration: Ration
    taken: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Ledger:
    """Keeps the accounts of all credentials, in the store where a restart must know of them."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._accounts: dict[str, Account] = {}

    async def spend(self, source: str, key: tuple[str, str], budget: Budget | None, leaving: float = RESERVED) -> None:
        """Spend one request of a credential at a host. Raises RateLimited where none is left for some time."""
        account, limit = await self._account(key), None if budget is None else Limit(budget.requests, budget.per)
        async with account.lock:
            while account.taken < 1:
                now = self._clock.now()
                ration, count, wait = take(account.ration, limit, now, leaving)
                if not count and wait > SHORT:
                    raise RateLimited(f"the budget of its credential at {key[1]} is spent", wait)
                if not count:
                    await self._clock.sleep(wait)
                    continue
                account.ration = ration
                if limit is not None:
                    await self._save(key, ration)  # before the first of them is made
                account.taken = count
            account.taken -= 1
        self._show(source, account, limit)

    async def hear(self, key: tuple[str, str], answer: Response) -> None:
        """Learn from an answer: what is left, or when to come back."""
        account, now = await self._account(key), self._clock.now()
        if answer.status == TOO_MANY:
            wait = wait_of(answer.headers.get("retry-after", ""), server_time(answer.headers, now))
            said = allowance(answer.headers, now)
            account.ration = refuse(account.ration, said.resets_in if wait is None else wait, now)
            await self._save(key, account.ration)
            return
        account.ration = hear(account.ration, allowance(answer.headers, now), now)

    async def close(self, key: tuple[str, str], wait: timedelta) -> None:
        """Make no such request for that long: the quota is spent, whichever source spent it."""
        account = await self._account(key)
        account.ration = close(account.ration, bounded(wait), self._clock.now())
        await self._save(key, account.ration)

    async def _account(self, key: tuple[str, str]) -> Account:
        name = _name(key)
        if name not in self._accounts:
            found = (await self._store.load_checkpoints([name])).get(name)
            self._accounts.setdefault(name, Account(_restored(found[1]) if found else Ration()))
        return self._accounts[name]

    async def _save(self, key: tuple[str, str], ration: Ration) -> None:
        await self._store.save_checkpoint(_name(key), self._clock.now(), msgspec.msgpack.encode(ration))

    def _show(self, source: str, account: Account, limit: Limit | None) -> None:
        if limit is not None:
            left = level_of(account.ration, limit, self._clock.now()) + account.taken
            ratio = min(1.0, left / limit.burst)
            self._metrics.source_rate_limit_remaining_ratio.labels(source).set(ratio)


class RationedFetcher:
    """A `Fetcher` of one source, under the budget of its credential. `budget` is known when the source is built."""

    def __init__(self, fetcher: Fetcher, ledger: Ledger, source: str, credential: str) -> None:
        self._fetcher = fetcher
        self._ledger = ledger
        self._source = source
        self._credential = credential
        self._last: tuple[str, str] | None = None
        self.budget: Callable[[str], Budget | None] = _unlimited
        self.leaving: Callable[[], float] = _reserve

    async def close_quota(self, wait: timedelta) -> None:
        """Have nobody make requests of the kind that was made last for that long."""
        if self._last is not None:
            await self._ledger.close(self._last, wait)

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Return the answer. Raises what the fetcher raises, and RateLimited where the budget is spent."""
        budget = self.budget(url)
        key = self._last = self._key(url, budget)
        await self._ledger.spend(self._source, key, budget, self.leaving())
        answer = await self._fetcher.fetch(url, method=method, headers=headers, body=body)
        await self._ledger.hear(key, answer)
        return answer

    def open_file(self, url: str, *, limit: int) -> AbstractAsyncContextManager[tuple[Response, AsyncIterator[bytes]]]:
        """Open a file: one request, however large it is."""
        return self._file(url, limit)

    def open_socket(self, url: str, *, headers: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket; that is a request, too."""
        return self._opened(url, headers)

    @asynccontextmanager
    async def _file(self, url: str, limit: int) -> AsyncIterator[tuple[Response, AsyncIterator[bytes]]]:
        budget = self.budget(url)
        key = self._last = self._key(url, budget)
        await self._ledger.spend(self._source, key, budget, self.leaving())
        async with self._fetcher.open_file(url, limit=limit) as (head, pieces):
            await self._ledger.hear(key, head)
            yield head, pieces

    @asynccontextmanager
    async def _opened(self, url: str, headers: Mapping[str, str] | None) -> AsyncIterator[Socket]:
        await self._ledger.spend(self._source, self._key(url, None), None)
        async with self._fetcher.open_socket(url, headers=headers) as line:
            yield line

    def _key(self, url: str, budget: Budget | None) -> tuple[str, str]:
        host = urlsplit(url).netloc.rpartition("@")[2]
        return self._credential, f"{host} {budget.name}" if budget is not None and budget.name else host


def digest(secrets: list[str], key: bytes) -> str:
    """Return what tells credentials apart without telling what they are; "" for none."""
    if not secrets:
        return ""
    return blake2b("\0".join(secrets).encode(), digest_size=12, key=key[:64]).hexdigest()


def _name(key: tuple[str, str]) -> str:
    return f"ration/{key[0] or 'anybody'}/{key[1]}"


def _restored(state: bytes) -> Ration:
    try:
        return msgspec.msgpack.decode(state, type=Ration)
    except msgspec.MsgspecError:
        log.warning("ration_begins_anew")
        return Ration()


def _reserve() -> float:
    """Leave the reserve alone, until app.py tells which sources are of brands in alert."""
    return RESERVED


def _unlimited(url: str) -> None:
    """Know of no limit but those that the server tells."""
