"""Inhibition: while one incident is open and known, what only follows from it tells nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crisiswatch.core.routing import Matcher

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inhibition:
    """An incident that meets `sources` holds back those that meet `targets` and share the labels in `equal`."""

    name: str
    sources: tuple[Matcher, ...]
    targets: tuple[Matcher, ...]
    equal: tuple[str, ...] = ("brand",)


@dataclass(frozen=True, slots=True)
class Known:
    """An open incident that people know of: told to somebody, or acknowledged. `name` is INC-n."""

    id: str
    name: str
    labels: Labels


def inhibitor(
    incident: str, labels: Labels, inhibitions: Sequence[Inhibition], known: Sequence[Known]
) -> tuple[Inhibition, Known] | None:
    """Return what holds an incident back, and which rule says so.

    An incident that meets both sides of a rule is never held back by it, so that two cannot silence each other.
    """
    for rule in inhibitions:
        if not _meets(rule.targets, labels) or _meets(rule.sources, labels):
            continue
        for other in known:
            if other.id != incident and _meets(rule.sources, other.labels) and _agree(rule, labels, other.labels):
                return rule, other
    return None


def _meets(matchers: Sequence[Matcher], labels: Labels) -> bool:
    return all(matcher.test(labels.get(matcher.label, "")) for matcher in matchers)


def _agree(rule: Inhibition, labels: Labels, others: Labels) -> bool:
    return all(labels.get(name, "") == others.get(name, "") for name in rule.equal)
