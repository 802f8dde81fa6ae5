"""The big occasions of a school year: textbooks, corners, the mobile shelf, new books, storms, power cuts."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
import year_corners as inside
import year_moves as moves
import year_textbooks as textbooks
import year_units as units
from year_checks import check_evening
from year_model import SHELF
from year_school import School, import_titles, learn_copies

from library.cataloguing.copies import add_copies
from library.cataloguing.tables import Acquisition
from library.foundation.clock import now
from library.foundation.database import database, transaction
from library.foundation.outbox import count_pending
from library.lending.closing import close_library, preview_closing
from library.lending.service import check_out
from library.promotion.model import PeriodDraft, SessionDraft, SessionForm, Slot
from library.promotion.service import log_reading_period, log_session

CORNER_SIZE = 18


class PowerCut(Exception):
    """The lights go out."""


class Occasions:
    def __init__(self, school: School) -> None:
        self.school, self.random = school, school.random
        self.units = units.Units()
        self.done: set[tuple[object, ...]] = set()
        self.move_id = 0
        self.keep_over_summer = ("6A1", "8A2")  # their corners go on with the class

    def once(self, *what: object) -> bool:
        """True the first time."""
        if what in self.done:
            return False
        self.done.add(what)
        return True

    # --- textbooks, moving up -------------------------------------------------------------------------

    def issue_textbooks(self, label: str) -> None:
        """Two classes a day get their sets."""
        if self.once("sets", label):
            before = f"{int(label[:4]) - 1}-{label[:4]}"
            textbooks.choose_sets(self.school, label, before if ("sets", before) in self.done else None)
        waiting = [name for name in self.school.classes if ("issued", name, label) not in self.done]
        for class_name in waiting[:2]:
            self.done.add(("issued", class_name, label))
            textbooks.issue(self.school, class_name)

    def collect_textbooks(self) -> None:
        """Two classes a day bring their sets back."""
        year = self.school.day.year
        for class_name in [name for name in self.school.classes if ("collected", name, year) not in self.done][:2]:
            self.done.add(("collected", class_name, year))
            textbooks.take_in(self.school, class_name)

    def begin_year(self) -> None:
        """August, before the doors open: up a class, the new pupils, and what stood in a corner moves along."""
        self.move_id = moves.move_up(self.school)
        moves.welcome(self.school)
        for class_name in list(self.units.corners):
            units.carry_over(self.school, self.units, class_name)

    # --- corners and the shelf ------------------------------------------------------------------------

    def open_next_corner(self) -> None:
        class_name = next((name for name in self.school.classes if name not in self.units.corners), None)
        if class_name is None:
            return
        units.open_corner(self.school, self.units, class_name)
        unit_id = self.units.corners[class_name]
        chosen = units.choose_set(self.school, CORNER_SIZE)
        if self.random.random() < 0.25:
            self.school.sign_in()
            units.hand_over_on_page(self.school, self.units, unit_id, chosen)
        else:
            lent = [loan.copy for one in self.school.pupils() for loan in one.loans.values() if loan.purpose == "home"]
            units.hand_over(self.school, self.units, unit_id, chosen, busy=lent[0] if lent else None)

    def go_on_inside(self) -> None:
        """In every corner one book comes back, one goes home; some helpers hand in their sheet."""
        for class_name, unit_id in self.units.corners.items():
            out = [copy.inner for copy in units.inside(self.school, unit_id) if copy.inner is not None]
            if out and self.random.random() < 0.6:
                inside.return_inside(self.school, self.random.choice(out))
            inside.lend_inside(self.school, unit_id, class_name)
            if self.random.random() < 0.2:
                inside.tick_sheet(self.school, unit_id)

    def rotate_one(self) -> None:
        if self.units.corners:
            class_name = self.random.choice(list(self.units.corners))
            units.rotate(self.school, self.units, class_name)
            units.log_reading(self.school, self.units.corners[class_name], self.random.randint(5, 40))

    def close_next_corner(self) -> None:
        """Before the summer: the box comes back with a few books short."""
        kept = self.keep_over_summer
        for class_name in [name for name in self.units.corners if name not in kept][:2]:
            unit_id = self.units.corners[class_name]
            here = units.inside(self.school, unit_id)
            back = [copy for copy in here if self.random.random() < 0.95]
            if back:
                units.take_back(self.school, self.units, unit_id, back)
            units.close_corner(self.school, self.units, class_name)
        if set(self.units.corners) <= set(kept) and self.units.shelf and self.once("shelf back", self.school.day.year):
            units.rest_shelf(self.school, self.units)

    def move_shelf(self) -> None:
        if not self.units.shelf:
            units.open_shelf(self.school, self.units)
        elif not units.inside(self.school, self.units.shelf):
            units.hand_over(self.school, self.units, self.units.shelf, units.choose_set(self.school, 40))
        units.next_stop(self.school, self.units)
        units.log_reading(self.school, self.units.shelf, self.random.randint(10, 60))

    # --- books, sessions ------------------------------------------------------------------------------

    def new_books(self) -> None:
        """A purchase arrives in the middle of the year, and a gift with its voucher."""
        school, year = self.school, self.school.day.year
        import_titles(
            school, f"mua-{year}.csv",
            [(f"Sách mới {year} tập {number}", f"Nhà văn {number}", "Sách thiếu nhi", 3, 50_000)
             for number in range(1, 16)],
        )  # fmt: skip
        with transaction():
            voucher = Acquisition.create(received_on=school.day, source="donated", funding="other", created_at=now())
        record = self.random.choice(school.records_of("children"))
        add_copies(record, 4, "STN", school.staff, acquisition_id=voucher.id)
        school.model.audit["copies.add"] += 1
        for copy in learn_copies(school):
            copy.source = "donated"

    def promote(self, slot: Slot) -> None:
        school, day = self.school, self.school.day
        department = self.random.choice(school.departments) if slot is Slot.DEPARTMENT else None
        log_session(
            SessionDraft(
                held_on=day, slot=slot, form=SessionForm.FLAG_SALUTE, title=f"Giới thiệu sách tháng {day.month}",
                theme="" if department else "Uống nước nhớ nguồn", department_id=department, audience="Toàn trường",
                attendance=300, record_ids=(self.random.choice(school.records_of("children")),),
            ),
            school.staff,
        )  # fmt: skip
        school.log.sessions.append((day, slot.value))
        school.model.audit["promotion.log"] += 1

    def reading_period(self) -> None:
        class_name = self.random.choice(list(self.school.classes))
        pupils = self.random.randint(22, 30)
        log_reading_period(
            PeriodDraft(held_on=self.school.day, school_class_id=self.school.classes[class_name], pupils=pupils),
            self.school.staff,
        )
        self.school.log.periods.append((self.school.day, class_name, pupils))
        self.school.model.audit["reading_period.log"] += 1

    # --- what nobody planned --------------------------------------------------------------------------

    def close(self, first: date, last: date, name: str) -> None:
        """Days closed afterwards: the loans due on them move, and only those (L43)."""
        shown = {move.loan_id: move.due_after for move in preview_closing(first, last).loans}
        moved = {move.loan_id: move.due_after for move in close_library(first, last, name, "other", actor=self.school.staff).loans}
        assert moved == shown == self.school.model.close(first, last, self.school.day)

    def storm(self) -> None:
        tomorrow = self.school.day + timedelta(days=1)
        if self.school.model.days.is_open(tomorrow):
            self.close(tomorrow, tomorrow, "Nghỉ bão")

    def power_cut(self) -> None:
        """In the middle of a loan, with the index behind: what was acknowledged is there, the half loan is not."""
        school = self.school
        school.app.extensions["kesach_close"]()  # nobody follows the index any more
        add_copies(self.random.choice(school.records_of("reference")), 1, "STK", school.staff)
        school.model.audit["copies.add"] += 1
        learn_copies(school)
        pupil, free = next(
            (one, copy) for one in school.pupils() for copy in school.model.copies.values()
            if copy.place == SHELF and not school.model.refusals(one, copy, school.day)
        )  # fmt: skip
        with pytest.raises(PowerCut), transaction():
            check_out(free.barcode, reader_id=pupil.id, actor=school.staff, channel="desk", act_key=str(uuid.uuid4()))
            raise PowerCut
        assert count_pending() == 1
        database.close()
        school.start_core()
        school.sign_in()
        assert count_pending() == 0
        check_evening(school)
