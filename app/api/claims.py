"""What a report says: a type for each kind of report, declared over the kind's own struct, field by field of the same name.

A reference to a subject is resolved to its object. A test holds every type here to the struct of its name: no field of a kind is left out.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, Union

import strawberry
from strawberry import Parent, field

from app.api import sources, subjects
from app.api.fields import answer
from app.api.references import ActRef, EditionRef, ListRef, PartyRef
from app.api.request import Info
from app.api.values import Breakdown, ClaimedDate, Count, OfKind, ReductionAmount, Shown, Term, WrittenText
from events import kinds
from events.kinds import (
    ActStep,
    ChargeStage,
    CourtStep,
    Custody,
    CustodyState,
    ExclusionGround,
    InclusionEffect,
    InclusionStep,
    Listing,
    Penalty,
    Quantifier,
    ReasonFor,
    Recognition,
    ReductionForm,
    ReductionMechanism,
    ReleasedFrom,
    ReleasedTo,
    ReleaseMechanism,
    Restraint,
    RestraintStep,
    Sex,
    SubjectKey,
)


async def _act(root: Shown[Any], info: Info) -> subjects.Act | None:
    key: SubjectKey | None = root.value.act
    return await subjects.of_sort(info.context, key, subjects.Act, root.asked)


@strawberry.type(description="Who somebody is, as far as a source tells.")
class PersonDescribed(OfKind):
    kind = kinds.PersonDescribed
    names: list[WrittenText] = field(description="Each as written.")
    offices: list[WrittenText] = field(description="Offices and professions, as written.")
    sex: Sex | None = field(description="Null: not stated.")
    born: ClaimedDate | None = field(description="Null: not stated.")


@strawberry.type(description="Somebody was taken into custody.")
class DetentionReported(OfKind):
    kind = kinds.DetentionReported
    authority: str | None = field(description="By whom; null: not stated.")
    operation: str | None = field(description="In the course of what; null: not stated.")
    legal_basis: WrittenText | None = field(description="On what ground; null: not stated.")


@strawberry.type(description="A state, not a start: somebody saw or said where a person stands.")
class CustodyReported(OfKind):
    kind = kinds.CustodyReported
    custody_state: CustodyState = field(description="What is said.")
    held_in: Custody | None = field(description="In what form, if `HELD`; null: not stated.")
    moved_from: WrittenText | None = field(description="If `MOVED`; null: not stated.")
    moved_to: WrittenText | None = field(description="If `MOVED`; null: not stated.")
    observer: str | None = field(description="Who saw it; null: not stated.")


@strawberry.type(description="What somebody is suspected or accused of. Not a conviction.")
class ChargeReported(OfKind):
    kind = kinds.ChargeReported
    offences: list[WrittenText] = field(description="Each as written.")
    charge_stage: ChargeStage = field(description="How formal the accusation is.")
    others_unspecified: bool = field(description="`and other charges`, without saying which.")
    authority: str | None = field(description="Who accuses; null: not stated.")


@strawberry.type(description="Custody before trial, or instead of it.")
class RestraintReported(OfKind):
    kind = kinds.RestraintReported
    restraint: Restraint = field(description="Which measure.")
    restraint_step: RestraintStep = field(description="What became of it.")
    until: ClaimedDate | None = field(description="As ordered; null: not stated.")
    term: Term | None = field(
        description="For how long this step is ordered; no end is reckoned from it. Null: not stated."
    )
    court: str | None = field(description="Null: not stated.")


@strawberry.type(
    description="A step of a court. `penalty` and `term` are what was asked for, which is no sentence."
)
class CourtStepReported(OfKind):
    kind = kinds.CourtStepReported
    court_step: CourtStep = field(description="Which step.")
    penalty: Penalty | None = field(description="What was asked for; null: not stated.")
    term: Term | None = field(description="What was asked for; null: not stated.")
    court: str | None = field(description="Null: not stated.")


@strawberry.type(
    description="Imposed by a court; reductions come separately. `ends` and `remandCounts` only if the source says so."
)
class SentenceReported(OfKind):
    kind = kinds.SentenceReported
    penalty: Penalty | None = field(description="Null: not stated.")
    term: Term | None = field(description="Null: not stated.")
    court: str | None = field(description="Null: not stated.")
    offences: list[WrittenText] = field(description="Each as written.")
    ends: ClaimedDate | None = field(description="Only if the source says so; never computed from a term.")
    remand_counts: bool | None = field(
        description="Whether custody before trial is part of it; null: not stated."
    )


@strawberry.type(description="From, to, or by how much; what is not stated is null.")
class SentenceReductionReported(OfKind):
    kind = kinds.SentenceReductionReported
    reduced_from: Term | None = field(description="Null: not stated.")
    reduced_to: Term | None = field(description="Null: not stated.")
    amount: ReductionAmount | None = field(description="Null: not stated.")
    reduction_form: ReductionForm = field(description="What became of the sentence.")
    reduced_by: ReductionMechanism = field(description="On what ground: a court's is not the amnesty's.")
    authority: str | None = field(description="By whom; null: not stated.")

    @answer("Under which act; null: under none, or not stated.")
    @staticmethod
    async def act(root: Parent[Shown[kinds.SentenceReductionReported]], info: Info) -> ActRef | None:
        return await _act(root, info)


@strawberry.type(description="An act reached somebody, or is to. This is not a release.")
class InclusionReported(OfKind):
    kind = kinds.InclusionReported
    inclusion_step: InclusionStep = field(description="How far it got.")
    effect: InclusionEffect = field(description="What it is to bring.")

    @answer("Which act.")
    @staticmethod
    async def act(root: Parent[Shown[kinds.InclusionReported]], info: Info) -> ActRef | None:
        return await _act(root, info)


@strawberry.type(description="An act did not reach somebody.")
class ExclusionReported(OfKind):
    kind = kinds.ExclusionReported
    excluded_by: ExclusionGround = field(description="On what ground.")

    @answer("Which act.")
    @staticmethod
    async def act(root: Parent[Shown[kinds.ExclusionReported]], info: Info) -> ActRef | None:
        return await _act(root, info)


@strawberry.type(description="Somebody was let go. The only report that moves custody to liberty.")
class ReleaseReported(OfKind):
    kind = kinds.ReleaseReported
    released_by: ReleaseMechanism = field(description="On what ground.")
    released_from: ReleasedFrom = field(description="What they were released from.")
    released_to: ReleasedTo = field(description="What they were released to.")

    @answer("Under which act; null: under none, or not stated.")
    @staticmethod
    async def act(root: Parent[Shown[kinds.ReleaseReported]], info: Info) -> ActRef | None:
        return await _act(root, info)


@strawberry.type(description="Somebody died.")
class DeathReported(OfKind):
    kind = kinds.DeathReported
    circumstances: WrittenText | None = field(description="Null: not stated.")
    officials_say: WrittenText | None = field(description="What officials say of it; null: not stated.")


@strawberry.type(
    description="An organisation counts somebody as a political prisoner or the like, or no longer does. "
    "An official's denial is one, negated."
)
class RecognitionReported(OfKind):
    kind = kinds.RecognitionReported
    recognition: Recognition = field(description="What the organisation says.")
    designation: WrittenText | None = field(description="As what, as written.")
    criteria: WrittenText | None = field(description="By which criteria; null: not stated.")

    @answer("Which organisation.")
    @staticmethod
    async def organisation(root: Parent[Shown[kinds.RecognitionReported]], info: Info) -> PartyRef | None:
        return await subjects.party(info.context, root.value.organisation, root.asked)


@strawberry.type(description="A step of a legal text, by whom, and how long it is to be carried out.")
class ActReported(OfKind):
    kind = kinds.ActReported
    act_step: ActStep | None = field(description="Null where only the time for carrying it out is told.")
    taken_by: str | None = field(description="Null: not stated.")
    window: Term | None = field(description="For how long it is to be carried out; null: not stated.")


@strawberry.type(description="A class of people that the text includes or excludes.")
class ActRuleReported(OfKind):
    kind = kinds.ActRuleReported
    class_of_people: WrittenText | None = field(description="The class, as written.")
    includes: bool = field(description="True: included; false: excluded.")
    quantifier: Quantifier = field(description="How much of the class.")


@strawberry.type(
    description="What an edition of a list shows, or says of a request. A request to be taken off retracts nothing."
)
class ListingReported(OfKind):
    kind = kinds.ListingReported
    entry: WrittenText | None = field(description="The entry, as written.")
    entry_key: str | None = field(
        description="By which the list itself tells entries apart; null: not stated."
    )
    category: WrittenText | None = field(description="Under which heading; null: not stated.")
    listing: Listing = field(description="What the list says of the entry.")
    reason_given: WrittenText | None = field(description="Null: not stated.")
    reason_for: ReasonFor | None = field(description="Whom the reason was given for; null: not stated.")

    @answer("The edition that shows it.")
    @staticmethod
    async def edition(root: Parent[Shown[kinds.ListingReported]], info: Info) -> EditionRef | None:
        return await sources.edition_of(info.context, root.value.list, root.value.edition, root.asked)

    @answer("Which list.")
    @staticmethod
    async def list(root: Parent[Shown[kinds.ListingReported]], info: Info) -> ListRef | None:
        return await subjects.of_sort(info.context, root.value.list, subjects.List, root.asked)


@strawberry.type(
    description="A number with what it counts. With modality `EXPECTED` it is an expectation, and `deadline` says by when."
)
class CountReported(OfKind):
    kind = kinds.CountReported
    count: Count | None = field(description="The figure.")
    breakdowns: list[Breakdown] = field(description="How the source splits it.")
    deadline: ClaimedDate | None = field(description="By when it was to be; null: not stated.")


@strawberry.type(description="What somebody said, and in what capacity. It moves no status.")
class StatementReported(OfKind):
    kind = kinds.StatementReported
    statement: WrittenText | None = field(description="What was said, as written.")
    capacity: str | None = field(description="Null: not stated.")


CLAIMS: tuple[type[OfKind], ...] = (
    PersonDescribed,
    DetentionReported,
    CustodyReported,
    ChargeReported,
    RestraintReported,
    CourtStepReported,
    SentenceReported,
    SentenceReductionReported,
    InclusionReported,
    ExclusionReported,
    ReleaseReported,
    DeathReported,
    RecognitionReported,
    ActReported,
    ActRuleReported,
    ListingReported,
    CountReported,
    StatementReported,
)

Claim: TypeAlias = Annotated[
    Union[CLAIMS],  # type: ignore[valid-type]  # noqa: UP007  # the union is these types, named once
    strawberry.union(
        "Claim",
        description="What a report says. Each is named as its kind in the log; members will be added, so handle the unknown one.",
    ),
]
