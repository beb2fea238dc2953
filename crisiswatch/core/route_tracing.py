"""Why a message goes where it goes: every node of the routing tree that was asked, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crisiswatch.core.routing import Route

LABELS = ("brand", "family", "kind", "severity", "incident_type", "owner", "rule")
"""The labels that matchers see."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One node that was asked. `missed` are the matchers that did not hold; it `tells` if the walk ended here."""

    depth: int
    matchers: tuple[str, ...]
    missed: tuple[str, ...]
    receivers: tuple[str, ...]
    tells: bool
    continues: bool

    @property
    def is_met(self) -> bool:
        """Tell whether every matcher held."""
        return not self.missed


def trace(tree: Route, labels: Mapping[str, str]) -> tuple[Asked, ...]:
    """Return the nodes in the order in which they are asked; those that tell are exactly where `route` leads."""
    return tuple(_walk(tree, labels, 0, tree.receivers))


def _walk(node: Route, labels: Mapping[str, str], depth: int, inherited: tuple[str, ...]) -> list[Asked]:
    receivers = node.receivers or inherited
    missed = tuple(one.text for one in node.matchers if not one.test(labels.get(one.label, "")))
    below: list[Asked] = []
    is_taken = False
    for child in node.routes if not missed else ():
        below += _walk(child, labels, depth + 1, receivers)
        if child.matches(labels):
            is_taken = True
            if not child.continues:
                break
    texts = tuple(one.text for one in node.matchers)
    return [Asked(depth, texts, missed, receivers, not missed and not is_taken, node.continues), *below]
