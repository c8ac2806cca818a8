"""What a projection yields: findings, each with its evidence, its rule and its standing.

A finding is one value of one facet of one subject over one stretch of days, with the reports for and against it. A fold returns all
segments of a subject, future ones included; which of them answers a question is decided by the day asked about (`holds_on`).

Days are half-open: a segment certainly holds on day d if `from_max <= d < to_min`, possibly if `from_min <= d < to_max`. `DAY_MIN` and
`DAY_MAX` stand for "no bound known" and "open"; no date of a source is ever stored as one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct

from events.dates import ClaimedDate, Derivation
from events.kinds import (
    ActStep,
    Count,
    Custody,
    ExclusionGround,
    InclusionEffect,
    InclusionStep,
    Listing,
    Modality,
    Penalty,
    Position,
    Quantifier,
    Recognition,
    ReductionMechanism,
    SubjectKey,
)
from events.quantities import Breakdown
from events.terms import Term
from events.texts import WrittenText

DAY_MIN = date.min
DAY_MAX = date.max


class Facet(StrEnum):
    """Which side of a subject a finding is about."""

    CUSTODY = "custody"
    SENTENCE = "sentence"
    CASE = "case"
    ACT = "act"
    NAME = "name"
    OFFICE = "office"
    CHARGE = "charge"
    RECOGNITION = "recognition"
    ACT_STEP = "act_step"
    ACT_RULE = "act_rule"
    COUNT = "count"
    LISTING = "listing"
    CASE_NUMBER = "case_number"
    COURT = "court"
    TITLE = "title"


class Standing(StrEnum):
    """How the reports stand to each other."""

    SINGLE = "single"
    CORROBORATED = "corroborated"
    CONTESTED = "contested"
    UNKNOWN = "unknown"


class Holds(StrEnum):
    """On the day asked about: in every order of events that fits the reports, or in some."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class CaseStage(StrEnum):
    """How far a case got."""

    SUSPECTED = "suspected"
    ACCUSED = "accused"
    CHARGED = "charged"
    INDICTED = "indicted"
    ON_TRIAL = "on_trial"
    CONVICTED = "convicted"
    UPHELD = "upheld"
    QUASHED = "quashed"
    SENT_BACK = "sent_back"
    ACQUITTED = "acquitted"
    DROPPED = "dropped"
    REHABILITATED = "rehabilitated"


class ActOutcome(StrEnum):
    """What an act did for somebody (rules.md R9)."""

    INCLUDED_RELEASE_NOT_REPORTED = "included_release_not_reported"
    RELEASED = "released"
    EXCLUDED = "excluded"


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="sort"):
    """What a finding says, by facet."""


class CustodyValue(Value, tag="custody", frozen=True, kw_only=True):
    """Where a person stands."""

    status: Custody


class SentenceValue(Value, tag="sentence", frozen=True, kw_only=True):
    """One sentence in one proceeding, less its reductions. `elapses_on`: the first day on which the term would have run out even if it
    began on the latest day that the reports allow; it releases nobody."""

    proceeding: SubjectKey | None = None
    penalty: Penalty | None = None
    term: Term | None = None
    reduced_from: Term | None = None
    reduced_by: ReductionMechanism | None = None
    elapses_on: date | None = None


class CaseValue(Value, tag="case", frozen=True, kw_only=True):
    """How far one case got."""

    stage: CaseStage
    proceeding: SubjectKey | None = None


class ActValue(Value, tag="act", frozen=True, kw_only=True):
    """What one act did for a prisoner or a group."""

    act: SubjectKey
    outcome: ActOutcome
    effect: InclusionEffect | None = None
    inclusion_step: InclusionStep | None = None
    excluded_by: ExclusionGround | None = None


class TextValue(Value, tag="text", frozen=True, kw_only=True):
    """A name, office, offence, recognition, number, court or title, as written. Of a recognition also whose it is, and what it says."""

    text: WrittenText
    organisation: SubjectKey | None = None
    recognition: Recognition | None = None


class ClassValue(Value, tag="class", frozen=True, kw_only=True):
    """A class of people that the text of an act includes or excludes."""

    text: WrittenText
    includes: bool
    quantifier: Quantifier


