"""R16 in the rows: what rests on a source or a party moves with it in the same commit, stays readable as it was, and comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from app.database import Database
from events.kinds import (
    ActReported,
    ActStep,
    Attribution,
    AttributionRole,
    CountReported,
    DetentionReported,
    Entry,
    EventId,
    PersonDescribed,
    ReleaseReported,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    SourceRegistered,
    SourceRelation,
    SubjectKey,
    SubjectSort,
)
from events.store import PUBLIC_VIEWER, read_events
from projections.builds import known_at
from projections.comparing import differences, digest
from projections.findings import Standing
from projections.rows import subject_rows
from projections.runner import catch_up, project_inline
from tests.projections.builders import made, on, written
from tests.projections.chronicle import ACT, COUNTED, RELEASE, SORTS, Chronicle, registered, said

HERE = {**SORTS, "p3": SubjectSort.PERSON, "s3": SubjectSort.SOURCE, "o2": SubjectSort.PARTY}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    fresh = Database(database_url)
    yield fresh
    fresh.close()


@pytest.fixture
def chronicle(database: Database) -> Chronicle:
    """Two sources of one outlet, of which the second says more, and a translation of the first by another."""
    chronicle = Chronicle(database, project=project_inline, sorts=HERE, late=["p3"])
    catch_up(database)
    translation = made(
        SourceRegistered,
        title="Title of s3",
        publisher=SubjectKey("o2"),
        relation=SourceRelation.HUMAN_TRANSLATION,
        original=SubjectKey("s1"),
    )
    chronicle.add(
        registered("s1", "2025-12-22"),
        registered("s2", "2025-12-22"),
        ("s3", translation),
        ("a1", said(ActReported, "s1", act_step=ActStep.SIGNED, claimed=on("2025-12-15"))),
        ("p1", said(PersonDescribed, "s1", names=(written("A. B."),))),
        ("p1", said(DetentionReported, "s1", claimed=on("2023-05-03"))),
        ("p2", said(PersonDescribed, "s2", names=(written("C. D."),))),
        ("p2", said(ReleaseReported, "s2", released_by=RELEASE, act=ACT)),
        ("g1", said(CountReported, "s3", count=COUNTED)),
    )
    return chronicle


def retracts(**target: str) -> Entry:
    """Something is taken back."""
    return made(ReportRetracted, reason="test", ground=RetractionGround.OURS, **target)


def retracts_last(database: Database) -> Entry:
    """The latest event is taken back."""
    with database.reading() as connection:
        return retracts(event=read_events(connection, viewer=PUBLIC_VIEWER)[-1].event_id)


def split(chronicle: Chronicle, person: str, *, of: EventId, filed: Sequence[str]) -> tuple[EventId, EventId]:
    """A report about somebody takes the place of another; the report, and the ruling, which is filed under all of these."""
    chronicle.add((person, said(DetentionReported, "s2", claimed=on("2024"))))
    brought = chronicle.reports[-1]
    ruling = made(ReportCorrected, reason="test", report=of, corrected_to=brought)
    planned = chronicle.planned(person, ruling, also=filed)
    chronicle.append([planned])
    return brought, EventId(planned.draft.event_id)


def custody_of(database: Database, person: str, position: int | None = None) -> tuple[str, str | None]:
    """The standing of what is known of somebody's custody, and the first day on which it may have begun."""
    with database.reading() as connection:
        found = known_at(connection, position).findings.c
        query = select(found.standing, found.from_min).where(found.about == person, found.facet == "custody")
        standing, from_min = connection.execute(query).one()
    return standing, from_min


def told_of(database: Database, subject: str, position: int | None = None) -> set[str]:
    """The facets in which anything is known of a subject."""
    with database.reading() as connection:
        found = known_at(connection, position).findings.c
        query = select(found.facet).where(found.about == subject, found.standing != Standing.UNKNOWN.value)
        return set(connection.execute(query).scalars())


def names_of(database: Database, person: str) -> set[str]:
    """Under which names somebody is found."""
    with database.reading() as connection:
        names = known_at(connection).names.c
        return set(connection.execute(select(names.as_written).where(names.key == person)).scalars())


def fallen(database: Database) -> dict[str, set[int | None]]:
    """The sources of the reports that do not stand, each with the decisions by which."""
    with database.reading() as connection:
        reports = known_at(connection).reports.c
        query = select(reports.source, reports.decided_by).where(reports.state == "retracted")
        found: dict[str, set[int | None]] = {}
        for source, decided_by in connection.execute(query):
            found.setdefault(source, set()).add(decided_by)
    return found


