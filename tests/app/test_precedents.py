"""What a new decision meets: earlier ones, itself, and everybody whom a correction before it has reached. On both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ledger import Service
from events.decoder import Event
from events.kinds import Position, ReportCorrected, ReportRetracted
from projections.evidence import ReportState, report_states
from tests.app.report_case import WHOLE, events_of, opened, read_report, record, refusals
from tests.projections.builders import KnownContext


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """An open ledger with the small article's file recorded, once on each store."""
    with opened(tmp_path, database_url) as service:
        record(service, read_report(tmp_path, WHOLE.replace("sort: person", "sort: person, key: the-clerk")))
        yield service


def retract(key: str, target: str) -> str:
    """A decision that takes something back."""
    return f"  - {{key: {key}, retract: {target}, ground: ours, reason: So.}}\n"


def correct(key: str, target: str, about: str, *, order: str = "") -> str:
    """A decision that corrects the sentence, which is now told of somebody else."""
    report = f"kind: sentence_reported, about: {about}, cite: sentenced to five years in prison{order}"
    return f"  - {{key: {key}, correct: {target}, reason: So., claim: {{{report}}}}}\n"


def decide(service: Service, folder: Path, *decisions: str, before: str = "") -> list[Event]:
    """Records a file of decisions on that file's claims, and what it adds."""
    known = len(events_of(service))
    record(service, read_report(folder, _file(decisions, before)))
    return events_of(service)[known:]


def refused(service: Service, folder: Path, *decisions: str, before: str = "") -> list[str]:
    """What is wrong with such a file; nothing of it is stored."""
    return refusals(service, read_report(folder, _file(decisions, before)))


def split(service: Service, folder: Path, key: str, *, about: str, target: str) -> list[Event]:
    """Corrects a report into one about somebody who had no record yet: the opening, the report and the ruling."""
    opens = f"subjects:\n  {about}: {{sort: person, key: the-{about}}}\n"
    return decide(service, folder, correct(key, target, about), before=opens)


def standing(service: Service, person: str) -> list[Position]:
    """The positions of the reports about somebody that stand, as a fold of that person's events alone sees it."""
    events = [event for event in events_of(service) if person in event.about]
    states = report_states(events, KnownContext(decided=events))
    return [
        event.position
        for event in events
        if event.report is not None and states[event.position].state is ReportState.STANDING
    ]


def _file(decisions: tuple[str, ...], before: str) -> str:
    return f"set: test/one\n{before}decisions:\n{''.join(decisions)}"


class TestItselfAndLater:
    @pytest.mark.parametrize(
        ("decision", "place"),
        [
            (retract("D1", "D1"), "retract"),
            (retract("D1", "'D1:2'"), "retract"),
            (retract("D1", "'test/one#D1'"), "retract"),
            (correct("D1", "D1", "the-clerk"), "correct"),
            (correct("D1", "C02", "the-clerk", order=", order: {after: D1}"), "claim.order.after"),
            ("  - {key: D1, assess: D1, method: admiralty, mark: B, reason: So.}\n", "assess"),
        ],
    )
    def test_itself(self, service: Service, tmp_path: Path, decision: str, place: str) -> None:
        """R16: targets are earlier: no decision is about itself."""
        told = refused(service, tmp_path, decision)

        expected = f"3: decisions.D1.{place}: `D1` is this decision itself: expected one that is recorded before this"
        assert expected in told

    def test_a_later_one(self, service: Service, tmp_path: Path) -> None:
        """R16: nor about one that stands further down; the other way round it is recorded."""
        first, second = retract("D1", "D2"), retract("D2", "C01")

        assert refused(service, tmp_path, first, second) == [
            "3: decisions.D1.retract: `D2` stands further down, and is recorded later: expected one that is recorded before this."
            " Put `D2` first"
        ]
        assert len(decide(service, tmp_path, second, first)) == 2

    def test_one_on_record_further_down(self, service: Service, tmp_path: Path) -> None:
        """The reversed case: what was recorded before is earlier, wherever it stands in the file now."""
        decide(service, tmp_path, retract("D2", "C01"))

        (lifted,) = decide(service, tmp_path, retract("D1", "D2"), retract("D2", "C01"))

        assert isinstance(lifted.content, ReportRetracted)

    def test_a_judgement_further_up(self, service: Service, tmp_path: Path) -> None:
        """The reversed case: every sort of decision can be taken back in the same file."""
        judged = "  - {key: D1, judge_identity: {one: the-clerk, other: the-paper, identity: different}, reason: So.}\n"

        first, lifted = decide(service, tmp_path, judged, retract("D2", "D1"))

        assert isinstance(lifted.content, ReportRetracted)
        assert (lifted.content.event, lifted.about) == (first.event_id, first.about)

    def test_one_with_a_mistake_of_its_own(self, service: Service, tmp_path: Path) -> None:
        """Whoever names a decision that could not be made, further up, makes no further mistake."""
        assert refused(service, tmp_path, retract("D1", "C99"), retract("D2", "D1")) == [
            "3: decisions.D1.retract: there is no `C99` in the set test/one"
        ]

    def test_an_event_that_is_not_there(self, service: Service, tmp_path: Path) -> None:
        """What will be recorded some day has no id yet."""
        later = "01900000-0000-7000-8000-000000000000"

        assert refused(service, tmp_path, retract("D1", later)) == [
            f"3: decisions.D1.retract: there is no event {later}"
        ]

    def test_a_claim_after_a_decision(self, service: Service, tmp_path: Path) -> None:
        """Decisions are recorded behind all claims, so none of these is told to come after one."""
        claims = """\
source: {record: article-one}
claims:
  - {key: C03, kind: sentence_reported, about: the-clerk, cite: sentenced to five years in prison, order: {after: D1}}
"""
        told = refused(service, tmp_path, correct("D1", "C02", "the-clerk"), before=claims)

        assert (
            "4: claims.C03.order.after: `D1` is a decision, and decisions are recorded behind all claims:"
            " expected one that is recorded before this"
        ) in told


