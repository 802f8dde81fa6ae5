"""Moving the whole school up a year: the plan, what it did to each pupil, and that it was taken back. No rules."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField
from library.foundation.tables import SchoolYear
from library.readers.tables import Reader


class YearMove(BaseModel):
    """One move of the school from a year into the next; a plan until it is applied."""

    from_year = pw.ForeignKeyField(SchoolYear, backref="moves_from", on_delete="RESTRICT")
    # A plan leaves no trace in the calendar: until it is applied this is `from_year` again (queries.next_label).
    to_year = pw.ForeignKeyField(SchoolYear, backref="moves_to", on_delete="RESTRICT")
    class_map = JsonField()  # class id -> name of the class of the next year; "" = leaves the school
    decisions = JsonField()  # reader id -> {"outcome", "target"} where it differs from the class's
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    applied_at = InstantField(null=True)
    applied_by = pw.CharField(max_length=120, null=True)
    undone_at = InstantField(null=True)
    undone_by = pw.CharField(max_length=120, null=True)
    counts = JsonField(null=True)
    classes_made = JsonField(null=True)

    class Meta:
        table_name = "year_move"


class YearMoveLine(BaseModel):
    """What one move did to one pupil; `before` is what undoing restores."""

    move = pw.ForeignKeyField(YearMove, backref="lines", on_delete="CASCADE")
    reader = pw.ForeignKeyField(Reader, on_delete="RESTRICT")
    outcome = pw.CharField(max_length=16)  # promoted | repeated | transferred | graduated | left
    before = JsonField()

    class Meta:
        table_name = "year_move_line"
