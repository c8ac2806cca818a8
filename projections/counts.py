"""R12: numbers, each of one voice for one population and date, compared only with their like.

A *figure* is what one voice says of one measure, unit, population and as-of; its reports support it together.

    line         the figures of one voice that differ in their as-of alone. Unless they are increments, a later one is that voice's
                 present word and lists the others in `earlier`
    like         figures that agree in all but the voice. Their bounds overlap: compatible, and corroborated where another voice's lie
                 within its own. They are disjoint: contested
    not like     figures of one measure with disjoint bounds that differ in more: `not_comparable`, with what differs
    expectation  a figure of its own, with a deadline. It is settled (`outcome`) by a reported figure of the same measure, unit and
                 population as of its deadline or later, and by nothing else

Who is counted is, of a group, the group itself, whatever words a report uses for it: equal words about two groups, or about a group
and an act, stay apart (R10). Without a stated as-of a figure is as of its source's availability, and a coverage, being a promise, as of
no day. Where a sentence can be read in several ways, whom it counts is left out, and it is like no other.

Invariants: silence is null, never 0; nothing is added up; no total decides which part is right, a flag says that they differ.
Absent on purpose: what the figures of an act come to side by side (`projections/tally.py`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from events import dates
from events.dates import UNBOUNDED, Bounds, ClaimedDate, Derivation, bounds_of_claim, certainly_before
from events.decoder import Event
from events.envelope import canonical
from events.kinds import (
    Count,
    CountReported,
    ExclusionReported,
    InclusionReported,
    InclusionStep,
    Modality,
    Position,
    ReleaseReported,
    Report,
    SubjectKey,
)
from events.quantities import (
    NUMBER_MAX,
    Accumulation,
    Breakdown,
    Comparator,
    CountMeasure,
    CountUnit,
    Coverage,
    Quantity,
    QuantityBounds,
    bounds_of,
)
from projections.alternatives import branches
from projections.context import Context
from projections.evidence import Evidence, Told, positions_of, voices_of, weigh
from projections.findings import CountValue, Facet, Finding, Incomparable, Standing

FORESEEN = frozenset({Modality.EXPECTED, Modality.PLANNED})
"""In which a count is told as an expectation: promised, never reported."""

FELL = "a running total that fell"
REDEFINED = "a definition that changed"
SEVERAL_READINGS = "read in several ways"

_Spread = tuple[int, int]
_ANYTHING: _Spread = (0, NUMBER_MAX)
_DONE = frozenset({InclusionStep.APPLIED, InclusionStep.CARRIED_OUT})


class Numberless(Struct, frozen=True):
    """A standing report that something befell a group, without a number, and the measure under which that is told."""

    told: Told
    measure: CountMeasure


class _Said(Struct, frozen=True):
    """One count as one report gives it. `report` is as recorded, `told` as weighed."""

    told: Told
    count: Count
    modality: Modality
    breakdowns: tuple[Breakdown, ...] = ()
    deadline: ClaimedDate | None = None
    ambiguous: bool = False

    @property
    def as_of(self) -> ClaimedDate | None:
        return self.count.as_of or self.told.report.claimed


class _Line(Struct, frozen=True):
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
    def population_counted(self) -> tuple[object, ...]:
        return self.about, self.population, self.whose_class


class _Figure(Struct, eq=False):
    """A figure, before it is set beside others. `branches` are more than one where its own voice is at odds with itself; `spreads` are
    their bounds. `like` is shared by all figures that it may be held against, and None where there can be none."""

    line: _Line
    segment: str
    said: tuple[_Said, ...]
    branches: tuple[tuple[_Said, ...], ...]
    spreads: tuple[_Spread, ...]
    when: Bounds
    dated: bool
    like: Hashable | None
    earlier: tuple[_Figure, ...] = ()
    revised: bool = False

    @property
    def told(self) -> tuple[Told, ...]:
        return tuple(one.told for one in self.said)

    @property
    def silent(self) -> bool:
        return self.said[0].count.quantity is None


# ── In ───────────────────────────────────────────────────────────────────────


def fold_counts(
    about: Sequence[SubjectKey],
    events: Sequence[Event],
    context: Context,
    *,
    act: SubjectKey | None = None,
    numberless: Sequence[Numberless] = (),
) -> tuple[Finding, ...]:
    """The counts about these subjects, by subject and segment. All but the act are groups, under it or, where there is none, alone.

    `numberless` are reports on these groups that give no number: each voice without a figure for it gets one without a quantity.
    """
    weighed = weigh([_one_reading(foreseen(event, CountReported)) for event in events], context)
    recorded = {event.position: event.report for event in events}
    said = [
        one
        for told in weighed.supporting
        if told.about[0] in about and (one := _said(told, recorded[told.position])) is not None
    ]
    figures = _figures(said, act)
    figures += _silent_figures(figures, numberless, act, context)
    _order_lines(figures)
    return _Findings(figures, weighed, context).all()


def foreseen(event: Event, *kinds: type[Report]) -> Event:
    """The event as it is weighed where what it foresees is the finding: that something is expected is told as a fact (R1, R11)."""
    report = event.report
    if not isinstance(report, kinds) or report.modality not in FORESEEN:
        return event
    return msgspec.structs.replace(event, content=msgspec.structs.replace(report, modality=Modality.REPORTED))


def _said(told: Told, as_recorded: Report | None) -> _Said | None:
    report = told.report
    if not isinstance(report, CountReported) or as_recorded is None:
        return None
    count, ambiguous = report.count, bool(as_recorded.readings)
    if ambiguous:
        count = msgspec.structs.replace(count, population=None, whose_class=None)
    return _Said(told, count, as_recorded.modality, report.breakdowns, report.deadline, ambiguous=ambiguous)


def _one_reading(event: Event) -> Event:
    """A count read in several ways keeps its number and its deadline: what the readings differ in is whom it counts."""
    if not isinstance(event.content, CountReported) or event.is_erased("readings"):
        return event
    return msgspec.structs.replace(event, content=msgspec.structs.replace(event.content, readings=()))


def _figures(said: Iterable[_Said], act: SubjectKey | None) -> list[_Figure]:
    found: dict[tuple[_Line, str], list[_Said]] = defaultdict(list)
    for one in said:
        line = _line_of(one, act)
        found[line, _date_key(one)].append(one)
    return [_figure(line, key, group) for (line, key), group in found.items()]


def _line_of(said: _Said, act: SubjectKey | None) -> _Line:
    count, about, expected = said.count, said.told.about[0], said.modality in FORESEEN
    of_act = about == act
    return _Line(
        about,
        count.measure,
        count.unit,
        _folded(count.population) if of_act else None,
        count.whose_class if of_act else None,
        count.accumulation,
        said.told.voice.party,
        expected,
        said.deadline.edtf if expected and said.deadline else None,
        said.ambiguous,
    )


def _folded(words: str | None) -> str | None:
    return None if words is None else " ".join(words.casefold().split())


def _date_key(said: _Said) -> str:
    """The stated as-of; without one the number itself, so that a repetition is one figure and a revision another."""
    if said.count.quantity is None:
        return f"silent:{said.as_of.edtf if said.as_of else None}"
    if said.as_of is not None and said.as_of.edtf is not None:
        return said.as_of.edtf
    return "number:{}-{}".format(*_spread(said.count.quantity))


def _figure(line: _Line, key: str, said: Sequence[_Said]) -> _Figure:
    alternatives = branches(said, lambda one: _spread(one.count.quantity))
    stated = next((one.as_of for one in said if one.as_of is not None), None)
    when = bounds_of_claim(stated)
    if not (dated := when != UNBOUNDED):
        when = bounds_of_claim(_last_available(said))
    digest = hashlib.sha256(canonical([msgspec.to_builtins(line), key])).hexdigest()[:16]
    return _Figure(
        line,
        f"{line.measure.value}/{'expected' if line.expected else 'reported'}/{digest}",
        tuple(said),
        tuple(tuple(branch) for branch in alternatives),
        tuple(_spread(_narrowest(branch).count.quantity) for branch in alternatives),
        when,
        dated,
        _like(line, said, when, dated=dated),
    )


def _last_available(said: Iterable[_Said]) -> ClaimedDate | None:
    """When the figure could last be read anew; None where no source says."""
    known = [one.told.available for one in said if one.told.available is not None]
    return max(known, key=lambda claimed: bounds_of_claim(claimed).latest or date.min, default=None)


def _like(line: _Line, said: Sequence[_Said], when: Bounds, *, dated: bool) -> Hashable | None:
    if line.ambiguous or said[0].count.quantity is None:
        return None
    shared = (line.measure, line.unit, *line.population_counted, line.accumulation, line.expected)
    if line.expected and line.deadline is not None:
        return (*shared, line.deadline)
    if line.measure is CountMeasure.COVERED and not dated:
        return (*shared, "as of no day")
    if when != UNBOUNDED:
        return (*shared, when.earliest, when.latest, when.pattern)
    sources = {one.told.report.source for one in said}
    return (
        (*shared, *sources) if len(sources) == 1 else None
    )  # Nobody says when: only a text is as of its own day.


def _spread(quantity: Quantity | None) -> _Spread:
    if quantity is None:
        return _ANYTHING
    bounds = bounds_of(quantity)
    return bounds.low or 0, NUMBER_MAX if bounds.high is None else bounds.high


def _narrowest(said: Sequence[_Said]) -> _Said:
    """The report that says most about the number, the earliest among equals."""
    return min(said, key=lambda one: (_width(_spread(one.count.quantity)), one.told.position))


def _width(spread: _Spread) -> int:
    return spread[1] - spread[0]


# ── Group reports without a number (R11) ─────────────────────────────────────


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


def _silent_figures(
    figures: Sequence[_Figure],
    numberless: Sequence[Numberless],
    act: SubjectKey | None,
    context: Context,
) -> list[_Figure]:
    known = {
        (figure.line.about, figure.line.measure, figure.line.voice)
        for figure in figures
        if not figure.line.expected
    }
    said = [
        _Said(one.told, _silence(one, context), one.told.report.modality)
        for one in numberless
        if (one.told.about[0], one.measure, one.told.voice.party) not in known
    ]
    return _figures(said, act)


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


def _order_lines(figures: Iterable[_Figure]) -> None:
    lines: dict[_Line, list[_Figure]] = defaultdict(list)
    for figure in figures:
        if figure.line.accumulation is not Accumulation.INCREMENT and not figure.silent:
            lines[figure.line].append(figure)
    for line in lines.values():
        line.sort(key=lambda figure: (figure.when.latest or date.max, figure.segment))
        for figure in line:
            figure.earlier = tuple(other for other in line if certainly_before(other.when, figure.when))
        for figure in line:
            for other in figure.earlier:
                other.revised = True


# ── Side by side ─────────────────────────────────────────────────────────────


class _Findings:
    """The figures of one fold, each set beside the others."""

    def __init__(self, figures: Sequence[_Figure], weighed: Evidence, context: Context) -> None:
        self._context = context
        self._figures = sorted(figures, key=lambda figure: (figure.line.about, figure.segment))
        self._lost = sum(count for kind, count in weighed.lost if kind is CountReported)
        self._denials = [
            (told, told.report) for told in weighed.denying if isinstance(told.report, CountReported)
        ]
        self._likes: dict[Hashable, list[_Figure]] = defaultdict(list)
        self._present: dict[tuple[CountMeasure, bool], list[_Figure]] = defaultdict(list)
        self._definitions: dict[Hashable, list[_Figure]] = defaultdict(list)
        for figure in self._figures:
            if _is_comparable(figure):
                self._likes[figure.like].append(figure)
            if not figure.revised and not figure.silent:
                self._present[figure.line.measure, figure.line.expected].append(figure)
            if not figure.line.ambiguous:
                self._definitions[_but_for_definition(figure.line)].append(figure)

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._finding(figure) for figure in self._figures)

    def _finding(self, figure: _Figure) -> Finding:
        against = [other for other in self._others_like(figure) if _disjoint(figure, other)]
        if not against and len(figure.branches) == 1:
            return self._agreed(figure)
        alternatives = [one for other in (figure, *against) for one in self._alternatives(other)]
        told = [one for other in (figure, *against) for one in other.told]
        return Finding(
            facet=Facet.COUNT,
            about=figure.line.about,
            segment=figure.segment,
            standing=Standing.CONTESTED,
            rule="R12",
            in_words="contested: " + "; or ".join(one.in_words for one in alternatives),
            voices=voices_of(told),
            last_reported=_last_reported(figure),
            erased=self._lost + sum(one.erased for one in told),
            supported_by=positions_of(told),
            opposed_by=self._denied(figure),
            alternatives=tuple(alternatives),
        )

    def _others_like(self, figure: _Figure) -> list[_Figure]:
        if not _is_comparable(figure):
            return []
        return [other for other in self._likes[figure.like] if other is not figure]

    def _agreed(self, figure: _Figure) -> Finding:
        within = [other for other in self._others_like(figure) if _within(other, figure)]
        told = [*figure.told, *(one for other in within for one in other.told)]
        return self._one(figure, figure.branches[0], told, segment=figure.segment)

    def _alternatives(self, figure: _Figure) -> list[Finding]:
        if len(figure.branches) == 1:
            return [self._one(figure, figure.branches[0], figure.told, segment=figure.segment)]
        return [
            self._one(
                figure,
                branch,
                [one.told for one in branch],
                segment="{}/{}-{}".format(figure.segment, *_spread(_narrowest(branch).count.quantity)),
            )
            for branch in figure.branches
        ]

    def _one(
        self, figure: _Figure, branch: Sequence[_Said], told: Sequence[Told], *, segment: str
    ) -> Finding:
        shown = _narrowest(branch)
        voices = voices_of(told)
        return Finding(
            facet=Facet.COUNT,
            about=figure.line.about,
            segment=segment,
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R12",
            in_words=_in_words(shown, figure.line.voice, self._context),
            value=self._value(figure, shown),
            voices=voices,
            last_reported=_last_reported(figure),
            derivation=Derivation.STATED,
            erased=self._lost + sum(one.erased for one in told),
            supported_by=positions_of(told),
            opposed_by=self._denied(figure),
        )

    def _value(self, figure: _Figure, shown: _Said) -> CountValue:
        return CountValue(
            count=shown.count,
            modality=shown.modality,
            voice=figure.line.voice,
            breakdowns=shown.breakdowns,
            deadline=shown.deadline,
            outcome=self._outcome(figure, shown),
            earlier=tuple(other.segment for other in figure.earlier),
            not_comparable=self._not_comparable(figure),
            flags=(*self._line_flags(figure), *_part_flags(shown)),
        )

    def _outcome(self, figure: _Figure, shown: _Said) -> str | None:
        deadline = bounds_of_claim(shown.deadline).latest
        if not figure.line.expected or deadline is None or figure.line.ambiguous:
            return None
        settling = [
            (other.when.earliest, other.segment)
            for other in self._figures
            if other.dated and not other.silent and _settles(other.line, figure.line)
            if other.when.earliest is not None and other.when.earliest >= deadline
        ]
        return min(settling)[1] if settling else None

    def _not_comparable(self, figure: _Figure) -> tuple[Incomparable, ...]:
        if figure.revised or figure.silent:
            return ()
        return tuple(
            Incomparable(other.line.about, other.segment, differs)
            for other in self._present[figure.line.measure, figure.line.expected]
            if other is not figure and _disjoint(figure, other) and (differs := _differs(figure, other))
        )

    def _line_flags(self, figure: _Figure) -> list[str]:
        flags = []
        fell = figure.line.accumulation is Accumulation.CUMULATIVE and any(
            min(low for low, _ in other.spreads) > max(high for _, high in figure.spreads)
            for other in figure.earlier
        )
        if fell:
            flags.append(FELL)
        if any(
            (figure.line.unit, figure.line.whose_class) != (other.line.unit, other.line.whose_class)
            and certainly_before(other.when, figure.when)
            for other in self._definitions.get(_but_for_definition(figure.line), ())
        ):
            flags.append(REDEFINED)
        return [*flags, SEVERAL_READINGS] if figure.line.ambiguous else flags

    def _denied(self, figure: _Figure) -> tuple[Position, ...]:
        """The reports that deny this very number."""
        return positions_of(
            told
            for told, report in self._denials
            if (told.about[0], report.count.measure, report.count.unit)
            == (figure.line.about, figure.line.measure, figure.line.unit)
            and _spread(report.count.quantity) in figure.spreads
        )


def _is_comparable(figure: _Figure) -> bool:
    """Whether it may be held against others: a word that was taken back later is not, unless it is the word for a day of its own."""
    return figure.like is not None and (figure.dated or not figure.revised)


def _disjoint(one: _Figure, other: _Figure) -> bool:
    """Whether no number that one allows is allowed by the other."""
    return all(
        first[0] > second[1] or second[0] > first[1] for first in one.spreads for second in other.spreads
    )


def _within(one: _Figure, other: _Figure) -> bool:
    """Whether what one says entails what the other says: only then is it a word for it."""
    low, high = other.spreads[0]
    return len(other.spreads) == 1 and all(low <= first and last <= high for first, last in one.spreads)


def _settles(line: _Line, expectation: _Line) -> bool:
    if line.expected or line.ambiguous:
        return False
    same = (line.measure, line.unit, *line.population_counted) == (
        expectation.measure,
        expectation.unit,
        *expectation.population_counted,
    )
    return same and (
        line.accumulation is expectation.accumulation
        or Accumulation.UNSTATED in (line.accumulation, expectation.accumulation)
    )


def _differs(one: _Figure, other: _Figure) -> tuple[str, ...]:
    """In what two figures of one measure differ; nothing where they are alike, or are one voice's figures for other days."""
    first, second = one.line, other.line
    if one.like is not None and one.like == other.like:
        return ()
    if first == second and (first.accumulation is Accumulation.INCREMENT or one.when != other.when):
        return ()
    ambiguous = first.ambiguous or second.ambiguous
    parts = {
        "unit": first.unit is not second.unit,
        "population": ambiguous or first.population_counted != second.population_counted,
        "accumulation": first.accumulation is not second.accumulation,
        "date": _date_differs(one, other),
    }
    return tuple(name for name, differs in parts.items() if differs)


