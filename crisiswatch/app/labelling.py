"""Mention labels between files, the command line, a running daemon and the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from crisiswatch.app.asking import ASK_FOR, TOKEN_VARIABLE, reading, writing
from crisiswatch.core.label_frames import ForgetFrame, LabelFrame
from crisiswatch.core.labelling import changes, most_uncertain, standing
from crisiswatch.core.queries import MentionQuery, StoredMention
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.errors import BadInput, SourceUnavailable, StoreUnusable
from crisiswatch.ports import Store
from crisiswatch.settings import Settings
from crisiswatch.sources.importing import bounded_lines
from crisiswatch.sources.importing.frames import read_frame
from crisiswatch.text.normalising import display

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LOOKED_AT = 2_000
"""Newest mentions among which the least certain are sought."""

PER_REQUEST = 250


async def labels_in(store: Store) -> list[LabelFrame]:
    """Return all recorded labels, oldest first."""
    return [frame for frame in await store.frames(EARLIEST, LATEST, "label") if isinstance(frame, LabelFrame)]


async def record_labels(
    store: Store, labels: Sequence[LabelFrame], now: datetime, failpoints: Failpoints
) -> tuple[list[LabelFrame], int]:
    """Record labels that change something as inputs that became known now; return them, and how many are unknown.

    A label of a mention that is not stored is unknown and not recorded.
    """
    mentions = await store.mentions_by_uid([label.uid for label in labels])
    known = [label for label in labels if label.uid in mentions]
    new = [msgspec.structs.replace(label, at=now) for label in changes(known, await labels_in(store))]
    for label in new:
        await store.commit_frame(label)
        failpoints.reach("label.midway")
    return new, len(labels) - len(known)


async def next_labels(settings: Settings, brand: str | None, limit: int) -> list[dict[str, object]]:
    """Return the mentions whose label would teach most, as rows."""
    async with reading(settings) as store:
        found = await store.mentions(MentionQuery(brand=brand, limit=LOOKED_AT))
        return [_row(stored) for stored in most_uncertain(found, await labels_in(store), limit)]


async def export_labels(settings: Settings, brand: str | None) -> list[str]:
    """Return the labels that stand as lines of the import format, in the order in which they were given."""
    async with reading(settings) as store:
        held = standing(await labels_in(store)).values()
        forgotten = await store.frames(EARLIEST, LATEST, "forget")
    lines = [_line(label) for label in sorted(held, key=_moment) if brand is None or label.brand == brand]
    return lines + [
        msgspec.json.encode({"frame": "forget", "at": one.at, "brand": one.brand}).decode()
        for one in forgotten
        if isinstance(one, ForgetFrame) and brand in (None, one.brand)
    ]


async def forget(settings: Settings, brand: str) -> None:
    """Record that what labels taught about a brand is forgotten. Raises StoreUnusable while a daemon runs."""
    async with writing(settings) as store:
        await store.commit_frame(ForgetFrame(at=SystemClock().now(), brand=brand))


def read_labels(path: Path) -> tuple[list[LabelFrame], list[str]]:
    """Return the labels of a file of label lines, and what is wrong with the other lines."""
    labels: list[LabelFrame] = []
    problems: list[str] = []
    with path.open("rb") as file:
        for number, line in enumerate(bounded_lines(file), start=1):
            if line.strip():
                try:
                    labels += _labels(line)
                except BadInput as error:
                    problems.append(f"line {number}: {error}")
    return labels, problems


async def import_labels(
    settings: Settings, labels: Sequence[LabelFrame], environ: Mapping[str, str]
) -> tuple[int, int]:
    """Record labels through the running daemon; directly, if none runs. Return how many are new, how many unknown."""
    try:
        async with writing(settings) as store:
            new, unknown = await record_labels(store, labels, SystemClock().now(), Failpoints.of(environ))
            return len(new), unknown
    except StoreUnusable:
        return await _ask_daemon(settings, labels, environ)


async def _ask_daemon(settings: Settings, labels: Sequence[LabelFrame], environ: Mapping[str, str]) -> tuple[int, int]:
    url = f"http://{settings.server.listen}/api/v1/labels"
    headers = {"Authorization": f"Bearer {environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE in environ else {}
    new = unknown = 0
    try:
        async with httpx.AsyncClient(timeout=ASK_FOR, headers=headers) as client:
            for first in range(0, len(labels), PER_REQUEST):
                sent = [_sent(label) for label in labels[first : first + PER_REQUEST]]
                answer = await client.post(url, json={"labels": sent})
                if answer.is_error:
                    told = f"{answer.status_code} {answer.text[:200]}; is {TOKEN_VARIABLE} set?"
                    raise SourceUnavailable(f"{url}: {told}")
                new, unknown = new + answer.json()["recorded"], unknown + answer.json()["unknown"]
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"the daemon has the database and does not answer at {url}: {error}") from error
    return new, unknown


def _labels(line: bytes) -> list[LabelFrame]:
    frame = read_frame(line)
    if isinstance(frame, ForgetFrame):
        return []  # an export tells of it for replays; what was forgotten elsewhere is no reason to forget here
    if not isinstance(frame, LabelFrame):
        raise BadInput('not a label; write {"frame": "label", "at", "brand", "label", "uid"}')
    return [frame]


def _sent(label: LabelFrame) -> dict[str, str]:
    return {"uid": label.uid.hex(), "brand": label.brand, "label": label.label, "by": label.by}


def _line(label: LabelFrame) -> str:
    at = label.at.isoformat().replace("+00:00", "Z")
    return msgspec.json.encode({"frame": "label", "at": at, **_sent(label)}).decode()


def _moment(label: LabelFrame) -> tuple[datetime, bytes, str]:
    return label.at, label.uid, label.brand


def _row(stored: StoredMention) -> dict[str, object]:
    return {
        "uid": stored.mention.uid.hex(),
        "brand": stored.brand,
        "negativity": None if stored.negativity is None else round(stored.negativity, 3),
        "language": stored.mention.language,
        "permalink": stored.mention.permalink,
        "text": display(stored.mention.text).replace("\n", " "),
    }
