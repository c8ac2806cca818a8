"""What differs between two moments and why, and what would differ if something were retracted.

    changes(from, to)             the findings that are not the same, each as it was and as it is, and the entries that made it differ
    ifRetracted(target)           the findings as they are and as they would be; nothing is written

Each side of a change belongs to its own moment and day, and its id carries both, so that no cache takes one side for the other. What is
only supposed has ids of its own, which say what is supposed.

Absent on purpose: differences of numbers. A figure stands as it was published, on both sides; nothing is subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from weakref import WeakKeyDictionary

import msgspec
import strawberry
from strawberry import ID, UNSET, Private, field

from app.api import entries, findings, ids, paging, subjects
from app.api.clocks import Clocks, KnownAt
from app.api.fields import answer
from app.api.filters import SUBJECT_SORTS
from app.api.moments import Moment
from app.api.nodes import Node
from app.api.paging import Connection, Edge, Part, built
from app.api.references import EventRef, FindingRef, SubjectRef
from app.api.request import Asked, Info, Request
from app.api.values import Basis
from app.moments import in_zone
from app.supposing import SUBJECTS_MAX, Differing, Target, if_retracted
from events.errors import CursorInvalid, MomentInvalid
from events.kinds import Position, SubjectKey
from projections import changes as changed
from projections.changes import ChangeReason, Span, causes_at
from projections.findings import Facet, FindingKey
from projections.reads import Page, Row, Window

ROWS_A_SUPPOSITION = 5_000
"""As how many rows one counts that is worked out: of two thousand subjects it takes as long as showing so many."""
_WIDTH = 3
_SHOWN_AS = {"interval": "days"}
_TARGETS = frozenset(Target.__struct_fields__)
_SUPPOSED: WeakKeyDictionary[Moment, dict[Target, Differing]] = WeakKeyDictionary()


@strawberry.type(
    description="The entry that made a finding differ. For the passing of time, which no entry makes: the latest report that the finding "
    "rests on; where none supports it, the entry that opened its subject."
)
class Cause:
    reason: ChangeReason = field(description="Why the finding differs.")
    event: EventRef = field(description="The entry, as known at the later moment.")


@strawberry.type(description="One finding that differs between two moments.")
class Change(Node):
    difference: Private[changed.Change]
    earlier: Private[Asked]
    later: Private[Asked]
    causes: Private[Mapping[Position, changed.Cause]]
    supposed: Private[Target | None] = None

    def own_id(self) -> ID:
        """The finding and the two moments; of what is supposed, the moment and what is supposed."""
        key = (self.difference.about, self.difference.facet.value, self.difference.segment)
        if self.supposed is not None:
            return ids.encode("Change", *key, *self.supposed.named(), clocks=self.later.clocks)
        positions = (str(side.basis.position) for side in (self.earlier, self.later))
        days = (side.day.isoformat() for side in (self.earlier, self.later))
        return ids.encode("Change", *key, *positions, *days)

    @answer("Whom or what the finding is about, as known at the later moment.")
    async def about(self, info: Info) -> SubjectRef:
        return await subjects.required(info.context, self.difference.about, self.later)

    @answer("Which side of the subject it is about.")
    def facet(self) -> Facet:
        return self.difference.facet

    @answer("As known at the earlier moment, about its day. Null where there was none.")
    def before(self) -> FindingRef | None:
        found = self.difference.before
        return findings.object_of(found, self.earlier) if found is not None else None

    @answer(
        "As known at the later moment, about its day; of `ifRetracted` as it would be, with an id that says so. Null where there is none."
    )
    def after(self) -> FindingRef | None:
        found = self.difference.after
        supposed = self.supposed.named() if self.supposed is not None else None
        return findings.object_of(found, self.later, supposed=supposed) if found is not None else None

    @answer(
        "Of a finding that stands on both sides: what of it is not the same, such as `standing`, `supportedBy`, `value` (what it says) or "
        "`days` (when). Empty where it stands on one side."
    )
    def differs_in(self) -> list[str]:
        return [_in_schema(name) for name in self.difference.differs_in()]

    @answer(
        "The entries that made it differ, in the order of the ledger; the passing of time last. Empty where it is only supposed."
    )
    async def because(self, info: Info) -> list[Cause]:
        found = [self.causes[at] for at in self.difference.because if at in self.causes]
        causes = [
            Cause(reason=cause.reason, event=entries.object_of(cause.event, self.later)) for cause in found
        ]
        if self.difference.time_passed and (event := await self._rested_on(info)) is not None:
            causes.append(Cause(reason=ChangeReason.PASSING_OF_TIME, event=event))
        return causes

    async def _rested_on(self, info: Info) -> entries.Event | None:
        """The latest report that a finding rested on that time alone has moved; else the opening of its subject."""
        was = self.difference.before
        reports = (was.supported_by or was.opposed_by) if was is not None else ()
        row = await info.context.at(self.later).subject_rows.load(self.difference.about)
        position = reports[-1] if reports else row.opened_at if row is not None else Position(0)
        return await entries.at_position(info.context, position, self.later)


@strawberry.type(description="One of them, and where it stands in the list.")
class ChangeEdge(Edge):
    node: Change = field(description="The row.")


@strawberry.type(description="A page of changes, by subject, facet and segment.")
class ChangeConnection(Connection):
    edges: list[ChangeEdge] = field(description="The rows, each with its cursor.")
    nodes: list[Change] = field(description="The rows.")
    basis_before: Basis = field(
        description="What the earlier side was computed from, the instant named resolved to a position; `basis` is of the later side."
    )


@strawberry.input(one_of=True, description="What is to be taken back.")
class RetractionTarget:
    event: ID | None = field(description="A report, by its id.", default=UNSET)
    source: ID | None = field(
        description="A source, by id or key: all that rests on it, copies and translations of it included.",
        default=UNSET,
    )
    party: ID | None = field(
        description="A party, by id or key: all credited to it so far, anywhere in a chain.", default=UNSET
    )
    decision: ID | None = field(
        description="An earlier decision, by its id. Undoes it: what fell stands again.", default=UNSET
    )


# ── Two moments ──────────────────────────────────────────────────────────────


def changes(
    request: Request, from_: KnownAt, to: KnownAt | None, about: ID | None, valid_on: date | None, part: Part
) -> ChangeConnection:
    """A page of what differs between two moments, of one subject where one is named. Raises MomentInvalid where the first lies after the
    second."""
    key = SubjectKey(ids.key_in(about, *SUBJECT_SORTS)[0]) if about else None
    earlier = _side(request, from_, valid_on)
    later = request.asked_for(Clocks(valid_on=valid_on)) if not to else _side(request, to, valid_on)
    _check_order(earlier, later)
    list_ = paging.listed(request, later, "changes", earlier.clocks, key, part=part, width=_WIDTH)
    later = _as_far_as_found(request, list_.asked)
    earlier = _about_a_day(request, earlier, later)
    known = [request.at(side).known for side in (earlier, later)]
    page, found = changed.changes(known[0], known[1], _span(earlier, later), list_.window, about=key)
    nodes = _objects(request, found, earlier, later)
    connection = partial(ChangeConnection, basis_before=Basis(asked=earlier))
    return built(connection, ChangeEdge, page, nodes, list_=list_, request=request)


def _side(request: Request, at: KnownAt, valid_on: date | None) -> Asked:
    """A moment that is named, about the day that is named, else about its own: that of the instant, or of the entry at the position."""
    asked = request.asked_for(Clocks(known_at=request.position_of(at), valid_on=valid_on))
    instant = at.instant if isinstance(at.instant, datetime) else asked.basis.recorded_at
    if valid_on is not None or instant is None:
        return asked
    day = in_zone(instant, asked.basis.zone).date()
    return request.asked_for(Clocks(known_at=asked.clocks.known_at, valid_on=day))


def _check_order(earlier: Asked, later: Asked) -> None:
    first, last = ((side.basis.position, side.clocks.valid_on or side.day) for side in (earlier, later))
    is_dated = earlier.clocks.valid_on is not None
    if first[0] > last[0] or (is_dated and first[1] > last[1]):
        raise MomentInvalid(
            f"`from` lies after `to`: it is position {first[0]} on {first[1]}, and `to` is position {last[0]} on {last[1]}. Exchange them."
        )


def _as_far_as_found(request: Request, asked: Asked) -> Asked:
    """A moment, named by the position to which findings had come, and by its day."""
    clocks = Clocks(known_at=asked.basis.projected_through, valid_on=asked.day)
    return request.asked_for(clocks)


def _about_a_day(request: Request, earlier: Asked, later: Asked) -> Asked:
    """The earlier moment about a day that is named: the empty ledger has none of its own."""
    return request.asked_for(
        Clocks(known_at=earlier.clocks.known_at, valid_on=earlier.clocks.valid_on or later.day)
    )


def _span(earlier: Asked, later: Asked) -> Span:
    return Span(
        after=earlier.basis.position,
        through=later.basis.position,
        first_day=earlier.day,
        last_day=later.day,
    )


def _objects(request: Request, found: Iterable[changed.Change], earlier: Asked, later: Asked) -> list[Change]:
    met = list(found)
    positions = {position for change in met for position in change.because}
    causes = causes_at(request.at(later).known, positions) if positions else {}
    return [Change(difference=change, earlier=earlier, later=later, causes=causes) for change in met]


# ── What would be ────────────────────────────────────────────────────────────


def target_of(named: RetractionTarget) -> tuple[Target, Clocks]:
    """What a target names, and the clocks that its id carries. Raises IdInvalid."""
    sorts = {"event": "Event", "source": "Source", "party": "Party", "decision": "Event"}
    for name, sort in sorts.items():
        if isinstance(text := getattr(named, name), str):
            key, clocks = ids.key_in(text, sort)
            # What is supposed is supposed of the whole record, not of what could be read by a day.
            return _target(name, key), msgspec.structs.replace(clocks, available_by=None)
    raise AssertionError("one of them is given")


def supposed_changes(request: Request, target: Target, asked: Asked, part: Part) -> ChangeConnection:
    """A page of the findings that would differ if this were retracted. Raises what `app.supposing.if_retracted` raises."""
    list_ = paging.listed(request, asked, "if retracted", target.named(), part=part, width=_WIDTH)
    differing = _supposed(request, target, list_.asked)
    keys = {(key[0], key[1].value, key[2]): key for key in differing}
    page = _page_of(sorted(keys), list_.window)
    nodes = [_supposed_change(differing, keys[row.place], target, list_.asked) for row in page.rows]  # type: ignore[index]  # a place of ours is three texts
    connection = partial(ChangeConnection, basis_before=Basis(asked=list_.asked))
    return built(connection, ChangeEdge, page, nodes, list_=list_, request=request)


def _supposed(request: Request, target: Target, asked: Asked) -> Differing:
    """What would differ, worked out once for a moment of an operation."""
    worked_out = _SUPPOSED.setdefault(request.at(asked), {})
    if target not in worked_out:
        request.spend(ROWS_A_SUPPOSITION)
        known = request.at(asked).known
        worked_out[target] = if_retracted(
            known, target, subjects_max=SUBJECTS_MAX, rulebooks=request.rulebooks
        )
    return worked_out[target]


def _supposed_change(differing: Differing, key: FindingKey, target: Target, asked: Asked) -> Change:
    before, after = differing[key]
    about, facet, segment = key
    change = changed.Change(about=about, facet=facet, segment=segment, before=before, after=after)
    return Change(difference=change, earlier=asked, later=asked, causes={}, supposed=target)


def _page_of(places: list[tuple[str, str, str]], window: Window) -> Page:
    """The page of a window over places in order."""
    for place in (window.after, window.before):
        if place is not None and not all(isinstance(part, str) for part in place):
            raise CursorInvalid(
                "This is no cursor of this list. Take cursors as `pageInfo` and `edges` give them."
            )
    inside = [
        place
        for place in places
        if (window.after is None or place > window.after) and (window.before is None or place < window.before)
    ]
    taken = inside[max(len(inside) - window.size, 0) :] if window.backwards else inside[: window.size]
    more = len(inside) > len(taken)
    return Page(
        rows=tuple(Row(place, place[-1]) for place in taken),
        has_next=window.before is not None if window.backwards else more,
        has_previous=more if window.backwards else window.after is not None,
        total=len(places),
    )


# ── By id ────────────────────────────────────────────────────────────────────


def by_id(request: Request, parts: tuple[str, ...], asked: Asked) -> Change | None:
    """The change of an id's parts; None where there is none."""
    match parts:
        case (about, facet, segment, first, last, first_day, last_day):
            if (key := _key_of(about, facet, segment)) is None:
                return None
            try:
                earlier, later = (
                    Clocks(known_at=Position(int(position)), valid_on=date.fromisoformat(day))
                    for position, day in ((first, first_day), (last, last_day))
                )
            except ValueError:
                return None
            return _change_by_key(request, key, request.asked_for(earlier), request.asked_for(later))
        case (about, facet, segment, name, value):
            key = _key_of(about, facet, segment)
            if key is None or name not in _TARGETS:
                return None
            target = _target(name, value)
            differing = _supposed(request, target, asked)
            return _supposed_change(differing, key, target, asked) if key in differing else None
        case _:
            return None


