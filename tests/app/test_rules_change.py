"""Another version of the rules, through every door: yesterday's answers stay, today's follow the new rule, and each says which.

The second rulebook differs in one rule: by its R4, a release leads to conditional liberty where the first has liberty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import Connection

from app.adoption import adopt_rules
from app.database import Database
from app.ledger import Service, open_service
from app.reading import state_of
from app.settings import Settings
from events.decoder import Event
from events.kinds import Custody, Position, SubjectKey
from events.store import PUBLIC_VIEWER, decoded, head, read_positions
from projections import runner
from projections.builds import known_at, state
from projections.changes import ChangeReason, Span, changes, reason_of
from projections.comparing import differences, digest
from projections.computed import replayed
from projections.context import Context
from projections.findings import CustodyValue, Facet, Finding
from projections.prisoner import fold_prisoner
from projections.reads import Window
from projections.rulebook import RULEBOOKS, Rulebook
from projections.runner import catch_up, rebuild
from tests.app.api import ledgers
from tests.entropy import SeededEntropy

STATEMENT: Final = "The last step in every order that fits the reports is the state now, and a release is taken to have conditions."
PEOPLE: Final = 3
QUESTION: Final = """
query ($at: KnownAt, $custody: [Custody!]) {
  prisoners(filter: {custody: $custody}, knownAt: $at, validOn: "2026-01-01") {
    totalCount
    basis { position rules projectedThrough }
    nodes { id key custody { id status inWords standing rule { name statement } supportedBy { nodes { id position } } } }
  }
}
"""
CHANGES: Final = """
query ($at: KnownAt!) {
  changes(from: $at, validOn: "2026-01-01", first: 100) {
    nodes { facet differsIn before { rule { name } } after { rule { name } } because { reason event { position } } }
  }
}
"""
COMPUTED: Final = """
query ($at: KnownAt!) {
  prisoner(id: "people-1", knownAt: $at, availableBy: {day: "2025-12-25"}, validOn: "2026-01-01") {
    custody { status rule { name } }
  }
  ifRetracted(target: {source: "people-article"}, knownAt: $at, validOn: "2026-01-01", first: 100) {
    nodes { before { ... on CustodyFinding { status } } after { ... on CustodyFinding { status } } }
  }
}
"""


def _conditional(finding: Finding) -> Finding:
    if not isinstance(finding.value, CustodyValue) or finding.value.status is not Custody.LIBERTY:
        return finding
    value = msgspec.structs.replace(finding.value, status=Custody.CONDITIONAL_LIBERTY)
    return msgspec.structs.replace(finding, value=value, in_words="conditional liberty")


def _fold(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    return tuple(map(_conditional, fold_prisoner(key, events, context)))


def _broken(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    raise ValueError("no such order")


FIRST: Final = RULEBOOKS["rules-v1"]
SECOND: Final = msgspec.structs.replace(
    FIRST,
    version="rules-v2",
    statements={**FIRST.statements, "R4": STATEMENT},
    prisoner=_fold,
)
BOOKS: Final = {book.version: book for book in (FIRST, SECOND)}


@contextmanager
def opened(
    folder: Path, url: str, *, seed: int = 1, recording: bool = True, second: Rulebook = SECOND
) -> Iterator[Service]:
    """The ledger, by a program that has both rulebooks."""
    with open_service(
        Settings(data=folder, database_url=url),
        recording=recording,
        entropy=SeededEntropy(seed),
        rulebooks={**BOOKS, second.version: second},
    ) as service:
        yield service


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """Three people, each detained, sentenced and released, by the first rules."""
    with opened(tmp_path, database_url) as service:
        ledgers.record_people(service, tmp_path, PEOPLE)
        yield service


def size_of(service: Service) -> Position:
    """How many events there are."""
    with service.database.reading() as connection:
        return Position(head(connection).size)


def answer(service: Service, at: int | None = None, custody: Custody | None = None) -> Any:
    """Who stands where, as known at a position or now."""
    return ledgers.data(
        service,
        QUESTION,
        at=None if at is None else {"position": at},
        custody=None if custody is None else [custody.value.upper()],
    )["prisoners"]


def values(answered: Any) -> set[tuple[str, str, str]]:
    """What was found of anybody, by which rule, and what that says."""
    found = (node["custody"] for node in answered["nodes"])
    return {(one["status"], one["rule"]["name"], one["rule"]["statement"]) for one in found}


class TestAdopted:
    def test_what_was_known_before_is_answered_byte_for_byte(self, service: Service) -> None:
        """Whole answers, ids included: the new rules came later, so that no link to an answer tells something else now."""
        before = size_of(service)
        moments = range(before + 1)
        told = [json.dumps(answer(service, at)) for at in moments]

        adopt_rules(service, "rules-v2")

        assert [json.dumps(answer(service, at)) for at in moments] == told
        assert answer(service, before)["basis"]["rules"] == "rules-v1"

    def test_what_is_known_now_follows_the_new_rule(self, service: Service) -> None:
        """Values, the rule's name and its words; from the position of the adoption on."""
        before = size_of(service)
        adopted = adopt_rules(service, "rules-v2")

        now, then = answer(service), answer(service, before)

        assert adopted.position == before + 1
        assert now["basis"] == {
            "position": before + 1,
            "rules": "rules-v2",
            "projectedThrough": before + 1,
        }
        assert values(now) == {("CONDITIONAL_LIBERTY", "rules-v2/R4", STATEMENT)}
        assert values(then) == {("LIBERTY", "rules-v1/R4", FIRST.statement_of("R4"))}
        assert [node["key"] for node in now["nodes"]] == [node["key"] for node in then["nodes"]]
        assert values(answer(service, adopted.position)) == values(now)

    def test_lists_and_counts_follow_the_rules_of_their_moment(self, service: Service) -> None:
        """A filter finds what the rules in force then made of the reports."""
        before = size_of(service)
        adopt_rules(service, "rules-v2")

        found = {
            (at, custody): answer(service, at, custody)["totalCount"]
            for at in (before, None)
            for custody in (Custody.LIBERTY, Custody.CONDITIONAL_LIBERTY)
        }

        assert found == {
            (before, Custody.LIBERTY): PEOPLE,
            (before, Custody.CONDITIONAL_LIBERTY): 0,
            (None, Custody.LIBERTY): 0,
            (None, Custody.CONDITIONAL_LIBERTY): PEOPLE,
        }

    def test_what_the_rule_leaves_alone_stays_the_same_row(self, service: Service) -> None:
        """A sentence is found as before, and since as long as before: no interval opens where nothing differs."""
        before = size_of(service)
        adopt_rules(service, "rules-v2")

        with service.database.reading() as connection:
            rows = differences(known_at(connection, before), known_at(connection))
            changed = {(row.table, row.key[1]) for row in rows if row.table in ("findings", "details")}

        assert changed == {("findings", Facet.CUSTODY), ("details", Facet.CUSTODY)}

    def test_what_is_recorded_after_follows_the_new_rules_too(self, service: Service, tmp_path: Path) -> None:
        """And what is asked of the time before is still as it was."""
        before = size_of(service)
        told = answer(service, before)
        adopt_rules(service, "rules-v2")

        ledgers.record_people(service, tmp_path, 1, name="late")

        assert answer(service, None, Custody.CONDITIONAL_LIBERTY)["totalCount"] == PEOPLE + 1
        assert answer(service, None, Custody.LIBERTY)["totalCount"] == 0
        assert answer(service, before) == told

    def test_the_first_rules_can_be_adopted_again(self, service: Service) -> None:
        """Then today is as it was before the second, and the time between keeps what it was told."""
        before = size_of(service)
        adopt_rules(service, "rules-v2")
        adopt_rules(service, "rules-v1")

        assert values(answer(service)) == values(answer(service, before))
        assert values(answer(service, before + 1)) == {("CONDITIONAL_LIBERTY", "rules-v2/R4", STATEMENT)}
        assert [answer(service, at)["basis"]["rules"] for at in (before, before + 1, before + 2)] == [
            "rules-v1",
            "rules-v2",
            "rules-v1",
        ]

    def test_the_difference_is_told_with_its_reason(self, service: Service) -> None:
        """Each finding that differs names both rules and the adoption, and nothing else made it differ."""
        before = size_of(service)
        adopted = adopt_rules(service, "rules-v2")

        nodes = ledgers.data(service, CHANGES, at={"position": before})["changes"]["nodes"]

        assert len(nodes) == PEOPLE
        for node in nodes:
            assert (node["facet"], node["differsIn"]) == ("CUSTODY", ["inWords", "value"])
            assert [side["rule"]["name"] for side in (node["before"], node["after"])] == [
                "rules-v1/R4",
                "rules-v2/R4",
            ]
            assert node["because"] == [{"reason": "NEW_RULES", "event": {"position": adopted.position}}]

    def test_what_is_computed_follows_them_as_well(self, service: Service) -> None:
        """What could be read by a day, and what a retraction would change: by the rules in force at the moment asked about."""
        before = size_of(service)
        adopt_rules(service, "rules-v2")

        now, then = (
            ledgers.data(service, COMPUTED, at=at) for at in ({"position": before + 1}, {"position": before})
        )

        assert now["prisoner"]["custody"] == {
            "status": "CONDITIONAL_LIBERTY",
            "rule": {"name": "rules-v2/R4"},
        }
        assert then["prisoner"]["custody"] == {"status": "LIBERTY", "rule": {"name": "rules-v1/R4"}}
        fallen = [
            {change["before"]["status"] for change in answered["ifRetracted"]["nodes"] if change["before"]}
            for answered in (now, then)
        ]
        assert fallen == [{"REMAND", "PRISON", "CONDITIONAL_LIBERTY"}, {"REMAND", "PRISON", "LIBERTY"}]

    def test_the_command_line_tells_the_rule_in_force(self, service: Service) -> None:
        """As GraphQL does."""
        adopt_rules(service, "rules-v2")

        custody = state_of(service, "Person Number1")["custody"]

        assert (custody["status"], custody["rule"]["name"]) == ("CONDITIONAL_LIBERTY", "rules-v2/R4")


