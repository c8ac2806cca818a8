"""Rules of a claim's own fields: every kind can be about something, every reference has its sorts, every value is checked."""

from __future__ import annotations

import typing

import msgspec
import pytest

from app.claim_checks import ABOUT, FILED_UNDER, SORTS, checked, with_references
from app.requests import BLANK, FieldPath, Mistake
from events.kinds import (
    KINDS,
    REPORTS,
    Attribution,
    AttributionRole,
    Count,
    CountReported,
    Custody,
    CustodyReported,
    CustodyState,
    Entry,
    Report,
    SentenceReported,
    SourceRegistered,
    StatementReported,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
)
from events.quantities import Comparator, CountMeasure, CountUnit, Quantity
from events.terms import Term
from events.texts import TEXT_BYTES_MAX, WrittenText

REPORT: dict[str, typing.Any] = {**BLANK, "citations": (), "source": SubjectKey("")}


def _told(struct: msgspec.Struct) -> list[str]:
    mistakes: list[Mistake] = []
    checked(struct, at=("claims", "0"), note=mistakes.append)
    return [f"{'.'.join(mistake.path)}: {mistake.code}: {mistake.message}" for mistake in mistakes]


class TestTables:
    """What the tables must cover."""

    def test_every_kind_of_report_is_about_something(self) -> None:
        """A new kind needs its line."""
        assert ABOUT.keys() == set(REPORTS)
        assert not any(SubjectSort.LEDGER in sorts for sorts in ABOUT.values())

    def test_every_field_that_names_a_subject_has_its_sorts(self) -> None:
        """Whatever is a SubjectKey in a report or filing, but for the source and the subject itself, which the planner fills in."""
        structs: list[type] = [*REPORTS, SubjectOpened, SourceRegistered, Attribution, Count]
        named = {
            name
            for struct in structs
            for name, wanted in typing.get_type_hints(struct).items()
            if SubjectKey in (wanted, *typing.get_args(wanted))
        }

        assert named - {"source"} == SORTS.keys()
        assert set(FILED_UNDER) <= SORTS.keys()

    @pytest.mark.parametrize("kind", REPORTS)
    def test_what_a_report_is_filed_under_is_named_by_a_reference(self, kind: type[Report]) -> None:
        """An act, a list or a proceeding in a body is a key, in every kind."""
        for name in set(FILED_UNDER) & set(kind.__struct_fields__):
            wanted = typing.get_type_hints(kind)[name]
            assert SubjectKey in (wanted, *typing.get_args(wanted))

    def test_every_kind_is_an_entry(self) -> None:
        """The placeholders of a request fill every kind."""
        for kind in KINDS:
            assert issubclass(kind, Entry)
            assert BLANK.keys() <= set(kind.__struct_fields__)


class TestChecked:
    """Values in their profile, each mistake at its field."""

    def test_texts_are_put_in_nfc(self) -> None:
        """Wherever they stand."""
        body = StatementReported(**REPORT, statement=WrittenText(as_written="e\u0301"), capacity="e\u0301")

        mistakes: list[Mistake] = []
        done = checked(body, at=(), note=mistakes.append)

        assert (done.statement.as_written, done.capacity, mistakes) == ("é", "é", [])

    def test_every_mistake_is_told_and_none_ends_the_checking(self) -> None:
        """A term, a quantity, a date and a text at once."""
        body = SentenceReported(
            **REPORT,
            term=Term(as_written="five"),
            court="a\0b",
            offences=(WrittenText(as_written="ok"), WrittenText(as_written=" ")),
        )

        assert _told(body) == [
            "claims.0.term: TERM_INVALID: five: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`, or `life`",
            "claims.0.court: TEXT_INVALID: expected plain text, found U+0000 (NUL) at character 2: remove it",
            "claims.0.offences.1: TEXT_INVALID: 1.as_written: expected the words of the source, found none: leave the field out",
        ]

    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            (Quantity(as_written="-3", comparator=Comparator.EXACT, point=-3), "-3"),
            (Quantity(as_written="5 to 2", comparator=Comparator.BETWEEN, point=5, up_to=2), "5"),
            (Quantity(as_written="many", comparator=Comparator.EXACT), "exact"),
        ],
    )
    def test_a_quantity_is_neither_negative_nor_inverted_nor_without_its_number(
        self, quantity: Quantity, expected: str
    ) -> None:
        """Inside a count, too."""
        count = Count(measure=CountMeasure.RELEASED, unit=CountUnit.PERSON, quantity=quantity)

        (told,) = _told(CountReported(**REPORT, count=count))

        assert told.startswith("claims.0.count.quantity: QUANTITY_INVALID: ")
        assert expected in told

    def test_a_text_has_a_size(self) -> None:
        """In bytes of UTF-8."""
        (told,) = _told(
            StatementReported(**REPORT, statement=WrittenText(as_written="x" * (TEXT_BYTES_MAX + 1)))
        )

        assert told.startswith("claims.0.statement: TOO_LARGE: ")

    @pytest.mark.parametrize(
        "state", [Custody.LIBERTY, Custody.DEAD, Custody.UNKNOWN, Custody.CONDITIONAL_LIBERTY]
    )
    def test_nobody_is_held_at_liberty(self, state: Custody) -> None:
        """Only forms of custody are forms of being held."""
        (told,) = _told(CustodyReported(**REPORT, custody_state=CustodyState.HELD, held_in=state))

        assert told == (
            "claims.0.held_in: VALUE_INVALID: expected one of administrative_detention, held, house_arrest, prison, remand;"
            f" found {state}"
        )


class TestWithReferences:
    """Every subject that is named, however deep."""

    def test_all_are_resolved_with_the_sorts_of_their_field(self) -> None:
        """Top-level, in a chain and in a count."""
        body = CountReported(
            **REPORT,
            proceeding=SubjectKey("p"),
            attribution=(Attribution(as_written="x", role=AttributionRole.SAYS, party=SubjectKey("a")),),
            count=Count(measure=CountMeasure.HELD, unit=CountUnit.PERSON, whose_class=SubjectKey("w")),
        )
        found: list[tuple[str, str, list[str]]] = []

        def resolve(reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> str:
            found.append((reference, ".".join(at), sorted(sorts)))
            return reference.upper()

        done = with_references(body, at=(), resolve=resolve)

        assert sorted(found) == [
            ("a", "attribution.0.party", ["party"]),
            ("p", "proceeding", ["proceeding"]),
            ("w", "count.whose_class", ["party"]),
        ]
        assert (done.proceeding, done.attribution[0].party, done.count.whose_class) == ("P", "A", "W")
