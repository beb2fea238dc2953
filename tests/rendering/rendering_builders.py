"""Values for the rendering tests: one battery trouble of one brand, and pieces to change it with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crisiswatch.core.incidents import Condition, Evidence, Incident, Post, Reason, Source
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.neighbours import Neighbour, Standing
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.series import Point, Series
from crisiswatch.rendering.message import Context, compose

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=40)
BUCKET = timedelta(minutes=5)


def evidence(**changes: Any) -> Evidence:
    base = Evidence(
        at=NOW,
        since=SINCE,
        stories=1412,
        copies=3020,
        negative=904.0,
        expected=118.0,
        lower=90.0,
        upper=151.0,
        share=0.64,
        usual_share=0.17,
        authors=187,
        top_share=0.09,
        drivers=("battery recall", "smoke", "customer service silent"),
        sources=(Source("mastodon", 650), Source("bluesky", 438), Source("news", 254), Source("reddit", 70)),
        languages=(Source("es", 1002), Source("en", 339), Source("und", 71)),
        first=Post(b"1", "1", "https://m.example/1", SINCE - timedelta(minutes=6)),
        incident_type="product_defect",
        type_reason="“smoke”, “battery”",
        doubling=timedelta(minutes=12),
        neighbours=(Neighbour("Globex", "competitor", Standing.QUIET, 0.1, 0.2, 0.2),),
    )
    return replace(base, **changes)


def incident(**changes: Any) -> Incident:
    base = Incident(
        id="01K",
        brand="Acme",
        family="crisis",
        condition=Condition.ACTIVE,
        severity=Severity.CRITICAL,
        opened_at=SINCE + timedelta(minutes=2),
        updated_at=NOW,
        number=2031,
        peak_severity=Severity.CRITICAL,
        score=2.43,
        peak_score=2.43,
        peak_ratio=12.0,
        reasons=(Reason("negative_share", 0.64, 0.4, True), Reason("covered", 1.0, 0.5, True, "Enough was seen.")),
        evidence=evidence(),
        playbook_reason="“smoke”, “battery”",
    )
    return replace(base, **changes)


def notification(**changes: Any) -> Notification:
    base = Notification(
        incident="01K",
        receiver="pr-team",
        kind=NotificationKind.OPENED,
        number=1,
        severity=Severity.CRITICAL,
        not_before=NOW,
        deadline=NOW + timedelta(hours=1),
    )
    return replace(base, **changes)


def playbook(**changes: Any) -> Playbook:
    base = Playbook(
        name="product_safety",
        title={"en": "Product safety", "es": "Seguridad del producto"},
        owner="Product on-call",
        incident_types=("product_defect",),
        when="a product may hurt people",
        steps={
            "en": ("Confirm the facts with Product.", "Pause scheduled posts and ads.", "Publish the statement."),
            "es": ("Confirme los hechos con Producto.", "Pare los anuncios.", "Publique el comunicado."),
        },
        deadline=timedelta(minutes=45),
        holding_statement={"en": "We know of reports about batteries and are looking into them."},
        url="https://wiki.example/playbooks/product-safety",
    )
    return replace(base, **changes)


def quote(**changes: Any) -> Quote:
    base = Quote(
        who="@laura_mx",
        when="Mastodon, 13:14 UTC",
        text="Mi Acme empezó a echar humo mientras cargaba",
        url="https://m.example/1",
        language="es",
    )
    return replace(base, **changes)


QUOTES = (
    quote(),
    quote(who="El Diario", when="news, 13:31 UTC", text="Clientes denuncian baterías", url="https://n.example/2"),
    quote(who="@tecnoblog", when="Bluesky, 13:38 UTC", text="Acme still silent", url="https://b.example/3"),
)


def point(index: int, **changes: Any) -> Point:
    start = NOW - 24 * timedelta(hours=1) + index * BUCKET
    return replace(Point(start=start, stories=20.0, expected=20.0, lower=12.0, upper=28.0, share=0.17), **changes)


def series(**changes: Any) -> Series:
    calm = [point(i, stories=float(18 + i % 5)) for i in range(280)]
    loud = [point(280 + i, stories=30.0 * (i + 1), share=0.3 + 0.05 * i) for i in range(8)]
    base = Series(brand="Acme", length=BUCKET, points=(*calm, *loud), usual_share=0.17, since=SINCE)
    return replace(base, **changes)


def context(**changes: Any) -> Context:
    base = Context(now=NOW, public_url="https://cw.example.org", budget=0.1, draw=lambda svg: b"\x89PNG")
    return replace(base, **changes)


def message(kind: NotificationKind = NotificationKind.OPENED, told: Context | None = None, **changes: Any) -> Message:
    about = incident(**changes)
    severity = Severity.WARNING if about.severity is Severity.CALM else about.severity
    owed = notification(kind=kind, severity=severity)
    return compose(owed, about, playbook(), QUOTES, series(), told or context())