class StepValue(Value, tag="step", frozen=True, kw_only=True):
    """A step of an act; without a step, only the window in which it is carried out is told."""

    act_step: ActStep | None = None
    taken_by: str | None = None
    date: ClaimedDate | None = None
    window: Term | None = None


class Incomparable(Struct, frozen=True):
    """Another figure (a segment of this facet), and in what the two differ."""

    about: SubjectKey
    segment: str
    differs_in: tuple[str, ...]


class CountValue(Value, tag="count", frozen=True, kw_only=True):
    """One figure of one voice for one population and date. `earlier` and `outcome` name segments of the same subject's counts."""

    count: Count
    modality: Modality
    voice: SubjectKey | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    deadline: ClaimedDate | None = None
    outcome: str | None = None
    earlier: tuple[str, ...] = ()
    not_comparable: tuple[Incomparable, ...] = ()
    flags: tuple[str, ...] = ()


class ListingValue(Value, tag="listing", frozen=True, kw_only=True):
    """One entry of a list."""

    list: SubjectKey
    edition: SubjectKey
    entry: WrittenText
    listing: Listing
    entry_key: str | None = None
    category: WrittenText | None = None
    reason_given: WrittenText | None = None


FindingValue = (
    CustodyValue
    | SentenceValue
    | CaseValue
    | ActValue
    | TextValue
    | ClassValue
    | StepValue
    | CountValue
    | ListingValue
)


class Interval(Struct, frozen=True):
    """The days of a segment: it begins in [from_min, from_max] and ends in [to_min, to_max]; see the module's first lines."""

    from_min: date = DAY_MIN
    from_max: date = DAY_MIN
    to_min: date = DAY_MAX
    to_max: date = DAY_MAX

    def holds_on(self, day: date) -> Holds | None:
        """Whether the segment holds on a day; None if in no order of events that fits."""
        if self.from_max <= day < self.to_min:
            return Holds.CERTAIN
        return Holds.POSSIBLE if self.from_min <= day < self.to_max else None


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One projected value (rules.md, first paragraph). `segment` tells it apart among the findings of one facet of one subject, and stays
    the same while more reports come to support it. `value` is None while contested; of custody, and of what an act did, only since when may
    be contested, and then the value stands, `since` is None, and each of the `alternatives` is that value since another day. `interval` is
    None where no day bears on it.

    `supported_by` and `opposed_by` are positions of reports, ascending; while contested, `supported_by` are those of every alternative.
    `derived_from` names segments as `facet/segment`. `rule` is a rule's number, such as `R9`; `rules` the version in force.
    """

    facet: Facet
    about: SubjectKey
    segment: str
    standing: Standing
    rule: str
    in_words: str
    value: FindingValue | None = None
    voices: int = 0
    interval: Interval | None = None
    since: ClaimedDate | None = None
    until: ClaimedDate | None = None
    last_reported: ClaimedDate | None = None
    derivation: Derivation | None = None
    derived_from: tuple[str, ...] = ()
    erased: int = 0
    supported_by: tuple[Position, ...] = ()
    opposed_by: tuple[Position, ...] = ()
    alternatives: tuple[Finding, ...] = ()


FindingKey = tuple[SubjectKey, Facet, str]
"""About, facet, segment: what a finding is found by."""


def answer_on(findings: Iterable[Finding], day: date) -> Finding | None:
    """Of the stretches of one facet that has one answer at a time, the one to show for a day: what is certain; else, of what is possible,
    what has begun for certain, since it holds until its end is reported (R7); else what can have begun first, and of two such what must
    have begun first. None if none holds."""
    possible = [one for one in findings if one.interval is not None and one.interval.holds_on(day)]
    lasting = [one for one in findings if one.interval is None]
    return min(possible, key=lambda one: _rank_on(one, day), default=next(iter(lasting), None))


def _rank_on(finding: Finding, day: date) -> tuple[bool, bool, date, date, str]:
    assert finding.interval is not None, "only stretches of days are ranked"
    certain = finding.interval.holds_on(day) is Holds.CERTAIN
    begun = finding.interval.from_max
    return not certain, begun > day, finding.interval.from_min, begun, finding.segment
