"""Loans, holds, policies, class corners and mobile shelves, visits, kiosk conflicts. No rules.

What must hold under a race is a constraint here: one open loan per copy, one open placement per copy.
"""

from __future__ import annotations

import peewee as pw

from library.access.tables import Device
from library.cataloguing.tables import Copy, Record
from library.foundation.database import BaseModel, InstantField, JsonField, SequenceField
from library.foundation.tables import SchoolYear
from library.readers.tables import Reader, SchoolClass


class LoanPolicy(BaseModel):
    """A row of the policy matrix; empty columns match everything, the most specific row wins."""

    reader_kind = pw.CharField(max_length=16, null=True)
    grade = pw.IntegerField(null=True)
    material = pw.CharField(max_length=16, null=True)
    collection = pw.CharField(max_length=12, null=True)  # collection code
    loanable = pw.BooleanField(default=True)
    max_loans = pw.IntegerField(null=True)  # of what this row matches; null = no limit of its own
    counts_in_total = pw.BooleanField(default=True)  # False: outside the reader's limit in all (textbooks)
    length_kind = pw.CharField(max_length=12, default="days")  # days | weekday | end_of_term | end_of_year | on_date
    length_value = pw.IntegerField(default=14)  # days, or ISO weekday 1–7
    fixed_due_on = pw.DateField(null=True)
    max_renewals = pw.IntegerField(default=1)
    renewal_days = pw.IntegerField(null=True)  # null = the loan length
    note = pw.CharField(max_length=200, default="")

    class Meta:
        table_name = "loan_policy"


class HoldingUnit(BaseModel):
    """Đơn vị lưu giữ: a class corner, a mobile shelf, a book bag… that holds copies for others."""

    kind = pw.CharField(max_length=16)  # class_corner | mobile_shelf | book_bag | bookcase | site | green_library
    name = pw.CharField(max_length=80)
    school_year = pw.ForeignKeyField(SchoolYear, null=True, on_delete="RESTRICT")
    school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
    responsible = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT", backref="units_in_charge")
    helper = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT", backref="units_helped")
    capacity = pw.IntegerField(null=True)
    due_on = pw.DateField(null=True)  # when the set is expected back
    opened_on = pw.DateField()
    closed_on = pw.DateField(null=True)
    note = pw.TextField(default="")

    class Meta:
        table_name = "holding_unit"


class ShelfStop(BaseModel):
    """One stop of a mobile shelf's route: where, from when to when, as planned and as it was."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="stops", on_delete="RESTRICT")
    sequence = pw.IntegerField()
    place = pw.CharField(max_length=120)
    school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
    responsible = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")
    planned_from_on = pw.DateField()
    planned_until_on = pw.DateField()
    arrived_at = InstantField(null=True)
    left_at = InstantField(null=True)
    copies_out = pw.IntegerField(null=True)  # counted when it arrived
    copies_in = pw.IntegerField(null=True)  # counted when it left
    cancelled_at = InstantField(null=True)
    note = pw.TextField(default="")

    class Meta:
        table_name = "shelf_stop"


class HandOver(BaseModel):
    """One hand-over document: a set going out, coming back in parts, moving, or being counted."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="hand_overs", on_delete="RESTRICT")
    kind = pw.CharField(max_length=16)  # out | back | exchange | count | carry_over
    number = pw.CharField(max_length=40, unique=True)
    happened_at = InstantField()
    happened_on = pw.DateField(index=True)
    received_by = pw.CharField(max_length=120, default="")
    stop = pw.ForeignKeyField(ShelfStop, null=True, on_delete="RESTRICT")
    staff_name = pw.CharField(max_length=120)
    copies_count = pw.IntegerField()
    note = pw.TextField(default="")

    class Meta:
        table_name = "hand_over"


