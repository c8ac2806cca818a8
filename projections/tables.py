"""The rows that projections keep: findings as of now, what they rest on, and how far the projecting has come.

Every row can be dropped and built again from the events; nothing here is evidence. `owner` is the subject whose fold wrote a row: a fold
replaces all rows that it owns and touches no others. Findings are stored whole, as canonical JSON of `projections.findings.Finding`; the
columns beside them repeat what lists filter and sort by.

Absent on purpose: names of statuses or rules as database types (they are the folds' business), and any row of an event that is not
public: what is kept here may be shown to everybody.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

from events.kinds import SubjectSort
from events.tables import KEYED, METADATA, STRICT, WIDE_INTEGER, filled, one_of, positive

# By bytes on both stores, so that both list names in the same order.
FOLDED = Text().with_variant(Text(collation="C"), "postgresql")


class ProjectionState(SQLModel, table=True):
    """How far the projecting has come: one row. Null `stopped_reason`: it goes on; else the fold at `projected_through` + 1 raised."""

    __tablename__ = "projection_state"
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        CheckConstraint("projected_through >= 0", name="projected_through"),
        STRICT,
    )

    id: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    projected_through: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))
    stopped_reason: str | None = Field(sa_column=Column(Text, nullable=True))


class SubjectNow(SQLModel, table=True):
    """A public subject: its display name (null where no source names it), what is registered of it as JSON of its facts, and the names'
    folded form by which lists are sorted."""

    __tablename__ = "subjects_now"
    __table_args__ = (
        filled("key"),
        one_of("sort", SubjectSort),
        positive("opened_at_position"),
        Index(None, "sort", "name_fold", "key"),
        Index(None, "under", "key"),
        Index(None, "sort", "publisher", "key"),
        STRICT,
    )

    key: str = Field(sa_column=Column(Text, primary_key=True))
    sort: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = Field(sa_column=Column(Text, nullable=True))
    name_fold: str = Field(sa_column=Column(FOLDED, nullable=False))
    opened_at_position: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))
    changed_at_position: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))
    under: str | None = Field(sa_column=Column(Text, nullable=True))
    publisher: str | None = Field(sa_column=Column(Text, nullable=True))
    facts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class NameNow(SQLModel, table=True):
    """One spelling of a subject's name, as written and folded for search."""

    __tablename__ = "names_now"
    __table_args__ = (filled("as_written"), Index(None, "name_fold", "key"), KEYED)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    as_written: str = Field(sa_column=Column(Text, primary_key=True))
    name_fold: str = Field(sa_column=Column(FOLDED, nullable=False))


class FindingNow(SQLModel, table=True):
    """One finding. `status` is the value's short form (a custody, an outcome, a stage), `object` the act or
    proceeding it is under; the four days are ISO 8601 and half-open, as in `projections.findings.Interval`."""

    __tablename__ = "findings_now"
    __table_args__ = (
        filled("about"),
        filled("facet"),
        Index(None, "owner"),
        Index(None, "facet", "status", "about"),
        Index(None, "object", "facet", "status", "about"),
        STRICT,
    )

    about: str = Field(sa_column=Column(Text, primary_key=True))
    facet: str = Field(sa_column=Column(Text, primary_key=True))
    segment: str = Field(sa_column=Column(Text, primary_key=True))
    owner: str = Field(sa_column=Column(Text, nullable=False))
    standing: str = Field(sa_column=Column(Text, nullable=False))
    status: str | None = Field(sa_column=Column(Text, nullable=True))
    object: str | None = Field(sa_column=Column(Text, nullable=True))
    from_min: str | None = Field(sa_column=Column(Text, nullable=True))
    from_max: str | None = Field(sa_column=Column(Text, nullable=True))
    to_min: str | None = Field(sa_column=Column(Text, nullable=True))
    to_max: str | None = Field(sa_column=Column(Text, nullable=True))
    finding: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EvidenceNow(SQLModel, table=True):
    """That a finding rests on a report: `source` is the report's source, so that what rests on a source is one look-up."""

    __tablename__ = "evidence_now"
    __table_args__ = (
        positive("position"),
        Index(None, "source", "about", "facet", "segment"),
        Index(None, "owner"),
        KEYED,
    )

    about: str = Field(sa_column=Column(Text, primary_key=True))
    facet: str = Field(sa_column=Column(Text, primary_key=True))
    segment: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    owner: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))


class ReportNow(SQLModel, table=True):
    """A public report: its source, its voice, and whether it stands (`standing`, `corrected`, `retracted`)."""

    __tablename__ = "reports_now"
    __table_args__ = (
        positive("position"),
        CheckConstraint("state IN ('standing', 'corrected', 'retracted')", name="state"),
        Index(None, "source", "position"),
        STRICT,
    )

    position: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    voice: str | None = Field(sa_column=Column(Text, nullable=True))
    state: str = Field(sa_column=Column(Text, nullable=False))
    decided_by: int | None = Field(sa_column=Column(WIDE_INTEGER, nullable=True))


class CreditNow(SQLModel, table=True):
    """That a report credits a party, anywhere in its chain or as its publisher."""

    __tablename__ = "credits_now"
    __table_args__ = (positive("position"), KEYED)

    party: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))


class FoldRead(SQLModel, table=True):
    """That the fold of `owner` asked for a fact of `key`: when the fact changes, the fold is done again."""

    __tablename__ = "fold_reads"
    __table_args__ = (Index(None, "owner"), KEYED)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    owner: str = Field(sa_column=Column(Text, primary_key=True))


PROJECTION_STATE: Table = METADATA.tables["projection_state"]
SUBJECTS_NOW: Table = METADATA.tables["subjects_now"]
NAMES_NOW: Table = METADATA.tables["names_now"]
FINDINGS_NOW: Table = METADATA.tables["findings_now"]
EVIDENCE_NOW: Table = METADATA.tables["evidence_now"]
REPORTS_NOW: Table = METADATA.tables["reports_now"]
CREDITS_NOW: Table = METADATA.tables["credits_now"]
FOLD_READS: Table = METADATA.tables["fold_reads"]
PROJECTED: tuple[Table, ...] = (
    SUBJECTS_NOW,
    NAMES_NOW,
    FINDINGS_NOW,
    EVIDENCE_NOW,
    REPORTS_NOW,
    CREDITS_NOW,
    FOLD_READS,
)
