"""The projected rows: state, subjects, names, findings, evidence, reports, credits, and what folds asked for.

Revision ID: 2026_11_24_projections
Revises: 2026_11_24_ledger
Create Date: 2026-11-24

One purpose. Names every constraint, imports no event kind, never batch-alters `events`. There is no way down: restore a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.guards import install_guards

revision = "2026_11_24_projections"
down_revision = "2026_11_24_ledger"
branch_labels = None
depends_on = None

FOLDED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies on both stores, inside the transaction that the caller commits."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("SET LOCAL statement_timeout = '15min'")
    _create_state_and_subjects()
    _create_findings()
    _create_reports()
    install_guards(op.get_bind())


def _create_state_and_subjects() -> None:
    """How far the projecting has come, subjects and their spellings."""
    op.create_table(
        "projection_state",
        sa.Column("id", WIDE, autoincrement=False, nullable=False),
        sa.Column("projected_through", WIDE, nullable=False),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_projection_state_id")),
        sa.CheckConstraint("projected_through >= 0", name=op.f("ck_projection_state_projected_through")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projection_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "subjects_now",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.Column("opened_at_position", WIDE, nullable=False),
        sa.Column("changed_at_position", WIDE, nullable=False),
        sa.Column("under", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "sort IN ('person', 'group', 'act', 'proceeding', 'party', 'source', 'list', 'ledger')",
            name=op.f("ck_subjects_now_sort"),
        ),
        sa.CheckConstraint("length(key) >= 1", name=op.f("ck_subjects_now_key")),
        sa.CheckConstraint("opened_at_position >= 1", name=op.f("ck_subjects_now_opened_at_position")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subjects_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_subjects_now_sort_name_fold_key"), "subjects_now", ["sort", "name_fold", "key"], unique=False
    )
    op.create_index(
        op.f("ix_subjects_now_sort_publisher_key"), "subjects_now", ["sort", "publisher", "key"], unique=False
    )
    op.create_index(op.f("ix_subjects_now_under_key"), "subjects_now", ["under", "key"], unique=False)
    op.create_table(
        "names_now",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("as_written", sa.Text(), nullable=False),
        sa.Column("name_fold", FOLDED, nullable=False),
        sa.CheckConstraint("length(as_written) >= 1", name=op.f("ck_names_now_as_written")),
        sa.PrimaryKeyConstraint("key", "as_written", name=op.f("pk_names_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_names_now_name_fold_key"), "names_now", ["name_fold", "key"], unique=False)


def _create_findings() -> None:
    """Findings, what they rest on, and what their folds asked for."""
    op.create_table(
        "findings_now",
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
        sa.Column("finding", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(about) >= 1", name=op.f("ck_findings_now_about")),
        sa.CheckConstraint("length(facet) >= 1", name=op.f("ck_findings_now_facet")),
        sa.PrimaryKeyConstraint("about", "facet", "segment", name=op.f("pk_findings_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_findings_now_facet_status_about"), "findings_now", ["facet", "status", "about"], unique=False
    )
    op.create_index(
        op.f("ix_findings_now_object_facet_status_about"),
        "findings_now",
        ["object", "facet", "status", "about"],
        unique=False,
    )
    op.create_index(op.f("ix_findings_now_owner"), "findings_now", ["owner"], unique=False)
    op.create_table(
        "evidence_now",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_evidence_now_position")),
        sa.PrimaryKeyConstraint("about", "facet", "segment", "position", name=op.f("pk_evidence_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_now_owner"), "evidence_now", ["owner"], unique=False)
    op.create_index(
        op.f("ix_evidence_now_source_about_facet_segment"),
        "evidence_now",
        ["source", "about", "facet", "segment"],
        unique=False,
    )
    op.create_table(
        "fold_reads",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "owner", name=op.f("pk_fold_reads")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fold_reads_owner"), "fold_reads", ["owner"], unique=False)


def _create_reports() -> None:
    """Reports as they stand, and whom they credit."""
    op.create_table(
        "reports_now",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", WIDE, nullable=True),
        sa.CheckConstraint(
            "state IN ('standing', 'corrected', 'retracted')", name=op.f("ck_reports_now_state")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_reports_now_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_reports_now")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reports_now_source_position"), "reports_now", ["source", "position"], unique=False
    )
    op.create_table(
        "credits_now",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_credits_now_position")),
        sa.PrimaryKeyConstraint("party", "position", name=op.f("pk_credits_now")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