class Placement(BaseModel):
    """A copy's stay in a holding unit. At most one open placement per copy."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="placements", on_delete="RESTRICT")
    copy = pw.ForeignKeyField(Copy, backref="placements", on_delete="RESTRICT")
    placed_by = pw.ForeignKeyField(HandOver, backref="placed", on_delete="RESTRICT")
    placed_at = InstantField()
    placed_on = pw.DateField(index=True)
    removed_by = pw.ForeignKeyField(HandOver, null=True, backref="removed", on_delete="RESTRICT")
    removed_at = InstantField(null=True)
    outcome = pw.CharField(max_length=16, null=True)  # returned | missing | moved | lost | damaged


Placement.add_index(
    Placement.index(Placement.copy, unique=True, where=Placement.removed_at.is_null(), name="placement_one_open")
)


class Loan(BaseModel):
    """A copy lent to a person. At most one open loan per copy.

    `reader_kind`, `grade`, `class_name`, `material`, `collection` are what was true on the day, so that
    statistics stay right when a pupil moves up, a copy moves, or the reader is made anonymous.
    """

    copy = pw.ForeignKeyField(Copy, backref="loans", on_delete="RESTRICT")
    reader = pw.ForeignKeyField(Reader, null=True, backref="loans", on_delete="RESTRICT")  # null: anonymised
    purpose = pw.CharField(max_length=12, default="home")  # home | in_library | unit
    channel = pw.CharField(max_length=12)  # desk | kiosk | offline | mobile | unit | import
    unit = pw.ForeignKeyField(HoldingUnit, null=True, on_delete="RESTRICT")  # lent inside a corner or shelf
    loaned_at = InstantField()
    loaned_on = pw.DateField(index=True)
    due_on = pw.DateField()
    first_due_on = pw.DateField()
    renewals = pw.IntegerField(default=0)
    returned_at = InstantField(null=True)
    returned_on = pw.DateField(null=True, index=True)
    return_channel = pw.CharField(max_length=12, null=True)
    overdue_days = pw.IntegerField(null=True)  # on return
    ended_as = pw.CharField(max_length=16, null=True)  # returned | lost | claimed | replaced | corrected
    device = pw.ForeignKeyField(Device, null=True, on_delete="RESTRICT")
    return_device = pw.ForeignKeyField(Device, null=True, on_delete="RESTRICT", backref="returns")
    staff_name = pw.CharField(max_length=120, null=True)
    reader_kind = pw.CharField(max_length=16)
    grade = pw.IntegerField(null=True)
    class_name = pw.CharField(max_length=20, null=True)
    school_year = pw.CharField(max_length=9)
    material = pw.CharField(max_length=16)
    collection = pw.CharField(max_length=12)
    act_key = pw.CharField(max_length=64, null=True, unique=True)  # the idempotency key of the act that made it
    overrides = JsonField(null=True)  # reason codes set aside by staff
    comment = pw.TextField(null=True)
    recalled_on = pw.DateField(null=True)
    claimed_returned_on = pw.DateField(null=True)


Loan.add_index(Loan.index(Loan.copy, unique=True, where=Loan.returned_at.is_null(), name="loan_one_open"))
Loan.add_index(Loan.index(Loan.reader, where=Loan.returned_at.is_null(), name="loan_reader_open"))
# What is overdue must not be looked for among a million past loans.
Loan.add_index(Loan.index(Loan.due_on, where=Loan.returned_at.is_null(), name="loan_due_open"))


class LoanEvent(BaseModel):
    """What happened to a loan after it was made: renewed, re-dated, recalled, corrected…"""

    id = SequenceField()
    loan = pw.ForeignKeyField(Loan, backref="events", on_delete="RESTRICT")
    kind = pw.CharField(max_length=16)
    at = InstantField()
    due_before = pw.DateField(null=True)
    due_after = pw.DateField(null=True)
    actor_name = pw.CharField(max_length=120)
    comment = pw.TextField(null=True)

    class Meta:
        table_name = "loan_event"


class Charge(BaseModel):
    """Đền sách: what a reader owes for one loan's copy, and how that was settled."""

    kind = pw.CharField(max_length=12)  # lost | damaged | late
    reader = pw.ForeignKeyField(Reader, null=True, backref="charges", on_delete="RESTRICT")  # null: anonymised
    loan = pw.ForeignKeyField(Loan, null=True, backref="charges", on_delete="RESTRICT")
    copy = pw.ForeignKeyField(Copy, backref="charges", on_delete="RESTRICT")
    amount = pw.IntegerField(null=True)  # đồng; null: the same title, price not known
    made_at = InstantField()
    made_on = pw.DateField(index=True)
    staff_name = pw.CharField(max_length=120)
    comment = pw.TextField(null=True)
    settled_at = InstantField(null=True)
    settled_as = pw.CharField(max_length=12, null=True)  # copy | price | waived | found | corrected
    settled_amount = pw.IntegerField(null=True)
    settled_by = pw.CharField(max_length=120, null=True)
    new_copy = pw.ForeignKeyField(Copy, null=True, backref="replaces", on_delete="RESTRICT")

    class Meta:
        table_name = "charge"


Charge.add_index(
    Charge.index(Charge.loan, Charge.kind, unique=True, where=Charge.settled_at.is_null(), name="charge_one_open")
)


class Hold(BaseModel):
    """Đặt mượn, on a title or on one copy; the queue is (priority, placed_at, id)."""

    record = pw.ForeignKeyField(Record, backref="holds", on_delete="RESTRICT")
    copy = pw.ForeignKeyField(Copy, null=True, backref="holds", on_delete="RESTRICT")  # asked for this very copy
    reader = pw.ForeignKeyField(Reader, null=True, backref="holds", on_delete="RESTRICT")  # null: anonymised
    status = pw.CharField(max_length=12, default="waiting")  # waiting | ready | filled | cancelled | expired
    priority = pw.IntegerField(default=100)
    placed_at = InstantField()
    needed_until_on = pw.DateField(null=True)
    ready_copy = pw.ForeignKeyField(Copy, null=True, backref="ready_holds", on_delete="RESTRICT")
    ready_at = InstantField(null=True)
    pickup_until_on = pw.DateField(null=True)
    ended_at = InstantField(null=True)
    note = pw.CharField(max_length=200, default="")