def _change_by_key(request: Request, key: FindingKey, earlier: Asked, later: Asked) -> Change | None:
    if earlier.basis.position > later.basis.position:
        return None
    known = [request.at(side).known for side in (earlier, later)]
    found = changed.change_of(known[0], known[1], _span(earlier, later), key)
    return _objects(request, [found], earlier, later)[0] if found is not None else None


def supposed_finding(request: Request, parts: tuple[str, ...], asked: Asked) -> findings.Finding | None:
    """The finding of an id's parts as it would be, or the alternative within one; None where it would not differ, or not be."""
    supposed, own = parts[:2], parts[2:]
    if len(own) not in (3, 5) or supposed[0] not in _TARGETS:
        return None
    key = _key_of(*own) if len(own) == 3 else _key_of(own[3], own[1], own[4])
    after = (
        _supposed(request, _target(*supposed), asked).get(key, (None, None))[1] if key is not None else None
    )
    if after is None:
        return None
    found = findings.object_of(after, asked, supposed=(supposed[0], supposed[1]))
    alternatives = found.each_alternative(findings.Finding)
    return next((one for one in (found, *alternatives) if one.parts == own), None)


def _key_of(about: str, facet: str, segment: str) -> FindingKey | None:
    return (SubjectKey(about), Facet(facet), segment) if facet in set(Facet) else None


def _target(name: str, value: str) -> Target:
    return msgspec.convert({name: value}, Target)


def _in_schema(name: str) -> str:
    """The name of a finding's part as the schema has it."""
    first, *rest = _SHOWN_AS.get(name, name).split("_")
    return first + "".join(word.capitalize() for word in rest)
