"""Every kind, every field and every word of every vocabulary: recorded, stored, folded over and served, on both stores."""

from __future__ import annotations

import enum
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from msgspec import inspect

from app.api.execution import execute
from app.api.schema import SCHEMA
from app.ledger import Service
from events.dates import ClaimedDate
from events.decoder import Event
from events.kinds import (
    BY_KIND,
    KINDS,
    REPORTS,
    Entry,
    Position,
    Report,
    SourceRegistered,
    Visibility,
    kind_of,
)
from events.store import FULL_VIEWER, PUBLIC_VIEWER, Viewer, decoded, head, known_items, read_events
from projections.builds import State, state
from projections.comparing import digest
from projections.runner import catch_up, rebuild
from tests import every_kind, postgres
from tests.conftest import STORES

FOUND_BY_FOLDS: Final = {
    ("Custody", word) for word in ("conditional_liberty", "liberty", "dead", "whereabouts_unknown", "unknown")
}
"""Words of custody that no report has: they are what the reports add up to."""

Tree = dict[str, Any]


@pytest.fixture(scope="module", params=STORES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The ledger of every kind, recorded once on each store; nothing here changes what is recorded."""
    folder = tmp_path_factory.mktemp("every-kind")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "ledger.db")
        with every_kind.recorded(folder, f"sqlite:///{folder / 'ledger.db'}") as service:
            yield service
        return
    admin = request.getfixturevalue("postgres_url")
    with (
        postgres.fresh_database(admin, template=postgres.migrated_template(admin)) as url,
        every_kind.recorded(folder, url) as service,
    ):
        yield service


def _events(service: Service, viewer: Viewer = FULL_VIEWER) -> list[Event]:
    with service.database.reading() as connection:
        return [decoded(stored) for stored in read_events(connection, viewer=viewer)]


# --- what is recorded ---------------------------------------------------------------------------------------


class _Said:
    """Which fields contents fill, each as (the struct that declares it, its name), and which words of vocabularies they use."""

    def __init__(self) -> None:
        self.fields: set[tuple[str, str]] = set()
        self.words: set[tuple[str, str]] = set()

    def take(self, value: object) -> None:
        match value:
            case msgspec.Struct():
                for field in msgspec.structs.fields(type(value)):
                    if (held := getattr(value, field.name)) != field.default:
                        self.fields.add(_declared(type(value), field.name))
                    self.take(held)
            case tuple():
                for element in value:
                    self.take(element)
            case enum.StrEnum():
                self.words.add((type(value).__name__, value.value))


def _declared(struct: type[msgspec.Struct], name: str) -> tuple[str, str]:
    structs = [
        base for base in struct.__mro__ if issubclass(base, msgspec.Struct) and base is not msgspec.Struct
    ]
    return next(base.__name__ for base in reversed(structs) if name in base.__struct_fields__), name


def _sayable() -> _Said:
    """Everything that the structs of the kinds can say."""
    said, seen = _Said(), set[type]()
    pending: list[inspect.Type] = [inspect.type_info(kind) for kind in KINDS]
    while pending:
        match pending.pop():
            case inspect.UnionType(types=types):
                pending += types
            case inspect.VarTupleType(item_type=item):
                pending.append(item)
            case inspect.EnumType(cls=words):
                said.words |= {(words.__name__, word.value) for word in words}
            case inspect.StructType(cls=struct, fields=fields) if struct not in seen:
                seen.add(struct)
                said.fields |= {_declared(struct, field.name) for field in fields}
                pending += [field.type for field in fields]
    return said


class TestCoverage:
    """What the ledger of `tests.every_kind` must hold for the rest to mean anything."""

    def test_every_kind_is_recorded(self, service: Service) -> None:
        """A kind that nothing can record would be found here first."""
        assert {kind_of(type(event.content)) for event in _events(service)} == set(BY_KIND)

    def test_every_field_is_filled(self, service: Service) -> None:
        """Each field of each kind, and of the values in it, holds something else than its default at least once."""
        said = _Said()
        for event in _events(service):
            said.take(event.content)

        assert _sayable().fields - said.fields == set()

    def test_every_word_is_said(self, service: Service) -> None:
        """Each word of each vocabulary stands in some event, but those that only folds find."""
        said = _Said()
        for event in _events(service):
            said.take(event.content)

        assert _sayable().words - said.words == FOUND_BY_FOLDS


# --- nothing is lost ----------------------------------------------------------------------------------------


class _Told:
    """A report file as YAML has it, without the reader that is under test."""

    def __init__(self, path: Path) -> None:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        self.claims: list[Tree] = tree["claims"]
        self._keys = {name: subject.get("key") for name, subject in tree["subjects"].items()}
        self._keys["source"] = tree["source"]["key"]

    def reports(self) -> Iterator[tuple[str, int, Tree]]:
        """Every report with its claim's key, its number in the claim from 0, and what the file says of it."""
        for claim in self.claims:
            shared = {name: value for name, value in claim.items() if name not in ("key", "reports")}
            for number, own in enumerate(claim.get("reports", [{}])):
                yield claim["key"], number, {**shared, **own}

    def is_stored(self, told: object, stored: object) -> bool:
        """Whether a value of the file is what is stored, short forms and local names being what they stand for."""
        match told, stored:
            case {"edtf": impossible, **rest}, ClaimedDate(
                edtf=None
            ):  # what no calendar has is kept beside its words
                return impossible == stored.impossible and self.is_stored(rest, stored)
            case {}, msgspec.Struct():
                return all(self.is_stored(part, getattr(stored, name)) for name, part in told.items())
            case [*parts], tuple():
                return len(parts) == len(stored) and all(map(self.is_stored, parts, stored))
            case str(), bool() | int():
                return told == str(stored).lower()
            case str(), msgspec.Struct():
                return told in (getattr(stored, "edtf", None), getattr(stored, "as_written", None))
        return told == stored or (told in self._keys and self._keys[told] in (stored, None))


NOT_OF_THE_KIND: Final = frozenset({"kind", "about", "also_about", "cite", "order", "visibility"})


class TestStored:
    def test_nothing_of_a_claim_is_lost(self, service: Service) -> None:
        """Field by field, what the file says of each report is what its event holds."""
        told = _Told(every_kind.REPORTS_FILE)
        stored = _by_claim(service)

        for key, number, fields in told.reports():
            content = stored[key][number].content
            assert fields["kind"] == kind_of(type(content))
            for name in fields.keys() - NOT_OF_THE_KIND:
                assert told.is_stored(fields[name], getattr(content, name)), (key, number, name)

    def test_nothing_is_added(self, service: Service) -> None:
        """A field of a kind that the file does not state has its default."""
        stored = _by_claim(service)

        for key, number, fields in _Told(every_kind.REPORTS_FILE).reports():
            content = stored[key][number].content
            for field in msgspec.structs.fields(type(content)):
                if field.name not in {*fields, *Entry.__struct_fields__, "citations", "source", "order"}:
                    assert getattr(content, field.name) == field.default, (key, number, field.name)

    def test_each_report_is_filed_under_whom_it_names(self, service: Service) -> None:
        """The primary subject first, then those also told of, then the list, act and proceeding that it names."""
        listed, asked_for = (_by_claim(service)[key][0].about for key in ("K16", "K06"))

        assert listed == ("every-osk", "every-roll")
        assert (asked_for[0], asked_for[-1], len(asked_for)) == ("every-teshik", "every-case", 3)

    def test_an_order_names_the_event(self, service: Service) -> None:
        """A claim's key in the file is an event's id in the ledger."""
        stored = _by_claim(service)
        extended, changed = (report.report for report in stored["V06"][:2])

        assert extended is not None
        assert changed is not None
        assert extended.order is not None
        assert changed.order is not None
        assert (extended.order.relation, extended.order.report) == ("after", stored["K05"][0].event_id)
        assert (changed.order.relation, changed.order.report) == ("before", stored["K07"][0].event_id)

    def test_a_source_keeps_when_it_could_be_read(self, service: Service) -> None:
        """An instant with an offset is stored in UTC; the day stays as claimed."""
        (original,) = (
            event.content
            for event in _events(service)
            if event.about == (every_kind.ORIGINAL,) and isinstance(event.content, SourceRegistered)
        )

        assert original.available_at == "2031-06-15T12:30:00.000000Z"
        assert original.available is not None
        assert (original.available.edtf, original.available.as_written) == (
            "2031-06-15",
            "in the Gazette of 15 June",
        )

    def test_what_is_restricted_stands_in_streams_of_its_own(self, service: Service) -> None:
        """A public reader sees neither the report nor a gap (kinds.md, Subjects)."""
        hidden = {
            event.position for event in _events(service) if event.content.visibility is not Visibility.PUBLIC
        }
        seen = _events(service, PUBLIC_VIEWER)

        assert len(hidden) == 6  # two reports, a doubt about an identity, and the openings of their streams
        assert hidden.isdisjoint(event.position for event in seen)
        versions: dict[str, list[int]] = {}
        for event in seen:
            for place in event.content.streams:
                versions.setdefault(place.id, []).append(place.version)
        assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


def _by_claim(service: Service) -> dict[str, list[Event]]:
    """The reports that each claim of the file gave, in their order."""
    keys = {claim["key"] for claim in _Told(every_kind.REPORTS_FILE).claims}
    with service.database.reading() as connection:
        receipts = known_items(connection, service.actor, every_kind.REPORTS_SET, keys)
    events = {event.event_id: event for event in _events(service) if event.report is not None}
    return {
        key: [events[event_id] for event_id in receipt.event_ids if event_id in events]
        for key, receipt in receipts.items()
    }


# --- what the folds make of it ------------------------------------------------------------------------------


class TestFolded:
    def test_the_projections_stand_at_the_head(self, service: Service) -> None:
        """No fold stumbled over any kind."""
        with service.database.reading() as connection:
            standing, size = state(connection), head(connection).size

        reached = State(projected_through=Position(size), writing_through=Position(size))
        assert reached == standing == catch_up(service.database)

    def test_rebuilt_is_what_was_projected_inline(self, service: Service) -> None:
        """I-9, over every kind."""
        with service.database.reading() as connection:
            before = digest(connection)

        assert rebuild(service.database).digest == before


# --- what is served -----------------------------------------------------------------------------------------

TYPES: Final = SCHEMA._schema.type_map
FAMILIES: Final = {
    "report": ("Report", "claim"),
    "decision": ("Decision", "ruling"),
    "filing": ("Filing", "filed"),
}
"""The type of an event of a family, and the field that holds its content."""
DEPTH: Final = 4
NOT_SERVED: Final = {("Quantity", "up_to"), ("Quantity", "of"), ("ClaimedDate", "impossible")}
"""Of a quantity there are its bounds instead, of an impossible date a sentence."""


def _everything_of(named: GraphQLNamedType, member: str, *, depth: int = DEPTH) -> str:
    """A selection of all that a type answers without arguments; of a union that has it the member named, of other objects what they are."""
    if isinstance(named, GraphQLUnionType):
        members = {one.name: one for one in named.types}
        if member not in members:
            return "{ __typename }"
        return f"{{ __typename ... on {member} {_everything_of(members[member], member, depth=depth)} }}"
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType), named
    if depth < DEPTH and "id" in named.fields:
        # Another object: asked what it is, and who.
        return "{ __typename key }" if "key" in named.fields else "{ __typename }"
    return "{ " + " ".join(_selections(named, member, depth)) + " }"


