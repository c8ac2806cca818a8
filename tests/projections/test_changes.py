"""What differs between two moments: equal to a comparison of all that is found at both, with exactly the entries that moved it in between,
and equal to what a retraction moves, whether it was recorded or only supposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from app.database import Database
from events.commands import PlannedEvent
from events.decoder import Event
from events.errors import TooMuchAsked
from events.kinds import (
    CountReported,
    DetentionReported,
    Entry,
    EventId,
    Identity,
    IdentityJudged,
    Membership,
    MembershipJudged,
    PersonDescribed,
    Position,
    ReleaseReported,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    RulesAdopted,
    SourceRegistered,
    SubjectKey,
    ValueRedacted,
)
from events.store import PUBLIC_VIEWER, decoded, read_by_ids, read_events
from projections import tables
from projections.builds import known_at
from projections.changes import (
    Change,
    ChangeReason,
    Span,
    causes_at,
    change_of,
    changes,
    every_change,
    reason_of,
)
from projections.comparing import digest
from projections.computed import replayed, supposed
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.reads import Page, Window, read_finding
from projections.runner import catch_up, project_inline
from tests.projections import builders
from tests.projections.builders import made, on
from tests.projections.chronicle import (
    ACT,
    CONTENTS,
    COUNTED,
    RELEASE,
    Chronicle,
    another,
    registered,
    said,
)

DAY = date(2026, 1, 1)
Stored = Mapping[tuple[str, str, str], bytes]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    fresh = Database(database_url)
    yield fresh
    fresh.close()


@pytest.fixture
def chronicle(database: Database) -> Chronicle:
    """A ledger of a few subjects, all of them opened and projected."""
    begun = Chronicle(database, project=project_inline)
    catch_up(database)
    begun.add(registered("s1", "2026-01-01"), registered("s2", "2026-01-02"))
    return begun


def stored_in(known: Known) -> Stored:
    """Every finding as known, as its row holds it."""
    details = known.details
    found = known.connection.execute(
        select(details.c.about, details.c.facet, details.c.segment, details.c.finding)
    )
    return {(row.about, row.facet, row.segment): bytes(row.finding) for row in found}


def between(
    connection: Connection,
    after: int,
    through: int,
    *,
    window: Window | None = None,
    about: str | None = None,
    days: tuple[date, date] = (DAY, DAY),
) -> tuple[Page, list[Change]]:
    """The changes between two positions."""
    span = spanning(after, through, days=days)
    return changes(
        known_at(connection, after),
        known_at(connection, through),
        span,
        window or Window(size=1000),
        about=None if about is None else SubjectKey(about),
    )


def spanning(after: int, through: int, *, days: tuple[date, date] = (DAY, DAY)) -> Span:
    """Two positions and two days."""
    return Span(after=Position(after), through=Position(through), first_day=days[0], last_day=days[1])


def retraction_of(**target: object) -> Entry:
    """A retraction of ours."""
    return made(ReportRetracted, reason="test", ground=RetractionGround.OURS, **target)


def event_at(database: Database, position: int) -> Event:
    """The event at a position."""
    with database.reading() as connection:
        stored = read_events(connection, viewer=PUBLIC_VIEWER, after=position - 1, through=position)
        return decoded(next(iter(stored)))


# ── Random ledgers ───────────────────────────────────────────────────────────

STEPS: st.SearchStrategy[tuple[str, object]] = st.one_of(
    st.tuples(st.just("contents"), st.lists(CONTENTS, min_size=1, max_size=3)),
    st.tuples(st.just("contents"), st.lists(CONTENTS, min_size=1, max_size=3)),
    st.tuples(st.just("retract"), st.integers(0, 50)),
    st.tuples(st.just("undo"), st.integers(0, 50)),
    st.tuples(st.just("correct"), st.tuples(st.integers(0, 50), CONTENTS)),
    st.tuples(st.just("source"), st.sampled_from(["s1", "s2"])),
    st.tuples(st.just("party"), st.just("o1")),
)


class Teller:
    """Appends steps of a random ledger to a chronicle."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._decisions: list[EventId] = []

    def tell(self, step: tuple[str, Any]) -> None:
        """One step; nothing where there is nothing that it could be about."""
        sort, what = step
        if sort == "contents":
            self._chronicle.add(*what)
        elif sort in ("source", "party"):
            self._decide((what,), retraction_of(**{sort: SubjectKey(what)}))
        elif sort == "undo" and self._decisions:
            self._retract(self._decisions[what % len(self._decisions)])
        elif sort == "retract" and self._chronicle.reports:
            self._retract(self._chronicle.reports[what % len(self._chronicle.reports)])
        elif sort == "correct" and self._chronicle.reports:
            self._correct(self._chronicle.reports[what[0] % len(self._chronicle.reports)], *what[1])

    def _retract(self, target: EventId) -> None:
        self._decide(self._about(target), retraction_of(event=target))

    def _correct(self, target: EventId, key: str, content: Entry) -> None:
        if isinstance(content, SourceRegistered):
            return
        brought = self._chronicle.planned(key, content)
        told = EventId(brought.draft.event_id)
        about = dict.fromkeys([*self._about(target), key])
        corrected = made(ReportCorrected, reason="test", report=target, corrected_to=told)
        self._decide(tuple(about), corrected, bringing=(brought,))

    def _decide(self, about: Sequence[str], content: Entry, *, bringing: Sequence[PlannedEvent] = ()) -> None:
        decision = self._chronicle.planned(about[0], content, also=about[1:])
        self._chronicle.append([*bringing, decision])
        self._decisions.append(EventId(decision.draft.event_id))

    def _about(self, target: EventId) -> Sequence[str]:
        with self._chronicle.database.reading() as connection:
            return read_by_ids(connection, [target], viewer=PUBLIC_VIEWER)[target].subjects


