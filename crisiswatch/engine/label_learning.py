"""Learns from labels: at the first tick after a label became known, in the order in which labels were given.

So a replay, which sees the same labels at the same times, learns the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from crisiswatch.core.correcting import Lesson, Lessons, fit_correction, take_lesson
from crisiswatch.core.counting import usual_histogram
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.label_frames import ForgetFrame, LabelFrame, Teaching
from crisiswatch.core.labelling import RELEVANCE, is_by_model
from crisiswatch.core.learning import LEAST_OWN, Example, OwnModel, Schooling, chance, note_trial, teach
from crisiswatch.core.models import Mention, Observation
from crisiswatch.core.sharing import Correction
from crisiswatch.core.steps import TextSteps
from crisiswatch.core.transactions import Enriched
from crisiswatch.engine.clock import tick_before
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.watched import Learns, Watched
from crisiswatch.ports import Store

VERSION = 1

JUST_AFTER = timedelta(microseconds=1)
"""What was given at the moment of a forgetting is forgotten, too."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class Learnt(msgspec.Struct):
    """What labels taught about one brand; labels given before `until` are learnt.

    `lessons` are of the shared model's scores, `own_lessons` of what the brand's own model said before each label;
    each has its correction.
    """

    version: int = VERSION
    until: datetime = BEGINNING
    lessons: Lessons = msgspec.field(default_factory=Lessons)
    own_lessons: Lessons = msgspec.field(default_factory=Lessons)
    correction: Correction = Correction()
    own_correction: Correction = Correction()
    sentiment: Schooling = msgspec.field(default_factory=Schooling)
    relevance: Schooling = msgspec.field(default_factory=Schooling)

    def shown(self, learns: Learns) -> Correction:
        """Return the correction of what is shown: that of the brand's own model where that speaks."""
        is_own = learns.sentiment and len(self.sentiment.examples) >= LEAST_OWN
        return self.own_correction if is_own else self.correction


