"""The page at `/`: what this is, what to open, what to ask. Plain HTML, whole without a script, nothing from another host.

Absent on purpose: names of anybody. It is the one page that a passer-by sees.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

FIRST_QUESTION = """# Who is on record, and where does each stand today?
{
  prisoners(first: 10) {
    totalCount
    nodes {
      name
      custody { inWords standing supportedBy(first: 1) { nodes { citations { passage } } } }
    }
  }
}
"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Custody Ledger</title>
<style>
body {{ font: 1.1rem/1.55 Georgia, serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; color: #222; }}
code, pre {{ font: 0.9rem/1.5 ui-monospace, monospace; background: #f4f2ee; }}
pre {{ padding: 0.8rem; overflow-x: auto; }}
</style>
<h1>Custody Ledger</h1>
<p>It records who reported what about people in custody, in which words, and answers with the sentence. Nobody here <em>is</em> anything:
sources reported it.</p>
<p>{state}</p>
<p><a href="/graphql?q={link}">Ask a first question</a>, or open <a href="/graphql">the query page</a> and read the descriptions beside
every field. The query book of the repository, <code>docs/queries/</code>, holds one question a file.</p>
<pre>{question}</pre>
<p>On the command line: <code>custody query 01</code>, <code>custody state NAME</code>, <code>custody history NAME</code>.</p>
</html>
"""


def start_page(*, origin: str | None, size: int) -> str:
    """The HTML; `origin` is the ledger's name, None where none was opened."""
    state = (
        "There is no ledger here yet. <code>custody record FILE</code> records the reports of a file."
        if origin is None
        else f"This is the ledger <code>{escape(origin)}</code>, with {size} entries."
    )
    return _PAGE.format(state=state, link=quote(FIRST_QUESTION), question=escape(FIRST_QUESTION))
