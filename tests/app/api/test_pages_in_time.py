"""Rules of pages while the ledger grows (I-13): each row of the first page's basis once, in its order, and no cursor without its basis."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.paging import Cursor
from app.ledger import Service, open_service
from app.settings import Settings
from events.kinds import Position
from projections.builds import State, set_state
from tests.app.api import ledgers
from tests.entropy import SeededEntropy

PEOPLE = 5
END = 40
"""The last position of the ledger that is read."""
SUBJECT = "key name basis { position }"
PRISONER = f"{SUBJECT} custody {{ status standing voices }}"
EVENT = "position ... on Report { state }"
FINDING = "about { key } facet inWords standing"
PAGE = "{ totalCount basis { position validOn } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { %s } }"
LISTS = {
    "prisoners": ("prisoners(%s) %s", PRISONER),
    "at liberty": ("prisoners(filter: {custody: [LIBERTY]}, %s) %s", PRISONER),
    "acts": ("acts(%s) %s", SUBJECT),
    "sources": ("sources(%s) %s", SUBJECT),
    "events": ("events(%s) %s", EVENT),
    "newest": ("events(newestFirst: true, %s) %s", EVENT),
    "standing": ("events(filter: {state: [STANDING]}, %s) %s", EVENT),
    "history": ('prisoner(id: "people-1") { history(%s) %s }', EVENT),
    "stream": ('prisoner(id: "people-1") { streams { events(%s) %s } }', EVENT),
    "outcomes": ('act(id: "people-act") { outcomes(%s) %s }', FINDING),
    "documented": ('act(id: "people-act") { tally { documented { prisoners(%s) %s } } }', PRISONER),
    "case": ('subject(id: "people-case") { ... on Proceeding { prisoners(%s) %s } }', PRISONER),
    "credited": ('subject(id: "people-paper") { ... on Party { reports(%s) %s } }', EVENT),
    "told": ('source(id: "people-article") { reports(%s) %s }', EVENT),
    "resting": ('source(id: "people-article") { findings(%s) %s }', FINDING),
}
"""Each list by a name of ours: how it is asked for, with places for its arguments and its page, and what is asked of each row. Not what
supports today's finding: when another takes its place, its supporters are another list, and a cursor of the first is refused."""


class _Walker:
    """One list, read page by page: forwards from its beginning, or backwards from its end."""

    def __init__(self, service: Service, name: str, *, size: int, backwards: bool) -> None:
        self._service = service
        self._name = name
        self._size = size
        self._backwards = backwards
        self._cursor: str | None = None
        self.is_done = False
        self.pages: list[dict[str, Any]] = []

    def go_on(self) -> None:
        """Reads the next page."""
        size, place = ("last", "before") if self._backwards else ("first", "after")
        page = _page(self._service, self._name, **{size: self._size, place: self._cursor})
        self.pages.append(page)
        info = page["pageInfo"]
        self.is_done = not info["hasPreviousPage" if self._backwards else "hasNextPage"]
        self._cursor = info["startCursor" if self._backwards else "endCursor"]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All that was read, in the order of the list."""
        pages = self.pages[::-1] if self._backwards else self.pages
        return [node for page in pages for node in page["nodes"]]


def _page(service: Service, name: str, **part: object) -> dict[str, Any]:
    question, node = LISTS[name]
    variables = "$first: Int, $after: String, $last: Int, $before: String"
    arguments = "first: $first, after: $after, last: $last, before: $before"
    found: Any = ledgers.data(
        service, f"query Q({variables}) {{ {question % (arguments, PAGE % node)} }}", **part
    )
    while "pageInfo" not in found:
        (found,) = found.values() if isinstance(found, dict) else found
    page: dict[str, Any] = found
    return page


def _happens(number: int, what: str, who: int) -> ledgers.Step:
    """Something that moves a row of nearly every list: to another place, into it or out of it."""
    match what:
        case "arrive":
            return lambda service, folder: ledgers.record_people(service, folder, 1, name=f"a{number}")
        case "rename":
            words = f"{'Aaron' if number % 2 else 'Zeno'} Number{number} is free"
            claim = f"kind: person_described, names: [{{as_written: {words.removesuffix(' is free')}}}]"
            return lambda service, folder: ledgers.tell(
                service, folder, f"n{number}", claim, words, about=f"people-{who}"
            )
        case "detain":
            return lambda service, folder: ledgers.tell(
                service,
                folder,
                f"d{number}",
                "kind: detention_reported, claimed: 2025-12-30",
                "Detained again",
                about=f"people-{who}",
            )
        case "confirm":
            claim = "kind: release_reported, released_by: amnesty, claimed: 2025-12-22"
            return lambda service, folder: ledgers.tell(
                service, folder, f"c{number}", claim, "Released indeed", about=f"people-{who}"
            )
        case "withdraw":
            return lambda service, folder: ledgers.rule(
                service, folder, f"w{number}", f"retract: 'test/people#R{who}', ground: ours"
            )
        case _:
            return lambda service, folder: ledgers.rule(
                service, folder, f"f{number}", "retract: {source: people-article}, ground: publisher"
            )


def _at_once(*steps: ledgers.Step) -> ledgers.Step:
    def all_of_them(service: Service, folder: Path) -> None:
        for step in steps:
            step(service, folder)

    return all_of_them


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "rename", "detain", "confirm", "withdraw", "fall"]),
        st.integers(1, PEOPLE),
        # Detained again the first has another finding, and its supporters are another list: a cursor of this one is refused.
    ).filter(lambda one: one != ("detain", 1)),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one if one[0] == "withdraw" else (one[0] if one[0] == "fall" else (one, object())),
)


def _begin(service: Service, folder: Path) -> None:
    """Five prisoners, and three articles more that tell of the first one's release."""
    ledgers.record_people(service, folder, PEOPLE)
    for number in range(100, 103):
        _happens(number, "confirm", 1)(service, folder)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with five prisoners on record, to be copied."""
    folder = tmp_path_factory.mktemp("five")
    with ledgers.opened(folder, sqlite_template) as service:
        _begin(service, folder)
    return folder


@pytest.fixture(scope="module")
def quiet(template: Path) -> Iterator[Service]:
    """Five prisoners, where nothing happens any more."""
    settings = Settings(data=template, database_url=f"sqlite:///{template / 'ledger.db'}")
    with open_service(settings, entropy=SeededEntropy(3)) as service:
        yield service


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Five prisoners, on each store."""
    with ledgers.opened_at(database_url, tmp_path) as service:
        _begin(service, tmp_path)
        yield service


