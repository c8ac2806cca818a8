"""Where clock, ids and salts come from in production: the system. There is no seed option.

Absent on purpose: a seeded source; the tests have their own.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import uuid_utils

from events.envelope import SALT_BYTES


class SystemEntropy:
    """The system's clock and randomness, as `events.envelope.Entropy` asks for them; may be shared between threads."""

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.now(UTC)

    def event_id(self) -> str:
        """A new UUIDv7 (RFC 9562), as text; later calls of one process give later ids."""
        return str(uuid_utils.uuid7())

    def random_id(self) -> str:
        """128 random bits as 32 hex digits."""
        return os.urandom(16).hex()

    def salts(self, count: int) -> bytes:
        """`count` salts of 16 random bytes, concatenated; one request to the system."""
        return os.urandom(SALT_BYTES * count)
