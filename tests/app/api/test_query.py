"""Rules of asking: by id or key, about a day, in pages, and an id leads back to what it was given for."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.ledger import Service
from app.query_book import BOOK
from tests.app.api import ledgers
from tests.query_book import QUESTIONS, ask


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Five prisoners, on each store."""
    with ledgers.opened_at(database_url, tmp_path) as service:
        ledgers.record_people(service, tmp_path, 5)
        yield service


def _ids_in(answer: Any) -> Iterator[str]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name == "id":
                yield value
            else:
                yield from _ids_in(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _ids_in(value)


class TestById:
    @pytest.mark.parametrize("name", ["prisoner", "subject"])
    def test_by_id_and_by_key(self, example: Service, name: str) -> None:
        """The same, under either."""
        by_key = ledgers.data(example, f'{{ {name}(id: "prisoner-a1") {{ id key }} }}')[name]

        by_id = ledgers.data(
            example, f"query Q($id: ID!) {{ {name}(id: $id) {{ id key }} }}", id=by_key["id"]
        )

        assert by_id[name] == by_key == {"id": by_key["id"], "key": "prisoner-a1"}

    @pytest.mark.parametrize("name", ["prisoner", "act", "source", "list", "subject"])
    def test_what_is_not_there_is_null(self, example: Service, name: str) -> None:
        """And so is a subject of another sort under its key."""
        assert ledgers.data(example, f'{{ {name}(id: "nobody") {{ id }} }}') == {name: None}
        assert ledgers.data(example, '{ act(id: "prisoner-a1") { id } }') == {"act": None}

    def test_an_id_of_another_sort_is_refused(self, example: Service) -> None:
        """It was meant for another question."""
        act = ledgers.data(example, '{ act(id: "amnesty-2025-12") { id } }')["act"]["id"]

        code, message = ledgers.error(example, "query Q($id: ID!) { prisoner(id: $id) { name } }", id=act)

        assert code == "ID_INVALID"
        assert message.startswith(f"‘{act}’ is the id of a Act; expected here: Prisoner, PersonRecord.")

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_every_id_leads_back(self, both_examples: Service, question: str) -> None:
        """Whatever has an id in an answer of the query book is found by it, alone and among others."""
        wanted = sorted(set(_ids_in(ask(both_examples, question)["data"])))[:100]

        found = ledgers.data(
            both_examples, "query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=wanted
        )
        one = ledgers.data(
            both_examples, "query Q($id: ID!) { node(id: $id) { __typename id } }", id=wanted[0]
        )

        assert [node["id"] for node in found["nodes"]] == wanted
        assert one["node"] == found["nodes"][0]

    def test_an_id_whose_object_is_not_there_is_null(self, example: Service) -> None:
        """In its place among the others."""
        ids = [
            "QWN0H25vYm9keQ",
            "RXZlbnQfbm9ib2R5",
            "U25hcHNob3QfbW9yZQ",
            "RmluZGluZx94H2N1c3RvZHkfeQ",
            "U3RyZWFtH3g",
        ]

        assert ledgers.data(example, "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == {
            "nodes": [None] * 5
        }

    def test_a_person_is_a_prisoner_or_their_record(self, example: Service) -> None:
        """Under two ids; the record leads to the prisoner and back."""
        found = ledgers.data(
            example,
            """{
              prisoner: subject(id: "prisoner-a1") { __typename id ... on Prisoner { records { id } } }
              record: subject(id: "prisoner-a1", record: true) { __typename id ... on PersonRecord { prisoner { id } } }
            }""",
        )

        assert found["prisoner"]["__typename"] == "Prisoner"
        assert found["record"]["__typename"] == "PersonRecord"
        assert found["prisoner"]["records"] == [{"id": found["record"]["id"]}]
        assert found["record"]["prisoner"] == {"id": found["prisoner"]["id"]}


class TestDay:
    ASKED = 'query Q($day: Date) { prisoner(id: "people-1", validOn: $day) { id custody { id status holds } basis { validOn } } }'

    @pytest.mark.parametrize(
        ("day", "status", "holds"),
        [
            ("2020-01-01", "UNKNOWN", None),
            ("2024-04-01", "REMAND", "POSSIBLE"),
            ("2025-12-22", "LIBERTY", "CERTAIN"),
            ("2030-01-01", "LIBERTY", "CERTAIN"),
        ],
    )
    def test_the_answer_is_for_the_day(
        self, ledger: Service, day: str, status: str, holds: str | None
    ) -> None:
        """Before anything is reported it is unknown; what is reported later does not reach back."""
        found = ledgers.data(ledger, self.ASKED, day=day)["prisoner"]

        assert found["basis"] == {"validOn": day}
        assert (found["custody"]["status"], found["custody"]["holds"]) == (status, holds)

    def test_an_id_carries_the_day_that_was_named(self, ledger: Service) -> None:
        """And refetches it; without a day it means today."""
        named = ledgers.data(ledger, self.ASKED, day="2020-01-01")["prisoner"]
        today = ledgers.data(ledger, self.ASKED)["prisoner"]

        again = ledgers.data(
            ledger,
            "query Q($id: ID!) { node(id: $id) { ... on Prisoner { id custody { id status holds } basis { validOn } } } }",
            id=named["id"],
        )

        assert again["node"] == named
        assert named["id"] != today["id"]
        assert today["basis"] == {"validOn": "2026-01-01"}

    def test_prisoners_are_filtered_by_the_day(self, ledger: Service) -> None:
        """Who is at liberty now was not then."""
        asked = """query Q($day: Date, $holds: Holds!) {
          prisoners(filter: { custody: [LIBERTY], holds: $holds }, validOn: $day) { totalCount }
        }"""

        def count(day: str | None, holds: str) -> int:
            found: int = ledgers.data(ledger, asked, day=day, holds=holds)["prisoners"]["totalCount"]
            return found

        assert (count(None, "CERTAIN"), count("2023-01-01", "POSSIBLE")) == (5, 0)


class TestFilters:
    def test_of_prisoners(self, ledger: Service) -> None:
        """All given must hold; of the values in a list, any."""
        table = [
            ('{ name: "number3 PERSON" }', 1),
            ('{ name: "Number" }', 5),
            ('{ name: "nobody" }', 0),
            ('{ name: "" }', 0),
            ('{ act: "people-act" }', 5),
            ('{ act: "people-act", outcome: [RELEASED] }', 5),
            ("{ outcome: [EXCLUDED] }", 0),
            ("{ standing: [CONTESTED] }", 0),
            ('{ standing: [SINGLE], custody: [LIBERTY, DEAD], name: "Number4" }', 1),
        ]
        for filter, count in table:
            found = ledgers.data(
                ledger, f"{{ prisoners(filter: {filter}) {{ totalCount nodes {{ id }} }} }}"
            )["prisoners"]

            assert found["totalCount"] == len(found["nodes"]) == count, filter

    def test_of_entries(self, ledger: Service) -> None:
        """All given must hold; what is asked of reports finds reports alone."""
        table = [
            ("{}", 28),
            ("{ kinds: [RELEASE_REPORTED, DETENTION_REPORTED] }", 10),
            ('{ about: "people-2" }', 4),
            ('{ source: "people-article" }', 15),
            ('{ party: "people-paper" }', 15),
            ('{ party: "people-2" }', 0),
            ('{ state: [STANDING], about: "people-2" }', 3),
            ("{ state: [RETRACTED] }", 0),
        ]
        for filter, count in table:
            found = ledgers.data(
                ledger, f"{{ events(filter: {filter}, first: 100) {{ totalCount nodes {{ id }} }} }}"
            )["events"]

            assert found["totalCount"] == len(found["nodes"]) == count, filter

    def test_of_sources(self, ledger: Service, tmp_path: Path) -> None:
        """By publisher."""
        ledgers.record_people(ledger, tmp_path, 1, name="other")

        found = ledgers.data(
            ledger,
            '{ all: sources { totalCount } some: sources(filter: {publisher: "other-paper"}) { nodes { key publisher { key } } } }',
        )

        assert found == {
            "all": {"totalCount": 2},
            "some": {"nodes": [{"key": "other-article", "publisher": {"key": "other-paper"}}]},
        }


class TestLists:
    def test_a_cursor_of_another_filter_is_refused(self, ledger: Service) -> None:
        """It would skip rows or show them twice."""
        cursor = ledgers.data(ledger, "{ prisoners(first: 1) { pageInfo { endCursor } } }")["prisoners"][
            "pageInfo"
        ]["endCursor"]

        code, _ = ledgers.error(
            ledger,
            'query Q($after: String) { prisoners(after: $after, filter: {name: "Number"}) { totalCount } }',
            after=cursor,
        )

        assert code == "CURSOR_INVALID"

    @pytest.mark.parametrize("forged", [[1, "x"], ["x", 1], [True, "x"]])
    def test_a_cursor_with_a_value_of_another_sort_is_refused(
        self, ledger: Service, forged: list[object]
    ) -> None:
        """The right list, and a place that no row can have: no database is asked to compare a name with a number."""
        asked = "query Q($after: String) { prisoners(after: $after) { pageInfo { endCursor } totalCount } }"
        cursor = ledgers.data(ledger, asked)["prisoners"]["pageInfo"]["endCursor"]
        name, position, *_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        content = json.dumps([name, position, *forged], separators=(",", ":")).encode()

        code, _ = ledgers.error(ledger, asked, after=base64.urlsafe_b64encode(content).decode().rstrip("="))

        assert code == "CURSOR_INVALID"

    @pytest.mark.parametrize("size", [1, 7, 100])
    def test_entries_backwards_are_entries_turned_round(self, ledger: Service, size: int) -> None:
        """`newestFirst`, page by page, and `last`: the same entries."""

        def walk(arguments: str, cursor: str, more: str, end: str) -> list[int]:
            seen: list[int] = []
            place = None
            while True:
                page = ledgers.data(
                    ledger,
                    f"query Q($at: String) {{ events({arguments}, {cursor}: $at) {{ nodes {{ position }} pageInfo {{ {more} {end} }} }} }}",
                    at=place,
                )["events"]
                found = [node["position"] for node in page["nodes"]]
                seen += found[::-1] if cursor == "before" else found
                place = page["pageInfo"][end]
                if not page["pageInfo"][more]:
                    return seen

        forwards = walk(f"first: {size}", "after", "hasNextPage", "endCursor")

        assert forwards == list(range(1, 29))
        assert (
            walk(f"first: {size}, newestFirst: true", "after", "hasNextPage", "endCursor") == forwards[::-1]
        )
        assert walk(f"last: {size}", "before", "hasPreviousPage", "startCursor") == forwards[::-1]
        assert (
            walk(f"last: {size}, newestFirst: true", "before", "hasPreviousPage", "startCursor") == forwards
        )

    def test_acts_lists_and_sources_are_listed(self, of_every_kind: Service) -> None:
        """Acts and sources newest on record first, lists by name."""
        found = ledgers.data(
            of_every_kind,
            "{ acts { nodes { key form } } lists { nodes { key } } sources { totalCount nodes { key } } }",
        )

        assert found["acts"]["nodes"] == [
            {"key": "every-code", "form": "STATUTE"},
            {"key": "every-pardon", "form": "PARDON"},
            {"key": "every-amnesty", "form": "AMNESTY"},
        ]
        assert found["lists"]["nodes"] == [{"key": "every-roll"}]
        assert found["sources"]["totalCount"] == len(found["sources"]["nodes"]) == 6


class TestTally:
    def test_documented_counts_the_named(self, ledger: Service) -> None:
        """By their own findings, under the measure asked for; nobody is counted under another."""
        asked = """{ act(id: "people-act") {
          released: tally { documented { low high unnamed detainedAgain prisoners { totalCount nodes { key } } } }
          excluded: tally(measure: EXCLUDED) { documented { low high } }
        } }"""

        found = ledgers.data(ledger, asked)["act"]

        assert found["released"]["documented"] == {
            "low": 5,
            "high": 5,
            "unnamed": 0,
            "detainedAgain": 0,
            "prisoners": {"totalCount": 5, "nodes": [{"key": f"people-{n}"} for n in range(1, 6)]},
        }
        assert found["excluded"]["documented"] == {"low": 0, "high": 0}

    def test_detained_again_stays_counted(self, ledger: Service, tmp_path: Path) -> None:
        """With the number beside it."""
        ledgers.record(
            ledger,
            tmp_path,
            """\
set: test/again
source:
  key: again-article
  title: Again
  available: {edtf: 2025-12-30, derivation: stated}
  document: article.txt
subjects:
  p1: {record: people-1}
claims:
  - {key: D, kind: detention_reported, about: p1, claimed: 2025-12-29, cite: Number1 was detained again on 29 December}
""",
            article="Number1 was detained again on 29 December.",
        )

        found = ledgers.data(
            ledger, '{ act(id: "people-act") { tally { documented { low high detainedAgain } } } }'
        )

        assert found["act"]["tally"]["documented"] == {"low": 5, "high": 5, "detainedAgain": 1}


class TestLedger:
    def test_tells_whose_it_is_and_how_far_it_has_come(self, example: Service) -> None:
        """The root is that of the last checkpoint to come: over all entries."""
        found = ledgers.data(
            example, "{ ledger { origin zone size root } events(last: 1) { nodes { position leafHash } } }"
        )

        assert found["ledger"]["origin"] == "example.org/custody-ledger"
        assert found["ledger"]["zone"] == "Asia/Baku"
        assert found["ledger"]["size"] == found["events"]["nodes"][0]["position"]
        assert len(found["ledger"]["root"]) == len(found["events"]["nodes"][0]["leafHash"]) == 44

    @pytest.mark.parametrize("position", [0, -1, 10**6, 2**31 - 1])
    def test_no_entry_beyond_the_end(self, example: Service, position: int) -> None:
        """Null, not an error."""
        assert ledgers.data(example, f"{{ event(position: {position}) {{ id }} }}") == {"event": None}


class TestBook:
    def test_every_question_stays_within_the_limits_at_their_widest(self, both_examples: Service) -> None:
        """With a hundred rows a page; among them what rests on a source, which the book does not ask yet."""
        for path in BOOK.glob("*.graphql"):
            document = path.read_text(encoding="utf-8").replace("first: 1)", "first: 100)")
            response = (
                ask(both_examples, path.stem)
                if "first: 1)" not in document
                else ledgers.ask(both_examples, document, name="a")
            )

            assert response.get("errors") is None
