"""Taking a move of the whole school back, as long as nothing has been built on it (L159). Next: service.py."""

from __future__ import annotations

from datetime import date

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, Reason, Refused
from library.lending.leaving import restore_due_days
from library.lending.tables import HoldingUnit, Loan, Visit
from library.readers.classes import delete_unused_class
from library.readers.model import ReaderStatus
from library.readers.tables import Card, Enrolment, Reader, SchoolClass
from library.web.i18n import format_number
from library.year_end.queries import get_move
from library.year_end.tables import YearMove, YearMoveLine

MOST_NAMES = 5


def list_dependents(move: YearMove) -> list[str]:
    """What has been built on an applied move since, in sentences; empty when it can be taken back."""
    lines = list(YearMoveLine.select(YearMoveLine, Reader).join(Reader).where(YearMoveLine.move == move))
    found = []
    opened = {line.before["opened"]: line.reader for line in lines if line.before.get("opened")}
    still = {one for (one,) in Enrolment.select(Enrolment.id).where(
        Enrolment.school_year == move.to_year, Enrolment.ended_on.is_null()).tuples()}  # fmt: skip
    changed = [reader.full_name for stay, reader in opened.items() if stay not in still]
    if changed:
        found.append(f"{_some(changed)} đã chuyển lớp hoặc rời trường sau khi lên lớp.")
    back = [
        line.reader.full_name for line in lines
        if line.before.get("cards") and line.reader.status not in (line.outcome,)
    ]  # fmt: skip
    if back:
        found.append(f"{_some(back)} đã được mở lại sau khi ra trường.")
    moved = [line.reader_id for line in lines]
    label = move.to_year.label
    loans = Loan.select().where(Loan.school_year == label, Loan.loaned_at >= move.applied_at, Loan.reader.in_(moved))
    # A loan that was itself undone (L68) is no loan; `ended_as` of an open one is NULL, which `!=` alone would drop.
    count = loans.where(Loan.ended_as.is_null() | (Loan.ended_as != "corrected")).count()
    if count:
        found.append(f"Đã có {format_number(count)} lượt mượn ghi theo lớp mới.")
    classes = SchoolClass.select(SchoolClass.id).where(SchoolClass.school_year == move.to_year)
    corners = HoldingUnit.select().where(HoldingUnit.school_class.in_(classes)).count()
    if corners:
        found.append(f"Đã mở {corners} góc lớp cho lớp của năm học mới.")
    visits = Visit.select().where(Visit.school_class.in_(classes)).count()
    if visits:
        found.append(f"Đã ghi {visits} lượt lớp mới đến thư viện.")
    return found


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} và {len(names) - MOST_NAMES} em khác" if len(names) > MOST_NAMES else shown


def undo_move(move_id: int, actor: Actor) -> int:
    """Everything as before the move; returns how many pupils. The plan is open again, to be mended.

    Conflict move_not_applied; Refused with every reason (code move_used) when something depends on it.
    """
    with transaction():
        move = get_move(move_id)
        if move.applied_at is None or move.undone_at is not None:
            raise Conflict("move_not_applied")
        dependents = list_dependents(move)
        if dependents:
            raise Refused([Reason("move_used", overridable=False, params={"why": why}) for why in dependents])
        lines = list(YearMoveLine.select().where(YearMoveLine.move == move))
        for line in lines:
            _restore(line, actor)
        for class_id in move.classes_made or []:
            if not Enrolment.select().where(Enrolment.school_class == class_id).exists():
                delete_unused_class(class_id)
        YearMove.update(undone_at=now(), undone_by=actor.name[:120]).where(YearMove.id == move_id).execute()
        YearMove.create(
            from_year=move.from_year, to_year=move.to_year, class_map=move.class_map, decisions=move.decisions,
            created_at=now(), created_by=actor.name[:120],
        )  # fmt: skip
        record_audit(
            actor, "year_move.undo", "year_move", move_id, {"school_year": move.to_year.label},
            {"school_year": move.from_year.label, "readers": len(lines)},
        )
    return len(lines)


def _restore(line: YearMoveLine, actor: Actor) -> None:
    before = line.before
    if before.get("opened"):
        Enrolment.delete().where(Enrolment.id == before["opened"]).execute()
    Enrolment.update(ended_on=None, outcome=None).where(Enrolment.id == before["stay"]).execute()
    if "leaves_on" not in before:
        return
    leaves_on = date.fromisoformat(before["leaves_on"]) if before["leaves_on"] else None
    Reader.update(status=ReaderStatus.ACTIVE, leaves_on=leaves_on, updated_at=now()).where(
        Reader.id == line.reader_id
    ).execute()
    Card.update(status="active", ended_at=None).where(Card.id.in_(before["cards"] or [0])).execute()
    days = {int(loan_id): pair for loan_id, pair in before.get("due", {}).items()}
    moved = {loan_id: (date.fromisoformat(old), date.fromisoformat(new)) for loan_id, (old, new) in days.items()}
    restore_due_days(moved, actor, "Hoàn tác lên lớp")
