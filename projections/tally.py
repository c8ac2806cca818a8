"""R11: what was promised and what was reported of an act, side by side, per measure. Nothing is ever added.

    promised    coverage, listed under every measure but bounding its own alone, and what is expected or planned
    reported    what sources counted, and group reports without a number
    low         the greatest low among the column's figures of the measure
    high        the least high among its cumulative figures of the latest as-of; null without one
    both        null where they cross

A group's running total bounds the group and not the act: it gives no `high` of a column of the act.

Invariants: what is expected never moves *reported*, however old it gets; a voice's earlier figures are revised, and bound nothing.
Absent on purpose: *documented*, a count of named prisoners by their own findings, is read from the rows (`projections/reads.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from events.dates import bounds_of_claim
from events.kinds import SubjectKey
from events.quantities import Accumulation, CountMeasure, bounds_of
from projections.counts import values_of
from projections.figures import FORESEEN
from projections.findings import Facet, Finding, Standing


class Column(Struct, frozen=True):
    """Bounds that hold if every figure does, None where open, and the figures, newest first."""

    low: int | None = None
    high: int | None = None
    figures: tuple[Finding, ...] = ()


def tally(measure: CountMeasure, figures: Sequence[Finding], *, act: SubjectKey) -> tuple[Column, Column]:
    """What was promised and what was reported under a measure, from the count findings of an act and of the groups under it.

    `act` tells the act's own figures from those of its groups.
    """
    present = _present(figures)
    promised = [
        figure
        for figure in present
        if _is_promise(figure) and _measure(figure) in (measure, CountMeasure.COVERED)
    ]
    reported = [figure for figure in present if not _is_promise(figure) and _measure(figure) is measure]
    return _column(measure, promised, act), _column(measure, reported, act)


def _present(figures: Sequence[Finding]) -> list[Finding]:
    """Count findings that stand and are no voice's earlier word."""
    counts = [
        figure
        for figure in figures
        if figure.facet is Facet.COUNT and figure.standing is not Standing.UNKNOWN and values_of(figure)
    ]
    revised = {
        (figure.about, segment)
        for figure in counts
        for value in values_of(figure)
        for segment in value.earlier
    }
    return [figure for figure in counts if (figure.about, figure.segment) not in revised]


def _measure(figure: Finding) -> CountMeasure:
    return values_of(figure)[0].count.measure


def _is_promise(figure: Finding) -> bool:
    return _measure(figure) is CountMeasure.COVERED or values_of(figure)[0].modality in FORESEEN


def _column(measure: CountMeasure, figures: Sequence[Finding], act: SubjectKey) -> Column:
    bounding = [figure for figure in figures if _measure(figure) is measure]
    low, high = _low(bounding), _high([one for one in bounding if one.about == act])
    if low is not None and high is not None and low > high:
        low = high = None
    return Column(low, high, tuple(sorted(figures, key=_newest_first)))


def _low(figures: Sequence[Finding]) -> int | None:
    lows = [
        low
        for figure in figures
        for value in values_of(figure)
        if value.count.quantity is not None and (low := bounds_of(value.count.quantity).low) is not None
    ]
    return max(lows, default=None)


def _high(figures: Sequence[Finding]) -> int | None:
    cumulative = [
        (_day(figure), bounds_of(value.count.quantity).high)
        for figure in figures
        for value in values_of(figure)
        if value.count.quantity is not None and value.count.accumulation is Accumulation.CUMULATIVE
    ]
    latest = max((day for day, _ in cumulative), default=None)
    return min((high for day, high in cumulative if day == latest and high is not None), default=None)


def _day(figure: Finding) -> date:
    """The latest day that a figure is as of; of an expectation, the day by which it is to be met."""
    value = values_of(figure)[0]
    deadline = value.deadline if value.modality in FORESEEN else None
    return bounds_of_claim(deadline or figure.last_reported).latest or date.min


def _newest_first(figure: Finding) -> tuple[int, str, str]:
    return -_day(figure).toordinal(), figure.about, figure.segment
