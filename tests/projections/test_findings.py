"""Of several stretches that can hold on a day, the one to show."""

from __future__ import annotations

from events.kinds import Custody, DetentionReported, Penalty, SentenceReported
from projections.findings import CustodyValue, Facet, Finding, Holds, answer_on
from projections.prisoner import fold_prisoner
from tests.projections.builders import PERSON, KnownContext, day, on, report, term


def _custody(*, detained: str) -> list[Finding]:
    events = [
        report(DetentionReported, 1, claimed=on(detained)),
        report(SentenceReported, 2, penalty=Penalty.IMPRISONMENT, term=term("P5Y")),
    ]
    context = KnownContext(available="2025-12-22")
    return [one for one in fold_prisoner(PERSON, events, context) if one.facet is Facet.CUSTODY]


def _answer(text: str, *, detained: str) -> tuple[Custody, Holds]:
    found = answer_on(_custody(detained=detained), day(text))
    assert found is not None
    assert isinstance(found.value, CustodyValue)
    assert found.interval is not None
    holds = found.interval.holds_on(day(text))
    assert holds is not None
    return found.value.status, holds


class TestAnswer:
    def test_possible_days_of_both(self) -> None:
        """Detained in a year, sentenced on a day not given: on days of that year remand is shown, which comes first, and as possible."""
        assert _answer("2023-06-01", detained="2023") == (Custody.REMAND, Holds.POSSIBLE)

    def test_begun_for_certain(self) -> None:
        """What has begun for certain goes before what may have followed."""
        assert _answer("2024-06-01", detained="2023") == (Custody.REMAND, Holds.POSSIBLE)

    def test_certain(self) -> None:
        """The reversed case: by the day on which the sentence could be read, prison is certain."""
        assert _answer("2025-12-22", detained="2023") == (Custody.PRISON, Holds.CERTAIN)
