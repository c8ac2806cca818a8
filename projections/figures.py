"""R12: from reports of numbers to figures, each one voice's word on one measure, unit, population and as-of.

    line         the figures of one voice that differ in their as-of alone
    population   of a group the group itself, whatever words a report uses for it (R10); of an act the words, and whose class it is
    as of        the day stated, else the day on which the source could be read
    earlier      in a line that is no increments, what is certainly of an earlier day is revised by the present word

A figure that nobody dates is told apart by its number: told again it is the same figure, and another number is a revision of it.
Where a sentence can be read in several ways, its number and its deadline stand, and whom it counts is left out.

Absent on purpose: other voices. Which figures may be held against each other is said by `Figure.like`, and done in
`projections/counts.py`.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from events.dates import UNBOUNDED, Bounds, ClaimedDate, bounds_of_claim
from events.decoder import Event
from events.envelope import canonical
from events.kinds import (
    Count,
    CountReported,
    ExclusionReported,
    InclusionReported,
    InclusionStep,
    Modality,
    ReleaseReported,
    Report,
    SubjectKey,
)
from events.quantities import (
    NUMBER_MAX,
    Accumulation,
    Breakdown,
    CountMeasure,
    CountUnit,
    Quantity,
    bounds_of,
)
from projections.alternatives import branches
from projections.context import Context
from projections.evidence import Evidence, Told, weigh

FORESEEN = frozenset({Modality.EXPECTED, Modality.PLANNED})
"""In which a count is told as an expectation: promised, never reported."""

Spread = tuple[int, int]
"""The least and greatest number that a wording allows; `NUMBER_MAX` where it sets no end."""

_DONE = frozenset({InclusionStep.APPLIED, InclusionStep.CARRIED_OUT})


class Numberless(Struct, frozen=True):
    """A standing report that something befell a group, without a number, and the measure under which that is told."""

    told: Told
    measure: CountMeasure


class Counted(Struct, frozen=True):
    """One count as one report gives it; `modality` as recorded, where `told` has it as weighed."""

    told: Told
    count: Count
    modality: Modality
    breakdowns: tuple[Breakdown, ...] = ()
    deadline: ClaimedDate | None = None
    ambiguous: bool = False

    @property
    def as_of(self) -> ClaimedDate | None:
        """The day stated for the count, else for what is counted."""
        return self.count.as_of or self.told.report.claimed

    @property
    def spread(self) -> Spread:
        """What the wording of its number allows."""
        return spread_of(self.count.quantity)


class Line(Struct, frozen=True):
    """Whose word, on what: everything of a figure but its as-of and its number."""

    about: SubjectKey
    measure: CountMeasure
    unit: CountUnit
    population: str | None
    whose_class: SubjectKey | None
    accumulation: Accumulation
    voice: SubjectKey | None
    expected: bool
    deadline: str | None
    ambiguous: bool

    @property
    def who(self) -> tuple[SubjectKey, str | None, SubjectKey | None]:
        """Who is counted."""
        return self.about, self.population, self.whose_class


class Figure(Struct, eq=False):
    """A figure before it is set beside others. Mutable only while lines are put in order.

    `branches` are more than one where its own voice is at odds with itself, `spreads` their bounds. Figures of one `like` may be held
    against each other; None may be held against none. `revised`: it is not its voice's present word, which lists it in `earlier`.
    `latest`: it is present, and of increments the last; `fell` and `redefined` say what became of the figure since an earlier one.
    """

    line: Line
    segment: str
    counted: tuple[Counted, ...]
    branches: tuple[tuple[Counted, ...], ...]
    spreads: tuple[Spread, ...]
    when: Bounds
    dated: bool
    like: Hashable | None
    earlier: tuple[Figure, ...] = ()
    revised: bool = False
    latest: bool = False
    fell: bool = False
    redefined: bool = False

    @property
    def told(self) -> tuple[Told, ...]:
        """Its reports, in the order of the ledger."""
        return tuple(one.told for one in self.counted)

    @property
    def silent(self) -> bool:
        """Whether it names people and no number."""
        return self.counted[0].count.quantity is None


def form_figures(
    streams: Mapping[SubjectKey, Sequence[Event]],
    context: Context,
    *,
    act: SubjectKey | None = None,
    numberless: Sequence[Numberless] = (),
) -> tuple[list[Figure], Mapping[SubjectKey, Evidence]]:
    """The figures about these subjects, by subject and segment, and what was weighed for each. All subjects but the act are groups.

    `streams` holds the reports about each subject, and all decisions on them. `numberless` are reports on these groups that give no
    number: each voice without a figure for it gets one without a quantity.
    """
    weighed = {key: _weighed(events, context) for key, events in streams.items()}
    recorded = {event.position: event.report for events in streams.values() for event in events}
    counted = [
        one
        for key, evidence in weighed.items()
        for told in evidence.supporting
        if told.about[0] == key and (one := _counted(told, recorded[told.position])) is not None
    ]
    figures = _figures(counted, act)
    figures += _silent_figures(figures, numberless, act, context)
    _order_lines(figures)
    _flag_redefined(figures)
    return sorted(figures, key=lambda figure: (figure.line.about, figure.segment)), weighed


def _weighed(events: Sequence[Event], context: Context) -> Evidence:
    return weigh([_one_reading(foreseen(event, CountReported)) for event in events], context)


def foreseen(event: Event, *kinds: type[Report]) -> Event:
    """The event as it is weighed where what it foresees is the finding: that something is expected is told as a fact (R1, R11)."""
    report = event.report
    if not isinstance(report, kinds) or report.modality not in FORESEEN:
        return event
    return msgspec.structs.replace(event, content=msgspec.structs.replace(report, modality=Modality.REPORTED))


def measure_of(report: Report) -> CountMeasure | None:
    """The measure under which what a report says of a group is told; None where it says nothing that is counted."""
    match report:
        case ReleaseReported():
            return CountMeasure.RELEASED
        case ExclusionReported():
            return CountMeasure.EXCLUDED
        case InclusionReported():
            return CountMeasure.APPLIED if report.inclusion_step in _DONE else None
        case _:
            return None


def spread_of(quantity: Quantity | None) -> Spread:
    """The least and greatest number that a wording allows; of silence, any."""
    if quantity is None:
        return 0, NUMBER_MAX
    bounds = bounds_of(quantity)
    return bounds.low or 0, NUMBER_MAX if bounds.high is None else bounds.high


def narrowest(counted: Sequence[Counted]) -> Counted:
    """The report that says most about the number, the earliest among equals."""
    return min(counted, key=lambda one: (one.spread[1] - one.spread[0], one.told.position))


def last_available(counted: Iterable[Counted]) -> ClaimedDate | None:
    """When a figure could last be read anew; None where no source says."""
    known = [one.told.available for one in counted if one.told.available is not None]
    return max(known, key=lambda claimed: bounds_of_claim(claimed).latest or date.min, default=None)


# ── Forming ──────────────────────────────────────────────────────────────────


def _counted(told: Told, as_recorded: Report | None) -> Counted | None:
    report = told.report
    if not isinstance(report, CountReported) or as_recorded is None:
        return None
    count, ambiguous = report.count, bool(as_recorded.readings)
    if ambiguous:
        count = msgspec.structs.replace(count, population=None, whose_class=None)
    return Counted(told, count, as_recorded.modality, report.breakdowns, report.deadline, ambiguous=ambiguous)


def _one_reading(event: Event) -> Event:
    """A count read in several ways is weighed with its deadline, which `weigh` would leave out with all that is not its kind alone."""
    if not isinstance(event.content, CountReported) or event.is_erased("readings"):
        return event
    return msgspec.structs.replace(event, content=msgspec.structs.replace(event.content, readings=()))


def _figures(counted: Iterable[Counted], act: SubjectKey | None) -> list[Figure]:
    found: dict[tuple[Line, str], list[Counted]] = defaultdict(list)
    for one in counted:
        found[_line_of(one, act), _date_key(one)].append(one)
    return [_figure(line, key, group) for (line, key), group in found.items()]


def _line_of(counted: Counted, act: SubjectKey | None) -> Line:
    count, about, expected = counted.count, counted.told.about[0], counted.modality in FORESEEN
    of_act = about == act
    return Line(
        about,
        count.measure,
        count.unit,
        folded(count.population) if of_act else None,
        count.whose_class if of_act else None,
        count.accumulation,
        counted.told.voice.party,
        expected,
        counted.deadline.edtf if expected and counted.deadline else None,
        counted.ambiguous,
    )


def folded(words: str | None) -> str | None:
    """Words without case and spacing, to see whether two sources use the same."""
    return None if words is None else " ".join(words.casefold().split())


def _date_key(counted: Counted) -> str:
    day = counted.as_of.edtf if counted.as_of is not None else None
    if counted.count.quantity is None:
        return f"silent:{day}"
    return day or "number:{}-{}".format(*counted.spread)


def _figure(line: Line, key: str, counted: Sequence[Counted]) -> Figure:
    alternatives = branches(counted, lambda one: one.spread)
    when = bounds_of_claim(next((one.as_of for one in counted if one.as_of is not None), None))
    if not (dated := when != UNBOUNDED):
        when = bounds_of_claim(last_available(counted))
    digest = hashlib.sha256(canonical([msgspec.to_builtins(line), key])).hexdigest()[:16]
    return Figure(
        line,
        f"{line.measure.value}/{'expected' if line.expected else 'reported'}/{digest}",
        tuple(counted),
        tuple(tuple(branch) for branch in alternatives),
        tuple(narrowest(branch).spread for branch in alternatives),
        when,
        dated,
        _like(line, counted, when, dated=dated),
    )


def _like(line: Line, counted: Sequence[Counted], when: Bounds, *, dated: bool) -> Hashable | None:
    if line.ambiguous or counted[0].count.quantity is None:
        return None
    shared = (line.measure, line.unit, *line.who, line.accumulation, line.expected)
    if line.expected and line.deadline is not None:
        return (*shared, line.deadline)
    if line.measure is CountMeasure.COVERED and not dated:
        return (*shared, "as of no day")  # A coverage is what an act promises, whenever it is told.
    if when != UNBOUNDED:
        return (*shared, when.earliest, when.latest, when.pattern)
    sources = {one.told.report.source for one in counted}
    return (*shared, *sources) if len(sources) == 1 else None  # Nobody says when: one text is as of one day.


def _silent_figures(
    figures: Sequence[Figure], numberless: Sequence[Numberless], act: SubjectKey | None, context: Context
) -> list[Figure]:
    known = {
        (figure.line.about, figure.line.measure, figure.line.voice)
        for figure in figures
        if not figure.line.expected
    }
    counted = [
        Counted(one.told, _silence(one, context), one.told.report.modality)
        for one in numberless
        if (one.told.about[0], one.measure, one.told.voice.party) not in known
    ]
    return _figures(counted, act)


def _silence(one: Numberless, context: Context) -> Count:
    group = context.group(one.told.about[0])
    return Count(
        measure=one.measure,
        unit=_unit(group.unit if group else None),
        population=group.name if group else None,
        whose_class=group.defined_by if group else None,
        as_of=one.told.report.claimed,
    )


def _unit(name: str | None) -> CountUnit:
    """A group's unit is free text; where it is none that is counted in, people are."""
    return CountUnit(name) if name in set(CountUnit) else CountUnit.PERSON


