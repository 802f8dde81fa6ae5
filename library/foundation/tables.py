"""Tables every feature leans on: identity, preferences, audit, outbox, idempotency, calendar.

No rules. Next: library/foundation/audit.py, outbox.py, calendar.py.
"""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField, SequenceField


class Meta(BaseModel):
    """Facts about this database file itself, e.g. `database_uuid`."""

    key = pw.CharField(primary_key=True, max_length=64)
    value = pw.TextField()


class Preference(BaseModel):
    """One school setting that the librarian has changed from its default."""

    key = pw.CharField(primary_key=True, max_length=64)
    value = JsonField()
    updated_at = InstantField()
    updated_by = pw.CharField(max_length=120)


class AuditEntry(BaseModel):
    """Who did what, when, with what before and after. Append-only."""

    id = SequenceField()
    at = InstantField(index=True)
    actor_kind = pw.CharField(max_length=16)  # staff | device | reader | system
    actor_id = pw.IntegerField(null=True)
    actor_name = pw.CharField(max_length=120)
    action = pw.CharField(max_length=64)
    subject_kind = pw.CharField(max_length=32)
    subject_id = pw.CharField(max_length=64)
    before = JsonField(null=True)
    after = JsonField(null=True)
    comment = pw.TextField(null=True)
    request_id = pw.CharField(max_length=64, null=True)

    class Meta:
        table_name = "audit_entry"
        indexes = ((("subject_kind", "subject_id"), False),)


class OutboxJob(BaseModel):
    """Work that must follow a commit (search index). Ids are never reused."""

    id = SequenceField()
    topic = pw.CharField(max_length=16)
    record_id = pw.IntegerField()
    created_at = InstantField()

    class Meta:
        table_name = "outbox_job"


class IdempotencyKey(BaseModel):
    """The first answer to a keyed write, so that a repeat is answered, not done again."""

    key = pw.CharField(primary_key=True, max_length=64)
    scope = pw.CharField(max_length=64)
    request_hash = pw.CharField(max_length=64)
    status = pw.IntegerField()
    answer = JsonField()
    created_at = InstantField(index=True)

    class Meta:
        table_name = "idempotency_key"


class SchoolYear(BaseModel):
    """A school year with its two terms (dates inclusive)."""

    label = pw.CharField(max_length=9, unique=True)  # 2026-2027
    starts_on = pw.DateField()
    term2_starts_on = pw.DateField()
    ends_on = pw.DateField()

    class Meta:
        table_name = "school_year"


class ClosedPeriod(BaseModel):
    """Days on which the library is closed: public holidays, Tết, school breaks (dates inclusive)."""

    starts_on = pw.DateField(index=True)
    ends_on = pw.DateField()
    name = pw.CharField(max_length=120)
    kind = pw.CharField(max_length=16)  # holiday | break | other
    source = pw.CharField(max_length=16, default="manual")  # manual | computed

    class Meta:
        table_name = "closed_period"
