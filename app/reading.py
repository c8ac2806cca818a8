"""Answers for the command line, by the same GraphQL that every other door serves: the query book's words, straight on the database.

    answer(service, document, variables)     any question
    state_of(service, name)                  where one prisoner stands, with the sentences
    history_of(service, name)                everything on record about one prisoner

Absent on purpose: SQL, and any reading around the one read door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.execution import execute
from app.ledger import Service
from events.errors import SubjectNotFound
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
    custody { status ...Why ...Sides }
    sentences { ...Why ...Sides }
    acts { act { name } outcome ...Why ...Sides }
    basis { position validOn zone rules }
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


def answer(service: Service, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The GraphQL response as plain values: `data`, `errors`, `extensions`."""
    return execute(service, document, variables)


def state_of(service: Service, name: str) -> Mapping[str, Any]:
    """The prisoner of that key or name. Raises SubjectNotFound, with the nearest names, or the choice where several fit."""
    key = _key_of(service, name)
    found: Mapping[str, Any] = _data(service, _STATE, {"key": key})["prisoner"]
    return found


def history_of(service: Service, name: str) -> Mapping[str, Any]:
    """All entries about the prisoner of that key or name, in order. Raises SubjectNotFound as `state_of` does."""
    key, after, entries = _key_of(service, name), None, []
    while True:
        prisoner = _data(service, _HISTORY, {"key": key, "after": after})["prisoner"]
        page = prisoner["history"]
        entries += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return {"key": prisoner["key"], "name": prisoner["name"], "history": entries}


def _key_of(service: Service, name: str) -> str:
    found = _data(service, _FIND, {"key": name, "name": name})
    by_name = found["byName"]["nodes"]
    if found["byKey"] is not None:
        return str(found["byKey"]["key"])
    if not by_name:
        raise SubjectNotFound(_nobody(service, name), name=name)
    if len(by_name) > 1:
        choice = "\n".join(f"  {one['key']}  {one['name']}" for one in by_name)
        raise SubjectNotFound(
            f"{found['byName']['totalCount']} prisoners are on record by the name {name}; say which, by key:\n{choice}"
        )
    return str(by_name[0]["key"])


def _nobody(service: Service, name: str) -> str:
    with service.database.reading() as connection:
        nearest = nearest_names(known_at(connection), name)
    advice = (
        f" Did you mean {' or '.join(nearest)}?"
        if nearest
        else " Names are searched in every spelling on record."
    )
    return f"Nobody on record is called {name}.{advice}"


def _data(service: Service, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    response = execute(service, document, variables)
    assert not response.get("errors"), response["errors"]
    data: Mapping[str, Any] = response["data"]
    return data
