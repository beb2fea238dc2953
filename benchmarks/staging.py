"""How an incident of each type behaves, as the definition of the type says; written with the model in sight."""

from __future__ import annotations

from collections.abc import Mapping

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.steps import Behaviour

_PEOPLE = Authenticity(copied=0.2, distinct=0.95, new_authors=0.5, regular=0.0, pairs=0)
_NEWS = Authenticity(copied=0.6, distinct=0.9, new_authors=0.6, regular=0.0, pairs=1)
_VIRAL = Authenticity(copied=0.8, distinct=0.97, new_authors=0.85, regular=0.0, pairs=0)
_STAGED = Authenticity(copied=0.8, distinct=0.5, new_authors=0.95, regular=0.6, pairs=12)


def _of(authenticity: Authenticity, **kinds: float) -> Behaviour:
    return Behaviour(authenticity, {"post": 1.0 - sum(kinds.values()), **kinds})


BEHAVIOURS: Mapping[str, Behaviour] = {
    "outage": _of(_PEOPLE),
    "product_defect": _of(_PEOPLE, review=0.5, comment=0.2),
    "safety": _of(_PEOPLE, article=0.3),
    "data_breach": _of(_NEWS, article=0.4),
    "executive_misconduct": _of(_NEWS, article=0.6),
    "employee_misbehaviour": _of(_VIRAL, video=0.3, comment=0.4),
    "values_backlash": _of(_VIRAL, comment=0.4),
    "boycott": _of(_VIRAL),
    "misinformation": _of(_VIRAL),
    "coordinated_attack": _of(_STAGED),
    "impersonation": _of(_PEOPLE),
    "service_pile_on": _of(_PEOPLE, comment=0.6),
    "labour_dispute": _of(_NEWS, article=0.4),
    "legal": _of(_NEWS, article=0.7),
    "financial": _of(_NEWS, article=0.5),
    "policy_change": _of(_PEOPLE, comment=0.4),
    "third_party": _of(_NEWS, article=0.4),
    "external_tragedy": _of(_NEWS, article=0.4),
    "positive_viral": _of(_VIRAL),
    "unclear": _of(_PEOPLE),
}
"""By type: who speaks, where, and how much of it is repeated."""
