"""Mention labels over HTTP: which stand, which mention to ask about next, and new ones."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console import parameters as ask
from crisiswatch.console.access import Gate
from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.records import Record, answer, mention_record
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.labelling import most_uncertain, standing
from crisiswatch.core.queries import MentionQuery
from crisiswatch.errors import BadInput

LOOKED_AT = 1_000
"""Newest mentions among which the least certain are sought."""

MOST_LABELS = 250

Name = Annotated[str, msgspec.Meta(max_length=500)]


class LabelParameters(ask.Parameters):
    """Which labels, or which mentions to label."""

    brand: str | None = Field(None, max_length=200)
    limit: int = Field(100, ge=1, le=1000)


class LabelRecord(Record, frozen=True, kw_only=True):
    """One label that stands."""

    uid: str
    brand: str
    label: str
    by: str
    at: str


class SentLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label as a program sends it; `uid` is 32 hexadecimal digits."""

    uid: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    brand: Name
    label: Literal["negative", "neutral", "positive", "relevant", "irrelevant"]
    by: Name = ""


class SentLabels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request that labels."""

    labels: Annotated[tuple[SentLabel, ...], msgspec.Meta(min_length=1, max_length=MOST_LABELS)]


class Labels:
    """Serves labels."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    async def standing(self, request: Request) -> Response:
        """List the labels that stand, newest first."""
        asked = ask.parse(request, LabelParameters)
        held = [
            one for one in standing(await self._doors.mention_labels()).values() if asked.brand in (None, one.brand)
        ]
        held.sort(key=lambda label: (label.at, label.uid), reverse=True)
        return answer({"labels": [_record(label) for label in held[: asked.limit]]})

    async def next(self, request: Request) -> Response:
        """List the mentions whose label would teach most."""
        asked = ask.parse(request, LabelParameters)
        found = await self._doors.store.mentions(MentionQuery(brand=asked.brand, limit=LOOKED_AT))
        chosen = most_uncertain(found, await self._doors.mention_labels(), asked.limit)
        return answer({"mentions": [mention_record(stored) for stored in chosen]})

    async def give(self, request: Request) -> Response:
        """Record labels; those that stand already change nothing."""
        ask.parse(request, ask.NoParameters)
        principal = self._gate.require(request, Scope.ACT)
        body = await read_body(request, self._doors.limits.body, self._doors.limits.read)
        try:
            sent = msgspec.json.decode(body, type=SentLabels)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f'the body is not {{"labels": [{{"uid", "brand", "label"}}]}}: {error}') from error
        now = self._doors.clock.now()
        frames = [
            LabelFrame(
                at=now, uid=bytes.fromhex(one.uid), brand=one.brand, label=one.label, by=_name(one.by) or principal.name
            )
            for one in sent.labels
        ]
        recorded, unknown = await self._doors.label(frames)
        return answer({"recorded": recorded, "unknown": unknown})


def _name(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()


def _record(label: LabelFrame) -> LabelRecord:
    return LabelRecord(uid=label.uid.hex(), brand=label.brand, label=label.label, by=label.by, at=label.at.isoformat())
