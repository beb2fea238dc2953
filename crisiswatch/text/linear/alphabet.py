"""What every character is to the model: its plain form and its kind. The tables travel with the weights.

They are stored, not computed, so that a newer Unicode database cannot move a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POINTS = 0x20000
"""Code points that the tables know; those above (rare ideographs, tags) are dropped."""

SPACE, LETTER, DIGIT, MARK, EMOJI, DROPPED = range(6)
"""Kinds of characters, in the low three bits of a flag."""

KIND, UPPER, LATIN, ALIKE, LEET = 0x07, 0x08, 0x10, 0x20, 0x40
"""Bits of a flag: the kind; a capital; a Latin letter; a look-alike of one; a digit or sign that stands for one."""

ALIKE_FROM, ALIKE_TO = 0x370, 0x590
"""Where the scripts lie whose letters look like Latin ones."""

PERSON, LINK = 0xE001, 0xE002
"""Private code points that stand for a handle and for a link."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Tables by code point: `plain` form, `flags`; and what look-alikes and leet signs are read as."""

    plain: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    alike: NDArray[np.uint32]
    leet: NDArray[np.uint32]
