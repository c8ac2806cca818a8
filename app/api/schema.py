"""The schema: every type of the API, its limits, and its printed form.

Limits of one operation: 200,000 characters and 4,000 tokens of document, 12 levels of fields, 30 aliases, 100 rows a page and 20,000 rows
in all. They are wide enough for the query book and for every page of our own.
"""

from __future__ import annotations

import strawberry
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig

from app.api import entries, findings, sources, subjects
from app.api.claims import CLAIMS
from app.api.filings import FILINGS
from app.api.limits import SizeRule
from app.api.query import Query
from app.api.rulings import RULINGS
from app.api.values import SCALARS, read_attribute

TOKENS_MAX = 4_000

SCHEMA = strawberry.Schema(
    query=Query,
    types=[
        *subjects.SORTS.values(),
        subjects.PersonRecord,
        *set(findings.SORTS.values()),
        entries.Report,
        entries.Decision,
        entries.Filing,
        entries.WithheldEvent,
        sources.Snapshot,
        sources.Edition,
        *CLAIMS,
        *RULINGS,
        *FILINGS,
    ],
    config=StrawberryConfig(default_resolver=read_attribute, scalar_map=SCALARS),
    extensions=[
        lambda: MaxTokensLimiter(max_token_count=TOKENS_MAX),
        lambda: AddValidationRules([SizeRule]),
        ParserCache,
        ValidationCache,
    ],
)


DESCRIPTION = """\
Custody Ledger. Nobody here *is* anything: sources reported it, and each answer carries the words it rests on.

An **Event** is one immutable entry: a **Report** (what a source said), a **Decision** (what an editor ruled, and why) or a **Filing**
(what came in: sources, archived copies, subjects, the ledger's own entries). A **Finding** is what the reports add up to by a named rule.
Three clocks, never mixed: `knownAt`, what the ledger had been told by then; `validOn`, the day asked about; `availableBy` (one prisoner,
act, list or source), what the public could have read by then. Leave them out for now and today.
Bare days are days in the ledger's zone. An id read at a named moment carries it, and leads back to it; `key` is the same at every moment.
`null` means *no source has said*. A contested value is null too, so that nobody shows one side by accident: see `standing` and
`alternatives`. `…On` is a calendar day, `…At` an instant in UTC.
No harm, by default: what you may not see is left out of lists and counts alike, and is told of only where the telling reveals nothing. No
address, health, faith or whereabouts of the freed; no minors, relatives, victims or witnesses; no confidential sources; no actors.
Lists are Relay connections: `first` or `last`, at most 100; neither means `first: 20`. A cursor keeps its basis and its order. Top-level
`errors` mean a request that cannot be answered, and carry `extensions.code`. Each answer's `extensions` and `Ledger-Position` header tell
its basis."""
# Strawberry has no parameter for what the schema itself says, and does not print it.
SCHEMA._schema.description = DESCRIPTION


def print_schema() -> str:
    """The whole schema in the GraphQL schema definition language, ending in a newline."""
    return f'"""\n{DESCRIPTION}\n"""\nschema {{\n  query: Query\n}}\n\n{SCHEMA.as_str()}\n'
