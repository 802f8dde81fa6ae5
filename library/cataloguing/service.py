"""Use cases of the catalogue: records here, copies and collections in copies.py (re-exported).

One function = one transaction = audit row + index job. The MARC record is changed first and everything
else is read out of it again. Next: marc.py, copies.py.
"""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from peewee import IntegrityError

from library.cataloguing import words
from library.cataloguing.copies import (
    COLLECTION_OF_MATERIAL,
    DEFAULT_COLLECTIONS,
    NewCopy,
    add_copies,
    change_copy,
    create_collection,
    ensure_default_collections,
    get_collection,
    get_copy,
    update_collection,
    withdraw_copy,
)
from library.cataloguing.marc import MarcRecord, read_marc, to_blob
from library.cataloguing.marc_edit import build_marc, clean_fields, update_marc
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.model import RecordFields
from library.cataloguing.queries import get_record_row, list_referrers
from library.cataloguing.rows import facet_rows, projected_columns, record_row
from library.cataloguing.tables import Copy, Record, RecordFacet, RecordIsbn
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput
from library.foundation.outbox import enqueue_index
from library.foundation.schema import list_models

__all__ = [
    "COLLECTION_OF_MATERIAL", "DEFAULT_COLLECTIONS", "NewCopy", "add_copies", "change_copy", "create_collection",
    "create_record", "delete_record", "ensure_default_collections", "get_collection", "get_copy", "get_fields",
    "merge_records", "save_marc", "set_cover", "update_collection", "update_record", "withdraw_copy",
]  # fmt: skip

words.register()


def create_record(values: RecordFields, actor: Actor, *, cover_file: str | None = None) -> int:
    """Catalogue a title by hand; returns the record id. InvalidInput(`title_empty`, `isbn_bad`) names its field."""
    record = build_marc(clean_fields(values))
    with transaction():
        record_id = _insert(record, cover_file)
        record_audit(actor, "record.create", "record", record_id, None, {"title": values.title})
        enqueue_index([record_id])
    return record_id


def save_marc(record: MarcRecord, actor: Actor) -> int:
    """Keep a MARC record as a new title (copy cataloguing); returns the record id."""
    with transaction():
        record_id = _insert(record, None)
        record_audit(actor, "record.create", "record", record_id, None, {"title": extract_fields(record).title})
        enqueue_index([record_id])
    return record_id


def _insert(record: MarcRecord, cover_file: str | None) -> int:
    values = extract_fields(record)
    record_id = Record.insert(**record_row(values, to_blob(record), now()), cover_file=cover_file).execute()
    _write_lists(record_id, values)
    return record_id


def _write_lists(record_id: int, values: RecordFields) -> None:
    RecordIsbn.delete().where(RecordIsbn.record == record_id).execute()
    RecordFacet.delete().where(RecordFacet.record == record_id).execute()
    if values.isbns:
        RecordIsbn.insert_many([{"record": record_id, "isbn": isbn} for isbn in values.isbns]).execute()
    facets = facet_rows(values)
    if facets:
        rows = [{"record": record_id, "kind": kind, "value": value} for kind, value in facets]
        RecordFacet.insert_many(rows).execute()


def get_fields(record_id: int) -> tuple[RecordFields, int]:
    """What the edit form shows, and the version it was read at. NotFound(`record_unknown`)."""
    row = get_record_row(record_id)
    return extract_fields(read_marc(row.marc)), row.version


def update_record(record_id: int, values: RecordFields, actor: Actor, *, version: int | None = None) -> None:
    """Change a title: only the MARC fields behind changed values are rewritten, all others stay.

    Conflict(`record_changed`) when `version` is no longer the present one.
    """
    with transaction():
        row = get_record_row(record_id)
        if version is not None and version != row.version:
            raise Conflict("record_changed", record_id=record_id)
        record = read_marc(row.marc)
        before = extract_fields(record)
        # Made from other fields, not typed: let them follow unless they were changed on purpose.
        renamed = (values.authors, values.title) != (before.authors, before.title)
        if renamed and values.author_mark == before.author_mark:
            values = replace(values, author_mark="")
        if values.call_number == before.call_number and values.class_number != before.class_number:
            values = replace(values, call_number="")
        wanted = clean_fields(values)
        wanted = replace(wanted, control_number=before.control_number, items=before.items, problems=before.problems)
        if wanted == before:
            return
        update_marc(record, before, wanted)
        after = extract_fields(record)
        write_record(row.id, after, to_blob(record), row.version + 1)
        old, new = _difference(before, after)
        record_audit(actor, "record.change", "record", record_id, old, new)
        enqueue_index([record_id])


