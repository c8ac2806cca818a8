"""The fold of one prisoner: what holds for every history (I-9 to I-11, R1, R4), and the seed's two people."""

from __future__ import annotations

import importlib
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import bounds_of_claim
from events.decoder import Event
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DetentionReported,
    InclusionReported,
    InclusionStep,
    Modality,
    Penalty,
    PersonDescribed,
    Position,
    ReductionMechanism,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SentenceReported,
    Span,
    StatementReported,
)
from projections.context import ActFacts
from projections.evidence import ReportState, report_states
from projections.findings import CustodyValue, Facet, Finding, Holds, Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import ACT, PERSON, KnownContext, after, day, on, report, term, written
from tests.projections.histories import histories, idle, moving, reports

CONTEXT = KnownContext(
    available="2025-12-22",
    acts={ACT: ActFacts(name="the amnesty", effective_from=day("2025-12-15"))},
)
DAYS = (
    "2020-01-01",
    "2021-10-05",
    "2021-12-31",
    "2023-05-03",
    "2023-06-01",
    "2024-06-01",
    "2025-12-20",
    "2025-12-22",
    "2025-12-25",
)


def of_facet(findings: tuple[Finding, ...], facet: Facet) -> list[Finding]:
    """The findings of one facet."""
    return [finding for finding in findings if finding.facet is facet]


def custody_on(findings: tuple[Finding, ...], text: str) -> dict[Custody | None, Holds]:
    """What custody holds on a day; None for a contested value."""
    held: dict[Custody | None, Holds] = {}
    for finding in of_facet(findings, Facet.CUSTODY):
        holds = finding.interval.holds_on(day(text)) if finding.interval else None
        if holds is not None:
            value = finding.value
            held[value.status if isinstance(value, CustodyValue) else None] = holds
    return held


def everything(findings: tuple[Finding, ...]) -> list[Finding]:
    """All findings, alternatives too."""
    return [one for finding in findings for one in (finding, *finding.alternatives)]


class TestEveryHistory:
    @given(histories())
    def test_same_events_give_same_bytes(self, events: list[Event]) -> None:
        """I-9: a fold is pure, and the order in which events are handed in says nothing: their positions do."""
        once = msgspec.json.encode(fold_prisoner(PERSON, events, CONTEXT), order="sorted")
        again = msgspec.json.encode(fold_prisoner(PERSON, events[::-1], CONTEXT), order="sorted")

        assert once == again

    @given(histories())
    def test_segments_are_told_apart(self, events: list[Event]) -> None:
        """Facet and segment name one finding, and findings come sorted by them."""
        places = [(finding.facet, finding.segment) for finding in fold_prisoner(PERSON, events, CONTEXT)]

        assert places == sorted(set(places))

    @given(histories())
    def test_evidence_stands_in_the_input(self, events: list[Event]) -> None:
        """I-10, I-11: support and opposition are positions of reports that stand, ascending, and never the same one on both sides."""
        reported = {event.position for event in events if event.report is not None}
        states = report_states(events, CONTEXT)

        for finding in everything(fold_prisoner(PERSON, events, CONTEXT)):
            for positions in (finding.supported_by, finding.opposed_by):
                assert list(positions) == sorted(set(positions))
                assert set(positions) <= reported
                assert all(states[position].state is ReportState.STANDING for position in positions)
            assert not set(finding.supported_by) & set(finding.opposed_by)

    @given(histories())
    def test_standing_follows_voices(self, events: list[Event]) -> None:
        """A value has support and voices; contested is null beside at least two alternatives, or the same value in each of them, since when
        is null; unknown has neither."""
        for finding in everything(fold_prisoner(PERSON, events, CONTEXT)):
            match finding.standing:
                case Standing.UNKNOWN:
                    assert (finding.supported_by, finding.voices, finding.alternatives) == ((), 0, ())
                case Standing.CONTESTED:
                    assert len(finding.alternatives) > 1
                    assert finding.value is None or finding.since is None
                    assert finding.value is None or {one.value for one in finding.alternatives} == {
                        finding.value
                    }
                    assert finding.derivation is None
                case Standing.SINGLE | Standing.CORROBORATED:
                    assert finding.value is not None
                    assert finding.supported_by
                    assert (finding.standing is Standing.CORROBORATED) == (finding.voices > 1)
                    assert not finding.alternatives

    @given(histories())
    def test_custody_is_certain_once(self, events: list[Event]) -> None:
        """On no day are two values of custody certain; from the first day that any report allows on, one is possible."""
        findings = of_facet(fold_prisoner(PERSON, events, CONTEXT), Facet.CUSTODY)
        intervals = [finding.interval for finding in findings if finding.interval is not None]
        first = min((interval.from_min for interval in intervals), default=date.max)

        for text in DAYS:
            holds = [interval.holds_on(day(text)) for interval in intervals]
            assert holds.count(Holds.CERTAIN) <= 1
            assert day(text) < first or any(holds)

    @given(histories(), st.data())
    def test_what_moves_nothing_changes_nothing(self, events: list[Event], data: st.DataObject) -> None:
        """R1: a statement, or anything planned, expected, requested, ordered or asked, leaves every finding as it was."""
        position = len(events) + 1
        inert = st.sampled_from([one for one in Modality if one not in (Modality.REPORTED, Modality.ALLEGED)])
        more = data.draw(reports(position, kinds=idle))
        promised = data.draw(reports(position + 1, kinds=moving))
        assert promised.report is not None
        content = msgspec.structs.replace(promised.report, modality=data.draw(inert), order=None)

        findings = fold_prisoner(PERSON, events, CONTEXT)
        with_more = fold_prisoner(
            PERSON, [*events, more, msgspec.structs.replace(promised, content=content)], CONTEXT
        )

        assert with_more == findings

    @given(histories(decided=False, size_max=6))
    def test_repetition_adds_no_voice(self, events: list[Event]) -> None:
        """R3: the same source saying everything again corroborates nothing."""
        again = [
            msgspec.structs.replace(
                event, position=Position(event.position + 100), event_id=f"again-{event.position}"
            )
            for event in events
        ]

        once = fold_prisoner(PERSON, events, CONTEXT)
        twice = fold_prisoner(PERSON, [*events, *again], CONTEXT)

        for facet in (Facet.NAME, Facet.OFFICE, Facet.RECOGNITION):
            voices = {finding.segment: finding.voices for finding in of_facet(once, facet)}
            assert {finding.segment: finding.voices for finding in of_facet(twice, facet)} == voices

    @given(histories(kinds=moving, decided=False, size_max=6))
    @settings(max_examples=60)
    def test_dates_shown_can_be_read(self, events: list[Event]) -> None:
        """Every date of a finding, stated or computed, is one that the profile reads."""
        for finding in everything(fold_prisoner(PERSON, events, CONTEXT)):
            for claimed in (finding.since, finding.until, finding.last_reported):
                bounds_of_claim(claimed)


