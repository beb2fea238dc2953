"""The alert as a person reads it: the numbers in the text of a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from harness.mailbox import part

_MENTIONS = re.compile(
    r"Mentions (?P<stories>[\d,]+) since (?:(?P<day>\d+ \w+) )?(?P<time>\d\d:\d\d) \((?P<span>.*?)\); "
    r"(?P<usual>.*?) Negative (?P<negative>\d+)% \(usually (?P<usual_negative>\d+)%\)"
)
_COPIES = re.compile(r"([\d,]+) with copies and reposts")
_AUTHORS = re.compile(r"Authors ([\d,]+) authors?")


@dataclass(frozen=True, slots=True)
class Alert:
    """What a mail says, in numbers. `copies` is `stories` where the mail names no copies."""

    sent_at: datetime
    since: datetime
    stories: int
    copies: int
    authors: int
    percent: int
    usual_percent: int


def read_alert(mail: EmailMessage) -> Alert:
    """Return the numbers of an English mail about a crisis."""
    text = " ".join(part(mail, "plain").split())
    found = _MENTIONS.search(text)
    authors = _AUTHORS.search(text)
    assert found is not None, text
    assert authors is not None, text
    copies = _COPIES.search(found["usual"])
    sent_at = parsedate_to_datetime(str(mail["Date"])).astimezone(UTC)
    return Alert(
        sent_at=sent_at,
        since=_since(found["day"], found["time"], sent_at),
        stories=_whole(found["stories"]),
        copies=_whole(copies[1] if copies else found["stories"]),
        authors=_whole(authors[1]),
        percent=int(found["negative"]),
        usual_percent=int(found["usual_negative"]),
    )


def _since(day: str | None, time: str, sent_at: datetime) -> datetime:
    """Return the moment that a mail names without year, and without day where it is that of the mail."""
    named = f"{day or f'{sent_at:%d %b}'} {sent_at.year} {time}"
    moment = datetime.strptime(named, "%d %b %Y %H:%M").replace(tzinfo=UTC)
    if moment <= sent_at:
        return moment
    return moment.replace(year=sent_at.year - 1) if day else moment - timedelta(days=1)  # sent right after midnight


def _whole(text: str) -> int:
    return int(text.replace(",", ""))