class TestChanges:
    """Two moments."""

    @settings(max_examples=20)
    @given(steps=st.lists(STEPS, min_size=1, max_size=7), data=st.data())
    def test_are_what_a_comparison_of_everything_finds(
        self, sqlite_template: Path, steps: list[tuple[str, object]], data: st.DataObject
    ) -> None:
        """Between any two positions: every finding of which a byte differs, once, on pages of any size, and no other; because of the
        positions at which its bytes changed, and no others."""
        with another(sqlite_template) as fresh, pytest.MonkeyPatch.context() as patched:
            patched.setattr(tables, "_CELL_BITS", 2)  # so that a short history crosses shelves
            chronicle = Chronicle(fresh, project=project_inline)
            catch_up(fresh)
            teller = Teller(chronicle)
            for step in steps:
                teller.tell(step)
            first = data.draw(st.integers(0, chronicle.size), "from")
            last = data.draw(st.integers(first, min(first + 4, chronicle.size)), "to")
            size = data.draw(st.integers(1, 5), "page size")

            with fresh.reading() as connection:
                folded = [
                    stored_in(replayed(connection, through=Position(p))) for p in range(first, last + 1)
                ]
                expected = compared(folded, first)

                pages, total = paged(connection, first, last, size=size)
                known = known_at(connection, first), known_at(connection, last)
                streamed = list(every_change(*known, spanning(first, last)))
                singly = [change_of(*known, spanning(first, last), change.key) for change in pages]

        found = {change.key: (change.before, change.after, change.because) for change in pages}
        assert found == expected
        assert total == len(expected)
        assert [change.key for change in pages] == sorted(expected)
        assert streamed == pages == singly

    def test_a_finding_that_moved_and_came_back_is_no_change(self, chronicle: Chronicle) -> None:
        """Retracted and reinstated: the same at both ends, whatever it was in between."""
        chronicle.add(("p1", said(DetentionReported, claimed=on("2023"))))
        before = chronicle.size
        chronicle.retract(chronicle.reports[-1])
        chronicle.add(("p1", retraction_of(event=event_at(chronicle.database, chronicle.size).event_id)))

        with chronicle.database.reading() as connection:
            _, unmoved = between(connection, before, chronicle.size)
            _, fallen = between(connection, before, chronicle.size - 1)
            _, back = between(connection, chronicle.size - 1, chronicle.size)

        assert unmoved == []
        assert [change.because for change in fallen + back] == [(before + 1,)] * len(fallen) + [
            (before + 2,)
        ] * len(back)
        assert {change.key for change in fallen} == {change.key for change in back} != set()

    def test_a_retraction_that_moves_two_findings_names_itself(self, chronicle: Chronicle) -> None:
        """What rested on one source, of two people, differs because of the one entry that took the source back."""
        chronicle.add(
            ("p1", said(DetentionReported, "s2", claimed=on("2023"))),
            ("p2", said(DetentionReported, "s2", claimed=on("2023"))),
        )
        before = chronicle.size
        chronicle.add(("s2", retraction_of(source=SubjectKey("s2"))))

        with chronicle.database.reading() as connection:
            _, found = between(connection, before, chronicle.size)
            causes = causes_at(
                known_at(connection), {position for change in found for position in change.because}
            )

        assert {change.about for change in found} == {"p1", "p2"}
        assert {change.because for change in found} == {(chronicle.size,)}
        assert [cause.reason for cause in causes.values()] == [ChangeReason.RETRACTION]

    def test_what_others_went_through_meanwhile_is_no_cause(self, chronicle: Chronicle) -> None:
        """Of a finding that stood through many versions of others beside it."""
        chronicle.add(("p1", said(DetentionReported, claimed=on("2021-10"))))
        first = chronicle.size
        for name in "ABCDEFGH":
            chronicle.add(("p1", said(PersonDescribed, names=(builders.written(name),))))
        chronicle.retract(chronicle.reports[-9])

        with chronicle.database.reading() as connection:
            _, found = between(connection, first - 1, chronicle.size, about="p1")
            _, later = between(connection, first + 1, chronicle.size, about="p1")

        (remand,) = [one for one in later if one.facet is Facet.CUSTODY and one.before is not None]
        assert remand.because == (chronicle.size,)
        assert {len(change.because) for change in found if change.facet is Facet.NAME} == {1}

    def test_of_an_act_also_what_it_did_and_what_is_told_of_its_groups(self, chronicle: Chronicle) -> None:
        """And nothing else; of a person, the person alone."""
        before = chronicle.size
        chronicle.add(
            ("p1", said(ReleaseReported, released_by=RELEASE, act=ACT)),
            ("p2", said(DetentionReported, claimed=on("2023"))),
            ("g1", said(CountReported, count=COUNTED)),
        )

        with chronicle.database.reading() as connection:
            _, of_act = between(connection, before, chronicle.size, about="a1")
            _, of_person = between(connection, before, chronicle.size, about="p1")
            _, of_nobody = between(connection, before, chronicle.size, about="nobody")

        assert {(change.about, change.facet) for change in of_act} == {
            ("p1", Facet.ACT),
            ("g1", Facet.COUNT),
        }
        assert {change.about for change in of_person} == {"p1"}
        assert {change.facet for change in of_person} == {Facet.ACT, Facet.CUSTODY}
        assert of_nobody == []

    def test_time_passes(self, chronicle: Chronicle) -> None:
        """A stretch that holds on the one day otherwise than on the other differs though no entry was made; on one and the same day
        nothing does, and nor does one that lies between the two."""
        chronicle.add(
            ("p1", said(DetentionReported, claimed=on("2023-05-03"))),
            ("p1", said(ReleaseReported, released_by=RELEASE, claimed=on("2023-06-03"))),
        )
        at = chronicle.size
        while_held, free = date(2023, 5, 20), date(2023, 7, 1)

        with chronicle.database.reading() as connection:
            _, found = between(connection, at, at, days=(while_held, free))
            _, across = between(connection, at, at, days=(date(2023, 1, 1), free))
            _, still = between(connection, at, at, days=(free, free))
            _, one = between(connection, at, at, days=(while_held, free), window=Window(size=1))

        custody = [change for change in found if change.facet is Facet.CUSTODY]
        assert [change.before and change.before.in_words for change in custody] == [
            "released by amnesty; at liberty",
            "in remand custody",
        ]
        assert all(
            change.before == change.after and change.time_passed and change.because == () for change in found
        )
        assert [change.differs_in() for change in custody] == [("holds",), ("holds",)]
        assert not any(
            change.before is not None and change.before.in_words == "in remand custody" for change in across
        )
        assert still == []
        assert one == found[:1]

    @pytest.mark.parametrize(
        "days",
        [
            (date(2021, 10, 15), date(2023, 6, 1)),
            (date(2021, 10, 15), date(2021, 11, 15)),
            (date(2022, 6, 1), date(2026, 2, 1)),
        ],
    )
    def test_time_is_told_as_findings_tell_it(self, chronicle: Chronicle, days: tuple[date, date]) -> None:
        """With the days of each finding, certain and possible ones."""
        for kind, day in (
            (DetentionReported, "2021-10"),
            (ReleaseReported, "2022"),
            (DetentionReported, "2025-12-22"),
        ):
            fields = {} if kind is DetentionReported else {"released_by": RELEASE}
            chronicle.add(("p1", said(kind, claimed=on(day), **fields)))
        at = chronicle.size

        with chronicle.database.reading() as connection:
            every = {key: read_finding(stored) for key, stored in stored_in(known_at(connection)).items()}
            _, found = between(connection, at, at, days=days)

        assert {change.key for change in found} == {
            key
            for key, finding in every.items()
            if finding.interval is not None
            and finding.interval.holds_on(days[0]) is not finding.interval.holds_on(days[1])
        }
        assert found != []


