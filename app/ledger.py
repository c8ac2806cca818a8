"""One ledger, opened: database, archive, writer and recorder, wired from settings, for every door and for the tests.

    with open_service(settings) as service:                       to read, or to check a request
    with open_service(settings, recording=True) as service:       to record: the ledger is opened if it was not

Absent on purpose: migrating, and adopting rules. A database that is not ready refuses to be opened, and says which command makes it so; a
ledger goes by the rules that it adopted, whatever newer ones there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from msgspec import Struct
from sqlalchemy import make_url, select

from app.database import Database
from app.entropy import SystemEntropy
from app.projecting import Projector
from app.recording import Recorder
from app.settings import Settings
from app.snapshots import LocalObjects, SnapshotArchive
from app.writer import Writer
from events.envelope import Entropy
from events.errors import StoreUnready
from events.kinds import ActorId
from events.store import EVERYTHING, LEDGER_KEY, ensure_actor, open_ledger
from events.tables import ACTORS
from projections.feed import StoreFeed
from projections.rulebook import RULEBOOKS, Rulebook, rulebook, rules_adopted
from projections.rules import RULES_VERSION
from projections.runner import catch_up, project_inline

LOCAL_ACTOR = "local"
"""Whoever records on this machine; other actors come with tokens."""
NOBODY = ActorId("0" * 32)
"""Stands for the local actor where a check must not make one; it has recorded nothing."""


class Service(Struct, frozen=True, kw_only=True):
    """An open ledger. `actor` records through the doors of this machine; `rulebooks` are those that its findings may follow."""

    settings: Settings
    database: Database
    archive: SnapshotArchive
    writer: Writer
    recorder: Recorder
    entropy: Entropy
    actor: ActorId
    rulebooks: Mapping[str, Rulebook]


@contextmanager
def open_service(
    settings: Settings,
    *,
    recording: bool = False,
    entropy: Entropy | None = None,
    inline: bool = True,
    rulebooks: Mapping[str, Rulebook] = RULEBOOKS,
) -> Iterator[Service]:
    """The ledger of these settings, until the block is left; then what waits is recorded and every connection closed.

    With `recording`, a ledger that was never opened is opened, and the projections are kept at its head, on leaving as well.
    Not `inline`: an append leaves its events to the projector. `entropy` is the system's unless a test seeds one.

    Raises StoreUnready where the database is not there, not migrated, or lacks its guards; RulesUnknown where the ledger adopted rules that
    are not among the `rulebooks`.
    """
    entropy = entropy or SystemEntropy()
    _refuse_missing(settings.url)
    database = Database(settings.url)
    try:
        database.check_ready()
        _refuse_unknown_rules(database, rulebooks)
        actor = _open(database, settings, entropy, rulebooks) if recording else _known_actor(database)
        archive = SnapshotArchive(LocalObjects(settings.snapshots))
        with (
            Projector(database, rulebooks=rulebooks) if recording else nullcontext(),
            Writer(
                database,
                entropy=entropy,
                project=partial(project_inline, rulebooks=rulebooks) if inline else None,
            ) as writer,
        ):
            yield Service(
                settings=settings,
                database=database,
                archive=archive,
                writer=writer,
                recorder=Recorder(database=database, archive=archive, writer=writer, entropy=entropy),
                entropy=entropy,
                actor=actor,
                rulebooks=rulebooks,
            )
    finally:
        database.close()


def _refuse_missing(url: str) -> None:
    """Looks for SQLite's file before SQLite does, which would make an empty one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
        raise StoreUnready(
            f"There is no ledger at {parsed.database} yet. Run `custody migrate` first; if yours is elsewhere, set CUSTODY_DATA to its"
            " folder.",
            url=url,
        )


def _refuse_unknown_rules(database: Database, rulebooks: Mapping[str, Rulebook]) -> None:
    """Whichever version was in force anywhere is needed: for the present or to read, or build anew, the past."""
    with database.reading() as connection:
        for version in rules_adopted(
            StoreFeed(connection).about([LEDGER_KEY], through=EVERYTHING, in_passing=False)
        ):
            rulebook(version, rulebooks=rulebooks)


def _open(
    database: Database, settings: Settings, entropy: Entropy, rulebooks: Mapping[str, Rulebook]
) -> ActorId:
    with database.writing() as connection:
        open_ledger(
            connection,
            entropy=entropy,
            origin=settings.origin,
            zone=settings.zone,
            rules=RULES_VERSION,
        )
        actor = ensure_actor(connection, LOCAL_ACTOR, entropy=entropy)
    catch_up(database.by_turns(), rulebooks=rulebooks)
    return actor


def _known_actor(database: Database) -> ActorId:
    with database.reading() as connection:
        known = connection.execute(
            select(ACTORS.c.id).where(ACTORS.c.name == LOCAL_ACTOR)
        ).scalar_one_or_none()
    return NOBODY if known is None else ActorId(known)