class TestPurity:
    @pytest.mark.parametrize(
        "name",
        [
            "accounts",
            "cases",
            "custody",
            "evidence",
            "inclusion",
            "prisoner",
            "sentences",
            "stretches",
            "timeline",
            "voices",
        ],
    )
    def test_no_clock_and_no_chance(self, name: str) -> None:
        """I-9: no fold holds a clock, a source of chance or an environment."""
        module = importlib.import_module(f"projections.{name}")

        assert not {"time", "random", "os", "secrets", "uuid", "datetime"} & vars(module).keys()


def isgandarov() -> list[Event]:
    """The seed's C10 to C17: detained 2023, then three undated steps."""
    return [
        report(ReleaseReported, 1, released_by=ReleaseMechanism.AMNESTY, act=ACT),
        report(DetentionReported, 2, claimed=on("2023")),
        report(SentenceReported, 3, penalty=Penalty.IMPRISONMENT, term=term("P5Y")),
        report(
            SentenceReductionReported,
            4,
            order=after(3),
            reduced_by=ReductionMechanism.COURT,
            reduced_from=term("P5Y"),
            reduced_to=term("P3Y"),
        ),
    ]


def sadigova() -> list[Event]:
    """The seed's C18 to C21: included, released, undated; held since October 2021."""
    return [
        report(InclusionReported, 1, act=ACT, inclusion_step=InclusionStep.APPLIED),
        report(ReleaseReported, 2, released_by=ReleaseMechanism.AMNESTY, act=ACT),
        report(
            CustodyReported,
            3,
            custody_state=CustodyState.HELD,
            held_in=Custody.PRISON,
            claimed=on("2021-10"),
            span=Span.SINCE,
        ),
    ]


