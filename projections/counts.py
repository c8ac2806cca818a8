"""R12: figures side by side, compared only with their like.

    like         figures that agree in all but the voice. Bounds that overlap are compatible, and one within the other's bears it out;
                 disjoint ones are contested
    not like     figures of one measure with disjoint bounds that differ in more: `not_comparable`, with what differs, the nearest
                 numbers alone. A line stands there with its present word, or its last increment, and another group only where it goes
                 by the same words: nobody would take others for a contradiction. What an act covers is promised, whether it is stated
                 or expected (R11), so the two stand beside each other; of every other measure an expectation meets expectations alone
    expectation  a figure of its own, with a deadline. It is settled (`outcome`) by a reported figure of the same measure, unit and
                 population as of its deadline or later, and by nothing else
    parts        those that any report of the figure gives, each split once
    flags        parts that miss their total, a running total that fell, a definition that changed, a sentence read in several ways

What a figure is, and which of a voice's figures is its present word, is said in `projections/figures.py`.

Invariants: silence is null, never 0; nothing is added up; no total decides which part is right, a flag says that they differ.
Absent on purpose: what the figures of an act come to side by side (`projections/tally.py`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from events import dates
from events.dates import UNBOUNDED, ClaimedDate, Derivation, bounds_of_claim
from events.decoder import Event
from events.kinds import Count, CountReported, Position, SubjectKey
from events.quantities import (
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
from projections.context import Context
from projections.evidence import Evidence, Told, positions_of, voices_of
from projections.figures import (
    FORESEEN,
    Counted,
    Figure,
    Line,
    Numberless,
    Spread,
    folded,
    form_figures,
    last_available,
    narrowest,
    spread_of,
)
from projections.findings import CountValue, Facet, Finding, Incomparable, Standing

FELL = "a running total that fell"
REDEFINED = "a definition that changed"
SEVERAL_READINGS = "read in several ways"

NEXT_MAX = 25
"""How many figures next above, and how many next below, are told as not comparable with one."""


def fold_counts(
    streams: Mapping[SubjectKey, Sequence[Event]],
    context: Context,
    *,
    act: SubjectKey | None = None,
    numberless: Sequence[Numberless] = (),
) -> tuple[Finding, ...]:
    """The counts about these subjects, by subject and segment; the arguments are those of `form_figures`."""
    figures, weighed = form_figures(streams, context, act=act, numberless=numberless)
    return _Findings(figures, weighed, context, act=act).all()


# ── Side by side ─────────────────────────────────────────────────────────────


class _Findings:
    """The figures of one fold, each set beside the others."""

    def __init__(
        self,
        figures: Sequence[Figure],
        weighed: Mapping[SubjectKey, Evidence],
        context: Context,
        *,
        act: SubjectKey | None,
    ) -> None:
        self._figures = figures
        self._context = context
        self._act = act
        self._lost = {
            key: sum(count for kind, count in evidence.lost if kind is CountReported)
            for key, evidence in weighed.items()
        }
        self._denials = _denials(weighed.values())
        self._likes: dict[Hashable, list[Figure]] = defaultdict(list)
        self._settling: dict[Hashable, list[Figure]] = defaultdict(list)
        beside: dict[Hashable, list[Figure]] = defaultdict(list)
        for figure in figures:
            if _is_comparable(figure):
                self._likes[figure.like].append(figure)
            if not figure.line.expected and figure.dated and not figure.silent:
                self._settling[_settled_by(figure.line)].append(figure)
            for place in self._places(figure) if figure.latest else ():
                beside[place].append(figure)
        self._beside = {place: _Numbers(found) for place, found in beside.items()}

    def all(self) -> tuple[Finding, ...]:
        """Each figure as a finding."""
        return tuple(self._finding(figure) for figure in self._figures)

    def _finding(self, figure: Figure) -> Finding:
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
            erased=self._lost[figure.line.about] + sum(one.erased for one in told),
            supported_by=positions_of(told),
            opposed_by=self._denied(figure),
            alternatives=tuple(alternatives),
        )

    def _others_like(self, figure: Figure) -> list[Figure]:
        if not _is_comparable(figure):
            return []
        return [other for other in self._likes[figure.like] if other is not figure]

    def _agreed(self, figure: Figure) -> Finding:
        within = [other for other in self._others_like(figure) if _bears_out(other, figure)]
        told = [*figure.told, *(one for other in within for one in other.told)]
        return self._one(figure, figure.branches[0], told, segment=figure.segment)

    def _alternatives(self, figure: Figure) -> list[Finding]:
        if len(figure.branches) == 1:
            return [self._one(figure, figure.branches[0], figure.told, segment=figure.segment)]
        return [
            self._one(
                figure,
                branch,
                [one.told for one in branch],
                segment="{}/{}-{}".format(figure.segment, *narrowest(branch).spread),
            )
            for branch in figure.branches
        ]

    def _one(
        self, figure: Figure, branch: Sequence[Counted], told: Sequence[Told], *, segment: str
    ) -> Finding:
        shown = narrowest(branch)
        voices = voices_of(told)
        return Finding(
            facet=Facet.COUNT,
            about=figure.line.about,
            segment=segment,
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R12",
            in_words=_in_words(shown, figure.line.voice, self._context),
            value=self._value(figure, branch),
            voices=voices,
            last_reported=_last_reported(figure),
            derivation=Derivation.STATED,
            erased=self._lost[figure.line.about] + sum(one.erased for one in told),
            supported_by=positions_of(told),
            opposed_by=self._denied(figure),
        )

    def _value(self, figure: Figure, branch: Sequence[Counted]) -> CountValue:
        shown = narrowest(branch)
        # Whoever repeats a number without its parts takes none of them back.
        breakdowns = tuple(dict.fromkeys(one for counted in branch for one in counted.breakdowns))
        return CountValue(
            count=shown.count,
            modality=shown.modality,
            voice=figure.line.voice,
            breakdowns=breakdowns,
            deadline=shown.deadline,
            outcome=self._outcome(figure, shown),
            earlier=tuple(other.segment for other in figure.earlier),
            not_comparable=self._not_comparable(figure),
            flags=(*_flags(figure), *_part_flags(shown, breakdowns)),
        )

    def _outcome(self, figure: Figure, shown: Counted) -> str | None:
        deadline = bounds_of_claim(shown.deadline).latest
        if not figure.line.expected or figure.line.ambiguous or deadline is None:
            return None
        settling = [
            (other.when.earliest, other.segment)
            for other in self._settling.get(_settled_by(figure.line), ())
            if _accumulates_alike(other.line, figure.line)
            if other.when.earliest is not None and other.when.earliest >= deadline
        ]
        return min(settling)[1] if settling else None

    # ── What cannot be held against it ───────────────────────────────────────

    def _not_comparable(self, figure: Figure) -> tuple[Incomparable, ...]:
        if not figure.latest:
            return ()
        found = {
            (other.line.about, other.segment): differs
            for place in self._places_beside(figure)
            if place in self._beside
            for other, differs in self._beside[place].next_to(figure)
        }
        return tuple(Incomparable(about, segment, found[about, segment]) for about, segment in sorted(found))

    def _places(self, figure: Figure) -> Iterator[Hashable]:
        """Where others look for it: among the act's figures, or its group's and those that go by the same words."""
        measure = _told_beside(figure.line)
        if figure.line.about == self._act:
            yield measure, "act"
            return
        yield measure, "groups"
        yield measure, "about", figure.line.about
        for words in {folded(one.count.population) for one in figure.counted} - {None}:
            yield measure, "words", words

    def _places_beside(self, figure: Figure) -> Iterator[Hashable]:
        measure = _told_beside(figure.line)
        yield measure, "act"
        if figure.line.about == self._act:
            yield measure, "groups"
        else:
            yield from (place for place in self._places(figure) if place != (measure, "groups"))

    def _denied(self, figure: Figure) -> tuple[Position, ...]:
        """The reports that deny this very number."""
        denials = self._denials.get((figure.line.about, figure.line.measure, figure.line.unit), ())
        return positions_of(told for told, spread in denials if spread in figure.spreads)


class _Numbers:
    """Figures by their numbers, to be asked for those whose numbers lie wholly above or below another's."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._by_low = sorted(figures, key=lambda figure: (_hull(figure)[0], figure.segment))
        self._by_high = sorted(figures, key=lambda figure: (_hull(figure)[1], figure.segment))
        self._lows = [_hull(figure)[0] for figure in self._by_low]
        self._highs = [_hull(figure)[1] for figure in self._by_high]

    def next_to(self, figure: Figure) -> Iterator[tuple[Figure, tuple[str, ...]]]:
        """The nearest figures above and below that cannot be held against this one, each with what differs."""
        low, high = _hull(figure)
        above = self._by_low[bisect_right(self._lows, high) :]
        below = self._by_high[: bisect_left(self._highs, low)]
        for side in (above, reversed(below)):
            different = ((other, differs) for other in side if (differs := _differs(figure, other)))
            yield from islice(different, NEXT_MAX)