class TestRows:
    def test_event_by_event_is_built_anew_is_replayed(self, service: Service, tmp_path: Path) -> None:
        """I-9 and I-12 over both versions: before, at and after each adoption the rows are the fold of the events up to there."""
        moments = [size_of(service)]
        moments.append(adopt_rules(service, "rules-v2").position)
        ledgers.record_people(service, tmp_path, 1, name="late")
        moments.append(size_of(service))
        moments.append(adopt_rules(service, "rules-v1").position)

        with service.database.reading() as connection:
            incremental = digest(connection)
            for at in moments:
                known = replayed(connection, through=at, rulebooks=BOOKS)
                assert list(differences(known, known_at(connection, at))) == [], at

        assert rebuild(service.database, rulebooks=BOOKS).digest == incremental

    def test_the_difference_says_that_it_was_the_rules(self, service: Service) -> None:
        """Each finding that differs names the adoption, and nothing else."""
        before = size_of(service)
        adopted = adopt_rules(service, "rules-v2")
        day = date(2026, 1, 1)
        span = Span(after=before, through=adopted.position, first_day=day, last_day=day)

        with service.database.reading() as connection:
            _, found = changes(known_at(connection, before), known_at(connection), span, Window(size=100))
            event = decoded(
                read_positions(connection, [adopted.position], viewer=PUBLIC_VIEWER)[adopted.position]
            )

        assert {(change.facet, change.because) for change in found} == {(Facet.CUSTODY, (adopted.position,))}
        assert len({change.about for change in found}) == PEOPLE
        assert reason_of(event, following=None, targets={}) is ChangeReason.NEW_RULES


