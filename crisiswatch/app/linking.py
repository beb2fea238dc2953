"""Signs the links of one message for one receiver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from crisiswatch.core.answering import Deed
from crisiswatch.core.links import LIVES, VERSION, Link, sign
from crisiswatch.core.outbox import Notification


def signer(notification: Notification, keys: Sequence[bytes], now: datetime) -> Callable[[Deed], str]:
    """Return what makes the token of a deed: for this incident and receiver, for three days from `now`."""
    expires = int((now + LIVES).timestamp())

    def token(deed: Deed) -> str:
        link = Link(VERSION, deed, notification.incident, notification.receiver, expires, notification.key[:8])
        return sign(link, keys)

    return token
