"""Rules of the one read door: what is restricted is in no list, no count, no sentence and no suggestion, at any door.

A word is planted wherever a report file can put one, under `visibility: restricted` and `sealed`: beside the example, in the middle of a
sentence that a public report cites, and about a prisoner of whom the public knows. Every door is then searched for it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from app.api.enums import EventKind
from app.cli import app
from app.ledger import Service
from app.main import create_app
from events.kinds import BY_KIND, Visibility
from events.store import FULL_VIEWER, read_events
from projections.tables import PROJECTED
from tests.app.api import ledgers
from tests.app.api.questions import member_names, whole
from tests.follow_up import follow_up_service
from tests.query_book import QUESTIONS, ask

PLANT: Final = "zypherin"
KNOWN: Final = "prisoner-a1"

# One sentence, of which the public is told one half.
PUBLIC = """\
set: test/public
source:
  key: public-article
  title: A sentence with two halves
  language: en
  document: article.txt
subjects:
  known: {record: prisoner-a1}
claims:
  - {key: P1, kind: statement_reported, about: known, statement: {as_written: walked home}, cite: The clerk walked home on Friday}
  - key: P2
    kind: statement_reported
    about: known
    statement: {as_written: waits}
    cite: and his cousin Zypherina waits in Zypherin lane
    visibility: restricted
  - key: P3
    kind: custody_reported
    about: known
    custody_state: held
    held_in: prison
    claimed: 2025-12-30
    observer: Zypherinus
    attribution: [{as_written: a guard called Zypherin, role: says, label: zypherin-friendly}]
    place: {as_written: Zypherin gaol, role: held}
    cite: A guard saw him in Zypherin gaol on Saturday
    visibility: sealed
"""
PUBLIC_ARTICLE = """The clerk walked home on Friday, and his cousin Zypherina waits in Zypherin lane.

A guard saw him in Zypherin gaol on Saturday.
"""

RESTRICTED = """\
set: test/restricted
visibility: restricted
source:
  key: zypherin-article
  title: Zypherin tells
  publisher: zypherin
  url: https://zypherin.example/
  original: {key: zypherin-original, title: The Zypherin original, publisher: zypherin, url: "https://zypherin.example/original"}
  relation: copy
  language: en
  document: article.txt
  licence: zypherin
subjects:
  zypherin: {sort: party, key: zypherin-party, name: The Zypherin Times, party_sort: outlet, identified: true}
  known: {record: prisoner-a1}
  unknown: {sort: person, key: zypherin-person, name: Zypherina Doe}
  act: {sort: act, key: zypherin-act, name: The Zypherin act, form: amnesty}
  amnesty: {record: amnesty-2025-12}
  group: {sort: group, key: zypherin-group, name: zypherinists, defined_by: zypherin, under: amnesty, unit: person}
  case: {sort: proceeding, key: zypherin-case, name: The Zypherin case, numbers: [zypherin-1], courts: [Zypherin court]}
  list: {sort: list, key: zypherin-list, name: The Zypherin list, publisher: zypherin}
claims:
  - {key: R1, kind: charge_reported, about: known, proceeding: case, offences: [zypherin], cite: Zypherin is what he is charged with}
  - {key: R2, kind: release_reported, about: unknown, released_by: amnesty, act: amnesty, cite: Zypherina Doe is free}
  - key: R3
    kind: count_reported
    about: amnesty
    count: {measure: released, unit: person, population: zypherinists, quantity: {as_written: "7", comparator: exact, point: 7}}
    cite: seven zypherinists
  - {key: R4, kind: exclusion_reported, about: group, act: amnesty, cite: the other zypherinists are not}
  - {key: R5, kind: death_reported, about: known, circumstances: zypherin, cite: He died of zypherin}
decisions:
  - {key: D1, assess: {subject: amnesty-2025-12-restated}, method: zypherin, mark: zypherin, reason: zypherin}
"""
RESTRICTED_ARTICLE = """Zypherin is what he is charged with. Zypherina Doe is free, and so are seven zypherinists.

Of them, the other zypherinists are not.

He died of zypherin.
"""


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The example ledger, with a word planted wherever the public may not look."""
    with follow_up_service(database_url, tmp_path) as opened:
        _plant(opened, tmp_path)
        yield opened


def _plant(service: Service, folder: Path) -> None:
    ledgers.record(service, folder, PUBLIC, article=PUBLIC_ARTICLE)
    ledgers.record(service, folder, RESTRICTED, article=RESTRICTED_ARTICLE)