def _selections(named: GraphQLObjectType | GraphQLInterfaceType, member: str, depth: int) -> Iterator[str]:
    yield "__typename"
    for name, field in named.fields.items():
        if any(map(is_required_argument, field.args.values())):
            continue
        answer = get_named_type(field.type)
        if is_leaf_type(answer):
            yield name
        elif depth and not answer.name.endswith("Connection"):
            yield f"{name} {_everything_of(answer, member, depth=depth - 1)}"


def _document(kind: type[Entry]) -> str:
    family, _ = FAMILIES[kind.family]
    everything = _everything_of(TYPES[family], kind.__name__)
    return f"""
        query ($kinds: [EventKind!]) {{
          events(filter: {{kinds: $kinds}}, first: 100) {{ nodes {{ __typename ... on {family} {everything} }} }}
        }}
    """


def _nodes(service: Service, kind: type[Entry]) -> list[Tree]:
    response = execute(service, _document(kind), {"kinds": [kind_of(kind).upper()]})
    assert "errors" not in response, response["errors"]
    nodes: list[Tree] = response["data"]["events"]["nodes"]
    return nodes


def _is_served(stored: object, served: Any) -> bool:
    """Whether an answer tells all of a stored value."""
    match stored:
        case None:
            return served is None
        case enum.StrEnum():
            return str(served) == stored.upper() or getattr(served, "value", served) == stored
        case msgspec.Struct():
            return served is not None and all(
                _is_served(getattr(stored, name), served[_camel(name)])
                for name in stored.__struct_fields__
                if (type(stored).__name__, name) not in NOT_SERVED
            )
        case tuple():
            return len(stored) == len(served) and all(map(_is_served, stored, served))
        case str() if isinstance(served, dict):
            # An edition has no key: it is a source, as a list's.
            return bool(served.get("key") == stored or served["__typename"] == "Edition")
    return bool(stored == served)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
