"""Use cases of moving up: plan, apply as one transaction, take the whole back, close leavers who owe nothing.

Next: rules.py (decisions), undoing.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput
from library.foundation.schoolyear import class_sort_key, grade_of
from library.foundation.tables import SchoolYear
from library.lending import service as _lending  # noqa: F401  it says what is open with a reader (readers/ties.py)
from library.lending.leaving import list_due_days
from library.readers.classes import find_or_make_year
from library.readers.rules import class_key, clean_class_name
from library.readers.tables import Card, Enrolment, Reader, SchoolClass
from library.readers.ties import list_ties, settle_leaving
from library.year_end.model import CHOICES, LEAVING, STAYING, Choice, Fate, MoveView
from library.year_end.queries import find_open_plan, get_move, list_class_facts, list_leavers, make_plan, top_grade
from library.year_end.rules import propose_map
from library.year_end.tables import YearMove, YearMoveLine

register_errors(
    {
        "move_missing": "Không tìm thấy đợt lên lớp này.",
        "move_applied": "Đợt lên lớp này đã áp dụng rồi. Tải lại trang.",
        "move_not_applied": "Đợt lên lớp này chưa áp dụng, hoặc đã hoàn tác.",
        "move_early": "Năm học {label} bắt đầu ngày {opens_on}. Lưu bản dự kiến, đến ngày đó thì áp dụng.",
        "move_bad_class": "Lớp {name}: {why}",
        "move_empty": "Năm học {label} không có học sinh nào cần lên lớp.",
        "move_open": "Đang có bản dự kiến từ năm học {label}. Áp dụng hoặc bỏ bản đó trước.",
        "move_used": "{why}",
        "choice_bad": "Chọn lên lớp, ở lại lớp, chuyển trường, ra trường hoặc thôi học.",
    }
)


def start_plan(from_label: str, actor: Actor) -> int:
    """A plan from one year into the next, with the usual class map; the id of the plan.

    An open plan of the same year is answered again. Conflict move_open, move_empty; InvalidInput school_year_bad.
    """
    with transaction():
        from_year = find_or_make_year(from_label)
        opened = find_open_plan()
        if opened is not None:
            if opened.from_year_id != from_year.id:
                raise Conflict("move_open", label=opened.from_year.label)
            return opened.id
        classes = list_class_facts(from_year)
        if not classes:
            raise Conflict("move_empty", label=from_year.label)
        proposed = {str(key): name for key, name in propose_map(classes, top_grade()).items()}
        row = YearMove.create(
            from_year=from_year, to_year=from_year, class_map=proposed, decisions={}, created_at=now(),
            created_by=actor.name[:120],
        )  # fmt: skip
        record_audit(actor, "year_move.plan", "year_move", row.id, None, {"school_year": from_year.label})
    return row.id


def _get_open(move_id: int) -> YearMove:
    row = get_move(move_id)
    if row.applied_at is not None:
        raise Conflict("move_applied")
    return row


def set_class_targets(move_id: int, targets: Mapping[int, str], actor: Actor) -> None:
    """Where classes go; empty = leaves the school. What cannot be used is kept and said in the preview."""
    with transaction():
        row = _get_open(move_id)
        kept = dict(row.class_map)
        kept.update({str(key): clean_class_name(name) for key, name in targets.items()})
        if kept != row.class_map:
            YearMove.update(class_map=kept).where(YearMove.id == move_id).execute()
            record_audit(actor, "year_move.map", "year_move", move_id, None, {"classes": len(targets)})


def set_choices(move_id: int, choices: Mapping[int, Choice | None], actor: Actor) -> int:
    """Pupils apart from their class; None = with the class again. Answers how many differ from before.

    InvalidInput choice_bad.
    """
    for choice in choices.values():
        if choice is not None and choice.outcome not in dict(CHOICES):
            raise InvalidInput("choice_bad", field="outcome")
    with transaction():
        row = _get_open(move_id)
        kept = dict(row.decisions)
        for reader_id, choice in choices.items():
            kept.pop(str(reader_id), None)
            if choice is not None:
                kept[str(reader_id)] = {"outcome": choice.outcome, "target": clean_class_name(choice.target)}
        changed = sorted(key for key in {*kept, *row.decisions} if kept.get(key) != row.decisions.get(key))
        if changed:
            YearMove.update(decisions=kept).where(YearMove.id == move_id).execute()
            record_audit(actor, "year_move.choice", "year_move", move_id, None, {"pupils": len(changed)})
    return len(changed)


def discard_plan(move_id: int, actor: Actor) -> None:
    """Forget a plan that has not been applied."""
    with transaction():
        row = _get_open(move_id)
        row.delete_instance()
        record_audit(actor, "year_move.discard", "year_move", move_id, {"school_year": row.from_year.label}, None)


def apply_move(move_id: int, actor: Actor) -> dict[str, int]:
    """The whole school in one transaction (L156): classes made, stays ended and begun, leavers closed.

    A leaver with something open keeps the card until it is settled (L158). Answers how many by outcome.
    Conflict move_early, move_applied, move_empty; InvalidInput move_bad_class: nothing is changed.
    """
    with transaction():
        row = _get_open(move_id)
        plan = make_plan(row)
        if plan.opens_on > today():
            raise Conflict("move_early", label=plan.to_year, opens_on=plan.opens_on)
        for one in plan.classes:
            if one.error:
                raise InvalidInput("move_bad_class", name=one.school_class.name, why=one.error)
        if not any(fate.outcome in STAYING or fate.outcome in LEAVING for fate in plan.fates):
            raise Conflict("move_empty", label=plan.from_year)
        row.to_year = find_or_make_year(plan.to_year)
        made = _make_classes(row.to_year, plan, actor)
        mover = _Mover(row, actor)
        for fate in plan.fates:
            if fate.outcome in STAYING:
                mover.move(fate)
            elif fate.outcome in LEAVING:
                mover.let_go(fate)
        for start in range(0, len(mover.lines), 100):
            YearMoveLine.insert_many(mover.lines[start : start + 100]).execute()
        counts = {key: count for key, count in plan.counts.items() if count}
        YearMove.update(
            applied_at=now(), applied_by=actor.name[:120], to_year=row.to_year, counts=counts, classes_made=made
        ).where(YearMove.id == move_id).execute()
        record_audit(
            actor, "year_move.apply", "year_move", move_id, {"school_year": plan.from_year},
            {"school_year": plan.to_year, **counts},
        )
    return counts


def _make_classes(to_year: SchoolYear, plan: MoveView, actor: Actor) -> list[int]:
    sites = {class_key(one.target): one.school_class.site for one in plan.classes if one.target}
    made = []
    for name in plan.new_classes:
        row = SchoolClass.create(
            school_year=to_year, name=name, grade=grade_of(name), sort_key=class_sort_key(name)[:120],
            site=sites.get(class_key(name), ""),
        )  # fmt: skip
        record_audit(actor, "class.create", "class", row.id, None, {"name": name, "school_year": to_year.label})
        made.append(row.id)
    return made


class _Mover:
    """Writes the fates of one plan; lives inside its transaction."""

    def __init__(self, row: YearMove, actor: Actor) -> None:
        self.row, self.actor = row, actor
        self.instant = now()
        self.last_day: date = row.from_year.ends_on
        self.class_ids = {
            class_key(name): class_id
            for class_id, name in SchoolClass.select(SchoolClass.id, SchoolClass.name)
            .where(SchoolClass.school_year == row.to_year)
            .tuples()
        }
        self.lines: list[dict[str, Any]] = []

    def _note(self, fate: Fate, before: dict[str, Any]) -> None:
        before["stay"] = fate.pupil.stay_id
        self.lines.append(
            {"move": self.row.id, "reader": fate.pupil.reader_id, "outcome": fate.outcome, "before": before}
        )

    def _end_stay(self, fate: Fate) -> None:
        Enrolment.update(ended_on=self.last_day, outcome=fate.outcome).where(
            Enrolment.id == fate.pupil.stay_id
        ).execute()

    def move(self, fate: Fate) -> None:
        self._end_stay(fate)
        opened: int = Enrolment.insert(
            reader=fate.pupil.reader_id, school_class=self.class_ids[class_key(fate.target)],
            school_year=self.row.to_year_id, started_on=self.row.to_year.starts_on,
        ).execute()  # fmt: skip
        self._note(fate, {"opened": opened})

    def let_go(self, fate: Fate) -> None:
        reader_id = fate.pupil.reader_id
        self._end_stay(fate)
        leaves_on = Reader.select(Reader.leaves_on).where(Reader.id == reader_id).scalar()
        before: dict[str, Any] = {"leaves_on": leaves_on.isoformat() if leaves_on else None, "cards": []}
        Reader.update(leaves_on=self.last_day, updated_at=self.instant).where(Reader.id == reader_id).execute()
        due = list_due_days(reader_id)
        if due:
            settle_leaving(reader_id, self.last_day, self.actor)  # L234
            moved = {loan_id: day for loan_id, day in list_due_days(reader_id).items() if day != due[loan_id]}
            if moved:
                before["due"] = {str(loan_id): [str(due[loan_id]), str(day)] for loan_id, day in moved.items()}
        if not list_ties(reader_id):
            before["cards"] = _close_reader(reader_id, fate.outcome)
        self._note(fate, before)


def _close_reader(reader_id: int, status: str) -> list[int]:
    """Out of service, card closed; returns the ids of the cards that were closed."""
    instant = now()
    cards = [one for (one,) in Card.select(Card.id).where(Card.reader == reader_id, Card.status == "active").tuples()]
    Card.update(status="closed", ended_at=instant).where(Card.id.in_(cards or [0])).execute()
    Reader.update(status=status, updated_at=instant).where(Reader.id == reader_id).execute()
    return cards


def close_leavers(move_id: int, actor: Actor) -> int:
    """L158: leavers who have brought everything back in the meantime leave now. Returns how many."""
    with transaction():
        move = get_move(move_id)
        if move.applied_at is None or move.undone_at is not None:
            raise Conflict("move_not_applied")
        count = 0
        for fate in list_leavers(move):
            reader_id = fate.pupil.reader_id
            if list_ties(reader_id):
                continue
            line = YearMoveLine.get(YearMoveLine.move == move, YearMoveLine.reader == reader_id)
            line.before = {**line.before, "cards": _close_reader(reader_id, fate.outcome)}
            line.save(only=[YearMoveLine.before])
            record_audit(actor, "reader.status", "reader", reader_id, {"status": "active"}, {"status": fate.outcome})
            count += 1
    return count
