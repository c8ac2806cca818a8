"""Rules of the write path: what is recorded is what was asked, once, whole or not at all, on both stores."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from app.claim_checks import with_references
from app.ledger import Service
from app.recording import Outcome, Recorder
from app.requests import BLANK
from app.writer import Writer
from events.citations import Citation
from events.commands import Command, Recorded, Replan
from events.dates import ClaimedDate, Derivation
from events.kinds import (
    DECISIONS,
    REPORTS,
    AssessmentRecorded,
    Decision,
    Identity,
    IdentityJudged,
    Membership,
    MembershipJudged,
    ReleaseReported,
    Report,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    SentenceReductionReported,
    SentenceReported,
    SnapshotCaptured,
    SourceRegistered,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    ValueRedacted,
    Via,
    Visibility,
    kind_of,
)
from events.kinds import (
    Recorder as RecordedBy,
)
from tests.app.report_case import (
    ARTICLE,
    HEADER,
    RELEASED,
    SENTENCED,
    SUBJECTS,
    WHOLE,
    events_of,
    opened,
    read_report,
    record,
    refusals,
    size,
)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """An open ledger, once on each store."""
    with opened(tmp_path, database_url) as service:
        yield service


def _reports(service: Service) -> list[Report]:
    return [event.content for event in events_of(service) if isinstance(event.content, Report)]


def _kinds(service: Service) -> list[str]:
    return [kind_of(type(event.content)) for event in events_of(service)]


class TestRecord:
    """What a request comes to."""

    def test_opens_registers_captures_and_reports_in_this_order(
        self, service: Service, tmp_path: Path
    ) -> None:
        """Subjects come first, then the source and its snapshot, then the claims, in the order of the file."""
        outcome = record(service, read_report(tmp_path, WHOLE))

        assert _kinds(service) == [
            *["subject_opened"] * 5,
            "subject_opened",
            "source_registered",
            "snapshot_captured",
            "release_reported",
            "sentence_reported",
        ]
        assert (outcome.event_count, outcome.claim_count, outcome.new_claim_count) == (10, 2, 2)
        assert (outcome.first_position, outcome.last_position) == (3, 12)

    def test_what_is_sealed_is_what_was_meant(self, service: Service, tmp_path: Path) -> None:
        """A stored report, decoded, has the fields of the file, and the snapshot's own characters as its quote."""
        claimed = "    claimed: {edtf: 2025-12-22, derivation: resolved, as_written: on Monday}\n"
        record(service, read_report(tmp_path, HEADER + SUBJECTS + "claims:\n" + RELEASED + claimed))

        event = events_of(service)[-1]
        report = event.content
        assert isinstance(report, ReleaseReported)
        assert report.released_by == "amnesty"
        assert report.act == "the-amnesty"
        assert report.source == "article-one"
        assert report.claimed == ClaimedDate(
            edtf="2025-12-22", derivation=Derivation.RESOLVED, as_written="on Monday"
        )
        (citation,) = report.citations
        start = ARTICLE.index("Two clerks were")
        quote = "Two clerks were released from prison on Monday"
        assert citation == Citation(
            snapshot=events_of(service)[-2].event_id, exact=quote, start=start, end=start + len(quote)
        )
        assert event.about[1] == "the-amnesty"
        assert report.recorded_by == service.actor
        assert report.via is None

    def test_one_batch_for_one_request(self, service: Service, tmp_path: Path) -> None:
        """All events of a request name the same batch."""
        record(service, read_report(tmp_path, WHOLE))

        assert len({event.content.batch for event in events_of(service)}) == 1

    def test_a_tool_is_named(self, service: Service, tmp_path: Path) -> None:
        """What a tool read out says so on every event."""
        record(service, read_report(tmp_path, f"tool: extractor 1.4\nreviewed: true\n{WHOLE}"))

        expected = Via(by=RecordedBy.TOOL, tool="extractor", version="1.4", reviewed=True)
        assert {event.content.via for event in events_of(service)} == {expected}

    def test_the_document_is_archived(self, service: Service, tmp_path: Path) -> None:
        """The bytes and the text are there, under the hashes that the event names."""
        record(service, read_report(tmp_path, WHOLE))

        (captured,) = [e.content for e in events_of(service) if isinstance(e.content, SnapshotCaptured)]
        assert service.archive.raw_of(captured.bytes_sha256) == ARTICLE.encode()
        assert captured.text_sha256 is not None
        assert service.archive.text_of(captured.text_sha256) == ARTICLE
        assert captured.text_public is False

    def test_a_claim_of_several_reports_is_one_item(self, service: Service, tmp_path: Path) -> None:
        """What stands beside `reports` holds for each, and all of them are under one key."""
        claim = """\
claims:
  - key: C01
    kind: exclusion_reported
    act: amnesty
    cite: the rest were not released
    reports:
      - {about: clerks}
      - {about: clerk, modality: alleged}
"""
        outcome = record(service, read_report(tmp_path, HEADER + SUBJECTS + claim))

        assert len(outcome.receipts["C01"].event_ids) == 2
        assert [report.modality for report in _reports(service)] == ["reported", "alleged"]

    def test_the_original_of_a_source_is_registered_along_with_it(
        self, service: Service, tmp_path: Path
    ) -> None:
        """`original` told in its place is a source of its own, without a snapshot."""
        original = "  relation: summary\n  original: {key: the-original, title: Clerks free, url: https://example.org/a}\n"
        record(service, read_report(tmp_path, HEADER + original))

        sources = [e.content for e in events_of(service) if isinstance(e.content, SourceRegistered)]
        assert [source.original for source in sources] == [None, "the-original"]
        assert _kinds(service).count("snapshot_captured") == 1


