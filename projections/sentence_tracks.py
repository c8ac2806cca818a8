"""R6: which reports are of one sentence, which reductions and ends are its own.

    joining                 reports of one stated proceeding are of one sentence, unless their days and amounts make them two, one after the
                            other. With none stated they join where their dates can coincide, never across a release, and join a stated
                            proceeding's only if that is the one of equal amount
    a fine                  is a penalty beside another, and never another amount of it
    a reduction             goes to its proceeding's sentence, else to the one from whose term it starts, else to the only one there is
    an end                  quashed, sent back, acquitted, dropped, rehabilitated, served, dead; one that may be of several sentences ends
                            none of them for certain

Absent on purpose: arithmetic, and which amount is in force on a day (`sentences`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from events.kinds import (
    CourtStep,
    CourtStepReported,
    DeathReported,
    Penalty,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from events.terms import Term, compare, parse_duration
from projections.evidence import (
    Told,
)
from projections.timeline import Occurrence, Timeline

_ENDS_ALL = frozenset({CourtStep.SENT_BACK, CourtStep.ACQUITTED, CourtStep.DROPPED, CourtStep.REHABILITATED})
_RELEASE_ENDS = frozenset({ReleaseMechanism.SERVED, ReleaseMechanism.ACQUITTAL, ReleaseMechanism.DROPPED})


class Amount(NamedTuple):
    """What was imposed; a part that is None was not stated."""

    penalty: Penalty | None
    term: Term | None


class Track(Struct, eq=False):
    """One sentence: what was imposed, reduced and ended, in order. `episode` is None where any would fit."""

    proceeding: SubjectKey | None
    episode: int | None
    imposed: list[list[Occurrence]]
    reduced: list[Occurrence]
    ended: list[tuple[Occurrence, bool]]

    @property
    def name(self) -> str:
        """What its segments share."""
        if self.proceeding is not None:
            fines = [
                amount_of(told).penalty is Penalty.FINE
                for group in self.imposed
                for one in group
                for told in one.told
            ]
            return f"{self.proceeding}.fine" if fines and all(fines) else self.proceeding
        first = min(
            one.first_position for one in [*(o for group in self.imposed for o in group), *self.reduced]
        )
        return f"unstated-{first}"


def tracks_of(timeline: Timeline) -> list[Track]:
    """Every sentence, with what reduced it and what ended it."""
    tracks = _joined_tracks(timeline)
    _assign_reductions(tracks, timeline)
    _assign_ends(tracks, timeline)
    return tracks


class _Group(Struct, eq=False):
    """The reports of one sentence: the days on which all of them can be, and the amounts they give."""

    occurrences: list[Occurrence]
    low: date
    high: date
    amounts: list[Amount]

    def coincides(self, one: Occurrence) -> bool:
        return max(self.low, one.earliest) <= min(self.high, one.latest)

    def agrees(self, amount: Amount) -> bool:
        return len(self.amounts) == 1 and _agree(self.amounts[0], amount)

    def add(self, one: Occurrence, amount: Amount) -> None:
        self.occurrences.append(one)
        self.low, self.high = max(self.low, one.earliest), min(self.high, one.latest)
        if self.agrees(amount):
            own = self.amounts[0]
            self.amounts[0] = Amount(own.penalty or amount.penalty, own.term or amount.term)
        else:
            self.amounts.append(amount)


def _joined_tracks(timeline: Timeline) -> list[Track]:
    stated: dict[tuple[SubjectKey, bool], list[Occurrence]] = defaultdict(list)
    unstated: dict[tuple[int | None, bool], list[Occurrence]] = defaultdict(list)
    for occurrence in timeline.of(SentenceReported):
        if occurrence.first_position in timeline.posthumous:
            continue
        is_fine = amount_of(occurrence.told[0]).penalty is Penalty.FINE
        if (proceeding := occurrence.report.proceeding) is not None:
            stated[proceeding, is_fine].append(occurrence)
        else:
            unstated[occurrence.episode, is_fine].append(occurrence)
    tracks: list[Track] = []
    of_amount: dict[object, list[tuple[Track, _Group]]] = defaultdict(list)
    for (proceeding, _), found in stated.items():
        groups = _Joiner(timeline, one_proceeding=True).join(found)
        tracks.append(Track(proceeding, _episode_of(found), [group.occurrences for group in groups], [], []))
        for group in groups:
            of_amount[_key_of(group.amounts)].append((tracks[-1], group))
    for (episode, _), found in unstated.items():
        for group in _Joiner(timeline, one_proceeding=False).join(found):
            same = [
                own.occurrences
                for track, own in of_amount.get(_key_of(group.amounts), ())
                if _same_episode(track.episode, episode)
                and max(group.low, own.low) <= min(group.high, own.high)
            ]
            if len(same) == 1:
                same[0] += group.occurrences
            else:
                tracks.append(Track(None, episode, [group.occurrences], [], []))
    return tracks


def _key_of(amounts: Sequence[Amount]) -> object:
    """The same for equal amounts; for one that leaves a part open, and for several, nothing else has it."""
    if len(amounts) != 1 or amounts[0].penalty is None or amounts[0].term is None:
        return object()
    term = amounts[0].term
    return (amounts[0].penalty, "life" if term.duration is None else parse_duration(term.duration))


def _episode_of(occurrences: Sequence[Occurrence]) -> int | None:
    episodes = {one.episode for one in occurrences}
    return episodes.pop() if len(episodes) == 1 else None


def _same_episode(one: int | None, other: int | None) -> bool:
    return one == other or one is None or other is None


class _Joiner:
    """Joins reports into sentences: dated ones first, in order of days, each with what its date and amount leave; undated ones then join
    what has their amount, or the only sentence there is."""

    def __init__(self, timeline: Timeline, *, one_proceeding: bool) -> None:
        self._after = timeline.after
        self._one_proceeding = one_proceeding
        self._groups: list[_Group] = []
        self._live: list[_Group] = []
        self._by_amount: dict[object, list[_Group]] = defaultdict(list)

    def join(self, occurrences: Iterable[Occurrence]) -> list[_Group]:
        """The sentences in the order of the days on which they can last have been imposed."""
        ordered = sorted(occurrences, key=lambda one: (one.earliest, one.latest, one.first_position))
        for one in ordered:
            if one.told[0].dated:
                self._live = [group for group in self._live if group.high >= one.earliest]
                self._place(one, self._live)
        for one in ordered:
            if not one.told[0].dated:
                self._place(one, self._groups)
        return sorted(self._groups, key=lambda group: (group.high, group.occurrences[0].first_position))

    def _place(self, one: Occurrence, among: Sequence[_Group]) -> None:
        amount = amount_of(one.told[0])
        group = self._fitting(one, amount, among)
        if group is not None:
            group.add(one, amount)
            return
        group = _Group([one], one.earliest, one.latest, [amount])
        self._groups.append(group)
        self._live.append(group)
        self._by_amount[_key_of([amount])].append(group)

    def _fitting(self, one: Occurrence, amount: Amount, among: Sequence[_Group]) -> _Group | None:
        for group in reversed(self._by_amount.get(_key_of([amount]), ())):
            # One proceeding imposes one amount once: two dates for it are contested, and no second sentence.
            if (self._one_proceeding or group.coincides(one)) and self._may_join(group, one, amount):
                return group
        coinciding: list[_Group] = []
        for group in reversed(among):
            if not group.coincides(one) or self._is_ordered(group, one):
                continue
            if group.agrees(amount):
                return group
            coinciding.append(group)
        return coinciding[0] if len(coinciding) == 1 else None

    def _may_join(self, group: _Group, one: Occurrence, amount: Amount) -> bool:
        return group.agrees(amount) and not self._is_ordered(group, one)

    def _is_ordered(self, group: _Group, one: Occurrence) -> bool:
        """Whether a source puts one before the other."""
        return bool(self._after) and any(
            one in self._after.get(own.first_position, ()) or own in self._after.get(one.first_position, ())
            for own in group.occurrences
        )


def amount_of(told: Told) -> Amount:
    report = told.report
    assert isinstance(report, SentenceReported), "only a sentence has an amount"
    life = report.penalty is Penalty.LIFE and report.term is None
    return Amount(report.penalty, Term(life=True) if life else report.term)


def accounts_of(told: Iterable[Told]) -> list[tuple[Amount, list[Told]]]:
    """The different amounts told of, each with its reports. What leaves a part open agrees with the first that has it."""
    accounts: list[tuple[Amount, list[Told]]] = []
    for one in sorted(told, key=lambda one: (_open_parts(amount_of(one)), one.position)):
        amount = amount_of(one)
        for index, (other, own) in enumerate(accounts):
            if _agree(amount, other):
                accounts[index] = (
                    Amount(other.penalty or amount.penalty, other.term or amount.term),
                    [*own, one],
                )
                break
        else:
            accounts.append((amount, [one]))
    return accounts


def _open_parts(amount: Amount) -> int:
    return (amount.penalty is None) + (amount.term is None)


def _agree(one: Amount, other: Amount) -> bool:
    penalties = one.penalty is None or other.penalty is None or one.penalty is other.penalty
    return penalties and (one.term is None or other.term is None or equal_terms(one.term, other.term))


def equal_terms(one: Term, other: Term) -> bool:
    return compare(one, other) == 0


# ── Reductions and ends ──────────────────────────────────────────────────────


def _assign_reductions(tracks: list[Track], timeline: Timeline) -> None:
    """Gives each reduction to its proceeding's sentence, else to the one from whose term it starts, else to the only one there is.

    One that may be of several is given to none: arithmetic takes all its inputs from one proceeding.
    """
    for one in timeline.of(SentenceReductionReported):
        report = one.report
        assert isinstance(report, SentenceReductionReported)
        fitting = [track for track in tracks if _can_reduce(one, track)]
        matching = [
            track for track in fitting if report.reduced_from and _has_term(track, report.reduced_from)
        ]
        if len(matching or fitting) == 1:
            (matching or fitting)[0].reduced.append(one)
        elif not fitting:
            # What was reduced had been imposed, though nobody tells of it.
            tracks.append(Track(report.proceeding, one.episode, [], [one], []))


def _can_reduce(reduction: Occurrence, track: Track) -> bool:
    stated = reduction.report.proceeding
    if stated is not None:
        return track.proceeding == stated
    if not _same_episode(track.episode, reduction.episode):
        return False
    return not track.imposed or track.imposed[0][0].earliest <= reduction.latest


def _has_term(track: Track, term: Term) -> bool:
    terms = [amount_of(told).term for group in track.imposed for one in group for told in one.told]
    terms += [
        one.report.reduced_to for one in track.reduced if isinstance(one.report, SentenceReductionReported)
    ]
    return any(own is not None and equal_terms(own, term) for own in terms)


def _assign_ends(tracks: Sequence[Track], timeline: Timeline) -> None:
    for one in timeline.of(CourtStepReported, ReleaseReported, DeathReported):
        if not _is_end(one, timeline):
            continue
        dead = isinstance(one.report, DeathReported)
        stated = one.report.proceeding
        fitting = [
            track
            for track in tracks
            if dead or (track.proceeding == stated if stated else _same_episode(track.episode, one.episode))
        ]
        # An acquittal that names no proceeding may be of any: it ends none of several for certain.
        certain = dead or isinstance(one.report, ReleaseReported) or len(fitting) == 1
        for track in fitting:
            track.ended.append((one, certain))


def _is_end(occurrence: Occurrence, timeline: Timeline) -> bool:
    match occurrence.report:
        case CourtStepReported(court_step=step):
            return step in _ENDS_ALL or step is CourtStep.QUASHED
        case ReleaseReported(released_by=mechanism):
            return mechanism in _RELEASE_ENDS
        case DeathReported():
            return occurrence is timeline.died
        case _:
            return False