class TestSeed:
    def test_isgandarov_is_at_liberty(self) -> None:
        """Undated but ordered steps give released, certain, single, and never contested."""
        findings = fold_prisoner(PERSON, isgandarov(), CONTEXT)

        assert custody_on(findings, "2025-12-25") == {Custody.LIBERTY: Holds.CERTAIN}
        (liberty,) = [one for one in findings if one.value == CustodyValue(status=Custody.LIBERTY)]
        assert (liberty.standing, liberty.rule, liberty.voices) == (Standing.SINGLE, "R4", 1)
        assert liberty.in_words == "released under the amnesty; at liberty"
        assert liberty.since is not None
        assert liberty.since.edtf == "2025-12-15/2025-12-22"
        assert liberty.supported_by == (1,)
        assert liberty.opposed_by == ()

    def test_isgandarov_was_on_remand_or_in_prison(self) -> None:
        """When the sentence turned remand into prison is not said: both are possible, and nothing else."""
        findings = fold_prisoner(PERSON, isgandarov(), CONTEXT)

        both = {Custody.REMAND: Holds.POSSIBLE, Custody.PRISON: Holds.POSSIBLE}
        assert custody_on(findings, "2022-12-31") == {}
        assert custody_on(findings, "2024-06-01") == both
        assert custody_on(findings, "2025-12-14") == both

    def test_isgandarov_s_sentence_is_reduced_by_a_court(self) -> None:
        """Five years until the reduction, three from it; the reduction is the court's and not the amnesty's."""
        sentences = of_facet(fold_prisoner(PERSON, isgandarov(), CONTEXT), Facet.SENTENCE)

        assert [one.in_words for one in sentences] == [
            "5 years of imprisonment",
            "3 years of imprisonment, reduced from 5 years by a court",
        ]
        assert sentences[1].derived_from == ("sentence/unstated-3:3",)
        assert sentences[1].supported_by == (3, 4)

    def test_sadigova_is_at_liberty(self) -> None:
        """Held since a month, released undated in the same source: prison for certain until the act, and liberty now."""
        findings = fold_prisoner(PERSON, sadigova(), CONTEXT)

        assert custody_on(findings, "2021-10-15") == {Custody.PRISON: Holds.POSSIBLE}
        assert custody_on(findings, "2021-11-01") == {Custody.PRISON: Holds.CERTAIN}
        assert custody_on(findings, "2025-12-14") == {Custody.PRISON: Holds.CERTAIN}
        assert custody_on(findings, "2025-12-25") == {Custody.LIBERTY: Holds.CERTAIN}

    def test_nothing_told_is_unknown(self) -> None:
        """R2: with no support at all custody is unknown, and there is nothing else."""
        described = report(StatementReported, 1, statement=written("words"))

        (custody,) = fold_prisoner(PERSON, [described], CONTEXT)

        assert custody.standing is Standing.UNKNOWN
        assert custody.value == CustodyValue(status=Custody.UNKNOWN)
        assert custody.rule == "R2"

    def test_somebody_told_of_in_a_question(self) -> None:
        """The seed's C29: released, inside a question; the person stands on record and no status moves."""
        asked = report(
            ReleaseReported, 1, released_by=ReleaseMechanism.AMNESTY, act=ACT, modality=Modality.ASKED
        )
        name = report(PersonDescribed, 2, names=(written("A. B."),))

        findings = fold_prisoner(PERSON, [asked, name], CONTEXT)

        assert [(one.facet, one.standing) for one in findings] == [
            (Facet.CUSTODY, Standing.UNKNOWN),
            (Facet.NAME, Standing.SINGLE),
        ]


PRECISIONS = ("%Y-%m-%d", "%Y-%m", "%Y", "")


@st.composite
def true_stories(draw: st.DrawFn, *, exact: bool = False) -> tuple[list[tuple[date, Custody]], list[Event]]:
    """What happened to somebody, one step a year, and reports of all of it in any order, each as vague as it likes; a detention is
    dated to its year at least, as two undated ones would be told as one."""
    steps: list[tuple[date, Custody]] = []
    events: list[Event] = []
    position = st.integers(1, 10_000)
    for year in range(2001, 2001 + draw(st.integers(1, 6))):
        now = steps[-1][1] if steps else Custody.LIBERTY
        moves = {Custody.LIBERTY: [Custody.REMAND], Custody.REMAND: [Custody.PRISON, Custody.LIBERTY]}
        moved = draw(st.sampled_from(moves.get(now, [Custody.LIBERTY])))
        on_day = date(year, draw(st.integers(1, 12)), draw(st.integers(1, 28)))
        vague = PRECISIONS[:3] if moved is Custody.REMAND else PRECISIONS
        precision = draw(st.sampled_from(PRECISIONS[:1] if exact else vague))
        claimed = on(on_day.strftime(precision)) if precision else None
        place = draw(position.filter(lambda n: n not in {event.position for event in events}))
        steps.append((on_day, moved))
        match moved:
            case Custody.REMAND:
                events.append(report(DetentionReported, place, claimed=claimed))
            case Custody.PRISON:
                events.append(report(SentenceReported, place, claimed=claimed, penalty=Penalty.IMPRISONMENT))
            case _:
                events.append(
                    report(ReleaseReported, place, claimed=claimed, released_by=ReleaseMechanism.UNSTATED)
                )
    return steps, events


class TestTrueStories:
    @given(true_stories(), st.booleans())
    @settings(max_examples=200)
    def test_certain_is_true(
        self, story: tuple[list[tuple[date, Custody]], list[Event]], available: bool
    ) -> None:
        """R4: of a story of which every step is reported, however vaguely, nothing is called certain that was not so, and what was so is
        always possible; nothing is contested."""
        steps, events = story
        context = KnownContext(available="2010-01-01" if available else None)

        findings = fold_prisoner(PERSON, events, context)

        for on_day in [on_day for step, _ in steps for on_day in (step, date(step.year, 12, 31))]:
            truth = [status for step, status in steps if step <= on_day][-1]
            held = custody_on(findings, on_day.isoformat())
            assert truth in held
            assert held[truth] is Holds.CERTAIN or Holds.CERTAIN not in held.values()

    @given(true_stories(exact=True))
    def test_exact_is_certain(self, story: tuple[list[tuple[date, Custody]], list[Event]]) -> None:
        """The reversed case: with every step dated to the day, every day is certain."""
        steps, events = story

        findings = fold_prisoner(PERSON, events, CONTEXT)

        for on_day, status in steps:
            assert custody_on(findings, on_day.isoformat()) == {status: Holds.CERTAIN}