def compared(
    folded: Sequence[Stored], first: int
) -> dict[FindingKey, tuple[object, object, tuple[int, ...]]]:
    """What differs between the first and the last of these, with the positions at which its bytes changed."""
    keys = {key for stored in folded for key in stored}
    return {
        (SubjectKey(key[0]), Facet(key[1]), key[2]): (
            read(folded[0].get(key)),
            read(folded[-1].get(key)),
            tuple(
                first + step
                for step in range(1, len(folded))
                if folded[step - 1].get(key) != folded[step].get(key)
            ),
        )
        for key in keys
        if folded[0].get(key) != folded[-1].get(key)
    }


def read(stored: bytes | None) -> Finding | None:
    """A stored finding."""
    return None if stored is None else read_finding(stored)


def paged(connection: Connection, first: int, last: int, *, size: int) -> tuple[list[Change], int]:
    """All changes, page by page."""
    found: list[Change] = []
    window = Window(size=size)
    while True:
        page, more = between(connection, first, last, window=window)
        found += more
        if not page.has_next:
            return found, page.total
        window = Window(size=size, after=page.rows[-1].place)


# ── What would be ────────────────────────────────────────────────────────────


class TestSupposed:
    """A retraction that is not recorded."""

    @settings(max_examples=25)
    @given(steps=st.lists(STEPS, min_size=1, max_size=6), data=st.data())
    def test_moves_what_recording_it_moves_and_writes_nothing(
        self, sqlite_template: Path, steps: list[tuple[str, object]], data: st.DataObject
    ) -> None:
        """Of an event, a source, a party and a decision: the same findings, before and after byte for byte."""
        with another(sqlite_template) as fresh:
            chronicle = Chronicle(fresh, project=project_inline)
            catch_up(fresh)
            chronicle.add(registered("s1", "2025-12-22"), ("p1", said(DetentionReported, claimed=on("2023"))))
            teller = Teller(chronicle)
            for step in steps:
                teller.tell(step)
            at = chronicle.size
            content, about = data.draw(targets_of(fresh), "target")
            unwritten = written_in(fresh)

            with fresh.reading() as connection:
                found = supposed(connection, event_of(at + 1, content, about), owners_max=100)

            assert written_in(fresh) == unwritten
            chronicle.append([chronicle.planned(about[0], content, also=about[1:])])
            with fresh.reading() as connection:
                _, recorded = between(connection, at, at + 1)

        assert found == {change.key: (change.before, change.after) for change in recorded}

    def test_as_of_a_past_position_nothing_later_counts(self, chronicle: Chronicle) -> None:
        """What was reported since stands on neither side."""
        chronicle.add(("p1", said(DetentionReported, "s2", claimed=on("2023"))))
        then = chronicle.size
        with chronicle.database.reading() as connection:
            content, about = retraction_of(source=SubjectKey("s2")), ("s2",)
            at_the_time = supposed(connection, event_of(then + 1, content, about), owners_max=100)
        chronicle.add(
            ("p1", said(DetentionReported, "s1", claimed=on("2023"))),
            ("p2", said(DetentionReported, "s2", claimed=on("2023"))),
        )

        with chronicle.database.reading() as connection:
            found = supposed(connection, event_of(then + 1, content, about), owners_max=100)

        assert found == at_the_time
        assert {key[0] for key in found} == {"p1"}

    def test_what_touches_too_many_is_refused(self, chronicle: Chronicle) -> None:
        """Saying how many are the limit."""
        chronicle.add(
            ("p1", said(DetentionReported, "s2", claimed=on("2023"))),
            ("p2", said(DetentionReported, "s2", claimed=on("2023"))),
        )
        event = event_of(chronicle.size + 1, retraction_of(source=SubjectKey("s2")), ("s2",))

        with chronicle.database.reading() as connection:
            assert len(supposed(connection, event, owners_max=3)) > 0
            with pytest.raises(TooMuchAsked, match=r"^More than 2 subjects rest on it\. Ask for less\.$"):
                supposed(connection, event, owners_max=2)


