"""Clock, ids and salts from a seed: the same calls give the same bytes on every machine and in every version."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

from events.envelope import SALT_BYTES

START = datetime(2026, 1, 1, tzinfo=UTC)


class SeededEntropy:
    """An `Entropy` whose clock goes `step` further with every look, and whose bytes are SHA-256 of the seed and a counter."""

    def __init__(
        self, seed: int = 1, *, start: datetime = START, step: timedelta = timedelta(milliseconds=1)
    ) -> None:
        self._seed = seed
        self._clock = start
        self._step = step
        self._drawn = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The seeded clock, which this look moves on."""
        with self._lock:
            self._clock += self._step
            return self._clock

    def turn_back(self, by: timedelta) -> None:
        """Sets the seeded clock back."""
        with self._lock:
            self._clock -= by

    def event_id(self) -> str:
        """A UUIDv7 (RFC 9562 5.7) of the seeded clock and bytes."""
        milliseconds = int(self.now().timestamp() * 1000)
        drawn = int.from_bytes(self._bytes(10))
        high, low = drawn >> 68 & 0xFFF, drawn & (1 << 62) - 1
        value = milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
        digits = f"{value:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def random_id(self) -> str:
        """32 hex digits from the seed."""
        return self._bytes(16).hex()

    def salts(self, count: int) -> bytes:
        """`count` salts from the seed, concatenated."""
        return self._bytes(SALT_BYTES * count)

    def _bytes(self, count: int) -> bytes:
        with self._lock:
            self._drawn += 1
            name = f"{self._seed}/{self._drawn}".encode()
        return hashlib.shake_256(name).digest(count)