def _hull(figure: Figure) -> Spread:
    return min(low for low, _ in figure.spreads), max(high for _, high in figure.spreads)


def _denials(weighed: Iterable[Evidence]) -> Mapping[Hashable, list[tuple[Told, Spread]]]:
    found: dict[Hashable, list[tuple[Told, Spread]]] = defaultdict(list)
    for told in (told for evidence in weighed for told in evidence.denying):
        if isinstance(told.report, CountReported):
            count = told.report.count
            found[told.about[0], count.measure, count.unit].append((told, spread_of(count.quantity)))
    return found


def _is_comparable(figure: Figure) -> bool:
    """Whether it may be held against others: a revised word may only where it is the word for a day of its own."""
    return figure.like is not None and (figure.dated or not figure.revised)


def _disjoint(one: Figure, other: Figure) -> bool:
    """Whether no number that one allows is allowed by the other."""
    return all(
        first[0] > second[1] or second[0] > first[1] for first in one.spreads for second in other.spreads
    )


def _bears_out(one: Figure, other: Figure) -> bool:
    """Whether what one says entails what the other says: only then is it a word for it."""
    low, high = other.spreads[0]
    return all(low <= first and last <= high for first, last in one.spreads)


def _settled_by(line: Line) -> Hashable:
    return line.measure, line.unit, line.who, line.ambiguous


