"""The school as plain Python sees it: who holds what, where every copy is, what is late, what may be lent.

An oracle beside the real core, written from docs/lending-rules.md and not from the code: nothing here imports
the library package. Next: year_figures.py (what a month adds up to), year_acts.py (acts done on both).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from year_lesson_model import Lessons

SHELF, LOAN, UNIT, PICKUP, REPAIR, LOST, MISSING, WITHDRAWN = (
    "shelf", "loan", "unit", "pickup", "repair", "lost", "missing", "withdrawn",
)  # fmt: skip
LIMITS = {"pupil": 3, "teacher": 10}
LOAN_DAYS, PICKUP_DAYS, GRACE_DAYS, CAP_DAYS = 14, 3, 1, 14
NEVER_HOME = ("tool", "periodical")


@dataclass(slots=True)
class Days:
    """Open days, as the school has decided them so far. Its years run from 1 August, term II from 18 January."""

    closed: set[date] = field(default_factory=set)

    def is_open(self, day: date) -> bool:
        return day.isoweekday() != 7 and day not in self.closed

    def next_open(self, day: date) -> date:
        while not self.is_open(day):
            day += timedelta(days=1)
        return day

    def last_open(self, day: date, after: date) -> date:
        """The last open day up to `day`; when there is none after `after`, the next one."""
        found = day
        while found > after:
            if self.is_open(found):
                return found
            found -= timedelta(days=1)
        return self.next_open(day)

    def end_of_term(self, day: date) -> date:
        """L33, L36."""
        term2 = date(last_year_of(day), 1, 18)
        if day < term2 - timedelta(days=1):
            return self.last_open(term2 - timedelta(days=1), day)
        return self.end_of_year(day)

    def end_of_year(self, day: date) -> date:
        """L33: 25 May; from then on the last day of the school year."""
        year = last_year_of(day)
        if day < date(year, 5, 25):
            return self.last_open(date(year, 5, 25), day)
        if day < date(year, 7, 31):
            return self.last_open(date(year, 7, 31), day)
        return self.last_open(date(year + 1, 5, 25), day)


def last_year_of(day: date) -> int:
    """The calendar year in which the school year of a day ends."""
    return day.year + 1 if day.month >= 8 else day.year


@dataclass(slots=True)
class Person:
    id: int
    card: str
    name: str
    kind: str
    grade: int | None = None
    class_id: int | None = None
    class_name: str | None = None
    active: bool = True
    eager: float = 1.0
    started_on: date | None = None  # of the present class
    left_on: date | None = None  # last day of service
    blocks: list[list[date]] = field(default_factory=list)  # suspensions: [first day, last day]
    loans: dict[str, Lent] = field(default_factory=dict)  # by barcode
    seen_at: list[datetime] = field(default_factory=list)  # visits by card

    def is_blocked(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.blocks)

    def is_late(self, day: date) -> bool:
        return any(loan.due_on < day for loan in self.loans.values() if loan.purpose != "unit")  # L137

    def counted(self) -> int:
        """Loans that count towards the limit: not reading here, not textbooks."""
        return sum(loan.purpose == "home" and loan.material != "textbook" for loan in self.loans.values())


@dataclass(slots=True)
class Copy:
    id: int
    barcode: str
    record: int
    title: str
    material: str
    received_on: date
    entered_on: date
    source: str | None = None  # of its voucher
    price: int = 0
    place: str = SHELF
    unit: int | None = None
    changed_on: date | None = None  # of the last change of state
    withdrawn_on: date | None = None
    loan: Lent | None = None
    inner: Lent | None = None  # at home with a pupil of the class; the copy stays the corner's


@dataclass(slots=True)
class Lent:
    """One loan, for good: what it was on its day stays."""

    id: int
    copy: Copy
    person: Person
    purpose: str
    on: date
    due_on: date
    kind: str
    grade: int | None
    class_name: str | None
    material: str
    at: datetime
    back_on: date  # when the reader means to bring it back
    renewals: int = 0
    recalled: bool = False
    returned_on: date | None = None
    ended_as: str | None = None


@dataclass(slots=True)
class Wish:
    """An open hold; `copy` and `until` once it is kept on the pickup shelf."""

    id: int
    record: int
    person: Person
    copy: Copy | None = None
    until: date | None = None


@dataclass(slots=True)
class Debt:
    """A book that a reader lost (L46): open until it is made good, or found (L47)."""

    id: int
    loan: Lent
    is_open: bool = True


@dataclass(slots=True)
class Model:
    days: Days = field(default_factory=Days)
    people: dict[int, Person] = field(default_factory=dict)
    copies: dict[str, Copy] = field(default_factory=dict)
    titles: dict[int, list[Copy]] = field(default_factory=dict)
    lent: list[Lent] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)  # open ones, in the order they were placed
    debts: list[Debt] = field(default_factory=list)
    audit: Counter[str] = field(default_factory=Counter)  # rows of the log, by action
    lessons: Lessons = field(default_factory=Lessons)
    kept_back: int = 0  # asked for and refused for a lesson's sake
    conflicts: int = 0  # kiosk entries nobody has looked at
    today: date = date.min

    # --- looking ----------------------------------------------------------------------------------

    def waiting(self, record: int) -> list[Wish]:
        return [wish for wish in self.wishes if wish.record == record and wish.copy is None]

    def wish_of(self, person: Person, record: int) -> Wish | None:
        return next((wish for wish in self.wishes if wish.person is person and wish.record == record), None)

    def kept_for(self, copy: Copy) -> Wish | None:
        return next((wish for wish in self.wishes if wish.copy is copy), None)

    def free(self, record: int) -> int:
        return sum(copy.place == SHELF for copy in self.titles[record])

    # --- may it be? -------------------------------------------------------------------------------

    def own_reasons(self, person: Person, day: date) -> set[str]:
        reasons = set()
        if not person.active or (person.left_on is not None and person.left_on < day):
            reasons.add("reader_expired")  # L12
        if person.is_blocked(day):
            reasons.add("reader_blocked")  # L13
        if person.is_late(day):
            reasons.add("has_overdues")  # L14
        return reasons

    def refusals(self, person: Person, copy: Copy, day: date, purpose: str = "home") -> set[str]:
        """Every reason why this person may not have this copy today (L10–L29)."""
        reasons = self.own_reasons(person, day)
        if copy.place == LOAN:
            reasons.add("copy_on_loan_same_reader" if copy.barcode in person.loans else "copy_on_loan")
        reasons |= {REPAIR: {"copy_in_repair"}, LOST: {"copy_lost"}, WITHDRAWN: {"copy_withdrawn"}}.get(
            copy.place, set()
        )
        if copy.place == UNIT:
            reasons.add("copy_in_unit")
        kept = self.kept_for(copy)
        if kept is not None:
            if kept.person is not person:
                reasons.add("held_for_other")  # L25
        elif copy.place != LOAN:
            line = [wish.person for wish in self.waiting(copy.record)]
            ahead = line.index(person) if person in line else len(line)
            if ahead >= max(self.free(copy.record), 1):
                reasons.add("held_for_other")  # L26
        if purpose != "home":
            return reasons
        if copy.material in NEVER_HOME:
            reasons.add("not_for_home")  # L24
        if copy.material == "teacher" and person.kind == "pupil":
            reasons.add("teachers_only")  # L187
        if copy.material != "textbook" and person.counted() >= LIMITS[person.kind]:
            reasons.add("loan_limit")  # L21
        has_title = any(
            loan.copy.record == copy.record and loan.purpose != "unit" for loan in person.loans.values()
        )
        if has_title and copy.barcode not in person.loans and copy.material != "periodical":
            reasons.add("same_title")  # L27
        if copy.place == SHELF and self.is_kept_back(copy, day, self.due_on(person, copy, day)):
            reasons.add("booked_for_lesson")  # L120
        return reasons

    def is_kept_back(self, copy: Copy, since: date, until: date) -> bool:
        """L120, L124: a lesson of these days needs every copy that is left."""
        return self.lessons.keep_back(self.titles[copy.record], copy.record, self.today, since, until)

    def due_on(self, person: Person, copy: Copy, day: date, purpose: str = "home") -> date:
        if purpose != "home":
            return day  # L29
        if copy.material == "textbook":
            return self.days.end_of_year(day)
        if person.kind == "teacher":
            return self.days.end_of_term(day)
        return self.days.next_open(day + timedelta(days=LOAN_DAYS))  # L31, L35

    def renewal(self, loan: Lent, day: date) -> tuple[set[str], date]:
        """Reasons against, and the new due day (L50–L56)."""
        reasons = self.own_reasons(loan.person, day)
        if loan.renewals >= (0 if loan.material == "textbook" else 1):
            reasons.add("renewal_limit")
        if loan.recalled:
            reasons.add("loan_recalled")  # L57
        others = sum(wish.person is not loan.person for wish in self.waiting(loan.copy.record))
        if others > self.free(loan.copy.record):
            reasons.add("reserved_by_other")
        due_on = self.due_on(loan.person, loan.copy, max(day, loan.due_on))
        if due_on <= loan.due_on:
            reasons.add("renewal_no_gain")
        elif self.is_kept_back(loan.copy, max(loan.due_on + timedelta(days=1), day), due_on):
            reasons.add("booked_for_lesson")  # L124
        return reasons, due_on

    def is_seen(self, person: Person, at: datetime) -> bool:
        """The card was read less than an hour from this moment: one visit."""
        hour = timedelta(hours=1)
        return any(at - hour < seen <= at + hour for seen in person.seen_at)

    # --- it happened ------------------------------------------------------------------------------

    def lend(self, loan: Lent) -> None:
        copy, person = loan.copy, loan.person
        self.lent.append(loan)
        person.loans[copy.barcode] = loan
        copy.place, copy.loan = LOAN, loan
        wish = self.wish_of(person, copy.record)  # L74
        if wish is not None:
            self.wishes.remove(wish)
            if wish.copy is not None and wish.copy is not copy:
                self.pass_on(wish.copy, loan.on)
        kept = self.kept_for(copy)
        if kept is not None:
            kept.copy = kept.until = None

    def end(self, loan: Lent, day: date, how: str) -> None:
        loan.returned_on, loan.ended_as = day, how
        del loan.person.loans[loan.copy.barcode]
        loan.copy.place, loan.copy.loan = SHELF, None

    def take_back(self, copy: Copy, day: date) -> tuple[Lent | None, Wish | None]:
        """A copy on the counter (L60–L66): the loan it ended, and whom it is now kept for."""
        loan = copy.loan
        if loan is not None:
            self.end(loan, day, "returned")
            self.suspend(loan, day)
        elif copy.place in (LOST, MISSING):
            self.find(copy, day)
        if copy.place == SHELF:
            return loan, self.capture(copy, day)
        return loan, self.kept_for(copy)

    def find(self, copy: Copy, day: date) -> None:
        """L62; and the debt of whoever lost it last is gone (L47)."""
        own = [debt for debt in self.debts if debt.loan.copy is copy]
        if copy.place == LOST and own:
            own[-1].is_open = False
        copy.place, copy.changed_on = SHELF, day

    def suspend(self, loan: Lent, day: date) -> None:
        """L41, L42."""
        days = min(max((day - loan.due_on).days - GRACE_DAYS, 0), CAP_DAYS)
        if not days:
            return
        last = day + timedelta(days=days)
        for block in loan.person.blocks:
            if block[1] >= day:
                block[1] = max(block[1], last)
                return
        loan.person.blocks.append([day, last])

    def capture(self, copy: Copy, day: date) -> Wish | None:
        line = self.waiting(copy.record)
        if not line:
            return None
        # Counted from the day the library puts it aside, also when a kiosk tells of the return late.
        line[0].copy, line[0].until = copy, self.days.next_open(max(day, self.today) + timedelta(days=PICKUP_DAYS))
        copy.place = PICKUP
        return line[0]

    def pass_on(self, copy: Copy, day: date) -> None:
        """A copy that was kept and is not wanted any more goes to the next in the queue, or to the shelf."""
        copy.place = SHELF
        if self.capture(copy, day) is not None:
            self.audit["hold.ready"] += 1

    def expire_wishes(self, day: date) -> None:
        """L72, oldest pickup day first."""
        late = [wish for wish in self.wishes if wish.until is not None and wish.until < day]
        for wish in sorted(late, key=lambda one: (one.until or day, one.id)):
            self.wishes.remove(wish)
            self.audit["hold.expired"] += 1
            assert wish.copy is not None
            self.pass_on(wish.copy, day)

    def set_place(self, copy: Copy, place: str, day: date) -> None:
        copy.place, copy.changed_on = place, day

    def close(self, first: date, last: date, today: date) -> dict[int, date]:
        """L43: the school closes; open loans that fall due in it move, and so do last pickup days (L236). Loan id ->
        new due day."""
        self.days.closed |= {first + timedelta(days=offset) for offset in range((last - first).days + 1)}
        for wish in self.wishes:
            if wish.until is not None and wish.until >= today and not self.days.is_open(wish.until):
                wish.until = self.days.next_open(wish.until)
                self.audit["hold.redate"] += 1
        moved = {}
        for person in self.people.values():
            for loan in person.loans.values():
                if loan.due_on >= today and not self.days.is_open(loan.due_on):
                    loan.due_on = moved[loan.id] = self.days.next_open(loan.due_on)
        return moved
