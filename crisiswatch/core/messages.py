"""The channel-neutral message: what a person is told, before it becomes mail, chat or JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crisiswatch.core.models import Severity


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of evidence: a label and a sentence with its baseline."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A mention to read first. `text` is a stranger's: inert in every channel. `url` is http(s) or None."""

    who: str
    when: str
    text: str
    url: str | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The sentence that replaces the chart, and the chart, drawn when somebody asks: it takes a tenth of a second."""

    alt: str
    draw_svg: Callable[[], str]
    draw_png: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses on which this receiver may answer without a login; each shows a page, and only its button acts."""

    acknowledge: str
    verdict: str
    close: str
    silence: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in the order in which it is read; every string is plain text, nothing is markup.

    `headline` stands alone as a push preview (≤ 80 characters of it are seen). `key` is the deduplication key.
    `incident` is the name people use (`INC-7`), `number` counts this receiver's messages about it from 1, and
    `thread_subject` is the subject frozen at opening.
    `preview` is what a locked phone shows in at most 80 characters: brand, how bad, since when, about what, what to
    do; empty where the headline says it better. `topic` is what it is about, in one term.
    `silenced` says who silenced it, until when and why; empty where no silence holds it back.
    `links` are signed for this receiver; None where only the page of the incident can be offered.
    """

    key: str
    kind: str
    incident: str
    number: int
    receiver: str
    severity: Severity
    brand: str
    headline: str
    thread_subject: str
    state: str
    since: str
    opened_at: datetime
    sent_at: datetime
    facts: tuple[Fact, ...] = ()
    quotes: tuple[Quote, ...] = ()
    playbook: str = ""
    owner: str = ""
    playbook_reason: str = ""
    steps: tuple[str, ...] = ()
    holding_statement: str = ""
    why: tuple[str, ...] = ()
    data_health: str = ""
    url: str | None = None
    picture: Picture | None = None
    language: str = "en"
    is_test: bool = False
    links: Links | None = None
    is_acked: bool = False
    is_over: bool = False
    family: str = "crisis"
    preview: str = ""
    topic: str = ""
    silenced: str = ""