class Crashing:
    """Transactions of a database, of which only so many are let begin."""

    def __init__(self, database: Database, allowed: int) -> None:
        self._database = database
        self._allowed = allowed

    def writing(self) -> AbstractContextManager[Connection]:
        """A writing transaction, or the end."""
        self._allowed -= 1
        if self._allowed < 0:
            raise KeyboardInterrupt
        return self._database.writing()

    def reading(self) -> AbstractContextManager[Connection]:
        """A reading transaction."""
        return self._database.reading()


class TestWorkedInBySlices:
    @pytest.fixture
    def behind(self, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
        """The same, where to adopt rules touches more than an append may, and nobody projects in the background."""
        with opened(tmp_path, database_url) as service:
            ledgers.record_people(service, tmp_path, PEOPLE)
        monkeypatch.setattr(runner, "INLINE_OWNERS_MAX", 2)
        monkeypatch.setattr(runner, "SLICE_OWNERS", 1)
        with opened(tmp_path, database_url, seed=2, recording=False) as quiet:
            yield quiet

    def test_the_old_rules_serve_whole_until_all_is_worked_in(self, behind: Service) -> None:
        """However often it crashes in between; the answer names the rules that its findings follow, not those that are to come."""
        before = size_of(behind)
        told = values(answer(behind))
        adopted = adopt_rules(behind, "rules-v2")
        slices = 0

        while True:
            lagging = answer(behind)
            if lagging["basis"]["projectedThrough"] == adopted.position:
                break
            assert values(lagging) == told == {("LIBERTY", "rules-v1/R4", FIRST.statement_of("R4"))}
            assert lagging["basis"] == {
                "position": adopted.position,
                "rules": "rules-v1",
                "projectedThrough": before,
            }
            with pytest.raises(KeyboardInterrupt):
                catch_up(Crashing(behind.database, 1), rulebooks=BOOKS)
            slices += 1

        assert slices > PEOPLE
        assert values(lagging) == {("CONDITIONAL_LIBERTY", "rules-v2/R4", STATEMENT)}
        with behind.database.reading() as connection:
            in_slices = digest(connection)
        assert rebuild(behind.database, rulebooks=BOOKS).digest == in_slices


class TestBroken:
    def test_a_rulebook_that_raises_stops_there_and_recording_goes_on(
        self, tmp_path: Path, database_url: str
    ) -> None:
        """What was found by the rules before is served on, under their name; a mended program goes on from there."""
        broken = msgspec.structs.replace(SECOND, prisoner=_broken)

        with opened(tmp_path, database_url, second=broken) as faulty:
            ledgers.record_people(faulty, tmp_path, PEOPLE)
            before, told = size_of(faulty), values(answer(faulty))
            adopt_rules(faulty, "rules-v2")
            ledgers.record_people(faulty, tmp_path, 1, name="late")
            catch_up(faulty.database, rulebooks=faulty.rulebooks)
            lagging = answer(faulty)
            with faulty.database.reading() as connection:
                stopped = state(connection)

        assert (stopped.projected_through, stopped.stopped_reason) == (before, "ValueError: no such order")
        assert values(lagging) == told
        assert (lagging["basis"]["rules"], lagging["basis"]["projectedThrough"]) == ("rules-v1", before)
        assert lagging["basis"]["position"] > before + 1
        with opened(tmp_path, database_url, seed=2) as mended:
            assert answer(mended, None, Custody.CONDITIONAL_LIBERTY)["totalCount"] == PEOPLE + 1
