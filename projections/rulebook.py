"""The rulebooks: for each version of the rules, what each rule says, and the folds that follow it.

    rules_in_force(events)      the version that the events up to a position leave in force there
    rulebook(version)           its rulebook

The fold of the first p events follows the rulebook in force at p (I-9): that of the last `rules_adopted` at or before p. A new rulebook
therefore never rewrites what the record said before it was adopted, and an old one stays here as long as any ledger has it in force
somewhere. To change one rule is to make a rulebook of another version, which takes over the folds that stay as they are.

Whatever works with rulebooks takes them as an argument, `RULEBOOKS` by default.

Absent on purpose: adopting, which is an event, recorded by somebody who means it (`app/adoption.py`); and what all versions have in common
so far: how filings are read (`facts`), which reports stand (`evidence`), whose word they are (`voices`), what a tally adds up. A
version that is to change one of these puts it into the rulebook first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from events.decoder import Event
from events.errors import RulesUnknown
from events.kinds import RulesAdopted, SubjectKey
from projections.acts import fold_act, fold_group
from projections.context import Context
from projections.findings import Finding
from projections.prisoner import fold_prisoner
from projections.proceedings import fold_proceeding
from projections.rules import RULES, RULES_VERSION


class SubjectFold(Protocol):
    """All findings that a subject's events add up to."""

    def __call__(self, key: SubjectKey, events: Sequence[Event], context: Context, /) -> tuple[Finding, ...]:
        """Pure; sorted by facet and segment."""


class ActFold(Protocol):
    """All findings about an act and the groups under it."""

    def __call__(
        self,
        key: SubjectKey,
        events: Sequence[Event],
        groups: Mapping[SubjectKey, Sequence[Event]],
        context: Context,
        /,
    ) -> tuple[Finding, ...]:
        """Pure; sorted by subject, facet and segment."""


class Rulebook(Struct, frozen=True, kw_only=True):
    """One version of the rules: `statements` says each in a sentence, by its number; each fold is for subjects of its sort."""

    version: str
    statements: Mapping[str, str]
    prisoner: SubjectFold
    act: ActFold
    group: SubjectFold
    proceeding: SubjectFold

    def name_of(self, number: str) -> str:
        """The full name of a rule, such as `rules-v1/R9`."""
        return f"{self.version}/{number}"

    def statement_of(self, number: str) -> str:
        """What a rule says, in one sentence. `number` is one of `statements`."""
        return self.statements[number]


RULEBOOKS: Final[Mapping[str, Rulebook]] = {
    RULES_VERSION: Rulebook(
        version=RULES_VERSION,
        statements=RULES,
        prisoner=fold_prisoner,
        act=fold_act,
        group=fold_group,
        proceeding=fold_proceeding,
    )
}


def rulebook(version: str, *, rulebooks: Mapping[str, Rulebook] = RULEBOOKS) -> Rulebook:
    """The rulebook of a version that a ledger has adopted. Raises RulesUnknown where there is none."""
    if version not in rulebooks:
        raise RulesUnknown(
            f"This ledger adopted {version}, which this version of Custody Ledger does not know; it knows {', '.join(rulebooks)}. "
            "Install a newer one.",
            version=version,
            known=tuple(rulebooks),
        )
    return rulebooks[version]


def rules_adopted(events: Iterable[Event]) -> list[str]:
    """The versions that these events adopt, in their order."""
    return [event.content.rules for event in events if isinstance(event.content, RulesAdopted)]


def rules_in_force(events: Iterable[Event]) -> str:
    """The version in force after these events, which are in order and hold at least those of the ledger itself.

    Before the first `rules_adopted` there is nothing that a rule could bear on; the version of a new ledger stands for it.
    """
    adopted = rules_adopted(events)
    return adopted[-1] if adopted else RULES_VERSION
