"""What stands behind the console in its tests: small fakes of the doors, and values to show."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from crisiswatch.console.application import create_app
from crisiswatch.console.doors import (
    BrandStatus,
    Doors,
    Health,
    IncidentChange,
    Scope,
    SourceStatus,
    Status,
    Token,
)
from crisiswatch.console.tokens import hash_token, new_token
from crisiswatch.core.answering import Answer, Deed, answer
from crisiswatch.core.incidents import Change, Condition, Event, Evidence, Incident, Reason
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.messages import Fact, Message, Picture, Quote
from crisiswatch.core.models import Batch, Mention, Severity
from crisiswatch.core.outbox import DeliveryState, OutboxRow
from crisiswatch.core.queries import IncidentQuery, MentionQuery, StoredMention
from crisiswatch.core.series import Point, Series

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
START = NOW - timedelta(minutes=40)
HTML = {"Accept": "text/html"}
_PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")


class FakeClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    async def sleep(self, delay: timedelta) -> None:
        self.time += delay


class FakeStore:
    """Only what the console asks; a write would be an AttributeError, and fail the test."""

    def __init__(self) -> None:
        self.known: list[Incident] = [critical(), warning(), closed()]
        self.history: dict[str, list[Event]] = {"01CRITICAL": history()}
        self.posts: list[StoredMention] = []
        self.rows: list[OutboxRow] = []
        self.asked: list[object] = []
        self.error: Exception | None = None

    async def incident(self, number: int) -> Incident | None:
        return next((one for one in self.known if one.number == number), None)

    async def incident_by_id(self, id: str) -> Incident | None:
        return next((one for one in self.known if one.id == id), None)

    async def incidents(self, query: IncidentQuery) -> Sequence[Incident]:
        self.asked.append(query)
        if self.error:
            raise self.error
        found = [one for one in self.known if query.is_open is None or one.is_open == query.is_open]
        found = [one for one in found if query.ids is None or one.id in query.ids]
        return found[: query.limit]

    async def events(self, incident: str) -> Sequence[Event]:
        return self.history.get(incident, [])

    async def mentions(self, query: MentionQuery) -> Sequence[StoredMention]:
        self.asked.append(query)
        return self.posts

    async def outbox(self, states: Sequence[DeliveryState] = (), limit: int = 100) -> Sequence[OutboxRow]:
        return [row for row in self.rows if not states or row.state in states][:limit]


DELIVERY = Batch(mentions=(Mention(source="inbox", external_id="1", text="smoke"),), skipped=2)


@dataclass
class FakeHook:
    name: str = "inbox"
    error: Exception | None = None
    batch: Batch = DELIVERY
    received: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        self.received.append((headers, body))
        if self.error:
            raise self.error
        return self.batch


class World:
    """The doors with everything that went through them."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.clock = FakeClock()
        self.hook = FakeHook()
        self.told: dict[str, Message] = {}
        self.state = Status(
            brands=(
                BrandStatus("Acme"),
                BrandStatus("Globex", "competitor", learnt=timedelta(days=3), needs=timedelta(days=14)),
            ),
            sources=(
                SourceStatus(
                    "press", "rss", last_item_at=NOW - timedelta(minutes=4), next_poll_at=NOW + timedelta(minutes=2)
                ),
                SourceStatus("fediverse", "mastodon", problem="timed out 3 times, since 13:40 UTC"),
            ),
        )
        self.health = Health(is_live=True, is_ready=True)
        self.reloads = 0
        self.reload_answer = (True, "3 brands")
        self.ingested: list[tuple[str, Batch]] = []
        self.ingest_error: Exception | None = None
        self.changes: asyncio.Queue[IncidentChange] = asyncio.Queue()
        self.answered: list[tuple[int, Answer]] = []
        self.labels: list[LabelFrame] = []

    def doors(self, **other: Any) -> Doors:
        return Doors(
            **{
                "store": self.store,
                "clock": self.clock,
                "metrics": lambda: b"crisiswatch_build_info 1.0\n",
                "health": lambda: self.health,
                "status": lambda: self.state,
                "reload": self._reload,
                "ingest": self._ingest,
                "headline": lambda incident: (self.told.get(incident.id) or message(incident)).headline,
                "message": self._message,
                "picture": self._picture,
                "series": self._series,
                "subscribe": self._subscribe,
                "answer": self._answer,
                "link_keys": (b"k" * 32,),
                "mention_labels": self._labels,
                "marks": lambda texts, languages: [frozenset({"question"}) if "?" in t else frozenset() for t in texts],
                "label": self._label,
                "hooks": {"inbox": self.hook},
                **other,
            }
        )

    async def _reload(self) -> tuple[bool, str]:
        self.reloads += 1
        return self.reload_answer

    async def _ingest(self, name: str, batch: Batch) -> None:
        if self.ingest_error:
            raise self.ingest_error
        self.ingested.append((name, batch))

    async def _message(self, incident: Incident) -> Message:
        told = self.told.get(incident.id) or message(incident)
        return replace(told, picture=await self._picture(incident, "light"))

    async def _picture(self, incident: Incident, theme: str) -> Picture | None:
        return None if incident.number == 6 else picture(theme)

    async def _series(self, incident: Incident) -> Series | None:
        return None if incident.number == 6 else series()

    @property
    def acknowledged(self) -> list[tuple[int, str]]:
        return [(number, given.by) for number, given in self.answered if given.deed is Deed.ACKNOWLEDGE]

    async def _answer(self, number: int, given: Answer) -> Incident | None:
        self.answered.append((number, given))
        incident = await self.store.incident(number)
        if incident is None:
            return None
        after = answer(incident, given, Timers(), NOW).incident
        self.store.known = [after if one.id == after.id else one for one in self.store.known]
        return after

    async def _labels(self) -> Sequence[LabelFrame]:
        return self.labels

    async def _label(self, labels: Sequence[LabelFrame]) -> tuple[int, int]:
        self.labels += labels
        return len(labels), 0

    async def _subscribe(self) -> AsyncIterator[IncidentChange]:
        while True:
            yield await self.changes.get()


