"""The first tables. Moments are microseconds since 1970, UTC."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from crisiswatch.errors import StoreUnusable

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _create_mentions()
    _create_observations()
    _create_inputs()
    _create_incidents()
    _create_outbox()
    _create_words_of_people()


def downgrade() -> None:
    """Refuse: there is nothing before the first version."""
    raise StoreUnusable("there is no version before 0001")


def _create_mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("uid", sa.LargeBinary(16), nullable=False, unique=True),
        *_needed(sa.Text, "source", "instance", "external_id", "kind"),
        *_optional(sa.Text, "title"),
        *_needed(sa.Text, "text"),
        *_optional(sa.Text, "language", "author", "author_name"),
        *_optional(sa.BigInteger, "author_followers"),
        *_optional(sa.Text, "permalink"),
        *_optional(sa.BigInteger, "published_at", "indexed_at"),
        *_needed(sa.BigInteger, "observed_at", "event_time"),
        *_optional(sa.Text, "engagement"),
        *_optional(sa.BigInteger, "reach"),
        *_optional(sa.Text, "parent_id"),
        *_needed(sa.Text, "via"),
        *_optional(sa.Text, "brands"),
        *_needed(sa.Boolean, "wiped"),
        sqlite_autoincrement=True,
    )
    _create_partial_index("mentions_author", "mentions", "author", "author IS NOT NULL")
    _create_partial_index("mentions_named", "mentions", "observed_at", "author_name IS NOT NULL")
    not_wiped = "wiped = 0" if op.get_context().dialect.name == "sqlite" else "NOT wiped"
    _create_partial_index("mentions_unwiped", "mentions", "observed_at", not_wiped)


def _create_observations() -> None:
    op.create_table(
        "observations",
        *_key(sa.BigInteger, "observed_at"),
        *_key(sa.LargeBinary(16), "uid"),
        *_key(_NAME, "brand"),
        *_needed(sa.Text, "source", "language"),
        *_needed(sa.BigInteger, "event_time", "bucket_time"),
        *_optional(sa.Double, "negativity"),
        *_needed(sa.LargeBinary, "sketch"),
        *_optional(sa.Text, "author"),
        *_optional(sa.BigInteger, "followers", "reach", "engagement"),
        *_optional(sa.Text, "rules"),
        *_needed(sa.Boolean, "live"),
        sqlite_with_rowid=False,
    )
    op.create_index("observations_brand", "observations", ["brand", "event_time"])


def _create_inputs() -> None:
    op.create_table(
        "coverage",
        *_key(_NAME, "source"),
        *_key(sa.BigInteger, "starts", "ends"),
        *_needed(sa.Text, "quality"),
    )
    op.create_index("coverage_ends", "coverage", ["ends"])
    op.create_table("cursors", *_key(sa.Text, "source"), *_needed(sa.Text, "cursor"), *_needed(sa.BigInteger, "at"))
    op.create_table(
        "metric_points",
        *_key(sa.Text, "source", "series", "brand"),
        *_key(sa.BigInteger, "starts"),
        *_needed(sa.BigInteger, "length"),
        *_needed(sa.Double, "value"),
    )
    op.create_table(
        "frames",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        *_needed(sa.BigInteger, "at"),
        *_needed(sa.Text, "kind"),
        *_needed(sa.LargeBinary, "payload"),
        sqlite_autoincrement=True,
    )
    op.create_index("frames_at", "frames", ["at"])
    op.create_table(
        "checkpoints", *_key(sa.Text, "name"), *_needed(sa.BigInteger, "at"), *_needed(sa.LargeBinary, "state")
    )


def _create_incidents() -> None:
    op.create_table("counters", *_key(sa.Text, "name"), *_needed(sa.BigInteger, "value"))
    op.create_table(
        "incidents",
        *_key(sa.Text, "id"),
        sa.Column("number", sa.BigInteger, unique=True),
        *_needed(sa.Text, "fingerprint", "brand", "family", "condition", "response"),
        *_needed(sa.Integer, "severity"),
        *_needed(sa.BigInteger, "version", "opened_at", "updated_at"),
        *_optional(sa.BigInteger, "closed_at"),
        *_needed(sa.LargeBinary, "payload"),
    )
    _create_partial_index("incidents_unfinished", "incidents", "fingerprint", "condition != 'final'", unique=True)
    op.create_index("incidents_opened", "incidents", ["opened_at"])
    op.create_table(
        "incident_events",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        _of_an_incident(),
        *_needed(sa.BigInteger, "at"),
        *_needed(sa.Text, "change"),
        *_needed(sa.Integer, "severity"),
        *_needed(sa.Text, "by", "note"),
        sqlite_autoincrement=True,
    )
    op.create_index("incident_events_incident", "incident_events", ["incident", "id"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        *_needed(sa.Text, "incident", "receiver", "kind"),
        *_needed(sa.BigInteger, "number"),
        *_needed(sa.Integer, "severity"),
        *_needed(sa.BigInteger, "planned_at", "not_before", "deadline"),
        *_needed(sa.Text, "state"),
        *_needed(sa.Integer, "attempts"),
        *_optional(sa.Text, "lease_owner"),
        *_optional(sa.BigInteger, "lease_until"),
        *_optional(sa.Text, "reference"),
        *_needed(sa.Text, "detail"),
        *_needed(sa.Boolean, "cancelled"),
        *_needed(sa.BigInteger, "created_at"),
        *_optional(sa.BigInteger, "settled_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_chain", "outbox", ["incident", "receiver", "id"])
    _create_partial_index("outbox_live", "outbox", "not_before", "settled_at IS NULL")


def _create_words_of_people() -> None:
    op.create_table(
        "labels",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        *_needed(sa.LargeBinary(16), "uid"),
        *_needed(sa.Text, "brand", "label", "by"),
        *_needed(sa.BigInteger, "at"),
        sqlite_autoincrement=True,
    )
    op.create_index("labels_uid", "labels", ["uid"])
    op.create_table(
        "verdicts",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        _of_an_incident(),
        *_needed(sa.Text, "verdict", "by", "note"),
        *_needed(sa.BigInteger, "at"),
        sqlite_autoincrement=True,
    )
    op.create_index("verdicts_incident", "verdicts", ["incident"])
    op.create_table(
        "silences",
        *_key(sa.Text, "id"),
        *_needed(sa.Text, "matchers"),
        *_needed(sa.BigInteger, "starts", "ends"),
        *_needed(sa.Text, "by", "comment"),
        *_needed(sa.BigInteger, "created_at"),
        *_optional(sa.BigInteger, "expired_at"),
    )
    op.create_index("silences_ends", "silences", ["ends"])


def _key(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, primary_key=True) for name in names]


def _needed(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _optional(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def _of_an_incident() -> sa.Column[Any]:
    return sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False)


def _create_partial_index(name: str, table: str, column: str, where: str, **options: Any) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where), **options)
