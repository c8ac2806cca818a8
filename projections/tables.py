"""The rows that projections keep: what stands now, what stood before, what it rests on, and how far the projecting has come.

Each projected table exists twice. `…_now` holds one row for each key, with the position from which it stands (`known_from`); `…_hist` is
insert-only and holds what stood before, `[known_from, known_to)`. Rows as of position p are those of both with
`known_from <= p < known_to`, and equal what the folds make of the first p events (I-12). The present is read from `…_now` alone, so
that it does not get dearer as history grows.

`build` numbers a building of all rows: one is active, another may be under way beside it, and the last one is kept. `owner` is the
subject whose fold wrote a row. What lists filter and sort by (`findings`) stands apart from the whole finding as canonical JSON
(`details`), so that a new row of a list begins only where something changes that a list shows.

`shelf`, in the two tables where one subject may have thousands of rows, tells the cell of positions in which a row stood for a short
while from all others: what stood at p lies on one of two shelves, so that nobody looks through the rest of a long history. `node` is the
row's node in an interval tree over positions: what stood at p lies on one of a few nodes, and a count of the past reads no other rows
(https://en.wikipedia.org/wiki/Interval_tree; both are functions of the two positions). `findings_hist` holds what stands as well, with an
open end, so that a list of the past is read from one table; such a row is replaced, once, by the one that has ended.

Every row can be dropped and built again from the events; nothing here is evidence. Absent on purpose: names of statuses or rules as
database types (they are the folds' business), and any row of an event that is not public: what is kept here may be shown to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, Table, Text
from sqlmodel import Field, SQLModel

from events.kinds import SubjectSort
from events.tables import KEYED, METADATA, STRICT, WIDE_INTEGER, filled, one_of, positive

# By bytes on both stores, so that both list names in the same order.
FOLDED = Text().with_variant(Text(collation="C"), "postgresql")
FIXED = {"autoincrement": False}


class ProjectionBuild(SQLModel, table=True):
    """How far one building of the rows has come. Rows of the positions after `projected_through`, through `writing_through`, may be there
    in part: who reads while the two differ reads as of `projected_through`. Null `stopped_reason`: it goes on; else the fold at
    `projected_through` + 1 raised."""

    __tablename__ = "projection_builds"
    __table_args__ = (
        positive("build"),
        CheckConstraint("projected_through >= 0", name="projected_through"),
        CheckConstraint("writing_through >= projected_through", name="writing_through"),
        STRICT,
    )

    build: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    projected_through: int = Field(sa_type=WIDE_INTEGER)
    writing_through: int = Field(sa_type=WIDE_INTEGER)
    stopped_reason: str | None = Field(sa_type=Text)


class ProjectionActivation(SQLModel, table=True):
    """That from here on answers are read from a build. The last one counts."""

    __tablename__ = "projection_activations"
    __table_args__ = (positive("sequence"), positive("build"), STRICT)

    sequence: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    build: int = Field(sa_type=WIDE_INTEGER)
    position: int = Field(sa_type=WIDE_INTEGER)


class FoldQueue(SQLModel, table=True):
    """What is to be folded, or was (`done`), for the one position that a build is working in by slices, in the order of `rank`."""

    __tablename__ = "fold_queue"
    __table_args__ = (
        positive("build"),
        CheckConstraint("done IN (0, 1)", name="done"),
        Index(None, "build", "done", "rank", "key"),
        KEYED,
    )

    build: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    rank: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    key: str = Field(primary_key=True, sa_type=Text)
    done: int = Field(sa_type=WIDE_INTEGER)


class FoldRead(SQLModel, table=True):
    """That the fold of `owner` asked for a fact of `key`: when the fact changes, the fold is done again."""

    __tablename__ = "fold_reads"
    __table_args__ = (positive("build"), Index(None, "build", "owner"), KEYED)

    build: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    key: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(primary_key=True, sa_type=Text)


class Built(SQLModel):
    """A row of one build."""

    build: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)


class Now(SQLModel):
    """A row that stands, from this position on."""

    known_from: int = Field(sa_type=WIDE_INTEGER)


class Hist(SQLModel):
    """A row that stood from one position up to another, which is not included."""

    known_from: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    known_to: int = Field(sa_type=WIDE_INTEGER)


class Shelved(Hist):
    """One that is found by where in time it lies, as `shelf_of` has it."""

    shelf: int = Field(sa_type=WIDE_INTEGER)


class Counted(SQLModel):
    """One that is counted by where in time it lies, as `node_of` has it; its key begins with what a page of the past looks for."""

    known_from: int = Field(sa_type=WIDE_INTEGER)
    shelf: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    known_to: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    node: int = Field(sa_type=WIDE_INTEGER)


_DAYS = ("from_max", "to_min", "from_min", "to_max")


def _period() -> CheckConstraint:
    return CheckConstraint("known_to > known_from", name="known_to")


class Subject(Built):
    """A public subject: its display name (null where no source names it), what is registered of it as JSON of its facts, and the names'
    folded form by which lists are sorted."""

    key: str = Field(primary_key=True, sa_type=Text)
    sort: str = Field(sa_type=Text)
    name: str | None = Field(sa_type=Text)
    name_fold: str = Field(sa_type=FOLDED)
    opened_at_position: int = Field(sa_type=WIDE_INTEGER)
    under: str | None = Field(sa_type=Text)
    publisher: str | None = Field(sa_type=Text)
    facts: bytes = Field(sa_type=LargeBinary)


class SubjectNow(Now, Subject, table=True):
    __tablename__ = "subjects_now"
    __table_args__ = (
        filled("key"),
        one_of("sort", SubjectSort),
        positive("opened_at_position"),
        Index("ix_subjects_now_page", "build", "sort", "name_fold", "key", "known_from"),
        Index(None, "build", "under", "key"),
        Index(None, "build", "publisher", "key"),
        STRICT,
    )


class SubjectHist(Hist, Subject, table=True):
    __tablename__ = "subjects_hist"
    __table_args__ = (
        _period(),
        Index("ix_subjects_hist_page", "build", "sort", "name_fold", "key", "known_from", "known_to"),
        STRICT,
    )


class Name(Built):
    """One spelling of a subject's name, as written and folded for search."""

    key: str = Field(primary_key=True, sa_type=Text)
    as_written: str = Field(primary_key=True, sa_type=Text)
    name_fold: str = Field(sa_type=FOLDED)