def _date_differs(one: _Figure, other: _Figure) -> bool:
    if one.line.expected and other.line.expected:
        return one.line.deadline != other.line.deadline
    timeless = one.line.measure is CountMeasure.COVERED and not one.dated and not other.dated
    return not timeless and (one.when != other.when or one.when == UNBOUNDED)


def _but_for_definition(line: _Line) -> Hashable:
    """What stays where one voice counts the same people in another unit, or by another's definition."""
    return line.about, line.measure, line.population, line.voice, line.expected, line.accumulation


def _part_flags(said: _Said) -> list[str]:
    total = _spread(said.count.quantity)
    return [
        f"parts by {breakdown.dimension} that miss their total"
        for breakdown in said.breakdowns
        if said.count.quantity is not None and _misses(breakdown, total)
    ]


def _misses(breakdown: Breakdown, total: _Spread) -> bool:
    """Whether the parts come to more than the whole, or, where they are all there is, to less."""
    spreads = [_spread(part.quantity) for part in breakdown.parts]
    low, high = sum(low for low, _ in spreads), sum(high for _, high in spreads)
    return low > total[1] or (breakdown.coverage is Coverage.EXHAUSTIVE and high < total[0])


def _last_reported(figure: _Figure) -> ClaimedDate | None:
    stated = [one.as_of for one in figure.said if one.as_of is not None]
    return stated[0] if stated else _last_available(figure.said)