def revealed(answer: object) -> list[str]:
    """Where the planted word is found, in what a client was sent; inside ids and cursors as well."""
    texts = [json.dumps(answer, ensure_ascii=False)]
    texts += [_decoded(text) for text in _strings_in(answer)]
    return [text for text in texts if PLANT in text.casefold()]


def _strings_in(answer: object) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict):
        for value in answer.values():
            yield from _strings_in(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _strings_in(value)


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""


def _hidden(service: Service) -> dict[int, str]:
    """Position and id of every entry that the public may not see."""
    with service.database.reading() as connection:
        events = read_events(connection, viewer=FULL_VIEWER)
    return {one.position: one.event_id for one in events if one.visibility is not Visibility.PUBLIC}


class TestPlant:
    def test_the_word_is_on_record(self, service: Service) -> None:
        """The search is not blind: it would find what is there, restricted and sealed."""
        with service.database.reading() as connection:
            events = read_events(connection, viewer=FULL_VIEWER)
        planted = {one.visibility for one in events if PLANT in one.content.decode().casefold()}

        assert planted == {Visibility.RESTRICTED, Visibility.SEALED}
        assert revealed({"a": ["Zypherin"]})
        assert revealed([base64.urlsafe_b64encode(b"Act\x1fzypherin-act").decode()])


class TestProjections:
    def test_no_projected_row_holds_it(self, service: Service) -> None:
        """What is projected may be shown to everybody."""
        with service.database.reading() as connection:
            for table in PROJECTED:
                for row in connection.execute(select(table)):
                    assert PLANT not in repr(tuple(row)).casefold(), table.name


class TestGraphql:
    @pytest.mark.parametrize("name", QUESTIONS)
    def test_the_book_answers_as_if_it_were_not_there(
        self, service: Service, name: str, tmp_path: Path, sqlite_template: Path
    ) -> None:
        """Word for word and number for number what a ledger without it answers, but for how far the ledger has come."""
        folder = tmp_path / "without"
        folder.mkdir()
        (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
        with follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder) as without:
            ledgers.record(without, folder, _public_half(), article=PUBLIC_ARTICLE)
            expected = ask(without, name)["data"]

        found = ask(service, name)["data"]

        assert revealed(found) == []
        assert _without_positions(found) == _without_positions(expected)

    def test_no_field_of_any_entry_reveals_it(self, service: Service) -> None:
        """Each kind with all its fields."""
        for kind in EventKind:
            name = BY_KIND[kind.value].__name__
            union = next(one for one in ("Claim", "Ruling", "Filed") if name in member_names(one))
            family, field = {
                "Claim": ("Report", "claim"),
                "Ruling": ("Decision", "ruling"),
                "Filed": ("Filing", "filed"),
            }[union]
            fragment = (
                f"... on {family} {{ {whole(family)} {field} {{ ... on {name} {{ {whole(name)} }} }} }}"
            )

            found = ledgers.data(
                service,
                f"{{ events(first: 100, filter: {{kinds: [{kind.name}]}}) {{ totalCount nodes {{ {fragment} }} }} }}",
            )

            assert revealed(found) == []

    def test_no_field_of_any_subject_reveals_it(self, service: Service) -> None:
        """Those that the public knows, with all their fields; those that it does not are not there, by key or by list."""
        known = {
            "prisoner-a1": "Prisoner",
            "amnesty-2025-12": "Act",
            "oc-media": "Party",
            "public-article": "Source",
        }
        for key, name in known.items():
            found = ledgers.data(
                service, f'{{ subject(id: "{key}") {{ ... on {name} {{ {whole(name)} }} }} }}'
            )

            assert found["subject"] is not None
            assert revealed(found) == []
        for sort in ("person", "act", "group", "case", "list", "party", "article", "original"):
            assert ledgers.data(service, f'{{ subject(id: "zypherin-{sort}") {{ id }} }}') == {
                "subject": None
            }
        listed = ledgers.data(
            service,
            """{
              prisoners(first: 100) { totalCount nodes { key } } acts { totalCount nodes { key } } lists { totalCount }
              sources(first: 100) { totalCount nodes { key } } named: prisoners(filter: { name: "Zypherina" }) { totalCount }
            }""",
        )
        assert revealed(listed) == []
        assert listed["named"] == {"totalCount": 0}
        assert {name: listed[name]["totalCount"] for name in ("prisoners", "acts", "lists", "sources")} == {
            "prisoners": 3,
            "acts": 2,
            "lists": 0,
            "sources": 23,
        }

    def test_a_restricted_neighbour_in_a_public_passage_is_masked(self, service: Service) -> None:
        """The half that the public is told stays, and so does its place."""
        found = ledgers.data(
            service,
            '{ source(id: "public-article") { reports { totalCount nodes { citations { quote passage start end } } } } }',
        )

        assert found["source"]["reports"] == {
            "totalCount": 1,
            "nodes": [
                {
                    "citations": [
                        {
                            "quote": "The clerk walked home on Friday",
                            "passage": "The clerk walked home on Friday, […].",
                            "start": 0,
                            "end": 31,
                        }
                    ]
                }
            ],
        }

    def test_of_a_withheld_entry_the_log_is_shown(self, service: Service) -> None:
        """By its position: that it is there, when, and its leaf; no kind, no streams. By its id, and in lists: nothing."""
        hidden = _hidden(service)
        assert len(hidden) > 15
        for position, event_id in hidden.items():
            place = base64.urlsafe_b64encode(f"Event\x1f{event_id}".encode()).decode().rstrip("=")
            found = ledgers.data(
                service,
                "query Q($position: Int!, $id: ID!) { event(position: $position) { "
                + whole("WithheldEvent")
                + " } node(id: $id) { id } }",
                position=position,
                id=place,
            )

            event = found["event"]
            assert event.pop("leafHash")
            assert event.pop("recordedAt")
            assert event == {
                "__typename": "WithheldEvent",
                "id": place,
                "position": position,
                "kind": None,
                "recordedBy": None,
                "streams": [],
                "withheld": [],
            }
            assert found["node"] is None

    def test_no_history_and_no_stream_has_a_gap(self, service: Service) -> None:
        """Versions of what the public sees are 1, 2, 3, …, and counts are of what it sees."""
        found = ledgers.data(
            service,
            f"""{{ prisoner(id: "{KNOWN}") {{
              history(first: 100) {{ totalCount nodes {{ position streams {{ version stream {{ subject {{ key }} }} }} }} }}
              streams {{ length events(first: 100) {{ totalCount nodes {{ position }} }} }}
            }} }}""",
        )["prisoner"]
        (stream,) = found["streams"]
        versions = [
            place["version"]
            for node in found["history"]["nodes"]
            for place in node["streams"]
            if place["stream"]["subject"]["key"] == KNOWN
        ]

        assert versions == list(range(1, stream["length"] + 1))
        assert stream["events"]["totalCount"] == found["history"]["totalCount"] == stream["length"]
        assert not {node["position"] for node in found["history"]["nodes"]} & _hidden(service).keys()


class TestServer:
    def test_no_page_and_no_header_reveals_it(self, service: Service) -> None:
        """Nor the pages' addresses."""
        with TestClient(create_app(service)) as client:
            for address in (
                "/",
                "/healthz",
                "/graphql",
                "/graphql?query={prisoners{totalCount,nodes{name,history{totalCount}}}}",
            ):
                response = client.get(address)

                assert response.status_code in (200, 400)
                assert PLANT not in (response.text + str(response.headers)).casefold()


class TestCommandLine:
    @pytest.mark.parametrize(
        "words",
        [
            ("state", "Isgandarov"),
            ("history", "Isgandarov"),
            ("state", "Zipherina"),
            ("state", "zypherin-person"),
            ("history", "Zipherina Doe"),
            *(("query", name) for name in QUESTIONS),
            ("diff", "0"),
            ("diff", "0", "--json"),
            ("diff", "0", "--about", "zypherin-person"),
            ("if-retracted", "public-article"),
            ("if-retracted", "zypherin-article"),
            ("rebuild",),
            ("replay", "--step"),
            ("replay", "--json"),
            ("schema",),
        ],
        ids=" ".join,
    )
    def test_no_command_that_reads_reveals_it(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        """Not in an answer, a refusal or a suggestion of what might have been meant."""
        monkeypatch.setenv("CUSTODY_DATA", str(service.settings.data))
        monkeypatch.setenv("CUSTODY_DATABASE_URL", service.settings.database_url)

        result = CliRunner().invoke(app, words)

        printed = (result.stdout + result.stderr).casefold()
        for word in words[1:]:  # a refusal may say what was asked for
            printed = printed.replace(word.casefold(), "")
        assert PLANT not in printed
        assert result.exit_code in (0, 1)


def _public_half() -> str:
    return PUBLIC.partition("  - key: P2")[0]


def _without_positions(answer: Any) -> Any:
    """The answer without what says how far the ledger has come."""
    if isinstance(answer, dict):
        told = {"position", "endCursor", "startCursor", "projectedThrough", "recordedAt"}
        return {name: _without_positions(value) for name, value in answer.items() if name not in told}
    if isinstance(answer, list):
        return [_without_positions(value) for value in answer]
    return answer