class TestRows:
    def test_all_that_rests_on_a_source_moves_at_once(self, database: Database, chronicle: Chronicle) -> None:
        """States, names, what follows from the act's date, and the count that a translation repeats; another source's word stands."""
        before = chronicle.size
        assert custody_of(database, "p2") == ("single", "2025-12-15")
        chronicle.add(("s1", retracts(source="s1")))

        assert custody_of(database, "p1") == ("unknown", None)
        assert names_of(database, "p1") == {"Name of p1"}
        assert told_of(database, "a1") == set()
        assert told_of(database, "g1") == set()
        assert custody_of(database, "p2") == ("single", "0001-01-01")
        assert names_of(database, "p2") == {"Name of p2", "C. D."}
        assert fallen(database) == {"s1": {before + 1}, "s3": {before + 1}}

    def test_as_it_was_known_before(self, database: Database, chronicle: Chronicle) -> None:
        """The position before the decision still has all of it."""
        before = chronicle.size
        chronicle.add(("s1", retracts(source="s1")))

        assert custody_of(database, "p1", before)[0] == "single"
        assert custody_of(database, "p2", before) == ("single", "2025-12-15")
        assert told_of(database, "g1", before) == {"count"}

    @pytest.mark.parametrize(
        ("stream", "target"), [("s1", {"source": "s1"}), ("o1", {"party": "o1"})], ids=["source", "party"]
    )
    def test_reinstated_as_it_was(
        self, database: Database, chronicle: Chronicle, stream: str, target: dict[str, str]
    ) -> None:
        """Row for row, in whatever depth of retractions; built anew they are the same."""
        before = chronicle.size
        chronicle.add((stream, retracts(**target)))
        gone = chronicle.size
        chronicle.add((stream, retracts_last(database)))
        back = chronicle.size
        chronicle.add((stream, retracts_last(database)))
        again = chronicle.size

        with database.reading() as connection:
            at = {position: known_at(connection, position) for position in (before, gone, back, again)}

            assert list(differences(at[before], at[back])) == []
            assert list(differences(at[before], at[gone])) != []
            assert list(differences(at[gone], at[again])) == []
            projected = digest(connection)
        assert chronicle.rebuilt() == projected

    def test_a_party_falls_with_what_it_was_credited_with_so_far(
        self, database: Database, chronicle: Chronicle
    ) -> None:
        """Its own word, and what a translation makes of it; what it says from now on stands."""
        chronicle.add(("o1", retracts(party="o1")))
        position = chronicle.size
        assert fallen(database) == {source: {position} for source in ("s1", "s2", "s3")}

        chronicle.add(("p1", said(DetentionReported, "s1", claimed=on("2024"))))

        assert custody_of(database, "p1") == ("single", "2024-01-01")
        assert fallen(database) == {source: {position} for source in ("s1", "s2", "s3")}

    def test_a_party_credited_in_passing(self, database: Database, chronicle: Chronicle) -> None:
        """Anywhere in a chain, though another speaks: the report falls, and nothing else of the source."""
        chain = (
            Attribution(as_written="an agency", role=AttributionRole.RELAYS, party=SubjectKey("o2")),
            Attribution(as_written="the paper", role=AttributionRole.SAYS, party=SubjectKey("o1")),
        )
        chronicle.add(("p2", said(DetentionReported, "s2", claimed=on("2024"), attribution=chain)))
        chronicle.add(("o2", retracts(party="o2")))

        assert fallen(database) == {"s2": {chronicle.size}}
        assert custody_of(database, "p2")[0] == "single"


class TestCorrectionsOfCorrections:
    def test_what_was_built_on_a_lifted_correction_falls(
        self, database: Database, chronicle: Chronicle
    ) -> None:
        """R16: about whomever, though the correction that was lifted came before anything was filed about them; and it comes back."""
        chronicle.add(("p1", said(DetentionReported, "s2", claimed=on("2023"))))
        wrong, first = split(chronicle, "p2", of=chronicle.reports[-1], filed=["p1"])
        chronicle.append([chronicle.opening("p3")])
        split(chronicle, "p3", of=wrong, filed=["p1", "p2"])
        before = chronicle.size
        assert custody_of(database, "p3")[0] == "single"

        chronicle.append([chronicle.planned("p1", retracts(event=first), also=["p2", "p3"])])
        gone = chronicle.size
        assert custody_of(database, "p3")[0] == "unknown"
        chronicle.append([chronicle.planned("p1", retracts_last(database), also=["p2", "p3"])])

        with database.reading() as connection:
            assert list(differences(known_at(connection, before), known_at(connection))) == []
            projected = digest(connection)
        assert custody_of(database, "p3", gone)[0] == "unknown"
        assert chronicle.rebuilt() == projected

    def test_one_that_is_lifted_before(self, database: Database, chronicle: Chronicle) -> None:
        """What a lifted correction brought stands no more, so that nothing can be built on it; somebody's beginnings stay their own."""
        chronicle.add(("p1", said(DetentionReported, "s2", claimed=on("2023"))))
        wrong, first = split(chronicle, "p2", of=chronicle.reports[-1], filed=["p1"])
        chronicle.append([chronicle.planned("p1", retracts(event=first), also=["p2"])])
        chronicle.append([chronicle.opening("p3")])
        opened_at = chronicle.size
        split(chronicle, "p3", of=wrong, filed=["p1", "p2"])

        assert custody_of(database, "p3")[0] == "unknown"
        with database.reading() as connection:
            assert (
                subject_rows(known_at(connection), [SubjectKey("p3")])[SubjectKey("p3")].opened_at
                == opened_at
            )
