"""What has an id of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod

import strawberry
from strawberry import ID

from app.api.fields import answer


@strawberry.interface(description="Anything with an id of its own.")
class Node(ABC):
    @answer("Opaque. Read at a past moment, it carries that moment, so caches never mix two moments.")
    def id(self) -> ID:
        return self.own_id()

    @abstractmethod
    def own_id(self) -> ID:
        """The id, which each sort of object makes of what it is found by."""