class NameNow(Now, Name, table=True):
    __tablename__ = "names_now"
    __table_args__ = (filled("as_written"), KEYED)


class NameHist(Hist, Name, table=True):
    __tablename__ = "names_hist"
    __table_args__ = (_period(), KEYED)


class FindingRow(Built):
    """What lists show of one finding. `status` is the value's short form (a custody, an outcome, a stage), `object` the act or
    proceeding it is under; the four days are ISO 8601 and half-open, as in `projections.findings.Interval`."""

    about: str = Field(primary_key=True, sa_type=Text)
    facet: str = Field(primary_key=True, sa_type=Text)
    segment: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)
    standing: str = Field(sa_type=Text)
    status: str | None = Field(sa_type=Text)
    object: str | None = Field(sa_type=Text)
    from_min: str | None = Field(sa_type=Text)
    from_max: str | None = Field(sa_type=Text)
    to_min: str | None = Field(sa_type=Text)
    to_max: str | None = Field(sa_type=Text)


class FindingNow(Now, FindingRow, table=True):
    __tablename__ = "findings_now"
    __table_args__ = (
        filled("about"),
        filled("facet"),
        Index(None, "build", "owner"),
        Index("ix_findings_now_page", "build", "facet", "status", "about", *_DAYS, "standing"),
        Index("ix_findings_now_object", "build", "object", "facet", "status", "about", *_DAYS),
        KEYED,
    )


