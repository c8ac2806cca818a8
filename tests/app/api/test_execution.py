"""Rules of execution: one basis for all answers of an operation, refusals by their codes, and nothing told of what nobody foresaw."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import get_introspection_query

from app.api import execution
from app.api.execution import execute
from app.ledger import Service
from events.errors import IntegrityBroken
from projections import reads
from tests.app.api import ledgers


@pytest.fixture
def ledger(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """Two prisoners, on SQLite."""
    with ledgers.opened(tmp_path, sqlite_template) as service:
        ledgers.record_people(service, tmp_path, 2)
        yield service


class TestBasis:
    def test_every_answer_tells_its_basis(self, ledger: Service) -> None:
        """In its extensions, as in its body; today is the clock's day in the ledger's zone."""
        response = ledgers.ask(
            ledger,
            "{ prisoners { basis { position recordedAt validOn zone rules erasures projectedThrough } } }",
        )

        assert response["extensions"]["basis"] == response["data"]["prisoners"]["basis"]
        assert response["extensions"]["basis"] == {
            "position": 16,
            "recordedAt": "2026-01-01T00:00:00.019000Z",
            "validOn": "2026-01-01",
            "zone": "Asia/Baku",
            "rules": "rules-v1",
            "erasures": 0,
            "projectedThrough": 16,
        }

    def test_all_answers_of_an_operation_have_one(
        self, ledger: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is committed while an operation runs is in none of its answers."""
        before = reads.prisoners

        def with_another_commit(*arguments: object, **named: object) -> object:
            monkeypatch.setattr(reads, "prisoners", before)
            ledgers.record_people(ledger, tmp_path, 1, name="late")
            return before(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(reads, "prisoners", with_another_commit)

        response = ledgers.ask(ledger, "{ prisoners { totalCount } events { totalCount } ledger { size } }")

        assert response["data"] == {
            "prisoners": {"totalCount": 2},
            "events": {"totalCount": 16},
            "ledger": {"size": 16},
        }
        assert ledgers.data(ledger, "{ prisoners { totalCount } }") == {"prisoners": {"totalCount": 3}}

    def test_a_position_that_is_demanded_and_not_there_is_told(
        self, ledger: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a short wait, and without an answer from before."""
        monkeypatch.setattr(execution, "NOT_YET_SECONDS_MAX", 0.0)

        response = execute(ledger, "{ prisoners { totalCount } }", at_least=17)

        assert response["errors"] == [
            {
                "message": "Entry 17 is demanded, and findings have come to 16. Ask again in a moment.",
                "extensions": {"code": "NOT_YET"},
            }
        ]
        assert "data" not in response
        assert "errors" not in execute(ledger, "{ prisoners { totalCount } }", at_least=16)

    def test_an_empty_ledger_answers(self, tmp_path: Path, sqlite_template: Path) -> None:
        """With empty lists."""
        with ledgers.opened(tmp_path, sqlite_template) as service:
            response = ledgers.ask(
                service, "{ prisoners { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"
            )

        assert response["data"] == {
            "prisoners": {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
        }


class TestRefusals:
    @pytest.mark.parametrize(
        ("document", "code", "message"),
        [
            (
                '{ node(id: "x") { id } }',
                "ID_INVALID",
                "‘x’ is no id of this ledger. Take ids as answers give them.",
            ),
            (
                '{ prisoners(after: "x") { totalCount } }',
                "CURSOR_INVALID",
                "This is no cursor. Take cursors as `pageInfo` and `edges` give them.",
            ),
            (
                '{ prisoners(filter: {name: "' + "a " * 101 + '"}) { totalCount } }',
                "REQUEST_INVALID",
                "A name to search for has at most 200 characters, found 202.",
            ),
            (
                "{ prisoners(first: 101) { totalCount } }",
                "PAGE_INVALID",
                "`first` is from 0 to 100, found 101. Page with `after` or `before`.",
            ),
            (
                "{ prisoners(first: 1, last: 1) { totalCount } }",
                "PAGE_INVALID",
                "`first` and `last` cannot both be given: one begins at the front, one at the end.",
            ),
            (
                '{ prisoner(id: "people-1", validOn: "2025-02-30") { name } }',
                "OPERATION_INVALID",
                "Expected a day such as 2025-12-31, found '2025-02-30'.",
            ),
            (
                "{ prisoners { nodes { home } } }",
                "OPERATION_INVALID",
                "Cannot query field 'home' on type 'Prisoner'. Did you mean 'name'?",
            ),
            ("{ prisoners", "OPERATION_INVALID", "Syntax Error: Expected Name, found <EOF>."),
            ("", "OPERATION_INVALID", "Syntax Error: Unexpected <EOF>."),
        ],
    )
    def test_each_has_its_code_and_its_sentence(
        self, ledger: Service, document: str, code: str, message: str
    ) -> None:
        """By the one table; the document's own faults have one of theirs."""
        assert ledgers.error(ledger, document) == (code, message)

    def test_a_refusal_names_its_place(self, ledger: Service) -> None:
        """And what was asked beside it is answered."""
        response = ledgers.ask(ledger, '{ act(id: "people-act") { name } node(id: "x") { id } }')

        assert response["data"] == {"act": {"name": "The act"}, "node": None}
        assert [error["path"] for error in response["errors"]] == [["node"]]

    @pytest.mark.parametrize(
        "document",
        [
            '{ prisoner(id: "people-1") ' + "{ records { prisoner " * 6 + "{ id }" + " } }" * 6 + " }",
            "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }",
            "{ " + "__typename " * 4001 + "}",
            "{ a" * 1500 + " }" * 1500,
            "{ prisoners " * 1500,
            "query Q { ...F } fragment F on Query { ...F }",
            "{ ...Nowhere }",
            "{ ...F0 } "
            + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(500))
            + "fragment F500 on Query { ledger { size } }",
            "{ ...F0 } "
            + "".join(f"fragment F{n} on Query {{ a{n}: ledger {{ size }} ...F{n + 1} }} " for n in range(31))
            + "fragment F31 on Query { ledger { size } }",
        ],
        ids=[
            "depth",
            "aliases",
            "tokens",
            "nesting",
            "unclosed",
            "cycle",
            "nowhere",
            "chain",
            "aliases in fragments",
        ],
    )
    def test_what_would_cost_too_much_is_not_begun(self, ledger: Service, document: str) -> None:
        """Too deep, too many aliases, too long: refused before anything is read, and none of it breaks the reader."""
        ledgers.ask(ledger, "{ __typename }")  # whoever asks first learns the ledger's zone for all

        with ledgers.counted() as sent:
            response = ledgers.ask(ledger, document)

        assert {error["extensions"]["code"] for error in response["errors"]} == {"OPERATION_INVALID"}
        assert "data" not in response
        assert len(sent) == 5  # the transaction and its basis

    def test_fragments_that_double_are_measured_in_no_time(self, ledger: Service) -> None:
        """Sixty that each spread the next one twice stand for 2^60 spreads, and ask for one field."""
        doubling = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))

        assert ledgers.data(
            ledger, "{ ...F0 } " + doubling + "fragment F60 on Query { ledger { size } }"
        ) == {"ledger": {"size": 16}}

    def test_fragments_are_as_deep_as_where_they_are_spread(self, ledger: Service) -> None:
        """Levels add up through fragments, inline ones too."""
        within = "records { prisoner { ...F1 } }"
        document = '{ prisoner(id: "people-1") { ...F0 } } fragment F0 on Prisoner { '
        for n in range(1, 6):
            document += f"{within.replace('F1', f'F{n}')} }} fragment F{n} on Prisoner {{ "

        assert "data" in ledgers.ask(ledger, document + "name }")
        assert "data" not in ledgers.ask(
            ledger, document + "... on Prisoner { records { prisoner { id } } } }"
        )

    def test_the_query_page_can_read_the_schema(self, ledger: Service) -> None:
        """Introspection is within the limits."""
        asked = get_introspection_query(schema_description=True, input_value_deprecation=True)

        assert ledgers.data(ledger, asked)["__schema"]["queryType"]["name"] == "Query"

    def test_a_list_of_very_many_words_is_a_list_of_each_once(self, ledger: Service) -> None:
        """However long, it asks the database for no more than there are words."""
        asked = (
            "query Q($kinds: [EventKind!], $of: [Custody!]) { events(filter: {kinds: $kinds}) { totalCount } "
        )
        asked += "prisoners(filter: {custody: $of}) { totalCount } }"

        found = ledgers.data(ledger, asked, kinds=["RELEASE_REPORTED"] * 50_000, of=["LIBERTY"] * 50_000)

        assert found == {"events": {"totalCount": 2}, "prisoners": {"totalCount": 2}}


class TestBroken:
    @pytest.mark.parametrize("broken", [KeyError("the name of a minor"), IntegrityBroken("/names/0 is gone")])
    def test_what_nobody_foresaw_is_logged_and_not_told(
        self,
        ledger: Service,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        broken: Exception,
    ) -> None:
        """The answer has an id, and the log has the rest under it."""

        def breaks(*_arguments: object) -> None:
            raise broken

        monkeypatch.setattr(reads, "prisoners", breaks)

        with caplog.at_level(logging.ERROR):
            response = ledgers.ask(ledger, "{ prisoners { totalCount } }")

        (error,) = response["errors"]
        error_id = error["extensions"]["id"]
        assert error["message"] == (
            f"Something broke here, and it is not your question. The operator finds it in the log as {error_id}."
        )
        assert error["extensions"]["code"] == "INTERNAL"
        assert str(broken.args[0]) not in str(response)
        assert error_id in caplog.text
        assert str(broken.args[0]) in caplog.text
