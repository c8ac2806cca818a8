"""A small article of our own, a report file about it, and a ledger to record them in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.database import Database
from app.ledger import Service, open_service
from app.recording import Outcome
from app.report_files import Located, ReportFile, read_report_file
from app.requests import RequestRefused
from app.settings import Settings
from events.decoder import Event
from events.store import FULL_VIEWER, decoded, read_events
from projections.rulebook import RULEBOOKS, Rulebook
from tests.entropy import SeededEntropy

ARTICLE = """Clerks released

Two clerks were released from prison on Monday under the amnesty, a newspaper wrote. A lawyer said that the rest were not released.
One of the clerks had been sentenced to five years in prison. A court later cut this to three years.
Nothing else is known about the clerks. “Nothing else”, the lawyer repeated.
"""

HEADER = """\
set: test/one
source:
  key: article-one
  title: Clerks released
  document: article.txt
"""

SUBJECTS = """\
subjects:
  clerk: {sort: person}
  clerks: {sort: group, name: the clerks}
  amnesty: {sort: act, key: the-amnesty, form: amnesty}
  paper: {sort: party, key: the-paper, name: a newspaper, party_sort: outlet, identified: true}
  case: {sort: proceeding, key: the-case}
"""

RELEASED = """\
  - key: C01
    kind: release_reported
    about: clerk
    cite: Two clerks were released from prison on Monday
    released_by: amnesty
    act: amnesty
"""

SENTENCED = """\
  - key: C02
    kind: sentence_reported
    about: clerk
    cite: sentenced to five years in prison
    term: {as_written: five years, duration: P5Y}
"""

WHOLE = f"{HEADER}{SUBJECTS}claims:\n{RELEASED}{SENTENCED}"
EVENTS_OF_OPENING = 2
"""`ledger_opened` and `rules_adopted`."""


def write_report(folder: Path, text: str, *, name: str = "reports.yaml") -> Path:
    """A report file with the article beside it."""
    (folder / "article.txt").write_text(ARTICLE, encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def read_report(folder: Path, text: str, *, name: str = "reports.yaml") -> ReportFile:
    """The file as read."""
    return read_report_file(write_report(folder, text, name=name))


@contextlib.contextmanager
def opened(
    folder: Path, url: str, *, seed: int = 1, rulebooks: Mapping[str, Rulebook] = RULEBOOKS
) -> Iterator[Service]:
    """An open ledger in a migrated database, ids and clock seeded, without projections."""
    settings = Settings(data=folder / "data", database_url=url)
    with open_service(
        settings, recording=True, entropy=SeededEntropy(seed), inline=False, rulebooks=rulebooks
    ) as service:
        yield service


def record(service: Service, file: ReportFile) -> Outcome:
    """Records a file as the command line does."""
    return service.recorder.record(file.request, actor=service.actor, mistakes=file.mistakes)


def refusals(service: Service, file: ReportFile) -> list[str]:
    """Everything that is wrong with a file, as it is printed, but for the folder; that nothing was stored is checked here."""
    before = size(service.database)
    try:
        record(service, file)
    except RequestRefused as refused:
        assert size(service.database) == before, "a refused file left something behind"
        return [told(located) for located in file.located(refused.mistakes)]
    raise AssertionError("the file was recorded")


def told(located: Located) -> str:
    """`12: claims.C05.cite: …`, without the name of the file."""
    return str(located).removeprefix(f"{located.file}:")


def events_of(service: Service) -> list[Event]:
    """All events but the opening of the ledger, decoded."""
    with service.database.reading() as connection:
        return [
            decoded(event) for event in read_events(connection, viewer=FULL_VIEWER, after=EVENTS_OF_OPENING)
        ]


def size(database: Database) -> int:
    """How many events there are."""
    with database.reading() as connection:
        return len(read_events(connection, viewer=FULL_VIEWER))
