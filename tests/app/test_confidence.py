"""What is kept in confidence stays so when somebody cites it anew: the looser file is refused, or never sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ledger import Service
from events.kinds import Report, SnapshotCaptured, Visibility
from tests.app.report_case import ARTICLE, HEADER, events_of, opened, read_report, record, refusals

PERSON = "subjects:\n  clerk: {sort: person}\n"
CITING = "set: test/two\nsource: {record: article-one}\n"
CLAIM = """\
claims:
  - {key: C01, kind: release_reported, about: clerk, cite: released from prison on Monday, released_by: amnesty}
"""


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """An open ledger, once on each store."""
    with opened(tmp_path, database_url) as service:
        yield service


class TestSource:
    @pytest.mark.parametrize("header", ["", "visibility: public\n"])
    def test_what_a_confidential_source_says_is_not_public(
        self, service: Service, tmp_path: Path, header: str
    ) -> None:
        """A file that forgets `visibility` must not publish a quote of it, nor open a public stream of it."""
        record(service, read_report(tmp_path, f"visibility: restricted\n{HEADER}"))

        told = refusals(service, read_report(tmp_path, f"{header}{CITING}{PERSON}{CLAIM}"))

        line = 2 + bool(header)
        assert told == [
            f"{line}: source.record: this source is `restricted`, and what it says is at least as strict: give the whole request "
            "`visibility: restricted`; found `public`"
        ]

    def test_what_it_says_is_recorded_as_strictly_or_stricter(self, service: Service, tmp_path: Path) -> None:
        """A sealed report may cite a restricted source."""
        record(service, read_report(tmp_path, f"visibility: restricted\n{HEADER}"))

        record(service, read_report(tmp_path, f"visibility: sealed\n{CITING}{PERSON}{CLAIM}"))

        (report,) = [event.content for event in events_of(service) if isinstance(event.content, Report)]
        assert report.visibility is Visibility.SEALED


class TestSnapshot:
    """A public source, of which one document is kept in confidence."""

    @pytest.fixture(autouse=True)
    def _kept(self, service: Service, tmp_path: Path) -> None:
        (tmp_path / "public.txt").write_text("Two clerks were let go, a newspaper wrote.\n", encoding="utf-8")
        record(service, read_report(tmp_path, HEADER.replace("article.txt", "public.txt")))
        kept = (
            "visibility: restricted\nset: test/kept\nsource: {record: article-one, document: article.txt}\n"
        )
        record(service, read_report(tmp_path, kept))

    def test_a_public_report_cites_the_public_one(self, service: Service, tmp_path: Path) -> None:
        """The latest snapshot is the confidential one; words that stand only there are not found."""
        told = refusals(service, read_report(tmp_path, f"{CITING}{PERSON}{CLAIM}"))

        assert len(told) == 1
        assert told[0].startswith(
            "6: claims.C01.cite: The quote ‘released from prison on Monday’ does not stand"
        )

    def test_a_restricted_report_cites_the_latest(self, service: Service, tmp_path: Path) -> None:
        """Whoever may know of it goes on citing it."""
        record(service, read_report(tmp_path, f"visibility: restricted\n{CITING}{PERSON}{CLAIM}"))

    def test_the_same_bytes_can_be_published(self, service: Service, tmp_path: Path) -> None:
        """Given again with a public request, in the same set even, the document has a public snapshot beside the confidential one."""
        public = "set: test/kept\nsource: {record: article-one, document: article.txt}\n"
        record(service, read_report(tmp_path, f"{public}{PERSON}{CLAIM}"))

        *_, kept, published = [
            event.content for event in events_of(service) if isinstance(event.content, SnapshotCaptured)
        ]
        assert (kept.visibility, published.visibility) == (Visibility.RESTRICTED, Visibility.PUBLIC)
        assert kept.bytes_sha256 == published.bytes_sha256

    def test_its_hash_alone_finds_nothing_for_the_public(self, service: Service, tmp_path: Path) -> None:
        """As if it were not there: its file must be given."""
        digest = hashlib.sha256(ARTICLE.encode()).hexdigest()
        public = f"set: test/two\nsource: {{record: article-one, bytes_sha256: {digest}}}\n"

        told = refusals(service, read_report(tmp_path, f"{public}{PERSON}{CLAIM}"))

        assert told == [
            f"2: source.document: no snapshot of this source with the SHA-256 {digest} is stored here: give its file, as `--document FILE`"
        ]


class TestSubject:
    """Somebody who is on record in confidence alone."""

    @pytest.fixture(autouse=True)
    def _kept(self, service: Service, tmp_path: Path) -> None:
        subjects = "subjects:\n  clerk: {sort: person, key: kept-person}\n  paper: {sort: party, party_sort: outlet, key: kept-party}\n"
        record(service, read_report(tmp_path, f"visibility: restricted\n{HEADER}{subjects}{CLAIM}"))

    @pytest.mark.parametrize(
        ("subjects", "fields", "place", "key"),
        [
            ("  clerk: {record: kept-person}\n", "", "", "kept-person"),
            (
                "  clerk: {sort: person}\n",
                ", attribution: [{party: kept-party, as_written: the paper, role: says}]",
                ".attribution.0.party",
                "kept-party",
            ),
        ],
    )
    def test_is_named_by_nothing_looser(
        self, service: Service, tmp_path: Path, subjects: str, fields: str, place: str, key: str
    ) -> None:
        """A public report about them, or crediting them, would tell their key to everybody."""
        other = HEADER.replace("article-one", "article-two").replace("test/one", "test/three")
        claim = CLAIM.replace("released_by: amnesty", f"released_by: amnesty{fields}")

        (told,) = refusals(service, read_report(tmp_path, f"{other}subjects:\n{subjects}{claim}"))

        assert told.endswith(
            f"claims.C01{place}: `{key}` is on record as `restricted` alone: "
            "expected `visibility: restricted`, found `public`"
        )

    def test_is_named_as_strictly(self, service: Service, tmp_path: Path) -> None:
        """A stricter claim of a public file may be about them."""
        other = HEADER.replace("article-one", "article-two").replace("test/one", "test/three")
        claim = CLAIM.replace("released_by: amnesty", "released_by: amnesty, visibility: restricted")

        record(service, read_report(tmp_path, f"{other}subjects:\n  clerk: {{record: kept-person}}\n{claim}"))

        reports = [event.content for event in events_of(service) if isinstance(event.content, Report)]
        assert [report.visibility for report in reports] == [Visibility.RESTRICTED] * 2
