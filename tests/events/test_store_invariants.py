"""I-1 to I-5 for any sequence of commands, on both stores, against a small model in memory.

The model decides in the plainest way what each command should come to; the machine draws groups of commands that agree, contradict
each other, repeat keys and expect versions right and wrong, commits some and rolls others back. Every example goes on with the
ledger of the one before, under keys of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection

from app.database import Database
from events import merkle
from events.commands import Command, Outcome, PlannedEvent, Recorded, Replan
from events.errors import KeyTaken, SubjectKeyTaken, SubjectNotFound, VersionStale
from events.kinds import Position, SubjectKey, Visibility
from events.store import FULL_VIEWER, LogReader, append, head, known_items, position_at, read_events
from tests.commands import ACTOR, Scribe, command, item, opened
from tests.entropy import SeededEntropy
from tests.events.test_store import places

Stream = tuple[str, Visibility]


@dataclass(frozen=True)
class DrawnEvent:
    """An opening or a statement; `expects` is how far from the truth the expected version is, if one is stated."""

    opens: bool
    subjects: tuple[str, ...]
    visibility: Visibility
    expects: int | None


@dataclass(frozen=True)
class DrawnItem:
    key: str
    request: str
    events: tuple[DrawnEvent, ...]


DrawnCommand = tuple[DrawnItem, ...]

NAMES = ("x", "y", "z")
# Mostly what is there: a command that names one subject too many comes to nothing.
NAMED = st.sampled_from([*["x", "y"] * 6, "z"])
VISIBILITIES = st.sampled_from([*[Visibility.PUBLIC] * 5, Visibility.RESTRICTED])
EXPECTATIONS = st.sampled_from([*[None] * 8, 0, 0, 0, -1, 1])
OPENINGS = st.builds(DrawnEvent, st.just(True), st.tuples(st.sampled_from(NAMES)), VISIBILITIES, EXPECTATIONS)
ABOUT = st.lists(NAMED, min_size=1, max_size=3, unique=True).map(tuple)
STATEMENTS = st.builds(DrawnEvent, st.just(False), ABOUT, VISIBILITIES, EXPECTATIONS)
ITEMS = st.builds(
    DrawnItem,
    st.sampled_from([f"k{index}" for index in range(60)]),
    st.sampled_from([*["one request"] * 4, "another"]),
    st.lists(
        st.sampled_from([*[STATEMENTS] * 9, OPENINGS]).flatmap(lambda kind: kind), min_size=1, max_size=3
    ).map(tuple),
)
COMMANDS = st.lists(ITEMS, min_size=1, max_size=3, unique_by=lambda drawn: drawn.key).map(tuple)
GROUPS = st.lists(COMMANDS, min_size=1, max_size=4)


@dataclass
class ModelEvent:
    event_id: str
    subjects: tuple[str, ...]
    visibility: Visibility
    versions: tuple[int, ...]


@dataclass
class Model:
    """What the ledger should hold of one example: the plainest thing that keeps the rules."""

    events: list[ModelEvent] = field(default_factory=list)
    versions: dict[Stream, int] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    opened: set[Stream] = field(default_factory=set)
    """By the command that is being taken."""

    def copy(self) -> Model:
        return Model(list(self.events), dict(self.versions), dict(self.requests))

    def take(self, drawn: DrawnCommand, planned: Command) -> str:
        """What becomes of the command; if it is `recorded`, the model has it now."""
        if any(self.requests.get(each.key, each.request) != each.request for each in drawn):
            return KeyTaken.code
        if any(each.key in self.requests for each in drawn):
            return "known"
        after = self.copy()
        raced = False
        for each, planned_item in zip(drawn, planned.items, strict=True):
            after.requests[each.key] = each.request
            for event, planned_event in zip(each.events, planned_item.events, strict=True):
                code = after.enter(event, planned_event, before=self)
                if code == "raced":
                    raced = True
                elif code is not None:
                    return code
        if raced:
            return "raced"
        self.events, self.versions, self.requests = after.events, after.versions, after.requests
        return "recorded"

    def enter(self, event: DrawnEvent, planned: PlannedEvent, *, before: Model) -> str | None:
        streams = [(name, event.visibility) for name in event.subjects]
        for name, expected in planned.expected_versions.items():
            if before.versions.get((name, event.visibility), 0) != expected:
                return VersionStale.code
        raced = False
        if event.opens:
            exists = any(name == event.subjects[0] for name, _ in self.versions)
            if event.visibility is Visibility.PUBLIC and exists:
                return SubjectKeyTaken.code
            if event.visibility is not Visibility.PUBLIC and not exists:
                return SubjectNotFound.code
            if streams[0] in self.opened:
                return SubjectKeyTaken.code
            self.opened.add(streams[0])
            raced = streams[0] in self.versions
        elif not all(stream in self.versions for stream in streams):
            return SubjectNotFound.code
        for stream in streams:
            self.versions[stream] = self.versions.get(stream, 0) + 1
        versions = tuple(self.versions[stream] for stream in streams)
        self.events.append(ModelEvent(planned.draft.event_id, event.subjects, event.visibility, versions))
        return "raced" if raced else None


class Rollback(Exception):
    """Raised to leave a transaction without committing it."""


class LedgerMachine(RuleBasedStateMachine):
    """Groups of commands, committed or rolled back, on one ledger that goes on from example to example."""

    examples = 0

    def __init__(self, database: Database, entropy: SeededEntropy) -> None:
        super().__init__()
        LedgerMachine.examples += 1
        self.prefix = f"e{LedgerMachine.examples}-"
        self.database = database
        self.entropy = entropy
        self.scribe = Scribe(entropy)
        self.model = Model()
        with database.reading() as connection:
            self.base = head(connection)

    def planned(self, drawn: DrawnCommand) -> Command:
        items = []
        for each in drawn:
            events = [self.planned_event(event) for event in each.events]
            items.append(item(each.key, *events, request=each.request))
        return command(*items, set_name=self.prefix)

    def planned_event(self, drawn: DrawnEvent) -> PlannedEvent:
        keys = [self.prefix + name for name in drawn.subjects]
        version = self.model.versions.get((keys[0], drawn.visibility), 0)
        expected = None if drawn.expects is None else max(0, version + drawn.expects)
        if drawn.opens:
            public = drawn.visibility is Visibility.PUBLIC
            return self.scribe.opening(
                keys[0], visibility=drawn.visibility, new_subject=public, expected=expected
            )
        versions = {} if expected is None else {SubjectKey(keys[0]): expected}
        return self.scribe.statement(*keys, visibility=drawn.visibility, expected=versions)

    def predicted(self, group: Sequence[DrawnCommand], planned: Sequence[Command]) -> list[str]:
        named = [tuple(self.named(each) for each in drawn) for drawn in group]
        return [self.model.take(drawn, each) for drawn, each in zip(named, planned, strict=True)]

    def named(self, drawn: DrawnItem) -> DrawnItem:
        events = tuple(
            DrawnEvent(e.opens, tuple(self.prefix + name for name in e.subjects), e.visibility, e.expects)
            for e in drawn.events
        )
        return DrawnItem(drawn.key, drawn.request, events)

    @initialize()
    def open_subjects(self) -> None:
        """Both names in public, one of them restricted too; the third may come."""
        openings = [
            DrawnEvent(True, ("x",), Visibility.PUBLIC, None),
            DrawnEvent(True, ("y",), Visibility.PUBLIC, None),
            DrawnEvent(True, ("x",), Visibility.RESTRICTED, None),
        ]
        self.commit([(DrawnItem("first", "one request", tuple(openings)),)])

    @rule(group=GROUPS)
    def commit(self, group: list[DrawnCommand]) -> None:
        """Each command comes to what the model says; a receipt names the events that were planned."""
        planned = [self.planned(drawn) for drawn in group]
        with self.database.writing() as connection:
            outcomes = append(connection, planned, entropy=self.entropy)

        assert [came_to(outcome) for outcome in outcomes] == self.predicted(group, planned)
        for outcome, each in zip(outcomes, planned, strict=True):
            if isinstance(outcome, Recorded):
                self.check_receipts(outcome, each)

    @rule(group=GROUPS)
    def roll_back(self, group: list[DrawnCommand]) -> None:
        """A transaction that is not committed leaves nothing."""
        with suppress(Rollback), self.database.writing() as connection:
            append(connection, [self.planned(drawn) for drawn in group], entropy=self.entropy)
            raise Rollback

    @rule(group=GROUPS)
    def fail_to_project(self, group: list[DrawnCommand]) -> None:
        """A fold that raises changes nothing of what is recorded."""

        def project(connection: Connection, first: Position, last: Position) -> None:
            raise ArithmeticError

        planned = [self.planned(drawn) for drawn in group]
        with self.database.writing() as connection:
            outcomes = append(connection, planned, entropy=self.entropy, project=project)

        assert [came_to(outcome) for outcome in outcomes] == self.predicted(group, planned)

    @rule(seconds=st.integers(1, 10**6))
    def set_the_clock_back(self, seconds: int) -> None:
        """Nobody promises that a clock goes forward."""
        self.entropy.turn_back(timedelta(seconds=seconds))

    def check_receipts(self, outcome: Recorded, planned: Command) -> None:
        for receipt, planned_item in zip(outcome.receipts, planned.items, strict=True):
            ids = tuple(event.draft.event_id for event in planned_item.events)
            assert (receipt.key, receipt.event_ids) == (planned_item.key, ids)
        assert outcome.position == outcome.receipts[-1].last_position

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        """The same events in the same order at gapless positions (I-1, I-2), with gapless versions, and never an instant back (I-5)."""
        with self.database.reading() as connection:
            now = head(connection)
            events = read_events(connection, viewer=FULL_VIEWER, after=self.base.size)
            known = known_items(connection, ACTOR, self.prefix, self.model.requests)

        assert now.size == self.base.size + len(self.model.events)
        assert [event.position for event in events] == list(range(self.base.size + 1, now.size + 1))
        assert [
            ModelEvent(
                event.event_id,
                event.subjects,
                event.visibility,
                tuple(version for version, _ in places(event)),
            )
            for event in events
        ] == self.model.events
        assert known.keys() == self.model.requests.keys()
        instants = [self.base.recorded_at, *(event.recorded_at for event in events), now.recorded_at]
        assert instants == sorted(instants)

    def teardown(self) -> None:
        """The tree over all leaves has the head's root, and every instant gives the end of its commit."""
        with self.database.reading() as connection:
            now = head(connection)
            events = read_events(connection, viewer=FULL_VIEWER)
            leaves = [event.leaf for event in events]
            assert now.root == merkle.root(now.size, merkle.MemoryTree(leaves))
            assert now.root == merkle.root(now.size, LogReader(connection))
            last_of: dict[datetime, int] = {event.recorded_at: event.position for event in events}
            for instant, position in list(last_of.items())[-3:]:
                assert position_at(connection, instant) == position


def came_to(outcome: Outcome) -> str:
    match outcome:
        case Recorded():
            return "recorded"
        case Replan(known_keys=(), opened=_):
            return "raced"
        case Replan():
            return "known"
        case refusal:
            return refusal.code


class TestInvariants:
    def test_any_sequence_of_commands(self, database_url: str) -> None:
        """Whatever is submitted in whatever order, the ledger is what the model says (I-1 to I-5)."""
        database, entropy = Database(database_url), SeededEntropy(7)
        opened(database, entropy)

        run_state_machine_as_test(
            lambda: LedgerMachine(database, entropy),  # type: ignore[arg-type]  # any factory will do
            settings=settings(max_examples=20, stateful_step_count=15, report_multiple_bugs=False),
        )

        database.close()
