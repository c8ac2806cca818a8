"""What came in, or was opened: a type for each kind of filing.

A filing is shown as its whole event, since what was filed is what the event is about.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar, Union

import strawberry
from strawberry import Parent

from app.api import sources, subjects
from app.api.fields import answer
from app.api.references import SnapshotRef, SourceRef, SubjectRef
from app.api.request import Info
from app.api.values import OfKind, Shown
from events import decoder, kinds


class OfFiling(OfKind):
    """A type over one kind of filing, which is shown as the whole event: what was filed is what the event is about."""

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Whether this is the type of an event's content, as unions ask."""
        return isinstance(obj, Shown) and type(obj.value.content) is cls.kind


FiledEvent = Parent[Shown[decoder.Event]]


@strawberry.type(description="A document was entered.")
class SourceRegistered(OfFiling):
    kind = kinds.SourceRegistered

    @answer("The document.")
    @staticmethod
    async def source(root: FiledEvent, info: Info) -> SourceRef:
        found = await subjects.required(info.context, root.value.about[0], root.asked)
        assert isinstance(found, subjects.Source), "a registration is of a source"
        return found


@strawberry.type(description="Its bytes were archived.")
class SnapshotCaptured(OfFiling):
    kind = kinds.SnapshotCaptured

    @answer("The copy.")
    @staticmethod
    def snapshot(root: FiledEvent) -> SnapshotRef:
        return sources.Snapshot(event=root.value, asked=root.asked)


@strawberry.type(description="A stream begins.")
class SubjectOpened(OfFiling):
    kind = kinds.SubjectOpened

    @answer("Whose it is; of a person the record.")
    @staticmethod
    async def subject(root: FiledEvent, info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.about[0], root.asked, record=True)


@strawberry.type(description="Position 1: whose log this is.")
class LedgerOpened(OfFiling):
    kind = kinds.LedgerOpened

    @answer("The log's name.")
    @staticmethod
    def origin(root: FiledEvent) -> str:
        return _content(root, kinds.LedgerOpened).origin

    @answer("The time zone (IANA) in which bare days are read.")
    @staticmethod
    def zone(root: FiledEvent) -> str:
        return _content(root, kinds.LedgerOpened).zone


@strawberry.type(
    description="From this position on, findings follow these rules; what was found before stays as found."
)
class RulesAdopted(OfFiling):
    kind = kinds.RulesAdopted

    @answer("Their version.")
    @staticmethod
    def rules(root: FiledEvent) -> str:
        return _content(root, kinds.RulesAdopted).rules


@strawberry.type(description="A key that signs checkpoints, as a C2SP vkey.")
class KeyAnnounced(OfFiling):
    kind = kinds.KeyAnnounced

    @answer("The key.")
    @staticmethod
    def verifier_key(root: FiledEvent) -> str:
        return _content(root, kinds.KeyAnnounced).verifier_key


@strawberry.type(description="A key that signs nothing from here on.")
class KeyRetired(OfFiling):
    kind = kinds.KeyRetired

    @answer("The key.")
    @staticmethod
    def verifier_key(root: FiledEvent) -> str:
        return _content(root, kinds.KeyRetired).verifier_key


FILINGS: tuple[type[OfFiling], ...] = (
    SourceRegistered,
    SnapshotCaptured,
    SubjectOpened,
    LedgerOpened,
    RulesAdopted,
    KeyAnnounced,
    KeyRetired,
)
Filed: TypeAlias = Annotated[
    Union[FILINGS],  # type: ignore[valid-type]  # noqa: UP007  # the union is these types, named once
    strawberry.union(
        "Filed", description="What was filed; named as the kinds in the log, and members will be added."
    ),
]

Filed_co = TypeVar("Filed_co", bound=kinds.Filing)


def _content(root: Shown[decoder.Event], sort: type[Filed_co]) -> Filed_co:
    content = root.value.content
    assert isinstance(content, sort), "the union chose the type by the content"
    return content