# ── Lines: what one voice said before ────────────────────────────────────────


def _order_lines(figures: Iterable[Figure]) -> None:
    lines: dict[Line, list[Figure]] = defaultdict(list)
    for figure in figures:
        if not figure.silent:
            lines[figure.line].append(figure)
    for line in lines.values():
        ordered = sorted(line, key=lambda figure: (_latest(figure), figure.segment))
        if ordered[0].line.accumulation is Accumulation.INCREMENT:
            ordered[-1].latest = True
        else:
            _order_line(ordered)


def _order_line(line: Sequence[Figure]) -> None:
    """Marks, in a line by latest days, what is revised, what the present word revises, and totals that fell below an earlier one."""
    latest = [_latest(figure) for figure in line]
    present_from = max(_earliest(figure) for figure in line)
    lowest: list[int] = []  # The greatest number that the first figures, however many, say is the least.
    for figure in line:
        low = min(low for low, _ in figure.spreads)
        lowest.append(max(low, lowest[-1]) if lowest else low)
    for figure in line:
        before = bisect_left(latest, _earliest(figure))
        figure.revised = _latest(figure) < present_from
        figure.latest = not figure.revised
        if figure.latest:
            figure.earlier = tuple(line[:before])
        if before and figure.line.accumulation is Accumulation.CUMULATIVE:
            figure.fell = lowest[before - 1] > max(high for _, high in figure.spreads)


def _flag_redefined(figures: Iterable[Figure]) -> None:
    """Marks figures for which one voice counted the same people before in another unit, or by another's definition."""
    first: dict[Hashable, dict[Hashable, date]] = defaultdict(dict)
    marked = [figure for figure in figures if not figure.line.ambiguous]
    for figure in marked:
        known = first[_but_for_definition(figure.line)]
        definition = _definition(figure.line)
        known[definition] = min(known.get(definition, date.max), _latest(figure))
    for figure in marked:
        known = first[_but_for_definition(figure.line)]
        figure.redefined = any(
            latest < _earliest(figure)
            for definition, latest in known.items()
            if definition != _definition(figure.line)
        )


def _definition(line: Line) -> Hashable:
    return line.unit, line.whose_class


def _but_for_definition(line: Line) -> Hashable:
    return line.about, line.measure, line.population, line.voice, line.expected, line.accumulation


def _earliest(figure: Figure) -> date:
    return figure.when.earliest or date.min


def _latest(figure: Figure) -> date:
    return figure.when.latest or date.max
