"""Judge once, decide per budget: what other thresholds would have made of the same readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crisiswatch.core.assessing import Assessment, assess
from crisiswatch.core.incidents import Change, Condition, Incident
from crisiswatch.core.judging import Rule, Thresholds, loudest, to_judgements
from crisiswatch.core.lifecycle import Timers, Transition, advance
from crisiswatch.core.models import PlannedEvent, Reading, Severity


@dataclass(frozen=True, slots=True)
class Look:
    """What one tick showed of one brand, before thresholds; `held` are the rules that hold, `blindness` of now.

    `alone` are the readings of each of its `sources` that was heard of, where it has several.
    """

    brand: str
    reading: Reading
    held: Sequence[Rule]
    event: PlannedEvent | None
    most: Severity
    is_blind: bool
    blindness: Assessment
    timers: Timers
    alone: Mapping[str, Reading] = field(default_factory=dict)
    sources: int = 1


@dataclass(slots=True)
class Trial:
    """One way to set the thresholds of every brand, and the incidents it would have led to, in order of opening.

    Detectors learn the same whatever the thresholds are: only deciding has to be done again. `warning` and `critical`
    are the false alarms per week of the trial; None where every brand keeps its own.
    """

    thresholds: Mapping[str, Thresholds]
    warning: float | None = None
    critical: float | None = None
    running: dict[tuple[str, str], Incident] = field(default_factory=dict)
    opened: dict[str, Incident] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Return what opened, as it stands now."""
        return tuple(self.opened.values())


def consider(trial: Trial, look: Look, now: datetime) -> None:
    """Decide as the watcher does, with the trial's thresholds; evidence and messages are left out."""
    thresholds = trial.thresholds[look.brand]
    judgements = to_judgements(look.reading, look.alone, look.sources, thresholds, look.event)
    trial.scores[look.brand] = loudest(judgements).score
    _step(trial, (look.brand, "crisis"), assess(judgements, look.held, look.most, look.is_blind), look.timers, now)
    _step(trial, (look.brand, "blind"), look.blindness, look.timers, now)


def _step(trial: Trial, subject: tuple[str, str], assessment: Assessment, timers: Timers, now: datetime) -> None:
    transition = advance(trial.running.get(subject), subject, assessment, timers, now)
    if transition is None:
        return
    incident = _numbered(trial, transition)
    if incident.condition is Condition.FINAL:
        trial.running.pop(subject, None)
    else:
        trial.running[subject] = incident
    if incident.number is not None:
        trial.opened[incident.id] = incident


def _numbered(trial: Trial, transition: Transition) -> Incident:
    if transition.change is Change.OPENED:
        return replace(transition.incident, number=len(trial.opened) + 1)
    return transition.incident