class TestRecordAgain:
    """The same key is the same claim for ever (I-3)."""

    def test_the_same_file_records_nothing(self, service: Service, tmp_path: Path) -> None:
        """Sent again, everything gives its first receipt."""
        first = record(service, read_report(tmp_path, WHOLE))
        again = record(service, read_report(tmp_path, WHOLE))

        assert again.event_count == 0
        assert again.receipts.keys() == {*first.receipts} - {
            key for key in first.receipts if key.startswith("snap")
        }
        assert all(receipt.known for receipt in again.receipts.values())
        assert again.receipts["C01"].event_ids == first.receipts["C01"].event_ids
        assert size(service.database) == 12

    def test_another_writing_of_the_same_is_the_same(self, service: Service, tmp_path: Path) -> None:
        """A short form, or a subject by its public key instead of its local name, makes no other request."""
        record(service, read_report(tmp_path, WHOLE))
        quote = "Two clerks were released from prison on Monday"
        other = WHOLE.replace("act: amnesty", "act: the-amnesty").replace(
            f"cite: {quote}", f"cite: [{{quote: {quote}}}]"
        )

        file = read_report(tmp_path, other)
        outcome = service.recorder.check(file.request, actor=service.actor, mistakes=file.mistakes)

        assert outcome.new_claim_count == 0

    def test_another_form_of_unicode_is_the_same(self, service: Service, tmp_path: Path) -> None:
        """An editor that writes é as two characters makes no other request."""
        accented = WHOLE.replace("name: the clerks", "name: les employés").replace(
            "key: C02", "key: C02\n    readings: [é]"
        )
        record(service, read_report(tmp_path, accented))

        file = read_report(tmp_path, unicodedata.normalize("NFD", accented))

        assert service.recorder.check(file.request, actor=service.actor).event_count == 0

    def test_only_what_is_new_is_recorded(self, service: Service, tmp_path: Path) -> None:
        """A claim added to a file is recorded with the subjects that the file opened before, random keys included."""
        record(service, read_report(tmp_path, HEADER + SUBJECTS + "claims:\n" + RELEASED))
        outcome = record(service, read_report(tmp_path, WHOLE))

        assert (outcome.event_count, outcome.new_claim_count) == (1, 1)
        clerk = {event.about[0] for event in events_of(service)[-2:]}
        assert len(clerk) == 1

    def test_a_changed_claim_is_refused(self, service: Service, tmp_path: Path) -> None:
        """Other content under a known key is refused, and the message says how a correction is recorded."""
        record(service, read_report(tmp_path, WHOLE))

        told = refusals(service, read_report(tmp_path, WHOLE.replace("P5Y", "P6Y")))

        assert told == [
            "19: claims.C02: C02 was recorded with other content before, at position 12, and what is recorded is not edited."
            " To correct it, put back what the file said and add to `decisions`:"
            " {key: …, correct: C02, reason: …, claim: {…}}, which is recorded as report_corrected"
        ]

    def test_a_changed_subject_or_source_is_refused(self, service: Service, tmp_path: Path) -> None:
        """So is another subject under a known local name, and another title of the source."""
        record(service, read_report(tmp_path, WHOLE))
        changed = WHOLE.replace("name: the clerks", "name: clerks").replace(
            "title: Clerks", "title: The clerks"
        )

        told = refusals(service, read_report(tmp_path, changed))

        assert [line.partition(" was recorded")[0] for line in told] == [
            "2: source: this",
            "8: subjects.clerks: this",
        ]

    def test_another_visibility_is_another_request(self, service: Service, tmp_path: Path) -> None:
        """What was recorded in public is not silently taken for recorded in confidence."""
        record(service, read_report(tmp_path, WHOLE))

        told = refusals(service, read_report(tmp_path, f"visibility: restricted\n{WHOLE}"))

        assert len(told) == 8

    def test_the_same_bytes_of_the_same_source_give_the_existing_snapshot(
        self, service: Service, tmp_path: Path
    ) -> None:
        """From another set, too: no second `snapshot_captured`, and citations name the first."""
        first = record(service, read_report(tmp_path, WHOLE))
        claim = "  - {key: C01, kind: statement_reported, about: the-case, cite: Nothing else is known, statement: nothing}\n"
        other = f"set: test/two\nsource: {{record: article-one, document: article.txt}}\nclaims:\n{claim}"

        outcome = record(service, read_report(tmp_path, other))

        assert outcome.event_count == 1
        assert outcome.snapshot == first.snapshot

    def test_bytes_on_record_need_not_be_given_again(self, service: Service, tmp_path: Path) -> None:
        """A file that names its document by hash alone finds the snapshot that is stored."""
        record(service, read_report(tmp_path, WHOLE))
        (captured,) = [e.content for e in events_of(service) if isinstance(e.content, SnapshotCaptured)]
        digest = captured.bytes_sha256

        outcome = record(
            service, read_report(tmp_path, WHOLE.replace("document: article.txt", f"bytes_sha256: {digest}"))
        )

        assert outcome.event_count == 0

    def test_a_known_claim_is_not_judged_again(self, service: Service, tmp_path: Path) -> None:
        """What was accepted once stays accepted, though the archive has lost its text."""
        record(service, read_report(tmp_path, WHOLE))
        for path in (tmp_path / "data" / "snapshots" / "text").rglob("*"):
            if path.is_file():
                path.unlink()
        service.archive.forget_texts()

        told = refusals(service, read_report(tmp_path, WHOLE))

        assert len(told) == 1
        assert told[0].startswith("2: source")


