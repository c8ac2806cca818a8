"""The schema: every type of the API, its limits, and its printed form.

Limits of one operation: 200,000 characters and 4,000 tokens of document, 12 levels of fields, 30 aliases, 100 rows a page and 20,000 rows
in all. They are wide enough for the query book and for every page of our own.
"""

from __future__ import annotations

import strawberry
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.schema.config import StrawberryConfig

import app.api.enums  # noqa: F401  # publishes the enumerations
from app.api import entries, findings, sources, subjects
from app.api.claims import CLAIMS
from app.api.filings import FILINGS
from app.api.query import Query
from app.api.rulings import RULINGS
from app.api.values import SCALARS, read_attribute

DEPTH_MAX = 12
TOKENS_MAX = 4_000
ALIASES_MAX = 30

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
        lambda: QueryDepthLimiter(max_depth=DEPTH_MAX),
        lambda: MaxTokensLimiter(max_token_count=TOKENS_MAX),
        lambda: MaxAliasesLimiter(max_alias_count=ALIASES_MAX),
    ],
)


def print_schema() -> str:
    """The whole schema in the GraphQL schema definition language, ending in a newline."""
    return SCHEMA.as_str() + "\n"
