"""Buckets: five minutes of one brand, and what is kept of every mention behind their counts."""

from __future__ import annotations

from datetime import datetime

import msgspec

ARRAY_HEADER = b"\xdd"
"""MessagePack's mark of an array whose length follows in four bytes."""


class Item(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is kept of one observation. `bin` is its negativity's (-1: not scored); `is_first` of its story.

    `shown` is the bin of the negativity by the brand's own model, where there is one: for shares that people see.
    """

    uid: bytes
    source: str
    language: str
    author: str | None
    bin: int
    story: int
    is_first: bool
    event_time: datetime
    reactions: int
    rules: tuple[str, ...] = ()
    shown: int | None = None

    @property
    def shown_bin(self) -> int:
        """Return the bin that shares are worked out from."""
        return self.bin if self.shown is None else self.shown


class Part(msgspec.Struct, array_like=True):
    """What one source has of a bucket; a story is its source's that told it first."""

    stories: int = 0
    negative: float = 0.0
    copies: int = 0


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Item])


class Bucket(msgspec.Struct):
    """Five minutes of one brand: totals, and the items behind them; `irrelevant` ones are in no other number.

    Items are kept as bytes, one behind the other as they came: as objects they take five times the memory, and they
    are read only where somebody asks for evidence. `packed` holds `kept` of them, one of every `step` that came. None
    are kept of a bucket whose items gave way; its totals, and the names of the rules that they met, stay. `parts` are
    its sources, of a brand that has several, until the bucket is learnt.
    """

    start: datetime
    stories: int = 0
    negative: float = 0.0
    copies: int = 0
    covered: float = 0.0
    irrelevant: int = 0
    rules: list[str] = msgspec.field(default_factory=list)
    parts: dict[str, Part] = msgspec.field(default_factory=dict)
    kept: int = 0
    step: int = 1
    packed: bytearray = msgspec.field(default_factory=bytearray)

    @property
    def items(self) -> list[Item]:
        """Return the items that are kept, in the order in which they came; each call makes them anew."""
        if not self.kept:
            return []
        return _DECODER.decode(b"".join((ARRAY_HEADER, self.kept.to_bytes(4, "big"), self.packed)))

    def add(self, item: Item, negative: float, most: int) -> None:
        """Count an item that weighs so much as a negative one, and keep it; of more than `most` every other one."""
        if self.copies % self.step == 0:
            _ENCODER.encode_into(item, self.packed, -1)
            self.kept += 1
        self.copies += 1
        if item.is_first:
            self.stories += 1
            self.negative += negative
        if item.rules:
            self.rules += [rule for rule in item.rules if rule not in self.rules]
        if self.kept > most:
            self._thin()

    def let_go(self) -> None:
        """Keep the totals alone."""
        self.kept, self.packed = 0, bytearray()

    def close(self) -> None:
        """Give back the room that was held ready: no items are to come."""
        self.packed = bytearray(bytes(self.packed))

    def _thin(self) -> None:
        items = self.items[::2]
        self.step, self.kept, self.packed = 2 * self.step, len(items), bytearray()
        for item in items:
            _ENCODER.encode_into(item, self.packed, -1)
