"""The ledger: head, events, contents, streams, idempotency keys, tiles, checkpoints, erasures, actors, and their guards.

Revision ID: 2026_11_24_ledger
Revises:
Create Date: 2026-11-24

One purpose. Names every constraint, imports no event kind, never batch-alters `events`. There is no way down: restore a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.guards import install_guards

revision = "2026_11_24_ledger"
down_revision = None
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies on both stores, inside the transaction that the caller commits."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("SET LOCAL statement_timeout = '15min'")
    _create_log()
    _create_streams()
    _create_operations()
    install_guards(op.get_bind())


def _create_log() -> None:
    """The hashed log: head, events, their contents, tiles, checkpoints, erasures."""
    op.create_table(
        "ledger_head",
        sa.Column("id", WIDE, autoincrement=False, nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("size", WIDE, nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "recorded_at LIKE '____-__-__T__:__:__.______Z'", name=op.f("ck_ledger_head_recorded_at")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_id")),
        sa.CheckConstraint("length(frontier) % 32 = 0", name=op.f("ck_ledger_head_frontier")),
        sa.CheckConstraint("length(ledger) = 32", name=op.f("ck_ledger_head_ledger")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_ledger_head_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "recorded_at LIKE '____-__-__T__:__:__.______Z'", name=op.f("ck_events_recorded_at")
        ),
        sa.CheckConstraint(
            "visibility IN ('public', 'restricted', 'sealed')", name=op.f("ck_events_visibility")
        ),
        sa.CheckConstraint("length(body) = 32", name=op.f("ck_events_body")),
        sa.CheckConstraint("length(event_id) = 36", name=op.f("ck_events_event_id")),
        sa.CheckConstraint("length(kind) >= 1", name=op.f("ck_events_kind")),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_events_leaf")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_events_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_events_event_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "contents",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("salts", sa.LargeBinary(), nullable=False),
        sa.Column("erased", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("erased IS NULL OR length(erased) >= 2", name=op.f("ck_contents_erased")),
        sa.CheckConstraint("length(content) >= 1", name=op.f("ck_contents_content")),
        sa.CheckConstraint("length(salts) % 16 = 0", name=op.f("ck_contents_salts")),
        sa.ForeignKeyConstraint(["position"], ["events.position"], name=op.f("fk_contents_position_events")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_contents")),
        sqlite_strict=True,
    )
    op.create_table(
        "erasures",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("by_position", WIDE, nullable=False),
        sa.CheckConstraint("pointer LIKE '/%'", name=op.f("ck_erasures_pointer")),
        sa.CheckConstraint("by_position > position", name=op.f("ck_erasures_by_position")),
        sa.ForeignKeyConstraint(
            ["by_position"], ["events.position"], name=op.f("fk_erasures_by_position_events")
        ),
        sa.ForeignKeyConstraint(["position"], ["events.position"], name=op.f("fk_erasures_position_events")),
        sa.PrimaryKeyConstraint("position", "pointer", name=op.f("pk_erasures")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_index", WIDE, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hashes) = 8192", name=op.f("ck_tiles_hashes")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_tiles_root")),
        sa.CheckConstraint("level BETWEEN 0 AND 63", name=op.f("ck_tiles_level")),
        sa.CheckConstraint("tile_index >= 0", name=op.f("ck_tiles_tile_index")),
        sa.PrimaryKeyConstraint("level", "tile_index", name=op.f("pk_tiles")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", WIDE, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(note) >= 1", name=op.f("ck_checkpoints_note")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_checkpoints_root")),
        sa.CheckConstraint("size >= 1", name=op.f("ck_checkpoints_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
        sqlite_strict=True,
    )


def _create_streams() -> None:
    """Subjects, their streams, and which event is which version."""
    op.create_table(
        "subjects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("opened_at_position", WIDE, nullable=False),
        sa.CheckConstraint(
            "sort IN ('person', 'group', 'act', 'proceeding', 'party', 'source', 'list', 'ledger')",
            name=op.f("ck_subjects_sort"),
        ),
        sa.CheckConstraint("length(key) >= 1", name=op.f("ck_subjects_key")),
        sa.CheckConstraint("opened_at_position >= 1", name=op.f("ck_subjects_opened_at_position")),
        sa.ForeignKeyConstraint(
            ["opened_at_position"], ["events.position"], name=op.f("fk_subjects_opened_at_position_events")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subjects")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "streams",
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("opened_at_position", WIDE, nullable=False),
        sa.CheckConstraint(
            "visibility IN ('public', 'restricted', 'sealed')", name=op.f("ck_streams_visibility")
        ),
        sa.CheckConstraint("length(stream_id) = 32", name=op.f("ck_streams_stream_id")),
        sa.CheckConstraint("opened_at_position >= 1", name=op.f("ck_streams_opened_at_position")),
        sa.ForeignKeyConstraint(
            ["opened_at_position"], ["events.position"], name=op.f("fk_streams_opened_at_position_events")
        ),
        sa.ForeignKeyConstraint(
            ["subject_key"], ["subjects.key"], name=op.f("fk_streams_subject_key_subjects")
        ),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_streams")),
        sa.UniqueConstraint("subject_key", "visibility", name=op.f("uq_streams_subject_key_visibility")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_streams",
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("version", WIDE, autoincrement=False, nullable=False),
        sa.Column("position", WIDE, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.CheckConstraint("ordinal BETWEEN 0 AND 15", name=op.f("ck_event_streams_ordinal")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_event_streams_version")),
        sa.ForeignKeyConstraint(
            ["position"], ["events.position"], name=op.f("fk_event_streams_position_events")
        ),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.stream_id"], name=op.f("fk_event_streams_stream_id_streams")
        ),
        sa.PrimaryKeyConstraint("stream_id", "version", name=op.f("pk_event_streams")),
        sa.UniqueConstraint("position", "ordinal", name=op.f("uq_event_streams_position_ordinal")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_operations() -> None:
    """What stands beside the log: idempotency keys and actors."""
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("set_name", sa.Text(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.Column("first_position", WIDE, nullable=False),
        sa.Column("last_position", WIDE, nullable=False),
        sa.CheckConstraint("first_position >= 1", name=op.f("ck_idempotency_first_position")),
        sa.CheckConstraint("last_position >= first_position", name=op.f("ck_idempotency_last_position")),
        sa.CheckConstraint("length(actor) >= 1", name=op.f("ck_idempotency_actor")),
        sa.CheckConstraint("length(item_key) >= 1", name=op.f("ck_idempotency_item_key")),
        sa.CheckConstraint("length(set_name) >= 1", name=op.f("ck_idempotency_set_name")),
        sa.CheckConstraint(
            "request_digest IS NULL OR length(request_digest) = 32",
            name=op.f("ck_idempotency_request_digest"),
        ),
        sa.PrimaryKeyConstraint("actor", "set_name", "item_key", name=op.f("pk_idempotency")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "actors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_actors_id")),
        sa.CheckConstraint("length(name) >= 1", name=op.f("ck_actors_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("name", name=op.f("uq_actors_name")),
        sqlite_strict=True,
    )
