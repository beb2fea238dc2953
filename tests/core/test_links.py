"""Signed links: whole, in time, by a known key; anything else is nothing."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from crisiswatch.core.answering import Deed
from crisiswatch.core.links import LIVES, VERSION, Link, sign, verify
from tests.builders import NOON

OLD, NEW = b"o" * 32, b"n" * 32
LINK = Link(VERSION, Deed.ACKNOWLEDGE, "01K", "on-call", int((NOON + LIVES).timestamp()), "0123abcd")


def test_a_link_comes_back_as_it_was_signed() -> None:
    assert verify(sign(LINK, [NEW]), [NEW], NOON) == LINK


def test_every_changed_character_makes_it_nothing() -> None:
    token = sign(LINK, [NEW])

    accepted = [
        position
        for position, character in enumerate(token)
        for other in "Aa0-_."
        if other != character and verify(token[:position] + other + token[position + 1 :], [NEW], NOON)
    ]

    assert accepted == []


def test_every_flipped_bit_makes_it_nothing() -> None:
    token = sign(LINK, [NEW])
    flipped = (
        token[:position] + chr(ord(token[position]) ^ 1 << bit) + token[position + 1 :]
        for position in range(len(token))
        for bit in range(7)
    )

    assert [one for one in flipped if verify(one, [NEW], NOON)] == []


@pytest.mark.parametrize(("late", "works"), [(timedelta(seconds=-1), True), (timedelta(0), False)])
def test_a_link_ends_with_its_time(late: timedelta, works: bool) -> None:
    assert (verify(sign(LINK, [NEW]), [NEW], NOON + LIVES + late) is not None) is works


def test_after_a_rotation_old_links_work_until_their_key_is_gone() -> None:
    token = sign(LINK, [OLD])

    assert verify(token, [NEW, OLD], NOON) == LINK
    assert verify(token, [NEW], NOON) is None
    assert sign(LINK, [NEW, OLD]) == sign(LINK, [NEW])


def test_another_deed_or_receiver_has_another_signature() -> None:
    tokens = {sign(LINK, [NEW])}
    tokens |= {sign(replace_link(deed=deed), [NEW]) for deed in (Deed.VERDICT, Deed.CLOSE)}
    tokens.add(sign(replace_link(receiver="somebody-else"), [NEW]))

    assert len({token.rpartition(".")[2] for token in tokens}) == 4


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "é.é.é", "x" * 600, sign(LINK, [NEW])[:-1], "\x00.\x00.\x00"]
)
def test_nonsense_is_nothing(token: str) -> None:
    assert verify(token, [NEW], NOON) is None


def test_a_link_of_another_version_or_of_the_end_of_time_is_nothing() -> None:
    for changed in (replace_link(version=2), replace_link(expires=10**18)):
        assert verify(sign(changed, [NEW]), [NEW], NOON) is None


def replace_link(**changes: object) -> Link:
    return msgspec.structs.replace(LINK, **changes)


def test_links_are_short_enough_for_a_line_of_a_mail() -> None:
    long = replace_link(incident="0" * 26, receiver="r" * 60)

    assert len(sign(long, [NEW])) < 300