class TestPlaces:
    """What recording refuses is told at its line of the file."""

    def test_after_a_claim_that_could_not_be_read(self, service: Service, tmp_path: Path) -> None:
        """The request has no such claim, and the file has."""
        nameless = "  - {kind: release_reported, about: clerk, cite: Monday, released_by: unstated}\n"
        text = WHOLE.replace("claims:\n", f"claims:\n{nameless}").replace("on Monday", "on Friday")

        told = refusals(service, read_report(tmp_path, text))

        assert told[0] == "13: claims.0: `key` is missing: a key of yours, by which this is found again"
        assert told[1].startswith("17: claims.C01.cite: The quote")

    def test_after_a_decision_that_could_not_be_read(self, service: Service, tmp_path: Path) -> None:
        """As with claims."""
        text = """\
set: test/two
decisions:
  - {key: D1, retract: C01, ground: nobody, reason: Withdrawn.}
  - {key: D2, retract: C99, ground: ours, reason: Withdrawn.}
"""
        told = refusals(service, read_report(tmp_path, text))

        assert told[0].startswith("3: decisions.D1.ground: ")
        assert told[1].startswith("4: decisions.D2.retract: ")


class TestTogether:
    """Several at once."""

    def test_who_is_overtaken_plans_again(self, service: Service, tmp_path: Path) -> None:
        """If the same request is recorded between the plan and the append, its receipts are the first one's."""
        file = read_report(tmp_path, WHOLE)

        class Overtaken(Writer):
            def __init__(self) -> None:
                self.overtaken = False

            def submit(self, command: Command) -> Future[Recorded | Replan]:
                if not self.overtaken:
                    self.overtaken = True
                    record(service, file)
                return service.writer.submit(command)

        slow = Recorder(
            database=service.database, archive=service.archive, writer=Overtaken(), entropy=service.entropy
        )
        outcome = slow.record(file.request, actor=service.actor)

        assert outcome.event_count == 0
        assert size(service.database) == 12

    def test_the_same_file_from_many_threads_is_recorded_once(self, service: Service, tmp_path: Path) -> None:
        """Eight at once give one set of events, and every one of them the same receipts."""
        file = read_report(tmp_path, WHOLE)
        gate = threading.Barrier(8)

        def run(_: int) -> Outcome:
            gate.wait()
            return record(service, file)

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(run, range(8)))

        assert size(service.database) == 12
        assert sum(outcome.event_count > 0 for outcome in outcomes) == 1
        assert len({outcome.receipts["C02"].event_ids for outcome in outcomes}) == 1


class TestVisibility:
    """A subject has one stream for each visibility, and a public reader's streams betray nothing."""

    def test_a_restricted_claim_opens_a_restricted_stream(self, service: Service, tmp_path: Path) -> None:
        """Just before the first event that needs it, and it tells nothing but key and sort."""
        record(
            service,
            read_report(tmp_path, WHOLE.replace("    term:", "    visibility: restricted\n    term:")),
        )

        opening, report = events_of(service)[-2:]
        assert isinstance(opening.content, SubjectOpened)
        assert isinstance(report.content, SentenceReported)
        assert opening.content.visibility == report.content.visibility == Visibility.RESTRICTED
        assert (opening.content.subject.sort, opening.content.name) == (SubjectSort.PERSON, None)
        assert [place.version for place in report.content.streams] == [2]

    def test_a_restricted_file_is_restricted_throughout(self, service: Service, tmp_path: Path) -> None:
        """Its source, its subjects and its claims: nothing of it is public."""
        record(service, read_report(tmp_path, f"visibility: restricted\n{WHOLE}"))

        assert {event.content.visibility for event in events_of(service)} == {Visibility.RESTRICTED}

    def test_a_claim_is_never_less_restricted_than_its_source(self, service: Service, tmp_path: Path) -> None:
        """A public claim would tell of a source that is not."""
        text = f"visibility: sealed\n{WHOLE}".replace("    term:", "    visibility: restricted\n    term:")

        told = refusals(service, read_report(tmp_path, text))

        assert told == [
            "24: claims.C02.visibility: expected `sealed` or stricter, as its source is; found `restricted`"
        ]

    def test_a_ruling_on_what_is_restricted_is_restricted(self, service: Service, tmp_path: Path) -> None:
        """Otherwise the ruling would tell of it."""
        text = WHOLE.replace("    term:", "    visibility: restricted\n    term:")
        decision = "decisions:\n  - {key: D1, retract: C02, ground: ours, reason: Misread.}\n"

        record(service, read_report(tmp_path, text + decision))

        assert events_of(service)[-1].content.visibility == Visibility.RESTRICTED


