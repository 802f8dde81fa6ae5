"""Sets being composed, passes of corner helpers, rotation plans (frozen copies of the models of that day)."""

import peewee as pw

from library.foundation.database import InstantField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Copy(Base):
        class Meta:
            table_name = 'copy'

    class SchoolYear(Base):
        class Meta:
            table_name = 'school_year'

    class HoldingUnit(Base):
        class Meta:
            table_name = 'holding_unit'

    class HandOver(Base):
        class Meta:
            table_name = 'hand_over'

    class SetDraft(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref='+')
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref='+')
        source = pw.CharField(max_length=12)
        added_at = InstantField()
        struck_at = InstantField(null=True)

        class Meta:
            table_name = 'set_draft'
            indexes = ((('unit', 'copy'), True),)

    class UnitPass(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref='+')
        token_hash = pw.CharField(max_length=64, unique=True)
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        last_used_at = InstantField(null=True)
        revoked_at = InstantField(null=True)

        class Meta:
            table_name = 'unit_pass'

    UnitPass.add_index(
        UnitPass.index(UnitPass.unit, unique=True, where=UnitPass.revoked_at.is_null(), name='unit_pass_one_good')
    )

    class RotationPlan(Base):
        school_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref='+')
        name = pw.CharField(max_length=80)
        starts_on = pw.DateField()
        weeks = pw.IntegerField()
        created_at = InstantField()
        ended_at = InstantField(null=True)

        class Meta:
            table_name = 'rotation_plan'

    class RotationShift(Base):
        plan = pw.ForeignKeyField(RotationPlan, on_delete='RESTRICT', backref='+')
        round_number = pw.IntegerField()
        set_number = pw.IntegerField()
        planned_on = pw.DateField(index=True)
        from_unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref='+')
        to_unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref='+')
        hand_over = pw.ForeignKeyField(HandOver, on_delete='RESTRICT', backref='+', null=True)
        done_at = InstantField(null=True)

        class Meta:
            table_name = 'rotation_shift'
            indexes = ((('plan', 'round_number', 'set_number'), True),)

    db.create_tables([SetDraft, UnitPass, RotationPlan, RotationShift], safe=False)
