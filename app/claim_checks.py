"""What a claim's own fields must satisfy, whatever door it came through: values in their profile, references of the right sort.

    checked(struct)          every text, date, term and number in it as it is to be stored
    with_references(struct)  every subject that it names resolved to a public key
    ABOUT, SORTS             which sorts of subject a kind can be about, and a field can name

Every mistake is noted at its field and none ends the checking. The structs' own fields drive it: a new kind that uses the known
values needs one line in `ABOUT`, which a test demands.

Absent on purpose: the ledger, and the reading of citations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from app.requests import FieldPath, Mistake
from events import kinds
from events.citations import Quote
from events.dates import ClaimedDate, check_claimed_date
from events.errors import LedgerError
from events.kinds import Custody, CustodyReported, Report, SubjectSort
from events.quantities import Breakdown, Quantity, check_breakdown, check_quantity
from events.terms import ReductionAmount, Term, check_reduction, check_term
from events.texts import WrittenText, check_words, check_written

S = TypeVar("S", bound=Struct)
Note = Callable[[Mistake], None]

_PEOPLE: Final = frozenset({SubjectSort.PERSON, SubjectSort.GROUP})
_ACT: Final = frozenset({SubjectSort.ACT})
_ANYTHING: Final = frozenset(SubjectSort) - {SubjectSort.LEDGER}

ABOUT: Final[Mapping[type[Report], frozenset[SubjectSort]]] = {
    kinds.PersonDescribed: frozenset({SubjectSort.PERSON}),
    kinds.DetentionReported: _PEOPLE,
    kinds.CustodyReported: _PEOPLE,
    kinds.ChargeReported: _PEOPLE,
    kinds.RestraintReported: _PEOPLE,
    kinds.CourtStepReported: _PEOPLE | {SubjectSort.PROCEEDING},
    kinds.SentenceReported: _PEOPLE,
    kinds.SentenceReductionReported: _PEOPLE,
    kinds.InclusionReported: _PEOPLE,
    kinds.ExclusionReported: _PEOPLE,
    kinds.ReleaseReported: _PEOPLE,
    kinds.DeathReported: _PEOPLE,
    kinds.RecognitionReported: _PEOPLE,
    kinds.ActReported: _ACT,
    kinds.ActRuleReported: _ACT,
    kinds.ListingReported: _PEOPLE,
    kinds.CountReported: frozenset({SubjectSort.ACT, SubjectSort.GROUP, SubjectSort.LIST}),
    kinds.StatementReported: _ANYTHING,
}
"""What a report of a kind can be filed under first."""

SORTS: Final[Mapping[str, frozenset[SubjectSort]]] = {
    "act": _ACT,
    "defined_by": frozenset({SubjectSort.PARTY}),
    "edition": frozenset({SubjectSort.SOURCE}),
    "list": frozenset({SubjectSort.LIST}),
    "organisation": frozenset({SubjectSort.PARTY}),
    "original": frozenset({SubjectSort.SOURCE}),
    "part_of": frozenset({SubjectSort.GROUP}),
    "party": frozenset({SubjectSort.PARTY}),
    "proceeding": frozenset({SubjectSort.PROCEEDING}),
    "publisher": frozenset({SubjectSort.PARTY}),
    "under": _ACT,
    "whose_class": frozenset({SubjectSort.PARTY}),
}
"""What a field that names a subject can name, by the field's name."""

FILED_UNDER: Final = ("list", "act", "proceeding")
"""Fields of a report whose subject it is filed under as well, in this order."""

# A held person is held in one of these; the other values of `Custody` are what a fold finds, not what a source reports here.
_HELD_IN: Final = frozenset(
    {
        Custody.PRISON,
        Custody.REMAND,
        Custody.ADMINISTRATIVE_DETENTION,
        Custody.HOUSE_ARREST,
        Custody.HELD,
    }
)

_CHECKS: Final[Mapping[type, Callable[[Any], Any]]] = {
    ClaimedDate: check_claimed_date,
    Term: check_term,
    ReductionAmount: check_reduction,
    Quantity: check_quantity,
    Breakdown: check_breakdown,
}


def checked(struct: S, *, at: FieldPath, note: Note) -> S:
    """The struct as it is to be stored: texts in NFC, dates, terms and quantities in their profiles. What is refused is noted and
    left as it was."""
    if isinstance(struct, CustodyReported) and struct.held_in not in {None, *_HELD_IN}:
        message = f"expected one of {', '.join(sorted(_HELD_IN))}; found {struct.held_in}"
        note(Mistake(path=(*at, "held_in"), code="VALUE_INVALID", message=message))
    changes = {
        name: _checked(getattr(struct, name), at=(*at, name), note=note)
        for name in struct.__struct_fields__
        if name not in _PLACEHOLDERS
    }
    return msgspec.structs.replace(struct, **changes)


_PLACEHOLDERS: Final = frozenset(
    {"schema", "streams", "recorded_by", "batch", "citations", "source", "subject"}
)


def _checked(value: Any, *, at: FieldPath, note: Note) -> Any:
    check = _CHECKS.get(type(value))
    if check is not None:
        return attempt(lambda: check(value), value, at=at, note=note)
    match value:
        case WrittenText():
            return attempt(lambda: check_written(value, field=at[-1]), value, at=at, note=note)
        case Struct():
            return checked(value, at=at, note=note)
        case tuple():
            return tuple(_checked(item, at=(*at, str(index)), note=note) for index, item in enumerate(value))
        case str() if type(value) is str:
            return attempt(lambda: check_words(value, field=at[-1]), value, at=at, note=note)
    return value


def checked_quote(quote: Quote, *, at: FieldPath, note: Note) -> Quote:
    """The quote with its words in NFC; what no text can hold is noted."""
    return checked(quote, at=at, note=note)


def attempt(check: Callable[[], Any], otherwise: Any, *, at: FieldPath, note: Note) -> Any:
    """What the check gives, or, if it refuses, the given value, and a mistake at that place."""
    try:
        return check()
    except LedgerError as refused:
        note(mistake_of(refused, at=at))
        return otherwise


def mistake_of(refused: LedgerError, *, at: FieldPath) -> Mistake:
    """The refusal as a mistake at a place."""
    # The place is told already.
    message = refused.message.removeprefix(f"{at[-1]}: ") if at else refused.message
    return Mistake(path=at, code=refused.code, message=message, facts=refused.facts)


Resolve = Callable[[str, FieldPath, frozenset[SubjectSort]], str]


def with_references(struct: S, *, at: FieldPath, resolve: Resolve) -> S:
    """The struct with every subject that it names replaced by what `resolve` gives for it."""
    changes: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if name in SORTS and isinstance(value, str):
            changes[name] = resolve(value, (*at, name), SORTS[name])
        elif name not in _PLACEHOLDERS and isinstance(value, Struct):
            changes[name] = with_references(value, at=(*at, name), resolve=resolve)
        elif name not in _PLACEHOLDERS and isinstance(value, tuple):
            changes[name] = tuple(
                with_references(item, at=(*at, name, str(index)), resolve=resolve)
                if isinstance(item, Struct)
                else item
                for index, item in enumerate(value)
            )
    return msgspec.structs.replace(struct, **changes) if changes else struct