def write_record(record_id: int, values: RecordFields, blob: bytes, version: int) -> None:
    """Put MARC bytes and everything read out of them in the place of the old (inside a transaction)."""
    changes = projected_columns(values)
    changes.update(marc=blob, updated_at=now(), version=version)
    Record.update(**changes).where(Record.id == record_id).execute()
    _write_lists(record_id, values)


def _difference(before: RecordFields, after: RecordFields) -> tuple[dict[str, Any], dict[str, Any]]:
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for field in dataclass_fields(RecordFields):
        left, right = getattr(before, field.name), getattr(after, field.name)
        if left != right and field.name not in ("items", "problems"):
            old[field.name], new[field.name] = left, right
    return old, new


def set_cover(record_id: int, cover_file: str | None, actor: Actor) -> None:
    """The cover picture's path below files/, or None for the generated cover."""
    with transaction():
        row = get_record_row(record_id)
        Record.update(cover_file=cover_file, updated_at=now()).where(Record.id == record_id).execute()
        record_audit(actor, "record.cover", "record", record_id, {"cover": row.cover_file}, {"cover": cover_file})


# What may point at a record without keeping it from being deleted: its own lists.
_OWN_TABLES = ("record_isbn", "record_facet", "record")


def delete_record(record_id: int, actor: Actor) -> None:
    """Take a title out of the catalogue (the row stays, marked). Refused while copies, also withdrawn ones,
    holds or anything else point at it: registers must still show it."""
    with transaction():
        row = get_record_row(record_id)
        copies = Copy.select().where(Copy.record == record_id).count()
        if copies:
            raise Conflict("record_has_copies", title=row.title, copies=copies)
        others = list_referrers(Record, [record_id], ignore=_OWN_TABLES).get(record_id, set())
        if others:
            raise Conflict("record_in_use", title=row.title)
        Record.update(deleted_at=now(), updated_at=now()).where(Record.id == record_id).execute()
        record_audit(actor, "record.delete", "record", record_id, {"title": row.title}, None)
        enqueue_index([record_id])


def merge_records(kept_id: int, merged_id: int, actor: Actor) -> None:
    """Make two records of one title one: copies, holds and lists of `merged_id` move to `kept_id`, whose
    description stays; the other row stays as a pointer. InvalidInput(`merge_same`) for one and the same."""
    if kept_id == merged_id:
        raise InvalidInput("merge_same", field="other")
    with transaction():
        kept, merged = get_record_row(kept_id), get_record_row(merged_id)
        moved = _move_referrers(kept_id, merged_id)
        known = {isbn for (isbn,) in RecordIsbn.select(RecordIsbn.isbn).where(RecordIsbn.record == kept_id).tuples()}
        extra = extract_fields(read_marc(merged.marc)).isbns
        if set(extra) - known:
            record = read_marc(kept.marc)
            before = extract_fields(record)
            update_marc(record, before, replace(before, isbns=tuple(dict.fromkeys([*before.isbns, *extra]))))
            write_record(kept_id, extract_fields(record), to_blob(record), kept.version + 1)
        Record.update(deleted_at=now(), merged_into=kept_id, updated_at=now()).where(Record.id == merged_id).execute()
        record_audit(actor, "record.merge", "record", kept_id, {"merged": merged_id, "title": merged.title}, moved)
        enqueue_index([kept_id, merged_id])


def _move_referrers(kept_id: int, merged_id: int) -> dict[str, int]:
    """Every row of the house that points at the merged record points at the kept one; a row that would then
    stand there twice (a hold of the same reader, a book of the same session) is dropped."""
    moved: dict[str, int] = {}
    for model in list_models():
        table = model._meta.table_name
        for field in model._meta.refs:
            if field.rel_model is not Record or table in ("record_isbn", "record_facet"):
                continue
            for row in model.select().where(field == merged_id):
                own = row._pk_expr()
                try:
                    with transaction():
                        model.update({field: kept_id}).where(own).execute()
                    moved[table] = moved.get(table, 0) + 1
                except IntegrityError:
                    model.delete().where(own).execute()
    return moved
