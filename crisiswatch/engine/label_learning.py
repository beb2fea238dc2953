"""Learns from labels: at the first tick after a label became known, in the order in which labels were given.

So a replay, which sees the same labels at the same times, learns the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from crisiswatch.core.correcting import Lesson, Lessons, fit_correction, take_lesson
from crisiswatch.core.counting import usual_histogram
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.labelling import RELEVANCE
from crisiswatch.core.models import LabelFrame, Mention
from crisiswatch.core.sharing import Correction
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.watched import Watched
from crisiswatch.ports import Store

VERSION = 1

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class Learnt(msgspec.Struct):
    """What labels taught about one brand; labels given before `until` are learnt."""

    version: int = VERSION
    until: datetime = BEGINNING
    lessons: Lessons = msgspec.field(default_factory=Lessons)
    correction: Correction = Correction()


class LabelLearning:
    """Keeps what was learnt of each brand, and puts it where it is used. Its callers hold the lock of `ingest`."""

    def __init__(self, store: Store, ingest: Ingest, brands: Callable[[], Mapping[str, Watched]]) -> None:
        self._store = store
        self._ingest = ingest
        self._brands = brands
        self._pending: dict[tuple[datetime, bytes, str, str], LabelFrame] = {}
        self.learnt: dict[str, Learnt] = {}

    def receive(self, label: LabelFrame) -> None:
        """Take a label that became known; the next `learn` of a later moment learns it. Known ones are left out."""
        learnt = self.learnt.get(label.brand)
        if learnt is None or label.at >= learnt.until:
            self._pending[label.at, label.uid, label.brand, label.label] = label

    async def learn(self, before: datetime) -> None:
        """Learn the labels given before that moment of the grid."""
        due = [key for key in sorted(self._pending) if key[0] < before]
        if due:
            labels = [self._pending.pop(key) for key in due]
            mentions = await self._store.mentions_by_uid([label.uid for label in labels])
            self._take(labels, mentions)
            for name in {label.brand for label in labels}:
                if name in self.learnt:
                    self.learnt[name].until = before
        self._show()

    async def save(self, at: datetime) -> None:
        """Save what was learnt: texts are wiped sooner than labels."""
        for name, learnt in self.learnt.items():
            await self._store.save_checkpoint(_name(name), at, msgspec.msgpack.encode(learnt))

    async def restore(self, now: datetime) -> None:
        """Take up what was learnt, and the labels that came since. What cannot be read is learnt anew."""
        for name in self._brands():
            found = await self._store.load_checkpoint(_name(name))
            if found is not None:
                self._take_up(name, found[1])
        for frame in await self._store.frames(BEGINNING, now, "label"):
            if isinstance(frame, LabelFrame):
                self.receive(frame)

    def _take_up(self, name: str, data: bytes) -> None:
        try:
            kept = msgspec.msgpack.decode(data, type=Learnt)
        except msgspec.MsgspecError as error:
            log.warning("learnt_left_aside", brand=name, reason=str(error))
            return
        if kept.version == VERSION:
            self.learnt[name] = kept

    def _take(self, labels: Sequence[LabelFrame], mentions: Mapping[bytes, Mention]) -> None:
        brands = self._brands()
        known = [one for one in labels if one.brand in brands and one.uid in mentions and mentions[one.uid].text]
        sentiments = [label for label in known if label.label not in RELEVANCE]
        for label, score in zip(sentiments, self._scores(sentiments, mentions), strict=True):
            if score is not None:
                learnt = self.learnt.setdefault(label.brand, Learnt())
                lesson = Lesson(log_odds(score), label.label == "negative")
                take_lesson(learnt.lessons, label.uid, lesson, usual_histogram(brands[label.brand].counting))
        for name in {label.brand for label in sentiments} & set(self.learnt):
            self.learnt[name].correction = fit_correction(self.learnt[name].lessons)

    def _scores(self, labels: Sequence[LabelFrame], mentions: Mapping[bytes, Mention]) -> Sequence[float | None]:
        assert self._ingest.lens is not None, "settings are in force before anything is learnt"
        read = [mentions[label.uid] for label in labels]
        texts = [whole_text(mention) for mention in read]
        return self._ingest.lens.steps.negativity.score(texts, [mention.language for mention in read]) if texts else ()

    def _show(self) -> None:
        """Put corrections where shares are worked out; a reload may have begun to count anew."""
        brands = self._brands()
        for name, learnt in self.learnt.items():
            if name in brands:
                brands[name].counting.correction = learnt.correction


def log_odds(score: float) -> float:
    """Return the log-odds of a probability, within bounds."""
    kept = min(1 - 1e-6, max(1e-6, score))
    return math.log(kept / (1 - kept))


def _name(brand: str) -> str:
    return f"learnt/{brand}"
