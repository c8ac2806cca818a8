"""Every way in which the ledger refuses, in one tree.

    LedgerError
    ├── ValueRefused            a value of an event is not acceptable
    │   ├── DateInvalid
    │   ├── QuantityInvalid
    │   ├── TermInvalid
    │   ├── TextInvalid
    │   └── TooLarge
    ├── CitationRefused         a quote does not stand where it is said to stand
    │   ├── QuoteNotFound
    │   ├── QuoteAmbiguous
    │   ├── QuoteContextMismatch
    │   ├── SnapshotMissing
    │   └── SnapshotErased
    ├── AppendRefused           the ledger as it stands does not admit the command
    │   ├── VersionStale
    │   ├── KeyTaken
    │   ├── KeyErased
    │   ├── SubjectKeyTaken
    │   ├── SubjectNotFound
    │   ├── SortMismatch
    │   ├── KindMismatch
    │   ├── AlreadyDecided
    │   ├── RulesRefused
    │   └── QueueFull
    ├── SchemaUnknown           an event of a kind or schema that this version cannot read
    ├── RulesUnknown            the ledger adopted rules that this version does not have
    ├── IntegrityBroken         what is stored contradicts its own hashes or shape
    │   └── ProofInvalid        a proof of the log does not show what it claims to show
    ├── StoreUnready            the database is not there, not migrated, or lacks its guards
    ├── RebuildStopped          a fold raised while the projections were built anew
    ├── RebuildRunning          the projections are being built anew already
    ├── NoBuildKept             there is no earlier build of the projections to go back to
    ├── NotYet                  the projections have not reached the demanded position
    └── RequestInvalid          a question is not one that can be answered
        ├── IdInvalid
        ├── CursorInvalid
        ├── PageInvalid
        ├── MomentInvalid
        └── TooMuchAsked

A class's docstring is its default message. Attributes carry facts. `code` is stable: clients may rely on it. What a code means
as HTTP status, GraphQL code or exit code is one table in `app/errors.py`.
"""

from __future__ import annotations

from typing import ClassVar


class LedgerError(Exception):
    """The ledger refused."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        self.message = message if message is not None else (type(self).__doc__ or "").strip()
        self.facts = facts
        super().__init__(self.message)


class ValueRefused(LedgerError):
    """A value of the event is not acceptable."""

    code = "VALUE_INVALID"


class DateInvalid(ValueRefused):
    """Not a date in the ledger's profile of EDTF."""

    code = "DATE_INVALID"


class QuantityInvalid(ValueRefused):
    """Not a quantity."""

    code = "QUANTITY_INVALID"


class TermInvalid(ValueRefused):
    """Not a term with its unit."""

    code = "TERM_INVALID"


class TextInvalid(ValueRefused):
    """Not text that can be stored."""

    code = "TEXT_INVALID"


class TooLarge(ValueRefused):
    """Larger than the ledger accepts."""

    code = "TOO_LARGE"


class CitationRefused(LedgerError):
    """The quote does not stand where it is said to stand."""

    code = "CITATION_REFUSED"


class QuoteNotFound(CitationRefused):
    """The quote does not stand in the archived text."""

    code = "QUOTE_NOT_FOUND"


class QuoteAmbiguous(CitationRefused):
    """The quote stands in the archived text more than once."""

    code = "QUOTE_AMBIGUOUS"


class QuoteContextMismatch(CitationRefused):
    """The quote stands in the archived text, but not in the surroundings or at the span given."""

    code = "QUOTE_CONTEXT_MISMATCH"


class SnapshotMissing(CitationRefused):
    """There is no such snapshot."""

    code = "SNAPSHOT_MISSING"


class SnapshotErased(CitationRefused):
    """The snapshot was erased."""

    code = "SNAPSHOT_ERASED"


class AppendRefused(LedgerError):
    """The ledger as it stands does not admit this."""

    code = "APPEND_REFUSED"


class VersionStale(AppendRefused):
    """The stream has moved on."""

    code = "VERSION_STALE"


class KeyTaken(AppendRefused):
    """The same key was recorded with other content: use report_corrected."""

    code = "KEY_TAKEN"


class KeyErased(AppendRefused):
    """What was recorded under this key has been erased since."""

    code = "KEY_ERASED"


class SubjectKeyTaken(AppendRefused):
    """Another subject has this public key."""

    code = "SUBJECT_KEY_TAKEN"


class SubjectNotFound(AppendRefused):
    """There is no such subject."""

    code = "SUBJECT_NOT_FOUND"


class SortMismatch(AppendRefused):
    """The subject is of another sort than this place needs."""

    code = "SORT_MISMATCH"


class KindMismatch(AppendRefused):
    """The event is of another kind than this place needs."""

    code = "KIND_MISMATCH"


class RulesRefused(AppendRefused):
    """These rules cannot be adopted."""

    code = "RULES_REFUSED"


class AlreadyDecided(AppendRefused):
    """This was decided before, and that decision is in force."""

    code = "ALREADY_DECIDED"


class QueueFull(AppendRefused):
    """Too many commands are waiting to be recorded: try again shortly."""

    code = "QUEUE_FULL"


class SchemaUnknown(LedgerError):
    """An event of a kind or schema that this version cannot read."""

    code = "SCHEMA_UNKNOWN"


class RulesUnknown(LedgerError):
    """The ledger adopted rules that this version does not know."""

    code = "RULES_UNKNOWN"


class IntegrityBroken(LedgerError):
    """What is stored contradicts its own hashes or shape."""

    code = "INTEGRITY_BROKEN"


class ProofInvalid(IntegrityBroken):
    """The proof does not show what it claims to show."""

    code = "PROOF_INVALID"


class StoreUnready(LedgerError):
    """The database is not ready."""

    code = "STORE_UNREADY"


class RebuildStopped(LedgerError):
    """A fold raised while the projections were built anew; what was there before is still served."""

    code = "REBUILD_STOPPED"


class RebuildRunning(LedgerError):
    """The projections are being built anew already."""

    code = "REBUILD_RUNNING"


class NoBuildKept(LedgerError):
    """No earlier build of the projections is kept."""

    code = "NO_BUILD_KEPT"


class NotYet(LedgerError):
    """The projections have not reached the demanded position."""

    code = "NOT_YET"


class RequestInvalid(LedgerError):
    """The request cannot be read."""

    code = "REQUEST_INVALID"


class IdInvalid(RequestInvalid):
    """Not an id that this place can take."""

    code = "ID_INVALID"


class CursorInvalid(RequestInvalid):
    """Not a cursor of this list."""

    code = "CURSOR_INVALID"


class PageInvalid(RequestInvalid):
    """Not a page that can be asked for."""

    code = "PAGE_INVALID"


class MomentInvalid(RequestInvalid):
    """Not a moment that can be asked about."""

    code = "MOMENT_INVALID"


class TooMuchAsked(RequestInvalid):
    """More than one operation may ask for."""

    code = "TOO_MUCH_ASKED"
