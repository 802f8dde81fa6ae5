"""Import batches and what became of every row or record in them. No rules."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField


class ImportBatch(BaseModel):
    """One file brought in. Work is committed in chunks; `done_until` says where to go on after a crash."""

    number = pw.CharField(max_length=24, unique=True)  # e.g. NK-20261122-003, the BATCH of the command line
    kind = pw.CharField(max_length=12)  # marc | books | readers
    source = pw.CharField(max_length=255)  # file name
    sha256 = pw.CharField(max_length=64, index=True)
    size_bytes = pw.BigIntegerField()
    status = pw.CharField(max_length=12)  # running | done | undone | failed
    options = JsonField()
    done_until = pw.IntegerField(default=0)  # last position committed
    counts = JsonField()
    staff_name = pw.CharField(max_length=120)
    started_at = InstantField()
    finished_at = InstantField(null=True)
    undone_at = InstantField(null=True)

    class Meta:
        table_name = "import_batch"


class ImportItem(BaseModel):
    """The fate of one record or row: what it became, or why it was kept aside (with its raw bytes)."""

    batch = pw.ForeignKeyField(ImportBatch, backref="items", on_delete="CASCADE")
    position = pw.IntegerField()  # 1-based record number or spreadsheet row
    outcome = pw.CharField(max_length=12)  # created | updated | unchanged | duplicate | rejected
    subject_kind = pw.CharField(max_length=12, null=True)  # record | reader
    subject_id = pw.IntegerField(null=True)
    copies = JsonField(null=True)  # ids of copies created
    before = JsonField(null=True)  # what undo restores after an update
    raw = pw.BlobField(null=True)  # bytes of a rejected record
    problems = JsonField(null=True)  # [{tag, code, severity, message}]
    content_hash = pw.CharField(max_length=64, null=True)

    class Meta:
        table_name = "import_item"
        indexes = ((("batch", "position"), True), (("subject_kind", "subject_id"), False), (("content_hash",), False))
