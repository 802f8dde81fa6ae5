"""An ordinary day: who comes with which book, at the desk and at the kiosk, in an order nobody planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate

import year_acts as acts
import year_corners as inside
import year_lessons as lessons
from year_kiosk import Journal, note
from year_model import LOST, MISSING, PICKUP, REPAIR, SHELF, UNIT, Copy, Lent, Person
from year_school import School

Act = Callable[[], object]
BUSY = {1: 1.3, 2: 1.0, 3: 0.9, 4: 1.0, 5: 1.4, 6: 0.5}  # by weekday
QUIET_MONTHS = {8: 0.5, 1: 0.8, 5: 0.6}


MAY_BE_SET_ASIDE = {"loan_limit", "same_title", "has_overdues", "booked_for_lesson"}


class Day:
    def __init__(self, school: School) -> None:
        self.school, self.random = school, school.random
        self.acts: list[Act] = []
        self.evening: list[Act] = []
        self.journal: Journal | None = None
        self.web = False
        self.lessons = lessons.Tally()

    def run(self, number: int, *, offline: bool) -> Journal | None:
        """All of it; answers what the kiosk has noted while the network was away."""
        school, model = self.school, self.school.model
        self.acts, self.evening = [], []
        self.journal = Journal() if offline else None
        if self.journal is not None:
            school.journals.append(self.journal)
        self.web = number % 8 == 2
        if self.web:
            school.sign_in()
        acts.tidy_pickup_shelf(school)
        weight = BUSY[school.day.isoweekday()] * QUIET_MONTHS.get(school.day.month, 1.0)
        self.plan_returns()
        people = self.people(round(weight * self.random.randint(10, 17)))
        self.acts += [lambda one=one: self.borrow(one) for one in people]
        self.acts += [lambda one=one: acts.visit(school, one) for one in self.people(round(6 * weight))]
        self.acts += [lambda one=one: self.read_here(one) for one in self.people(2)]
        self.acts += [lambda one=one: acts.wish(school, one, self.title(one)) for one in self.people(1)]
        self.acts += [lambda found=found: self.fetch(found.person, found.copy) for found in model.wishes if found.copy]
        self.acts += [lambda one=one: self.teach(one) for one in lessons.of_today(school)]
        self.plan_trouble(number)
        if self.journal is not None:
            self.acts += [lambda act=act: act(self.journal) for act in (self.strange_card, self.two_at_once,
                          self.from_a_corner, self.too_late_a_return)]  # fmt: skip
        self.random.shuffle(self.acts)
        for act in self.acts:
            act()
        for act in self.evening:  # what the acts of the day have left to do
            act()
        return self.journal

    # --- who and what ---------------------------------------------------------------------------------

    def people(self, count: int) -> list[Person]:
        here = [one for one in self.school.model.people.values() if one.active]
        return self.random.choices(here, cum_weights=list(accumulate(one.eager for one in here)), k=count)

    def title(self, person: Person) -> int:
        shelf = "teacher" if person.kind == "teacher" and self.random.random() < 0.6 else "children"
        if shelf == "children" and self.random.random() < 0.25:
            shelf = "reference"
        return self.random.choice(self.school.records_of(shelf))

    def way(self) -> str:
        """How an act reaches the core today."""
        draw = self.random.random()
        if draw < 0.3 and self.journal is None:
            return "kiosk"
        return "desk" if self.web and draw > 0.5 else "service"

    def keep(self, loan: Lent | None) -> None:
        """When this reader will think of bringing it back: most in time, some late, a few very late."""
        if loan is None:
            return
        draw = self.random.random()
        days = self.random.randint(20, 70) if loan.person.kind == "teacher" else round(self.random.triangular(2, 15, 11))
        if draw < 0.015:
            days += self.random.randint(15, 60)
        elif draw < 0.12:
            days += self.random.randint(1, 12)
        loan.back_on = loan.on + timedelta(days=days)

    # --- borrowing ------------------------------------------------------------------------------------

    def borrow(self, person: Person) -> None:
        school = self.school
        copies = [copy for copy in school.model.titles[self.title(person)] if not school.is_away(copy)]
        if not copies:
            return
        free = [copy for copy in copies if copy.place in (SHELF, MISSING)]
        copy = self.random.choice(free if free and self.random.random() < 0.93 else copies)
        way = self.way()
        if self.journal is not None and self.random.random() < 0.3 and copy.place == SHELF:
            note(school, self.journal, "checkout", person, copy)
            return
        reasons = school.model.refusals(person, copy, school.day)
        if reasons and reasons <= MAY_BE_SET_ASIDE and self.random.random() < 0.15:
            self.keep(acts.lend_against(school, person, copy, reasons))
            return
        loan = acts.lend(school, person, copy, way)
        self.keep(loan)
        if loan is not None and way == "service" and self.random.random() < 0.02:
            acts.undo(school, loan)

    def read_here(self, person: Person) -> None:
        record = self.random.choice(self.school.records_of("tool") + self.school.records_of("periodical"))
        free = [copy for copy in self.school.model.titles[record] if copy.place == SHELF]
        way = "desk" if self.web else "service"
        if free and acts.lend(self.school, person, free[0], way, purpose="in_library"):
            self.evening.append(lambda: acts.give_back(self.school, free[0]))

    def teach(self, lesson: lessons.Lesson) -> None:
        """The books go to the class some time of the day and are back in the evening."""
        given = lessons.give(self.school, self.lessons, lesson)
        if given:
            by_scanning = lesson.id % 2 == 0
            self.evening.append(lambda: lessons.take_back(self.school, lesson, given, by_scanning=by_scanning))

    def fetch(self, person: Person, copy: Copy | None) -> None:
        if copy is not None and copy.place == PICKUP and self.random.random() < 0.7 and not self.school.is_away(copy):
            self.keep(acts.lend(self.school, person, copy, self.way()))

    # --- bringing back --------------------------------------------------------------------------------

    def plan_returns(self) -> None:
        school, day = self.school, self.school.day
        for person in school.model.people.values():
            for loan in list(person.loans.values()):
                if loan.purpose != "home" or loan.material == "textbook" or school.is_away(loan.copy):
                    continue
                if loan.due_on - day <= timedelta(days=1) and loan.back_on > day and self.random.random() < 0.25:
                    self.acts.append(lambda loan=loan: self.extend(loan))
                elif loan.back_on <= day and self.random.random() < 0.8:
                    self.acts.append(lambda loan=loan: self.bring(loan))

    def extend(self, loan: Lent) -> None:
        if loan.returned_on is None and not self.school.is_away(loan.copy):
            acts.renew(self.school, loan, "kiosk" if self.way() == "kiosk" and loan.person.kind == "pupil" else "service")

    def bring(self, loan: Lent) -> None:
        school, copy = self.school, loan.copy
        if loan.returned_on is not None or school.is_away(copy):
            return
        draw = self.random.random()
        if draw < 0.008:
            acts.lose(school, copy)
        elif self.journal is not None and draw < 0.3:
            note(school, self.journal, "return", None, copy)
        else:
            acts.give_back(school, copy, self.way())
            if draw > 0.985 and copy.place in (SHELF, PICKUP):
                acts.change_state(school, copy, "repair")

    # --- what goes wrong ------------------------------------------------------------------------------

    def plan_trouble(self, number: int) -> None:
        school, model, random = self.school, self.school.model, self.random
        copies = list(model.copies.values())
        plans: list[tuple[int, Callable[[], None]]] = [
            (3, lambda: self.stray([copy for copy in copies if copy.place in (SHELF, UNIT, MISSING)])),
            (9, lambda: self.on(copies, (SHELF, PICKUP), lambda copy: acts.change_state(school, copy, "missing"))),
            (17, lambda: self.on(copies, (SHELF, PICKUP), lambda copy: acts.lose(school, copy))),
            (11, lambda: self.on(copies, (LOST,), lambda copy: acts.give_back(school, copy))),
            (13, lambda: self.on(copies, (LOST, MISSING), lambda copy: acts.change_state(school, copy, "in_service"))),
            (8, lambda: self.on(copies, (REPAIR,), lambda copy: acts.change_state(school, copy, "in_service"))),
            (40, lambda: self.on(copies, (REPAIR, LOST), lambda copy: acts.withdraw(school, copy, "damaged"))),
            (7, self.claim_one),
            (5, self.look_into_the_box),
            (10, self.make_one_good),
            (12, self.call_one_back),
            (6, self.give_one_up),
        ]
        for every, act in plans:
            if number % every == every // 2:
                self.acts.append(act)
        if number % 2:
            class_name = random.choice(list(school.classes))
            self.acts.append(lambda: acts.class_visit(school, class_name, random.randint(20, 30)))

    def on(self, copies: list[Copy], places: tuple[str, ...], act: Callable[[Copy], None]) -> None:
        """Do it to one copy that stands in one of these places now."""
        found = [copy for copy in copies if copy.place in places and copy.material in ("children", "reference")
                 and not self.school.is_away(copy)]  # fmt: skip
        if found:
            act(self.random.choice(found))

    def stray(self, copies: list[Copy]) -> None:
        found = [copy for copy in copies if copy.place in (SHELF, UNIT, MISSING) and not self.school.is_away(copy)]
        acts.give_back(self.school, self.random.choice(found), self.way())

    def open_loans(self) -> list[Lent]:
        return [loan for person in self.school.model.people.values() for loan in person.loans.values()
                if loan.material != "textbook" and loan.purpose == "home" and not self.school.is_away(loan.copy)]  # fmt: skip

    def look_into_the_box(self) -> None:
        loans = [loan for loan in self.open_loans() if loan.on < self.school.day]
        if loans:
            inside.found_in_the_box(self.school, self.random.choice(loans))

    def claim_one(self) -> None:
        late = [loan for loan in self.open_loans() if loan.due_on < self.school.day]
        if late:
            acts.claim(self.school, late[0])
            if self.random.random() < 0.5:  # it stood on its shelf
                acts.give_back(self.school, late[0].copy)

    def make_one_good(self) -> None:
        owed = [debt for debt in self.school.model.debts if debt.is_open]
        if owed:
            acts.make_good(self.school, owed[0])

    def call_one_back(self) -> None:
        loans = self.open_loans()
        if loans:
            acts.call_back(self.school, self.random.choice(loans))

    def give_one_up(self) -> None:
        wishes = self.school.model.wishes
        if wishes:
            found = self.random.choice(wishes)
            acts.give_up(self.school, found.person, found.record)

    # --- what only a kiosk without network can do -----------------------------------------------------

    def strange_card(self, journal: Journal) -> None:
        free = [copy for copy in self.school.model.copies.values() if copy.place == SHELF
                and copy.material == "children" and not self.school.is_away(copy)]  # fmt: skip
        note(self.school, journal, "checkout", None, self.random.choice(free))
        note(self.school, journal, "visit", self.random.choice(self.school.pupils()), None)

    def two_at_once(self, journal: Journal) -> None:
        """A book that another child still has on the core's books, and one that this child has already."""
        loans = self.open_loans()
        if len(loans) > 3:
            one, other = self.random.sample(loans, 2)
            note(self.school, journal, "checkout", self.random.choice(self.school.pupils()), one.copy)
            if other.copy is not one.copy:
                note(self.school, journal, "checkout", other.person, other.copy)

    def from_a_corner(self, journal: Journal) -> None:
        inside = [copy for copy in self.school.model.copies.values() if copy.place == UNIT
                  and copy.unit not in self.school.shelves and not self.school.is_away(copy)]  # fmt: skip
        if inside:
            note(self.school, journal, "checkout", self.random.choice(self.school.pupils()), self.random.choice(inside))

    def too_late_a_return(self, journal: Journal) -> None:
        """Noted at the kiosk, then brought to the desk by somebody who took it out of the box, and lent again."""
        loans = [loan for loan in self.open_loans() if not self.school.model.waiting(loan.copy.record)]
        if not loans:
            return
        copy = self.random.choice(loans).copy
        note(self.school, journal, "return", None, copy)
        self.school.clock.later(600)
        acts.give_back(self.school, copy)
        for person in self.school.pupils():
            if not self.school.model.refusals(person, copy, self.school.day):
                self.keep(acts.lend(self.school, person, copy))
                return


