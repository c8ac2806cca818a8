"""Answers for the command line, by the same GraphQL that every other door serves: the query book's words, straight on the database.

    answer(service, document, variables)     any question
    state_of(service, name)                  where one prisoner stands, with the sentences
    history_of(service, name)                everything on record about one prisoner

Each is asked about a moment and a day, as somebody typed them (`Typed`); about now and today, where nothing was typed.

Absent on purpose: SQL, and any reading around the one read door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from app.api.clocks import Clocks
from app.api.execution import execute
from app.ledger import Service
from app.moments import day_typed, instant_typed, ledger_zone, moment_typed
from events.errors import NotYet, SubjectNotFound
from events.store import head
from projections.builds import known_at
from projections.reads import nearest_names

PAGE = 100

_FIND = """
query Find($key: ID!, $name: String!) {
  byKey: prisoner(id: $key) { key name }
  byName: prisoners(filter: { name: $name }, first: 6) { totalCount nodes { key name } }
}
"""

_STATE = """
query State($key: ID!) {
  prisoner(id: $key) {
    key
    name
    custody { id status ...Why ...Sides }
    timeline(facets: [CUSTODY]) { id inWords holds since { edtf derivation asWritten } }
    sentences { ...Why ...Sides }
    acts { act { name } outcome ...Why ...Sides }
    basis { position recordedAt validOn availableBy zone rules projectedThrough }
  }
}

fragment Why on Finding {
  inWords
  standing
  holds
  voices
  since { edtf derivation asWritten }
  rule { name }
  supportedBy(first: 5) { nodes { ...Words } }
  opposedBy(first: 5) { nodes { ...Words } }
}

fragment Sides on Finding {
  alternatives { ...Why }
}

fragment Words on Report {
  modality
  citations { quote passage }
  attribution { asWritten }
  attributionScope
  voice { name }
  source { name url original { name url } }
}
"""

_HISTORY = """
query History($key: ID!, $after: String) {
  prisoner(id: $key) {
    key
    name
    basis { position recordedAt validOn availableBy zone rules projectedThrough }
    history(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        position
        kind
        recordedAt
        ... on Report {
          state
          modality
          polarity
          claimed { edtf derivation asWritten }
          citations { quote }
          attribution { asWritten }
          attributionScope
          voice { name }
        }
        ... on Decision { reason }
      }
    }
  }
}
"""


class Typed(Struct, frozen=True, kw_only=True):
    """The clocks of a question as somebody types them: of two of them a moment (`app.moments`), of one a day."""

    known_at: str | None = None
    valid_on: str | None = None
    available_by: str | None = None


NOTHING_TYPED = Typed()


class _Meant(Struct, frozen=True):
    """The clocks that were typed, each resolved, and in words what was typed of two of them."""

    clocks: Clocks
    known_at: str | None
    available_by: str | None


def answer(
    service: Service, document: str, variables: Mapping[str, Any], typed: Typed = NOTHING_TYPED
) -> Mapping[str, Any]:
    """The GraphQL response as plain values: `data`, `errors`, `extensions`. Raises MomentInvalid."""
    return execute(service, document, variables, clocks=_meant(service, typed).clocks)


def state_of(service: Service, name: str, typed: Typed = NOTHING_TYPED) -> Mapping[str, Any]:
    """The prisoner of that key or name. Raises SubjectNotFound, with the nearest names, or the choice where several fit; MomentInvalid."""
    meant = _meant(service, typed)
    key = _key_of(service, name, meant)
    return _told(_data(service, _STATE, {"key": key}, meant.clocks)["prisoner"], meant)


def history_of(service: Service, name: str, typed: Typed = NOTHING_TYPED) -> Mapping[str, Any]:
    """All entries about the prisoner of that key or name, in order. Raises SubjectNotFound and MomentInvalid as `state_of` does."""
    meant = _meant(service, typed)
    key, after, entries = _key_of(service, name, meant), None, []
    while True:
        prisoner = _data(service, _HISTORY, {"key": key, "after": after}, meant.clocks)["prisoner"]
        page = prisoner["history"]
        entries += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return _told({**prisoner, "history": entries}, meant)


def _meant(service: Service, typed: Typed) -> _Meant:
    """Raises MomentInvalid."""
    with service.database.reading() as connection:
        zone = ledger_zone(connection, service)
        moment = (
            None
            if typed.known_at is None
            else moment_typed(connection, typed.known_at, zone=zone, now=service.entropy.now())
        )
    by = None if typed.available_by is None else instant_typed(typed.available_by, zone=zone)
    clocks = Clocks(
        known_at=None if moment is None else moment.position,
        valid_on=None if typed.valid_on is None else day_typed(typed.valid_on),
        available_by=None if by is None else by[0],
    )
    return _Meant(clocks, None if moment is None else moment.told, None if by is None else by[1])


def _told(prisoner: Mapping[str, Any], meant: _Meant) -> Mapping[str, Any]:
    """The answer, with what was typed beside what it was read as."""
    words = {"knownAt": meant.known_at, "availableBy": meant.available_by}
    return {**prisoner, "asked": {name: told for name, told in words.items() if told is not None}}


def _key_of(service: Service, name: str, meant: _Meant) -> str:
    # Who somebody is does not depend on what could be read of them.
    clocks = msgspec.structs.replace(meant.clocks, available_by=None)
    found = _data(service, _FIND, {"key": name, "name": name}, clocks)
    by_name = found["byName"]["nodes"]
    if found["byKey"] is not None:
        return str(found["byKey"]["key"])
    if not by_name:
        raise SubjectNotFound(_nobody(service, name, meant), name=name)
    if len(by_name) > 1:
        choice = "\n".join(f"  {one['key']}  {one['name']}" for one in by_name)
        raise SubjectNotFound(
            f"{found['byName']['totalCount']} prisoners are on record by the name {name}; say which, by key:\n{choice}"
        )
    return str(by_name[0]["key"])


def _nobody(service: Service, name: str, meant: _Meant) -> str:
    at = meant.clocks.known_at
    with service.database.reading() as connection:
        known = known_at(connection, at)
        nearest = nearest_names(known, name)
        size = head(connection).size
    if at is None and known.projected_through < size:
        return (
            f"Nobody is called {name} in the entries up to position {known.projected_through}: names and findings have come so far, and"
            f" entries to {size}. Ask again in a moment; if it stays so, see docs/operations.md."
        )
    advice = (
        f" Did you mean {' or '.join(nearest)}?"
        if nearest
        else " Names are searched in every spelling on record."
    )
    if at is not None:
        return f"Nobody on record at position {at} ({meant.known_at}) is called {name}.{advice}"
    return f"Nobody on record is called {name}.{advice}"


def _data(service: Service, document: str, variables: Mapping[str, Any], clocks: Clocks) -> Mapping[str, Any]:
    response = execute(service, document, variables, clocks=clocks)
    for error in response.get("errors", ()):
        if error["extensions"]["code"] == NotYet.code:
            raise NotYet(error["message"])
    assert not response.get("errors"), response["errors"]
    data: Mapping[str, Any] = response["data"]
    return data
