"""What the engine reads from the store to explain an incident: texts, words, the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from crisiswatch.core.assessing import WATCH_AT, Assessment
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.explaining import gather, needs_words, to_read, with_words
from crisiswatch.core.incidents import Evidence, Incident
from crisiswatch.core.judging import ALL_SOURCES, planned_event
from crisiswatch.core.models import Judgement
from crisiswatch.core.neighbours import Neighbour, ranked, regard
from crisiswatch.core.noticing import begin_of, learn_words
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.stories import first_of_each
from crisiswatch.engine.watched import Watched
from crisiswatch.ports import Store

USUAL_TEXTS = 300
"""Texts from before the trouble that drivers are compared with."""

BUCKETS_READ = 48
"""Closed buckets whose texts are read together."""


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


async def read_words(store: Store, watched: Watched, now: datetime) -> None:
    """Learn the words of the buckets that closed, a limited number at a time: they say which words are new."""
    noticing = watched.judging.noticing
    while noticing.words is not None and noticing.unread:
        pages = noticing.unread[:BUCKETS_READ]
        del noticing.unread[:BUCKETS_READ]
        mentions = await store.mentions_by_uid([uid for page in pages for uid in page.uids])
        words_of = watched.plan.tools.words
        learn_words(noticing, pages, {uid: words_of(whole_text(each)) for uid, each in mentions.items()}, now)
