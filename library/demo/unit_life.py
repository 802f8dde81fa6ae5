"""What goes on inside the demo school's corners and beside its mobile shelf: reading, loans, a proposed set, the
year's rotation.

Runs after the loans of the library are written, with a generator of its own, so that it shifts nothing else.
Everything goes through the services on the day it would have happened. Next: life.py.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from datetime import date, timedelta
from random import Random

from library.demo.circulation import LIBRARIAN
from library.demo.people import Person
from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at, local_date
from library.foundation.errors import InvalidInput, Refused
from library.foundation.schoolyear import Calendar
from library.lending.model import Channel
from library.lending.service import check_in, check_out
from library.lending.tables import HoldingUnit, ShelfStop
from library.lending.units import class_corners, corner_loans, rotations, set_drafts
from library.lending.units.queries import list_unit_copies

SEED = 20_261_120
STAFF = Actor("staff", LIBRARIAN)
PROPOSED_FOR, BEING_COMPOSED = "6A2", "8A1"


def fill_unit_life(until: date, calendar: Calendar, people: list[Person], class_ids: dict[str, int]) -> None:
    """Reading and lending in every corner and at every stop so far; one corner by proposal, one being composed."""
    random = Random(SEED)
    corners = list(HoldingUnit.select().where(HoldingUnit.kind == "class_corner").order_by(HoldingUnit.id))
    proposed = _open(until, people, class_ids, PROPOSED_FOR)
    with _on(until, 9):
        set_drafts.propose_into_draft(proposed, 30, actor=STAFF)
        set_drafts.hand_over_draft(proposed, actor=STAFF)
    composing = _open(until, people, class_ids, BEING_COMPOSED)
    with _on(until, 10):
        set_drafts.propose_into_draft(composing, 25, actor=STAFF)
    for corner in corners:
        pupils = [person.id for person in people if person.class_name == corner.school_class.name]
        _read(random, corner, until, calendar)
        _lend_inside(random, corner, until, calendar, pupils)
    if len(corners) > 1:
        begun = corners[0].opened_on
        with _on(until, 11), suppress(InvalidInput):  # so late in the year that no round fits any more
            rotations.create_plan(
                [*(corner.id for corner in corners), proposed], starts_on=begun, weeks=4, actor=STAFF,
                name="Góc lớp khối 6, khối 7",
            )  # fmt: skip
    _lend_at_stops(random, until, people)


def _on(day: date, hour: int) -> AbstractContextManager[None]:
    return clock_at(at_local(day, hour))


def _open(until: date, people: list[Person], class_ids: dict[str, int], class_name: str) -> int:
    keeper = next(person for person in people if person.homeroom == class_name)
    helper = next(person for person in people if person.class_name == class_name)
    with _on(until, 8):
        return class_corners.open_corner(class_ids[class_name], keeper.id, actor=STAFF, helper_id=helper.id)


def _read(random: Random, corner: HoldingUnit, until: date, calendar: Calendar) -> None:
    """A tick sheet a week, typed in on its last open day."""
    copies = [copy.copy_id for copy in list_unit_copies(corner.id)]
    day = corner.opened_on + timedelta(days=6)
    while day <= until:
        with _on(calendar.last_open(day, corner.opened_on) or day, 16):
            counts = {copy_id: random.randrange(4) for copy_id in copies}
            corner_loans.log_tally(corner.id, counts | {copies[0]: 2}, actor=STAFF)
        day += timedelta(days=7)


def _lend_inside(
    random: Random, corner: HoldingUnit, until: date, calendar: Calendar, pupils: list[int]
) -> None:
    """Some books are at home with pupils now, one of them for long; others came back."""
    helper = Actor("reader", f"{corner.name}, bạn phụ giúp")
    copies = [copy.copy_id for copy in list_unit_copies(corner.id)]
    readers = random.sample(pupils, 7)
    for number, (copy_id, reader_id) in enumerate(zip(random.sample(copies, 7), readers, strict=True)):
        day = until - timedelta(days=(11, 3, 1, 16, 14, 9, 8)[number])
        lent_on = calendar.last_open(day, corner.opened_on) or corner.opened_on
        with _on(lent_on, 11):
            try:
                corner_loans.lend_inside(corner.id, copy_id, reader_id, actor=helper)
            except Refused:
                continue  # has left the school since
        if number > 2:
            with _on(calendar.last_open(min(lent_on + timedelta(days=5), until), lent_on) or lent_on, 13):
                corner_loans.return_inside(corner.id, copy_id, actor=helper)


def _lend_at_stops(random: Random, until: date, people: list[Person]) -> None:
    """Pupils who borrow from the shelf while it stands near them; the last stop's books are still out."""
    pupils = [person for person in people if person.class_name]
    stops = ShelfStop.select().where(ShelfStop.arrived_at.is_null(False)).order_by(ShelfStop.sequence)
    for stop in stops:
        day = local_date(stop.arrived_at)
        copies = [copy.barcode for copy in list_unit_copies(stop.unit_id)]
        for barcode, pupil in zip(random.sample(copies, 6), random.sample(pupils, 6), strict=True):
            with _on(day, 14):
                try:
                    check_out(
                        barcode, reader_id=pupil.id, actor=STAFF, channel=Channel.MOBILE, at_unit=stop.unit.name
                    )
                except Refused:
                    continue  # has enough at home, or something overdue
            if stop.left_at is not None:
                with clock_at(stop.left_at - timedelta(hours=1)):
                    check_in(barcode, actor=STAFF, channel=Channel.MOBILE)
        if day < until:
            with _on(day, 16):
                corner_loans.log_use(stop.unit_id, actor=STAFF, count=12 + random.randrange(20), stop_id=stop.id)