class FindingHist(Counted, FindingRow, table=True):
    __tablename__ = "findings_hist"
    __table_args__ = (
        _period(),
        # The shelf before the segment: a page of the past finds by it, in the long history of one subject, the few rows it needs.
        PrimaryKeyConstraint("build", "about", "facet", "shelf", "known_to", "segment"),
        # All that a page of the past asks of a finding, or a count, so that no row has to be looked up.
        Index(
            "ix_findings_hist_page",
            *("build", "facet", "status", "about", "shelf", "known_to", "known_from", *_DAYS, "standing"),
        ),
        Index(
            "ix_findings_hist_count",
            *("build", "facet", "status", "node", "known_to", "known_from", "about", *_DAYS, "standing"),
        ),
        Index(
            "ix_findings_hist_object",
            *(
                "build",
                "object",
                "facet",
                "shelf",
                "about",
                "known_to",
                "known_from",
                "node",
                "status",
                *_DAYS,
            ),
        ),
        KEYED,
    )


class Detail(Built):
    """One finding, whole: canonical JSON of `projections.findings.Finding`."""

    about: str = Field(primary_key=True, sa_type=Text)
    facet: str = Field(primary_key=True, sa_type=Text)
    segment: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)
    finding: bytes = Field(sa_type=LargeBinary)


class DetailNow(Now, Detail, table=True):
    __tablename__ = "details_now"
    __table_args__ = (
        filled("about"),
        Index(None, "build", "owner"),
        Index(None, "build", "known_from"),
        STRICT,
    )


class DetailHist(Shelved, Detail, table=True):
    __tablename__ = "details_hist"
    __table_args__ = (
        _period(),
        Index(None, "build", "about", "shelf", "known_to"),
        Index(None, "build", "known_to"),
        Index(None, "build", "known_from"),
        STRICT,
    )


class Evidence(Built):
    """That a finding rests on reports of a source, so that what rests on a source is one look-up."""

    source: str = Field(primary_key=True, sa_type=Text)
    about: str = Field(primary_key=True, sa_type=Text)
    facet: str = Field(primary_key=True, sa_type=Text)
    segment: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)


class EvidenceNow(Now, Evidence, table=True):
    __tablename__ = "evidence_now"
    __table_args__ = (filled("source"), Index(None, "build", "owner"), KEYED)


class EvidenceHist(Hist, Evidence, table=True):
    __tablename__ = "evidence_hist"
    __table_args__ = (_period(), KEYED)


class Report(Built):
    """A public report: its source, its voice, and whether it stands (`standing`, `corrected`, `retracted`), by which decision if not."""

    position: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    owner: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    voice: str | None = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    decided_by: int | None = Field(sa_type=WIDE_INTEGER)


class ReportNow(Now, Report, table=True):
    __tablename__ = "reports_now"
    __table_args__ = (
        positive("position"),
        CheckConstraint("state IN ('standing', 'corrected', 'retracted')", name="state"),
        Index(None, "build", "source", "position"),
        Index(None, "build", "owner"),
        Index(None, "build", "decided_by"),
        STRICT,
    )


class ReportHist(Hist, Report, table=True):
    __tablename__ = "reports_hist"
    __table_args__ = (
        _period(),
        Index(None, "build", "source", "position"),
        Index(None, "build", "decided_by"),
        STRICT,
    )


class Credit(Built):
    """That a report credits a party, anywhere in its chain or as its voice."""

    party: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True, sa_type=WIDE_INTEGER, sa_column_kwargs=FIXED)
    owner: str = Field(sa_type=Text)


class CreditNow(Now, Credit, table=True):
    __tablename__ = "credits_now"
    __table_args__ = (positive("position"), Index(None, "build", "owner"), KEYED)


class CreditHist(Hist, Credit, table=True):
    __tablename__ = "credits_hist"
    __table_args__ = (_period(), KEYED)


