"""What may be asked of the API in a query string, checked at the edge."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from crisiswatch.console.problems import FieldProblem
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.core.queries import IncidentQuery, MentionQuery

P = TypeVar("P", bound="Parameters")

_LIST_LIMIT = 1000


class WrongParameters(Exception):
    """The query string cannot be used; carries what is wrong with each parameter."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, errors: tuple[FieldProblem, ...]) -> None:
        super().__init__("the query string cannot be used")
        self.errors = errors


class Parameters(BaseModel):
    """Base of the query strings: unknown parameters are errors, so that a typo never widens a question."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IncidentParameters(Parameters):
    """`open` is true, false or left out."""

    brand: str | None = Field(None, max_length=200)
    open: bool | None = None
    since: AwareDatetime | None = None
    limit: int = Field(100, ge=1, le=_LIST_LIMIT)

    def query(self) -> IncidentQuery:
        """Return the question to the store."""
        return IncidentQuery(brand=self.brand, is_open=self.open, since=self.since, limit=self.limit)


class MentionParameters(Parameters):
    """`text` is matched as plain words; `start` and `end` are RFC 3339 with an offset."""

    brand: str | None = Field(None, max_length=200)
    source: str | None = Field(None, max_length=200)
    language: str | None = Field(None, max_length=20)
    text: str | None = Field(None, max_length=500)
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    limit: int = Field(100, ge=1, le=_LIST_LIMIT)

    def query(self) -> MentionQuery:
        """Return the question to the store."""
        return MentionQuery(**self.model_dump())


class OutboxParameters(Parameters):
    """`state` may be repeated."""

    state: tuple[DeliveryState, ...] = ()
    limit: int = Field(100, ge=1, le=_LIST_LIMIT)


class NoParameters(Parameters):
    """Nothing can be asked."""


def parse(request: Request, model: type[P]) -> P:
    """Return the query string as checked values. Raises WrongParameters."""
    try:
        return model.model_validate(_values(request, model))
    except ValidationError as error:
        problems = (
            FieldProblem(name=".".join(str(part) for part in found["loc"]), message=found["msg"])
            for found in error.errors(include_input=False, include_url=False)
        )
        raise WrongParameters(tuple(problems)) from error


def _values(request: Request, model: type[Parameters]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name in request.query_params:
        given = request.query_params.getlist(name)
        values[name] = given if name == "state" and "state" in model.model_fields else given[-1]
    return values
