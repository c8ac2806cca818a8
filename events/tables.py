"""The ledger's schema: one row class for every table, and the naming convention of all constraints.

SQLModel gives the schema and nothing else: rows are written and read by Core statements (`events/store.py`), from structs that were
validated before. So that a mistake there cannot be stored, every column is NOT NULL unless its docstring says what null means,
and every value has a CHECK. Bytes that are evidence are kept as bytes, never as JSONB, which reorders and drops.

`METADATA` and `NAMING` are the one metadata and the one convention of the project: `projections/tables.py` uses them too, and
imports this module before it defines a table. Instants are text as the envelope writes them, so that both stores give back what
was hashed.

Absent on purpose: behaviour, relationships, sessions, and any table of a projection. What the database refuses beyond CHECK and
FOREIGN KEY (I-6) stands in `migrations/guards.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from events.kinds import SubjectSort, Visibility

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
METADATA = SQLModel.metadata
METADATA.naming_convention = NAMING

# SQLite makes an INTEGER primary key, and no other, the row's own address: no second index to write.
WIDE_INTEGER = BigInteger().with_variant(Integer(), "sqlite")
# Strict tables: without this SQLite stores a text in a BLOB column and says nothing.
STRICT = {"sqlite_strict": True}
# Rows are found by their key alone, so the key is the table: one tree to write instead of two.
KEYED = {**STRICT, "sqlite_with_rowid": False}


def one_of(column: str, values: type[Visibility] | type[SubjectSort]) -> CheckConstraint:
    """A CHECK that a column holds one of an enumeration's stored strings."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def sized(column: str, size: int) -> CheckConstraint:
    """A CHECK that a column holds exactly so many bytes or characters."""
    return CheckConstraint(f"length({column}) = {size}", name=column)


def instant(column: str) -> CheckConstraint:
    """A CHECK that a column is shaped like an instant of the envelope: UTC, six decimals, Z."""
    return CheckConstraint(f"{column} LIKE '____-__-__T__:__:__.______Z'", name=column)


def positive(column: str) -> CheckConstraint:
    """A CHECK that a column counts from 1."""
    return CheckConstraint(f"{column} >= 1", name=column)


def filled(column: str) -> CheckConstraint:
    """A CHECK that a text is not empty."""
    return CheckConstraint(f"length({column}) >= 1", name=column)


class LedgerHead(SQLModel, table=True):
    """The one row that every append locks: how far the ledger has come. Its id is 1."""

    __tablename__ = "ledger_head"
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        sized("ledger", 32),
        CheckConstraint("size >= 0", name="size"),
        instant("recorded_at"),
        CheckConstraint("length(frontier) % 32 = 0", name="frontier"),
        STRICT,
    )

    id: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    ledger: str = Field(sa_column=Column(Text, nullable=False))
    size: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))
    recorded_at: str = Field(sa_column=Column(Text, nullable=False))
    frontier: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EventRow(SQLModel, table=True):
    """An event's place and what its envelope is rebuilt from; never changed. `leaf` is the hash of the envelope."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("event_id"),
        positive("position"),
        sized("event_id", 36),
        filled("kind"),
        one_of("visibility", Visibility),
        instant("recorded_at"),
        sized("body", 32),
        sized("leaf", 32),
        STRICT,
    )

    position: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    event_id: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    visibility: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: str = Field(sa_column=Column(Text, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ContentRow(SQLModel, table=True):
    """What an event says, in canonical JSON, and what proves it; changed by erasure alone.

    `erased` is canonical JSON of pointer to base64 digest, or null as long as nothing was erased.
    """

    __tablename__ = "contents"
    __table_args__ = (
        filled("content"),
        CheckConstraint("length(salts) % 16 = 0", name="salts"),
        CheckConstraint("erased IS NULL OR length(erased) >= 2", name="erased"),
        STRICT,
    )

    position: int = Field(
        sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), primary_key=True, autoincrement=False)
    )
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    erased: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))


class SubjectRow(SQLModel, table=True):
    """A subject by its public key, and the position of its first opening."""

    __tablename__ = "subjects"
    __table_args__ = (filled("key"), one_of("sort", SubjectSort), positive("opened_at_position"), KEYED)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    sort: str = Field(sa_column=Column(Text, nullable=False))
    opened_at_position: int = Field(
        sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), nullable=False)
    )


class StreamRow(SQLModel, table=True):
    """One stream of a subject: a subject has one for each visibility in which anything was recorded of it."""

    __tablename__ = "streams"
    __table_args__ = (
        UniqueConstraint("subject_key", "visibility"),
        sized("stream_id", 32),
        one_of("visibility", Visibility),
        positive("opened_at_position"),
        KEYED,
    )

    stream_id: str = Field(sa_column=Column(Text, primary_key=True))
    subject_key: str = Field(sa_column=Column(Text, ForeignKey("subjects.key"), nullable=False))
    visibility: str = Field(sa_column=Column(Text, nullable=False))
    opened_at_position: int = Field(
        sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), nullable=False)
    )


class EventStreamRow(SQLModel, table=True):
    """That an event stands in a stream, as which version; ordinal 0 is the event's primary stream."""

    __tablename__ = "event_streams"
    __table_args__ = (
        UniqueConstraint("position", "ordinal"),
        positive("version"),
        CheckConstraint("ordinal BETWEEN 0 AND 15", name="ordinal"),
        KEYED,
    )

    stream_id: str = Field(sa_column=Column(Text, ForeignKey("streams.stream_id"), primary_key=True))
    version: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), nullable=False))
    ordinal: int = Field(sa_column=Column(Integer, nullable=False))


