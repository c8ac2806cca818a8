"""R4, R7, R8: certain and possible on every day, held to every sequence that the reports allow."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.kinds import Custody
from projections.findings import CustodyValue, Facet, Finding, Holds, Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import PERSON, KnownContext
from tests.projections.sequences import DAYS, Clue, Sequences, Step, day_of, may_be_one, sequences_of, told

AVAILABLE = KnownContext(available=day_of(DAYS - 1).isoformat())
NOBODY_TELLS_OF_A_RELEASE = 20

STEPS = (
    (Step.DETAINED, Step.RELEASED, Step.DIED),
    (Step.RELEASED, Step.SEEN, Step.SEEN_IN_PRISON, Step.DIED),
    (Step.DETAINED, Step.SEEN, Step.SEEN_IN_PRISON, Step.DIED),
)


@st.composite
def clues(draw: st.DrawFn, *steps: Step) -> Clue:
    """A report of one of some steps, dated to a day, to a few, or not at all."""
    step = draw(st.sampled_from(steps))
    if draw(st.integers(0, 5)) == 0:
        return Clue(step)
    first = draw(st.integers(0, DAYS - 1))
    return Clue(step, first, min(DAYS - 1, first + draw(st.sampled_from([0, 0, 0, 1, 2, 3]))))


def histories(*steps: Step) -> st.SearchStrategy[list[Clue]]:
    """A few reports, in the order in which they came in: of earlier and later days than those before them, and of the same."""
    return st.lists(clues(*steps), min_size=1, max_size=4).filter(lambda drawn: not may_be_one(drawn))


def floats(history: list[Clue]) -> bool:
    """Whether an undated release is of one of several custodies: which one is then left open, as nobody may have told of the other."""
    released = any(clue.step is Step.RELEASED and clue.first is None for clue in history)
    return released and sum(clue.step is Step.DETAINED for clue in history) > 1


def custody_of(history: list[Clue]) -> list[Finding]:
    """The custody findings."""
    findings = fold_prisoner(PERSON, told(history), AVAILABLE)
    return [one for one in findings if one.facet is Facet.CUSTODY]


def found_on(findings: list[Finding], day: int) -> dict[Custody, Holds]:
    """What custody holds on a day."""
    return {
        one.value.status: holds
        for one in findings
        if isinstance(one.value, CustodyValue) and one.interval is not None
        if (holds := one.interval.holds_on(day_of(day))) is not None
    }


def fitting(history: list[Clue], findings: list[Finding]) -> Sequences:
    """The sequences that fit; only of a history in which nothing is contested, and every release between two detentions is told of."""
    assume(all(one.standing is not Standing.CONTESTED for one in findings))
    sequences = sequences_of(history)
    assume(sequences is not None and sequences.cost < NOBODY_TELLS_OF_A_RELEASE)
    assert sequences is not None
    return sequences


class TestEverySequence:
    @pytest.mark.parametrize("steps", STEPS)
    @given(data=st.data())
    @settings(max_examples=120)
    def test_tells_what_they_agree_on(self, steps: tuple[Step, ...], data: st.DataObject) -> None:
        """R4: what is the last in every sequence that fits is certain, what is in some is possible, and nothing else is either, on every
        day."""
        history = data.draw(histories(*steps).filter(lambda drawn: not floats(drawn)))
        findings = custody_of(history)
        sequences = fitting(history, findings)

        for day in range(DAYS + 1):
            every = sequences.on_day(day)
            possible = {status for status in every if status is not None}
            certain = Holds.CERTAIN if len(every) == 1 else Holds.POSSIBLE
            assert dict.fromkeys(possible, certain) == found_on(findings, day)

    @given(histories(Step.DETAINED, Step.SENTENCED, Step.RELEASED, Step.DIED))
    @settings(max_examples=200)
    def test_tells_no_more_and_leaves_nothing_out(self, history: list[Clue]) -> None:
        """R4, R8: with sentences, which may be of somebody at liberty, nothing is certain that is not so in every sequence, and what is so
        in one is possible."""
        findings = custody_of(history)
        sequences = fitting(history, findings)

        for day in range(DAYS + 1):
            every, found = sequences.on_day(day), found_on(findings, day)
            assert every - {None} <= found.keys()
            assert all({status} == every for status, holds in found.items() if holds is Holds.CERTAIN)
