"""Taking a readers import back. What has been used or edited since stays and is listed by name.

Next: readers_import.py (what it wrote), undo.py (batches of records).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from catalog_imports.tables import ImportBatch, ImportItem
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict
from library.foundation.vietnamese import fold, person_sort_key
from library.readers.classes import delete_unused_class
from library.readers.service import delete_unused_reader
from library.readers.tables import Card, Enrolment, Reader, SchoolClass


def undo_readers_batch(batch: ImportBatch, actor: Actor) -> dict[str, Any]:
    """Take a readers batch back: readers it made and nobody used since go, updated ones are as before.

    What has been used or edited since stays and is listed:
    {"batch", "removed", "restored", "kept": [{"title", "message"}]}. Conflict import_undone_already.
    """
    removed = restored = 0
    kept: list[dict[str, str]] = []
    with transaction():
        batch = ImportBatch.get_by_id(batch.id)
        if batch.status == "undone":
            raise Conflict("import_undone_already", number=batch.number)
        items = list(ImportItem.select().where(ImportItem.batch == batch).order_by(ImportItem.position.desc()))
        for item in items:
            if item.subject_kind != "reader" or item.outcome not in ("created", "updated"):
                continue
            row = Reader.get_or_none(Reader.id == item.subject_id)
            if row is None:
                continue
            if item.outcome == "created":
                message = _undo_created(row)
                removed += message is None
            else:
                message = _undo_updated(row, item.before or {})
                restored += message is None
            if message is not None:
                kept.append({"title": row.full_name, "message": message})
        _undo_classes(batch.options.get("classes_created") or [])
        ImportBatch.update(status="undone", undone_at=now()).where(ImportBatch.id == batch.id).execute()
        record_audit(
            actor, "readers.undo", "import_batch", batch.number, None,
            {"removed": removed, "restored": restored, "kept": len(kept)},
        )
    return {"batch": batch.number, "removed": removed, "restored": restored, "kept": kept}


def _undo_created(row: Reader) -> str | None:
    if row.updated_at != row.created_at:
        return "đã được sửa sau khi nhập"
    SchoolClass.update(homeroom_teacher=None).where(SchoolClass.homeroom_teacher == row.id).execute()
    return None if delete_unused_reader(row.id) else "đã có lượt mượn, lượt đọc hoặc việc được giao"


def _undo_updated(row: Reader, before: dict[str, Any]) -> str | None:
    if row.updated_at.isoformat() != before.get("stamp"):
        return "đã được sửa sau khi nhập"
    fields = dict(before.get("fields") or {})
    if fields.get("born_on"):
        fields["born_on"] = date.fromisoformat(fields["born_on"])
    if "full_name" in fields:
        fields["sort_key"] = person_sort_key(fields["full_name"])[:400]
        fields["fold_key"] = fold(fields["full_name"])[:120]
    if before.get("opened_stay"):
        Enrolment.delete().where(Enrolment.id == before["opened_stay"]).execute()
    _reopen(Enrolment, before.get("closed_stays") or [], {"ended_on": None, "outcome": None})
    if before.get("card"):
        Card.delete().where(Card.number == before["card"]).execute()
    _reopen(Card, before.get("closed_cards") or [], {"status": "active", "ended_at": None})
    Reader.update(**fields, updated_at=now()).where(Reader.id == row.id).execute()
    return None


def _reopen(model: Any, ids: Iterable[int], values: dict[str, Any]) -> None:
    for row_id in ids:
        model.update(**values).where(model.id == row_id).execute()


def _undo_classes(class_ids: list[int]) -> None:
    """Classes the batch made go when they are empty and nothing names them."""
    for class_id in class_ids:
        if not Enrolment.select().where(Enrolment.school_class == class_id).exists():
            delete_unused_class(class_id)
