"""The server: GraphQL at `/graphql`, its query page, the files of that page, `/healthz`, and one page that says what to open.

    POST /graphql    {"query": …, "variables": …, "operationName": …} as application/json
    GET /graphql     ?query=…&variables=…; to a browser the query page, with the question in it
    Ledger-Position      in each answer: the position that it was computed at
    Ledger-Min-Position  in a request: the position that the answer must take in

An operation runs in a worker thread, since it waits for the database. Nothing here asks another host for anything.

Absent on purpose: recording over HTTP, which comes with mutations; FastAPI's own documentation pages, which ask a CDN.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.execution import execute
from app.errors import meaning_of
from app.graphiql import VENDORED, graphiql_page
from app.ledger import Service, open_service
from app.settings import Settings, SettingsInvalid
from app.start_page import FIRST_QUESTION, start_page
from events.errors import LedgerError, RequestInvalid, StoreUnready
from events.kinds import LedgerOpened
from events.store import PUBLIC_VIEWER, decoded, head, read_positions
from projections.builds import state

_log = logging.getLogger(__name__)

BODY_BYTES_MAX = 1_000_000
JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


class Asked(msgspec.Struct, frozen=True):
    """A GraphQL request as it comes over HTTP; what else it carries is not read."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # the protocol's own word


Parsed = TypeVar("Parsed")


