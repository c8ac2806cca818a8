"""GraphQL: one schema over what is projected and what is recorded, for programs, pages and the command line.

    schema      the whole of it; printed into `schema.graphql`
    execution   one operation, in one reading transaction, so that all of its answers have one basis
    query       what can be asked
    subjects, entries, findings, sources, claims, values, enums     what is answered

Invariants: a resolver reads through `Request` alone, whose loaders ask once for all rows of a level, so that the statements of an
operation do not grow with its rows; whatever is shown went through the one read door with the request's viewer.

Absent on purpose: SQL (`projections/reads.py`, `events/store.py`), rules, and mutations, which come with a later issue.
"""

# Before any type that uses them: Strawberry would publish an enumeration by itself otherwise, without its descriptions.
from app.api import enums as enums
