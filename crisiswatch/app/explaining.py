"""Why it fired, and why it did not: every gate of an incident's opening, or of any moment of the stored past."""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry

from crisiswatch.app.asking import reading
from crisiswatch.app.building import Application, World
from crisiswatch.core.explaining import recent_counts
from crisiswatch.core.gates import Gate, Moment, gates, would_alert
from crisiswatch.core.growing import doubling_time
from crisiswatch.core.incidents import Incident
from crisiswatch.core.judging import holding_rules, planned_event
from crisiswatch.engine.clock import DrivenClock, tick_before
from crisiswatch.engine.observing import Unobserved
from crisiswatch.engine.watched import Watched
from crisiswatch.engine.witnessing import read_words
from crisiswatch.errors import BadInput
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import Settings


async def explain_moment(settings: Settings, brand: str, at: datetime) -> tuple[tuple[Gate, ...], bool]:
    """Return every gate of a brand at a moment, and whether they let an alert through.

    The state is rebuilt from the stored observations before that moment. Raises BadInput if there are none.
    """
    async with reading(settings) as store:
        application = _application(settings, store, at)
        await application.checkpoints.rebuild(tick_before(at))
        watched = application.watcher.brands[brand]
        await read_words(store, (watched,), at)
    if watched.judgement is None:
        raise BadInput(f"nothing is stored about {brand} before {at.isoformat()}")
    plan = watched.plan
    moment = Moment(
        judgement=watched.judgement,
        covered=watched.judging.covered,
        rules=plan.rules,
        held=holding_rules(watched.judging, plan.rules, at),
        event=planned_event(plan.events, at),
        most=plan.policy.most,
        notices=watched.judging.noticing.notices,
        doubling=_doubling(watched, at),
        series=watched.judging.judgements,
    )
    found = gates(moment)
    return found, would_alert(found)


def _doubling(watched: Watched, at: datetime) -> timedelta | None:
    since = watched.judgement.reading.since if watched.judgement is not None else None
    if since is None:
        return None
    return doubling_time(recent_counts(watched.counting, since, tick_before(at)), watched.counting.bucket)


async def find_incident(settings: Settings, number: int) -> Incident | None:
    """Return an incident of the store."""
    async with reading(settings) as store:
        return await store.incident(number)


def _application(settings: Settings, store: Store, at: datetime) -> Application:
    world = World.recorded(store, DrivenClock(at), Metrics(CollectorRegistry()), b"")
    application = Application(world, Unobserved())
    application.use(settings, tuple(entry.name for entry in settings.sources))
    return application