class IdempotencyRow(SQLModel, table=True):
    """What an actor recorded under a key of his own (I-3): the digest of the request, and the positions it was given.

    A null digest says that what was recorded has been erased since.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        filled("actor"),
        filled("set_name"),
        filled("item_key"),
        CheckConstraint("request_digest IS NULL OR length(request_digest) = 32", name="request_digest"),
        positive("first_position"),
        CheckConstraint("last_position >= first_position", name="last_position"),
        KEYED,
    )

    actor: str = Field(sa_column=Column(Text, primary_key=True))
    set_name: str = Field(sa_column=Column(Text, primary_key=True))
    item_key: str = Field(sa_column=Column(Text, primary_key=True))
    request_digest: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    first_position: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))
    last_position: int = Field(sa_column=Column(WIDE_INTEGER, nullable=False))


class TileRow(SQLModel, table=True):
    """A full tile of the hash tree, 256 hashes, and their root, which is one hash of the level above; never changed."""

    __tablename__ = "tiles"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 63", name="level"),
        CheckConstraint("tile_index >= 0", name="tile_index"),
        sized("hashes", 8192),
        sized("root", 32),
        KEYED,
    )

    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    tile_index: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(SQLModel, table=True):
    """A signed root of the tree over the first `size` events, with the signed note as it was published; never changed."""

    __tablename__ = "checkpoints"
    __table_args__ = (positive("size"), sized("root", 32), filled("note"), STRICT)

    size: int = Field(sa_column=Column(WIDE_INTEGER, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ErasureRow(SQLModel, table=True):
    """That the unit at a pointer of an event was erased, by the decision at `by_position`; insert-only."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("pointer LIKE '/%'", name="pointer"),
        CheckConstraint("by_position > position", name="by_position"),
        KEYED,
    )

    position: int = Field(
        sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), primary_key=True, autoincrement=False)
    )
    pointer: str = Field(sa_column=Column(Text, primary_key=True))
    by_position: int = Field(sa_column=Column(WIDE_INTEGER, ForeignKey("events.position"), nullable=False))


class ActorRow(SQLModel, table=True):
    """Who records: an opaque id, which the log carries, and a name, which it does not. An ordinary operations table."""

    __tablename__ = "actors"
    __table_args__ = (UniqueConstraint("name"), sized("id", 32), filled("name"), STRICT)

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=Column(Text, nullable=False))


LEDGER_HEAD: Table = METADATA.tables["ledger_head"]
EVENTS: Table = METADATA.tables["events"]
CONTENTS: Table = METADATA.tables["contents"]
SUBJECTS: Table = METADATA.tables["subjects"]
STREAMS: Table = METADATA.tables["streams"]
EVENT_STREAMS: Table = METADATA.tables["event_streams"]
IDEMPOTENCY: Table = METADATA.tables["idempotency"]
TILES: Table = METADATA.tables["tiles"]
CHECKPOINTS: Table = METADATA.tables["checkpoints"]
ERASURES: Table = METADATA.tables["erasures"]
ACTORS: Table = METADATA.tables["actors"]
