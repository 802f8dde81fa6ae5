"""Stock-takes and what was scanned in them. No rules; registers of accession live in cataloguing."""

from __future__ import annotations

import peewee as pw

from library.cataloguing.tables import Collection, Copy
from library.foundation.database import BaseModel, InstantField, JsonField


class Stocktake(BaseModel):
    """Kiểm kê: one count of a collection, or of all. `result`: the minutes as they were when it was closed."""

    name = pw.CharField(max_length=120)
    collection = pw.ForeignKeyField(Collection, null=True, on_delete="RESTRICT")
    started_at = InstantField()
    started_by = pw.CharField(max_length=120)
    closed_at = InstantField(null=True)
    closed_by = pw.CharField(max_length=120, null=True)
    result = JsonField(null=True)


class StocktakeScan(BaseModel):
    """One book (or unknown code) seen in a stock-take; a second scan of it makes no second row."""

    stocktake = pw.ForeignKeyField(Stocktake, backref="scans", on_delete="CASCADE")
    code = pw.CharField(max_length=40)  # the copy's barcode, or what was read
    copy = pw.ForeignKeyField(Copy, null=True, on_delete="RESTRICT")
    outcome = pw.CharField(max_length=12)  # OUTCOME_LABELS in model.py, as it was when scanned
    detail = pw.CharField(max_length=200, default="")
    scanned_at = InstantField()
    scanned_by = pw.CharField(max_length=120)
    settled_at = InstantField(null=True)

    class Meta:
        table_name = "stocktake_scan"
        indexes = ((("stocktake", "code"), True),)
