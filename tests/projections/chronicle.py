"""Ledgers of a few subjects for tests of what is projected: a chronicle to which contents are appended, and random contents.

Every content is planned as the writer plans it, and appended through the store.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import strategies as st

from app.claim_checks import FILED_UNDER
from app.database import Database
from events.commands import Command, Item, Opening, PlannedEvent, Recorded
from events.envelope import Draft
from events.kinds import (
    ActReported,
    ActStep,
    Count,
    CountReported,
    DetentionReported,
    Entry,
    EventId,
    ExclusionReported,
    Modality,
    PersonDescribed,
    ReleaseMechanism,
    ReleaseReported,
    ReportRetracted,
    RetractionGround,
    SourceRegistered,
    StreamId,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    Visibility,
)
from events.quantities import Comparator, CountMeasure, CountUnit, Quantity
from events.store import FULL_VIEWER, Project, append, head, read_by_ids
from projections.runner import rebuild
from tests.commands import ACTOR, opened
from tests.entropy import SeededEntropy
from tests.projections.builders import cited, made, on, written

SORTS = {
    "p1": SubjectSort.PERSON,
    "p2": SubjectSort.PERSON,
    "a1": SubjectSort.ACT,
    "g1": SubjectSort.GROUP,
    "s1": SubjectSort.SOURCE,
    "s2": SubjectSort.SOURCE,
    "o1": SubjectSort.PARTY,
}
STATED: Mapping[str, Mapping[str, object]] = {"g1": {"under": SubjectKey("a1")}}
DAYS = st.sampled_from(["2021-10", "2023", "2025-12-15", "2025-12-22", "2026-01"])
PEOPLE = st.sampled_from(["p1", "p2"])
SOURCES = st.sampled_from(["s1", "s2"])


class Chronicle:
    """A ledger of a few subjects, opened from the first, to which contents are appended in groups."""

    def __init__(
        self,
        database: Database,
        *,
        project: Project | None,
        sorts: Mapping[str, SubjectSort] = SORTS,
        stated: Mapping[str, Mapping[str, object]] = STATED,
        late: Collection[str] = (),
    ) -> None:
        self.database = database
        self._entropy = SeededEntropy(1)
        self.project = project
        self._sorts = sorts
        self._stated = stated
        self._keys = iter(range(10**9))
        self.reports: list[EventId] = []
        opened(database, self._entropy)
        self.append([self.opening(key) for key in sorts if key not in late])

    def add(self, *contents: tuple[str, Entry]) -> None:
        """Appends these contents, each about a subject, in one commit."""
        self.append([self.planned(key, content) for key, content in contents])

    def append(self, events: Sequence[PlannedEvent]) -> None:
        """Appends planned events as one item."""
        item = Item(key=str(next(self._keys)), request_digest=hashlib.sha256().digest(), events=tuple(events))
        command = Command(actor=ACTOR, set_name="s", items=(item,))
        with self.database.writing() as connection:
            (outcome,) = append(connection, [command], entropy=self._entropy, project=self.project)
        assert isinstance(outcome, Recorded), outcome
        told = (event.draft for event in events if event.draft.kind.endswith(("_reported", "_described")))
        self.reports += [EventId(draft.event_id) for draft in told]

    @property
    def size(self) -> int:
        """How many events there are."""
        with self.database.reading() as connection:
            return head(connection).size

    def retract(self, target: EventId) -> None:
        """Takes a report back, in the stream of whom it is about."""
        content = made(ReportRetracted, reason="test", ground=RetractionGround.OURS, event=target)
        with self.database.reading() as connection:
            about = read_by_ids(connection, [target], viewer=FULL_VIEWER)[target].subjects[0]
        self.add((about, content))

    def restrict(self, key: str, content: Entry) -> None:
        """Appends a restricted content in a stream of its own."""
        restricted = msgspec.structs.replace(content, visibility=Visibility.RESTRICTED)
        opening = self.opening(key, visibility=Visibility.RESTRICTED, is_new=False)
        self.append([opening, self.planned(key, restricted)])

    def rebuilt(self) -> str:
        """The digest of the rows built anew."""
        return rebuild(self.database).digest

    def opening(
        self, key: str, *, visibility: Visibility = Visibility.PUBLIC, is_new: bool = True
    ) -> PlannedEvent:
        """The opening of a subject, or of a further stream of it."""
        subject = Subject(key=SubjectKey(key), sort=self._sorts[key])
        named = {"name": written(f"Name of {key}"), "visibility": visibility}
        content = made(SubjectOpened, subject=subject, **(named | dict(self._stated.get(key, {}))))
        opens = Opening(subject=subject, stream_id=StreamId(self._entropy.random_id()), new_subject=is_new)
        return self.planned(key, content, opens=opens)

    def planned(
        self, key: str, content: Entry, *, also: Iterable[str] = (), opens: Opening | None = None
    ) -> PlannedEvent:
        """A content about a subject, filed under what it names as well."""
        named = [name for field in FILED_UNDER if (name := getattr(content, field, None)) is not None]
        subjects = tuple(SubjectKey(one) for one in dict.fromkeys([key, *also, *named]))
        fields: dict[str, Any] = msgspec.to_builtins(content) | {"schema": content.latest_schema}
        del fields["streams"]
        draft = Draft(fields, stream_count=len(subjects), entropy=self._entropy)
        return PlannedEvent(draft=draft, subjects=subjects, opens=opens)


def said(kind: type[Entry], source: str = "s1", **fields: object) -> Entry:
    """A report of this kind with a citation."""
    return made(kind, citations=(cited(),), source=SubjectKey(source), **fields)


def registered(source: str, available: str) -> tuple[str, Entry]:
    """A source of `o1`, readable from this day on."""
    return source, made(
        SourceRegistered, title=f"Title of {source}", publisher=SubjectKey("o1"), available=on(available)
    )


ACT = SubjectKey("a1")
RELEASE = ReleaseMechanism.AMNESTY
COUNTED = Count(
    measure=CountMeasure.EXCLUDED,
    unit=CountUnit.PERSON,
    quantity=Quantity(as_written="about 30", comparator=Comparator.ABOUT, point=30),
)
CONTENTS: st.SearchStrategy[tuple[str, Entry]] = st.one_of(
    st.tuples(PEOPLE, st.builds(lambda day, s: said(DetentionReported, s, claimed=on(day)), DAYS, SOURCES)),
    st.tuples(PEOPLE, st.builds(lambda s: said(ReleaseReported, s, released_by=RELEASE, act=ACT), SOURCES)),
    st.tuples(
        PEOPLE, st.builds(lambda name: said(PersonDescribed, names=(written(name),)), st.sampled_from("ABC"))
    ),
    st.tuples(
        st.just("a1"),
        st.builds(lambda day: said(ActReported, act_step=ActStep.SIGNED, claimed=on(day)), DAYS),
    ),
    st.tuples(st.just("g1"), st.just(said(CountReported, count=COUNTED))),
    st.tuples(
        st.just("g1"),
        st.sampled_from(
            [said(ExclusionReported, act=ACT), said(ExclusionReported, act=ACT, modality=Modality.PLANNED)]
        ),
    ),
    st.builds(registered, SOURCES, DAYS),
)


@contextmanager
def another(template: Path) -> Iterator[Database]:
    """A migrated SQLite database for one example of a property."""
    with TemporaryDirectory() as folder:
        copy = shutil.copy(template, Path(folder) / "ledger.db")
        fresh = Database(f"sqlite:///{copy}")
        yield fresh
        fresh.close()
