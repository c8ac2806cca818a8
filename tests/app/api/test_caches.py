"""Rules of caches: one that keeps objects by type and id holds then and now at once, and mixes nothing.

The cache is ours, after the most common client's (`caches`), which was run by hand against the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    visit,
)

from app.api.schema import SCHEMA
from app.ledger import Service
from app.query_book import find_query
from tests.app.api import ledgers
from tests.app.api.caches import Cache
from tests.app.api.test_moments import EVERYTHING
from tests.follow_up import follow_up_service

DAY = "2026-01-15"


@pytest.fixture
def ledger(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """Two prisoners, on SQLite."""
    with ledgers.opened(tmp_path, sqlite_template) as service:
        ledgers.record_people(service, tmp_path, 2)
        yield service


class _Named(Visitor):
    """Asks of every object its type, and its id where it has one, as a client with a cache does."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode:
        """Adds what is missing."""
        found = get_named_type(self._types.get_parent_type())
        wanted = ["__typename", *(["id"] if "id" in getattr(found, "fields", {}) else [])]
        if found is SCHEMA._schema.query_type:
            return node
        there = {
            one.name.value for one in node.selections if isinstance(one, FieldNode) and one.alias is None
        }
        added = parse("{ " + " ".join(wanted) + " }").definitions[0].selection_set.selections  # type: ignore[attr-defined]
        new = [one for one in added if one.name.value not in there]
        return SelectionSetNode(selections=(*node.selections, *new))


def named(document: str) -> str:
    """The document, with type and id of every object asked for."""
    types = TypeInfo(SCHEMA._schema)
    return print_ast(visit(parse(document), TypeInfoVisitor(types, _Named(types))))


class TestCache:
    def test_holds_every_moment_at_once(self, ledger: Service, tmp_path: Path) -> None:
        """Each step of a ledger, asked for from a client that keeps all of them, in whatever order they came."""
        document, moments = named(EVERYTHING), [16]
        for step in ledgers.STEPS:
            step(ledger, tmp_path)
            moments.append(ledgers.data(ledger, "{ ledger { size } }")["ledger"]["size"])
        asked: list[dict[str, Any]] = [
            {"day": DAY},
            *({"day": DAY, "then": {"position": p}} for p in moments),
        ]
        answers = [ledgers.data(ledger, document, **variables) for variables in asked]
        cache = Cache()

        for variables, answer in zip(asked, answers, strict=True):
            cache.write(document, variables, answer)

        for variables, answer in zip(asked, answers, strict=True):
            assert cache.read(document, variables) == answer

    @pytest.mark.parametrize("question", ["06-as-known-then", "07-as-true-then"])
    def test_holds_the_answers_of_the_book(
        self, question: str, tmp_path: Path, sqlite_template: Path
    ) -> None:
        """Then, readable then and now, all in one operation."""
        (tmp_path / "ledger.db").write_bytes(sqlite_template.read_bytes())
        asked = find_query(question)
        document, variables = named(asked.document), asked.variables
        cache = Cache()
        with follow_up_service(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path) as service:
            answer = ledgers.data(service, document, **variables)

        cache.write(document, variables, answer)

        assert cache.read(document, variables) == answer

    def test_would_mix_what_has_one_id(self) -> None:
        """The cache itself: two answers about one object under one id, and the later one is told for both."""
        document = "query Q($at: Int) { prisoner(id: $at) { __typename id name } }"
        cache = Cache()
        for at, name in ((1, "then"), (2, "now")):
            cache.write(
                document, {"at": at}, {"prisoner": {"__typename": "Prisoner", "id": "x", "name": name}}
            )

        assert cache.read(document, {"at": 1}) == {
            "prisoner": {"__typename": "Prisoner", "id": "x", "name": "now"}
        }
