"""The query book, found and asked: a numbered file of `docs/queries/` with the variables beside it.

    find_query("01")        the file whose name begins so, or a file by its path
    ask_server(url, …)      the answer of a running server

Absent on purpose: asking the database in this process: `app.api` does that.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from events.errors import LedgerError

BOOK = Path(__file__).parents[1] / "docs" / "queries"
ANSWER_SECONDS_MAX = 60


class QueryRefused(LedgerError):
    """The question could not be asked."""

    code = "QUERY_REFUSED"


class Question(Struct, frozen=True, kw_only=True):
    """A GraphQL document with its variables."""

    name: str
    document: str
    variables: Mapping[str, Any]


def find_query(name: str, *, variables: str | None = None, book: Path = BOOK) -> Question:
    """The question of that number, name or path, with the given variables (JSON, or a file of it) or those beside it.

    Raises QueryRefused, which tells what there is.
    """
    path = Path(name) if name.endswith(".graphql") else _in_book(name, book)
    if not path.is_file():
        raise QueryRefused(
            f"There is no file {path}: give a number of the query book, or the path of a .graphql file."
        )
    beside = path.with_suffix(".json")
    if variables is None:
        variables = beside.read_text(encoding="utf-8") if beside.is_file() else "{}"
    elif not variables.lstrip().startswith("{"):
        variables = _variables_of(Path(variables))
    return Question(name=path.stem, document=path.read_text(encoding="utf-8"), variables=_parsed(variables))


def _in_book(name: str, book: Path) -> Path:
    known = {path.stem: path for path in sorted(book.glob("*.graphql"))}
    if not known:
        raise QueryRefused(f"There is no query book at {book}: give the path of a .graphql file.")
    wanted = f"{int(name):02}" if name.isdecimal() else name
    if found := [path for stem, path in known.items() if stem == wanted or stem.startswith(f"{wanted}-")]:
        return found[0]
    nearest = difflib.get_close_matches(name, [*known, *(stem[3:] for stem in known)], n=1)
    advice = f" Did you mean {nearest[0]}?" if nearest else ""
    raise QueryRefused(f"There is no question {name} in the query book.{advice} It has: {', '.join(known)}.")


def _variables_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as broken:
        raise QueryRefused(
            f"Variables are JSON, or a file of it; {path} cannot be read: {broken.strerror}."
        ) from None


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        variables = json.loads(text)
    except json.JSONDecodeError as broken:
        raise QueryRefused(
            f"Variables are a JSON object; there is a fault at line {broken.lineno}, column {broken.colno}: {broken.msg}."
        ) from None
    try:
        text.encode()
        json.dumps(variables, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise QueryRefused(
            "Variables are text; there is half a surrogate pair in them, which is none."
        ) from None
    if not isinstance(variables, dict):
        raise QueryRefused('Variables are a JSON object, as {"name": "Isgandarov"}.')
    return variables


def ask_server(url: str, question: Question) -> Mapping[str, Any]:
    """What the server at this address answers: `data`, `errors`, `extensions`. Raises QueryRefused where it does not."""
    # Only this one door speaks HTTP, and it takes a tenth of a second to import.
    import httpx

    if not url.startswith(("http://", "https://")):
        raise QueryRefused(f"{url} is no address of a server: expected one such as http://127.0.0.1:8000.")
    address = url.rstrip("/")
    address = address if address.endswith("/graphql") else f"{address}/graphql"
    body = {"query": question.document, "variables": dict(question.variables)}
    try:
        response = httpx.post(address, json=body, timeout=ANSWER_SECONDS_MAX)
    except httpx.HTTPError as broken:
        raise QueryRefused(
            f"No answer from {address}: {broken}. Is it running? `custody serve` starts it."
        ) from None
    try:
        answer = response.json()
    except ValueError:
        raise QueryRefused(
            f"{address} did not answer in JSON (HTTP {response.status_code}): is that a ledger?"
        ) from None
    if not isinstance(answer, dict) or not answer.keys() & {"data", "errors"}:
        raise QueryRefused(
            f"{address} answered with something else than a GraphQL response (HTTP {response.status_code}): is that a ledger?"
        )
    return answer
