"""Projected rows get a history: each table twice, as it stands and as it stood, in builds of which one is active.

Revision ID: 2026_11_24_versions
Revises: 2026_11_24_projections
Create Date: 2026-11-24

The rows of before are dropped, being nothing that the events do not give again: the next that records or serves projects them anew.
Names every constraint, imports no event kind, never batch-alters `events`. There is no way down: restore a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.guards import install_guards

revision = "2026_11_24_versions"
down_revision = "2026_11_24_projections"
branch_labels = None
depends_on = None

FOLDED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DROPPED = (
    "projection_state",
    "subjects_now",
    "names_now",
    "findings_now",
    "evidence_now",
    "reports_now",
    "credits_now",
    "fold_reads",
)


def upgrade() -> None:
    """Applies on both stores, inside the transaction that the caller commits."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("SET LOCAL statement_timeout = '15min'")
    for table in DROPPED:
        op.drop_table(table)
    _create_progress()
    _create_subjects()
    _create_names()
    _create_findings()
    _create_details()
    _create_evidence()
    _create_reports()
    _create_credits()
    install_guards(op.get_bind())


def _create_progress() -> None:
    """How far builds have come, which is active, what waits to be folded, and what folds asked for."""
    op.create_table(
        "fold_queue",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("rank", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("done", WIDE, nullable=False),
        sa.CheckConstraint("build >= 1", name=op.f("ck_fold_queue_build")),
        sa.CheckConstraint("done IN (0, 1)", name=op.f("ck_fold_queue_done")),
        sa.PrimaryKeyConstraint("build", "rank", "key", name=op.f("pk_fold_queue")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_fold_queue_build_done_rank_key"),
        "fold_queue",
        ["build", "done", "rank", "key"],
        unique=False,
    )
    op.create_table(
        "fold_reads",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.CheckConstraint("build >= 1", name=op.f("ck_fold_reads_build")),
        sa.PrimaryKeyConstraint("build", "key", "owner", name=op.f("pk_fold_reads")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fold_reads_build_owner"), "fold_reads", ["build", "owner"], unique=False)
    op.create_table(
        "projection_activations",
        sa.Column("sequence", WIDE, autoincrement=False, nullable=False),
        sa.Column("build", WIDE, nullable=False),
        sa.Column("position", WIDE, nullable=False),
        sa.CheckConstraint("build >= 1", name=op.f("ck_projection_activations_build")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_projection_activations_sequence")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_projection_activations")),
        sqlite_strict=True,
    )
    op.create_table(
        "projection_builds",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("projected_through", WIDE, nullable=False),
        sa.Column("writing_through", WIDE, nullable=False),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("build >= 1", name=op.f("ck_projection_builds_build")),
        sa.CheckConstraint("projected_through >= 0", name=op.f("ck_projection_builds_projected_through")),
        sa.CheckConstraint(
            "writing_through >= projected_through", name=op.f("ck_projection_builds_writing_through")
        ),
        sa.PrimaryKeyConstraint("build", name=op.f("pk_projection_builds")),
        sqlite_strict=True,
    )


def _create_subjects() -> None:
    """Subjects."""
    op.create_table(
        "subjects_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.Column("opened_at_position", WIDE, nullable=False),
        sa.Column("under", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_subjects_hist_known_to")),
        sa.PrimaryKeyConstraint("build", "key", "known_from", name=op.f("pk_subjects_hist")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_subjects_hist_page",
        "subjects_hist",
        ["build", "sort", "name_fold", "key", "known_from", "known_to"],
        unique=False,
    )
    op.create_table(
        "subjects_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.Column("opened_at_position", WIDE, nullable=False),
        sa.Column("under", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint(
            "sort IN ('person', 'group', 'act', 'proceeding', 'party', 'source', 'list', 'ledger')",
            name=op.f("ck_subjects_now_sort"),
        ),
        sa.CheckConstraint("length(key) >= 1", name=op.f("ck_subjects_now_key")),
        sa.CheckConstraint("opened_at_position >= 1", name=op.f("ck_subjects_now_opened_at_position")),
        sa.PrimaryKeyConstraint("build", "key", name=op.f("pk_subjects_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_subjects_now_build_publisher_key"),
        "subjects_now",
        ["build", "publisher", "key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subjects_now_build_under_key"), "subjects_now", ["build", "under", "key"], unique=False
    )
    op.create_index(
        "ix_subjects_now_page",
        "subjects_now",
        ["build", "sort", "name_fold", "key", "known_from"],
        unique=False,
    )


def _create_names() -> None:
    """Spellings."""
    op.create_table(
        "names_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("as_written", sa.Text(), nullable=False),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_names_hist_known_to")),
        sa.PrimaryKeyConstraint("build", "key", "as_written", "known_from", name=op.f("pk_names_hist")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "names_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("as_written", sa.Text(), nullable=False),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint("length(as_written) >= 1", name=op.f("ck_names_now_as_written")),
        sa.PrimaryKeyConstraint("build", "key", "as_written", name=op.f("pk_names_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_findings() -> None:
    """What lists show of findings."""
    op.create_table(
        "findings_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("from_min", sa.Text(), nullable=True),
        sa.Column("from_max", sa.Text(), nullable=True),
        sa.Column("to_min", sa.Text(), nullable=True),
        sa.Column("to_max", sa.Text(), nullable=True),
        sa.Column("known_from", WIDE, nullable=False),
        sa.Column("shelf", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, autoincrement=False, nullable=False),
        sa.Column("node", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_findings_hist_known_to")),
        sa.PrimaryKeyConstraint(
            "build", "about", "facet", "shelf", "known_to", "segment", name=op.f("pk_findings_hist")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_findings_hist_count",
        "findings_hist",
        [
            "build",
            "facet",
            "status",
            "node",
            "known_to",
            "known_from",
            "about",
            "from_max",
            "to_min",
            "from_min",
            "to_max",
            "standing",
        ],
        unique=False,
    )
    op.create_index(
        "ix_findings_hist_object",
        "findings_hist",
        [
            "build",
            "object",
            "facet",
            "shelf",
            "about",
            "known_to",
            "known_from",
            "node",
            "status",
            "from_max",
            "to_min",
            "from_min",
            "to_max",
        ],
        unique=False,
    )
    op.create_index(
        "ix_findings_hist_page",
        "findings_hist",
        [
            "build",
            "facet",
            "status",
            "about",
            "shelf",
            "known_to",
            "known_from",
            "from_max",
            "to_min",
            "from_min",
            "to_max",
            "standing",
        ],
        unique=False,
    )
    op.create_table(
        "findings_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("from_min", sa.Text(), nullable=True),
        sa.Column("from_max", sa.Text(), nullable=True),
        sa.Column("to_min", sa.Text(), nullable=True),
        sa.Column("to_max", sa.Text(), nullable=True),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint("length(about) >= 1", name=op.f("ck_findings_now_about")),
        sa.CheckConstraint("length(facet) >= 1", name=op.f("ck_findings_now_facet")),
        sa.PrimaryKeyConstraint("build", "about", "facet", "segment", name=op.f("pk_findings_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_findings_now_build_owner"), "findings_now", ["build", "owner"], unique=False)
    op.create_index(
        "ix_findings_now_object",
        "findings_now",
        ["build", "object", "facet", "status", "about", "from_max", "to_min", "from_min", "to_max"],
        unique=False,
    )
    op.create_index(
        "ix_findings_now_page",
        "findings_now",
        ["build", "facet", "status", "about", "from_max", "to_min", "from_min", "to_max", "standing"],
        unique=False,
    )


def _create_details() -> None:
    """Whole findings."""
    op.create_table(
        "details_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("finding", sa.LargeBinary(), nullable=False),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.Column("shelf", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_details_hist_known_to")),
        sa.PrimaryKeyConstraint(
            "build", "about", "facet", "segment", "known_from", name=op.f("pk_details_hist")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_details_hist_build_about_shelf_known_to"),
        "details_hist",
        ["build", "about", "shelf", "known_to"],
        unique=False,
    )
    op.create_index(
        op.f("ix_details_hist_build_known_from"), "details_hist", ["build", "known_from"], unique=False
    )
    op.create_index(
        op.f("ix_details_hist_build_known_to"), "details_hist", ["build", "known_to"], unique=False
    )
    op.create_table(
        "details_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("finding", sa.LargeBinary(), nullable=False),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint("length(about) >= 1", name=op.f("ck_details_now_about")),
        sa.PrimaryKeyConstraint("build", "about", "facet", "segment", name=op.f("pk_details_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_details_now_build_known_from"), "details_now", ["build", "known_from"], unique=False
    )
    op.create_index(op.f("ix_details_now_build_owner"), "details_now", ["build", "owner"], unique=False)


def _create_evidence() -> None:
    """Which findings rest on which sources."""
    op.create_table(
        "evidence_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_evidence_hist_known_to")),
        sa.PrimaryKeyConstraint(
            "build", "source", "about", "facet", "segment", "known_from", name=op.f("pk_evidence_hist")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evidence_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint("length(source) >= 1", name=op.f("ck_evidence_now_source")),
        sa.PrimaryKeyConstraint("build", "source", "about", "facet", "segment", name=op.f("pk_evidence_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_now_build_owner"), "evidence_now", ["build", "owner"], unique=False)


def _create_reports() -> None:
    """Reports as they stand."""
    op.create_table(
        "reports_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", WIDE, nullable=True),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_reports_hist_known_to")),
        sa.PrimaryKeyConstraint("build", "position", "known_from", name=op.f("pk_reports_hist")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reports_hist_build_decided_by"), "reports_hist", ["build", "decided_by"], unique=False
    )
    op.create_index(
        op.f("ix_reports_hist_build_source_position"),
        "reports_hist",
        ["build", "source", "position"],
        unique=False,
    )
    op.create_table(
        "reports_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", WIDE, nullable=True),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint(
            "state IN ('standing', 'corrected', 'retracted')", name=op.f("ck_reports_now_state")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_reports_now_position")),
        sa.PrimaryKeyConstraint("build", "position", name=op.f("pk_reports_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reports_now_build_decided_by"), "reports_now", ["build", "decided_by"], unique=False
    )
    op.create_index(op.f("ix_reports_now_build_owner"), "reports_now", ["build", "owner"], unique=False)
    op.create_index(
        op.f("ix_reports_now_build_source_position"),
        "reports_now",
        ["build", "source", "position"],
        unique=False,
    )


def _create_credits() -> None:
    """Whom reports credit."""
    op.create_table(
        "credits_hist",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("known_from", WIDE, autoincrement=False, nullable=False),
        sa.Column("known_to", WIDE, nullable=False),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_credits_hist_known_to")),
        sa.PrimaryKeyConstraint("build", "party", "position", "known_from", name=op.f("pk_credits_hist")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "credits_now",
        sa.Column("build", WIDE, autoincrement=False, nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("known_from", WIDE, nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_credits_now_position")),
        sa.PrimaryKeyConstraint("build", "party", "position", name=op.f("pk_credits_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_credits_now_build_owner"), "credits_now", ["build", "owner"], unique=False)