def client(doors: Doors, base_url: str = "http://127.0.0.1:9119", **other: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(doors), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url, **other)


def token(*scopes: Scope, name: str = "grafana") -> tuple[str, Token]:
    secret = new_token()
    return secret, Token(name, hash_token(secret), frozenset(scopes))


def critical() -> Incident:
    evidence = Evidence(
        at=NOW, since=START, stories=241, copies=1412, negative=154.0, expected=20.0, lower=12.0, upper=28.0,
        share=0.64, usual_share=0.17, authors=187, drivers=("battery recall", "smoke"), incident_type="product_defect",
        missing=("fediverse",), covered=0.9,
    )  # fmt: skip
    return Incident(
        id="01CRITICAL", brand="Acme", family="crisis", condition=Condition.ACTIVE, severity=Severity.CRITICAL,
        opened_at=START, updated_at=NOW, number=7, peak_severity=Severity.CRITICAL, score=2.4, evidence=evidence,
        reasons=(Reason("score", 2.4, 1.0, True, "evidence that the negative share rose"),
                 Reason("authors", 187, 5, True)),
    )  # fmt: skip


def warning() -> Incident:
    return replace(
        critical(), id="01WARNING", brand="Globex", number=8, severity=Severity.WARNING, evidence=None, reasons=()
    )


def closed() -> Incident:
    return replace(
        warning(), id="01CLOSED", brand="Acme", number=6, condition=Condition.CLOSED,
        closed_at=NOW - timedelta(hours=5), opened_at=NOW - timedelta(hours=9),
    )  # fmt: skip


def history() -> list[Event]:
    return [
        Event(START, Change.OPENED, Severity.WARNING),
        Event(START + timedelta(minutes=9), Change.RAISED, Severity.CRITICAL, note="score 2.4 on two ticks"),
        Event(START + timedelta(minutes=12), Change.ACKED, Severity.CRITICAL, by="Maria"),
    ]


def message(incident: Incident) -> Message:
    return Message(
        key="k", kind="opened", incident=incident.name, number=1, receiver="console", severity=incident.severity,
        brand=incident.brand, headline=f"{incident.brand}: 12× the usual, 64% negative, still growing",
        thread_subject="s", state="241 stories in 40 minutes; about 20 are usual at this hour.",
        since="since 13:20 UTC",
        opened_at=incident.opened_at, sent_at=NOW,
        facts=(
            Fact("Volume", "241 stories in 40 min; 12–28 are usual"),
            Fact("Negative", "64% (usually 17%)"),
            Fact("About", "“battery recall”, “smoke”, “customer service silent”"),
            Fact("Who", "187 independent authors; the loudest five wrote 9%"),
            Fact("Where", "Mastodon 46%, Bluesky 31%, news 18%"),
        ),
        quotes=(
            Quote(
                "@laura_mx", "13:14 UTC", "Mi Acme empezó a echar humo mientras cargaba…", "https://m.example/1", "es",
            ),
            Quote(
                "El Diario", "13:31 UTC", "Clientes denuncian baterías que se recalientan", "https://n.example/2", "es",
            ),
        ),
        playbook="Product safety", owner="Head of Product", playbook_reason="the posts speak of smoke and of a recall",
        steps=("Confirm the facts with Product", "Pause scheduled posts", "Publish the holding statement by 13:52 UTC"),
        holding_statement="We know of reports about batteries.\nWe are looking into it and will say more by 16:00.",
        why=("Evidence of a rise in the negative share since 13:20 UTC: 2.4 times the alert threshold.",
             "It held on two ticks in a row."),
        data_health="1 of 9 sources was not seen (fediverse): the count may be too low.",
    )  # fmt: skip


def picture(theme: str) -> Picture:
    ground, ink = ("#181b21", "#e8eaee") if theme == "dark" else ("#ffffff", "#171b24")
    points = " ".join(f"{40 + i * 6},{170 - (i % 7) * 3 if i < 82 else 170 - (i - 81) * 17}" for i in range(90))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 220" width="600" height="220">'
        f'<rect width="600" height="220" fill="{ground}"/><text x="40" y="24" fill="{ink}" font-size="16">'
        f'Stories per 5 min</text><polyline points="{points}" fill="none" stroke="{ink}" stroke-width="2"/></svg>'
    )
    alt = "Stories stay under 30 per 5 minutes until 13:20 UTC, then rise to 241."
    return Picture(alt, lambda: svg, lambda: _PNG)


def series() -> Series:
    points = [
        Point(NOW - timedelta(minutes=5 * (60 - i)), 20.0 + i, 20.0, 12.0, 28.0, None if i == 0 else 0.2)
        for i in range(60)
    ]
    return Series("Acme", timedelta(minutes=5), tuple(points), 0.17, START)