# ── In words ─────────────────────────────────────────────────────────────────

_MEASURES: Mapping[CountMeasure, str] = {
    CountMeasure.COVERED: "covered",
    CountMeasure.APPLIED: "reached by the act",
    CountMeasure.RELEASED: "released",
    CountMeasure.RELIEVED_OTHERWISE: "relieved otherwise",
    CountMeasure.REDUCED: "with a reduced sentence",
    CountMeasure.CASE_ENDED: "with their case ended",
    CountMeasure.EXCLUDED: "left out",
    CountMeasure.HELD: "held",
    CountMeasure.DETAINED_AGAIN: "detained again",
    CountMeasure.NAMED_BY_SOURCE: "named by the source",
}
_UNITS: Mapping[CountUnit, str] = {
    CountUnit.PERSON: "people",
    CountUnit.PRISONER: "prisoners",
    CountUnit.CASE: "cases",
    CountUnit.REDUCTION: "reductions",
}


def _in_words(said: _Said, voice: SubjectKey | None, context: Context) -> str:
    count = said.count
    who = count.population or _UNITS[count.unit]
    sentence = f"{_amount(count.quantity, who)} {_MEASURES[count.measure]}{_when(said)}"
    by = (context.name_of(voice) if voice else None) or "nobody identified"
    if said.modality in FORESEEN:
        sentence = f"{said.modality.value}: {sentence}"
    return f"{sentence} ({by})"


