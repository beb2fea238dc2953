"""Frame lines: inputs that are not mentions (coverage, planned events, labels, config, heartbeat)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from crisiswatch.core.label_frames import ForgetFrame, LabelFrame
from crisiswatch.core.models import (
    ConfigFrame,
    Coverage,
    Frame,
    Heartbeat,
    Mention,
    MetricFrame,
    MetricPoint,
    PlannedEvent,
    PlannedEventFrame,
    Quality,
)
from crisiswatch.errors import BadInput
from crisiswatch.sources.importing.records import Moment, clean, plausible

NAME_LIMIT = 500

LONGEST_POINT = 31 * 86_400.0
"""Seconds that one point of a metric series may stand for."""


class CoverageLine(msgspec.Struct, frozen=True, tag_field="frame", tag="coverage"):
    """`{"frame": "coverage", "source", "start", "end"}`, with an optional quality."""

    source: str
    start: Moment
    end: Moment
    quality: Quality | None = None

    def read(self) -> Coverage:
        """Return the coverage."""
        start, end = _stretch(self.start, self.end)
        return Coverage(clean(self.source, NAME_LIMIT), start, end, self.quality or Quality.COMPLETE)


class PlannedEventLine(msgspec.Struct, frozen=True, tag_field="frame", tag="planned_event"):
    """`{"frame": "planned_event", "brand", "name", "start", "end"}`; `at`: when it became known (its start)."""

    brand: str
    name: str
    start: Moment
    end: Moment
    at: Moment | None = None

    def read(self) -> PlannedEventFrame:
        """Return the planned event."""
        start, end = _stretch(self.start, self.end)
        event = PlannedEvent(
            brand=clean(self.brand, NAME_LIMIT), name=clean(self.name, NAME_LIMIT), start=start, end=end
        )
        return PlannedEventFrame(at=plausible(self.at or start, "at"), event=event)


class MetricLine(msgspec.Struct, frozen=True, tag_field="frame", tag="metric"):
    """`{"frame": "metric", "source", "series", "brand", "start", "seconds", "value"}`: one point of a metric series.

    `at`: when it became known (its end); `is_mood`: less is worse.
    """

    source: str
    series: str
    brand: str
    start: Moment
    seconds: float
    value: float
    is_mood: bool = False
    at: Moment | None = None

    def read(self) -> MetricFrame:
        """Return the point."""
        if not (1 <= self.seconds <= LONGEST_POINT and abs(self.value) < 1e15):
            raise BadInput(f"seconds must lie between 1 and {LONGEST_POINT:g}, and value must be a number")
        start, length = plausible(self.start, "start"), timedelta(seconds=self.seconds)
        at = plausible(self.at or start + length, "at")
        source, series, brand = (clean(name, NAME_LIMIT) for name in (self.source, self.series, self.brand))
        point = MetricPoint(source, series, brand, start, length, self.value, self.is_mood, at)
        return MetricFrame(at=at, points=(point,))


class LabelLine(msgspec.Struct, frozen=True, tag_field="frame", tag="label"):
    """`{"frame": "label", "at", "brand", "label", "external_id"}`; the mention by its id, or by `uid` in hex."""

    at: Moment
    brand: str
    label: Literal["negative", "neutral", "positive", "relevant", "irrelevant"]
    external_id: str | None = None
    source: str | None = None
    instance: str | None = None
    uid: str | None = None
    by: str | None = None

    def read(self) -> LabelFrame:
        """Return the label."""
        return LabelFrame(
            at=plausible(self.at, "at"),
            uid=self._uid(),
            brand=clean(self.brand, NAME_LIMIT),
            label=self.label,
            by=clean(self.by or "", NAME_LIMIT),
        )

    def _uid(self) -> bytes:
        if self.external_id:
            source, instance = self.source or "replay", self.instance or ""
            return Mention(source=source, instance=instance, external_id=self.external_id, text="").uid
        try:
            uid = bytes.fromhex(self.uid or "")
        except ValueError as error:
            raise BadInput("uid is not hexadecimal") from error
        if len(uid) != 16:
            raise BadInput("a label needs external_id, or uid as 32 hexadecimal digits")
        return uid


class ForgetLine(msgspec.Struct, frozen=True, tag_field="frame", tag="forget"):
    """`{"frame": "forget", "at", "brand"}`: what labels taught about a brand was forgotten."""

    at: Moment
    brand: str

    def read(self) -> ForgetFrame:
        """Return the forgetting."""
        return ForgetFrame(at=plausible(self.at, "at"), brand=clean(self.brand, NAME_LIMIT))


class ConfigLine(msgspec.Struct, frozen=True, tag_field="frame", tag="config"):
    """`{"frame": "config", "at", "config_hash"}`."""

    at: Moment
    config_hash: str

    def read(self) -> ConfigFrame:
        """Return the change of configuration."""
        return ConfigFrame(at=plausible(self.at, "at"), config_hash=clean(self.config_hash, NAME_LIMIT))


class HeartbeatLine(msgspec.Struct, frozen=True, tag_field="frame", tag="heartbeat"):
    """`{"frame": "heartbeat", "now"}`."""

    now: Moment

    def read(self) -> Heartbeat:
        """Return the heartbeat."""
        return Heartbeat(now=plausible(self.now, "now"))


FrameLine = CoverageLine | MetricLine | PlannedEventLine | LabelLine | ForgetLine | ConfigLine | HeartbeatLine

_frame_lines: msgspec.json.Decoder[FrameLine] = msgspec.json.Decoder(FrameLine)


def read_frame(line: bytes) -> Coverage | Frame:
    """Return the input that a frame line holds. Raises BadInput."""
    try:
        return _frame_lines.decode(line).read()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(str(error)) from error


def _stretch(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = plausible(start, "start"), plausible(end, "end")
    if end <= start:
        raise BadInput("end must be after start")
    return start, end
