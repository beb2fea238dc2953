"""Which credential a source asks with, and which budget its requests come under."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import BaseModel, SecretStr

from crisiswatch.plugins import Budget, Budgeting


def secrets(options: BaseModel) -> list[str]:
    """Return the secrets in a source's options, in their order: who has the same is counted together."""
    return [secret.get_secret_value() for secret in _found(options)]


def budget_of(source: object) -> Callable[[str], Budget | None]:
    """Return which budget a request to an address comes under."""
    if isinstance(source, Budgeting):
        return source.budget_for
    budget = getattr(source, "budget", None)
    return lambda url: budget if isinstance(budget, Budget) else None


def _found(value: object) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _found(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _found(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _found(item)