@st.composite
def targets_of(draw: st.DrawFn, database: Database) -> tuple[Entry, tuple[str, ...]]:
    """A retraction of something on record, and whom it is about."""
    match draw(st.sampled_from(["source", "party", "report", "decision"])):
        case "source":
            source = draw(st.sampled_from(["s1", "s2"]))
            return retraction_of(source=SubjectKey(source)), (source,)
        case "party":
            return retraction_of(party=SubjectKey("o1")), ("o1",)
        case sort:
            with database.reading() as connection:
                events = [decoded(event) for event in read_events(connection, viewer=PUBLIC_VIEWER)]
            reports = [event for event in events if event.report is not None]
            decided = [
                event for event in events if isinstance(event.content, ReportCorrected | ReportRetracted)
            ]
            chosen = draw(st.sampled_from(decided if decided and sort == "decision" else reports))
            return retraction_of(event=chosen.event_id), chosen.about


def event_of(position: int, content: Entry, about: Sequence[str]) -> Event:
    """An event that is not recorded."""
    keys = tuple(map(SubjectKey, about))
    return msgspec.structs.replace(builders.event(position, content), about=keys)


def written_in(database: Database) -> tuple[str, int]:
    """A digest of all rows that are projected, and how many events there are."""
    with database.reading() as connection:
        events = sum(1 for _ in read_events(connection, viewer=PUBLIC_VIEWER))
        return digest(connection), events


