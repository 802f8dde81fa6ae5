"""What the home page shows, as plain shapes. Pure. Next: queries.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that wants doing today. `tone`: good | notice | bad | info; `url` opens the rows behind it."""

    icon: str
    tone: str
    title: str
    text: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Acts of one day."""

    day: date
    loans: int
    returns: int
    visits: int


@dataclass(frozen=True, slots=True)
class OverdueClass:
    class_name: str
    loans: int
    readers: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: datetime
    actor_name: str
    action: str
    subject_kind: str
    subject_id: str
    before: dict[str, object] | None
    after: dict[str, object] | None
    comment: str | None