def _accumulates_alike(one: Line, other: Line) -> bool:
    return one.accumulation is other.accumulation or Accumulation.UNSTATED in (
        one.accumulation,
        other.accumulation,
    )


def _told_beside(line: Line) -> Hashable:
    """The measure among whose figures this one is looked for."""
    return line.measure, line.expected and line.measure is not CountMeasure.COVERED


def _differs(one: Figure, other: Figure) -> tuple[str, ...]:
    """In what two figures of one measure differ; nothing where they are alike."""
    first, second = one.line, other.line
    if one.like is not None and one.like == other.like:
        return ()
    parts = {
        "unit": first.unit is not second.unit,
        "population": first.ambiguous or second.ambiguous or first.who != second.who,
        "modality": first.expected is not second.expected,
        "accumulation": first.accumulation is not second.accumulation,
        "date": _date_differs(one, other),
    }
    return tuple(name for name, differs in parts.items() if differs)


def _date_differs(one: Figure, other: Figure) -> bool:
    if one.line.expected and other.line.expected:
        return one.line.deadline != other.line.deadline
    timeless = one.line.measure is CountMeasure.COVERED and not one.dated and not other.dated
    return not timeless and (one.when != other.when or one.when == UNBOUNDED)


def _flags(figure: Figure) -> Iterator[str]:
    if figure.fell:
        yield FELL
    if figure.redefined:
        yield REDEFINED
    if figure.line.ambiguous:
        yield SEVERAL_READINGS


def _part_flags(shown: Counted, breakdowns: Iterable[Breakdown]) -> list[str]:
    missing = (
        f"parts by {breakdown.dimension} that miss their total"
        for breakdown in breakdowns
        if shown.count.quantity is not None and _misses(breakdown, shown.spread)
    )
    return list(dict.fromkeys(missing))


def _misses(breakdown: Breakdown, total: Spread) -> bool:
    """Whether the parts come to more than the whole, or, where they are all there is, to less."""
    spreads = [spread_of(part.quantity) for part in breakdown.parts]
    low, high = sum(low for low, _ in spreads), sum(high for _, high in spreads)
    return low > total[1] or (breakdown.coverage is Coverage.EXHAUSTIVE and high < total[0])


def _last_reported(figure: Figure) -> ClaimedDate | None:
    stated = (one.as_of for one in figure.counted if one.as_of is not None)
    return next(stated, None) or last_available(figure.counted)


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


def _in_words(counted: Counted, voice: SubjectKey | None, context: Context) -> str:
    count = counted.count
    who = count.population or _UNITS[count.unit]
    sentence = f"{_amount(count.quantity, who)} {_befell(count)}{_when(counted)}"
    by = (context.name_of(voice) if voice else None) or "nobody identified"
    if counted.modality in FORESEEN:
        sentence = f"{counted.modality.value}: {sentence}"
    return f"{sentence} ({by})"


def _befell(count: Count) -> str:
    """What became of those counted; cases are ended themselves, and reductions are granted."""
    match count.measure, count.unit:
        case CountMeasure.CASE_ENDED, CountUnit.CASE:
            return "ended"
        case CountMeasure.REDUCED, CountUnit.REDUCTION:
            return "of sentences"
        case measure, _:
            return _MEASURES[measure]


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


def _when(counted: Counted) -> str:
    if counted.modality in FORESEEN and counted.deadline is not None:
        return f" by {dates.in_words(counted.deadline)}"
    if counted.as_of is None and counted.modality in FORESEEN:
        return ""  # What is to come in all is not "so far".
    if counted.as_of is None:
        return " so far" if counted.count.accumulation is Accumulation.CUMULATIVE else ""
    day = dates.in_words(counted.as_of)
    match counted.count.accumulation:
        case Accumulation.CUMULATIVE:
            return f" so far, as of {day}"
        case Accumulation.INCREMENT:
            return f" on {day}" if _is_one_day(counted.as_of) else f", {day}"
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
