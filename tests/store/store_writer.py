"""A process that writes batches until it is killed or until the disk refuses; it prints each cursor it committed."""

from __future__ import annotations

import asyncio
import resource
import sys

from store_builders import a_batch, a_mention

from crisiswatch.errors import StoreUnusable
from crisiswatch.store import create

BATCH = 40


async def write_for_ever(url: str, megabytes: str | None = None) -> None:
    store = create(url)
    await store.open()
    if megabytes is not None:
        limit = int(megabytes) * 2**20
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    number = int(await store.cursor("press") or 0)
    while True:
        number += 1
        mentions = (a_mention(f"{number}.{n}", text="x" * 500) for n in range(BATCH))
        await store.commit_batch(a_batch(*mentions, cursor=str(number)))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        asyncio.run(write_for_ever(*sys.argv[1:3]))
    except StoreUnusable as error:
        sys.exit(f"StoreUnusable: {error}")
