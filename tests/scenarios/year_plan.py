"""The course of the year: walks the calendar from the first day over so many open days.

What happens on a day is decided here by its date; an ordinary day is year_day.py, the occasions are
year_occasions.py. All acts hold the core to the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import year_corners as inside
import year_lessons as lessons
import year_moves as moves
from year_checks import check_evening, check_month
from year_day import Day
from year_kiosk import Journal, deliver, work_off
from year_occasions import Occasions
from year_school import School

from library.foundation.schoolyear import label_for
from library.promotion.model import Slot
from library.reporting.model import list_values
from library.reporting.service import get_report, send_report

MISSED = 3  # no session of a subject department in March
BREAKS = (  # (known from, first day, last day, name); Tết of each year with the days the school adds
    (date(2023, 9, 11), date(2024, 6, 1), date(2024, 8, 11), "Nghỉ hè"),
    (date(2023, 12, 4), date(2024, 2, 5), date(2024, 2, 17), "Nghỉ Tết"),
    (date(2024, 12, 2), date(2025, 1, 23), date(2025, 2, 3), "Nghỉ Tết"),
)


class Year:
    def __init__(self, school: School, first_day: date, open_days: int) -> None:
        self.school, self.first_day, self.open_days = school, first_day, open_days
        self.day = Day(school)
        self.occasions = Occasions(school)
        self.waiting: list[tuple[date, Journal]] = []  # journals and when the network is back
        self.sent: dict[tuple[int, int], dict[str, Any]] = {}  # month -> its figures when it was sent
        self.number = 0
        self.counted: Counter[str] = Counter()  # open days by school year

    def run(self) -> None:
        today = self.first_day
        while self.number < self.open_days:
            self.school.clock.set(today, 6)
            self.school.model.today = today
            if today.day == 1 and today > self.first_day:
                self.end_month(today - timedelta(days=1))
            if (today.month, today.day) == (8, 5) and today > self.first_day:
                self.occasions.begin_year()
            if self.school.model.days.is_open(today):
                self.number += 1
                self.counted[label_for(today)] += 1
                self.open_day(today)
            today += timedelta(days=1)
        for _, journal in self.waiting:
            self.deliver(journal)
        work_off(self.school)
        check_evening(self.school)

    def open_day(self, today: date) -> None:
        school = self.school
        school.clock.set(today, 7)
        for occasion in self.occasions_of(today):
            occasion()
        journal = self.day.run(self.number, offline=self.number % 13 == 5)
        if journal is not None:
            self.waiting.append((today + timedelta(days=school.random.choice((0, 1, 3))), journal))
        for due_on, waiting in list(self.waiting):
            if due_on <= today:
                self.waiting.remove((due_on, waiting))
                self.deliver(waiting)
        if school.model.conflicts and today.isoweekday() == 5:
            work_off(school)
        check_evening(school)

    def days_of(self, label: str) -> int:
        """Open days of this school year so far."""
        return self.counted[label]

    def deliver(self, journal: Journal) -> None:
        self.school.journals.remove(journal)
        self.school.clock.later(60)
        deliver(self.school, journal)

    def occasions_of(self, today: date) -> Iterator[Callable[[], None]]:
        """What this day has besides the ordinary."""
        own, number = self.occasions, self.number
        for known_on, first, last, name in BREAKS:
            if known_on <= today < first and own.once("break", first):
                yield lambda first=first, last=last, name=name: own.close(first, last, name)
        label = label_for(today)
        if self.days_of(label) in range(3, 9):
            yield lambda: own.issue_textbooks(label)
        if own.move_id and today.isoweekday() == 4:
            yield lambda: moves.let_leavers_go(self.school, own.move_id)
        if number == 390:
            yield lambda: moves.forget_old_history(self.school)
        before_summer = today.month == 5 and today.day > 10
        if before_summer:
            yield own.collect_textbooks
            yield own.close_next_corner
        elif self.days_of(label) > 10:
            if len(own.units.corners) < len(self.school.classes) and number % 2:
                yield own.open_next_corner
            elif number % 4 == 0:
                yield own.rotate_one
            if number % 6 == 1:
                yield own.move_shelf
        if number % 3 == 0:
            yield own.reading_period
        if number % 4 == 1:
            yield own.go_on_inside
        yield lambda: lessons.cancel_what_passed(self.school)
        if number % 5 == 2:
            yield lambda: inside.hold_a_lesson(self.school, self.day.lessons)
        if number % 15 == 4 and self.days_of(label) > 5:
            yield lambda: lessons.plan_series(self.school, self.day.lessons, 1 + number % 2)
        if number % 40 == 25:
            yield lambda: lessons.end_a_series(self.school)
        if number % 70 == 34:
            yield own.power_cut
        if number % 55 == 20:
            yield own.storm
        if today.month == 1 and today.day >= 8 and own.once("books", today.year):
            yield own.new_books
        if today.day >= 8 and own.once("theme", today.year, today.month):
            yield lambda: own.promote(Slot.THEME)
        if today.day >= 15 and today.month != MISSED and own.once("department", today.year, today.month):
            yield lambda: own.promote(Slot.DEPARTMENT)

    def end_month(self, last: date) -> None:
        """The whole comparison; then the month's report goes out and is frozen."""
        check_month(self.school, last.year, last.month)
        send_report(last.year, last.month, self.school.staff)
        report = get_report(last.year, last.month)
        assert report.status == "sent"
        self.sent[last.year, last.month] = list_values(report.figures)