class TestTakenBackTwice:
    def test_an_event(self, service: Service, tmp_path: Path) -> None:
        """The decision that did it is told, and how to undo it; once undone, it can be done again."""
        (gone,) = decide(service, tmp_path, retract("D1", "C01"))

        assert refused(service, tmp_path, retract("D2", "C01")) == [
            f"3: decisions.D2.retract: already retracted by the decision {gone.event_id} at position {gone.position}:"
            " retract that decision to reinstate it"
        ]
        decide(service, tmp_path, retract("D2", "D1"))
        assert len(decide(service, tmp_path, retract("D3", "C01"))) == 1

    def test_in_one_file(self, service: Service, tmp_path: Path) -> None:
        """Two decisions of one file meet as two files do."""
        assert refused(service, tmp_path, retract("D1", "C01"), retract("D2", "C01")) == [
            "4: decisions.D2.retract: already retracted by `D1`, further up: retract that decision to reinstate it"
        ]
        thrice = (retract("D1", "C01"), retract("D2", "D1"), retract("D3", "C01"))
        assert len(decide(service, tmp_path, *thrice)) == 3

    def test_the_same_again(self, service: Service, tmp_path: Path) -> None:
        """The reversed case: a file that is recorded a second time is known, and refuses nothing."""
        decide(service, tmp_path, retract("D1", "C01"))

        assert decide(service, tmp_path, retract("D1", "C01")) == []

    def test_a_decision(self, service: Service, tmp_path: Path) -> None:
        """A correction that was lifted is not lifted again."""
        *_, lifted = decide(service, tmp_path, correct("D1", "C02", "the-clerk"), retract("D2", "D1"))

        assert refused(service, tmp_path, retract("D3", "D1")) == [
            f"3: decisions.D3.retract: already retracted by the decision {lifted.event_id} at position {lifted.position}:"
            " retract that decision to reinstate it"
        ]

    def test_a_source(self, service: Service, tmp_path: Path) -> None:
        """As an event is; a report of it can be taken back by itself meanwhile, and stays so when the source is reinstated."""
        whole = "{source: article-one}"
        (gone,) = decide(service, tmp_path, retract("D1", whole))

        assert refused(service, tmp_path, retract("D2", whole)) == [
            "3: decisions.D2.retract.source: already retracted by the decision"
            f" {gone.event_id} at position {gone.position}: retract that decision to reinstate it"
        ]
        assert len(decide(service, tmp_path, retract("D2", "C01"))) == 1
        lifted, again = decide(service, tmp_path, retract("D3", "D1"), retract("D4", whole))
        assert lifted.about == again.about == ("article-one",)

    def test_a_party(self, service: Service, tmp_path: Path) -> None:
        """The reversed case: a second retraction covers what the party was credited with since the first."""
        whole = "{party: the-paper}"

        assert len(decide(service, tmp_path, retract("D1", whole), retract("D2", whole))) == 2

    def test_what_one_does_not_know_of(self, service: Service, tmp_path: Path) -> None:
        """A decision kept in confidence is none for the public, which needs one of its own; the public one everybody knows."""
        hidden = "visibility: restricted\n"
        decide(service, tmp_path, retract("D1", "C01"), before=hidden)

        assert len(decide(service, tmp_path, retract("D2", "C01"))) == 1
        assert len(refused(service, tmp_path, retract("D3", "C01"), before=hidden)) == 1


class TestWhomACorrectionReaches:
    def test_who_an_earlier_correction_of_the_report_reached(self, service: Service, tmp_path: Path) -> None:
        """R16: the latest correction takes away what the one before it brought, about whomever; so it is filed there too."""
        _, wrong, first = split(service, tmp_path, "D1", about="wrong", target="C02")
        _, right, second = split(service, tmp_path, "D2", about="right", target="C02")

        assert (wrong.about, right.about) == (("the-wrong",), ("the-right",))
        assert set(second.about) == {*first.about, "the-right"}
        assert standing(service, "the-wrong") == []
        assert standing(service, "the-right") == [right.position]

    def test_when_a_correction_is_lifted(self, service: Service, tmp_path: Path) -> None:
        """R16: what was built on what it brought falls with it, and comes back with it, about whomever: so they are told."""
        split(service, tmp_path, "D1", about="one", target="C02")
        _, _, second = split(service, tmp_path, "D2", about="other", target="D1")

        lifted, again = decide(service, tmp_path, retract("D3", "D1"), retract("D4", "D3"))

        assert "the-other" in second.about
        assert set(lifted.about) == set(again.about) == set(second.about)

    def test_a_retracted_report_concerns_its_own_subjects(self, service: Service, tmp_path: Path) -> None:
        """The reversed case: that a report which was corrected is taken back too changes nothing about others."""
        _, _, ruling = split(service, tmp_path, "D1", about="one", target="C02")

        (gone,) = decide(service, tmp_path, retract("D2", "C02"))

        assert isinstance(ruling.content, ReportCorrected)
        assert set(gone.about) < set(ruling.about)