class _Refused(Exception):
    """A request that is answered without an operation: its status, and why."""

    def __init__(self, status: int, message: str, *, code: str = RequestInvalid.code) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def create_app(service: Service) -> FastAPI:
    """The application over an open ledger, for a server or a test client."""
    app = FastAPI(title="Custody Ledger", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=VENDORED), name="static")
    page = graphiql_page()

    @app.get("/graphql")
    async def ask_by_address(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            if "q" in request.query_params:  # where the page looks for the question that it opens with
                return HTMLResponse(page)
            question = request.query_params.get("query", FIRST_QUESTION)
            return RedirectResponse(f"/graphql?q={quote(question)}", status_code=303)
        return await _answered(service, request, _from_address)

    @app.post("/graphql")
    async def ask(request: Request) -> Response:
        return await _answered(service, request, _from_body)

    @app.get("/healthz")
    def health() -> JSONResponse:
        return _health(service)

    @app.get("/")
    def start() -> HTMLResponse:
        origin, size = _ledger(service)
        return HTMLResponse(start_page(origin=origin, size=size))

    app.add_exception_handler(SQLAlchemyError, _unreachable)
    app.add_middleware(_WithHeaders)
    return app


def serve(settings: Settings) -> None:
    """Serves until it is told to stop, and says first what to open. Raises SettingsInvalid where the address is taken."""
    with _listening(settings) as listener, open_service(settings, recording=True) as service:
        host, port = listener.getsockname()[:2]
        print(_welcome(f"http://{host}:{port}", settings), flush=True)
        config = uvicorn.Config(create_app(service), log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsInvalid(
            f"Nobody can listen on {settings.host}, port {settings.port}: {error.strerror}. Choose another: `custody serve --port 8123`, "
            "CUSTODY_PORT=8123, or `make run PORT=8123`."
        ) from None
    return listener


def _welcome(address: str, settings: Settings) -> str:
    data = settings.data.absolute()
    moved = data != Settings.model_fields["data"].default.absolute()
    hint = "    (in another terminal: export CUSTODY_DATA to this folder first)" if moved else ""
    return f"""
Custody Ledger serves on {address}    (Ctrl-C stops it)

  open   {address}/            what this is
         {address}/graphql     the query page, with a description beside every field
  ask    .venv/bin/custody query 01            is he free, and who says so, in which words?
         .venv/bin/custody state Isgandarov    the same, for reading
         .venv/bin/custody query 01 --url {address}
  data   {data}{hint}
"""


# --- /graphql -----------------------------------------------------------------------------------------------


async def _answered(
    service: Service, request: Request, read: Callable[[Request], Awaitable[Asked]]
) -> Response:
    try:
        asked, at_least = await read(request), _minimum(request)
    except _Refused as refused:
        told = {"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]}
        return JSONResponse(told, status_code=refused.status)
    answer = await run_in_threadpool(_executed, service, asked, at_least)
    return _response(answer, accept=request.headers.get("accept", ""))


def _executed(service: Service, asked: Asked, at_least: int) -> dict[str, Any]:
    return execute(service, asked.query, asked.variables, operation=asked.operationName, at_least=at_least)


def _response(answer: Mapping[str, Any], *, accept: str) -> Response:
    """The answer in the media type asked for (GraphQL over HTTP: only the newer one tells a refused request by its status)."""
    newer = GRAPHQL_TYPE in accept
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    if (found := answer.get("extensions", {}).get("basis")) is not None:
        headers["Ledger-Position"] = str(found["position"])
    return Response(
        msgspec.json.encode(answer),
        status_code=_status(answer) if newer else 200,
        media_type=f"{GRAPHQL_TYPE if newer else JSON_TYPE}; charset=utf-8",
        headers=headers,
    )


def _status(answer: Mapping[str, Any]) -> int:
    if "data" in answer:
        return 200
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    return (
        503 if codes & {"NOT_YET", "STORE_UNREADY", "RULES_UNKNOWN"} else 500 if "INTERNAL" in codes else 400
    )


async def _from_body(request: Request) -> Asked:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON_TYPE:
        raise _Refused(415, f"Expected {JSON_TYPE}, found {media_type or 'no content type'}.")
    body = b"".join([chunk async for chunk in _bounded(request.stream())])
    return _parsed(body, Asked)


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise _Refused(413, f"The body is larger than {BODY_BYTES_MAX} bytes.", code="TOO_LARGE")
        yield chunk


async def _from_address(request: Request) -> Asked:
    given = request.query_params
    if "query" not in given:
        raise _Refused(400, "Expected `query`, as a parameter of the address or in a POST.")
    variables = _parsed(given["variables"].encode(), dict[str, Any]) if given.get("variables") else None
    return Asked(given["query"], variables, given.get("operationName"))


def _parsed(body: bytes, wanted: type[Parsed]) -> Parsed:
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused(
            400, f"This is no GraphQL request: {error}. Expected JSON with `query`, and perhaps `variables`."
        ) from None


def _minimum(request: Request) -> int:
    given = request.headers.get("ledger-min-position", "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 15:
        raise _Refused(400, "`Ledger-Min-Position` is a position: 1, 2, 3, …")
    return int(given)


# --- the rest -----------------------------------------------------------------------------------------------


def _health(service: Service) -> JSONResponse:
    """Whether the ledger can be read, and how far findings have come."""
    try:
        with service.database.reading() as connection:
            projected = state(connection)
            size = head(connection).size
    except LedgerError as refused:
        status = meaning_of(refused).http
        return JSONResponse({"status": "not ready", "reason": refused.message}, status_code=status)
    told = {"position": size, "projectedThrough": projected.projected_through}
    if projected.stopped_reason is not None:
        return JSONResponse({"status": "findings have stopped", **told}, status_code=503)
    return JSONResponse({"status": "ok", **told})


def _unreachable(_request: Request, error: Exception) -> Response:
    """That the database did not answer; what it said is the operator's, in the log."""
    _log.error("The database cannot be used", exc_info=error)
    told = {
        "message": "The database cannot be reached. Ask again in a moment.",
        "extensions": {"code": StoreUnready.code},
    }
    return JSONResponse({"errors": [told]}, status_code=503, headers={"Retry-After": "5"})


def _ledger(service: Service) -> tuple[str | None, int]:
    with service.database.reading() as connection:
        opening = read_positions(connection, [1], viewer=PUBLIC_VIEWER)
        try:
            size = head(connection).size
        except StoreUnready:
            return None, 0
    content = decoded(next(iter(opening.values()))).content
    return content.origin if isinstance(content, LedgerOpened) else None, size


class _WithHeaders:
    """Adds to every answer what keeps a browser from guessing, and a robot from indexing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, with_headers)
