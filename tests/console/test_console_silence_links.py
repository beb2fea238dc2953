"""The signed link that silences: GET asks, the button acts, for the hours offered, until it becomes worse."""

from __future__ import annotations

from datetime import timedelta

import pytest
from console_fakes import NOW, FakeStore, client
from test_console_signed_links import World, path, press

from crisiswatch.app.converting import matchers
from crisiswatch.console.acting import form_answer
from crisiswatch.core.answering import Deed
from crisiswatch.core.incidents import Incident
from crisiswatch.core.routing import labels
from crisiswatch.core.silences import Silence, about
from crisiswatch.errors import BadInput
from crisiswatch.settings import parse_matchers
from tests.builders import incident

HTML = {"Accept": "text/html"}
LINK = path(Deed.SILENCE)


class Keeping(FakeStore):
    """The console's fake store, which keeps silences as well."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Silence] = []

    async def save_silence(self, silence: Silence) -> None:
        self.kept.append(silence)


def world_with_silences() -> tuple[World, Keeping]:
    world, store = World(), Keeping()
    world.store = store
    return world, store


async def test_the_page_asks_and_the_button_silences_until_it_becomes_worse() -> None:
    world, store = world_with_silences()
    visitor = client(world.doors(read_matchers=matchers))

    page = await visitor.get(LINK, headers=HTML)
    before = list(store.kept)
    done = await press(visitor, LINK, name="Ana", hours="4", note="we know, fixed at noon")

    (silence,) = store.kept
    assert (page.status_code, "Silence it?" in page.text, before) == (200, True, [])
    assert (done.status_code, "It is silenced" in done.text) == (200, True)
    assert (silence.by, silence.reason) == ("Ana", "we know, fixed at noon (link to on-call)")
    assert silence.ends == NOW + timedelta(hours=4)
    assert world.answered == []


@pytest.mark.parametrize(
    "fields", [{"hours": "4"}, {"note": "why"}, {"hours": "900", "note": "why"}, {"hours": "-1", "note": "why"}]
)
async def test_a_silence_without_reason_or_with_other_hours_is_refused(fields: dict[str, str]) -> None:
    world, store = world_with_silences()

    refused = await press(client(world.doors(read_matchers=matchers)), LINK, name="Ana", **fields)

    assert (refused.status_code, store.kept) == (400, [])


async def test_a_link_to_acknowledge_silences_nothing() -> None:
    world, store = world_with_silences()

    await press(client(world.doors()), path(Deed.ACKNOWLEDGE), name="Ana", deed="silence", hours="4", note="why")

    assert ([given.deed for _, given in world.answered], store.kept) == ([Deed.ACKNOWLEDGE], [])


def test_the_form_of_an_incident_cannot_ask_for_a_silence_as_an_answer() -> None:
    with pytest.raises(BadInput, match="no answer"):
        form_answer({"deed": "silence"}, "Ana", "on the page")


@pytest.mark.parametrize("brand", ["Acme", 'A "B" \\ C', "x, family=blind", "Ünïcode & Söhne"])
def test_the_matchers_mean_this_brand_and_family_alone(brand: str) -> None:
    read = parse_matchers(about(incident(brand=brand))).all

    assert [(one.label, one.operator, one.value) for one in read] == [("brand", "=", brand), ("family", "=", "crisis")]
    assert _labels(incident(brand=brand))["brand"] == brand


def _labels(one: Incident) -> dict[str, str]:
    return dict(labels(one, "brand", ""))
