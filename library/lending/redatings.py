"""What a change of the calendar moved: which loans, from which due day to which. Reads only; never commits.

The log keeps each change as one entry (`calendar.redate`), each loan its own event. Moving: corrections.py (L43).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from library.foundation.clock import at_local
from library.foundation.errors import NotFound
from library.foundation.schoolyear import class_sort_key
from library.foundation.tables import AuditEntry
from library.foundation.vietnamese import person_sort_key
from library.lending.model import Redated
from library.lending.queries import list_loans
from library.lending.rows import tuples_of
from library.lending.tables import LoanEvent
from library.readers.model import KIND_ORDER, group_words

ACTION = "calendar.redate"


@dataclass(frozen=True, slots=True)
class Redating:
    """One change: `why` is the name of the closed days, `loans` how many moved."""

    id: int
    at: datetime
    actor_name: str
    why: str
    loans: int


def list_redatings_done(since: date, until: date) -> list[Redating]:
    """Changes made on these days, newest first."""
    query = AuditEntry.select().where(
        AuditEntry.action == ACTION, AuditEntry.at >= at_local(since), AuditEntry.at <= at_local(until, 23, 59)
    )
    return [_redating(entry) for entry in query.order_by(AuditEntry.id.desc())]


def newest_redating() -> int | None:
    """The entry of the newest change."""
    entry = AuditEntry.select().where(AuditEntry.action == ACTION).order_by(AuditEntry.id.desc()).first()
    return None if entry is None else entry.id


def find_redating(entry_id: int) -> tuple[Redating, list[tuple[str, list[Redated]]]]:
    """A change and its loans by class, who has none by what they are; people by name. NotFound(`not_found`)."""
    entry = AuditEntry.get_or_none(AuditEntry.id == entry_id, AuditEntry.action == ACTION)
    if entry is None:
        raise NotFound("not_found")
    moved = _moved(entry.after.get("loans", []), entry.after.get("days", {}))
    moved.sort(
        key=lambda one: (
            not one.class_name, class_sort_key(one.class_name), KIND_ORDER.get(one.kind, 9),
            person_sort_key(one.reader_name),
        )
    )  # fmt: skip
    groups = groupby(moved, key=lambda one: group_words(one.class_name, one.kind))
    return _redating(entry), [(name, list(group)) for name, group in groups]


def _redating(entry: AuditEntry) -> Redating:
    loans = (entry.after or {}).get("loans", [])
    return Redating(entry.id, entry.at, entry.actor_name, entry.comment or "", len(loans))


def _moved(loan_ids: Sequence[int], moves: Mapping[str, str]) -> list[Redated]:
    """Each loan with its event of that change; `moves`: the days that moved, old -> new."""
    days: dict[int, tuple[date, date]] = {}
    for start in range(0, len(loan_ids), 500):
        query = LoanEvent.select(LoanEvent.loan, LoanEvent.due_before, LoanEvent.due_after).where(
            LoanEvent.loan.in_(loan_ids[start : start + 500]), LoanEvent.kind == "redated"
        )
        for loan_id, before, after in tuples_of(query.order_by(LoanEvent.id)):
            if moves.get(str(before)) == str(after):
                days[loan_id] = (before, after)
    return [
        Redated(
            loan_id=line.loan_id, title=line.title, reader_name=line.reader_name, class_name=line.class_name,
            kind=line.kind,
            due_before=days[line.loan_id][0], due_after=days[line.loan_id][1],
        )
        for line in list_loans(loan_ids)
        if line.loan_id in days
    ]  # fmt: skip