def _walked_meanwhile(
    service: Service, folder: Path, steps: Sequence[ledgers.Step], *, size: int, backwards: bool
) -> None:
    """Reads every list page by page while the steps happen, one after each page, and holds it to what the list was at first."""
    whole = {name: _page(service, name, first=100) for name in LISTS}
    walkers = {name: _Walker(service, name, size=size, backwards=backwards) for name in LISTS}
    left = list(steps)
    while unfinished := [walker for walker in walkers.values() if not walker.is_done]:
        for walker in unfinished:
            walker.go_on()
        if left:
            left.pop(0)(service, folder)
    for name, walker in walkers.items():
        assert walker.rows == whole[name]["nodes"], name
        assert {page["totalCount"] for page in walker.pages} == {whole[name]["totalCount"]}, name
        assert [page["basis"] for page in walker.pages] == [whole[name]["basis"]] * len(walker.pages), name


class TestEachRowOnce:
    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(happenings=HAPPENINGS, size=st.integers(3, 5), backwards=st.booleans())
    def test_whatever_is_recorded_between_two_pages(
        self, template: Path, happenings: list[tuple[str, int]], size: int, backwards: bool
    ) -> None:
        """Arrivals, new names, a second detention, retractions of a report and of a source: the list read is that of the first page."""
        with TemporaryDirectory() as scratch:
            folder = Path(scratch) / "ledger"
            shutil.copytree(template, folder)
            steps = [_happens(number, what, who) for number, (what, who) in enumerate(happenings)]
            with ledgers.opened_at(f"sqlite:///{folder / 'ledger.db'}", folder, seed=2) as service:
                _walked_meanwhile(service, folder, steps, size=size, backwards=backwards)

    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    def test_on_each_store(self, ledger: Service, tmp_path: Path, backwards: bool) -> None:
        """One of each that can happen; two of them before the second page, which moves the rows of short lists too."""
        _walked_meanwhile(
            ledger,
            tmp_path,
            [
                _at_once(_happens(8, "withdraw", 4), _happens(9, "confirm", 1)),
                *(
                    _happens(number, what, who)
                    for number, (what, who) in enumerate(
                        [("arrive", 1), ("rename", 1), ("rename", 3), ("fall", 1)]
                    )
                ),
            ],
            size=3,
            backwards=backwards,
        )

    def test_at_midnight_too(self, ledger: Service) -> None:
        """A list of today goes on about the day of its first page, and its rows say so."""
        asked = """query Q($after: String) { prisoners(first: 2, after: $after, filter: {custody: [LIBERTY]}) {
          basis { validOn } pageInfo { endCursor } nodes { id basis { validOn } } } }"""
        first = ledgers.data(ledger, asked)["prisoners"]
        ledger.entropy.turn_back(timedelta(days=-1))  # type: ignore[attr-defined]

        second = ledgers.data(ledger, asked, after=first["pageInfo"]["endCursor"])["prisoners"]

        assert first["basis"] == second["basis"] == {"validOn": "2026-01-01"}
        assert second["nodes"][0]["basis"] == {"validOn": "2026-01-01"}
        again = ledgers.data(
            ledger,
            "query Q($id: ID!) { node(id: $id) { ... on Prisoner { basis { validOn } } } }",
            id=second["nodes"][0]["id"],
        )
        assert again["node"]["basis"] == {"validOn": "2026-01-01"}

    def test_while_findings_lag_behind(self, ledger: Service) -> None:
        """A page read before findings came to the head is gone on with from the same findings."""
        asked = """query Q($after: String) { prisoners(first: 3, after: $after) {
          totalCount basis { position projectedThrough } pageInfo { endCursor } nodes { key } } }"""
        through = 6
        with ledgers.only_read(ledger) as service:
            with service.database.writing() as connection:
                set_state(
                    connection, State(projected_through=Position(through), writing_through=Position(END))
                )
            first = ledgers.data(service, asked)["prisoners"]
            with service.database.writing() as connection:
                set_state(connection, State(projected_through=Position(END)))

            second = ledgers.data(service, asked, after=first["pageInfo"]["endCursor"])["prisoners"]

        assert first["basis"] == second["basis"] == {"position": END, "projectedThrough": through}
        assert first["totalCount"] == second["totalCount"]
        assert len(first["nodes"]) + len(second["nodes"]) == first["totalCount"]


