"""The tick: every brand is counted and judged, then decided upon, and what changed is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.answering import Answer, Deed, answer
from crisiswatch.core.assessing import Assessment
from crisiswatch.core.auditing import violations
from crisiswatch.core.deciding import Policy, also_told, decide, needs_evidence, record, tell
from crisiswatch.core.incidents import Change, Condition, Evidence, Incident
from crisiswatch.core.label_frames import Teaching
from crisiswatch.core.lifecycle import Timers, Transition, close
from crisiswatch.core.metric_series import Investigate
from crisiswatch.core.models import Frame, MetricFrame, PlannedEventFrame, Severity
from crisiswatch.core.routing import Route, plan_notifications
from crisiswatch.core.steps import Detector
from crisiswatch.core.transactions import Amendment, Decision
from crisiswatch.engine.beginning import begin, go_on
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.ingesting import Delivery, Ingest
from crisiswatch.engine.judging_brands import assess_brand, is_urgent, judge_brand, look_again
from crisiswatch.engine.label_learning import LabelLearning
from crisiswatch.engine.observing import Observer
from crisiswatch.engine.sectors import Sectors
from crisiswatch.engine.watched import (
    OWN,
    Onlooker,
    Plan,
    Watched,
    allot,
    blindness,
    hand_over,
    hand_over_points,
    is_due,
    is_idle,
    take,
    take_points,
)
from crisiswatch.engine.witnessing import Witness, read_words
from crisiswatch.errors import Conflict
from crisiswatch.ports import Store

CRISIS = "crisis"
"""The family of what is said about a brand."""

AT_ONCE = 100
"""Brands that are decided upon together: the words of their closed buckets are read in one go."""

log = structlog.get_logger()


class Watcher:
    """Holds the live state of every brand; the only writer of incidents."""

    def __init__(self, store: Store, ingest: Ingest, observer: Observer, failpoints: Failpoints) -> None:
        self._store = store
        self._ingest = ingest
        self._observer = observer
        self._failpoints = failpoints
        self._witness = Witness(store, lambda: self.brands)
        self.sectors = Sectors(self.incidents, lambda: self.brands)
        self.learning = LabelLearning(store, ingest, lambda: self.brands)
        self._incidents: dict[tuple[str, str], Incident] = {}
        self._turn = asyncio.Lock()
        self.brands: dict[str, Watched] = {}
        self.own_policy = Policy(OWN, "self", Route(()))
        self.on_change: Callable[[Incident], None] = _nobody
        self.on_effect: Callable[[Investigate], None] = _nothing
        self.onlooker: Onlooker | None = None
        ingest.deliver = self.receive

    def use(self, plans: Sequence[Plan], detector: Callable[[timedelta, bytes | None], Detector]) -> None:
        """Watch these brands from now on; brands that stay keep their state."""
        known, self.brands = self.brands, {}
        for plan in plans:
            name = plan.policy.brand
            former = known.get(name)
            if former is not None and former.counting.bucket == plan.bucket:
                self.brands[name] = go_on(former, plan, detector)
            else:
                self.brands[name] = begin(plan, detector)

    def receive(self, delivery: Delivery) -> None:
        """Take what a commit brought; the next tick looks at it."""
        for observation in delivery.observations:
            watched = self.brands.get(observation.brand)
            if watched is not None:
                watched.inbox.append(observation)
        for piece in delivery.coverage:
            hand_over(piece, self.brands.values())
        hand_over_points(delivery.points, self.brands)

    async def take_frame(self, frame: Frame) -> None:
        """Record an input that is not mentions, and act on it."""
        await self._store.commit_frame(frame)
        self.note(frame)

    def note(self, frame: Frame) -> None:
        """Act on an input that is not mentions: an event gets known, a label teaches, points are to be judged."""
        if isinstance(frame, Teaching):
            self.learning.receive(frame)
        if isinstance(frame, MetricFrame):
            hand_over_points(frame.points, self.brands)
        if isinstance(frame, PlannedEventFrame) and frame.event.brand in self.brands:
            watched = self.brands[frame.event.brand]
            known = dict.fromkeys((*watched.plan.events, frame.event))
            watched.plan = replace(watched.plan, events=tuple(known))

    async def load_incidents(self) -> None:
        """Take up the incidents that are not final."""
        self._incidents = {(i.brand, i.family): i for i in await self._store.unfinished()}

    async def close_unwatched(self, now: datetime) -> None:
        """Close what is open about brands that are not watched any more: announced is closed."""
        async with self._turn:
            for (brand, _), incident in list(self._incidents.items()):
                if brand not in self.brands and brand != OWN and incident.is_open:
                    await self._close(incident, now)

    async def _close(self, incident: Incident, now: datetime) -> None:
        transition = close(incident, now, "the brand is not watched any more")
        told, notifications = plan_notifications(transition, (), frozenset(), now)
        decision = record(incident, told, transition.events, notifications)
        if decision is not None:
            await self._commit(decision)

    async def tick(self, now: datetime) -> None:
        """Judge every brand at `now`, which sees what was observed before it; then decide, upon the worst first.

        Batches wait until all are judged and the worst decided upon: in a flood each would have its turn between any
        two brands. What was observed before `now` was handed over by who held the lock then.
        """
        async with self._turn:
            async with self._ingest.lock:
                await self.learning.learn(now)
                allot(self.brands.values(), now)
                judged = []
                for watched in list(self.brands.values()):
                    if self._judge(watched, now):
                        judged.append(watched)
                        await asyncio.sleep(0)  # messages are sent meanwhile, and pages shown
                judged.sort(key=lambda watched: not is_urgent(watched, now))
                await self._decide_upon(judged[:AT_ONCE], now)
            for first in range(AT_ONCE, len(judged), AT_ONCE):
                await self._decide_upon(judged[first : first + AT_ONCE], now)
            for joined in self.sectors.due(now):
                await self._commit(joined)
        await self._observer.ticked(now, list(self.brands.values()), list(self._incidents.values()))

    def advance(self, watched: Watched, now: datetime) -> None:
        """Count and learn up to `now` without deciding: how a restart catches up with what was already decided."""
        observations, points = take(watched, now), take_points(watched, now)
        if observations or points is not None or is_due(watched.counting, now):
            watched.judgement = judge_brand(watched, observations, now)

    async def acknowledge(self, number: int, by: str, now: datetime) -> Incident | None:
        """Record that a person took an incident; None if there is no such incident."""
        return await self.answer(number, Answer(Deed.ACKNOWLEDGE, by), now)

    async def answer(self, number: int, given: Answer, now: datetime) -> Incident | None:
        """Record what a person did to an incident, and tell of it; None if there is no such incident."""
        async with self._turn:  # between ticks: a tick decides upon what it read
            return await self._answer(number, given, now)

    async def _answer(self, number: int, given: Answer, now: datetime) -> Incident | None:
        incident = await self._store.incident(number)
        if incident is None:
            return None
        plan = self.brands[incident.brand].plan if incident.brand in self.brands else None
        current = self._incidents.get((incident.brand, incident.family), incident)
        if current.id != incident.id:
            current = incident
        timers = plan.policy.timers if plan else Timers()
        transition = answer(current, given, timers, now)
        told, owed = plan_notifications(transition, (), plan.policy.edits if plan else frozenset(), now)
        decision = record(current, told, transition.events, owed)
        return await self._commit(decision, "answer") if decision else current

    def incidents(self) -> list[Incident]:
        """Return the incidents that are not final, as they are now."""
        return list(self._incidents.values())

    async def tick_own(self, troubles: Mapping[str, Assessment], now: datetime) -> None:
        """Decide upon the daemon's own troubles, given by family; what is not among them is over."""
        async with self._turn:
            known = {family for brand, family in self._incidents if brand == OWN}
            for family in sorted(known | set(troubles)):
                incident = self._incidents.get((OWN, family))
                assessment = troubles.get(family, Assessment(Severity.CALM, 0.0))
                never = frozenset({family.removeprefix("self:")}) if family.startswith("self:") else frozenset()
                policy = replace(self.own_policy, never=never)
                decision = decide(incident, (OWN, family), assessment, None, policy, now)
                if decision is not None:
                    await self._commit(decision, "own")

    async def tell_also(self, id: str, receiver: str, now: datetime) -> bool:
        """Owe the opening of an incident to one more receiver; False if it is over, or that receiver knows of it."""
        async with self._turn:
            incident = next((one for one in self._incidents.values() if one.id == id), None)
            if incident is None or not incident.is_open or receiver in incident.told:
                return False
            decision = also_told(incident, receiver, now)
            await self._commit(decision, "fallback")
            return True

    async def amend(self, id: str, change: Amendment) -> None:
        """Commit what `change` makes of an incident, open or over, and of who has a card that can be edited."""
        async with self._turn:
            live = (one for one in self._incidents.values() if one.id == id)
            incident = next(live, None) or await self._store.incident_by_id(id)
            watched = self.brands.get(incident.brand) if incident else None
            edits = (watched.plan.policy if watched else self.own_policy).edits
            if incident and (decision := change(incident, edits)):
                await self._commit(decision)

    async def repair(self, now: datetime) -> int:
        """Take the steps that the auditor misses; return how many incidents lacked one."""
        async with self._turn:
            stuck = violations(self._incidents.values(), now)
            for incident in stuck:
                log.error("escalation_was_stuck", incident=incident.name)
                watched = self.brands.get(incident.brand)
                policy = watched.plan.policy if watched is not None else self.own_policy
                due = replace(incident, next_step_at=incident.next_step_at or now)
                decision = tell(incident, Transition(due, Change.NONE), policy, now)
                if decision is not None:
                    await self._commit(decision)
        return len(stuck)

    def _judge(self, watched: Watched, now: datetime) -> bool:
        """Judge a brand about which there is news, or that is near to something; tell whether it was."""
        # Taken one by one: a tick that fails on the way leaves the rest to the next.
        observations, points = take(watched, now), take_points(watched, now)
        for effect in points or ():
            self.on_effect(effect)
        has_news = bool(observations) or points is not None or is_due(watched.counting, now)
        if not has_news and not watched.is_undecided and is_idle(watched, self._incidents.get((watched.brand, CRISIS))):
            look_again(self.onlooker, watched, now)
            return False
        watched.judgement, watched.is_undecided = judge_brand(watched, observations, now), True
        if self.onlooker is not None and (has_news or self.onlooker.is_busy(watched)):
            self.onlooker.judged(watched, watched.judging.judgements[0].reading, now)
        return True

    async def _decide_upon(self, brands: Sequence[Watched], now: datetime) -> None:
        """Decide upon brands that were judged just before, one after the other."""
        await read_words(self._store, brands, now)
        for watched in brands:
            assessment, incident = assess_brand(watched, now), self._incidents.get((watched.brand, CRISIS))
            evidence = None
            if needs_evidence(incident, assessment, now):
                evidence = await self._witness.testify(watched, incident, assessment, now)
            await self._decide(watched, CRISIS, assessment, evidence, now)
            await self._decide(watched, "blind", blindness(watched, now), None, now)
            watched.is_undecided = False
            await asyncio.sleep(0)

    async def _decide(
        self, watched: Watched, family: str, assessment: Assessment, evidence: Evidence | None, now: datetime
    ) -> None:
        subject = (watched.brand, family)
        decision = decide(self._incidents.get(subject), subject, assessment, evidence, watched.plan.policy, now)
        if decision is not None:
            await self._commit(self.sectors.joined(decision, now))

    async def _commit(self, decision: Decision, cause: str = "watch") -> Incident:
        self._failpoints.reach(f"{cause}.before_commit")
        try:
            incident = await self._store.commit_decision(decision)
        except Conflict:
            log.warning("incident_changed_elsewhere", incident=decision.incident.id)
            await self.load_incidents()
            raise
        self._failpoints.reach(f"{cause}.after_commit")
        subject = (incident.brand, incident.family)
        if incident.condition is Condition.FINAL:
            known = self._incidents.get(subject)
            if known is not None and known.id == incident.id:  # a verdict on an old one leaves a new one open
                del self._incidents[subject]
        else:
            self._incidents[subject] = incident
        self._observer.changed(incident, decision.events)
        if decision.events or decision.notifications:
            self.on_change(incident)
        return incident


def _nobody(incident: Incident) -> None:
    """Stand in for those who want to hear of changes, until app.py connects them."""


def _nothing(effect: Investigate) -> None:
    """Stand in for the poller: a recording has nobody to ask."""
