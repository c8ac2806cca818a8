"""The page on which a person asks GraphQL: Strawberry's GraphiQL, with every file taken from our own folder.

Strawberry's page names its files at a public download host, by package, version and path. `app/vendored/` holds
the same files under the same names, and `/static` serves that folder, so only the prefix of an address changes;
the integrity attributes stay and are checked by the browser against our copies.

Absent on purpose: a page of our own, and any request to another machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from strawberry.http.ides import get_graphql_ide_html

VENDORED = Path(__file__).parent / "vendored"
STATIC = "/static/"
DOWNLOAD_HOST = re.compile(r'https://[^/"\s]+/')


def graphiql_page() -> str:
    """The HTML of the query page, for a server that serves `VENDORED` at `/static`."""
    page = DOWNLOAD_HOST.sub(STATIC, get_graphql_ide_html("graphiql"))
    return page.replace("<title>Strawberry GraphiQL</title>", "<title>Custody Ledger: ask</title>").replace(
        "&#x1f353;", "&#x2696;"
    )
