"""Taking an import back: what it created and nobody has used since goes, what it changed is restored.

Copies made by the batch leave the register (their numbers were never used: no loan, hold, corner, stocktake
or edit points at them); records stay as marked rows and leave the catalogue. What has been used is kept and
listed with its reason. One transaction: all of it or nothing. Next: service.py.
"""

from __future__ import annotations

import base64
from typing import Any

from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.marc import read_marc
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.queries import list_referrers
from library.cataloguing.service import write_record
from library.cataloguing.tables import Copy, Record
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict
from library.foundation.outbox import enqueue_index
from library.foundation.tables import AuditEntry

CHUNK = 400
KEPT_WORDS = {
    "copies_used": "Có bản đã được mượn, đặt, chuyển kho hoặc sửa sau khi nhập.",
    "record_edited": "Biểu ghi đã được sửa sau khi nhập.",
    "record_used": "Biểu ghi đã có bản khác, có người đặt mượn hoặc được dùng ở nơi khác.",
    "updated_later": "Biểu ghi đã được một đợt nhập sau cập nhật. Hoàn tác đợt sau trước.",
}


def undo_batch(batch: ImportBatch, actor: Actor) -> dict[str, Any]:
    """Undo a done or interrupted batch. Conflict(`import_undone_already`) the second time."""
    kept: list[dict[str, Any]] = []
    removed = restored = copies_removed = 0
    with transaction():
        present = ImportBatch.get_by_id(batch.id)
        if present.status == "undone":
            raise Conflict("import_undone_already", number=batch.number)
        items = list(
            ImportItem.select(
                ImportItem.position, ImportItem.outcome, ImportItem.subject_id, ImportItem.copies, ImportItem.before
            ).where(ImportItem.batch == batch.id, ImportItem.subject_kind == "record")
        )
        made = [copy_id for item in items for copy_id in item.copies or ()]
        used = _used_copies(made)
        free = [copy_id for copy_id in made if copy_id not in used]
        for start in range(0, len(free), CHUNK):
            copies_removed += Copy.delete().where(Copy.id.in_(free[start : start + CHUNK])).execute()
        touched = {item.subject_id for item in items if item.copies}
        for item in items:
            if item.outcome == "updated" and item.before:
                code = _restore(item, later_than=batch.id)
                restored += code is None
                touched.add(item.subject_id)
                if code:
                    kept.append(_kept(item.subject_id, code))
        created = [item for item in items if item.outcome == "created"]
        reasons = _why_kept(created, used)
        gone = [item.subject_id for item in created if item.subject_id not in reasons]
        instant = now()
        for start in range(0, len(gone), CHUNK):
            part = gone[start : start + CHUNK]
            removed += Record.update(deleted_at=instant, updated_at=instant).where(Record.id.in_(part)).execute()
        kept.extend(_kept(record_id, code) for record_id, code in reasons.items())
        duplicates = {
            item.subject_id for item in items if item.outcome == "duplicate" and set(item.copies or ()) & used
        }
        kept.extend(_kept(record_id, "copies_used") for record_id in sorted(duplicates - set(reasons)))
        ImportBatch.update(status="undone", undone_at=instant).where(ImportBatch.id == batch.id).execute()
        after = {"removed": removed, "restored": restored, "copies_removed": copies_removed, "kept": len(kept)}
        record_audit(actor, "import.undo", "import_batch", batch.number, {"status": present.status}, after)
        enqueue_index(touched | set(gone))
    return {"batch": batch.number, **after, "kept": kept}


def _used_copies(copy_ids: list[int]) -> set[int]:
    """Copies that something points at, that were changed, or whose state is no longer as imported."""
    used = set(list_referrers(Copy, copy_ids))
    for start in range(0, len(copy_ids), CHUNK):
        part = copy_ids[start : start + CHUNK]
        used.update(
            row[0] for row in Copy.select(Copy.id).where(Copy.id.in_(part), Copy.status != "in_service").tuples()
        )
        changed = AuditEntry.select(AuditEntry.subject_id).where(
            AuditEntry.subject_kind == "copy", AuditEntry.subject_id.in_([str(copy_id) for copy_id in part])
        )
        used.update(int(row[0]) for row in changed.tuples())
    return used


def _why_kept(created: list[ImportItem], used: set[int]) -> dict[int, str]:
    """record id -> why a created record stays. Its free copies are gone already."""
    ids = [item.subject_id for item in created]
    reasons: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        for record_id, version in Record.select(Record.id, Record.version).where(Record.id.in_(part)).tuples():
            if version != 1:
                reasons[record_id] = "updated_later" if _has_later_update(record_id) else "record_edited"
    for item in created:
        if set(item.copies or ()) & used:
            reasons[item.subject_id] = "copies_used"
    own = ("record_isbn", "record_facet")
    for record_id in list_referrers(Record, ids, ignore=own):
        reasons.setdefault(record_id, "record_used")
    return reasons


def _has_later_update(record_id: int) -> bool:
    return (
        ImportItem.select()
        .join(ImportBatch)
        .where(
            ImportItem.subject_kind == "record", ImportItem.subject_id == record_id, ImportItem.outcome == "updated",
            ImportBatch.status != "undone",
        )
        .exists()
    )  # fmt: skip


def _restore(item: ImportItem, later_than: int) -> str | None:
    """Put the record back as it was before the update; the reason when it must stay as it is."""
    row = Record.get_by_id(item.subject_id)
    if row.deleted_at is not None:
        return None
    if row.version != item.before["version"] + 1:
        later = (
            ImportItem.select()
            .where(
                ImportItem.subject_kind == "record", ImportItem.subject_id == row.id, ImportItem.outcome == "updated",
                ImportItem.batch > later_than,
            )
            .exists()
        )  # fmt: skip
        return "updated_later" if later else "record_edited"
    blob = base64.b64decode(item.before["marc"])
    write_record(row.id, extract_fields(read_marc(blob)), blob, item.before["version"])
    return None


def _kept(record_id: int, code: str) -> dict[str, Any]:
    title = Record.get_by_id(record_id).title
    return {"record_id": record_id, "title": title, "code": code, "message": KEPT_WORDS[code]}
