"""Rules of the types: each field of each of them answers, on a ledger that holds every kind, every field and every word.

The questions are made from the schema: of each type all fields, and of what they lead to all leaves.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.api.claims import CLAIMS
from app.api.enums import EventKind
from app.api.rulings import RULINGS
from app.api.schema import SCHEMA
from app.ledger import Service
from events.kinds import BY_KIND, REPORTS, Report, kind_of
from tests.app.api import ledgers
from tests.app.api.questions import TYPES, member_names, type_named, whole

SUBJECTS = ("Prisoner", "PersonRecord", "Act", "Group", "Proceeding", "Party", "List", "Source")
RENAMED = {"authority": "byAuthority", "legal_basis": "legalBasisOfErasure"}


def _nodes(service: Service, source: str, fragment: str, **variables: object) -> list[dict[str, Any]]:
    found = ledgers.data(service, f"query Q($k: [EventKind!]) {{ {source.format(fragment)} }}", **variables)
    (page,) = found.values()
    nodes: list[dict[str, Any]] = page["nodes"]
    return nodes


class TestEveryField:
    @pytest.mark.parametrize("kind", list(EventKind))
    def test_of_each_kind_of_entry(self, of_every_kind: Service, kind: EventKind) -> None:
        """The entry with all its fields, and what it says, ruled or filed with all of its own."""
        name = BY_KIND[kind.value].__name__
        family, field = next(
            (family, field)
            for family, field, union in (
                ("Report", "claim", "Claim"),
                ("Decision", "ruling", "Ruling"),
                ("Filing", "filed", "Filed"),
            )
            if name in member_names(union)
        )
        fragment = f"... on {family} {{ {whole(family)} {field} {{ ... on {name} {{ {whole(name)} }} }} }}"

        nodes = _nodes(
            of_every_kind,
            "events(first: 100, filter: {{kinds: $k}}) {{ nodes {{ {} }} }}",
            fragment,
            k=[kind.name],
        )

        assert nodes, f"no {kind} in the ledger of every kind"
        assert {node[field]["__typename"] for node in nodes} == {name}
        assert {node["kind"] for node in nodes} == {kind.name}

    @pytest.mark.parametrize("name", SUBJECTS)
    def test_of_each_sort_of_subject(self, of_every_kind: Service, name: str) -> None:
        """Each subject of the ledger, asked for everything that its sort has."""
        opened = _nodes(
            of_every_kind,
            "events(first: 100, filter: {{kinds: $k}}) {{ nodes {{ {} }} }}",
            "... on Filing { filed { ... on SubjectOpened { subject { __typename key } } } }",
            k=["SUBJECT_OPENED"],
        )
        keys = {node["filed"]["subject"]["key"] for node in opened}
        record = "true" if name == "PersonRecord" else "false"
        found = [
            subject
            for key in sorted(keys)
            if (
                subject := ledgers.data(
                    of_every_kind,
                    f"query Q($key: ID!) {{ subject(id: $key, record: {record}) {{ __typename ... on {name} {{ {whole(name)} }} }} }}",
                    key=key,
                )["subject"]
            )["__typename"]
            == name
        ]

        assert found, f"no {name} in the ledger of every kind"
        assert all(subject["id"] and subject["basis"]["position"] for subject in found)

    @pytest.mark.parametrize(
        "name",
        sorted(one.name for one in SCHEMA._schema.get_possible_types(TYPES["Finding"])),  # type: ignore[arg-type]
    )
    def test_of_each_sort_of_finding(self, of_every_kind: Service, name: str) -> None:
        """What rests on the sources, asked for everything that a finding of its facet has."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = ledgers.data(
                of_every_kind,
                f"""query Q($after: String) {{
                  source(id: "every-kind-translated") {{
                    findings(first: 100, after: $after) {{
                      pageInfo {{ hasNextPage endCursor }} nodes {{ __typename ... on {name} {{ {whole(name)} }} }}
                    }}
                  }}
                }}""",
                after=after,
            )["source"]["findings"]
            found += [node for node in page["nodes"] if node["__typename"] == name]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break

        assert found, f"no {name} rests on the sources of the ledger of every kind"
        assert all(node["rule"]["statement"] and node["supportedBy"]["totalCount"] for node in found)


class TestKinds:
    def test_every_kind_of_the_log_has_its_member(self) -> None:
        """In the order of the kinds' own module."""
        assert {kind.value for kind in EventKind} == set(BY_KIND)
        assert [kind.value for kind in EventKind][: len(REPORTS)] == [kind_of(report) for report in REPORTS]

    @pytest.mark.parametrize("shown_as", [*CLAIMS, *RULINGS], ids=lambda one: one.__name__)
    def test_no_field_of_a_kind_is_left_out(self, shown_as: Any) -> None:
        """What a report or a ruling says is there under the same name; what all of them carry is the entry's."""
        kind = shown_as.kind
        common = {
            field.name
            for base in (Report, *kind.__mro__[1:3])
            if issubclass(base, msgspec.Struct)
            for field in msgspec.structs.fields(base)
        }
        own = {field.name for field in msgspec.structs.fields(kind)} - common
        stated = {
            "report_retracted": {"event", "source", "party"},
            "assessment_recorded": {"event", "of"},
            "membership_judged": {"member", "report"},
        }.get(kind_of(kind), set())

        shown = set(type_named(shown_as.__name__).fields)

        wanted = {
            RENAMED.get(name, name) if kind_of(kind) == "value_redacted" else _camel(name)
            for name in own - stated
        }
        assert wanted <= shown


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