class LabelLearning:
    """Keeps what was learnt of each brand, and puts it where it is used. Its callers hold the lock of `ingest`."""

    def __init__(self, store: Store, ingest: Ingest, brands: Callable[[], Mapping[str, Watched]]) -> None:
        self._store = store
        self._ingest = ingest
        self._brands = brands
        self._pending: dict[tuple[datetime, bytes, str, str], LabelFrame] = {}
        self._to_forget: dict[str, datetime] = {}
        self._models: dict[tuple[str, str], OwnModel] = {}
        self.learnt: dict[str, Learnt] = {}
        ingest.consider = self.consider

    def receive(self, label: Teaching) -> None:
        """Take a label that became known; the next `learn` of a later moment learns it. Known ones are left out.

        So is a forgetting, which drops what was learnt, and the labels that wait, of that moment and before.
        """
        learnt = self.learnt.get(label.brand)
        if learnt is not None and label.at < learnt.until:
            return
        if isinstance(label, ForgetFrame):
            self._to_forget[label.brand] = max(label.at, self._to_forget.get(label.brand, label.at))
        else:
            self._pending[label.at, label.uid, label.brand, label.label] = label

    async def learn(self, before: datetime) -> None:
        """Learn the labels given before that moment of the grid; what was forgotten before it goes first."""
        for name in [name for name, at in self._to_forget.items() if at < before]:
            self._forget(name, self._to_forget.pop(name))
        due = [key for key in sorted(self._pending) if key[0] < before]
        if due:
            labels = [self._pending.pop(key) for key in due]
            mentions = await self._store.mentions_by_uid([label.uid for label in labels])
            self._take(labels, mentions)
            for name in {label.brand for label in labels}:
                if name in self.learnt:
                    self.learnt[name].until = before
        self._show()

    def _forget(self, name: str, at: datetime) -> None:
        self.learnt[name] = Learnt(until=at + JUST_AFTER)
        self._models = {key: model for key, model in self._models.items() if key[0] != name}
        self._pending = {key: one for key, one in self._pending.items() if one.brand != name or one.at > at}

    async def consider(self, enriched: Enriched) -> Enriched:
        """Return a batch with what the brands' own models say, as they were when it was observed."""
        seen = enriched.observations
        if not seen or not (self.learnt or self._pending or self._to_forget):
            return enriched
        await self.learn(tick_before(min(one.observed_at for one in seen)))
        texts = {mention.uid: whole_text(mention) for mention in enriched.mentions}
        judged: dict[tuple[bytes, str], Observation] = {}
        for name in {one.brand for one in seen} & set(self.learnt):
            mine = [one for one in seen if one.brand == name]
            judged |= {(one.uid, name): one for one in self._judged(name, mine, [texts[one.uid] for one in mine])}
        found = tuple(judged.get((one.uid, one.brand), one) for one in seen)
        return replace(enriched, observations=found)

    async def save(self, at: datetime) -> None:
        """Save what was learnt: texts are wiped sooner than labels."""
        for name, learnt in self.learnt.items():
            await self._store.save_checkpoint(_name(name), at, msgspec.msgpack.encode(learnt))

    async def restore(self, now: datetime) -> None:
        """Take up what was learnt, and the labels that came since. What cannot be read is learnt anew."""
        kept = await self._store.load_checkpoints([_name(name) for name in self._brands()])
        for name in self._brands():
            if _name(name) in kept:
                self._take_up(name, kept[_name(name)][1])
        for kind in ("forget", "label"):
            for frame in await self._store.frames(BEGINNING, now, kind):
                if isinstance(frame, Teaching):
                    self.receive(frame)

    def _take_up(self, name: str, data: bytes) -> None:
        try:
            kept = msgspec.msgpack.decode(data, type=Learnt)
        except msgspec.MsgspecError as error:
            log.warning("learnt_left_aside", brand=name, reason=str(error))
            return
        if kept.version == VERSION:
            self.learnt[name] = kept
            self._models = {key: model for key, model in self._models.items() if key[0] != name}

    def _take(self, labels: Sequence[LabelFrame], mentions: Mapping[bytes, Mention]) -> None:
        brands = self._brands()
        known = [one for one in labels if one.brand in brands and one.uid in mentions and mentions[one.uid].text]
        texts = [whole_text(mentions[label.uid]) for label in known]
        scores = self._steps.negativity.score(texts, [mentions[one.uid].language for one in known]) if known else ()
        buckets = self._steps.own.buckets(texts) if self._steps.own else [()] * len(known)
        for label, score, words in zip(known, scores, buckets, strict=True):
            if label.label in RELEVANCE:
                self._learn_relevance(label, words)
            elif score is not None:
                self._learn_sentiment(label, log_odds(score), words, brands[label.brand])
        for name in {label.brand for label in known} & set(self.learnt):
            learnt = self.learnt[name]
            learnt.correction = fit_correction(learnt.lessons)
            learnt.own_correction = fit_correction(learnt.own_lessons)

    def _learn_sentiment(self, label: LabelFrame, odds: float, words: tuple[int, ...], watched: Watched) -> None:
        learnt = self.learnt.setdefault(label.brand, Learnt())
        answer, usual = label.label == "negative", usual_histogram(watched.counting)
        is_second_hand = is_by_model(label)
        take_lesson(learnt.lessons, label.uid, Lesson(odds, answer, is_second_hand), usual)
        model = self._model(label.brand, "sentiment", learnt.sentiment)
        if model is not None:
            # What it says before it learns the label: afterwards it would only repeat it.
            said = model.score_many([odds], [words])[0]
            take_lesson(learnt.own_lessons, label.uid, Lesson(said, answer, is_second_hand), usual)
        if model is not None and not is_second_hand:
            self._teach((label.brand, "sentiment"), learnt.sentiment, model, Example(label.uid, odds, words, answer))

    def _learn_relevance(self, label: LabelFrame, words: tuple[int, ...]) -> None:
        learnt, answer = self.learnt.setdefault(label.brand, Learnt()), label.label == "relevant"
        model = self._model(label.brand, "relevance", learnt.relevance)
        if model is not None:
            note_trial(learnt.relevance, model.score_many([0.0], [words])[0], answer)
            self._teach((label.brand, "relevance"), learnt.relevance, model, Example(label.uid, 0.0, words, answer))

    def _teach(self, key: tuple[str, str], schooling: Schooling, model: OwnModel, example: Example) -> None:
        taught = teach(schooling, model, example)
        if taught is None:
            del self._models[key]

    def _model(self, name: str, kind: str, schooling: Schooling) -> OwnModel | None:
        """Return a brand's own model, made from its examples where there is none yet; None without text functions."""
        own, key = self._steps.own, (name, kind)
        if own is not None and key not in self._models:
            self._models[key] = (own.sentiment if kind == "sentiment" else own.relevance)(schooling.examples)
        return self._models.get(key)

    def _judged(self, name: str, seen: Sequence[Observation], texts: Sequence[str]) -> Sequence[Observation]:
        """Return what was seen of a brand with what its own models say of it."""
        learnt, learns = self.learnt[name], self._brands()[name].plan.learns
        is_adapted = learns.sentiment and len(learnt.sentiment.examples) >= LEAST_OWN
        is_sorted = learns.relevance and learnt.relevance.is_ready_for_relevance
        if self._steps.own is None or not (is_adapted or is_sorted):
            return seen
        words = self._steps.own.buckets(texts)
        sentiment = self._model(name, "sentiment", learnt.sentiment) if is_adapted else None
        relevance = self._model(name, "relevance", learnt.relevance) if is_sorted else None
        if sentiment is not None:
            odds = sentiment.score_many([log_odds(one.negativity or 0.5) for one in seen], words)
            seen = [_adapted(one, said) for one, said in zip(seen, odds, strict=True)]
        if relevance is not None:
            odds = relevance.score_many([0.0] * len(seen), words)
            seen = [msgspec.structs.replace(one, relevance=chance(said)) for one, said in zip(seen, odds, strict=True)]
        return seen

    def _show(self) -> None:
        """Put corrections where shares are worked out; a reload may have begun to count anew."""
        brands = self._brands()
        for name, learnt in self.learnt.items():
            if name in brands:
                brands[name].counting.correction = learnt.shown(brands[name].plan.learns)

    @property
    def _steps(self) -> TextSteps:
        assert self._ingest.lens is not None, "settings are in force before anything is learnt"
        return self._ingest.lens.steps


