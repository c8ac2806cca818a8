"""The rulebooks: each whole, each under its own name, and which of them is in force where."""

from __future__ import annotations

import msgspec
import pytest

from events.errors import RulesUnknown
from events.kinds import LedgerOpened, RulesAdopted, Subject, SubjectKey, SubjectSort
from projections.rulebook import RULEBOOKS, Rulebook, rulebook, rules_in_force
from projections.rules import RULES_VERSION
from tests.projections.builders import event, made

LEDGER = SubjectKey("ledger")


class TestRulebooks:
    @pytest.mark.parametrize("version", RULEBOOKS)
    def test_each_stands_under_its_own_name(self, version: str) -> None:
        """Or a ledger would be folded by other rules than it adopted."""
        assert RULEBOOKS[version].version == version

    def test_a_new_ledger_adopts_one_of_them(self) -> None:
        """A ledger opens with rules that this version has."""
        assert RULES_VERSION in RULEBOOKS

    @pytest.mark.parametrize("book", RULEBOOKS.values(), ids=lambda book: book.version)
    def test_each_states_every_rule(self, book: Rulebook) -> None:
        """R1 to R19, whatever the version: a number is one rule for ever."""
        assert list(book.statements) == [f"R{number}" for number in range(1, 20)]


class TestRulebook:
    def test_name_and_statement(self) -> None:
        """A reader is given the version, the number and the sentence."""
        book = rulebook("rules-v1")

        assert book.name_of("R9") == "rules-v1/R9"
        assert book.statement_of("R2").startswith("Where no report stands, the answer is unknown")

    def test_unknown_rules_are_refused(self) -> None:
        """Never folded by other rules; it says what is known and what to do."""
        with pytest.raises(RulesUnknown) as refused:
            rulebook("rules-v9")

        assert refused.value.message == (
            "This ledger adopted rules-v9, which this version of Custody Ledger does not know; it knows rules-v1. Install a newer one."
        )
        assert refused.value.facts == {"version": "rules-v9", "known": ("rules-v1",)}

    def test_others_can_be_handed_in(self) -> None:
        """A rulebook of another version takes over what stays as it is."""
        other = msgspec.structs.replace(RULEBOOKS["rules-v1"], version="rules-v2")

        assert rulebook("rules-v2", rulebooks={"rules-v2": other}) is other


class TestRulesInForce:
    def test_the_last_adopted(self) -> None:
        """From the position of the adoption itself on."""
        opened = event(
            1,
            made(
                LedgerOpened,
                subject=Subject(key=LEDGER, sort=SubjectSort.LEDGER),
                origin="example.org",
                zone="UTC",
            ),
            about=LEDGER,
        )
        first = event(2, made(RulesAdopted, rules="rules-v1"), about=LEDGER)
        second = event(7, made(RulesAdopted, rules="rules-v2"), about=LEDGER)
        back = event(9, made(RulesAdopted, rules="rules-v1"), about=LEDGER)
        events = (opened, first, second, back)

        assert [rules_in_force(events[:count]) for count in (2, 3, 4)] == ["rules-v1", "rules-v2", "rules-v1"]

    def test_before_any_was_adopted(self) -> None:
        """An empty ledger has the rules that it will open with."""
        assert rules_in_force(()) == RULES_VERSION
