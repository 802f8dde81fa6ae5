"""A kiosk without network: what children did is journalled, and told to the core later, twice, out of luck (L91–L94)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from year_figures import Visit
from year_model import LOST, UNIT, WITHDRAWN, Copy, Lent, Person
from year_school import School

from library.foundation.clock import iso_instant, local_date
from library.lending.offline import list_conflicts, resolve_conflict
from library.lending.tables import Loan


@dataclass
class Act:
    kind: str
    at: datetime
    person: Person | None
    copy: Copy | None
    grade: int | None  # of that day, whatever the reader is when the core hears of it
    class_name: str | None
    loan: Lent | None = None  # made of it


@dataclass
class Journal:
    """Entries of one outage, in the order they happened, with what they mean."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def touches(self, copy: Copy) -> bool:
        """The book is in somebody's bag, or back, and the core does not know: nobody has it at the desk."""
        return any(act.copy is copy for act in self.acts)


def note(school: School, journal: Journal, kind: str, person: Person | None, copy: Copy | None) -> None:
    """One act on the kiosk's own screen, in its own journal; the core hears nothing yet."""
    school.clock.later(25)
    entry: dict[str, Any] = {"key": str(school.uuid()), "kind": kind, "occurred_at": iso_instant(school.clock.at)}
    if kind == "checkout":
        entry["reader_card"] = person.card if person else "TV99999999"
        if person and copy:
            entry["due_on"] = str(school.model.due_on(person, copy, school.day))
    if copy is not None:
        entry["copy_barcode"] = copy.barcode
    if kind == "visit" and person:
        entry["reader_card"] = person.card
    journal.entries.append(entry)
    place = (person.grade, person.class_name) if person else (None, None)
    journal.acts.append(Act(kind, school.clock.at, person, copy, *place))


def deliver(school: School, journal: Journal) -> None:
    """The network is back: all entries, then the same again because the answer was lost."""
    expected = [_settle(school, act) for act in journal.acts]
    kiosk = school.kiosk()
    answer = kiosk.post("journal", {"entries": journal.entries})
    assert answer.status_code == 200, answer.text
    got = [(one["status"], one["code"]) for one in answer.json["results"]]
    assert [status for status, _ in got] == [status for status, _ in expected], list(zip(got, expected, strict=True))
    for (status, code), (_, wanted) in zip(got, expected, strict=True):
        assert status != "conflict" or code == wanted, (got, expected)
    again = kiosk.post("journal", {"entries": journal.entries}).json["results"]
    assert [one["status"] for one in again] == [
        "conflict" if status == "conflict" else "repeated" for status, _ in expected
    ]
    for entry, act in zip(journal.entries, journal.acts, strict=True):
        if act.loan is not None:
            act.loan.id = Loan.get(Loan.act_key == entry["key"]).id
    school.model.conflicts += sum(status == "conflict" for status, _ in expected)
    school.model.audit["kiosk.conflict"] += sum(status == "conflict" for status, _ in expected)


def _settle(school: School, act: Act) -> tuple[str, str]:
    """What must come of one entry: (status, code of the conflict)."""
    model, day, at, person, copy = school.model, local_date(act.at), act.at, act.person, act.copy
    if act.kind == "visit":
        assert person is not None
        return _settle_visit(school, act, person)
    assert copy is not None
    if act.kind == "return":
        return _settle_return(school, at, copy)
    if person is None or not person.active:  # a leaver's card is closed
        return "conflict", "reader_unknown"
    if copy.place in (LOST, WITHDRAWN):
        return "conflict", f"copy_{copy.place}"
    if copy.place == UNIT:
        return "conflict", "copy_in_class_corner"
    superseded = False
    superseded = copy.loan is not None
    if copy.loan is not None:
        if copy.loan.person is person:
            return "conflict", "copy_on_loan_same_reader"
        if copy.loan.at > at:
            return "conflict", "checkout_older"
        model.end(copy.loan, day, "returned")
    loan = Lent(0, copy, person, "home", day, model.due_on(person, copy, day), person.kind, act.grade,
                act.class_name, copy.material, at, back_on=day + timedelta(days=9))  # fmt: skip
    model.lend(loan)
    act.loan = loan
    model.audit["loan.check_out"] += 1
    return ("conflict", "copy_on_loan") if superseded else ("applied", "")


def _settle_return(school: School, at: datetime, copy: Copy) -> tuple[str, str]:
    model = school.model
    if copy.loan is not None and copy.loan.at > at:
        return "conflict", "return_older"
    was_lent = copy.loan is not None
    model.take_back(copy, local_date(at))
    model.audit["loan.check_in" if was_lent else "copy.check_in"] += 1
    return "applied", ""


def _settle_visit(school: School, act: Act, person: Person) -> tuple[str, str]:
    at = act.at
    if not person.active:
        return "conflict", "reader_unknown"
    if not school.model.is_seen(person, at):
        person.seen_at.append(at)
        school.log.visits.append(Visit(local_date(at), person.kind, act.grade, person=person))
        school.model.audit["visit.card"] += 1
    return "applied", ""


def work_off(school: School) -> None:
    """The librarian looks at each entry that waits and says what was done."""
    waiting = list_conflicts()
    assert len(waiting) == school.model.conflicts
    for row in waiting:
        resolve_conflict(row["id"], "đã xem lại với em và ghi sổ", actor=school.staff)
    school.model.audit["kiosk.resolve"] += len(waiting)
    school.model.conflicts = 0