async def saved_correction(store: Store, brand: str, learns: Learns) -> Correction:
    """Return the correction of a brand's share as it was last saved; the plain one where nothing can be read."""
    found = (await store.load_checkpoints([_name(brand)])).get(_name(brand))
    try:
        return msgspec.msgpack.decode(found[1], type=Learnt).shown(learns) if found else Correction()
    except msgspec.MsgspecError:
        return Correction()


async def drop_erased(store: Store, brand: str) -> int:
    """Remove what mentions taught that have been erased, from what was last saved; return how many there were."""
    found = (await store.load_checkpoints([_name(brand)])).get(_name(brand))
    if found is None:
        return 0
    try:
        learnt = msgspec.msgpack.decode(found[1], type=Learnt)
    except msgspec.MsgspecError:
        await store.save_checkpoint(_name(brand), found[0], msgspec.msgpack.encode(Learnt()))
        return 0
    uids = {one.uid for each in (learnt.sentiment, learnt.relevance) for one in each.examples}
    uids |= {*learnt.lessons.by_mention, *learnt.own_lessons.by_mention}
    known = await store.mentions_by_uid(sorted(uids))
    erased = {uid for uid in uids if uid not in known or _is_erased(known[uid])}
    for schooling in (learnt.sentiment, learnt.relevance):
        schooling.examples = [one for one in schooling.examples if one.uid not in erased]
    for lessons in (learnt.lessons, learnt.own_lessons):
        lessons.by_mention = {uid: lesson for uid, lesson in lessons.by_mention.items() if uid not in erased}
    await store.save_checkpoint(_name(brand), found[0], msgspec.msgpack.encode(learnt))
    return len(erased)


def _is_erased(mention: Mention) -> bool:
    """Tell whether text, author and link are wiped; age alone takes the text."""
    return not mention.text and mention.author is None and mention.permalink is None


def log_odds(score: float) -> float:
    """Return the log-odds of a probability, within bounds."""
    kept = min(1 - 1e-6, max(1e-6, score))
    return math.log(kept / (1 - kept))


def _adapted(seen: Observation, odds: float) -> Observation:
    return seen if seen.negativity is None else msgspec.structs.replace(seen, adapted=chance(odds))


def _name(brand: str) -> str:
    return f"learnt/{brand}"
