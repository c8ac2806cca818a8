"""Rules of moments: what was answered then is answered for then, an instant means a position once, and nothing is mixed with now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.api import ids
from app.api.clocks import Clocks
from app.ledger import Service
from events.kinds import Position
from events.store import PUBLIC_VIEWER, head, read_positions
from projections.builds import State, set_state
from tests.app.api import ledgers
from tests.app.api.ledgers import Answer

ROW = """
  id key name basis { position recordedAt validOn zone rules projectedThrough }
  streams { id length subject { id } events { totalCount nodes { id position } } }
  history { totalCount nodes { id position kind recordedAt
    ... on Report { state decisions { id } correctedTo { id position } assessment { mark } voice { key } about { id name }
      source { id name } citations { quote passage liveUrl } claimed { edtf } }
    ... on Decision { reason retractedBy { position }
      ruling { ... on ReportRetracted { reports { totalCount nodes { position } } } } } } }
"""
FOUND = """
  id inWords standing holds voices rule { name } since { edtf }
  supportedBy { totalCount nodes { position state } } opposedBy { totalCount } alternatives { id inWords }
"""
EVERYTHING = f"""
query Everything($then: KnownAt, $day: Date!) {{
  prisoners(knownAt: $then, validOn: $day) {{ totalCount pageInfo {{ hasNextPage }} basis {{ position }} nodes {{ {ROW}
    names {{ inWords }} custody {{ {FOUND} }} sentences {{ {FOUND} }} cases {{ {FOUND} }} acts {{ {FOUND} }}
    timeline {{ {FOUND} }} records {{ id }}
  }} }}
  found: prisoners(filter: {{ name: "Number", custody: [LIBERTY] }}, knownAt: $then, validOn: $day) {{
    totalCount edges {{ node {{ key }} matches {{ found {{ asWritten }} }} }}
  }}
  acts(knownAt: $then, validOn: $day) {{ totalCount nodes {{ {ROW} form steps {{ {FOUND} }}
    tally {{ reported {{ low figures {{ id }} }} documented {{ low high unnamed prisoners {{ totalCount nodes {{ key }} }} }} }}
    outcomes {{ totalCount nodes {{ about {{ key }} outcome }} }}
  }} }}
  sources(knownAt: $then) {{ totalCount nodes {{ {ROW} publisher {{ key }} snapshots {{ id bytesSha256 }} assessment {{ mark }}
    reports {{ totalCount nodes {{ position }} }} findings {{ totalCount nodes {{ about {{ key }} facet }} }}
  }} }}
  lists(knownAt: $then) {{ totalCount nodes {{ key }} }}
  events(first: 100, knownAt: $then) {{ totalCount nodes {{ id position kind leafHash }} }}
  reports: events(filter: {{ state: [STANDING] }}, knownAt: $then) {{ totalCount }}
  prisoner(id: "people-1", knownAt: $then, validOn: $day) {{ {ROW} }}
  act(id: "people-act", knownAt: $then, validOn: $day) {{ name }}
  source(id: "people-article", knownAt: $then) {{ name }}
  list(id: "the-list", knownAt: $then) {{ name }}
  group: subject(id: "the-group", knownAt: $then, validOn: $day) {{ name ... on Group {{ members {{ totalCount nodes {{ key }} }} }} }}
  court: subject(id: "people-case", knownAt: $then, validOn: $day) {{ ... on Proceeding {{ prisoners {{ totalCount nodes {{ key }} }} }} }}
  paper: subject(id: "people-paper", knownAt: $then, validOn: $day) {{ ... on Party {{ reports {{ totalCount }} assessment {{ mark }} }} }}
  event(position: 20, knownAt: $then) {{ position kind }}
  ledger(knownAt: $then) {{ origin zone size root }}
}}
"""
DAY = "2026-01-15"
BASIS = "query Q($then: KnownAt) { prisoners(knownAt: $then) { totalCount basis { position recordedAt validOn } } }"


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Two prisoners, on each store."""
    with ledgers.opened_at(database_url, tmp_path) as service:
        ledgers.record_people(service, tmp_path, 2)
        yield service


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """Two prisoners, where nothing happens any more."""
    folder = tmp_path_factory.mktemp("quiet")
    with ledgers.opened(folder, sqlite_template) as service:
        ledgers.record_people(service, folder, 2)
        yield service


def _size(service: Service) -> int:
    with service.database.reading() as connection:
        return head(connection).size


