"""Where a message about an incident would go, and why: for the command line."""

from __future__ import annotations

from collections.abc import Mapping

from crisiswatch.app import converting
from crisiswatch.app.asking import reading
from crisiswatch.app.building import playbooks
from crisiswatch.core.route_tracing import trace
from crisiswatch.core.routing import labels, route
from crisiswatch.settings import Settings


async def labels_of(settings: Settings, number: int) -> dict[str, str] | None:
    """Return the labels of a stored incident; None if there is none of that number."""
    async with reading(settings) as store:
        incident = await store.incident(number)
    if incident is None:
        return None
    kind = next((brand.kind for brand in settings.brands if brand.name == incident.brand), "brand")
    owner = next((book.owner for book in playbooks(settings) if book.name == incident.playbook), "")
    return labels(incident, kind, owner)


def explain_route(settings: Settings, given: Mapping[str, str]) -> dict[str, object]:
    """Return where these labels lead, and every node that was asked on the way."""
    kinds = {brand.name: brand.kind for brand in settings.brands}
    known = {"family": "crisis", "kind": kinds.get(given.get("brand", ""), "brand"), **given}
    tree = converting.route(settings.routes)
    found = route(tree, known)
    return {
        "schema_version": 1,
        "labels": known,
        "receivers": list(found.receivers),
        "escalation": found.escalation,
        "asked": [
            {
                "depth": asked.depth,
                "match": list(asked.matchers),
                "missed": list(asked.missed),
                "receivers": list(asked.receivers),
                "tells": asked.tells,
                "continue": asked.continues,
            }
            for asked in trace(tree, known)
        ],
    }


def route_lines(explained: Mapping[str, object]) -> list[str]:
    """Return the explanation as lines, indented as the tree is."""
    asked = explained["asked"]
    assert isinstance(asked, list), "made by explain_route"
    lines = []
    for node in asked:
        name = " and ".join(node["match"]) or ("every incident" if node["depth"] else "routes")
        told = ", ".join(node["receivers"])
        end = f"✖ no: {', '.join(node['missed'])}" if node["missed"] else f"✓ tells {told}" if node["tells"] else "✓"
        lines.append(f"{'  ' * node['depth']}{name}  {end}{'  (continues)' if node['continue'] else ''}")
    receivers = explained["receivers"]
    assert isinstance(receivers, list), "made by explain_route"
    lines.append("")
    lines.append(f"told: {', '.join(receivers) or 'nobody'}")
    lines.append(f"while nobody acknowledges: {explained['escalation'] or 'crisis-default'}")
    return lines
