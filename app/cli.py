"""The command line: `custody serve migrate snapshot record state history diff if-retracted rebuild replay adopt-rules query schema`.

Each command reads its settings, opens the ledger, calls one function, and prints: for people on a terminal, or with `--json` for programs.
What is printed as an answer goes to standard output, everything else to standard error. A refusal is a clear sentence and an exit code
(`app.errors`), never a traceback.

Absent on purpose: anything that a program could not do by calling the same functions.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from app import printing
from app.errors import Exit, meaning_of
from app.ledger import Service, open_service
from app.planning.drafting import KEY_SHAPE, SET_SHAPE
from app.report_files import ReportFile, media_type_of, read_bounded, read_report_file
from app.requests import (
    BLANK,
    DocumentRequest,
    RecordingRequest,
    RequestRefused,
    SourceRequest,
    SubjectRequest,
)
from app.settings import read_settings
from events.dates import ClaimedDate, Derivation
from events.errors import LedgerError, StoreUnready
from events.extraction import RAW_BYTES_MAX
from events.kinds import SourceRegistered, Subject, SubjectKey, SubjectOpened, SubjectSort
from events.store import FULL_VIEWER, head, known_items, subjects
from events.texts import WrittenText, check_words

EXIT_CODES = (
    "Exit codes: 0 done; 1 refused (the input is wrong; nothing was stored); 2 the command was not understood;"
    " 3 not ready (no ledger yet, or a schema or rules of another version); 4 busy, try again; 5 the ledger contradicts itself."
)


MOMENTS = "A position (120), a day to its end in the ledger's zone (2025-12-23), an instant (2025-12-23T12:00:00Z), or now."


class _Doors(TyperGroup):
    """Turns a refusal into its sentence and exit code, for every command."""

    def invoke(self, ctx: Any) -> Any:
        # It prints each fault of a question with its traceback; the answer tells the fault, and `app.api.execution` logs the rest.
        logging.getLogger("strawberry.execution").disabled = True
        try:
            return super().invoke(ctx)
        except LedgerError as refused:
            printing.refusal(refused)
            raise typer.Exit(meaning_of(refused).exit) from None
        except DBAPIError as broken:
            printing.complaint(
                f"The database cannot be used: {broken.orig}. CUSTODY_DATABASE_URL says which one it is."
            )
            raise typer.Exit(Exit.NOT_READY) from None
        except OSError as broken:
            printing.complaint(f"{broken.filename or 'A file'} cannot be used: {broken.strerror}.")
            raise typer.Exit(Exit.NOT_READY) from None


app = typer.Typer(
    cls=_Doors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A ledger of what sources report about people in custody, in which words. Every command takes --help.",
    epilog=EXIT_CODES,
)

KnownAt = Annotated[
    str | None,
    typer.Option(
        help="What was on record then: a position, a day (to its end, in the ledger's zone) or an instant. Default: now.",
        show_default=False,
    ),
]
ValidOn = Annotated[
    str | None,
    typer.Option(help="The day asked about, such as 2025-12-22. Default: today.", show_default=False),
]
AvailableBy = Annotated[
    str | None,
    typer.Option(
        help="Only from what the public could read by then: a day (to its end) or an instant. Default: from all.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print for programs: JSON, one object a line.")]


@app.command()
def migrate() -> None:
    """Make the database ready, or bring it to the schema of this version. Safe to run again."""
    # Alembic takes half a second to import, and nothing else here needs it.
    from app.database import address
    from app.database import migrate as bring_to_head

    settings = read_settings()
    bring_to_head(settings.url)
    printing.note(f"The database {address(settings.url)} is ready.")


@app.command()
def record(
    files: Annotated[
        list[Path], typer.Argument(help="Report files: YAML, or JSON Lines (.jsonl).", show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    document: Annotated[
        Path | None,
        typer.Option(
            help="The source's own file, where the report file names it by SHA-256 alone.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Record what sources say, from report files: each file whole, or not at all and every mistake of it.

    Recording a file again records nothing. See docs/report-files.md for the form of a file.
    """
    if document is not None and len(files) > 1:
        raise typer.BadParameter("goes with one report file only", param_hint="--document")
    refused = False
    with open_service(read_settings(), recording=not dry_run) as service:
        for path in files:
            refused = not _record_file(service, path, document, dry_run=dry_run, as_json=as_json) or refused
    if refused:
        raise typer.Exit(Exit.REFUSED)


