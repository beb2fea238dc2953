"""The tables as the newest migration leaves them; live outbox rows are those with no `settled_at`."""

from __future__ import annotations

import sqlalchemy as sa

from crisiswatch.store.sql.instants import Instant

metadata = sa.MetaData()

# Python's order of strings, whatever the server's language: pages must follow one order on every store.
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _serial(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _SERIAL, primary_key=True, autoincrement=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, Instant, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


mentions = sa.Table(
    "mentions",
    metadata,
    _serial("seq"),
    sa.Column("uid", sa.LargeBinary(16), nullable=False, unique=True),
    _text("source"),
    _text("instance"),
    _text("external_id"),
    _text("kind"),
    sa.Column("title", sa.Text),
    _text("text"),
    sa.Column("language", sa.Text),
    sa.Column("author", sa.Text),
    sa.Column("author_name", sa.Text),
    sa.Column("author_followers", sa.BigInteger),
    sa.Column("permalink", sa.Text),
    sa.Column("published_at", Instant),
    sa.Column("indexed_at", Instant),
    _moment("observed_at"),
    _moment("event_time"),
    sa.Column("engagement", sa.Text),
    sa.Column("reach", sa.BigInteger),
    sa.Column("parent_id", sa.Text),
    _text("via"),
    sa.Column("brands", sa.Text),
    sa.Column("wiped", sa.Boolean, nullable=False),
    sqlite_autoincrement=True,
)
_AUTHORED = mentions.c.author.is_not(None)
sa.Index("mentions_author", mentions.c.author, sqlite_where=_AUTHORED, postgresql_where=_AUTHORED)
_NOT_WIPED = sa.not_(mentions.c.wiped)
sa.Index("mentions_unwiped", mentions.c.observed_at, sqlite_where=_NOT_WIPED, postgresql_where=_NOT_WIPED)
_NAMED = mentions.c.author_name.is_not(None)
sa.Index("mentions_named", mentions.c.observed_at, sqlite_where=_NAMED, postgresql_where=_NAMED)

observations = sa.Table(
    "observations",
    metadata,
    sa.Column("observed_at", Instant, primary_key=True),
    sa.Column("uid", sa.LargeBinary(16), primary_key=True),
    sa.Column("brand", _NAME, primary_key=True),
    _text("source"),
    _text("language"),
    _moment("event_time"),
    _moment("bucket_time"),
    sa.Column("negativity", sa.Double),
    sa.Column("sketch", sa.LargeBinary, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("followers", sa.BigInteger),
    sa.Column("reach", sa.BigInteger),
    sa.Column("engagement", sa.BigInteger),
    sa.Column("rules", sa.Text),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("adapted", sa.Double),
    sa.Column("relevance", sa.Double),
    sqlite_with_rowid=False,
)
sa.Index("observations_brand", observations.c.brand, observations.c.event_time)

coverage = sa.Table(
    "coverage",
    metadata,
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("starts", Instant, primary_key=True),
    sa.Column("ends", Instant, primary_key=True),
    _text("quality"),
)
sa.Index("coverage_ends", coverage.c.ends)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    _text("cursor"),
    _moment("at"),
)

metric_points = sa.Table(
    "metric_points",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("brand", sa.Text, primary_key=True),
    sa.Column("starts", Instant, primary_key=True),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
)

frames = sa.Table(
    "frames",
    metadata,
    _serial(),
    _moment("at"),
    _text("kind"),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("frames_at", frames.c.at)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _moment("at"),
    sa.Column("state", sa.LargeBinary, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, unique=True),
    _text("fingerprint"),
    _text("brand"),
    _text("family"),
    _text("condition"),
    _text("response"),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("opened_at"),
    _moment("updated_at"),
    sa.Column("closed_at", Instant),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)
_NOT_FINAL = incidents.c.condition != sa.literal_column("'final'")
sa.Index(
    "incidents_unfinished", incidents.c.fingerprint, unique=True, sqlite_where=_NOT_FINAL, postgresql_where=_NOT_FINAL
)
sa.Index("incidents_opened", incidents.c.opened_at)

incident_events = sa.Table(
    "incident_events",
    metadata,
    _serial(),
    sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    _moment("at"),
    _text("change"),
    sa.Column("severity", sa.Integer, nullable=False),
    _text("by"),
    _text("note"),
    sqlite_autoincrement=True,
)
sa.Index("incident_events_incident", incident_events.c.incident, incident_events.c.id)

outbox = sa.Table(
    "outbox",
    metadata,
    _serial(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    _text("incident"),
    _text("receiver"),
    _text("kind"),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    _moment("planned_at"),
    _moment("not_before"),
    _moment("deadline"),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Instant),
    sa.Column("reference", sa.Text),
    _text("detail"),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    _moment("created_at"),
    sa.Column("settled_at", Instant),
    sa.Column("held", sa.Text, nullable=False, server_default=""),
    sa.Column("digest", sa.Text),
    sqlite_autoincrement=True,
)
_IN_DIGEST = outbox.c.digest.is_not(None)
sa.Index("outbox_digest", outbox.c.digest, sqlite_where=_IN_DIGEST, postgresql_where=_IN_DIGEST)
sa.Index("outbox_chain", outbox.c.incident, outbox.c.receiver, outbox.c.id)
_LIVE = outbox.c.settled_at.is_(None)
sa.Index("outbox_live", outbox.c.not_before, sqlite_where=_LIVE, postgresql_where=_LIVE)

labels = sa.Table(
    "labels",
    metadata,
    _serial(),
    sa.Column("uid", sa.LargeBinary(16), nullable=False),
    _text("brand"),
    _text("label"),
    _text("by"),
    _moment("at"),
    sqlite_autoincrement=True,
)
sa.Index("labels_uid", labels.c.uid)

verdicts = sa.Table(
    "verdicts",
    metadata,
    _serial(),
    sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    _text("verdict"),
    _text("by"),
    _text("note"),
    _moment("at"),
    sqlite_autoincrement=True,
)
sa.Index("verdicts_incident", verdicts.c.incident)

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("matchers"),
    _moment("starts"),
    _moment("ends"),
    _text("by"),
    _text("comment"),
    _moment("created_at"),
    sa.Column("expired_at", Instant),
    sa.Column("most", sa.Integer, nullable=False, server_default="3"),
    sa.Column("expired_by", sa.Text, nullable=False, server_default=""),
)
sa.Index("silences_ends", silences.c.ends)
