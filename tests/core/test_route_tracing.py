"""The explanation of a route says what the route does: the nodes that tell are where it leads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.route_tracing import trace
from crisiswatch.core.routing import Matcher, Route, route


def equals(label: str, value: str) -> Matcher:
    return Matcher(label, lambda text: text == value, f'{label}="{value}"')


TREE = Route(
    ("pr",),
    routes=(
        Route(("on-call",), (equals("severity", "critical"),), continues=True),
        Route(("product",), (equals("incident_type", "safety"),), (Route(("legal",), (equals("brand", "Acme"),)),)),
    ),
)

names = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2, unique=True).map(tuple)
matchers = st.lists(st.builds(equals, st.sampled_from(["x", "y"]), st.sampled_from(["0", "1"])), max_size=2).map(tuple)
trees = st.recursive(
    st.builds(Route, names, matchers, continues=st.booleans()),
    lambda below: st.builds(
        Route, names, matchers, st.lists(below, max_size=3).map(tuple), continues=st.booleans()
    ),
    max_leaves=8,
)  # fmt: skip


@given(trees, st.fixed_dictionaries({"x": st.sampled_from(["0", "1"]), "y": st.sampled_from(["0", "1"])}))
def test_those_that_tell_are_where_the_route_leads(tree: Route, labels: dict[str, str]) -> None:
    root = Route(("root",), routes=tree.routes)

    told = [name for asked in trace(root, labels) if asked.tells for name in asked.receivers]

    assert tuple(dict.fromkeys(told)) == route(root, labels).receivers


def test_every_node_that_was_asked_says_what_it_missed() -> None:
    asked = trace(TREE, {"severity": "critical", "incident_type": "safety", "brand": "Globex"})

    assert [(one.depth, one.receivers, one.missed, one.tells) for one in asked] == [
        (0, ("pr",), (), False),
        (1, ("on-call",), (), True),
        (1, ("product",), (), True),
        (2, ("legal",), ('brand="Acme"',), False),
    ]


def test_what_comes_after_a_match_is_not_asked() -> None:
    tree = Route(("pr",), routes=(Route(("a",)), Route(("b",))))

    assert [one.receivers for one in trace(tree, {})] == [("pr",), ("a",)]
