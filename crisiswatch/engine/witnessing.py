"""What the engine reads from the store to explain an incident: texts, words, the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from crisiswatch.core.assessing import WATCH_AT, Assessment
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.explaining import gather, needs_words, to_read, with_words
from crisiswatch.core.incidents import Evidence, Incident
from crisiswatch.core.judging import ALL_SOURCES, planned_event
from crisiswatch.core.models import Judgement
from crisiswatch.core.neighbours import Neighbour, ranked, regard
from crisiswatch.core.noticing import Unread, begin_of, learn_words
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.stories import first_of_each
from crisiswatch.engine.watched import Watched
from crisiswatch.ports import Store

USUAL_TEXTS = 300
"""Texts from before the trouble that drivers are compared with."""

BUCKETS_READ = 48
"""Closed buckets of one brand whose texts are read together."""


class Witness:
    """Gives evidence of a brand, with the brands beside it."""

    def __init__(self, store: Store, brands: Callable[[], Mapping[str, Watched]]) -> None:
        self._store = store
        self._brands = brands

    async def testify(
        self, watched: Watched, incident: Incident | None, assessment: Assessment, now: datetime
    ) -> Evidence:
        """Return the evidence at `now`; texts are read anew only when there is enough news."""
        assert watched.judgement is not None, "judged just before"
        is_running = incident is not None and incident.is_open
        previous = incident.evidence if incident is not None and is_running else None
        reading = watched.judgement.reading
        if assessment.is_only_noticed:
            reading = replace(reading, since=begin_of(now, watched.counting.bucket))
        elif previous is not None and previous.is_noticed:
            previous = None  # the trouble is another one now: what was noticed before it would dilute it
        evidence = gather(watched.counting, watched.judging, reading, previous, now)
        event = planned_event(watched.plan.events, now)
        evidence = replace(
            evidence,
            is_noticed=assessment.is_only_noticed,
            alone=_alone(watched.judgement),
            planned_event=event.name if event else None,
            neighbours=ranked(self._neighbours(watched, now)),
        )
        return await self._with_words(watched, evidence, now) if needs_words(evidence, previous) else evidence

    async def _with_words(self, watched: Watched, evidence: Evidence, now: datetime) -> Evidence:
        reader = to_read(watched.counting, evidence)
        mentions = await self._store.mentions_by_uid([*reader.texts, *reader.posts])
        usual = await self._store.mentions(
            MentionQuery(brand=watched.brand, end=evidence.since, observed_before=now, limit=USUAL_TEXTS)
        )
        texts = [usual[place].mention.text for place in first_of_each([stored.sketch for stored in usual], now)]
        return with_words(evidence, reader, mentions, texts, watched.plan.tools)

    def _neighbours(self, watched: Watched, now: datetime) -> list[Neighbour]:
        """Return its competitors, and every industry that is watched, as they were judged last."""
        brands = self._brands()
        industries = [name for name, other in brands.items() if other.plan.policy.kind == "industry"]
        names = dict.fromkeys([*watched.plan.competitors, *industries])
        found = [brands[name] for name in names if name in brands and name != watched.brand]
        return [
            regard(other.counting, other.plan.policy.kind, other.judgement, other.judging.blind_since is not None, now)
            for other in found
            if other.judgement is not None
        ]


def _alone(judgement: Judgement) -> str | None:
    """Return the source that is louder than all of them together, if there is one worth watching."""
    return judgement.series if judgement.series != ALL_SOURCES and judgement.score >= WATCH_AT else None


async def read_words(store: Store, brands: Iterable[Watched], now: datetime) -> None:
    """Learn the words of the buckets that closed: they say which words are new. Brands' texts are read together."""
    unread = [watched for watched in brands if watched.judging.noticing.words is not None]
    while unread := [watched for watched in unread if watched.judging.noticing.unread]:
        pages = [(watched, _next_pages(watched)) for watched in unread]
        uids = {uid for _, some in pages for page in some for uid in page.uids}
        mentions = await store.mentions_by_uid(sorted(uids)) if uids else {}
        for watched, some in pages:
            words_of = watched.plan.tools.words
            mine = {uid for page in some for uid in page.uids} & mentions.keys()
            words = {uid: words_of(whole_text(mentions[uid])) for uid in mine}
            learn_words(watched.judging.noticing, some, words, now)


def _next_pages(watched: Watched) -> list[Unread]:
    """Take the oldest buckets that are unread, a limited number."""
    unread = watched.judging.noticing.unread
    pages = unread[:BUCKETS_READ]
    del unread[:BUCKETS_READ]
    return pages
