"""Courts of a proceeding as reports name them."""

from __future__ import annotations

from events.kinds import CourtStep, CourtStepReported, Modality, SubjectKey, SubjectOpened, SubjectSort
from events.kinds import Subject as OpenedSubject
from projections.findings import Facet, Standing, TextValue
from projections.proceedings import fold_proceeding
from tests.projections.builders import KnownContext, event, made, report, retraction, written

CASE = SubjectKey("case-1")


class TestFoldProceeding:
    def test_a_court_is_as_a_report_names_it(self) -> None:
        """A report about the case that names its court gives one finding, with its evidence."""
        (court,) = fold_proceeding(
            CASE,
            [report(CourtStepReported, 2, about=CASE, court_step=CourtStep.VERDICT, court="Court of Baku")],
            KnownContext(),
        )

        assert (Facet.COURT, Standing.SINGLE, (2,)) == (court.facet, court.standing, court.supported_by)
        assert TextValue(text=written("Court of Baku")) == court.value

    def test_an_opening_gives_no_finding(self) -> None:
        """What a filing states is a fact of it: no report says so, and a finding needs one (I-10)."""
        subject = OpenedSubject(key=CASE, sort=SubjectSort.PROCEEDING)
        opened = made(SubjectOpened, subject=subject, courts=(written("Court of Baku"),))

        assert () == fold_proceeding(CASE, [event(1, opened, about=CASE)], KnownContext())

    def test_what_is_planned_or_taken_back_names_no_court(self) -> None:
        """R1, R16: neither a plan nor a retracted report supports a finding."""
        planned = report(
            CourtStepReported,
            2,
            about=CASE,
            court_step=CourtStep.HEARING_SET,
            court="Court of Baku",
            modality=Modality.PLANNED,
        )
        taken_back = report(CourtStepReported, 3, about=CASE, court_step=CourtStep.VERDICT, court="A court")

        assert () == fold_proceeding(CASE, [planned, taken_back, retraction(4, of=3)], KnownContext())

    def test_a_report_about_somebody_else_is_not_the_case_s(self) -> None:
        """What is filed under the case in passing is told in the fold of whom it is about."""
        told = report(CourtStepReported, 2, court_step=CourtStep.VERDICT, court="Court of Baku")

        assert () == fold_proceeding(CASE, [told], KnownContext())
