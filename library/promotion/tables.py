"""Reading promotion: sessions, the books they introduced, monthly themes, reading periods. No rules."""

from __future__ import annotations

import peewee as pw

from library.cataloguing.tables import Record
from library.foundation.database import BaseModel, InstantField
from library.foundation.tables import SchoolYear
from library.readers.tables import Department, Reader, SchoolClass


class MonthlyTheme(BaseModel):
    """Chủ điểm tháng."""

    school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT")
    month = pw.IntegerField()  # 1–12
    theme = pw.CharField(max_length=160)

    class Meta:
        table_name = "monthly_theme"
        indexes = ((("school_year", "month"), True),)


class PromotionSession(BaseModel):
    """Buổi tuyên truyền giới thiệu sách."""

    held_on = pw.DateField(index=True)
    slot = pw.CharField(max_length=12)  # theme | department | other
    status = pw.CharField(max_length=12, default="held")  # planned | held | cancelled
    title = pw.CharField(max_length=200)
    theme = pw.CharField(max_length=160, default="")
    department = pw.ForeignKeyField(Department, null=True, on_delete="RESTRICT")
    form = pw.CharField(max_length=24)  # SessionForm in promotion/model.py
    audience = pw.CharField(max_length=160, default="")
    attendance = pw.IntegerField(null=True)
    presenter = pw.CharField(max_length=120, default="")
    text = pw.TextField(default="")
    evidence_file = pw.CharField(max_length=200, null=True)
    note = pw.TextField(default="")
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        table_name = "promotion_session"


class SessionRecord(BaseModel):
    """A title introduced in a session."""

    session = pw.ForeignKeyField(PromotionSession, backref="introduced", on_delete="CASCADE")
    record = pw.ForeignKeyField(Record, on_delete="RESTRICT")

    class Meta:
        table_name = "session_record"
        indexes = ((("session", "record"), True),)


class ReadingPeriod(BaseModel):
    """Tiết đọc / tiết học tại thư viện."""

    held_on = pw.DateField(index=True)
    period = pw.IntegerField(null=True)
    school_class = pw.ForeignKeyField(SchoolClass, on_delete="RESTRICT")
    teacher = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")
    kind = pw.CharField(max_length=12, default="reading")  # reading | lesson | orientation
    content = pw.CharField(max_length=300, default="")
    pupils = pw.IntegerField()
    created_at = InstantField()

    class Meta:
        table_name = "reading_period"
