"""Random histories of one person for hypothesis: reports of every kind that bears on one, with decisions about them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from events.citations import CitationZone
from events.dates import ClaimedDate
from events.decoder import Event
from events.kinds import (
    AttributionScope,
    ChargeReported,
    ChargeStage,
    CourtStep,
    CourtStepReported,
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    ExclusionReported,
    InclusionReported,
    InclusionStep,
    Modality,
    Penalty,
    PersonDescribed,
    Polarity,
    Recognition,
    RecognitionReported,
    ReductionMechanism,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    Report,
    Restraint,
    RestraintReported,
    RestraintStep,
    SentenceReductionReported,
    SentenceReported,
    Span,
    StatementReported,
    SubjectKey,
)
from events.terms import ReductionAmount
from tests.projections.builders import (
    ACT,
    after,
    cited,
    correction,
    link,
    on,
    report,
    retraction,
    term,
    written,
)

DATES = (
    "2021",
    "2021-10",
    "2021-10-05",
    "2023",
    "2023-05",
    "2023-05-03",
    "2025-12-20",
    "2025-12-2X",
    "2021/2023",
)
proceedings = st.sampled_from([None, None, SubjectKey("case-1"), SubjectKey("case-2")])
terms = st.sampled_from([None, term("P5Y"), term("P3Y"), term("P14M")])
acts = st.sampled_from([None, ACT])
dates: st.SearchStrategy[ClaimedDate | None] = st.one_of(st.none(), st.sampled_from(DATES).map(on))


def own(
    kind: type[Report], **fields: st.SearchStrategy[object]
) -> st.SearchStrategy[tuple[type[Report], dict[str, object]]]:
    """A kind with its own fields."""
    return st.fixed_dictionaries(fields).map(lambda drawn: (kind, drawn))


moving = st.one_of(
    own(DetentionReported),
    own(
        CustodyReported,
        custody_state=st.sampled_from(CustodyState),
        held_in=st.sampled_from([None, Custody.PRISON, Custody.REMAND]),
        span=st.sampled_from(Span),
    ),
    own(
        RestraintReported, restraint=st.sampled_from(Restraint), restraint_step=st.sampled_from(RestraintStep)
    ),
    own(
        ReleaseReported,
        released_by=st.sampled_from(ReleaseMechanism),
        released_to=st.sampled_from(ReleasedTo),
        act=acts,
    ),
    own(SentenceReported, penalty=st.sampled_from([None, *Penalty]), term=terms, proceeding=proceedings),
    own(
        SentenceReductionReported,
        reduced_by=st.sampled_from(ReductionMechanism),
        reduced_from=terms,
        reduced_to=terms,
        amount=st.sampled_from([None, ReductionAmount(as_written="a year", duration="P1Y")]),
        act=acts,
        proceeding=proceedings,
    ),
    own(CourtStepReported, court_step=st.sampled_from(CourtStep), proceeding=proceedings),
    own(DeathReported),
)
describing = st.one_of(
    own(ChargeReported, charge_stage=st.sampled_from(ChargeStage), offences=st.just((written("bribery"),))),
    own(InclusionReported, act=st.just(ACT), inclusion_step=st.sampled_from(InclusionStep)),
    own(ExclusionReported, act=st.just(ACT)),
    own(PersonDescribed, names=st.just((written("A. B."),)), offices=st.just((written("inspector"),))),
    own(
        RecognitionReported,
        organisation=st.just(SubjectKey("organisation-1")),
        recognition=st.sampled_from(Recognition),
        designation=st.just(written("political prisoner")),
    ),
)
idle = own(StatementReported, statement=st.just(written("words")))


@st.composite
def reports(
    draw: st.DrawFn, position: int, *, kinds: st.SearchStrategy[tuple[type[Report], dict[str, object]]]
) -> Event:
    """One report at a position, mostly affirmed and told as a fact."""
    kind, fields = draw(kinds)
    often = st.sampled_from([*[Modality.REPORTED] * 6, *Modality])
    common: dict[str, Any] = {
        "claimed": draw(dates),
        "source": SubjectKey(f"source-{draw(st.integers(1, 3))}"),
        "polarity": draw(st.sampled_from([*[Polarity.AFFIRMED] * 6, Polarity.NEGATED, Polarity.UNCLEAR])),
        "modality": draw(often),
        "citations": (
            cited(zone=draw(st.sampled_from([CitationZone.BODY, CitationZone.BODY, CitationZone.HEADLINE]))),
        ),
        "attribution": draw(st.sampled_from([(), (link("outlet-9"),), (link(None),)])),
        "attribution_scope": draw(st.sampled_from(AttributionScope)),
        "order": draw(st.none() | st.integers(1, max(1, position - 1)).map(after)),
    }
    return report(kind, position, **(common | fields))


@st.composite
def decisions(draw: st.DrawFn, position: int) -> Event:
    """A retraction of an earlier event, of a source or a party, or a correction of one report by another."""
    earlier = st.integers(1, position - 1)
    match draw(st.sampled_from(["event", "event", "event", "source", "party", "correction"])):
        case "source":
            return retraction(position, source=f"source-{draw(st.integers(1, 3))}")
        case "party":
            return retraction(position, party="outlet-9")
        case "correction":
            return correction(position, of=draw(earlier), to=draw(earlier))
        case _:
            return retraction(position, of=draw(earlier))


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    kinds: st.SearchStrategy[tuple[type[Report], dict[str, object]]] = moving | describing | idle,
    decided: bool = True,
    size_max: int = 10,
) -> list[Event]:
    """The events of one person, positions 1, 2, 3, …"""
    events: list[Event] = []
    for position in range(1, draw(st.integers(1, size_max)) + 1):
        is_decision = decided and position > 1 and draw(st.integers(0, 4)) == 0
        events.append(draw(decisions(position) if is_decision else reports(position, kinds=kinds)))
    return events
