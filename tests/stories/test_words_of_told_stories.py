"""What some told stories say, word by word where the words are the point."""

from __future__ import annotations

import pytest
from living import Arrived, live
from playing import write


def arrived(name: str, factory: pytest.TempPathFactory) -> tuple[Arrived, ...]:
    posts = factory.mktemp(name) / "mentions.jsonl"
    write(f"told/{name}", posts)
    return live(name, posts).arrived


def test_each_receiver_reads_its_own_language_and_clock(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = arrived("three_languages", tmp_path_factory)

    first = {one.receiver: one.message for one in reversed(found)}
    assert {name: message.language for name, message in first.items()} == {
        "london": "en", "madrid": "es", "paris": "fr",
    }  # fmt: skip
    assert len({message.headline for message in first.values()}) == 3
    assert "10:00" in first["london"].since
    assert "11:00" in first["madrid"].since
    assert "11:00" in first["paris"].since


def test_a_digest_of_a_storm_names_what_it_stands_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = arrived("storm", tmp_path_factory)

    told = {one.message.brand for one in found if one.message.kind == "opened"}
    (digest,) = (one.message for one in found if one.message.kind == "digest")
    left = {"Norvik", "Tallis", "Globex", "Initech", "Umbra", "Vandel"} - told
    said = " ".join(f"{fact.label} {fact.value}" for fact in digest.facts)
    assert len(left) == 3
    assert all(brand in said for brand in left)


def test_a_late_summary_says_that_it_is_over(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = arrived("late_summary", tmp_path_factory)

    (message,) = (one.message for one in found if one.message.family == "crisis")
    assert message.is_over
    assert "10:00" in message.since


def test_the_card_of_the_first_brand_says_who_else_is_in_trouble_and_pings_nobody(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found = arrived("sector_event", tmp_path_factory)

    said = [(f"{one.at:%H:%M:%S}", one.message.kind, fact.value)
            for one in found if one.message.incident == "INC-2"
            for fact in one.message.facts if fact.label == "Sector"]  # fmt: skip
    assert said[0] == (
        "10:30:30", "updated", "Also in trouble: Tallis, Globex: it looks like the whole sector, not one brand.",
    )  # fmt: skip
    last = {one.message.incident: one.message for one in found}
    assert "Part of a sector event, told with INC-2." in {fact.value for fact in last["INC-4"].facts}
    assert {fact.value for fact in last["INC-2"].facts} >= {
        "In trouble at the same time: Tallis, Globex, Initech, Umbra."
    }
