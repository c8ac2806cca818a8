"""From a request to a command: everything checked, every mistake told, known keys found, the rest drafted (`planner`)."""

from app.planning.drafting import Archived, Plan
from app.planning.planner import Planner

__all__ = ["Archived", "Plan", "Planner"]
