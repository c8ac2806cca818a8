"""Rules of loading: the statements of an operation do not grow with its rows, and no operation shows more than its share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.api import request
from app.ledger import Service
from app.query_book import BOOK
from tests.app.api import ledgers

STATUS = (
    (BOOK / "01-status-with-its-sentence.graphql")
    .read_text(encoding="utf-8")
    .replace("first: 1)", "first: 100)")
)
# Of every row a list of its own, and of every row of that one more.
NESTED = """
query Nested {
  prisoners(first: 100) {
    nodes {
      streams { length events(first: 2) { totalCount nodes { id } } }
      history(first: 2) { totalCount nodes { id ... on Report { state voice { name } decisions { id } assessment { mark } source {
        name snapshots { id } reports(first: 2) { totalCount nodes { id } } findings(first: 2) { totalCount nodes { id } }
      } } } }
      timeline { id derivedFrom { id } about { id } supportedBy(first: 1) { nodes { about { name } citations { passage liveUrl } } } }
      acts { act { name outcomes(first: 2) { totalCount }
        tally { reported { low } documented { high prisoners(first: 1) { nodes { name } } } }
      } }
      cases { proceeding { name prisoners(first: 2) { totalCount } } }
    }
  }
}
"""


@pytest.fixture
def ledger(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A fresh ledger on each store."""
    with ledgers.opened_at(database_url, tmp_path) as service:
        yield service


def _statements(service: Service, document: str, **variables: object) -> int:
    ledgers.data(service, "{ __typename }")  # whoever asks first learns the ledger's zone for all
    with ledgers.counted() as sent:
        ledgers.data(service, document, **variables)
    return len(sent)


class TestStatements:
    @pytest.mark.parametrize(
        ("document", "variables"), [(STATUS, {"name": "Number"}), (NESTED, {})], ids=["status", "nested"]
    )
    def test_do_not_grow_with_rows(
        self, ledger: Service, tmp_path: Path, document: str, variables: dict[str, object]
    ) -> None:
        """One prisoner or thirty, two articles or one: as many statements."""
        ledgers.record_people(ledger, tmp_path, 1, name="one")
        of_one = _statements(ledger, document, **variables)

        ledgers.record_people(ledger, tmp_path, 29, name="more")

        assert ledgers.data(ledger, "{ prisoners { totalCount } }") == {"prisoners": {"totalCount": 30}}
        assert of_one == _statements(ledger, document, **variables)

    @pytest.mark.parametrize(
        ("document", "variables"), [(STATUS, {"name": "Number"}), (NESTED, {})], ids=["status", "nested"]
    )
    def test_do_not_grow_with_rows_of_a_past_moment(
        self, ledger: Service, tmp_path: Path, document: str, variables: dict[str, object]
    ) -> None:
        """Nor does the past cost more statements than the present, beyond the few of its own basis."""
        then = document.replace("prisoners(", "prisoners(knownAt: $then, ", 1)
        then = re.sub(r"query (\w+)\(", r"query \1($then: KnownAt, ", then, count=1)
        then = re.sub(r"query (\w+) \{", r"query \1($then: KnownAt) {", then, count=1)
        sizes = []
        for count, name in ((1, "one"), (29, "more"), (1, "late")):
            ledgers.record_people(ledger, tmp_path, count, name=name)
            sizes.append(ledgers.data(ledger, "{ ledger { size } }")["ledger"]["size"])
        now = _statements(ledger, document, **variables)

        of_one = _statements(ledger, then, then={"position": sizes[0]}, **variables)
        of_thirty = _statements(ledger, then, then={"position": sizes[1]}, **variables)

        assert of_one == of_thirty <= now + 4  # how far findings are, the last entry, rules, erasures

    def test_the_book_asks_in_few(self, ledger: Service, tmp_path: Path) -> None:
        """Thirty prisoners with every sentence behind them: fewer statements than prisoners."""
        ledgers.record_people(ledger, tmp_path, 30)

        assert _statements(ledger, STATUS, name="Number") <= 16


class TestPages:
    def test_of_many_owners_are_those_of_each(self, ledger: Service, tmp_path: Path) -> None:
        """A page asked for with others is the page asked for alone: forwards, backwards, after a cursor."""
        ledgers.record_people(ledger, tmp_path, 3)
        page = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { position }"
        keys = ["people-1", "people-2", "people-3"]

        for arguments in ("first: 2", "last: 2", "first: 0", "first: 100"):
            together = ledgers.data(
                ledger, f"{{ prisoners {{ nodes {{ key history({arguments}) {{ {page} }} }} }} }}"
            )["prisoners"]["nodes"]

            alone = [
                ledgers.data(
                    ledger,
                    f"query Q($key: ID!) {{ prisoner(id: $key) {{ key history({arguments}) {{ {page} }} }} }}",
                    key=key,
                )["prisoner"]
                for key in keys
            ]
            assert sorted(together, key=lambda one: str(one["key"])) == alone


class TestShare:
    def test_an_operation_that_asks_for_too_many_rows_is_refused(
        self, ledger: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However its lists are nested; the message says what to do."""
        ledgers.record_people(ledger, tmp_path, 3)
        monkeypatch.setattr(request, "ROWS_MAX", 4)

        code, message = ledgers.error(ledger, "{ prisoners { nodes { history { totalCount } } } }")

        assert code == "TOO_MUCH_ASKED"
        assert (
            message
            == "This operation asks for more than 4 rows. Ask for fewer (`first`), or for less of each."
        )
