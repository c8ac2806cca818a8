"""Rules of rulings: what was decided is told with its reason, what it took away, and what took it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.ledger import Service
from tests.app.api import ledgers

DECISIONS = """
query Decisions($kinds: [EventKind!]) {
  events(first: 100, filter: { kinds: $kinds }) {
    nodes { position ... on Decision { reason retractedBy { position } ruling { %s } } }
  }
}
"""


def decisions(service: Service, kind: str, fields: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ledgers.data(service, DECISIONS % fields, kinds=[kind])["events"]["nodes"]
    return found


@pytest.fixture
def ledger(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """Two prisoners and a group, to rule on."""
    with ledgers.opened(tmp_path, sqlite_template) as service:
        ledgers.record_people(service, tmp_path, 2)
        ledgers.rule(
            service,
            tmp_path,
            "group",
            "",
            subjects="  group: {sort: group, key: the-group, name: some, unit: person}",
        )
        yield service


def _members(service: Service) -> list[str]:
    asked = '{ subject(id: "the-group") { ... on Group { members { nodes { key } } } } }'
    return [node["key"] for node in ledgers.data(service, asked)["subject"]["members"]["nodes"]]


class TestCorrection:
    def test_a_corrected_report_leads_to_the_one_that_replaced_it(self, of_every_kind: Service) -> None:
        """By its state, by what it was corrected to, and by the decision, which names both."""
        (decision,) = decisions(
            of_every_kind,
            "REPORT_CORRECTED",
            """... on ReportCorrected {
              report { id state correctedTo { id } decisions { position } claim { ... on SentenceReported { term { duration } } } }
              correctedTo { id state decisions { position } claim { ... on SentenceReported { term { duration } } } }
            }""",
        )
        old, new = decision["ruling"]["report"], decision["ruling"]["correctedTo"]

        assert (old["state"], new["state"]) == ("CORRECTED", "STANDING")
        assert old["correctedTo"]["id"] == new["id"]
        assert old["claim"]["term"]["duration"] == "P6Y"
        assert new["claim"]["term"]["duration"] == "P5Y"
        assert old["decisions"] == new["decisions"] == [{"position": decision["position"]}]


class TestRetraction:
    def test_a_retraction_tells_what_fell(self, of_every_kind: Service) -> None:
        """Its target, its ground, and the reports that do not stand because of it."""
        by_reason = {
            one["reason"]: one
            for one in decisions(
                of_every_kind,
                "REPORT_RETRACTED",
                "... on ReportRetracted { ground target { __typename id } reports { nodes { id state } } }",
            )
        }
        ruling = by_reason["Withdrawn by the newspaper."]["ruling"]

        assert ruling["ground"] == "PUBLISHER"
        assert ruling["target"]["__typename"] == "Report"
        assert ruling["reports"]["nodes"] == [{"id": ruling["target"]["id"], "state": "RETRACTED"}]

    def test_a_retraction_that_was_taken_back_says_by_what(self, of_every_kind: Service) -> None:
        """And its report stands again."""
        by_reason = {
            one["reason"]: one
            for one in decisions(
                of_every_kind,
                "REPORT_RETRACTED",
                "... on ReportRetracted { target { __typename ... on Report { state decisions { position } } } reports { totalCount } }",
            )
        }
        taken_back, by = by_reason["Read wrongly."], by_reason["Read rightly after all."]

        assert taken_back["retractedBy"] == {"position": by["position"]}
        assert taken_back["ruling"]["target"]["state"] == "STANDING"
        assert taken_back["ruling"]["target"]["decisions"] == [{"position": taken_back["position"]}]
        assert taken_back["ruling"]["reports"] == {"totalCount": 0}
        assert by["ruling"]["target"] == {"__typename": "Decision"}

    def test_a_copy_tells_by_which_decision_on_its_original_it_fell(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """Nothing in the report names the original, and whoever asks why it does not stand is told all the same."""
        ledgers.record(
            ledger,
            tmp_path,
            """\
set: test/copy
source:
  key: copy-article
  title: A copy
  relation: copy
  original: {key: first-article, title: The first}
  available: {edtf: 2025-12-30, derivation: stated}
  document: article.txt
subjects:
  p1: {record: people-1}
claims:
  - {key: D, kind: detention_reported, about: p1, claimed: 2025-12-29, cite: Number1 was detained again}