class TestOrder:
    """Before and after another report."""

    CUT = """\
  - key: C03
    kind: sentence_reduction_reported
    about: clerk
    cite: A court later cut this to three years.
    order: {after: C02}
    reduced_by: court
    reduced_to: {as_written: three years, duration: P3Y}
"""

    def test_names_the_event(self, service: Service, tmp_path: Path) -> None:
        """A claim's key becomes its report's event id."""
        record(service, read_report(tmp_path, WHOLE + self.CUT))

        sentence, reduction = events_of(service)[-2:]
        assert isinstance(reduction.content, SentenceReductionReported)
        assert reduction.content.order is not None
        assert reduction.content.order.report == sentence.event_id

    def test_what_is_named_stands_before(self, service: Service, tmp_path: Path) -> None:
        """Though the file tells it later."""
        record(service, read_report(tmp_path, f"{HEADER}{SUBJECTS}claims:\n{self.CUT}{SENTENCED}"))

        assert _kinds(service)[-2:] == ["sentence_reported", "sentence_reduction_reported"]

    def test_may_name_a_claim_on_record(self, service: Service, tmp_path: Path) -> None:
        """Of this set by its key, of another by `SET#KEY`, and any by its event id."""
        first = record(service, read_report(tmp_path, WHOLE))
        event_id = first.receipts["C02"].event_ids[0]
        for number, reference in enumerate(("test/one#C02", event_id)):
            claim = self.CUT.replace("C02", reference).replace(
                "about: clerk", f"about: {events_of(service)[8].about[0]}"
            )
            record(
                service,
                read_report(
                    tmp_path, f"set: test/two-{number}\nsource: {{record: article-one}}\nclaims:\n{claim}"
                ),
            )

        named = [report.order.report for report in _reports(service) if report.order is not None]
        assert named == [event_id, event_id]

    def test_two_that_name_each_other_are_refused(self, service: Service, tmp_path: Path) -> None:
        """One of them has to be recorded first."""
        text = WHOLE.replace("    term:", "    order: {before: C03}\n    term:") + self.CUT

        told = refusals(service, read_report(tmp_path, text))

        assert told == [
            "29: claims.C03.order.after: `C02` and this one name each other in `order`: say it in one of the two"
        ]

    def test_an_unknown_claim_suggests_the_nearest(self, service: Service, tmp_path: Path) -> None:
        """A misspelt key is told with the one that was meant."""
        told = refusals(service, read_report(tmp_path, WHOLE + self.CUT.replace("after: C02", "after: CO2")))

        assert told == [
            "28: claims.C03.order.after: there is no `CO2` in the set test/one: did you mean `C02`?"
        ]

    def test_one_of_several_has_to_be_told(self, service: Service, tmp_path: Path) -> None:
        """A claim of two reports is named with a number."""
        several = """\
  - key: C02
    about: clerk
    cite: sentenced to five years in prison
    reports:
      - {kind: sentence_reported}
      - {kind: charge_reported}
"""
        text = f"{HEADER}{SUBJECTS}claims:\n{several}{self.CUT}"

        assert refusals(service, read_report(tmp_path, text)) == [
            "23: claims.C03.order.after: `C02` has 2 reports: say which, as `C02:1`"
        ]
        record(service, read_report(tmp_path, text.replace("after: C02", "after: C02:2")))
        *_, charge, reduction = events_of(service)
        assert isinstance(reduction.content, Report)
        assert reduction.content.order is not None
        assert reduction.content.order.report == charge.event_id

    def test_a_long_chain_backwards_in_the_file_is_refused_not_run_into(
        self, service: Service, tmp_path: Path
    ) -> None:
        """However long, it ends in a sentence."""
        claims = "".join(
            f"  - {{key: K{n}, kind: charge_reported, about: clerk, cite: five years, order: {{after: K{n + 1}}}}}\n"
            for n in range(400)
        )
        told = refusals(service, read_report(tmp_path, f"{HEADER}{SUBJECTS}claims:\n{claims}"))

        assert (
            "more than 50 claims refer to one another forwards in `order`: put earlier ones first" in told[0]
        )