# ── Why ──────────────────────────────────────────────────────────────────────


def reason(*contents: tuple[int, Entry], following: Entry | None = None) -> ChangeReason:
    """Why the last of these events makes a finding differ."""
    events = [builders.event(position, content) for position, content in contents]
    last = events[-1]
    behind = builders.event(last.position + 1, following) if following is not None else None
    return reason_of(last, following=behind, targets={event.event_id: event for event in events})


REPORT = said(DetentionReported)
CORRECTED = made(
    ReportCorrected, reason="test", report=builders.event_id(1), corrected_to=builders.event_id(2)
)


def undoing(position: int) -> Entry:
    """A retraction of the event at a position."""
    return retraction_of(event=builders.event_id(position))


class TestReason:
    """Why an entry makes a finding differ."""

    def test_a_report(self) -> None:
        """A new one; but for the one that a correction brings, which stands right before it."""
        other = made(ReportCorrected, reason="test", report=builders.event_id(1), corrected_to=EventId("x"))

        assert reason((1, REPORT)) is ChangeReason.NEW_REPORT
        assert reason((1, REPORT), following=REPORT) is ChangeReason.NEW_REPORT
        assert reason((2, REPORT), following=CORRECTED) is ChangeReason.CORRECTION
        assert reason((2, REPORT), following=other) is ChangeReason.NEW_REPORT

    def test_a_correction(self) -> None:
        """And what undoes one brings back what it had replaced, and what undoes that corrects again."""
        corrected = ((1, REPORT), (2, REPORT), (3, CORRECTED))

        assert reason(*corrected) is ChangeReason.CORRECTION
        assert reason(*corrected, (4, undoing(3))) is ChangeReason.REINSTATEMENT
        assert reason(*corrected, (4, undoing(3)), (5, undoing(4))) is ChangeReason.CORRECTION

    def test_a_retraction(self) -> None:
        """Of a report, of a source, of a party; of a retraction it reinstates, and of that it takes back again, and so on."""
        chain = ((1, REPORT), (2, undoing(1)), (3, undoing(2)), (4, undoing(3)), (5, undoing(4)))

        assert [reason(*chain[:count]) for count in range(2, 6)] == [
            ChangeReason.RETRACTION,
            ChangeReason.REINSTATEMENT,
            ChangeReason.RETRACTION,
            ChangeReason.REINSTATEMENT,
        ]
        for name in ("source", "party"):
            wide = ((1, retraction_of(**{name: SubjectKey("x")})), (2, undoing(1)), (3, undoing(2)))
            assert [reason(*wide[:count]) for count in range(1, 4)] == [
                ChangeReason.RETRACTION,
                ChangeReason.REINSTATEMENT,
                ChangeReason.RETRACTION,
            ]

    def test_a_retraction_of_what_is_not_to_be_seen(self) -> None:
        """Is a retraction, and nothing is guessed."""
        assert reason((2, undoing(1))) is ChangeReason.RETRACTION

    def test_a_retraction_for_safety_tells_no_more(self) -> None:
        """Not even whether it took back a report or a decision."""
        safety = made(ReportRetracted, reason="x", ground=RetractionGround.SAFETY, event=builders.event_id(2))

        assert reason((1, REPORT), (2, undoing(1)), (3, safety)) is ChangeReason.RETRACTION

    def test_judgements(self) -> None:
        """Undone as well as made."""
        same = made(
            IdentityJudged,
            reason="test",
            one=SubjectKey("p1"),
            other=SubjectKey("p2"),
            identity=Identity.SAME,
        )
        member = made(
            MembershipJudged,
            reason="test",
            member=SubjectKey("p1"),
            whole=SubjectKey("g1"),
            membership=Membership.MEMBER,
        )

        for judged, expected in ((same, ChangeReason.IDENTITY), (member, ChangeReason.MEMBERSHIP)):
            assert reason((1, judged)) is expected
            assert reason((1, judged), (2, undoing(1))) is expected

    def test_everything_else(self) -> None:
        """An erasure, other rules, and what is registered of a source."""
        erased = made(
            ValueRedacted,
            reason="test",
            event=builders.event_id(1),
            pointers=("/names/0",),
            legal_basis="x",
            authority="y",
        )

        assert reason((1, erased)) is ChangeReason.ERASURE
        assert reason((1, made(RulesAdopted, rules="rules-v2"))) is ChangeReason.NEW_RULES
        assert reason((1, made(SourceRegistered, title="x"))) is ChangeReason.FILING

    def test_of_stored_entries(self, chronicle: Chronicle) -> None:
        """Each with the entry, chains of decisions followed in the ledger; a position without a public entry has none."""
        chronicle.add(("p1", said(DetentionReported, claimed=on("2023"))))
        teller = Teller(chronicle)
        first = chronicle.size
        teller.tell(("correct", (0, ("p1", said(DetentionReported, claimed=on("2021-10"))))))
        teller.tell(("undo", 0))
        chronicle.restrict("p1", said(DetentionReported))
        positions = [Position(position) for position in range(first, chronicle.size + 2)]

        with chronicle.database.reading() as connection:
            found = causes_at(known_at(connection), positions)
            then = causes_at(known_at(connection, first + 1), positions)

        assert [(position, cause.reason) for position, cause in found.items()] == [
            (first, ChangeReason.NEW_REPORT),
            (first + 1, ChangeReason.CORRECTION),
            (first + 2, ChangeReason.CORRECTION),
            (first + 3, ChangeReason.REINSTATEMENT),
        ]
        assert all(cause.event.position == position for position, cause in found.items())
        assert [(position, cause.reason) for position, cause in then.items()] == [
            (first, ChangeReason.NEW_REPORT),
            (first + 1, ChangeReason.NEW_REPORT),
        ]
