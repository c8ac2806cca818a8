"""Rules of the one table: every refusal of the ledger means something to every door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import app.query_book  # so that its refusal is in the tree
import app.settings  # noqa: F401
from app.cli import EXIT_CODES
from app.errors import MEANINGS, Exit, meaning_of
from app.requests import RequestRefused
from events.errors import AppendRefused, IntegrityBroken, KeyTaken, LedgerError, QueueFull


def _tree(root: type[LedgerError]) -> Iterator[type[LedgerError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _tree(kind)


def _classes() -> list[type[LedgerError]]:
    return [kind for kind in _tree(LedgerError) if not kind.__module__.startswith("tests")]


class TestMeanings:
    """The table itself."""

    def test_every_class_has_a_row(self) -> None:
        """And every row a class."""
        assert {kind.code for kind in _classes()} == MEANINGS.keys()

    def test_no_two_classes_share_a_code(self) -> None:
        """A client tells them apart."""
        codes = [kind.code for kind in _classes()]

        assert len(codes) == len(set(codes))

    @pytest.mark.parametrize("code", MEANINGS)
    def test_no_refusal_is_a_success(self, code: str) -> None:
        """In whatever language."""
        assert MEANINGS[code].http >= 400
        assert MEANINGS[code].exit not in (Exit.DONE, Exit.USAGE)

    def test_what_a_client_must_not_see_is_internal(self) -> None:
        """A ledger that contradicts itself tells its operator, not the public."""
        broken = [row for row in MEANINGS.values() if row.exit is Exit.BROKEN]

        assert broken
        assert {(row.http, row.graphql) for row in broken} == {(500, "INTERNAL")}


class TestMeaningOf:
    """From a refusal to its row."""

    def test_by_code(self) -> None:
        """Its own row."""
        assert meaning_of(KeyTaken()).http == 409
        assert meaning_of(QueueFull()).exit is Exit.BUSY
        assert meaning_of(IntegrityBroken()).exit is Exit.BROKEN
        assert meaning_of(RequestRefused(())).exit is Exit.REFUSED

    def test_of_a_class_without_a_row(self) -> None:
        """What the class above it means."""

        class Unheard(AppendRefused):
            code = "UNHEARD"

        assert meaning_of(Unheard()) == MEANINGS["APPEND_REFUSED"]


def test_the_help_tells_every_exit_code() -> None:
    """Each with its number."""
    assert [f"{code.value} " in EXIT_CODES for code in Exit] == [True] * len(Exit)
