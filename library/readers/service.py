"""Use cases on readers, cards and blocks: one function = one transaction, audited.

The audit of a reader holds field names and the changed values, no more about a child than needed.
Classes and departments: classes.py. Next: pages/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

import peewee as pw

from library.contract.codes import register_errors
from library.contract.scans import CARD_PREFIX, make_card_number
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import fold, nfc, person_sort_key
from library.readers.classes import get_class_row
from library.readers.model import ReaderFields, ReaderKind, ReaderStatus
from library.readers.queries import as_fields, running_block
from library.readers.rules import clean_fields
from library.readers.tables import Card, Department, Enrolment, Reader, ReaderBlock, ReaderConsent, SchoolClass
from library.readers.ties import list_ties, settle_leaving

register_errors(
    {
        "reader_kind_bad": "Chọn loại bạn đọc trong danh sách.",
        "reader_name_missing": "Ghi họ tên bạn đọc.",
        "reader_name_long": "Họ tên dài quá {length} ký tự. Rút gọn lại.",
        "birth_date_bad": "Ngày sinh {born_on} chưa hợp lý. Kiểm tra lại ngày, tháng, năm.",
        "gender_bad": "Giới tính ghi Nam hoặc Nữ, hoặc để trống.",
        "education_id_bad": "Mã định danh {education_id} chưa đúng: chỉ gồm chữ và số, dài không quá 20 ký tự.",
        "education_id_taken": "Mã định danh {education_id} đã có ở bạn đọc {name}. Kiểm tra lại mã.",
        "email_bad": "Địa chỉ thư điện tử chưa đúng.",
        "card_none": "Bạn đọc này chưa có thẻ để báo mất. Cấp thẻ mới.",
        "card_has_one": "Bạn đọc này đang có thẻ {number}. Báo mất thẻ đó trước khi cấp thẻ khác.",
        "reader_not_active": "{name} đã thôi phục vụ. Mở lại bạn đọc này trước.",
        "block_reason_missing": "Ghi lý do tạm ngừng mượn.",
        "block_missing": "Không tìm thấy lần tạm ngừng này, hoặc đã gỡ rồi.",
        "block_dates_bad": "Ngày hết tạm ngừng phải sau ngày bắt đầu.",
        "reader_merge_done": "{name} đã được gộp trước đó.",
        "reader_nameless": "Bạn đọc này đã được xoá tên, không mở lại hay sửa được. Người trở lại thì thêm mới.",
        "reader_twice": "Đã có {name}[ lớp {place}][, sinh {born_on}]. Đúng là em khác cùng tên thì vẫn thêm.",
        "status_bad": "Chọn tình trạng trong danh sách.",
        "department_missing": "Không tìm thấy tổ chuyên môn này.",
    }
)


def _json(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def get_reader_row(reader_id: int) -> Reader:
    """The table row, for use inside services. NotFound reader_missing."""
    row = Reader.get_or_none(Reader.id == reader_id)
    if row is None:
        raise NotFound("reader_missing", reader_id=reader_id)
    return row


def _check(fields: ReaderFields, reader_id: int | None) -> ReaderFields:
    clean = clean_fields(fields, today())
    if clean.department_id is not None and not Department.select().where(Department.id == clean.department_id).exists():
        raise InvalidInput("department_missing", field="department_id")
    if clean.education_id is not None:
        other = Reader.get_or_none(Reader.education_id == clean.education_id)
        if other is not None and other.id != reader_id:
            raise Conflict(
                "education_id_taken", field="education_id", education_id=clean.education_id, name=other.full_name
            )
    return clean


def row_values(fields: ReaderFields) -> dict[str, Any]:
    """Column values of table `reader` for these fields (search keys included, birth date as the school keeps it)."""
    values = asdict(fields)
    values["department"] = values.pop("department_id")
    if not get_preference("keep_birth_dates"):
        values["born_on"] = None
    values["sort_key"] = person_sort_key(fields.full_name)[:400]
    values["fold_key"] = fold(fields.full_name)[:120]
    return values


# ---------------------------------------------------------------- readers


def create_reader(
    fields: ReaderFields, actor: Actor, *, class_id: int | None = None, with_card: bool = True,
    ask_twice: bool = False,
) -> int:
    """A new reader, enrolled in a class when one is given, with a card; returns the id. `ask_twice`: somebody types
    this reader in, and one with the same name, class and birth date is asked about first (L216).

    InvalidInput for what cannot be kept; Conflict education_id_taken, reader_twice; NotFound class_missing.
    """  # fmt: skip
    with transaction():
        clean = _check(fields, None)
        if ask_twice:
            _require_new(clean, class_id)
        instant = now()
        row = Reader.create(**row_values(clean), created_at=instant, updated_at=instant)
        if class_id is not None:
            _enrol(row.id, get_class_row(class_id), today())
        number = _issue_card(row.id) if with_card else None
        record_audit(
            actor, "reader.create", "reader", row.id, None,
            _json({"full_name": clean.full_name, "kind": clean.kind, "class_id": class_id, "card": number}),
        )
    return row.id


def _require_new(clean: ReaderFields, class_id: int | None) -> None:
    """L216: Conflict(`reader_twice`) for one who is here already with this name, class and birth date. A birth date
    that one of the two lacks tells nobody apart."""
    row = row_values(clean)
    same = Reader.select().where(
        Reader.fold_key == row["fold_key"], Reader.kind == clean.kind, Reader.status == ReaderStatus.ACTIVE,
        Reader.merged_into.is_null(),
    )  # fmt: skip
    if row["born_on"] is not None:
        same = same.where(Reader.born_on.is_null() | (Reader.born_on == row["born_on"]))
    for other in same.order_by(Reader.id):
        stays = Enrolment.select().where(Enrolment.reader == other.id, Enrolment.ended_on.is_null())
        if nfc(other.full_name) == clean.full_name and (
            clean.kind != ReaderKind.PUPIL
            or (stays.where(Enrolment.school_class == class_id).exists() if class_id else not stays.exists())
        ):
            place = get_class_row(class_id).name if class_id else None
            raise Conflict(
                "reader_twice", reader_id=other.id, name=other.full_name, place=place, born_on=other.born_on
            )


def update_reader(reader_id: int, fields: ReaderFields, actor: Actor) -> list[Reason]:
    """Change what the form holds; only what differs is written and audited. Returns what a new last day of service
    did to what is open with this reader (L234), for staff to read."""
    with transaction():
        row = get_reader_row(reader_id)
        if row.anonymised_at is not None:
            raise Conflict("reader_nameless")
        clean = _check(fields, reader_id)
        before, after = asdict(as_fields(row)), asdict(clean)
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            return []
        Reader.update(**row_values(clean), updated_at=now()).where(Reader.id == reader_id).execute()
        record_audit(
            actor, "reader.update", "reader", reader_id,
            _json({name: before[name] for name in changed}), _json({name: after[name] for name in changed}),
        )
        if "leaves_on" in changed and clean.leaves_on is not None:
            return settle_leaving(reader_id, clean.leaves_on, actor)
        return []


def change_status(reader_id: int, status: str, actor: Actor, *, on: date | None = None) -> None:
    """Transferred, graduated, left, or active again. Refused while loans or holds are open (all reasons).

    Leaving ends the enrolment and closes the card; coming back needs a class and a card anew.
    """
    if status not in tuple(ReaderStatus):
        raise InvalidInput("status_bad", field="status")
    day = on or today()
    with transaction():
        row = get_reader_row(reader_id)
        if row.status == status:
            return
        if row.merged_into_id is not None:
            raise Conflict("reader_merge_done", name=row.full_name)
        if row.anonymised_at is not None:  # L217: nobody comes back out of a row without a name
            raise Conflict("reader_nameless")
        if status != ReaderStatus.ACTIVE:
            reasons = list_ties(reader_id)
            if reasons:
                raise Refused(reasons)
            _close_everything(reader_id, day, status)
        Reader.update(status=status, updated_at=now()).where(Reader.id == reader_id).execute()
        record_audit(actor, "reader.status", "reader", reader_id, {"status": row.status}, {"status": status})


def _close_everything(reader_id: int, day: date, outcome: str) -> None:
    Enrolment.update(ended_on=day, outcome=outcome).where(
        Enrolment.reader == reader_id, Enrolment.ended_on.is_null()
    ).execute()
    Card.update(status="closed", ended_at=now()).where(Card.reader == reader_id, Card.status == "active").execute()


def remove_reader(reader_id: int, actor: Actor) -> bool:
    """Take a reader out. Refused while anything is open. One who never did anything is deleted (True);
    one with history only leaves (False), because registers must still show it (design.md promise 7)."""
    with transaction():
        row = get_reader_row(reader_id)
        reasons = list_ties(reader_id)
        if reasons:
            raise Refused(reasons)
        gone = delete_unused_reader(reader_id)
        if not gone:
            _close_everything(reader_id, today(), ReaderStatus.LEFT)
            Reader.update(status=ReaderStatus.LEFT, updated_at=now()).where(Reader.id == reader_id).execute()
        record_audit(
            actor, "reader.delete" if gone else "reader.status", "reader", reader_id, {"status": row.status},
            None if gone else {"status": "left"},
        )
    return gone


def delete_unused_reader(reader_id: int) -> bool:
    """Inside a transaction: delete the rows of a reader that nothing else points at; False when something does."""
    try:
        with transaction():
            ReaderBlock.delete().where(ReaderBlock.reader == reader_id).execute()
            Card.delete().where(Card.reader == reader_id).execute()
            ReaderConsent.delete().where(ReaderConsent.reader == reader_id).execute()
            Enrolment.delete().where(Enrolment.reader == reader_id).execute()
            Reader.delete().where(Reader.id == reader_id).execute()
    except pw.IntegrityError:  # a loan, a visit, a class of which they were homeroom teacher
        return False
    return True


# ---------------------------------------------------------------- classes of a reader


def _enrol(reader_id: int, school_class: SchoolClass, on: date) -> None:
    Enrolment.create(
        reader=reader_id, school_class=school_class, school_year=school_class.school_year_id, started_on=on
    )


def change_class(
    reader_id: int, class_id: int | None, actor: Actor, *, on: date | None = None, outcome: str = "moved"
) -> None:
    """Into another class of the same school year (the old stay ends with `outcome`), or out of any
    (None). Classes of other years are not touched. NotFound class_missing, reader_missing."""
    day = on or today()
    with transaction():
        row = get_reader_row(reader_id)
        target = None if class_id is None else get_class_row(class_id)
        open_stays = Enrolment.select().where(Enrolment.reader == reader_id, Enrolment.ended_on.is_null())
        if target is not None:
            if row.status != ReaderStatus.ACTIVE:
                raise Conflict("reader_not_active", name=row.full_name)
            open_stays = open_stays.where(Enrolment.school_year == target.school_year_id)
        before = list(open_stays)
        if target is not None and any(stay.school_class_id == target.id for stay in before):
            return
        for stay in before:
            stay.ended_on, stay.outcome = max(day, stay.started_on), outcome
            stay.save(only=[Enrolment.ended_on, Enrolment.outcome])
        if target is not None:
            _enrol(reader_id, target, day)
        Reader.update(updated_at=now()).where(Reader.id == reader_id).execute()
        record_audit(
            actor, "reader.class", "reader", reader_id,
            {"class_id": [stay.school_class_id for stay in before]}, {"class_id": class_id},
        )


def change_class_of(reader_ids: Iterable[int], class_id: int, actor: Actor, *, on: date | None = None) -> None:
    """Several pupils into one class, all of them or none. Errors as change_class."""
    with transaction():
        for reader_id in dict.fromkeys(reader_ids):
            change_class(reader_id, class_id, actor, on=on)


# ---------------------------------------------------------------- cards


def next_card_serial() -> int:
    """The serial after the highest of our own cards ever issued; a number is never used again."""
    highest = (
        Card.select(pw.fn.MAX(Card.number))
        .where(Card.number.startswith(CARD_PREFIX), pw.fn.LENGTH(Card.number) == len(CARD_PREFIX) + 8)
        .scalar()
    )
    return int(highest[len(CARD_PREFIX) : -1]) + 1 if highest and highest[len(CARD_PREFIX) :].isdigit() else 1


def _issue_card(reader_id: int) -> str:
    number = make_card_number(next_card_serial())
    Card.create(reader=reader_id, number=number, status="active", issued_at=now())
    return number


def issue_card(reader_id: int, actor: Actor) -> str:
    """A card for a reader without one; returns its number. Conflict card_has_one, reader_not_active."""
    with transaction():
        row = get_reader_row(reader_id)
        if row.status != ReaderStatus.ACTIVE:
            raise Conflict("reader_not_active", name=row.full_name)
        held = Card.get_or_none((Card.reader == reader_id) & (Card.status == "active"))
        if held is not None:
            raise Conflict("card_has_one", number=held.number)
        number = _issue_card(reader_id)
        record_audit(actor, "card.issue", "reader", reader_id, None, {"card": number})
    return number


def replace_lost_card(reader_id: int, actor: Actor) -> str:
    """The old card is lost and opens nothing any more; returns the new number. Conflict card_none."""
    with transaction():
        row = get_reader_row(reader_id)
        if row.status != ReaderStatus.ACTIVE:
            raise Conflict("reader_not_active", name=row.full_name)
        held = Card.get_or_none((Card.reader == reader_id) & (Card.status == "active"))
        if held is None:
            raise Conflict("card_none")
        held.status, held.ended_at = "lost", now()
        held.save(only=[Card.status, Card.ended_at])
        number = _issue_card(reader_id)
        record_audit(actor, "card.replace", "reader", reader_id, {"card": held.number}, {"card": number})
    return number


def mark_cards_printed(reader_ids: Iterable[int], actor: Actor) -> int:
    """The cards these readers hold have been printed; returns how many had not been before."""
    count = 0
    with transaction():
        for held in Card.select().where(
            Card.reader.in_(list(reader_ids)), Card.status == "active", Card.printed_at.is_null()
        ):
            held.printed_at = now()
            held.save(only=[Card.printed_at])
            record_audit(actor, "card.print", "reader", held.reader_id, None, {"card": held.number})
            count += 1
    return count


# ---------------------------------------------------------------- blocks


def block_reader(reader_id: int, reason: str, actor: Actor, *, until: date | None = None) -> int:
    """No borrowing from today until a day (inclusive) or until lifted; returns the block's id. One that is running
    gets this reason and this end instead, and is by hand from then on (L235)."""
    text = nfc(reason)[:200]
    if not text:
        raise InvalidInput("block_reason_missing", field="reason")
    if until is not None and until < today():
        raise InvalidInput("block_dates_bad", field="until")
    with transaction():
        get_reader_row(reader_id)
        row = ReaderBlock.select().where(running_block(reader_id, today())).order_by(ReaderBlock.id.desc()).first()
        before = None
        if row is None:
            row = ReaderBlock.create(
                reader=reader_id, kind="manual", starts_on=today(), ends_on=until, reason=text, created_at=now()
            )
        else:
            before = _json({"block": row.id, "until": row.ends_on, "reason": row.reason})
            # Several may run (a late book after one by hand): what staff decide holds, the others end with it.
            _lift_running(reader_id, but=row.id)
            ReaderBlock.update(kind="manual", ends_on=until, reason=text).where(ReaderBlock.id == row.id).execute()
        record_audit(
            actor, "reader.block", "reader", reader_id, before,
            _json({"block": row.id, "until": until, "reason": text}),
        )
    return row.id


def _lift_running(reader_id: int, but: int = 0) -> None:
    ReaderBlock.update(lifted_at=now()).where(running_block(reader_id, today()), ReaderBlock.id != but).execute()


def unblock_reader(block_id: int, actor: Actor) -> None:
    """Lift a block, by hand or a suspension, and with it whatever else runs for this reader (L235). NotFound
    block_missing (also when lifted already)."""
    with transaction():
        row = ReaderBlock.get_or_none((ReaderBlock.id == block_id) & ReaderBlock.lifted_at.is_null())
        if row is None:
            raise NotFound("block_missing", block_id=block_id)
        row.lifted_at = now()
        row.save(only=[ReaderBlock.lifted_at])
        _lift_running(row.reader_id)
        record_audit(actor, "reader.unblock", "reader", row.reader_id, {"block": block_id}, {"lifted": True})
