"""Making two rows of one person one: everything that names the second names the first afterwards.

Tables of higher floors are asked by their keys, never imported, so that one added later is not forgotten.
Next: service.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import peewee as pw

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput
from library.foundation.schema import list_models
from library.readers.model import ReaderFields, ReaderStatus
from library.readers.queries import as_fields
from library.readers.service import get_reader_row, row_values
from library.readers.tables import Card, Enrolment, Reader

register_errors(
    {
        "reader_merge_same": "Hai lượt chọn là cùng một bạn đọc. Chọn bạn đọc bị ghi trùng.",
        "reader_merge_kind": "Không gộp được học sinh với người không phải học sinh.",
        "reader_merge_clash": "Cả hai đang đặt mượn cùng một nhan đề. Huỷ một lượt đặt rồi gộp lại.",
        "reader_merge_active": "Giữ lại bạn đọc đang phục vụ: mở trang của {name} rồi gộp từ đó.",
    }
)


def merge_readers(kept_id: int, merged_id: int, actor: Actor) -> None:
    """Loans, holds, visits, classes, cards and blocks of `merged_id` go to `kept_id`; the other row stays as a
    pointer without card. What the kept one lacks (code, birth date…) is filled in from the other.

    InvalidInput reader_merge_same, reader_merge_kind; Conflict reader_merge_done, reader_merge_active,
    reader_merge_clash.
    """
    if kept_id == merged_id:
        raise InvalidInput("reader_merge_same", field="other")
    with transaction():
        kept, merged = get_reader_row(kept_id), get_reader_row(merged_id)
        for row in (kept, merged):
            if row.merged_into_id is not None or row.anonymised_at is not None:
                raise Conflict("reader_merge_done", name=row.full_name)
        if (kept.kind == "pupil") != (merged.kind == "pupil"):
            raise InvalidInput("reader_merge_kind", field="other")
        if kept.status != ReaderStatus.ACTIVE and merged.status == ReaderStatus.ACTIVE:
            raise Conflict("reader_merge_active", name=merged.full_name)
        _settle_stays(kept_id, merged_id)
        _settle_cards(kept_id, merged_id)
        moved = _move_referrers(kept_id, merged_id)
        filled = _fill(as_fields(kept), as_fields(merged))
        instant = now()
        Reader.update(
            status=ReaderStatus.LEFT, merged_into=kept_id, education_id=None, updated_at=instant
        ).where(Reader.id == merged_id).execute()  # fmt: skip
        Reader.update(**row_values(filled), updated_at=instant).where(Reader.id == kept_id).execute()
        record_audit(
            actor, "reader.merge", "reader", kept_id, {"merged": merged_id, "full_name": merged.full_name}, moved
        )


def _fill(kept: ReaderFields, merged: ReaderFields) -> ReaderFields:
    names = ("education_id", "local_code", "born_on", "gender", "department_id", "post", "email")
    missing: dict[str, Any] = {name: getattr(merged, name) for name in names if getattr(kept, name) is None}
    note = "\n".join(text for text in (kept.note, merged.note) if text)
    return replace(kept, **missing, note=note)


def _settle_stays(kept_id: int, merged_id: int) -> None:
    """At most one open stay a year: where the kept one has a class, the other's stay ends or was the same one."""
    open_stays = {
        stay.school_year_id: stay.school_class_id
        for stay in Enrolment.select().where(Enrolment.reader == kept_id, Enrolment.ended_on.is_null())
    }
    for stay in Enrolment.select().where(Enrolment.reader == merged_id, Enrolment.ended_on.is_null()):
        if stay.school_year_id not in open_stays:
            continue
        if open_stays[stay.school_year_id] == stay.school_class_id:
            stay.delete_instance()
        else:
            stay.ended_on, stay.outcome = max(today(), stay.started_on), "moved"
            stay.save(only=[Enrolment.ended_on, Enrolment.outcome])


def _settle_cards(kept_id: int, merged_id: int) -> None:
    """One active card: the kept one's, where there is one. A closed card still finds its owner."""
    if Card.select().where(Card.reader == kept_id, Card.status == "active").exists():
        Card.update(status="closed", ended_at=now()).where(
            Card.reader == merged_id, Card.status == "active"
        ).execute()  # fmt: skip


def _move_referrers(kept_id: int, merged_id: int) -> dict[str, int]:
    """Every row of the house that points at the merged reader points at the kept one; rows moved by table."""
    moved: dict[str, int] = {}
    for model in list_models():
        for field in model._meta.refs:
            if field.rel_model is not Reader:
                continue
            try:
                with transaction():
                    count = model.update({field: kept_id}).where(field == merged_id).execute()
            except pw.IntegrityError as error:  # both wait for the same title
                raise Conflict("reader_merge_clash") from error
            if count:
                table = model._meta.table_name
                moved[table] = moved.get(table, 0) + count
    return moved