def _recorded_at(service: Service, position: int) -> datetime:
    with service.database.reading() as connection:
        (stored,) = read_positions(connection, [position], viewer=PUBLIC_VIEWER).values()
    return stored.recorded_at


def _plain(answer: Any) -> Any:
    """An answer without ids, which carry the moment."""
    match answer:
        case dict():
            return {name: _plain(value) for name, value in answer.items() if name != "id"}
        case list():
            return [_plain(value) for value in answer]
    return answer


def _then(service: Service, position: int) -> Answer:
    return ledgers.data(service, EVERYTHING, then={"position": position}, day=DAY)


class TestThen:
    def test_what_was_answered_then_is_answered_for_then(self, ledger: Service, tmp_path: Path) -> None:
        """Whatever is recorded later: subjects, names, retractions and what takes them back, judgements, marks."""
        answered = {_size(ledger): ledgers.data(ledger, EVERYTHING, day=DAY)}
        for step in ledgers.STEPS:
            step(ledger, tmp_path)
            answered[_size(ledger)] = ledgers.data(ledger, EVERYTHING, day=DAY)

        assert len(answered) == len(ledgers.STEPS) + 1
        for position, answer in answered.items():
            assert _plain(_then(ledger, position)) == _plain(answer)

    def test_every_id_read_then_leads_back_to_then(self, ledger: Service, tmp_path: Path) -> None:
        """None of them is the id of the same thing now, and each answers for its moment."""
        then = _size(ledger)
        for step in ledgers.STEPS:
            step(ledger, tmp_path)

        past, present = (
            set(_ids_in(_then(ledger, then))),
            set(_ids_in(ledgers.data(ledger, EVERYTHING, day=DAY))),
        )
        wanted = sorted(past)[:100]
        found = ledgers.data(
            ledger,
            "query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Subject { name basis { position } } } }",
            ids=wanted,
        )["nodes"]

        assert len(past) > 40
        assert not past & present
        # A stream is told of, and found by its subject.
        there = [node for node in found if node is not None]
        assert [node["id"] for node in there] == [one for one in wanted if not _is_stream(one)]
        assert {node["basis"]["position"] for node in there if "basis" in node} == {then}

    def test_keys_are_the_same_at_every_moment(self, ledger: Service, tmp_path: Path) -> None:
        """By key things of two moments are compared."""
        then = _size(ledger)
        ledgers.record_people(ledger, tmp_path, 1, name="more")
        asked = 'query Q($then: KnownAt) { prisoner(id: "people-1", knownAt: $then) { id key } }'

        past = ledgers.data(ledger, asked, then={"position": then})["prisoner"]
        present = ledgers.data(ledger, asked)["prisoner"]

        assert past["key"] == present["key"] == "people-1"
        assert past["id"] != present["id"]

    def test_a_moment_that_an_argument_names_goes_before_that_of_the_id(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """Who takes an id from an old answer can ask for what is known at another moment."""
        asked = "query Q($id: ID!, $then: KnownAt) { prisoner(id: $id, knownAt: $then) { id basis { position } } }"
        old = ledgers.data(ledger, asked, id="people-1", then={"position": 14})["prisoner"]

        assert ledgers.data(ledger, asked, id=old["id"])["prisoner"] == old
        assert ledgers.data(ledger, asked, id=old["id"], then={"position": 16})["prisoner"]["basis"] == {
            "position": 16
        }

    def test_today_stays_today(self, ledger: Service) -> None:
        """What was known then is asked about today, unless a day is named: no clock moves another."""
        ledger.entropy.turn_back(timedelta(days=-3))  # type: ignore[attr-defined]

        found = ledgers.data(ledger, BASIS, then={"position": 5})["prisoners"]

        assert found["basis"]["position"] == 5
        assert found["basis"]["recordedAt"].startswith("2026-01-01T")
        assert found["basis"]["validOn"] == "2026-01-04"

    def test_what_came_later_is_not_there(self, ledger: Service) -> None:
        """Neither by place nor by id, nor in any list."""
        last = ledgers.data(ledger, "{ event(position: 16) { id } }")["event"]["id"]
        too_early = ids.encode("Event", *ids.decode(last).parts, clocks=Clocks(known_at=Position(15)))
        asked = """query Q($id: ID!, $tooEarly: ID!) {
          inside: event(position: 15, knownAt: {position: 15}) { position }
          behind: event(position: 16, knownAt: {position: 15}) { position }
          history: prisoner(id: "people-2", knownAt: {position: 15}) { history { nodes { position } } }
          last: events(last: 1, knownAt: {position: 15}) { nodes { position } }
          now: node(id: $id) { ... on Event { position } }
          then: node(id: $tooEarly) { ... on Event { position } }
        }"""

        found = ledgers.data(ledger, asked, id=last, tooEarly=too_early)

        assert found["inside"] == {"position": 15}
        assert found["behind"] is None
        assert max(node["position"] for node in found["history"]["history"]["nodes"]) <= 15
        assert found["last"]["nodes"] == [{"position": 15}]
        assert (found["now"], found["then"]) == ({"position": 16}, None)


class TestNothing:
    @pytest.mark.parametrize("then", [{"position": 0}, {"instant": "2025-12-31T23:59:59Z"}])
    def test_before_the_first_entry_everything_is_empty(self, ledger: Service, then: dict[str, Any]) -> None:
        """Lists without rows, and nulls; no error. Whose ledger it is, is known all the same."""
        found = ledgers.data(ledger, EVERYTHING, then=then, day=DAY)

        for name in ("prisoners", "acts", "sources", "lists", "events"):
            assert (found[name]["totalCount"], found[name]["nodes"]) == (0, [])
        for name in ("prisoner", "act", "source", "list", "group", "court", "paper", "event"):
            assert found[name] is None
        assert found["ledger"] == {
            "origin": "localhost/custody-ledger",
            "zone": "Asia/Baku",
            "size": 0,
            # RFC 6962 2.1: the hash of an empty list is the hash of an empty string.
            "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        }

    def test_the_basis_of_the_empty_ledger_has_no_instant(self, ledger: Service) -> None:
        """Nothing was recorded at any time."""
        found = ledgers.data(ledger, BASIS, then={"position": 0})["prisoners"]["basis"]

        assert found == {"position": 0, "recordedAt": None, "validOn": "2026-01-01"}


class TestInstant:
    def test_means_the_last_entry_recorded_by_then(self, ledger: Service, tmp_path: Path) -> None:
        """That instant included; a microsecond before a commit means the commit before it, and entries of one commit go together."""
        before = _size(ledger)
        ledgers.record_people(ledger, tmp_path, 1, name="later")
        commit = _recorded_at(ledger, before + 1)

        def position(at: datetime) -> int:
            found = ledgers.data(ledger, BASIS, then={"instant": at.isoformat()})["prisoners"]["basis"]
            assert found["recordedAt"] is not None
            answer: int = found["position"]
            return answer

        assert position(commit - timedelta(microseconds=1)) == before
        assert position(commit) == _size(ledger)
        assert position(commit + timedelta(microseconds=1)) == _size(ledger)
        # The same instant, told in another zone.
        assert position(commit.astimezone(ZoneInfo("Asia/Baku"))) == _size(ledger)

    def test_an_instant_of_the_past_is_answered_at_its_position_for_ever(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """The id says which, so that what an instant means is settled once."""
        at = _recorded_at(ledger, 16).isoformat()
        asked = 'query Q($then: KnownAt) { prisoner(id: "people-1", knownAt: $then) { id name } }'

        by_instant = ledgers.data(ledger, asked, then={"instant": at})["prisoner"]

        assert by_instant == ledgers.data(ledger, asked, then={"position": 16})["prisoner"]

    def test_behind_the_last_entry_it_means_the_last(self, ledger: Service) -> None:
        """Up to now: the ledger had nothing more."""
        then = ledger.entropy.now().isoformat()

        assert ledgers.data(ledger, BASIS, then={"instant": then})["prisoners"]["basis"]["position"] == 16

    def test_a_clock_that_was_set_back_is_behind_no_entry(self, ledger: Service) -> None:
        """The last entry's own instant can always be asked about."""
        ledger.entropy.turn_back(timedelta(days=1))  # type: ignore[attr-defined]
        then = _recorded_at(ledger, 16).isoformat()

        assert ledgers.data(ledger, BASIS, then={"instant": then})["prisoners"]["basis"]["position"] == 16


class TestRefusals:
    @pytest.mark.parametrize(
        ("then", "code", "message"),
        [
            (
                {"position": -1},
                "MOMENT_INVALID",
                "There is no position -1: expected one from 0, the empty ledger, to 16, the last.",
            ),
            (
                {"position": 17},
                "MOMENT_INVALID",
                "There is no position 17: expected one from 0, the empty ledger, to 16, the last.",
            ),
            (
                {"instant": "2030-01-01T00:00:00+04:00"},
                "MOMENT_INVALID",
                "2029-12-31T20:00:00.000000Z lies in the future: the ledger's clock says 2026-01-01T00:00:00.0",
            ),
            (
                {"instant": "2025-12-23T12:00:00"},
                "OPERATION_INVALID",
                "Expected an instant with its zone, such as 2025-12-23T12:00:00Z, found '2025-12-23T12:00:00'.",
            ),
            (
                {"instant": "2025-12-23"},
                "OPERATION_INVALID",
                "Expected an instant with its zone, such as 2025-12-23T12:00:00Z, found '2025-12-23'.",
            ),
            (
                {"instant": "0001-01-01T00:00:00+14:00"},
                "OPERATION_INVALID",
                "Expected an instant with its zone, such as 2025-12-23T12:00:00Z, found '0001-01-01T00:00:00+14:00'.",
            ),
            ({"instant": 5}, "OPERATION_INVALID", "Expected an instant with its zone"),
            ({}, "OPERATION_INVALID", "OneOf Input Object"),
            ({"position": None}, "OPERATION_INVALID", "must be non-null"),
            ({"position": 1, "instant": "2025-12-23T12:00:00Z"}, "OPERATION_INVALID", "OneOf Input Object"),
        ],
    )
    def test_no_moment_is_guessed(
        self, quiet: Service, then: dict[str, Any], code: str, message: str
    ) -> None:
        """Each in a sentence that says what was expected, as a variable and as a literal alike."""
        literal = ", ".join(f"{name}: {json.dumps(value)}" for name, value in then.items())
        for document in (BASIS, f"{{ prisoners(knownAt: {{{literal}}}) {{ totalCount }} }}"):
            found_code, found = ledgers.error(
                quiet, document, **({"then": then} if document == BASIS else {})
            )

            assert found_code == code
            assert message in found

    def test_a_moment_in_an_id_is_checked_as_any_other(self, quiet: Service) -> None:
        """The id of another ledger, or of this one before a backup was restored."""
        id = ids.encode("Prisoner", "people-1", clocks=Clocks(known_at=Position(17)))

        code, message = ledgers.error(quiet, "query Q($id: ID!) { node(id: $id) { id } }", id=id)

        assert code == "MOMENT_INVALID"
        assert message == "There is no position 17: expected one from 0, the empty ledger, to 16, the last."

    def test_no_operation_names_moments_without_end(
        self, quiet: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each is read by itself."""
        monkeypatch.setattr("app.api.request.MOMENTS_MAX", 2)
        aliases = " ".join(f"a{n}: events(knownAt: {{position: {n}}}) {{ totalCount }}" for n in range(3))

        assert ledgers.error(quiet, f"{{ {aliases} }}") == (
            "TOO_MUCH_ASKED",
            "This operation names more than 2 moments. Ask in several operations.",
        )


class TestBehind:
    """Findings have not come to the head: one wide entry is being worked in."""

    @pytest.fixture
    def behind(self, ledger: Service, database_url: str, tmp_path: Path) -> Iterator[Service]:
        """A ledger of 16 entries, projected through 14."""
        with ledgers.only_read(ledger) as service:
            with service.database.writing() as connection:
                set_state(connection, State(projected_through=Position(14), writing_through=Position(16)))
            yield service

    def test_a_moment_that_findings_have_not_come_to_is_not_answered_yet(self, behind: Service) -> None:
        """What is answered for a moment holds for ever, so nothing is said before it does."""
        assert ledgers.error(behind, BASIS, then={"position": 15}) == (
            "NOT_YET",
            "Entry 15 is named, and findings have come to 14. Ask again in a moment.",
        )
        assert ledgers.data(behind, BASIS, then={"position": 14})["prisoners"]["basis"]["position"] == 14

    def test_now_is_answered_with_how_far_findings_are(self, behind: Service) -> None:
        """Whoever names nothing is told."""
        asked = "{ prisoners { basis { position projectedThrough } } }"

        assert ledgers.data(behind, asked)["prisoners"]["basis"] == {"position": 16, "projectedThrough": 14}


def _ids_in(answer: Any) -> Iterator[str]:
    match answer:
        case dict():
            for name, value in answer.items():
                if name == "id":
                    yield value
                else:
                    yield from _ids_in(value)
        case list():
            for value in answer:
                yield from _ids_in(value)


def _is_stream(id: str) -> bool:
    return ids.decode(id).sort == "Stream"
