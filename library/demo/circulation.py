"""A school year of borrowing, and this one so far: loans, returns, visits, as they would have happened.

Day by day over the open days: more on Mondays and Fridays, more in October, November and spring, little
around examinations. Nobody holds more than the rules allow, no copy is lent twice. Next: life.py.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from library.demo.collection import DemoCopy
from library.demo.people import Person
from library.foundation.bulk import insert_rows, reserve_ids
from library.foundation.clock import at_local
from library.foundation.schoolyear import Calendar, Year
from library.lending.tables import Loan, LoanEvent, Visit

LIBRARIAN = "Trần Thị Mai Lan"
_MONTH = {9: 0.8, 10: 1.1, 11: 1.2, 12: 0.85, 1: 0.8, 2: 0.75, 3: 1.2, 4: 1.15, 5: 0.6, 8: 0.25, 6: 0.0, 7: 0.0}
_WEEKDAY = {1: 1.2, 2: 1.0, 3: 0.9, 4: 1.05, 5: 1.35, 6: 0.45, 7: 0.0}
LOANS_A_DAY = 38
_BREAKS = ((9, 15), (9, 28), (12, 45), (13, 5), (15, 10), (15, 24), (16, 35))


@dataclass(slots=True)
class Borrower:
    """Somebody who borrowed in one school year. `person` None: left since, so the loan is anonymous."""

    person: Person | None
    kind: str
    grade: int | None
    class_name: str | None
    weight: float
    held: list[tuple[date, int]] = field(default_factory=list)  # (free again on, title id)

    def count_held(self, day: date) -> int:
        self.held = [item for item in self.held if item[0] > day]
        return len(self.held)


class _Pool:
    """Weighted choice among a fixed list."""

    def __init__(self, items: Sequence[list[DemoCopy]], weights: Sequence[float]) -> None:
        self.items = items
        self.sums = list(accumulate(weights))

    def draw(self, random: Random) -> list[DemoCopy]:
        return self.items[bisect(self.sums, random.random() * self.sums[-1])]


class Circulation:
    """Makes loans and visits of one school year at a time and writes them in one go.

    `until` is the last day that has happened (yesterday): nothing may lie in the future of the clock.
    """

    def __init__(self, random: Random, calendar: Calendar, copies: list[DemoCopy], until: date) -> None:
        self.random, self.calendar, self.until = random, calendar, until
        self.loans: list[list[object]] = []
        self.renewed: list[tuple[int, date, date, date]] = []  # position in loans, day, due before, due after
        self.visits: list[tuple[object, ...]] = []
        by_title: dict[int, list[DemoCopy]] = {}
        for copy in copies:
            if copy.lendable and copy.title.love > 0:
                by_title.setdefault(copy.title.id, []).append(copy)
        self.titles = list(by_title.values())
        self.pools: dict[object, _Pool] = {}

    def _pool(self, borrower: Borrower) -> _Pool:
        """What suits a pupil of a grade, or a teacher."""
        key = borrower.grade if borrower.kind == "pupil" else "teacher"
        if key not in self.pools:
            weights = []
            for group in self.titles:
                title = group[0].title
                material, grades = group[0].material, title.fields.grades
                if borrower.kind == "pupil":
                    fits = material != "teacher" and material != "textbook" and (not grades or key in grades)
                    weight = title.love if fits else 0.0
                else:
                    weight = title.love * {"teacher": 6.0, "reference": 1.5, "textbook": 2.0}.get(material, 0.25)
                weights.append(weight)
            self.pools[key] = _Pool(self.titles, weights)
        return self.pools[key]

    def run_year(self, year: Year, borrowers: list[Borrower], *, kiosk_share: float) -> None:
        """All open days of the school year up to `until`."""
        sums = list(accumulate(borrower.weight for borrower in borrowers))
        day = date(year.starts_on.year, 9, 7)
        last = min(self.until, date(year.ends_on.year, 5, 22))
        while day <= last:
            if self.calendar.is_open(day):
                amount = LOANS_A_DAY * _MONTH[day.month] * _WEEKDAY[day.isoweekday()] * self.random.uniform(0.75, 1.25)
                came: dict[int, Borrower] = {}
                for _ in range(round(amount)):
                    borrower = borrowers[bisect(sums, self.random.random() * sums[-1])]
                    if self._lend(day, borrower, year, kiosk_share):
                        came[id(borrower)] = borrower
                self._visit(day, came, borrowers, sums)
            day += timedelta(days=1)

    def _lend(self, day: date, borrower: Borrower, year: Year, kiosk_share: float) -> bool:
        if borrower.count_held(day) >= (3 if borrower.kind == "pupil" else 10 if borrower.kind == "teacher" else 2):
            return False
        own = {title_id for _, title_id in borrower.held}
        pool = self._pool(borrower)
        for _ in range(6):
            group = pool.draw(self.random)
            free = [copy for copy in group if copy.free_on <= day]
            if free and group[0].title.id not in own:
                break
        else:
            return False
        copy = self.random.choice(free)
        due_on = self._due(day, borrower, copy, year)
        renewals, first_due_on = 0, due_on
        returned_on = self._return_day(day, due_on, borrower)
        if borrower.kind == "pupil" and returned_on > due_on and self.random.random() < 0.45:
            # Renewed on the due day or just before, then brought back in the new time.
            renewals = 1
            due_on = self.calendar.next_open(due_on + timedelta(days=14)) or due_on
            renewed_on = self.calendar.last_open(first_due_on - timedelta(days=self.random.randint(0, 2)), day) or day
            if renewed_on <= self.until:
                self.renewed.append((len(self.loans), renewed_on, first_due_on, due_on))
            else:
                renewals, due_on = 0, first_due_on
        if year.ends_on < self.until:  # everything came back before the summer
            returned_on = min(returned_on, self.calendar.last_open(date(year.ends_on.year, 5, 29), day) or day)
        is_back = returned_on <= self.until
        channel = "kiosk" if borrower.kind == "pupil" and self.random.random() < kiosk_share else "desk"
        self.loans.append(
            self._row(
                day, borrower, copy, year, due_on, first_due_on, renewals, channel, returned_on if is_back else None
            )
        )
        copy.free_on = returned_on + timedelta(days=1) if is_back else date.max
        borrower.held.append((returned_on if is_back else date.max, copy.title.id))
        return True

    def _due(self, day: date, borrower: Borrower, copy: DemoCopy, year: Year) -> date:
        summer = date(year.ends_on.year, 5, 25)
        if copy.material == "textbook":
            wanted = summer
        elif borrower.kind == "pupil":
            return self.calendar.next_open(day + timedelta(days=14)) or day
        else:
            wanted = year.term2_starts_on - timedelta(days=1) if day < year.term2_starts_on else summer
        return self.calendar.last_open(wanted, day) or self.calendar.next_open(wanted) or wanted

    def _return_day(self, day: date, due_on: date, borrower: Borrower) -> date:
        """Most come back in the second week, some late, a few very late."""
        draw = self.random.random()
        if borrower.kind != "pupil":
            away = self.random.randint(20, 120)
        elif draw < 0.012:
            away = 14 + self.random.randint(20, 70)
        elif draw < 0.10:
            away = 14 + self.random.randint(1, 11)
        else:
            away = round(self.random.triangular(2, 15, 12))
        return self.calendar.next_open(day + timedelta(days=away)) or due_on

    def _row(
        self,
        day: date,
        borrower: Borrower,
        copy: DemoCopy,
        year: Year,
        due_on: date,
        first_due_on: date,
        renewals: int,
        channel: str,
        returned_on: date | None,
    ) -> list[object]:
        hour, minute = self.random.choice(_BREAKS)
        back = None
        if returned_on is not None:
            back_hour, back_minute = self.random.choice(_BREAKS)
            back = at_local(returned_on, back_hour, back_minute, self.random.randrange(60))
        return [
            copy.id,
            borrower.person.id if borrower.person else None,
            "home",
            channel,
            at_local(day, hour, minute, self.random.randrange(60)),
            day,
            due_on,
            first_due_on,
            renewals,
            back,
            returned_on,
            channel if returned_on else None,
            max((returned_on - due_on).days, 0) if returned_on else None,
            "returned" if returned_on else None,
            LIBRARIAN if channel == "desk" else None,
            borrower.kind,
            borrower.grade,
            borrower.class_name,
            year.label,
            copy.material,
            copy.collection,
        ]

    def _visit(self, day: date, came: dict[int, Borrower], borrowers: list[Borrower], sums: list[float]) -> None:
        for _ in range(self.random.randint(8, 22)):
            reader = borrowers[bisect(sums, self.random.random() * sums[-1])]
            came.setdefault(id(reader), reader)
        borrowing = len(came)
        for position, borrower in enumerate(came.values()):
            hour, minute = self.random.choice(_BREAKS)
            purpose = "borrow" if position < borrowing * 0.6 else "read"
            self.visits.append(
                (
                    day,
                    at_local(day, hour, minute, self.random.randrange(60)),
                    borrower.person.id if borrower.person else None,
                    None,
                    borrower.kind,
                    borrower.grade,
                    1,
                    None,
                    None,
                    purpose,
                    "card",
                    "",
                )
            )

    def add_class_visit(
        self, day: date, class_id: int, grade: int, people: int, period: int, teacher_id: int | None, purpose: str
    ) -> None:
        """A class that came in a timetabled period."""
        at = at_local(day, 7 + period, 5)
        self.visits.append((day, at, None, class_id, "pupil", grade, people, period, teacher_id, purpose, "count", ""))

    def write(self) -> int:
        """Inside a transaction: all loans, renewals and visits; answers how many loans."""
        ids = reserve_ids(Loan, len(self.loans))
        insert_rows(
            Loan,
            (
                "id",
                "copy",
                "reader",
                "purpose",
                "channel",
                "loaned_at",
                "loaned_on",
                "due_on",
                "first_due_on",
                "renewals",
                "returned_at",
                "returned_on",
                "return_channel",
                "overdue_days",
                "ended_as",
                "staff_name",
                "reader_kind",
                "grade",
                "class_name",
                "school_year",
                "material",
                "collection",
            ),
            [[loan_id, *row] for loan_id, row in zip(ids, self.loans, strict=True)],
        )
        insert_rows(
            LoanEvent,
            ("loan", "kind", "at", "due_before", "due_after", "actor_name"),
            [
                (ids[position], "renewed", at_local(day, 9, 20), before, after, LIBRARIAN)
                for position, day, before, after in self.renewed
            ],
        )
        insert_rows(
            Visit,
            (
                "visited_on",
                "visited_at",
                "reader",
                "school_class",
                "reader_kind",
                "grade",
                "people",
                "period",
                "teacher",
                "purpose",
                "source",
                "note",
            ),
            self.visits,
        )
        return len(self.loans)