def _record_file(
    service: Service, path: Path, document: Path | None, *, dry_run: bool, as_json: bool
) -> bool:
    """Whether the file is on record now, or could be. Prints what became of it."""
    file: ReportFile | None = None
    try:
        file = read_report_file(path, document=document)
        act = service.recorder.check if dry_run else service.recorder.record
        outcome = act(file.request, actor=service.actor, mistakes=file.mistakes)
    except RequestRefused as refused:
        printing.mistakes(str(path), _located(path, file, refused), as_json=as_json)
        return False
    printing.outcome(str(path), outcome, dry_run=dry_run, as_json=as_json)
    return True


def _located(path: Path, file: ReportFile | None, refused: RequestRefused) -> list[printing.Line]:
    if file is not None:
        located = file.located(refused.mistakes)
        return [printing.Line(str(one), one.line, one.field, one.mistake) for one in located]
    lines = [int(str(mistake.facts.get("line", 1))) for mistake in refused.mistakes]
    return [
        printing.Line(f"{path}:{line}: {mistake.message}", line, "", mistake)
        for line, mistake in zip(lines, refused.mistakes, strict=True)
    ]


@app.command()
def snapshot(
    file: Annotated[Path, typer.Argument(help="The saved document: HTML or plain text.", show_default=False)],
    url: Annotated[str | None, typer.Option(help="Its public address.", show_default=False)] = None,
    publisher: Annotated[
        str | None,
        typer.Option(help="Key of a party on record, or the name of a new one.", show_default=False),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title, as published.", show_default=False)] = None,
    language: Annotated[
        str | None, typer.Option(help="BCP 47, such as az or en.", show_default=False)
    ] = None,
    available: Annotated[
        str | None,
        typer.Option(help="From when it could be read: EDTF, such as 2025-12-22.", show_default=False),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Public key of the source. Default: from its address.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Archive a document and its text by their hashes, and register its source. The same bytes again give the same snapshot."""
    data = read_bounded(file, bytes_max=RAW_BYTES_MAX, what="a document")
    digest = hashlib.sha256(data).hexdigest()
    name = key or f"source-{hashlib.sha256(url.encode()).hexdigest()[:16] if url else digest[:16]}"
    with open_service(read_settings(), recording=True) as service:
        if title is None and not _is_source(service, name):
            raise typer.BadParameter(_title_advice(data, media_type_of(file)), param_hint="--title")
        request = _snapshot_request(
            service,
            name,
            DocumentRequest(data=data, media_type=media_type_of(file), address_asked=url),
            title=title,
            url=url,
            publisher=publisher,
            language=language,
            available=available,
        )
        outcome = service.recorder.record(request, actor=service.actor)
        printing.captured(service, name, outcome, as_json=as_json)


def _is_source(service: Service, key: str) -> bool:
    if not KEY_SHAPE.fullmatch(key):
        return False
    with service.database.reading() as connection:
        return SubjectKey(key) in subjects(connection, [SubjectKey(key)], viewer=FULL_VIEWER)


def _title_advice(data: bytes, media_type: str | None) -> str:
    from app.snapshots import guess

    found = guess(data, media_type=media_type)
    suggested = " ".join(
        f"--{name} {printing.quoted(value)}"
        for name, value in (("title", found.title), ("available", found.published))
        if value is not None
    )
    return "is missing: the title as published." + (
        f" The document suggests: {suggested}" if suggested else ""
    )


def _snapshot_request(
    service: Service,
    key: str,
    document: DocumentRequest,
    *,
    title: str | None,
    url: str | None,
    publisher: str | None,
    language: str | None,
    available: str | None,
) -> RecordingRequest:
    """What to record: a source of its own set, or another snapshot of one that is on record."""
    set_name = f"snapshot/{key}"
    with service.database.reading() as connection:
        wanted = [SubjectKey(name) for name in (key, publisher) if name and KEY_SHAPE.fullmatch(name)]
        standing = subjects(connection, wanted, viewer=FULL_VIEWER)
        ours = SET_SHAPE.fullmatch(set_name) and known_items(connection, service.actor, set_name, ["source"])
    if SubjectKey(key) in standing and (not ours or title is None):
        return RecordingRequest(set_name=set_name, source=SourceRequest(record=key, document=document))
    named = publisher is None or SubjectKey(publisher) in standing
    registered = SourceRegistered(
        **BLANK,
        title=title or "",
        url=url,
        language=language,
        publisher=None if publisher is None else SubjectKey(publisher if named else "publisher"),
        available=None if available is None else ClaimedDate(edtf=available, derivation=Derivation.STATED),
    )
    party = SubjectOpened(
        **BLANK,
        subject=Subject(key=SubjectKey(""), sort=SubjectSort.PARTY),
        name=WrittenText(as_written=publisher or ""),
        identified=True,
    )
    return RecordingRequest(
        set_name=set_name,
        source=SourceRequest(key=key, registered=registered, document=document),
        subjects=() if named else (SubjectRequest(local="publisher", opened=party),),
    )


@app.command()
def state(
    name: Annotated[str, typer.Argument(help="A prisoner's name, or key.", show_default=False)],
    known_at: KnownAt = None,
    valid_on: ValidOn = None,
    available_by: AvailableBy = None,
    as_json: Json = False,
) -> None:
    """Tell where somebody stands, by whose word and in which sentence."""
    with open_service(read_settings()) as service:
        _refuse_empty(service)
        from app import (
            reading,
        )  # the API takes a second to import, and whoever has nothing to ask need not wait

        typed = reading.Typed(known_at=known_at, valid_on=valid_on, available_by=available_by)
        printing.state(reading.state_of(service, _named(name), typed), as_json=as_json)


@app.command()
def history(
    name: Annotated[str, typer.Argument(help="A prisoner's name, or key.", show_default=False)],
    known_at: KnownAt = None,
    available_by: AvailableBy = None,
    as_json: Json = False,
) -> None:
    """Tell all that is on record about somebody, in the order in which the ledger learned it."""
    with open_service(read_settings()) as service:
        _refuse_empty(service)
        from app import reading

        typed = reading.Typed(known_at=known_at, available_by=available_by)
        printing.history(reading.history_of(service, _named(name), typed), as_json=as_json)


def _named(name: str) -> str:
    """The name as it may be looked up. Raises TextInvalid: a terminal can pass on bytes that are no text."""
    return check_words(name, field="The name")


def _refuse_empty(service: Service) -> None:
    """Raises StoreUnready for a ledger that nothing was recorded in, saying what to do first."""
    advice = "Nothing is on record yet. Record something first: custody record examples/amnesty-2025-12/reports.yaml"
    with service.database.reading() as connection:
        try:
            empty = head(connection).size <= 2
        except StoreUnready:
            empty = True
    if empty:
        raise StoreUnready(advice)


@app.command()
def query(
    name: Annotated[
        str, typer.Argument(help="Number or name in docs/queries, or a .graphql file.", show_default=False)
    ],
    variables: Annotated[
        str | None,
        typer.Option(help="JSON, or a file of it. Default: the file beside the query.", show_default=False),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="A running server. Default: straight on the database.", show_default=False),
    ] = None,
    known_at: KnownAt = None,
    valid_on: ValidOn = None,
) -> None:
    """Ask a question of the query book, and print the answer as JSON.

    A moment or a day that is given here holds wherever the question itself names none.
    """
    from app.query_book import ask_server, find_query

    if url is not None and (known_at is not None or valid_on is not None):
        raise typer.BadParameter(
            "does not go with --known-at or --valid-on: name them in the question, as arguments",
            param_hint="--url",
        )
    question = find_query(name, variables=variables)
    if url is not None:
        answer = ask_server(url, question)
    else:
        with open_service(read_settings()) as service:
            _refuse_empty(service)
            from app import reading

            typed = reading.Typed(known_at=known_at, valid_on=valid_on)
            answer = reading.answer(service, question.document, question.variables, typed)
    if "data" in answer:
        printing.json_document(answer["data"])
    if errors := answer.get("errors"):
        _refuse_answer(errors)


def _refuse_answer(errors: list[Mapping[str, Any]]) -> None:
    for error in errors:
        printing.complaint(str(error.get("message", error)))
    raise typer.Exit(Exit.REFUSED)


@app.command()
def rebuild(
    back: Annotated[
        bool, typer.Option("--back", help="Go back to what was served before the last rebuild.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build the projections anew from the events, while the old ones serve, and compare them. The old ones are kept until the next time."""
    from app import printing_rows, rebuilding

    with open_service(read_settings()) as service:
        _refuse_empty(service)
        if back:
            printing_rows.gone_back(rebuilding.go_back(service), as_json=as_json)
        else:
            printing_rows.rebuilt(rebuilding.rebuild(service), as_json=as_json)


@app.command()
def replay(
    to: Annotated[
        int | None,
        typer.Option(help="Through this position. Default: as far as there are rows.", show_default=False),
    ] = None,
    step: Annotated[
        bool, typer.Option("--step", help="Every entry by itself; on a terminal, Enter goes on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fold the events from nothing, in memory, telling what each changed, and compare with the rows that are stored. Writes nothing.

    Ends with 0 if all rows are the same, and with 1, telling the first that is not, otherwise.
    """
    from app import printing_rows
    from app.replaying import replaying

    with open_service(read_settings()) as service:
        _refuse_empty(service)
        with replaying(service, to=to) as under_way:
            for taken in under_way.steps():
                if step or taken.changed:
                    printing_rows.step(taken, under_way.names(taken), as_json=as_json)
                if step and not as_json:
                    printing_rows.wait_for_enter(taken.event.position)
            found = under_way.compared()
            printing_rows.replayed(under_way.position, found, as_json=as_json)
    if found.differing:
        raise typer.Exit(Exit.REFUSED)


@app.command()
def diff(
    earlier: Annotated[str, typer.Argument(metavar="A", help=MOMENTS, show_default=False)],
    later: Annotated[str, typer.Argument(metavar="[B]", help="The same; by default now.")] = "now",
    about: Annotated[
        str | None, typer.Option(help="Of one subject, by its key or name.", show_default=False)
    ] = None,
    valid_on: Annotated[
        str | None,
        typer.Option(help="The day asked about on both sides. Default: of each its own.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what differs between two moments: each finding before and after, and which entries made it differ, and why.

    Of an act (--about) also which columns of its tallies moved, and by which entries. Nothing is subtracted.
    """
    with open_service(read_settings()) as service:
        _refuse_empty(service)
        from app import printing_changes
        from app.differing import differing

        subject = None if about is None else _named(about)
        with differing(service, earlier, later, about=subject, valid_on=valid_on) as found:
            printing_changes.differences(found, as_json=as_json)


@app.command()
def if_retracted(
    target: Annotated[
        str,
        typer.Argument(
            help="An entry's position or id (a report or a decision), or the key of a source or a party.",
            show_default=False,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Tell which findings would differ if something were retracted. Computed in memory; nothing is recorded."""
    with open_service(read_settings()) as service:
        _refuse_empty(service)
        from app import printing_changes
        from app.differing import supposing

        with supposing(service, _named(target)) as found:
            printing_changes.supposed(found, as_json=as_json)


@app.command()
def adopt_rules(
    version: Annotated[str, typer.Argument(help="The rules to adopt, such as rules-v1.", show_default=False)],
) -> None:
    """Adopt other rules: findings follow them from here on, and what was found before stays as found.

    It is recorded for good, in public. A newer version of this program adopts nothing by itself.
    """
    from app import adoption

    settings = read_settings()
    with open_service(settings) as service:
        _refuse_empty(service)
    with open_service(settings, recording=True) as service:
        adopted = adoption.adopt_rules(service, version)
    printing.note(
        f"{adopted.rules} is in force from position {adopted.position} on, in place of {adopted.before}."
    )


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from app.api.schema import print_schema

    typer.echo(print_schema().rstrip("\n"))


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Default: CUSTODY_HOST, 127.0.0.1.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Default: CUSTODY_PORT, 8000.", show_default=False)] = None,
) -> None:
    """Serve GraphQL and pages until Ctrl-C."""
    from app.main import serve as run

    settings = read_settings()
    run(
        settings.model_copy(
            update={name: value for name, value in (("host", host), ("port", port)) if value is not None}
        )
    )


def main() -> None:
    """The `custody` command."""
    app()


if __name__ == "__main__":
    main()