Hold.add_index(
    Hold.index(Hold.ready_copy, unique=True, where=(Hold.status == "ready"), name="hold_one_ready")
)
Hold.add_index(
    Hold.index(Hold.record, Hold.reader, unique=True, where=Hold.ended_at.is_null(), name="hold_one_open")
)


class UnitUse(BaseModel):
    """Reading inside a corner or at a stop, logged by the helper: who or how many, what."""

    unit = pw.ForeignKeyField(HoldingUnit, backref="uses", on_delete="RESTRICT")
    stop = pw.ForeignKeyField(ShelfStop, null=True, on_delete="RESTRICT")
    used_on = pw.DateField(index=True)
    copy = pw.ForeignKeyField(Copy, null=True, on_delete="RESTRICT")
    reader = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")
    count = pw.IntegerField(default=1)
    kind = pw.CharField(max_length=12, default="read")  # read | borrowed
    created_at = InstantField()

    class Meta:
        table_name = "unit_use"


class Visit(BaseModel):
    """Lượt bạn đọc: one person's visit by card, or a class's visit by count (`people`)."""

    visited_on = pw.DateField(index=True)
    visited_at = InstantField()
    reader = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")
    school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
    reader_kind = pw.CharField(max_length=16)
    grade = pw.IntegerField(null=True)
    people = pw.IntegerField(default=1)
    period = pw.IntegerField(null=True)  # tiết
    teacher = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT", backref="led_visits")
    purpose = pw.CharField(max_length=16, default="read")  # read | borrow | lesson | orientation | other
    source = pw.CharField(max_length=12)  # card | count | kiosk | import
    note = pw.CharField(max_length=200, default="")


class KioskConflict(BaseModel):
    """A journalled act that the core could not apply as it was; the librarian's list works it off."""

    device = pw.ForeignKeyField(Device, on_delete="RESTRICT")
    act_key = pw.CharField(max_length=64, unique=True)
    kind = pw.CharField(max_length=16)
    code = pw.CharField(max_length=40)
    payload = JsonField()
    occurred_at = InstantField()
    received_at = InstantField()
    resolved_at = InstantField(null=True)
    resolved_by = pw.CharField(max_length=120, null=True)
    resolution = pw.CharField(max_length=200, null=True)

    class Meta:
        table_name = "kiosk_conflict"


class LessonBooking(BaseModel):
    """Books asked for one lesson: who, when (tiết of a day), for which class; with the equipment that goes
    with them. Handed over and taken back as one document."""

    lesson_on = pw.DateField(index=True)
    first_period = pw.IntegerField()  # tiết
    last_period = pw.IntegerField()
    teacher = pw.ForeignKeyField(Reader, backref="lessons", on_delete="RESTRICT")
    school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
    subject = pw.CharField(max_length=60)
    equipment = pw.CharField(max_length=200, default="")
    status = pw.CharField(max_length=12, default="planned")  # planned | out | done | cancelled
    placed_at = InstantField()
    placed_by = pw.CharField(max_length=120)
    prepared_at = InstantField(null=True)
    number = pw.CharField(max_length=40, null=True, unique=True)  # of the hand-over document
    handed_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    note = pw.CharField(max_length=200, default="")

    class Meta:
        table_name = "lesson_booking"


class BookedTitle(BaseModel):
    """How many copies of a title a lesson needs."""

    booking = pw.ForeignKeyField(LessonBooking, backref="titles", on_delete="CASCADE")
    record = pw.ForeignKeyField(Record, on_delete="RESTRICT")
    copies = pw.IntegerField()

    class Meta:
        table_name = "booked_title"
        indexes = ((("booking", "record"), True),)


class BookedCopy(BaseModel):
    """A loan made for a lesson."""

    booking = pw.ForeignKeyField(LessonBooking, backref="copies", on_delete="RESTRICT")
    loan = pw.ForeignKeyField(Loan, unique=True, on_delete="RESTRICT")

    class Meta:
        table_name = "booked_copy"


class SeriesLesson(BaseModel):
    """A booking that repeats: `first` is the first lesson of its series (itself for the first one)."""

    booking = pw.ForeignKeyField(LessonBooking, unique=True, on_delete="CASCADE", backref="+")
    first = pw.ForeignKeyField(LessonBooking, on_delete="CASCADE", backref="+")

    class Meta:
        table_name = "series_lesson"