""",
            article="Number1 was detained again.",
        )
        ledgers.rule(ledger, tmp_path, "gone", "retract: {source: first-article}, ground: publisher")

        (report,) = ledgers.data(
            ledger,
            """{ source(id: "copy-article") { reports { nodes { state decisions {
              reason ruling { ... on ReportRetracted { target { ... on Source { key } } } } } } } } }""",
        )["source"]["reports"]["nodes"]

        assert report["state"] == "RETRACTED"
        assert report["decisions"] == [{"reason": "gone", "ruling": {"target": {"key": "first-article"}}}]

    def test_for_safety_tells_that_word_alone(self, of_every_kind: Service) -> None:
        """No reason, no target, no reports."""
        found = decisions(
            of_every_kind,
            "REPORT_RETRACTED",
            "... on ReportRetracted { ground target { __typename } reports { totalCount nodes { id } } }",
        )
        (safety,) = [one for one in found if one["ruling"]["ground"] == "SAFETY"]

        assert safety["reason"] == "safety"
        assert safety["ruling"] == {
            "ground": "SAFETY",
            "target": None,
            "reports": {"totalCount": 0, "nodes": []},
        }

    def test_for_safety_the_fallen_are_not_told(self, ledger: Service, tmp_path: Path) -> None:
        """The report is retracted, and says so itself; the decision does not lead to it."""
        ledgers.rule(ledger, tmp_path, "safe", 'retract: "test/people#R1", ground: safety')

        (decision,) = decisions(
            ledger,
            "REPORT_RETRACTED",
            "... on ReportRetracted { target { id } reports { totalCount nodes { id } } }",
        )

        assert decision["ruling"] == {"target": None, "reports": {"totalCount": 0, "nodes": []}}
        retracted = ledgers.data(ledger, "{ events(filter: {state: [RETRACTED]}) { nodes { kind } } }")
        assert retracted["events"]["nodes"] == [{"kind": "RELEASE_REPORTED"}]

    def test_what_took_back_was_itself_taken_back(self, ledger: Service, tmp_path: Path) -> None:
        """Then the first stands, and nothing took it back."""
        ledgers.rule(ledger, tmp_path, "first", 'retract: "test/people#R1", ground: ours')
        ledgers.rule(ledger, tmp_path, "second", 'retract: "rulings/first#first", ground: ours')
        ledgers.rule(ledger, tmp_path, "third", 'retract: "rulings/second#second", ground: ours')

        found = decisions(ledger, "REPORT_RETRACTED", "__typename")
        by_reason = {one["reason"]: one for one in found}

        assert by_reason["first"]["retractedBy"] is None
        assert by_reason["second"]["retractedBy"] == {"position": by_reason["third"]["position"]}
        assert by_reason["third"]["retractedBy"] is None


class TestAssessment:
    def test_the_latest_mark_stands_at_what_was_assessed(self, of_every_kind: Service) -> None:
        """A report, a source and a party; what nobody assessed has none, which is no good mark."""
        found = decisions(
            of_every_kind,
            "ASSESSMENT_RECORDED",
            """... on AssessmentRecorded { method mark of { __typename
              ... on Report { assessment { method mark } }
              ... on Source { assessment { method mark } }
              ... on Party { assessment { method mark } }
            } }""",
        )

        assert [one["ruling"]["of"].pop("__typename") for one in found] == ["Report", "Source", "Party"]
        for one in found:
            ruling = one["ruling"]
            assert ruling["of"]["assessment"] == {"method": ruling["method"], "mark": ruling["mark"]}
        assert ledgers.data(
            of_every_kind, '{ source(id: "every-kind-translated") { assessment { mark } } }'
        ) == {"source": {"assessment": None}}


class TestMembership:
    def test_members_are_whom_a_judgement_counts(self, of_every_kind: Service) -> None:
        """Of a group that nobody was judged to be in, none; what is unsure, or no person, is no member."""
        found = ledgers.data(
            of_every_kind,
            """{
              ferrymen: subject(id: "every-ferrymen") { ... on Group { members { totalCount nodes { key } } } }
              everybody: subject(id: "every-prisoners") { ... on Group { members { totalCount nodes { key } } } }
            }""",
        )

        assert found == {
            "ferrymen": {"members": {"totalCount": 1, "nodes": [{"key": "every-teshik"}]}},
            "everybody": {"members": {"totalCount": 0, "nodes": []}},
        }

    def test_of_one_member_the_latest_standing_judgement_counts(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """In, out again, and in once the second is taken back."""
        ledgers.rule(
            ledger,
            tmp_path,
            "in",
            "judge_membership: {member: people-1, whole: the-group, membership: member}",
        )
        assert _members(ledger) == ["people-1"]

        ledgers.rule(
            ledger,
            tmp_path,
            "out",
            "judge_membership: {member: people-1, whole: the-group, membership: not_member}",
        )
        ledgers.rule(
            ledger,
            tmp_path,
            "other",
            "judge_membership: {member: people-2, whole: the-group, membership: unsure}",
        )
        assert _members(ledger) == []

        ledgers.rule(ledger, tmp_path, "undo", 'retract: "rulings/out#out", ground: ours')
        assert _members(ledger) == ["people-1"]


class TestIdentity:
    def test_a_judgement_is_of_records(self, of_every_kind: Service) -> None:
        """Of persons the records, since it is what decides whose they are."""
        found = decisions(
            of_every_kind,
            "IDENTITY_JUDGED",
            "... on IdentityJudged { identity one { __typename key } other { __typename key } }",
        )

        assert found[0]["ruling"] == {
            "identity": "SAME",
            "one": {"__typename": "PersonRecord", "key": "every-myra"},
            "other": {"__typename": "PersonRecord", "key": "every-osk"},
        }