class TestMoment:
    ASKED = """query Q($after: String, $then: KnownAt) { events(first: 2, after: $after, knownAt: $then) {
      basis { position } pageInfo { endCursor } nodes { id position } } }"""

    def test_rows_of_a_later_page_carry_its_moment_once_it_has_passed(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """Or a cache would take them for what is known now."""
        cursor = ledgers.data(ledger, self.ASKED)["events"]["pageInfo"]["endCursor"]
        still_now = ledgers.data(ledger, self.ASKED, after=cursor)["events"]["nodes"]
        ledgers.record_people(ledger, tmp_path, 1, name="more")

        then = ledgers.data(ledger, self.ASKED, after=cursor)["events"]["nodes"]

        assert [node["position"] for node in then] == [node["position"] for node in still_now] == [3, 4]
        now = ledgers.data(ledger, "{ a: event(position: 3) { id } b: event(position: 4) { id } }")
        assert [node["id"] for node in still_now] == [now["a"]["id"], now["b"]["id"]]
        assert not {node["id"] for node in then} & {node["id"] for node in still_now}

    def test_a_named_moment_is_gone_on_with_at_that_moment(self, quiet: Service) -> None:
        """With the moment named again, or without."""
        first = ledgers.data(quiet, self.ASKED, then={"position": 10})["events"]
        cursor = first["pageInfo"]["endCursor"]

        named = ledgers.data(quiet, self.ASKED, then={"position": 10}, after=cursor)["events"]
        unnamed = ledgers.data(quiet, self.ASKED, after=cursor)["events"]

        assert named == unnamed
        assert named["basis"] == {"position": 10}

    def test_another_moment_beside_a_cursor_is_refused(self, quiet: Service) -> None:
        """A page of one moment behind a row of another would skip rows."""
        cursor = ledgers.data(quiet, self.ASKED)["events"]["pageInfo"]["endCursor"]

        assert ledgers.error(quiet, self.ASKED, then={"position": 10}, after=cursor) == (
            "CURSOR_INVALID",
            f"This cursor is of position {END}, and 10 is asked for. Leave `knownAt` out, or take the first page again.",
        )

    def test_two_cursors_are_of_one_moment(self, quiet: Service) -> None:
        """Between rows of two moments there is no page."""
        asked = "query Q($after: String, $before: String) { events(after: $after, before: $before) { nodes { position } } }"
        now = ledgers.data(quiet, self.ASKED)["events"]["pageInfo"]["endCursor"]
        then = ledgers.data(quiet, self.ASKED, then={"position": 10})["events"]["pageInfo"]["endCursor"]

        assert ledgers.error(quiet, asked, after=now, before=then) == (
            "CURSOR_INVALID",
            "The two cursors are of two moments. Ask for the first page again.",
        )


class TestGone:
    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            (
                {"position": Position(END + 1), "projected_through": Position(END + 1)},
                f"the ledger has come to position {END}",
            ),
            (
                {"position": Position(END), "projected_through": Position(END + 1)},
                f"the ledger has come to position {END}",
            ),
            (
                {"position": Position(3), "projected_through": Position(4)},
                f"the ledger has come to position {END}",
            ),
            (
                {"position": Position(-1), "projected_through": Position(-1)},
                f"the ledger has come to position {END}",
            ),
            ({"erasures": 1}, "values were erased since"),
            ({"rules": "rules-v0"}, "the rules there are rules-v1, not rules-v0"),
        ],
        ids=["beyond the head", "findings ahead", "findings ahead then", "negative", "erased", "other rules"],
    )
    def test_a_cursor_whose_basis_is_gone_is_refused(
        self, quiet: Service, changed: dict[str, object], why: str
    ) -> None:
        """Saying why, and what to do."""
        cursor = ledgers.data(quiet, TestMoment.ASKED)["events"]["pageInfo"]["endCursor"]
        content = msgspec.json.decode(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Cursor
        )
        stamp = msgspec.structs.replace(content.stamp, **changed)
        forged = base64.urlsafe_b64encode(msgspec.json.encode(Cursor(content.list_, stamp, content.place)))

        assert ledgers.error(quiet, TestMoment.ASKED, after=forged.decode().rstrip("=")) == (
            "CURSOR_INVALID",
            f"This cursor is of position {stamp.position}, and its page can no longer be continued: {why}. Ask for the first page again.",
        )
