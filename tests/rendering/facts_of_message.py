"""Finds a fact of a message by its label."""

from __future__ import annotations

from crisiswatch.core.messages import Message


def _fact(told: Message, label: str) -> str | None:
    return next((fact.value for fact in told.facts if fact.label == label), None)
