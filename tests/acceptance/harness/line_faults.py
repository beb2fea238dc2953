"""What can go wrong on the way to a service, and what that must mean: 24 faults, each for every channel."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from crisiswatch.core.outbox import Outcome

CHANNELS = ("slack", "email", "webhook", "pagerduty", "apprise")

MEANINGS = {"d": Outcome.DELIVERED, "r": Outcome.REFUSED, "u": Outcome.UNKNOWN, "x": Outcome.REJECTED}


class Act(Enum):
    """What a server does in place of an answer."""

    HANG = "say nothing more"
    RESET = "reset the connection"
    HALF_CLOSE = "close its own half of the connection"
    DRIP = "answer byte by byte, for ever"
    FLOOD = "answer without an end"


class Pace(Enum):
    """How fast answers come: at once, late, or over a line that loses three segments in ten."""

    AT_ONCE = "at once"
    LATE = "late"
    LOSSY = "lossy"


class Way(Enum):
    """What stands between the daemon and the service."""

    OPEN = "nothing"
    CLOSED_PORT = "nobody listens"
    BLACK_HOLE = "packets vanish"
    EXPIRED = "the certificate has expired"
    OTHER_HOST = "the certificate is another host's"
    NO_NAME = "the name does not exist"
    STUCK_NAME = "the name server does not answer"


@dataclass(frozen=True)
class Fault:
    """`http` answers every request, `smtp` single commands; `means` has a letter for each of CHANNELS.

    `wait` is the time to come back that Slack, webhooks and PagerDuty must have understood.
    """

    name: str
    means: str
    http: bytes | Act | None = None
    smtp: Mapping[str, bytes | Act] = field(default_factory=dict)
    way: Way = Way.OPEN
    pace: Pace = Pace.AT_ONCE
    wait: timedelta | None = None

    @property
    def goes_on(self) -> bool:
        """Tell whether nothing but a deadline ends the attempt, in one channel or another."""
        acts = {Act.HANG, Act.HALF_CLOSE, Act.DRIP, Act.FLOOD}
        return self.way in (Way.BLACK_HOLE, Way.STUCK_NAME) or not acts.isdisjoint((self.http, *self.smtp.values()))

    def meaning(self, channel: str) -> Outcome:
        """Return what an attempt through that channel must have come to."""
        return MEANINGS[self.means[CHANNELS.index(channel)]]


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP answer whose length is right unless `headers` say otherwise."""
    told = {"Content-Length": str(len(body)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = (f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items()), "", "")
    return "\r\n".join(head).encode() + body


GOOD = answer("200 OK", b'{"ok":true,"channel":"C0PRALERTS","ts":"1772373600.000100"}')
_PAGE = b"<!doctype html><html><body><h1>We will be back soon</h1></body></html>"
_BOMB = gzip.compress(b"\0" * 8_000_000)
_LIMITED = b'{"ok":false,"error":"ratelimited"}'
_TO_METADATA = "http://169.254.169.254/latest/meta-data/"

FAULTS = (
    Fault("nobody listens", "rrrru", way=Way.CLOSED_PORT),
    Fault("packets vanish", "rrrru", way=Way.BLACK_HOLE),
    Fault("reset before the request is read", "uruuu", Act.RESET, {"CONNECT": Act.RESET}),
    Fault("reset after the request", "uuuuu", Act.RESET, {"END": Act.RESET}),
    Fault("half closed after the request", "uuuuu", Act.HALF_CLOSE, {"END": Act.HALF_CLOSE}),
    Fault("one byte at a time, for ever", "uuuuu", Act.DRIP, {"END": Act.DRIP}),
    Fault("a late answer", "ddddd", pace=Pace.LATE),
    Fault("three segments in ten lost", "ddddd", pace=Pace.LOSSY),
    Fault("too many requests, come back in 7 s", "rrrru", answer("429 Slow down", _LIMITED, Retry_After="7"),
          {"MAIL": b"421 4.7.0 come back in 7 s"}, wait=timedelta(seconds=7)),
    Fault("too many requests, unreadable wait", "rrrru", answer("429 Slow down", _LIMITED, Retry_After="-1"),
          {"RCPT": b"450 4.7.1 greylisted"}),
    Fault("an error of the server", "rrrru", answer("500 Oops", b"oops"), {"END": b"451 4.3.0 oops"}),
    Fault("a page of HTML with 503", "rxrru", answer("503 Down", _PAGE), {"CONNECT": b"554 <html>no mail here</html>"}),
    Fault("refused in the service's own words", "xxxxu",
          answer("403 No", b'{"ok":false,"error":"invalid_auth","message":"who are you?"}'),
          {"RCPT": b"550 5.1.1 nobody of that name"}),
    Fault("a page of HTML with 200", "urddd", answer("200 OK", _PAGE), {"CONNECT": b"<html>sign in first</html>"}),
    Fault("an error with OK in it", "xxddd", answer("200 OK", b'{"ok":false,"error":"account_inactive","say":"OK"}'),
          {"RCPT": b"550 OK is not what this is"}),
    Fault("an answer without words", "udddd", answer("204 No Content"), {"END": b"250"}),
    Fault("sent on to an address inside", "xxxxu", answer("302 Found", Location=_TO_METADATA),
          {"RCPT": b"551 try <http://169.254.169.254/>"}),
    Fault("an expired certificate", "rrrru", way=Way.EXPIRED),
    Fault("another host's certificate", "rrrru", way=Way.OTHER_HOST),
    Fault("an unknown name", "rrrru", way=Way.NO_NAME),
    Fault("a name server that does not answer", "rrrru", way=Way.STUCK_NAME),
    Fault("a body without an end", "urddu", Act.FLOOD, {"CONNECT": Act.FLOOD}),
    Fault("a small body that swells", "urddd", answer("200 OK", _BOMB, Content_Encoding="gzip"),
          {"CONNECT": b"220 " + b"a" * 1_000_000}),
    Fault("a body shorter than announced", "uuddu", answer("200 OK", b'{"ok":', Content_Length="900000000"),
          {"END": b"250-and"}),
)  # fmt: skip
