"""The values that answers are made of: declarations over the structs of `events` and `projections`, read field by field.

A field without a resolver is the struct's attribute of the same name. What is computed (`earliest`, `low`, …) is computed by the decoder's
own functions, here as everywhere. An erased value reads as null, an erased element of a list is left out; `Report.withheld` tells of both.
A struct travels as `Shown`, beside what was asked, so that whatever it refers to is answered for the same day.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, NewType, TypeVar

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry import field

from app.api.fields import answer
from app.api.request import Asked, Info
from events import dates, kinds, quantities
from events.dates import Derivation
from events.decoder import Erased
from events.envelope import instant_text
from events.kinds import PlaceRole
from events.quantities import Accumulation, Comparator, CountMeasure, CountUnit, Coverage
from events.texts import NameSort
from projections.rulebook import Rulebook

if TYPE_CHECKING:
    from app.api.subjects import Party

Duration = NewType("Duration", str)

SCALARS: Mapping[object, Any] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar day.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=lambda day: day.isoformat(),
        parse_value=lambda text: _day(text),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: given with its zone, such as `2025-12-23T12:00:00Z`, and told in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=lambda instant: instant_text(instant),
        parse_value=lambda text: _instant(text),
    ),
    Duration: strawberry.scalar(
        name="Duration", description="ISO 8601, such as `P3Y`.", serialize=str, parse_value=str
    ),
}


def _day(text: object) -> date:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = None
    # Python reads weeks as well, and days without hyphens.
    if day is None or day.isoformat() != text:
        raise GraphQLError(f"Expected a day such as 2025-12-31, found {text!r}.")
    return day


def _instant(text: object) -> datetime:
    """An instant in UTC (RFC 3339). A time without a zone is none: it would mean another instant to each reader."""
    try:
        at = datetime.fromisoformat(str(text)) if isinstance(text, str) else None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError(f"Expected an instant with its zone, such as 2025-12-23T12:00:00Z, found {text!r}.")


def base64_text(digest: bytes) -> str:
    """A digest as the log writes it."""
    return base64.b64encode(digest).decode()


def instant(at: datetime | None) -> str | None:
    """An instant as answers write it: UTC, six decimals, `Z`."""
    return None if at is None else instant_text(at)


T = TypeVar("T")
Value_co = TypeVar("Value_co", covariant=True)


class Shown(Generic[Value_co]):
    """A struct on its way into an answer, and what was asked."""

    __slots__ = ("asked", "value")

    def __init__(self, value: Value_co, asked: Asked) -> None:
        self.value = value
        self.asked = asked


def kept(value: T | Erased) -> T | None:
    """The value, or null where it was erased."""
    return None if isinstance(value, Erased) else value


def standing(elements: Iterable[T | Erased] | Erased) -> list[T]:
    """The elements of a list without those that were erased; of an erased list none."""
    if isinstance(elements, Erased):
        return []
    return [element for element in elements if not isinstance(element, Erased)]


def shown(value: T | None, asked: Asked) -> Shown[T] | None:
    """The struct for an answer; null where there is none, or it was erased."""
    return None if value is None or isinstance(value, Erased) else Shown(value, asked)


def shown_all(values: Iterable[T | Erased], asked: Asked) -> list[Shown[T]]:
    """The structs for an answer, without those that were erased."""
    return [Shown(value, asked) for value in values if not isinstance(value, Erased)]


def read_attribute(source: object, name: str) -> object:
    """A field's value where the field has no resolver: the attribute of the same name, of a struct as answers show it."""
    if not isinstance(source, Shown):
        return getattr(source, name)
    value = getattr(source.value, name)
    if isinstance(value, Erased):
        return [] if name in _lists_of(type(source.value)) else None
    if isinstance(value, tuple):
        return [_wrapped(element, source.asked) for element in value if not isinstance(element, Erased)]
    return _wrapped(value, source.asked)


def _wrapped(value: object, asked: Asked) -> object:
    return Shown(value, asked) if isinstance(value, msgspec.Struct) else value


def _lists_of(struct: type[object]) -> frozenset[str]:
    assert issubclass(struct, msgspec.Struct), "only values of structs are erased"
    return frozenset(field.name for field in msgspec.structs.fields(struct) if field.default == ())