class TestDecisions:
    """Corrections, retractions, assessments and judgements, each with its reason."""

    CORRECTED = """\
decisions:
  - key: D1
    correct: C02
    reason: The sentence is told of the clerks together.
    claim:
      kind: sentence_reported
      about: clerks
      cite: sentenced to five years in prison
      term: {as_written: five years, duration: P5Y}
"""

    def test_a_correction_is_the_whole_report_anew_and_the_ruling(
        self, service: Service, tmp_path: Path
    ) -> None:
        """Two events under the decision's key, filed under both subjects; the old report stays."""
        record(service, read_report(tmp_path, WHOLE))
        outcome = record(service, read_report(tmp_path, WHOLE + self.CORRECTED))

        old, new, ruling = events_of(service)[-3:]
        assert isinstance(ruling.content, ReportCorrected)
        assert (ruling.content.report, ruling.content.corrected_to) == (old.event_id, new.event_id)
        assert ruling.content.reason == "The sentence is told of the clerks together."
        assert set(ruling.about) == {*old.about, *new.about}
        assert outcome.receipts["D1"].event_ids == (new.event_id, ruling.event_id)

    def test_a_correction_cites_what_the_report_cited(self, service: Service, tmp_path: Path) -> None:
        """A file of decisions alone needs no source."""
        record(service, read_report(tmp_path, WHOLE))
        text = self.CORRECTED.replace("correct: C02", "correct: test/one#C02").replace(
            "about: clerks", "about: the-case"
        )
        told = refusals(service, read_report(tmp_path, f"set: editing\n{text}"))
        assert told == ["8: decisions.D1.claim.about: `the-case` is a proceeding; expected a group or person"]

        clerks = events_of(service)[1].about[0]
        record(service, read_report(tmp_path, f"set: editing\n{text}".replace("the-case", clerks)))

        old, new = _reports(service)[-2:]
        assert new.citations == old.citations
        assert new.source == old.source

    def test_a_correction_is_of_the_same_kind(self, service: Service, tmp_path: Path) -> None:
        """A report of another kind is another report."""
        text = WHOLE + self.CORRECTED.replace("correct: C02", "correct: C01")

        told = refusals(service, read_report(tmp_path, text))

        assert told == [
            "29: decisions.D1.claim.kind: expected a release_reported, as the report that it corrects; found a sentence_reported:"
            " retract that one, and record this"
        ]

    def test_a_correction_can_be_corrected_and_undone(self, service: Service, tmp_path: Path) -> None:
        """`correct: D1` means its report, `retract: D1` its ruling."""
        more = self.CORRECTED.replace("decisions:\n", "").replace("key: D1", "key: D2").replace("C02", "D1")
        undone = "  - {key: D3, retract: D1, ground: ours, reason: It was right.}\n"

        record(service, read_report(tmp_path, WHOLE + self.CORRECTED + more + undone))

        first, again, retracted = [
            e for e in events_of(service) if isinstance(e.content, ReportCorrected | ReportRetracted)
        ]
        assert isinstance(first.content, ReportCorrected)
        assert isinstance(again.content, ReportCorrected)
        assert isinstance(retracted.content, ReportRetracted)
        assert again.content.report == first.content.corrected_to
        assert retracted.content.event == first.event_id

    def test_a_retraction_of_a_claim_a_source_and_a_party(self, service: Service, tmp_path: Path) -> None:
        """Each is filed under what it concerns."""
        decisions = """\
decisions:
  - {key: D1, retract: C01, ground: publisher, reason: Withdrawn.}
  - {key: D2, retract: {source: article-one}, ground: publisher, reason: Withdrawn.}
  - {key: D3, retract: {party: paper}, ground: ours, reason: It does not exist.}
"""
        record(service, read_report(tmp_path, WHOLE + decisions))

        claim, source, party = events_of(service)[-3:]
        contents = [event.content for event in (claim, source, party)]
        assert all(isinstance(content, ReportRetracted) for content in contents)
        assert [c.ground for c in contents if isinstance(c, ReportRetracted)] == [
            RetractionGround.PUBLISHER,
            RetractionGround.PUBLISHER,
            RetractionGround.OURS,
        ]
        assert claim.about == events_of(service)[8].about
        assert (source.about, party.about) == (("article-one",), ("the-paper",))

    def test_an_assessment_and_judgements(self, service: Service, tmp_path: Path) -> None:
        """All of the other decisions are stored as they were made."""
        decisions = """\
decisions:
  - {key: D1, assess: C01, method: admiralty, mark: B2, reason: Usually right.}
  - {key: D2, assess: {subject: paper}, method: admiralty, mark: B, reason: Usually right.}
  - {key: D3, judge_identity: {one: clerk, other: paper, identity: unsure}, reason: May be.}
  - {key: D4, judge_membership: {member: clerk, whole: clerks, membership: member}, reason: One of the two.}
  - {key: D5, judge_membership: {report: C02, whole: case, membership: member}, reason: The same court.}
"""
        record(service, read_report(tmp_path, WHOLE + decisions))

        by_report, by_party, identity, membership, in_case = [
            event.content for event in events_of(service) if isinstance(event.content, Decision)
        ]
        assert isinstance(by_report, AssessmentRecorded)
        assert isinstance(by_party, AssessmentRecorded)
        assert isinstance(identity, IdentityJudged)
        assert isinstance(membership, MembershipJudged)
        assert isinstance(in_case, MembershipJudged)
        assert (by_report.event, by_party.of) == (events_of(service)[8].event_id, "the-paper")
        assert identity.identity is Identity.UNSURE
        assert identity.visibility is Visibility.RESTRICTED  # a doubt is for editors
        assert membership.membership is Membership.MEMBER
        assert (in_case.report, in_case.whole) == (events_of(service)[9].event_id, "the-case")

    def test_a_reason_is_needed(self, service: Service, tmp_path: Path) -> None:
        """A blank one is none."""
        decision = 'decisions:\n  - {key: D1, retract: C01, ground: ours, reason: " "}\n'

        told = refusals(service, read_report(tmp_path, WHOLE + decision))

        assert told == ["25: decisions.D1.reason: `reason` is missing: why this was decided"]

    @pytest.mark.parametrize(
        ("decision", "expected"),
        [
            (
                "judge_identity: {one: clerk, other: clerks, identity: same}",
                "judge_identity: expected two of one sort, or a party and a person; found a group and a person",
            ),
            (
                "judge_identity: {one: clerk, other: clerk, identity: same}",
                "judge_identity.other: expected two subjects, found one twice",
            ),
            (
                "judge_membership: {member: clerk, whole: case, membership: member}",
                "judge_membership.whole: `case` is a proceeding; expected a group",
            ),
            (
                "retract: C09, ground: ours",
                "retract: there is no `C09` in the set test/one: did you mean `C02`?",
            ),
            (
                "assess: {subject: clerk}, method: m, mark: x",
                "assess.subject: `clerk` is a person; expected a party or source",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, service: Service, tmp_path: Path, decision: str, expected: str
    ) -> None:
        """Sorts must fit, and what is named must be there."""
        told = refusals(
            service, read_report(tmp_path, f"{WHOLE}decisions:\n  - {{key: D1, reason: So., {decision}}}\n")
        )

        assert told == [f"25: decisions.D1.{expected}"]


class TestSubjects:
    """Who a claim is about."""

    def test_an_unknown_one_suggests_the_nearest(self, service: Service, tmp_path: Path) -> None:
        """Local names and public keys are both looked at."""
        told = refusals(service, read_report(tmp_path, WHOLE.replace("about: clerk\n", "about: clark\n", 1)))

        assert told == [
            "15: claims.C01.about: there is no subject `clark`, neither in this request nor on record: did you mean `clerk`?"
        ]

    @pytest.mark.parametrize("bad", [r"\ud800", r"a\u0000b", "x" * 70_000, "%s"])
    @pytest.mark.parametrize(
        ("was", "now"),
        [
            ('"about": "clerk"', '"about": "BAD"'),
            ('"key": "C1"', '"key": "BAD"'),
            ('"set": "test/one"', '"set": "BAD"'),
            ('"retract": "C1"', '"retract": "BAD"'),
            ('"cite": "Two clerks"', '"cite": "Two clerks", "order": {"after": "BAD"}'),
        ],
    )
    def test_text_that_no_database_takes_is_told_of_and_not_looked_up(
        self, service: Service, tmp_path: Path, bad: str, was: str, now: str
    ) -> None:
        """Wherever a name may stand: no store is ever asked for it."""
        lines = """\
{"set": "test/one", "source": {"key": "article-one", "title": "t", "document": "article.txt"}}
{"subject": {"name_here": "clerk", "sort": "person"}}
{"claim": {"key": "C1", "kind": "death_reported", "about": "clerk", "cite": "Two clerks"}}
{"decision": {"key": "D1", "retract": "C1", "ground": "ours", "reason": "So."}}
"""
        text = lines.replace(was, now.replace("BAD", bad))

        told = refusals(service, read_report(tmp_path, text, name="r.jsonl"))

        assert told
        assert all(len(line) < 400 for line in told)

    def test_one_of_another_sort_is_refused(self, service: Service, tmp_path: Path) -> None:
        """Nobody is released under a newspaper, and no act is released."""
        text = WHOLE.replace("act: amnesty\n", "act: paper\n").replace(
            "about: clerk\n", "about: amnesty\n", 1
        )

        assert refusals(service, read_report(tmp_path, text)) == [
            "15: claims.C01.about: `amnesty` is an act; expected a group or person",
            "18: claims.C01.act: `paper` is a party; expected an act",
        ]

    def test_a_key_on_record_is_not_opened_again(self, service: Service, tmp_path: Path) -> None:
        """The refusal says how to name the one on record."""
        record(service, read_report(tmp_path, WHOLE))
        text = WHOLE.replace("test/one", "test/two").replace("article-one", "article-two")

        told = refusals(service, read_report(tmp_path, text))

        assert told[0] == (
            "9: subjects.amnesty.key: the key the-amnesty is that of an act on record: if it is the same one, name it as"
            " `record: the-amnesty`; else choose another key"
        )
        assert len(told) == 3

    def test_one_on_record_is_named_by_record_or_key(self, service: Service, tmp_path: Path) -> None:
        """Nothing is opened for it."""
        record(service, read_report(tmp_path, WHOLE))
        text = """\
set: test/two
source: {record: article-one}
subjects:
  act: {record: the-amnesty}
claims:
  - {key: C01, kind: act_reported, about: act, cite: under the amnesty, act_step: in_force}
  - {key: C02, kind: act_reported, about: the-amnesty, cite: under the amnesty, act_step: signed}
"""
        record(service, read_report(tmp_path, text))

        assert [event.about for event in events_of(service)[-2:]] == [("the-amnesty",), ("the-amnesty",)]

    def test_same_as_writes_a_judgement(self, service: Service, tmp_path: Path) -> None:
        """A new record and the judgement, under one key."""
        record(service, read_report(tmp_path, WHOLE))
        clerk = events_of(service)[0].about[0]
        text = f"""\
set: test/two
source: {{record: article-one}}
subjects:
  again: {{sort: person, same_as: {clerk}, reason: Same office and day.}}
"""
        record(service, read_report(tmp_path, text))

        opening, judged = events_of(service)[-2:]
        assert isinstance(judged.content, IdentityJudged)
        assert (judged.content.one, judged.content.other) == (opening.about[0], clerk)

    def test_same_as_needs_a_reason(self, service: Service, tmp_path: Path) -> None:
        """It is a decision."""
        text = WHOLE.replace(
            "clerk: {sort: person}", "clerk: {sort: person}\n  other: {sort: person, same_as: clerk}"
        )

        told = refusals(service, read_report(tmp_path, text))

        assert told == ["8: subjects.other.reason: `reason` is missing: why this was decided"]

    def test_same_as_is_another(self, service: Service, tmp_path: Path) -> None:
        """A local name comes first, so that of another set can name the very subject that it stands at."""
        text = WHOLE.replace(
            "clerk: {sort: person}", "clerk: {sort: person, same_as: clerk, reason: One name.}"
        )

        told = refusals(service, read_report(tmp_path, text))

        assert told[0] == (
            "7: subjects.clerk.same_as: `clerk` is this subject itself, by its local name: give the public key of the other one"
        )

    def test_at_most_sixteen(self, service: Service, tmp_path: Path) -> None:
        """The act that is named counts."""
        names = [f"p{number}" for number in range(16)]
        subjects = "".join(f"  {name}: {{sort: person}}\n" for name in names)
        text = WHOLE.replace("claims:", f"{subjects}claims:").replace(
            "    released_by", f"    also_about: [{', '.join(names[1:])}]\n    released_by"
        )

        told = refusals(service, read_report(tmp_path, text))

        assert told == [
            "33: claims.C01.also_about: expected at most 16 subjects, the act, list and proceeding included; found 17"
        ]


class TestCitations:
    """Every refusal of the citations' own module comes through, at its field."""

    @pytest.mark.parametrize(
        ("cite", "expected"),
        [
            ("Three clerks were released", "does not stand in the archived text"),
            ("unreleased", "does not stand in the archived text"),
            ("Nothing else", "occurs 2 times in the archived text"),
            ("{quote: Nothing else, prefix: never }", "not between the `prefix` and `suffix` given"),
            ("{quote: Two clerks, span: [0, 6]}", "At 0 to 6 of the archived text stands ‘Clerks’"),
            ("{span: [0, 99999]}", "99999"),
            ("{quote: Two clerks, span: [17, 27], zone: headlines}", "did you mean `headline`?"),
        ],
    )
    def test_a_quote_that_does_not_stand_there_is_refused(
        self, service: Service, tmp_path: Path, cite: str, expected: str
    ) -> None:
        """And the field is told."""
        text = WHOLE.replace("cite: Two clerks were released from prison on Monday", f"cite: {cite}")

        (told,) = refusals(service, read_report(tmp_path, text))

        assert told.startswith("16: claims.C01.cite")
        assert expected in told

    @pytest.mark.parametrize(
        "cite",
        [
            '{quote: "Two clerks"}',
            "{span: [17, 27]}",
            "{quote: Two clerks, span: [17, 27]}",
            '{quote: "Nothing else", suffix: " is known"}',
            "'\"Nothing else\", the lawyer'",
        ],
    )
    def test_a_quote_that_stands_there_is_accepted(self, service: Service, tmp_path: Path, cite: str) -> None:
        """By words, by span, by both, with surroundings, and with other quotation marks."""
        text = WHOLE.replace("cite: Two clerks were released from prison on Monday", f"cite: {cite}")

        record(service, read_report(tmp_path, text))

        citation = _reports(service)[0].citations[0]
        assert ARTICLE[citation.start : citation.end] == citation.exact

    def test_bytes_that_are_others_than_named_are_refused(self, service: Service, tmp_path: Path) -> None:
        """A page that has changed is another document."""
        text = WHOLE.replace("document: article.txt", f"document: article.txt\n  bytes_sha256: {'0' * 64}")

        (told,) = refusals(service, read_report(tmp_path, text))

        assert told.startswith(f"6: source.bytes_sha256: expected bytes with the SHA-256 {'0' * 64}, found ")

    def test_without_its_document_nothing_is_recorded(self, service: Service, tmp_path: Path) -> None:
        """The message says how to give it; the claims make no further mistakes."""
        text = WHOLE.replace("document: article.txt", f"bytes_sha256: {'0' * 64}")

        (told,) = refusals(service, read_report(tmp_path, text))

        assert told.endswith("is stored here: give its file, as `--document FILE`")

    def test_a_document_that_shows_no_text_is_refused(self, service: Service, tmp_path: Path) -> None:
        """A PDF is no text yet."""
        (tmp_path / "article.pdf").write_bytes(b"%PDF-1.7 and so on")
        file = read_report(tmp_path, WHOLE.replace("article.txt", "article.pdf"))

        told = refusals(service, file)

        assert len(told) == 1
        assert "PDF" in told[0]


class TestEveryKind:
    """Whatever the ledger can say can be recorded from a file."""

    def test_every_report_and_decision(self, service: Service, tmp_path: Path) -> None:
        """One file has all of them; erasure is a procedure of its own."""
        record(service, read_report(tmp_path, EVERY_KIND))

        assert {*_kinds(service)} >= {kind_of(kind) for kind in (*REPORTS, *DECISIONS)} - {
            kind_of(ValueRedacted)
        }

    def test_every_field_is_stored_as_it_was_meant(self, service: Service, tmp_path: Path) -> None:
        """Each report, decoded, is the one of the file, but for what the planner fills in."""
        file = read_report(tmp_path, EVERY_KIND)
        record(service, file)
        locals_of = {
            "the-amnesty": "amnesty",
            "the-paper": "paper",
            "the-case": "case",
            "article-one": "source",
        }
        opened: list[str] = [
            event.content.subject.key
            for event in events_of(service)
            if isinstance(event.content, SubjectOpened)
        ]
        locals_of |= dict(zip(opened[:2], ("clerk", "clerks"), strict=True)) | {opened[5]: "list"}

        stored = [
            msgspec.structs.replace(
                with_references(report, at=(), resolve=lambda key, at, sorts: locals_of[key]),
                citations=(),
                source=SubjectKey(""),
                **BLANK,
            )
            for report in _reports(service)
        ]

        (claim,) = file.request.claims
        assert stored[:-1] == [report.body for report in claim.reports]


EVERY_KIND = f"""\
{HEADER}{SUBJECTS}
  list: {{sort: list, name: The list, publisher: paper}}
claims:
  - key: everything
    cite: Two clerks were released from prison on Monday
    about: clerk
    place: {{as_written: Baku, role: held}}
    attribution:
      - {{party: paper, as_written: a newspaper, role: relays, label: the paper}}
      - {{as_written: officials, role: says, relation: official}}
    attribution_scope: inherited
    readings: [one, another]
    polarity: affirmed
    proceeding: case
    reports:
      - {{kind: person_described, names: [A. Clerk], offices: [clerk], sex: male, born: 1970~}}
      - {{kind: detention_reported, authority: police, operation: raid, legal_basis: article 1}}
      - {{kind: custody_reported, custody_state: moved, moved_from: one, moved_to: {{as_written: another}}, observer: a lawyer}}
      - {{kind: charge_reported, offences: [bribery], charge_stage: indictment, others_unspecified: true, authority: police}}
      - {{kind: restraint_reported, restraint: bail, restraint_step: lifted, until: 2025-12, court: the court}}
      - {{kind: court_step_reported, court_step: penalty_asked_for, penalty: imprisonment, term: {{as_written: life, life: true}}}}
      - {{kind: sentence_reported, penalty: imprisonment, term: {{as_written: 5 years, duration: P5Y}}, ends: 2030, remand_counts: true}}
      - kind: sentence_reduction_reported
        reduced_by: amnesty
        amount: {{as_written: a third, fraction: 1/3, of_unserved: true}}
        act: amnesty
      - {{kind: inclusion_reported, act: amnesty, inclusion_step: applied, effect: release}}
      - {{kind: exclusion_reported, act: amnesty, excluded_by: law}}
      - {{kind: release_reported, released_by: amnesty, released_from: prison, released_to: liberty}}
      - {{kind: death_reported, circumstances: in hospital, officials_say: illness}}
      - {{kind: recognition_reported, organisation: paper, recognition: recognised, designation: political prisoner, criteria: ours}}
      - kind: act_reported
        about: amnesty
        act_step: signed
        taken_by: the president
        window: {{as_written: four months, duration: P4M}}
      - {{kind: act_rule_reported, about: amnesty, class_of_people: the negligent, includes: true, quantifier: mostly}}
      - {{kind: listing_reported, list: list, edition: source, entry: A. Clerk, listing: listed, entry_key: "7", category: clerks}}
      - kind: count_reported
        about: amnesty
        count:
          measure: released
          unit: person
          population: clerks
          whose_class: paper
          accumulation: cumulative
          as_of: 2025-12-22
          quantity: {{as_written: between 2 and 4, comparator: between, point: 2, up_to: 4}}
        breakdowns:
          - dimension: region
            coverage: partial
            parts: [{{label: Baku, quantity: {{as_written: two, comparator: exact, point: 2}}}}, {{label: elsewhere}}]
        deadline: 2025-12-31
      - {{kind: statement_reported, about: clerks, statement: Two clerks were released, capacity: newspaper}}
decisions:
  - key: D1
    correct: everything:6
    reason: Misread.
    claim: {{kind: court_step_reported, about: clerk, court_step: verdict, cite: five years}}
  - {{key: D2, retract: D1, ground: safety, reason: A reason.}}
  - {{key: D3, assess: everything:1, method: admiralty, mark: B2, reason: A reason.}}
  - {{key: D4, judge_identity: {{one: clerk, other: paper, identity: different}}, reason: A reason.}}
  - {{key: D5, judge_membership: {{member: clerks, whole: clerks, membership: not_member}}, reason: A reason.}}
"""
