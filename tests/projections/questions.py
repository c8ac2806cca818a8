"""Every question that `projections/reads.py` answers, put to one reading of the record, so that two readings can be held to each other.

Lists are read in pages, forwards and backwards, and both must give the whole list once, in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import partial
from typing import TypeVar

from msgspec import Struct

from events.kinds import Custody, SubjectKey, SubjectSort
from events.quantities import CountMeasure
from events.store import PUBLIC_VIEWER
from projections import reads
from projections.evidence import ReportState
from projections.findings import ActOutcome, Facet, FindingKey, Holds, Standing
from projections.known import Known
from projections.reads import EventsWanted, Page, PrisonersWanted, Window
from projections.rows import subject_rows

WHOLE = Window(size=1_000)

Answers = dict[str, object]


class Scope(Struct, frozen=True, kw_only=True):
    """What is asked about: subjects by sort, findings by key, positions of reports and decisions, and a day."""

    subjects: dict[SubjectKey, SubjectSort]
    findings: Collection[FindingKey]
    positions: Collection[int]
    day: date
    name: str
    page_size: int

    def keys(self, sort: SubjectSort) -> list[SubjectKey]:
        """The subjects of one sort."""
        return [key for key, of in self.subjects.items() if of is sort]


def answers(known: Known, scope: Scope) -> Answers:
    """What is answered to every question, by a name for each."""
    found: Answers = {}
    for part in (_about_subjects, _about_findings, _about_reports, _about_entries, _lists, _on_the_day):
        found |= dict(part(known, scope))
    return found


def read_through(read: Callable[[Window], Page], size: int) -> Page:
    """A list, read in one piece, and page by page from both ends, which gives the same."""
    whole = read(WHOLE)
    assert list(whole.rows) == _paged(read, size, backwards=False)
    assert list(whole.rows) == _paged(read, size, backwards=True)
    assert (whole.has_next, whole.has_previous) == (False, False)
    return whole


def _paged(read: Callable[[Window], Page], size: int, *, backwards: bool) -> list[reads.Row]:
    rows: list[reads.Row] = []
    window = Window(size=size, backwards=backwards)
    while True:
        page = read(window)
        rows = [*page.rows, *rows] if backwards else [*rows, *page.rows]
        more = page.has_previous if backwards else page.has_next
        assert len(page.rows) == size or not more
        if not more:
            assert page.total == len(rows)
            return rows
        end = page.rows[0].place if backwards else page.rows[-1].place
        window = Window(
            size=size,
            before=end if backwards else None,
            after=None if backwards else end,
            backwards=backwards,
        )


Told = Iterator[tuple[str, object]]


def _about_subjects(known: Known, scope: Scope) -> Told:
    keys = list(scope.subjects)
    yield "subjects", subject_rows(known, keys)
    yield "spellings", reads.spellings(known, keys)
    yield "groups under", reads.groups_under(known, scope.keys(SubjectSort.ACT))
    yield "nearest names", reads.nearest_names(known, scope.name)


def _about_findings(known: Known, scope: Scope) -> Told:
    keys = list(scope.subjects)
    yield "findings", reads.findings_of(known, keys)
    yield "findings of facets", reads.findings_of(known, keys, [Facet.CUSTODY, Facet.ACT])
    yield "findings by key", reads.findings_by_key(known, scope.findings)
    yield (
        "findings resting on",
        _grouped(partial(reads.findings_resting_on, known), scope.keys(SubjectSort.SOURCE), scope),
    )
    yield (
        "prisoners in",
        _grouped(partial(reads.prisoners_in, known), scope.keys(SubjectSort.PROCEEDING), scope),
    )


def _about_reports(known: Known, scope: Scope) -> Told:
    yield "report rows", reads.report_rows(known, scope.positions)
    yield (
        "reports of sources",
        _grouped(partial(reads.reports_of_sources, known), scope.keys(SubjectSort.SOURCE), scope),
    )
    yield (
        "reports crediting",
        _grouped(partial(reads.reports_crediting, known), scope.keys(SubjectSort.PARTY), scope),
    )
    yield "reports fallen by", _grouped(partial(reads.reports_fallen_by, known), scope.positions, scope)


def _about_entries(known: Known, scope: Scope) -> Told:
    wanted = [
        EventsWanted(),
        *(EventsWanted(source=source) for source in scope.keys(SubjectSort.SOURCE)),
        *(EventsWanted(party=party) for party in scope.keys(SubjectSort.PARTY)),
        *(EventsWanted(state=(state,)) for state in ReportState),
        *(EventsWanted(about=act, state=(ReportState.STANDING,)) for act in scope.keys(SubjectSort.ACT)),
        EventsWanted(kinds=("release_reported", "report_retracted")),
    ]
    for number, one in enumerate(wanted):
        newest_first = number % 2 == 0
        read = partial(reads.events, known, one, viewer=PUBLIC_VIEWER, newest_first=newest_first)
        yield f"events {one}", read(WHOLE) if number % 5 else read_through(read, 4 * scope.page_size)
    keys = list(scope.subjects)
    for state in ((), (ReportState.STANDING,)):
        yield f"histories {state}", _grouped(_histories(known, state), keys, scope)
    kinds = ("release_reported", "person_described", "report_corrected")
    yield "positions of kinds", reads.positions_of_kinds(known, keys, kinds, viewer=PUBLIC_VIEWER)


def _lists(known: Known, scope: Scope) -> Told:
    for sort in SubjectSort:
        yield f"all of {sort}", read_through(partial(reads.subjects_of_sort, known, sort), scope.page_size)
    yield "lists", read_through(partial(reads.lists, known), scope.page_size)
    for publisher in (None, *scope.keys(SubjectSort.PARTY)):
        yield (
            f"sources of {publisher}",
            read_through(partial(reads.sources, known, publisher), scope.page_size),
        )


def _on_the_day(known: Known, scope: Scope) -> Told:
    acts, day = scope.keys(SubjectSort.ACT), scope.day
    for number, wanted in enumerate(wanted_of(scope)):
        read = partial(reads.prisoners, known, wanted, day)
        yield f"{wanted}", read(WHOLE) if number % 10 else read_through(read, scope.page_size)
    for outcomes in ((), (ActOutcome.RELEASED,), (ActOutcome.EXCLUDED,)):
        yield f"outcomes {outcomes}", _grouped(_outcomes(known, outcomes, day), acts, scope)
    for measure in CountMeasure:
        yield f"documented {measure}", reads.documented(known, acts, measure, day)


def _outcomes(
    known: Known, outcomes: tuple[ActOutcome, ...], day: date
) -> Callable[[Collection[SubjectKey], Window], dict[SubjectKey, Page]]:
    return lambda acts, window: reads.act_outcomes(known, acts, outcomes, day, window)


def _histories(
    known: Known, state: tuple[ReportState, ...]
) -> Callable[[Collection[SubjectKey], Window], dict[SubjectKey, Page]]:
    wanted = EventsWanted(state=state)
    return lambda keys, window: reads.histories(known, keys, wanted, window, viewer=PUBLIC_VIEWER)


def wanted_of(scope: Scope) -> Iterator[PrisonersWanted]:
    """Filters of prisoners, each alone and some together, for certain and possibly."""
    yield PrisonersWanted()
    yield PrisonersWanted(name=scope.name)
    for holds in Holds:
        yield from (PrisonersWanted(custody=(custody,), holds=holds) for custody in Custody)
        yield from (PrisonersWanted(standing=(standing,), holds=holds) for standing in Standing)
        yield from (PrisonersWanted(act=act, holds=holds) for act in scope.keys(SubjectSort.ACT))
        yield from (PrisonersWanted(outcome=(outcome,), holds=holds) for outcome in ActOutcome)
        yield PrisonersWanted(
            name=scope.name,
            custody=(Custody.PRISON, Custody.REMAND, Custody.LIBERTY),
            standing=(Standing.SINGLE, Standing.CONTESTED),
            act=next(iter(scope.keys(SubjectSort.ACT)), None),
            holds=holds,
        )


def _windows(scope: Scope) -> Iterator[Window]:
    yield WHOLE
    yield Window(size=scope.page_size)
    yield Window(size=scope.page_size, backwards=True)


Key = TypeVar("Key", bound=str | int)


def _grouped(
    read: Callable[[Collection[Key], Window], dict[Key, Page]], keys: Collection[Key], scope: Scope
) -> list[dict[Key, Page]]:
    """A page for each of several, of each size and direction; and each alone, which is read by other statements and gives the same."""
    whole, *pages = [read(keys, window) for window in _windows(scope)]
    for page in pages:
        assert {key: page[key].total for key in keys} == {key: len(whole[key].rows) for key in keys}
    assert whole == {key: read([key], WHOLE)[key] for key in keys}
    return [whole, *pages]
