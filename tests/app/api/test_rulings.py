"""Rules of rulings: what was decided is told with its reason, what it took away, and what took it back."""

from __future__ import annotations

from typing import Any

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
