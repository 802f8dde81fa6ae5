"""Books for lessons as plain Python sees them: who booked what, and which copies must stay (L120–L124, L193).

Part of the oracle of year_model.py: written from docs/lending-rules.md, nothing here imports the library package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

PLANNED, OUT, DONE, CANCELLED = "planned", "out", "done", "cancelled"


@dataclass(slots=True)
class Lesson:
    """One booked lesson: copies of one title in a span of tiết of a day. `order`: who was first (L122)."""

    id: int
    on: date
    first: int
    last: int
    record: int
    copies: int
    teacher: int
    order: int
    status: str = PLANNED
    series: int = 0  # the first lesson of its series


class Lessons:
    """Every lesson ever booked, and what those ahead need."""

    def __init__(self) -> None:
        self.all: dict[int, Lesson] = {}

    def waiting(self, record: int, since: date) -> list[Lesson]:
        return [one for one in self.all.values() if one.record == record and one.status == PLANNED and one.on >= since]

    def need(self, record: int, day: date) -> int:
        """L121: the most that is needed at once on a day."""
        own = [one for one in self.waiting(record, day) if one.on == day]
        return max((sum(one.copies for one in own if one.first <= tiet <= one.last) for tiet in range(1, 13)), default=0)

    def keep_back(self, copies: Iterable[Any], record: int, today: date, since: date, until: date) -> bool:
        """L120, L124: would lending one more copy of the title for these days leave a lesson short?"""
        copies = list(copies)
        days = {one.on for one in self.waiting(record, today) if since <= one.on <= until}
        return any(self.need(record, day) > left(copies, day, today) - 1 for day in days)

    def short_days(
        self, copies: Iterable[Any], record: int, wanted: int, days: Iterable[date], first: int, last: int, today: date
    ) -> list[date]:
        """L122, L123: days on which too few copies remain after those who booked before."""
        copies = list(copies)
        found = []
        for day in days:
            before = [one for one in self.waiting(record, today) if one.on == day]
            taken = max(sum(one.copies for one in before if one.first <= tiet <= one.last) for tiet in range(first, last + 1))
            if wanted > max(left(copies, day, today) - taken, 0):
                found.append(day)
        return found


def left(copies: Iterable[Any], day: date, today: date) -> int:
    """L121: copies expected in the house on a day: on their shelf, or with a reader and due before it and not late."""
    count = 0
    for copy in copies:
        if copy.place == "shelf":
            count += 1
        elif copy.place == "loan":
            loan = copy.loan
            count += loan.purpose != "home" or today <= loan.due_on < day
    return count
