"""Frames that say what a person thinks of mentions: labels, and that what they taught is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class LabelFrame(msgspec.Struct, frozen=True, kw_only=True, tag="label"):
    """A person's label of one mention: a sentiment, or a relevance to the brand."""

    at: datetime
    uid: bytes
    brand: str
    label: Literal["negative", "neutral", "positive", "relevant", "irrelevant"]
    by: str = ""


class ForgetFrame(msgspec.Struct, frozen=True, kw_only=True, tag="forget"):
    """A person has what labels taught about a brand up to then forgotten; the labels stay recorded."""

    at: datetime
    brand: str


Teaching = LabelFrame | ForgetFrame
"""What a brand is taught by."""
