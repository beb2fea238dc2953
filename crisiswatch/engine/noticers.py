"""Uncalibrated detectors of a brand: made as its plan says, kept over a reload, saved and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from crisiswatch.core.noticing import Noticing, Tally, Unread
from crisiswatch.engine.watched import Plan
from crisiswatch.errors import StoreUnusable

T = TypeVar("T")

log = structlog.get_logger()


class SavedNoticing(msgspec.Struct):
    """What a checkpoint holds of them; `noticers` by the name that says all their options."""

    noticers: dict[str, bytes]
    words: bytes | None
    tallies: list[Tally]
    unread: list[Unread]


def adopt(noticing: Noticing, plan: Plan) -> None:
    """Have the detectors that the plan names, and no others; those that stay keep what they learnt."""
    known = noticing.noticers
    noticing.noticers = {name: known.get(name) or make(None) for name, make in plan.noticers.items()}
    if plan.words is None:
        noticing.words = None
        noticing.unread.clear()
    elif noticing.words is None:
        noticing.words = plan.words(None)


def saved(noticing: Noticing) -> SavedNoticing | None:
    """Return what is to be saved, None where nothing is looked for."""
    if not noticing.is_on:
        return None
    return SavedNoticing(
        noticers={name: noticer.to_bytes() for name, noticer in noticing.noticers.items()},
        words=None if noticing.words is None else noticing.words.to_bytes(),
        tallies=noticing.tallies,
        unread=noticing.unread,
    )


def restored(found: SavedNoticing | None, plan: Plan) -> Noticing:
    """Return noticing as it was saved; a detector whose state does not fit begins anew, the others go on."""
    noticing = Noticing()
    if found is not None:
        noticing.tallies, noticing.unread = found.tallies, found.unread
        for name, make in plan.noticers.items():
            noticing.noticers[name] = _made(name, make, found.noticers.get(name))
        if plan.words is not None:
            noticing.words = _made("new_terms", plan.words, found.words)
    adopt(noticing, plan)
    return noticing


def _made(name: str, make: Callable[[bytes | None], T], state: bytes | None) -> T:
    try:
        return make(state)
    except StoreUnusable as error:
        log.warning("detector_begins_anew", detector=name, reason=str(error))
        return make(None)
