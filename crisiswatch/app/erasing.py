"""Erases what a person asks for, to its end: an intention that is written first survives a kill on the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
import structlog

from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.label_learning import drop_erased
from crisiswatch.ports import Store

INTENTION = "erasing"
"""The name of the checkpoint that holds what is being erased; empty when that is done."""

log = structlog.get_logger()


class Asked(msgspec.Struct, frozen=True):
    """What is to be erased: everything by an author hash, or one mention by its link."""

    author: str | None = None
    permalink: str | None = None


async def erase(store: Store, brands: Iterable[str], asked: Asked, now: datetime, failpoints: Failpoints) -> int:
    """Wipe mentions, what incidents quote of them and what brands learnt from them; return how many mentions."""
    names = tuple(brands)
    await finish_erasing(store, names, now)  # of a process that was killed: there is room for one intention
    await store.save_checkpoint(INTENTION, now, msgspec.msgpack.encode(asked))
    erased = await store.erase(author=asked.author, permalink=asked.permalink)
    failpoints.reach("erase.before_lessons")
    await _forget_lessons(store, names, now)
    return erased


async def finish_erasing(store: Store, brands: Iterable[str], now: datetime) -> bool:
    """Finish what a process that was killed had begun to erase; return whether there was anything."""
    found = (await store.load_checkpoints([INTENTION])).get(INTENTION)
    if found is None or not found[1]:
        return False
    asked = msgspec.msgpack.decode(found[1], type=Asked)
    erased = await store.erase(author=asked.author, permalink=asked.permalink)
    await _forget_lessons(store, brands, now)
    log.warning("erasing_finished", begun=str(found[0]), mentions=erased)
    return True


async def _forget_lessons(store: Store, brands: Iterable[str], now: datetime) -> None:
    for brand in brands:
        await drop_erased(store, brand)
    await store.save_checkpoint(INTENTION, now, b"")
