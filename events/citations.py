"""Where in an archived text an event stands, and the tests that a citation must pass.

The logic follows in the next commit; the stored shape is fixed here so that the kinds can name it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CitationZone(StrEnum):
    """Where on the page a quote stands. A headline alone supports nothing."""

    HEADLINE = "headline"
    LEAD = "lead"
    BODY = "body"
    CAPTION = "caption"
    TABLE_ROW = "table_row"
    CORRECTION_NOTE = "correction_note"


class Citation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A quote as stored: the snapshot's own characters at `[start:end)`, in code points of its text (NFC) from 0.

    `snapshot` is the event id of the `snapshot_captured` that archived the text.
    """

    snapshot: str
    exact: str
    start: int
    end: int
    zone: CitationZone = CitationZone.BODY