class Versioned(Struct, frozen=True, eq=False):
    """One projected table: what stands, what stood, the columns of its key and of its values, `build` and positions aside."""

    now: Table
    hist: Table
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Key and values, in the order in which rows are told."""
        return (*self.key, *self.values)

    @property
    def unit(self) -> str:
        """The column of the subject whose fold, or whose facts, a row comes from."""
        return "owner" if "owner" in self.now.c else "key"

    @property
    def is_shelved(self) -> bool:
        """Whether its history is found by where in time it lies."""
        return "shelf" in self.hist.c

    @property
    def ends(self) -> tuple[str, ...]:
        """The columns of its history beside those of what stands."""
        return tuple(name for name in ("known_to", "shelf", "node") if name in self.hist.c)

    @property
    def holds_open(self) -> bool:
        """Whether its history holds what stands as well, with an open end."""
        return self.hist.name == FindingHist.__tablename__


EVER = 2**63 - 1
"""The end of what stands."""
LONG_SHELF = 0
# Two shelves are looked at for a position, whatever the size of a cell: of this one, a subject has at most so many rows on each.
_CELL_BITS = 14
# A billion positions, and each level is a look-up that finds nothing at once in a smaller ledger.
_TREE_LEVELS = 30


def shelf_of(known_from: int, known_to: int) -> int:
    """The shelf of a row: of one that began and ended in one cell of positions, that cell's; else `LONG_SHELF`."""
    cell = known_from >> _CELL_BITS
    return cell + 1 if known_to != EVER and cell == known_to - 1 >> _CELL_BITS else LONG_SHELF


def shelves_at(position: int) -> tuple[int, int]:
    """The shelves on which everything lies that stood, or stands, at a position."""
    return LONG_SHELF, (position >> _CELL_BITS) + 1


def node_of(known_from: int, known_to: int) -> int:
    """The node of a row: of the positions at which it stood, the one divisible by the highest power of two; 0 of one that stands."""
    if known_to == EVER:
        return 0
    last = known_to - 1
    bits = (known_from - 1 ^ last).bit_length() - 1
    assert bits < _TREE_LEVELS, "no ledger is as long"
    return last >> bits << bits


def nodes_at(position: int) -> list[int]:
    """The nodes at which everything lies that stood, or stands, at a position."""
    return [0, *(position >> bits + 1 << bits + 1 | 1 << bits for bits in range(_TREE_LEVELS))]


def _versioned(name: str) -> Versioned:
    now, hist = METADATA.tables[f"{name}_now"], METADATA.tables[f"{name}_hist"]
    key = tuple(column.name for column in now.primary_key.columns if column.name != "build")
    values = (column.name for column in now.columns if column.name not in (*key, "build", "known_from"))
    return Versioned(now, hist, key, tuple(values))


PROJECTION_BUILDS: Table = METADATA.tables["projection_builds"]
PROJECTION_ACTIVATIONS: Table = METADATA.tables["projection_activations"]
FOLD_QUEUE: Table = METADATA.tables["fold_queue"]
FOLD_READS: Table = METADATA.tables["fold_reads"]
SUBJECTS = _versioned("subjects")
NAMES = _versioned("names")
FINDINGS = _versioned("findings")
DETAILS = _versioned("details")
EVIDENCE = _versioned("evidence")
REPORTS = _versioned("reports")
CREDITS = _versioned("credits")
VERSIONED: Mapping[str, Versioned] = {
    "subjects": SUBJECTS,
    "names": NAMES,
    "findings": FINDINGS,
    "details": DETAILS,
    "evidence": EVIDENCE,
    "reports": REPORTS,
    "credits": CREDITS,
}
PROJECTED: tuple[Table, ...] = tuple(
    table for versioned in VERSIONED.values() for table in (versioned.now, versioned.hist)
)
"""Every table that folds fill, `fold_reads` and the queue aside."""
