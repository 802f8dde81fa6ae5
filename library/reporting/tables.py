"""Frozen monthly reports and the words the librarian adds to them. No rules."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField


class MonthlyReport(BaseModel):
    """One version of one month's report. A sent version never changes; a correction is a new version."""

    year = pw.IntegerField()
    month = pw.IntegerField()
    version = pw.IntegerField()
    status = pw.CharField(max_length=12)  # draft | sent
    number = pw.CharField(max_length=40, default="")
    period_from_on = pw.DateField()
    period_until_on = pw.DateField()
    figures = JsonField(null=True)  # frozen when sent
    words = JsonField()  # narrative parts by section
    created_at = InstantField()
    updated_at = InstantField()
    sent_at = InstantField(null=True)
    sent_by = pw.CharField(max_length=120, null=True)

    class Meta:
        table_name = "monthly_report"
        indexes = ((("year", "month", "version"), True),)