def _amount(quantity: Quantity | None, who: str) -> str:
    if quantity is None:
        return f"{who}, number not said,"
    bounds = bounds_of(quantity)
    match quantity.comparator:
        case Comparator.SOME:
            return f"some {who}"
        case Comparator.DOZENS | Comparator.HUNDREDS:
            return f"{quantity.comparator.value} of {who}{_policy(bounds)}"
        case Comparator.SHARE_OF:
            return f"{quantity.point:,} of {quantity.of:,} {who}"
        case Comparator.BETWEEN:
            return f"{quantity.point:,} to {quantity.up_to:,} {who}"
        case Comparator.EXACT:
            return f"{quantity.point:,} {who}"
        case comparator:
            return f"{comparator.value.replace('_', ' ')} {quantity.point:,} {who}{_policy(bounds)}"


def _policy(bounds: QuantityBounds) -> str:
    if bounds.policy is None or bounds.high is None:
        return ""
    return f" ({bounds.low:,} to {bounds.high:,} by {bounds.policy})"


def _when(said: _Said) -> str:
    if said.modality in FORESEEN and said.deadline is not None:
        return f" by {dates.in_words(said.deadline)}"
    if said.as_of is None:
        return " so far" if said.count.accumulation is Accumulation.CUMULATIVE else ""
    day = dates.in_words(said.as_of)
    match said.count.accumulation:
        case Accumulation.CUMULATIVE:
            return f" so far, as of {day}"
        case Accumulation.INCREMENT:
            return f" on {day}" if _is_one_day(said.as_of) else f", {day}"
        case _:
            return f", as of {day}"


def _is_one_day(claimed: ClaimedDate) -> bool:
    bounds = bounds_of_claim(claimed)
    return bounds.earliest is not None and bounds.earliest == bounds.latest


# ── Of a group ───────────────────────────────────────────────────────────────


def size_of(figures: Iterable[Finding]) -> Finding | None:
    """The figure that says how many a group is: a reported one before an expected one, one with a number before one without, a voice's
    present word before its earlier ones, then the latest; None where there is none."""
    every = list(figures)
    revised = {segment for figure in every for value in values_of(figure) for segment in value.earlier}
    known = [figure for figure in every if values_of(figure)]
    return max(
        known,
        key=lambda figure: (
            values_of(figure)[0].modality not in FORESEEN,
            values_of(figure)[0].count.quantity is not None,
            figure.segment not in revised,
            bounds_of_claim(figure.last_reported).latest or date.min,
            figure.segment,
        ),
        default=None,
    )


def values_of(figure: Finding) -> tuple[CountValue, ...]:
    """What a figure says: one value, or while it is contested that of each alternative."""
    values = (figure.value,) if figure.value is not None else (one.value for one in figure.alternatives)
    return tuple(value for value in values if isinstance(value, CountValue))