class OfKind:
    """A type over one kind: a shown content of that kind is one of it."""

    kind: ClassVar[type[kinds.Entry]]

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Whether this is the type of a content, as unions ask."""
        return isinstance(obj, Shown) and type(obj.value) is cls.kind


@strawberry.type(description="Words as they stand in the source.")
class WrittenText:
    as_written: str = field(description="The words, in Unicode NFC.")
    language: str | None = field(description="BCP 47.")
    script: str | None = field(description="ISO 15924.")
    name_sort: NameSort | None = field(description="Of a person's name; else null.")


@strawberry.type(description="A date no more precise than its source.")
class ClaimedDate:
    edtf: str | None = field(
        description="ISO 8601-2 (EDTF) level 1, and unspecified years: `2023`, `2021-10`, `2025-12-22?`, `XXXX-12-15`. "
        "Null: see `problem`."
    )
    derivation: Derivation = field(description="How it follows from the words.")
    as_written: str | None = field(description="What the text says; null where it was computed.")

    @answer("Why a date that the source states cannot be, such as 31 June: kept as written, without bounds.")
    @staticmethod
    def problem(root: strawberry.Parent[Shown[dates.ClaimedDate]]) -> str | None:
        return dates.problem_of(root.value)

    @answer("First and last day it allows, computed; null is open or unknown.")
    @staticmethod
    def earliest(root: strawberry.Parent[Shown[dates.ClaimedDate]]) -> date | None:
        return dates.bounds_of_claim(root.value).earliest

    @answer("The last day it allows, computed; null is open or unknown.")
    @staticmethod
    def latest(root: strawberry.Parent[Shown[dates.ClaimedDate]]) -> date | None:
        return dates.bounds_of_claim(root.value).latest


@strawberry.type(
    description="How long. `duration` is null for life, or where it cannot be computed.",
)
class Term:
    as_written: str | None = field(description="Null where computed.")
    duration: Duration | None = field(description="The length, in years, months, weeks and days.")
    life: bool = field(description="For life.")


@strawberry.type(description="By how much a sentence was cut: a duration, or a fraction such as `1/3`.")
class ReductionAmount:
    as_written: str = field(description="What the text says.")
    duration: Duration | None = field(description="Null where a fraction was said.")
    fraction: str | None = field(description="Null where a duration was said.")
    of_unserved: bool | None = field(description="Of the part not yet served, rather than of the whole.")


@strawberry.type(description="A number as said, and the bounds that the wording allows.")
class Quantity:
    as_written: str = field(description="What the text says.")
    point: int | None = field(description="Null unless the source gives one number.")
    comparator: Comparator = field(description="How the number is put.")
    rounding: int | None = field(description="Such as 100 for `1,500` that is plainly rounded.")

    @answer("Inclusive, computed; null is open.")
    @staticmethod
    def low(root: strawberry.Parent[Shown[quantities.Quantity]]) -> int | None:
        return quantities.bounds_of(root.value).low

    @answer("Inclusive, computed; null is open.")
    @staticmethod
    def high(root: strawberry.Parent[Shown[quantities.Quantity]]) -> int | None:
        return quantities.bounds_of(root.value).high

    @answer("Who set the bounds where the source did not, such as `almost-v1`; null: the source did.")
    @staticmethod
    def policy(root: strawberry.Parent[Shown[quantities.Quantity]]) -> str | None:
        return quantities.bounds_of(root.value).policy


@strawberry.type(description="How many of what, never a bare number.")
class Count:
    measure: CountMeasure = field(description="What is counted.")
    unit: CountUnit = field(description="In what it is counted.")
    population: str | None = field(description="Who is counted, as written, and by whose definition.")
    accumulation: Accumulation = field(description="How the figure relates to the ones before it.")
    as_of: ClaimedDate | None = field(description="The day for which it is said; null: not stated.")
    quantity: Quantity | None = field(description="Null where the source is silent, which is never 0.")

    @answer("By whose definition; null: not stated.")
    @staticmethod
    async def whose_class(
        root: strawberry.Parent[Shown[kinds.Count]],
        info: Info,
    ) -> Annotated[Party, strawberry.lazy("app.api.subjects")] | None:
        from app.api import subjects

        return await subjects.party(info.context, root.value.whose_class, root.asked)


@strawberry.type(description="One part. Without a label: of these, unplaced.")
class Part:
    label: WrittenText | None = field(description="What the part is, as written.")
    quantity: Quantity | None = field(description="Null where the source names the part and no number.")


@strawberry.type(description="A count split by one dimension, such as region.")
class Breakdown:
    dimension: str = field(description="What it is split by.")
    coverage: Coverage = field(description="Whether the parts are all there is.")
    parts: list[Part] = field(description="In the order of the source.")


@strawberry.type(description="A place as written, and what it was the place of.")
class Place:
    as_written: WrittenText = field(description="The place.")
    role: PlaceRole = field(description="What happened there.")


@strawberry.type(description="How a spelling met the one searched for.")
class NameMatch:
    searched: str = field(description="What was searched for.")
    found: WrittenText = field(description="The spelling on record.")
    how: str = field(description="In words: letter by letter, or by sound.")


def name_match(searched: str, spelling: str) -> NameMatch:
    """That a spelling on record met a name searched for."""
    literal = searched.casefold() in spelling.casefold()
    how = "letter by letter" if literal else "by sound, across scripts and spellings"
    found = WrittenText(as_written=spelling, language=None, script=None, name_sort=None)
    return NameMatch(searched=searched, found=found, how=how)


@strawberry.type(
    description="What an answer was computed from: with the same basis the answer is the same, for ever."
)
class Basis:
    asked: strawberry.Private[Asked]

    @answer("The first `position` entries, and no others.")
    def position(self) -> int:
        return self.asked.basis.position

    @answer("When the last of them was recorded; null in an empty ledger.")
    def recorded_at(self) -> datetime | None:
        return self.asked.basis.recorded_at

    @answer("The day asked about, today resolved, in the ledger's time zone (IANA).")
    def valid_on(self) -> date:
        return self.asked.basis.valid_on

    @answer("Only wording that the public could read by then; null: not asked.")
    def available_by(self) -> datetime | None:
        return self.asked.basis.available_by

    @answer("The ledger's time zone (IANA), in which bare days are read.")
    def zone(self) -> str:
        return self.asked.basis.zone

    @answer(
        "The version of the rules that findings follow: those in force at `position`; at `projectedThrough` while that is below it."
    )
    def rules(self) -> str:
        return self.asked.basis.rules

    @answer("How many erasures were done when this was computed.")
    def erasures(self) -> int:
        return self.asked.basis.erasures

    @answer(
        "How far findings have caught up with the ledger; below `position` only while a large batch is being worked in."
    )
    def projected_through(self) -> int:
        return self.asked.basis.projected_through


@strawberry.type(
    description="The rule that decided; the same reports under the same rule always give the same finding."
)
class Rule:
    number: strawberry.Private[str]
    book: strawberry.Private[Rulebook]

    @answer("Such as `rules-v1/R9`.")
    def name(self) -> str:
        return self.book.name_of(self.number)

    @answer("What the rule says, in one sentence.")
    def statement(self) -> str:
        return self.book.statement_of(self.number)
