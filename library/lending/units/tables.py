"""Tables beside a corner or a shelf: the set being composed, the helper's pass, the year's rotation. No rules.

The units, stops, documents and placements themselves are in tables.py.
"""

from __future__ import annotations

import peewee as pw

from library.cataloguing.tables import Copy
from library.foundation.database import BaseModel, InstantField
from library.foundation.tables import SchoolYear
from library.lending.tables import HandOver, HoldingUnit


class SetDraft(BaseModel):
    """A copy on the list of the set being composed for a unit; struck out, its title is not proposed again."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="draft_lines", on_delete="RESTRICT")
    copy = pw.ForeignKeyField(Copy, backref="draft_lines", on_delete="RESTRICT")
    source = pw.CharField(max_length=12)  # scan | proposal
    added_at = InstantField()
    struck_at = InstantField(null=True)

    class Meta:
        table_name = "set_draft"
        indexes = ((("unit", "copy"), True),)


class UnitPass(BaseModel):
    """The pupil helper's key to the phone page of one unit. Only its SHA-256 is kept; at most one is good."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="passes", on_delete="RESTRICT")
    token_hash = pw.CharField(max_length=64, unique=True)
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    last_used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    class Meta:
        table_name = "unit_pass"


UnitPass.add_index(
    UnitPass.index(UnitPass.unit, unique=True, where=UnitPass.revoked_at.is_null(), name="unit_pass_one_good")
)


class RotationPlan(BaseModel):
    """Sets that travel round a ring of corners, round after round, through a school year."""

    school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT")
    name = pw.CharField(max_length=80)
    starts_on = pw.DateField()  # the day the sets are where they are; the first round is `weeks` later
    weeks = pw.IntegerField()
    created_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        table_name = "rotation_plan"


class RotationShift(BaseModel):
    """One set going from one corner to the next on a planned day; done when it has its hand-over document."""

    plan = pw.ForeignKeyField(RotationPlan, backref="shifts", on_delete="RESTRICT")
    round_number = pw.IntegerField()
    set_number = pw.IntegerField()
    planned_on = pw.DateField(index=True)
    from_unit = pw.ForeignKeyField(HoldingUnit, backref="+", on_delete="RESTRICT")
    to_unit = pw.ForeignKeyField(HoldingUnit, backref="+", on_delete="RESTRICT")
    hand_over = pw.ForeignKeyField(HandOver, null=True, backref="+", on_delete="RESTRICT")
    done_at = InstantField(null=True)

    class Meta:
        table_name = "rotation_shift"
        indexes = ((("plan", "round_number", "set_number"), True),)
