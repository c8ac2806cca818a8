"""The words of the rules: complete, and named by every finding."""

from __future__ import annotations

from hypothesis import given

from events.decoder import Event
from projections.prisoner import fold_prisoner
from projections.rules import RULES
from tests.projections.builders import PERSON, KnownContext
from tests.projections.histories import histories


class TestRules:
    def test_nineteen(self) -> None:
        """R1 to R19, in order."""
        assert list(RULES) == [f"R{number}" for number in range(1, 20)]

    def test_are_sentences(self) -> None:
        """Each is one sentence, in words that name nobody's sex."""
        for statement in RULES.values():
            assert statement.endswith(".")
            assert statement.count(". ") == 0
            assert not {"he", "she", "his", "her"} & set(statement.lower().split())

    @given(histories())
    def test_every_finding_names_one(self, events: list[Event]) -> None:
        """I-10: a finding's rule is in the registry."""
        for finding in fold_prisoner(PERSON, events, KnownContext()):
            assert {finding.rule, *(side.rule for side in finding.alternatives)} <= RULES.keys()