class TestServed:
    def test_every_event_answers_whole(self, service: Service, kind: type[Entry]) -> None:
        """All that may be asked of it is answered, without an error, and its content under the name of its kind."""
        events = [event for event in _events(service, PUBLIC_VIEWER) if type(event.content) is kind]
        family, within = FAMILIES[kind.family]

        nodes = _nodes(service, kind)

        assert [node["position"] for node in nodes] == [event.position for event in events]
        assert {node["__typename"] for node in nodes} == {family}
        assert {node[within]["__typename"] for node in nodes} == {kind.__name__}


@pytest.mark.parametrize("kind", REPORTS, ids=kind_of)
class TestServedClaims:
    def test_tell_what_is_stored(self, service: Service, kind: type[Report]) -> None:
        """Field by field of the kind itself, every value and every word."""
        events = {event.position: event.content for event in _events(service, PUBLIC_VIEWER)}

        for node in _nodes(service, kind):
            content = events[node["position"]]
            for name in set(kind.__struct_fields__) - set(Report.__struct_fields__):
                assert _is_served(getattr(content, name), node["claim"][_camel(name)]), (
                    node["position"],
                    name,
                )


class TestWithheld:
    def test_answers_as_what_it_is(self, service: Service) -> None:
        """What may not be seen shows what the public log shows of it, and no kind."""
        document = (
            "query ($position: Int!) { event(position: $position) { __typename position kind leafHash } }"
        )
        hidden = [event for event in _events(service) if event.content.visibility is not Visibility.PUBLIC]

        for event in hidden:
            response = execute(service, document, {"position": event.position})

            assert "errors" not in response
            answer = response["data"]["event"]
            assert (answer["__typename"], answer["kind"]) == ("WithheldEvent", None)
            assert answer["leafHash"]
